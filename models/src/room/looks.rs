//! What a node looks like, in the statements of a story (docs/scenarios.md).

use super::lines::{role_name, who};
use super::{ROOM, Room};
use mimic_protocol::NodeId;
use mimic_protocol::room::{BANNED, Standing};
use mimic_record::{ClientView, HubView, NodeView};

impl Room {
    /// All that a story can say of the node.
    pub(super) fn looks(&self, node: NodeId, view: &NodeView) -> Vec<String> {
        match view {
            NodeView::Provider { hosted, .. } => {
                hosted.get(&ROOM).map(|hub| self.hub_looks(node, hub)).unwrap_or_default()
            }
            NodeView::Client(client) => self.client_looks(node, client),
        }
    }

    fn hub_looks(&self, node: NodeId, hub: &HubView) -> Vec<String> {
        let (name, directory) = (self.called(node), self.config().directory());
        let mut looks =
            vec![format!("{name} is in epoch {}", hub.epoch), format!("{name} has {} pending", hub.pending)];
        for user in directory.users() {
            let is = match Standing::role_of(&hub.committed, user) {
                None => "not a participant".to_owned(),
                Some(BANNED) => "banned".to_owned(),
                Some(role) => role_name(role),
            };
            let blocked = if hub.blocked.contains(&user) { "blocked" } else { "not blocked" };
            looks.extend([is, blocked.to_owned()].map(|is| format!("{} is {is}", who(user))));
        }
        for client in directory.clients() {
            let is = if hub.leaves.values().any(|leaf| *leaf == client) { "is" } else { "is not" };
            looks.push(format!("{} {is} a member", self.called(client.into())));
        }
        looks
    }

    fn client_looks(&self, node: NodeId, client: &ClientView) -> Vec<String> {
        let (name, seat) = (self.called(node), client.seats.get(&ROOM));
        let epoch = seat.and_then(|seat| seat.epoch);
        let is = epoch.map_or_else(|| "is outside".to_owned(), |epoch| format!("is in epoch {epoch}"));
        let pending = seat.map_or(0, |seat| seat.pending);
        vec![format!("{name} {is}"), format!("{name} has {pending} pending")]
    }
}
