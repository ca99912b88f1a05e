//! What came of a path of a model that was made to happen here: reproduced, or at which step not, and why.

use super::line::{Line, Story, Unmet};
use super::step::Step;
use crate::scenario::Expectation;
use mimic_record::{Judgement, Verdict};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a replay ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replayed {
    /// Every step happened, all looked after each as it does in the model, and what the model says came of it.
    Reproduced,
    /// Something looked otherwise after this step.
    Diverged {
        /// The number of the step; 0 is what comes before the first.
        step: u32,
        /// What.
        why: String,
    },
    /// This step could not happen.
    NotEnabled {
        /// The number of the step; 0 is what comes before the first.
        step: u32,
        /// What could have happened.
        why: String,
    },
}

impl Replayed {
    /// How the run of a story ended that is a replay; none if it is not. Where a violation is expected, it must come: of the
    /// invariant that is named, or of any, if what is named is a property of the model alone.
    pub fn of(story: &Story, expected: Expectation, unmet: &[Unmet], judgement: &Judgement) -> Option<Self> {
        let replays = story.replays.as_ref()?;
        // A world that does not come to rest after the last step has made all of them: no line speaks of that.
        if let Some(Unmet { line, text, why }) = unmet.iter().find(|unmet| unmet.line > 0) {
            let step = step_at(story, *line);
            let happens =
                |known: &Line<Step>| known.number == *line && !matches!(known.says, Step::Expect(_));
            let why = format!("{text}: {why}");
            return Some(match story.steps.iter().any(happens) {
                true => Self::NotEnabled { step, why },
                false => Self::Diverged { step, why },
            });
        }
        let named = judgement.invariants.iter().find(|invariant| invariant.id == *replays);
        let verdict = named.map_or_else(|| judgement.verdict(), |invariant| invariant.verdict);
        if expected == Expectation::Violated && verdict != Verdict::Violated {
            let why = match named {
                Some(invariant) => format!("{} is not violated", invariant.id),
                None => "no invariant is violated".to_owned(),
            };
            return Some(Self::Diverged { step: step_at(story, usize::MAX), why });
        }
        Some(Self::Reproduced)
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Replayed::Reproduced => f.write_str("reproduced"),
            Replayed::Diverged { step, why } => write!(f, "diverged at step {step}: {why}"),
            Replayed::NotEnabled { step, why } => write!(f, "not enabled at step {step}: {why}"),
        }
    }
}

/// The number of the step that the line of this number belongs to.
fn step_at(story: &Story, line: usize) -> u32 {
    let before = story.steps.iter().rev().skip_while(|known| known.number > line);
    let mut numbers =
        before.filter_map(|known| if let Step::At(step) = known.says { Some(step) } else { None });
    numbers.next().unwrap_or_default()
}
