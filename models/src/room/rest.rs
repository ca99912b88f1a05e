//! When a room has come to a good end.

use super::state::MAX_NODES;
use super::{HUB, ROOM, Room, State};
use mimic_record::{ClientView, HubView, NodeView, SeatView};

impl Room {
    /// Whether all nodes agree and nothing is left to do: nothing is pending or owed; the members are where the hub is, and
    /// nobody else has a group; each intent is done or refused.
    pub(super) fn has_converged(&self, state: &State) -> bool {
        let locals = self.tables.locals.read();
        let views = || (0..MAX_NODES).take(self.nodes).map(|node| &**locals.derived(state.local(node)));
        let NodeView::Provider { hosted, .. } = &**locals.derived(state.local(HUB)) else { return false };
        let Some(hub) = hosted.get(&ROOM) else { return false };
        let is_settled = hub.pending == 0 && hub.blocked.is_empty() && hub.owed.is_empty();
        let mut clients = self.config().directory().clients();
        is_settled
            && views().all(|view| match view {
                NodeView::Provider { followed, .. } => {
                    followed.values().flat_map(|f| &f.subscribers).all(|(_, owed)| *owed == 0)
                }
                NodeView::Client(client) => {
                    let member = clients.next().is_some_and(|id| hub.leaves.values().any(|leaf| *leaf == id));
                    agrees(hub, client, member)
                }
            })
    }
}

fn agrees(hub: &HubView, client: &ClientView, member: bool) -> bool {
    let Some(seat) = client.seats.get(&ROOM) else { return !member };
    let follows = |seat: &SeatView| {
        seat.epoch == Some(hub.epoch)
            && seat.context == Some(hub.context)
            && seat.standing.as_deref() == Some(&*hub.committed)
            && seat.pending == 0
    };
    let is_where_it_should = if member { follows(seat) } else { seat.epoch.is_none() };
    is_where_it_should && seat.intents.is_empty() && !seat.uncertain
}
