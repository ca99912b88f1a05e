//! A participant of a room of minimal metadata finds out who the others are (proto §6, PROTO-74).

use super::Client;
use crate::epoch_view::EpochView;
use crate::identity::reveal;
use crate::ids::RoomId;
use crate::mls::{Mls, MlsGroup, MlsMember};
use crate::node::Fact;
use crate::step::Step;

impl<M: Mls> Client<M> {
    /// Looks at the credentials of whoever was not in the group in the epoch `before`.
    pub(super) fn recognise(&self, step: &mut Step, room: RoomId, before: Option<&EpochView>) {
        let Some(group) = self.engine.group(room).filter(|_| self.config.directory().is_minimal(room)) else {
            return;
        };
        let config = &self.config.mls;
        for pseudonym in group.leaves().into_values() {
            if before.is_some_and(|before| before.clients().any(|known| known == pseudonym)) {
                continue;
            }
            let credential = group.pseudonym(config, pseudonym);
            let client = credential.and_then(|credential| reveal::<M>(config, room, &credential).ok());
            step.observe(Fact::Recognised { room, pseudonym, client });
        }
    }
}
