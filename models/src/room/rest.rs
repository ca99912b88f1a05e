//! When a room has come to a good end, and what is wrong with any other.

use super::state::PROVIDERS;
use super::twin::{self, Twin};
use super::{HUB, ROOM, Room, State};
use crate::node::Node;
use mimic_protocol::{ClientId, NodeId, ProviderId};
use mimic_record::{ClientView, HubView, NodeView, SeatView};

/// What keeps a room at rest from being at a good end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Amiss {
    /// The hub does not host the room.
    NoRoom,
    /// The hub waits for a commit of this many proposals.
    Pending(usize),
    /// The node is owed events.
    Owed(NodeId),
    /// The client is a member, and not where the hub is.
    Behind(ClientId),
    /// The client is no member, and believes that it is.
    Astray(ClientId),
    /// The client has not come to an end with what its user wants.
    Unfinished(ClientId),
    /// The hub has not come to an end with what its operator wants.
    Ordered,
}

impl Room {
    /// Whether all nodes agree and nothing is left to do: nothing is pending or owed; the members are where the hub is, and
    /// nobody else has a group; each intent is done or refused.
    pub(super) fn has_converged(&self, state: State) -> bool {
        self.amiss(state).is_empty()
    }

    /// What is not so.
    pub(super) fn amiss(&self, state: State) -> Vec<Amiss> {
        let locals = &self.tables.locals;
        let mut amiss = Vec::new();
        let NodeView::Provider { hosted, .. } = &**self.tables.view(self.local(state, HUB)) else {
            return vec![Amiss::NoRoom];
        };
        let Some(hub) = hosted.get(&ROOM) else { return vec![Amiss::NoRoom] };
        if hub.pending > 0 || !hub.blocked.is_empty() {
            amiss.push(Amiss::Pending(hub.pending));
        }
        if let Node::Provider(provider) = &locals.value(self.local(state, HUB)).node
            && provider.hosted().get(&ROOM).is_some_and(|hub| hub.has_orders())
        {
            amiss.push(Amiss::Ordered);
        }
        let owed = |follower: ProviderId| Amiss::Owed(follower.into());
        amiss.extend(hub.owed.iter().map(|(follower, _)| owed(*follower)));
        for node in self.nodes.iter().copied() {
            match &**self.tables.view(self.local(state, node)) {
                NodeView::Provider { followed, .. } => {
                    let subscribers = followed.values().flat_map(|f| &f.subscribers);
                    let waiting = subscribers.filter(|(_, owed)| *owed > 0);
                    amiss.extend(waiting.map(|(client, _)| Amiss::Owed((*client).into())));
                }
                NodeView::Client(client) => {
                    amiss.extend(disagreement(hub, client, ClientId((node - PROVIDERS) as u16)));
                }
            }
        }
        amiss
    }
}

fn disagreement(hub: &HubView, client: &ClientView, id: ClientId) -> Option<Amiss> {
    let member = hub.leaves.values().any(|leaf| *leaf == id);
    let Some(seat) = client.seats.get(&ROOM) else { return member.then_some(Amiss::Behind(id)) };
    let follows = |seat: &SeatView| {
        seat.epoch == Some(hub.epoch)
            && seat.context == Some(hub.context)
            && seat.standing.as_deref() == Some(&*hub.committed)
            && seat.pending == hub.pending
    };
    if member && !follows(seat) {
        return Some(Amiss::Behind(id));
    }
    if !member && seat.epoch.is_some() {
        return Some(Amiss::Astray(id));
    }
    (!seat.intents.is_empty() || seat.uncertain).then_some(Amiss::Unfinished(id))
}

impl Room {
    /// Whether each node has a twin over OpenMLS.
    pub(crate) fn has_twins(&self) -> bool {
        self.tables.have_twins()
    }

    /// Whether all twins have done what their nodes have, and those that are in one epoch are those whose nodes are.
    pub(super) fn twins_agree(&self, state: State) -> bool {
        let locals = &self.tables.locals;
        let mut places = Vec::new();
        let faces = self.tables.second(self.local(state, HUB)).map(|second| second.local);
        for local in self.nodes.iter().map(|node| self.local(state, *node)).chain(faces) {
            let Some(epoch) = locals.value(local).twin.as_ref().and_then(Twin::epoch) else { return false };
            places.push((twin::context_of(self.tables.view(local)), epoch));
        }
        twin::are_together(&places)
    }

    /// What is not so, in words.
    pub(crate) fn tell_twins(&self, state: State) -> String {
        let parted = self.nodes.iter().find_map(|node| {
            let local = self.tables.locals.value(self.local(state, *node));
            match &local.twin {
                Some(Twin::Parted(why)) => Some((local.id(), why)),
                _ => None,
            }
        });
        match parted {
            Some((id, why)) => format!("Over OpenMLS {} comes to something else: {why}", self.node(id)),
            None => "Over OpenMLS others are in one epoch than over symbolic MLS".to_owned(),
        }
    }
}

#[cfg(test)]
impl Room {
    /// How the nodes look at the good ends of an exploration, as digests.
    pub fn looks_at_ends(&self, graph: &crate::graph::Graph<State>) -> std::collections::BTreeSet<[u8; 32]> {
        let look = |state: State| {
            let views = self.nodes.iter().map(|node| self.tables.view(self.local(state, *node)).clone());
            crate::digest::digest("mimic model end", &views.collect::<Vec<_>>())
        };
        graph.ends().map(look).collect()
    }

    /// What the good ends of an exploration look like: who is in the room.
    pub fn ends(&self, graph: &crate::graph::Graph<State>) -> std::collections::BTreeSet<String> {
        let end = |state: State| {
            let NodeView::Provider { hosted, .. } = &**self.tables.view(self.local(state, HUB)) else {
                return None;
            };
            let hub = hosted.get(&ROOM)?;
            let users = hub.committed.participants.iter();
            let users = users.map(|p| format!("{} ({})", super::words::user(p.user), p.role));
            let leaves = hub.leaves.values().map(|client| self.client(*client));
            let (users, leaves): (Vec<_>, Vec<_>) = (users.collect(), leaves.collect());
            Some(format!("{}: {}", users.join(", "), leaves.join(", ")))
        };
        graph.ends().filter_map(end).collect()
    }
}
