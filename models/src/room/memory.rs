//! What the invariants remember of the path to a state: a part of the state.

use super::effect::Happened;
use mimic_protocol::Directory;
use mimic_record::invariants::{
    BranchesApart, EpochAgreement, MemberIsParticipant, NoSendAfterRemoval, OneCommit,
};
use mimic_record::{Invariant, Step, Tally, Transition, Views};

/// The catalogue's checks that the model makes, in the order of their bits.
pub(super) const INVARIANTS: [&str; 5] = ["INV-01", "INV-03", "INV-04", "INV-06", "INV-28"];

/// The checks of the record crate, each with its memory. All look at nothing but the step and the view of the node that it
/// touched, so that judging a step needs no other node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Memory {
    /// What honest providers must see to.
    Honest {
        member_is_participant: MemberIsParticipant,
        epoch_agreement: EpochAgreement,
        one_commit: OneCommit,
        no_send_after_removal: NoSendAfterRemoval,
    },
    /// What must hold whatever providers do (PROTO-87).
    Byzantine {
        member_is_participant: MemberIsParticipant,
        epoch_agreement: EpochAgreement,
        branches_apart: BranchesApart,
    },
}

/// What an invariant says of one effect.
pub(super) type Tallies = [Tally; INVARIANTS.len()];

impl Memory {
    /// Nothing yet.
    pub fn new(is_byzantine: bool) -> Self {
        let member_is_participant = MemberIsParticipant;
        match is_byzantine {
            false => Self::Honest {
                member_is_participant,
                epoch_agreement: EpochAgreement::default(),
                one_commit: OneCommit::default(),
                no_send_after_removal: NoSendAfterRemoval::default(),
            },
            true => Self::Byzantine {
                member_is_participant,
                epoch_agreement: EpochAgreement::within_branches(),
                branches_apart: BranchesApart::default(),
            },
        }
    }

    /// What the invariant with this index says, if it is judged.
    pub fn statement(&mut self, invariant: usize) -> Option<&'static str> {
        let mut checks = self.checks().into_iter();
        checks.find(|check| check.id() == INVARIANTS[invariant]).map(|check| check.statement())
    }

    fn checks(&mut self) -> Vec<&mut dyn Invariant> {
        match self {
            Self::Honest { member_is_participant, epoch_agreement, one_commit, no_send_after_removal } => {
                vec![member_is_participant, epoch_agreement, one_commit, no_send_after_removal]
            }
            Self::Byzantine { member_is_participant, epoch_agreement, branches_apart } => {
                vec![member_is_participant, epoch_agreement, branches_apart]
            }
        }
    }

    /// Judges what happened.
    pub fn judge(&mut self, directory: &Directory, happened: &[Happened]) -> Tallies {
        let mut tallies = Tallies::default();
        for check in self.checks() {
            let known = INVARIANTS.iter().zip(&mut tallies).find(|(id, _)| **id == check.id());
            let Some((_, tally)) = known else { continue };
            for (n, happened) in (0..).zip(happened) {
                let changed = happened.before != happened.after;
                let step = Step {
                    change: None,
                    n,
                    at_us: 0,
                    written_us: 0,
                    node: happened.node,
                    event: happened.event,
                    cause: None,
                    facts: happened.facts.clone(),
                    view: changed.then(|| happened.after.clone()),
                };
                let views = Views::from([(happened.node, happened.after.clone())]);
                let before = Some(&*happened.before);
                check.step(&Transition { directory, step: &step, before, views: &views }, tally);
            }
        }
        tallies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_has_a_bit_and_each_bit_a_check() {
        let ids = |is_byzantine| -> Vec<&str> {
            Memory::new(is_byzantine).checks().iter().map(|check| check.id()).collect()
        };
        let (honest, byzantine) = (ids(false), ids(true));
        assert!(honest.iter().chain(&byzantine).all(|id| INVARIANTS.contains(id)));
        assert!(INVARIANTS.iter().all(|id| honest.contains(id) || byzantine.contains(id)));
    }
}
