//! What the invariants remember of the path to a state: a part of the state.

use super::effect::Happened;
use mimic_protocol::Directory;
use mimic_record::invariants::{EpochAgreement, MemberIsParticipant, NoSendAfterRemoval, OneCommit};
use mimic_record::{Invariant, Step, Tally, Transition, Views};

/// The catalogue's checks that the model makes, in the order of their bits.
pub(super) const INVARIANTS: [&str; 4] = ["INV-01", "INV-03", "INV-04", "INV-06"];

/// The checks of the record crate, each with its memory. All four look at nothing but the step and the view of the node that
/// it touched, so that judging a step needs no other node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Memory {
    member_is_participant: MemberIsParticipant,
    epoch_agreement: EpochAgreement,
    one_commit: OneCommit,
    no_send_after_removal: NoSendAfterRemoval,
}

/// What each of them says, in their order.
pub(super) fn statements() -> [&'static str; INVARIANTS.len()] {
    let memory = Memory::default();
    [
        memory.member_is_participant.statement(),
        memory.epoch_agreement.statement(),
        memory.one_commit.statement(),
        memory.no_send_after_removal.statement(),
    ]
}

/// What an invariant says of one effect.
pub(super) type Tallies = [Tally; INVARIANTS.len()];

impl Memory {
    /// Judges what happened.
    pub fn judge(&mut self, directory: &Directory, happened: &[Happened]) -> Tallies {
        let mut tallies = Tallies::default();
        let checks: [&mut dyn Invariant; INVARIANTS.len()] = [
            &mut self.member_is_participant,
            &mut self.epoch_agreement,
            &mut self.one_commit,
            &mut self.no_send_after_removal,
        ];
        for (check, tally) in checks.into_iter().zip(&mut tallies) {
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
    fn the_bits_follow_the_names_of_the_checks() {
        let Memory { member_is_participant: a, epoch_agreement: b, one_commit: c, no_send_after_removal: d } =
            Memory::default();
        let ids = [a.id(), b.id(), c.id(), d.id()];
        assert_eq!(ids, INVARIANTS);
    }
}
