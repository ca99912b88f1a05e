//! What a hub lets users say (proto §5.4).

use super::hub::{HubRoom, provider_behind};
use crate::ids::{NodeId, UserId};
use crate::mls::{ContentKind, Mls, MlsError, MlsGroup};
use crate::mutant::Mutant;
use crate::node::Rejection;
use crate::policy;

impl<M: Mls> HubRoom<M> {
    /// proto §5.4, PROTO-34, PROTO-35; the hub sees no more of an application message than its envelope (ARCH-31).
    pub(super) fn judge_message(
        &self,
        from: NodeId,
        message: &[u8],
        sender: UserId,
    ) -> Result<u64, Rejection> {
        let directory = self.config.directory();
        let envelope = M::envelope(&self.config.mls, message).map_err(Rejection::Mls)?;
        let is_message = envelope.content == ContentKind::Application
            || self.config.planted.is(Mutant::TakesCommitsAsMessages);
        if envelope.room != self.room || !is_message {
            return Err(Rejection::Mls(MlsError::Malformed));
        }
        if provider_behind(&self.config, from) != directory.provider_of(sender) {
            return Err(Rejection::NotAuthorized);
        }
        let blocked_may = self.config.planted.is(Mutant::BlockedMaySend);
        let active = self.epoch.clients().any(|client| directory.user_of(client) == sender);
        let state = if blocked_may { &self.state().committed } else { self.in_force() };
        if !active || !state.may_take_part(sender) {
            return Err(Rejection::Blocked);
        }
        if !policy::may_send(state, sender) && !self.config.planted.is(Mutant::AnybodySends) {
            return Err(Rejection::Denied);
        }
        match envelope.epoch.cmp(&self.group().epoch()) {
            // An epoch that is not there yet makes no sense (PROTO-35).
            std::cmp::Ordering::Greater => Err(Rejection::Denied),
            // POL-62: the epoch tolerance is 0.
            std::cmp::Ordering::Less if self.config.planted.is(Mutant::TakesOldEpochs) => Ok(envelope.epoch),
            std::cmp::Ordering::Less => Err(Rejection::WrongEpoch),
            std::cmp::Ordering::Equal => Ok(envelope.epoch),
        }
    }
}
