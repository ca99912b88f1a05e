//! A committing client keeps external_senders in step with the participants (proto §7.4, PROTO-81).

use super::Client;
use crate::ids::{ProviderId, RoomId};
use crate::mls::{Mls, MlsGroup, MlsMember, Propose, Proposed};
use crate::mutant::Mutant;
use crate::room::{external_senders, standing_after};

/// What a commit has to do with external_senders.
pub(super) enum Senders {
    /// Nothing.
    Stay,
    /// Change them.
    Become(Vec<ProviderId>),
    /// They are to change, and a commit that refers to what is pending cannot do so: that is committed first.
    Later,
}

impl<M: Mls> Client<M> {
    /// What a commit over all that is pending and `by_value` has to do with external_senders.
    ///
    /// A GroupContextExtensions proposal comes before all AppDataUpdates, and what is referred to before what stands by value:
    /// beside a reference to an AppDataUpdate it can only be referred to itself (mls-extensions §4.7; a bridge).
    pub(super) fn senders_with(&self, room: RoomId, by_value: &[Propose]) -> Senders {
        let Some(group) = self.engine.group(room) else { return Senders::Stay };
        let Some(seat) = self.seats.get(&room) else { return Senders::Stay };
        let added: Vec<Proposed> = by_value.iter().filter_map(update).collect();
        let updates = seat.pending().map(|p| &p.body).chain(&added);
        let (directory, readings) = (self.config.directory(), self.config.readings());
        let after = match self.by_log() {
            // The commit follows what the logs have led to.
            true => self.effective(room).ok(),
            false => standing_after(directory, group.dictionary(), updates, readings),
        };
        let Some(after) = after else { return Senders::Stay };
        let pending = seat.pending().find_map(|p| match &p.body {
            Proposed::ExternalSenders(senders) => Some(senders.clone()),
            _ => None,
        });
        let is_pending = pending.is_some();
        let present = pending.unwrap_or_else(|| group.external_senders());
        let senders = external_senders(directory, readings, room, &present, &after);
        let keeps = self.config.planted.is(Mutant::KeepsSenders) && senders.len() < present.len();
        if senders == present || keeps {
            return Senders::Stay;
        }
        let refers = seat.pending().any(|p| is_update(&p.body));
        match (is_pending || refers, by_value.is_empty()) {
            (false, _) => Senders::Become(senders),
            // Whoever commits next sees to it.
            (true, true) => Senders::Stay,
            (true, false) => Senders::Later,
        }
    }
}

fn update(proposal: &Propose) -> Option<Proposed> {
    match proposal {
        Propose::AppDataUpdate { component, update } => {
            Some(Proposed::AppDataUpdate { component: *component, update: update.clone() })
        }
        Propose::AppDataRemove { component } => Some(Proposed::AppDataRemove { component: *component }),
        _ => None,
    }
}

fn is_update(body: &Proposed) -> bool {
    matches!(body, Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. })
}
