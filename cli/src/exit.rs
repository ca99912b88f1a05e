//! The exit codes.

use crate::compare_summary::{CompareSummary, PresetSummary};
use crate::conform::ConformSummary;
use crate::summary::{SeedFailure, SeedVerdict, SweepSummary};
use mimic_record::Verdict;
use mimic_sim::director::Replayed;
use mimic_sim::scenario::Expectation;
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As the scenario declares: all held, unless it declares otherwise.
    AsDeclared = 0,
    /// An invariant or property was violated, or a declared violation did not come.
    Violated = 1,
    /// The command line or the scenario is wrong.
    Usage = 2,
    /// Something could not be checked, and nothing was violated.
    Inconclusive = 3,
    /// Two runs of one seed differed.
    Nondeterministic = 4,
    /// A bug in mimic, or a machine that does not let it read and write.
    Internal = 70,
}

impl Exit {
    /// The end of a run.
    pub fn of_run(verdict: Verdict, expect: Expectation) -> Self {
        match verdict {
            _ if declares(expect, verdict) => Exit::AsDeclared,
            Verdict::Inconclusive => Exit::Inconclusive,
            Verdict::Held | Verdict::Violated => Exit::Violated,
        }
    }

    /// The end of a run with a story, of which so many lines did not come true.
    pub fn of_story(verdict: Verdict, expect: Expectation, unmet: usize) -> Self {
        match Self::of_run(verdict, expect) {
            Exit::AsDeclared if unmet > 0 => Exit::Violated,
            exit => exit,
        }
    }

    /// The end of a replay of a model's path.
    pub fn of_replay(replayed: &Replayed) -> Self {
        match replayed {
            Replayed::Reproduced => Exit::AsDeclared,
            Replayed::Diverged { .. } | Replayed::NotEnabled { .. } => Exit::Violated,
        }
    }

    /// The end of a sweep. Single seeds that could not check everything are counted and do not decide; a declared
    /// violation has to come in one seed at least.
    pub fn of_sweep(summary: &SweepSummary, expect: Expectation) -> Self {
        if summary.panicked > 0 {
            return Exit::Internal;
        }
        let verdict = match expect {
            _ if summary.violated > 0 => Verdict::Violated,
            Expectation::Inconclusive if summary.inconclusive > 0 => Verdict::Inconclusive,
            _ if summary.held > 0 => Verdict::Held,
            _ => Verdict::Inconclusive,
        };
        let amiss = |failure: &&SeedFailure| {
            matches!(failure.verdict, SeedVerdict::NotAsTold | SeedVerdict::DoesNotConform)
        };
        Self::of_story(verdict, expect, summary.failures.iter().filter(amiss).count())
    }

    /// The end of a comparison: a violation under a preset is a result of it, a story that does not come true is none.
    pub fn of_compare(summary: &CompareSummary) -> Self {
        let any = |of: fn(&PresetSummary) -> u64| summary.presets.iter().any(|preset| of(preset) > 0);
        match (any(|preset| preset.panicked), any(|preset| preset.not_as_told)) {
            (true, _) => Exit::Internal,
            (false, true) => Exit::Violated,
            (false, false) => Exit::AsDeclared,
        }
    }

    /// The end of the question whether a run conforms.
    pub fn of_conform(summary: &ConformSummary) -> Self {
        if summary.conforms && summary.as_recorded { Exit::AsDeclared } else { Exit::Violated }
    }

    /// The end of a check.
    pub fn of_check(verdict: Verdict) -> Self {
        Self::of_run(verdict, Expectation::Held)
    }
}

/// Whether the scenario declares this verdict.
pub fn declares(expect: Expectation, verdict: Verdict) -> bool {
    let declared = match expect {
        Expectation::Held => Verdict::Held,
        Expectation::Violated => Verdict::Violated,
        Expectation::Inconclusive => Verdict::Inconclusive,
    };
    verdict == declared
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare_summary::samples;

    #[test]
    fn a_run_ends_as_declared_or_with_what_it_found() {
        use Expectation as E;
        use Verdict as V;
        let cases = [
            (V::Held, E::Held, 0),
            (V::Violated, E::Held, 1),
            (V::Inconclusive, E::Held, 3),
            (V::Held, E::Violated, 1),
            (V::Violated, E::Violated, 0),
            (V::Inconclusive, E::Violated, 3),
            (V::Held, E::Inconclusive, 1),
            (V::Violated, E::Inconclusive, 1),
            (V::Inconclusive, E::Inconclusive, 0),
        ];
        for (verdict, expect, code) in cases {
            assert_eq!(Exit::of_run(verdict, expect) as u8, code, "{verdict:?} {expect:?}");
        }
    }

    #[test]
    fn a_comparison_fails_where_a_seed_panics_or_a_story_does_not_come_true() {
        let mut summary = samples::compare();
        assert_eq!(Exit::of_compare(&summary), Exit::Internal);
        summary.presets.iter_mut().for_each(|preset| preset.panicked = 0);
        assert_eq!(Exit::of_compare(&summary), Exit::Violated);
        summary.presets.iter_mut().for_each(|preset| preset.not_as_told = 0);
        assert!(summary.presets[1].violated > 0);
        assert_eq!(Exit::of_compare(&summary), Exit::AsDeclared);
    }

    #[test]
    fn a_sweep_is_decided_by_what_some_seed_found() {
        let sweep = |held, violated, inconclusive, panicked| SweepSummary {
            held,
            violated,
            inconclusive,
            panicked,
            ..SweepSummary::default()
        };
        let cases = [
            (sweep(9, 0, 1, 0), Expectation::Held, 0),
            (sweep(9, 1, 0, 0), Expectation::Held, 1),
            (sweep(0, 0, 9, 0), Expectation::Held, 3),
            (sweep(9, 0, 0, 1), Expectation::Held, 70),
            (sweep(9, 1, 3, 0), Expectation::Violated, 0),
            (sweep(9, 0, 3, 0), Expectation::Violated, 1),
            (sweep(0, 0, 3, 0), Expectation::Violated, 3),
            (sweep(9, 0, 3, 0), Expectation::Inconclusive, 0),
            (sweep(9, 0, 0, 0), Expectation::Inconclusive, 1),
        ];
        for (summary, expect, code) in cases {
            assert_eq!(Exit::of_sweep(&summary, expect) as u8, code, "{summary:?} {expect:?}");
        }
    }
}
