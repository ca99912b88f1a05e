//! Messages by kind: what the hub cannot see, the clients see to (room-policy §8.3 to §8.5, POL-41, POL-42).

use super::{Attempt, Client};
use crate::ids::{ClientId, RoomId};
use crate::mls::{Mls, MlsGroup, MlsMember, Octets};
use crate::mutant::Mutant;
use crate::node::{Fact, MessageId, Refusal};
use crate::policy::{Enforcer, Usage, may_use};
use crate::step::Step;

impl<M: Mls> Client<M> {
    /// Does it, if the user's role covers that: by a message, where others have to see it.
    pub(super) fn make_use(
        &mut self,
        step: &mut Step,
        room: RoomId,
        usage: Usage,
        text: u32,
    ) -> Result<(), Refusal> {
        let in_force = self.effective(room)?;
        let may = may_use(&in_force, self.user(), usage).is_ok();
        if !may && !self.config.planted.is(Mutant::SendsAnyKind) && !self.is_careless() {
            return Err(Refusal::NotPermitted);
        }
        if usage.enforcer() == Enforcer::OwnClient {
            self.end_intent(step, room, None);
            return Ok(());
        }
        self.send_payload(step, room, &payload(usage, text))
    }

    /// Shows a message, if its sender's role covers its kind; else it is as if there were none. The state is the committed one
    /// of the message's epoch, which is the same for all who get it (ARCH-27, INV-34).
    pub(super) fn said(
        &mut self,
        step: &mut Step,
        room: RoomId,
        message: &Octets,
        sender: ClientId,
        payload: &[u8],
    ) {
        let Some((usage, text)) = read(payload) else { return };
        let message = MessageId::of(message);
        let user = self.config.directory().user_of(sender);
        let standing = self.seats.get(&room).and_then(|seat| seat.standing());
        // Whether it may be sent at all has been the hub's to judge (POL-40).
        let may = usage == Usage::Send
            || standing.is_some_and(|standing| may_use(standing, user, usage).is_ok())
            || self.is_careless();
        if !may {
            return step.observe(Fact::Discarded { room, message, sender, usage });
        }
        let epoch = self.engine.group(room).map_or(0, MlsGroup::epoch);
        step.observe(Fact::Applied { room, message, epoch, text: Some((sender, text)) });
    }

    /// Encrypts the octets as what is sent next.
    pub(super) fn send_payload(
        &mut self,
        step: &mut Step,
        room: RoomId,
        payload: &[u8],
    ) -> Result<(), Refusal> {
        // MLS-09: what is pending is committed before anything is said.
        if !self.seats[&room].pending.is_empty() {
            return self.make_commit(step, room, &[], false);
        }
        let entropy = step.entropy.of("mimic encrypt");
        let message = self.engine.encrypt(room, payload, entropy).map_err(Refusal::Engine)?;
        self.note_said(step, room, &message);
        self.set_attempt(room, Attempt::Message(message));
        Ok(())
    }

    /// Only a planted bug makes a client careless, and half of them at that.
    fn is_careless(&self) -> bool {
        self.config.planted.is(Mutant::ShowsAnyKind) && self.id.0.is_multiple_of(2)
    }
}

/// The text, and for what is more than a message the kind behind it: the kinds of content come with the content format.
fn payload(usage: Usage, text: u32) -> Vec<u8> {
    let kind = Usage::ALL.iter().position(|known| *known == usage).filter(|_| usage != Usage::Send);
    let kind = kind.and_then(|kind| u8::try_from(kind).ok());
    text.to_be_bytes().into_iter().chain(kind).collect()
}

fn read(payload: &[u8]) -> Option<(Usage, u32)> {
    let (text, kind) = payload.split_first_chunk()?;
    let usage = match kind {
        [] => Usage::Send,
        [kind] => *Usage::ALL.get(usize::from(*kind))?,
        _ => return None,
    };
    Some((usage, u32::from_be_bytes(*text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        for usage in Usage::ALL {
            assert_eq!(read(&payload(usage, 0x0102_0304)), Some((usage, 0x0102_0304)));
        }
        for broken in [&[1, 2, 3][..], &[1, 2, 3, 4, 36], &[1, 2, 3, 4, 0, 0]] {
            assert_eq!(read(broken), None);
        }
    }
}
