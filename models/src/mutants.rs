//! The kill matrix: planted bugs, and which properties each of them violates. A property that no bug violates says nothing.

use crate::check::{Conditions, check};
use crate::limits::Limits;
use crate::report::{CheckError, Progress};
use crate::room::{MlsEngine, REALITY};
use mimic_protocol::{Mutant, Planted};
use mimic_record::Verdict;
use serde::{Deserialize, Serialize};

/// A planted bug, where it shows, and by what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Culprit {
    /// The bug.
    pub mutant: Mutant,
    /// The scope in which it is looked for.
    pub scope: &'static str,
    /// Over what MLS the nodes run.
    pub engine: MlsEngine,
    /// The properties that it violates there.
    pub violates: &'static [&'static str],
}

/// What a planted bug was found to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kill {
    /// The bug.
    pub mutant: Mutant,
    /// The scope in which it was looked for.
    pub scope: String,
    /// Over what MLS the nodes ran.
    pub engine: MlsEngine,
    /// The properties that it violates, each with the number of steps of the shortest path to that.
    pub violated: Vec<(String, usize)>,
    /// Whether these are the ones that it is known for.
    pub as_known: bool,
}

const REST: &[&str] = &["rest is agreement", "rest stays reachable"];

/// The planted bugs that the models find. Each property is violated by one of them at least.
pub const CULPRITS: &[Culprit] = &[
    Culprit::of(
        Mutant::AnswerBeforeDurable,
        "hub-crash",
        &["INV-03", "INV-04", "rest is agreement", "rest stays reachable"],
    ),
    Culprit::of(Mutant::MembersWithoutEntry, "add-remove", &["INV-01"]),
    Culprit::of(Mutant::IgnoresRoleChanges, "role-change", &["INV-03"]),
    Culprit::of(Mutant::BlockedMaySend, "leave-commit", &["INV-06"]),
    Culprit::of(Mutant::NobodyCommits, "leave-commit", REST),
    Culprit::of(Mutant::ForgetsOutbox, "hub-crash", REST),
    Culprit::of(Mutant::RefusesRepetitions, "hub-crash", &["rest stays reachable", "no livelock"]),
    Culprit::of(Mutant::ForgetsReissue, "enforcer", REST),
    Culprit::of(Mutant::MembersWithoutEntry, "open-join", REST),
    Culprit::of(Mutant::NobodyCommits, "hub-log", REST),
    Culprit::of(Mutant::ForgetsWhatIsPending, "admins-leave", REST),
    Culprit::of(Mutant::ReadsAnyBranch, "fork", &["INV-28"]),
    // A bug of the engine over OpenMLS alone.
    Culprit::of(Mutant::KeepsNoProposals, "leave-commit", &[REALITY]).over(MlsEngine::OpenMls),
];

impl Culprit {
    const fn of(mutant: Mutant, scope: &'static str, violates: &'static [&'static str]) -> Self {
        Self { mutant, scope, engine: MlsEngine::Symbolic, violates }
    }

    const fn over(self, engine: MlsEngine) -> Self {
        Self { engine, ..self }
    }

    /// Looks for the bug, which `planted` builds into all nodes.
    pub fn look(
        &self,
        threads: usize,
        planted: Planted,
        limits: Limits,
        progress: &dyn Fn(Progress),
    ) -> Result<Kill, CheckError> {
        let conditions = Conditions { planted, engine: self.engine, limits, ..Conditions::default() };
        let report = check("room", Some(self.scope), threads, conditions, progress)?;
        let violated = report.properties.into_iter().filter(|property| property.verdict == Verdict::Violated);
        let violated: Vec<(String, usize)> =
            violated.map(|property| (property.id, property.after.unwrap_or_default())).collect();
        let as_known = violated.iter().map(|(id, _)| id.as_str()).eq(self.violates.iter().copied());
        let (mutant, scope, engine) = (self.mutant, self.scope.to_owned(), self.engine);
        Ok(Kill { mutant, scope, engine, violated, as_known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list;

    #[test]
    fn each_property_is_violated_by_a_planted_bug() {
        for property in &list()[0].properties {
            let known = CULPRITS.iter().any(|culprit| culprit.violates.contains(&property.id.as_str()));
            assert!(known, "nothing violates {}", property.id);
        }
    }

    #[test]
    fn a_bug_that_does_what_it_is_known_for_is_told_from_one_that_does_not() {
        let culprit = Culprit { scope: "device-ban", ..CULPRITS[0] };
        let look = |culprit: Culprit, planted| culprit.look(1, planted, Limits::default(), &|_| ()).unwrap();
        let unseen = look(culprit, Planted::NONE);
        assert_eq!((unseen.violated, unseen.as_known), (Vec::new(), false));
        let roles = Culprit::of(Mutant::IgnoresRoleChanges, "device-ban", &["INV-03"]);
        let seen = look(roles, Planted::new(Mutant::IgnoresRoleChanges));
        assert!(seen.as_known, "{seen:?}");
        assert!(seen.violated[0].1 > 0);
    }
    /// What shows at rest was beyond help long before.
    #[test]
    fn steps_are_counted_to_the_violation_and_not_to_what_comes_after_it() {
        let culprit = CULPRITS.iter().find(|culprit| culprit.mutant == Mutant::ForgetsOutbox).unwrap();
        let planted = Planted::new(culprit.mutant);
        let kill = culprit.look(1, planted, Limits::default(), &|_| ()).unwrap();
        assert_eq!(kill.violated, [(REST[0].to_owned(), 5), (REST[1].to_owned(), 2)]);
    }
}
