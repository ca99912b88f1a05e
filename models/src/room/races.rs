//! What is seen of orders: packets that can overtake one another, and updates that race for a place in the hub's order.

use super::packet::Header;
use super::state::{Draft, Kind};
use super::witness::{Witness, Witnesses};
use super::{ROOM, Room};
use mimic_protocol::node::Action;
use mimic_record::NodeView;

impl Room {
    /// Notes what else is in flight while this packet is. What is in flight together comes in every order.
    pub(super) fn note_company(&self, draft: &Draft, packet: u32) {
        let packets = self.tables.packets.read();
        let own = packets.derived(packet);
        for item in &draft.items {
            if let Kind::Live(other) | Kind::Stale(other) = item.kind()
                && other != packet
            {
                self.note_pair(draft, own, packets.derived(other));
            }
        }
    }

    fn note_pair(&self, draft: &Draft, one: &Header, other: &Header) {
        let mut seen = Witnesses::default();
        if (one.from, one.to) == (other.from, other.to) {
            seen = seen.with(Witness::Overtaking);
        }
        let is_commit = |header: &Header| header.update.is_some_and(|update| update.is_commit);
        let crosses = |one: &Header, other: &Header| one.is_state_event && is_commit(other);
        if one.origin != other.origin && (crosses(one, other) || crosses(other, one)) {
            seen = seen.with(Witness::RaceOfStateAndCommit);
        }
        if let (Some(update), Some(against)) = (one.update, other.update)
            && update.epoch == against.epoch
            && one.origin != other.origin
        {
            let race = match (update.is_commit, against.is_commit) {
                (true, true) => Some(Witness::RaceOfCommits),
                (false, false) => None,
                _ => Some(Witness::RaceOfLeaveAndCommit),
            };
            let wishes = [one.origin, other.origin].map(|node| self.wish_at(draft, node));
            let wished = match wishes {
                [Some(Action::Add(..)), Some(Action::Remove(_))]
                | [Some(Action::Remove(_)), Some(Action::Add(..))] => Some(Witness::RaceOfAddAndRemove),
                [Some(Action::JoinOwnDevice), Some(Action::Ban(_))]
                | [Some(Action::Ban(_)), Some(Action::JoinOwnDevice)] => Some(Witness::RaceOfDeviceAndBan),
                [Some(Action::Join(..)), Some(Action::Ban(_))]
                | [Some(Action::Ban(_)), Some(Action::Join(..))] => Some(Witness::RaceOfJoinAndBan),
                _ => None,
            };
            seen = race.into_iter().chain(wished).fold(seen, Witnesses::with);
        }
        self.note(seen);
    }

    /// What the client at this index works at.
    fn wish_at(&self, draft: &Draft, node: usize) -> Option<Action> {
        let view = self.tables.locals.derived(draft.locals[node]);
        let NodeView::Client(client) = &*view else { return None };
        let intent = client.seats.get(&ROOM)?.intents.first()?;
        Some(self.tables.intents()[intent.0 as usize].action)
    }
}
