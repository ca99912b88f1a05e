//! What is seen of orders: packets that can overtake one another, and updates that race for a place in the hub's order.

use super::packet::Header;
use super::state::{Draft, Item, Kind};
use super::witness::{Witness, Witnesses};
use super::{ROOM, Room};
use mimic_protocol::node::Action;
use mimic_record::NodeView;

/// What is in flight together, and so comes in every order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    /// What that is a witness of, whatever users wish.
    seen: Witnesses,
    /// Whether updates race, so that it matters what their users wish.
    is_race: bool,
}

/// What can be seen only of wishes that race.
const OF_WISHES: [Witness; 3] =
    [Witness::RaceOfAddAndRemove, Witness::RaceOfDeviceAndBan, Witness::RaceOfJoinAndBan];

impl Room {
    /// What is in flight together among the items.
    pub(super) fn company(&self, items: &[Item]) -> Company {
        let mut company = Company { seen: Witnesses::default(), is_race: false };
        let packets = || items.iter().filter_map(|item| self.in_flight(*item));
        for (n, (one, own)) in packets().enumerate() {
            for (_, header) in packets().skip(n + 1).filter(|(other, _)| *other != one) {
                let (seen, race) = of_pair(own, header);
                company.seen = company.seen.and(seen);
                company.is_race |= race.is_some();
            }
        }
        company
    }

    /// Whether a packet's company shows anything that was not seen before.
    pub(super) fn is_news(&self, company: Company) -> bool {
        let seen = self.seen();
        let of_wishes = OF_WISHES.into_iter().fold(Witnesses::default(), Witnesses::with);
        !seen.have(company.seen) || company.is_race && !seen.have(of_wishes)
    }

    /// Notes what else is in flight while this packet is.
    pub(super) fn note_company(&self, draft: &Draft, packet: u32) {
        let own = self.tables.packets.derived(packet);
        for (other, header) in draft.items.iter().filter_map(|item| self.in_flight(*item)) {
            if other == packet {
                continue;
            }
            let (mut seen, race) = of_pair(own, header);
            if let Some(origins) = race {
                seen = self.of_wishes(draft, origins).into_iter().fold(seen, Witnesses::with);
            }
            self.note(seen);
        }
    }

    fn in_flight(&self, item: Item) -> Option<(u32, &Header)> {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => Some((packet, self.tables.packets.derived(packet))),
            Kind::Timer(_) | Kind::Owed(_) | Kind::Intent(_) | Kind::Start(_) | Kind::Crash => None,
        }
    }

    fn of_wishes(&self, draft: &Draft, origins: [usize; 2]) -> Option<Witness> {
        match origins.map(|node| self.wish_at(draft, node)) {
            [Some(Action::Add(..)), Some(Action::Remove(_))]
            | [Some(Action::Remove(_)), Some(Action::Add(..))] => Some(Witness::RaceOfAddAndRemove),
            [Some(Action::JoinOwnDevice), Some(Action::Ban(_))]
            | [Some(Action::Ban(_)), Some(Action::JoinOwnDevice)] => Some(Witness::RaceOfDeviceAndBan),
            [Some(Action::Join(..)), Some(Action::Ban(_))]
            | [Some(Action::Ban(_)), Some(Action::Join(..))] => Some(Witness::RaceOfJoinAndBan),
            _ => None,
        }
    }

    /// What the client at this index works at.
    fn wish_at(&self, draft: &Draft, node: usize) -> Option<Action> {
        let view = self.tables.view(draft.locals[node]);
        let NodeView::Client(client) = &**view else { return None };
        let intent = client.seats.get(&ROOM)?.intents.first()?;
        Some(self.tables.intents()[intent.0 as usize].action)
    }
}

/// What two packets in flight are a witness of, and the origins of two updates that race.
fn of_pair(one: &Header, other: &Header) -> (Witnesses, Option<[usize; 2]>) {
    let mut seen = Witnesses::default();
    if (one.from, one.to) == (other.from, other.to) {
        seen = seen.with(Witness::Overtaking);
    }
    let is_commit = |header: &Header| header.update.is_some_and(|update| update.is_commit);
    let crosses = |one: &Header, other: &Header| one.is_state_event && is_commit(other);
    if one.origin != other.origin && (crosses(one, other) || crosses(other, one)) {
        seen = seen.with(Witness::RaceOfStateAndCommit);
    }
    let (Some(update), Some(against)) = (one.update, other.update) else { return (seen, None) };
    if update.epoch != against.epoch || one.origin == other.origin {
        return (seen, None);
    }
    let race = match (update.is_commit, against.is_commit) {
        (true, true) => Some(Witness::RaceOfCommits),
        (false, false) => None,
        _ => Some(Witness::RaceOfLeaveAndCommit),
    };
    (race.into_iter().fold(seen, Witnesses::with), Some([one.origin, other.origin]))
}
