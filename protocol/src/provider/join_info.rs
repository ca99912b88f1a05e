//! `POST /groupInfo/{roomId}` at the hub (proto §5.6): all of one epoch (INV-32), to those who could join now or are members,
//! and to servers that may propose.

use super::hub::{HubRoom, provider_behind};
use crate::ids::{ClientId, NodeId};
use crate::mls::{JoinMaterial, Mls, MlsGroup, MlsObserver};
use crate::mutant::Mutant;
use crate::node::{Fact, GroupInfoAnswer, MessageId, Rejection};
use crate::policy;
use crate::step::Step;

impl<M: Mls> HubRoom<M> {
    pub(super) fn answer_group_info(
        &mut self,
        step: &mut Step,
        from: NodeId,
        requester: NodeId,
    ) -> GroupInfoAnswer {
        let may = match requester {
            NodeId::Client(client) => self.may_have_group_info(from, client),
            // The draft says only of clients what they need; a server needs the epoch and the list that it is to propose for.
            NodeId::Provider(server) => {
                from == requester && self.group().external_senders().contains(&server)
            }
        };
        if !may && !self.config.planted.is(Mutant::HandsToAnybody) {
            let reason = Rejection::NotAuthorized;
            let message = MessageId::of(self.group_info());
            step.observe(Fact::Rejected { room: self.room, message, reason });
            return GroupInfoAnswer::NotAuthorized;
        }
        let pending = self.pending().iter();
        let pending = pending.flat_map(|p| p.messages.iter().map(|m| (m.clone(), p.accepted_ms)));
        let (proposals, accepted_ms) = pending.unzip();
        let group_info = self.group_info().clone();
        self.observe_given(step, &group_info);
        GroupInfoAnswer::Success {
            material: JoinMaterial { group_info, tree: self.group().tree(), proposals },
            accepted_ms,
        }
    }

    fn may_have_group_info(&self, from: NodeId, requester: ClientId) -> bool {
        let directory = self.config.directory();
        let user = directory.user_of(requester);
        let vouched = provider_behind(&self.config, from) == directory.provider_of(user);
        let banned_may = self.config.planted.is(Mutant::BannedMayJoin);
        let may_come = policy::may_add_own_client(self.in_force(), user)
            || !policy::joinable_roles(directory, self.in_force(), user, None).is_empty();
        vouched && (banned_may || may_come)
    }

    /// What the octets that are handed out are of, and not what they should be of (INV-32).
    fn observe_given(&self, step: &mut Step, group_info: &[u8]) {
        if let Ok((epoch, context)) = M::group_info_context(group_info) {
            let context = u64::from_be_bytes(context[..8].try_into().unwrap_or_default());
            let pending = self.pending().iter().map(|pending| pending.proposals.len()).sum();
            step.observe(Fact::GroupInfoGiven { room: self.room, epoch, context, pending });
        }
    }
}
