//! A step of a path as rungs of a ladder, in the words that the numbered line has for it.

use super::effect::Sent;
use super::state::Kind;
use super::{HUB, Item, Room, State, Story, Turn};
use crate::ladder::{Place, Rung, Sign, Tip};

impl Room {
    /// What the columns of a ladder are headed with.
    pub fn columns(&self) -> Vec<String> {
        self.nodes.iter().map(|node| self.node(self.id_of(*node))).collect()
    }

    fn column(&self, node: usize) -> usize {
        self.nodes.iter().position(|known| *known == node).unwrap_or_default()
    }
}

impl Story<'_> {
    /// What `tell` says of the turn, which is the path's step of this number.
    pub fn rungs(&mut self, step: usize, state: State, turn: Turn) -> Vec<Rung> {
        let mut rungs = self.places(state, turn);
        if let Some((_, _, then)) = rungs.last_mut() {
            *then = self.outcome(state, turn);
        }
        let crash = self.crash(state, turn).map(|what| (self.mark(HUB, Sign::Crash), what, Vec::new()));
        self.note_routes(state, turn);
        let all = rungs.into_iter().chain(crash);
        all.map(|(place, what, then)| Rung { step, place, what, then }).collect()
    }

    /// Where the turn happens, and what it is there.
    fn places(&mut self, state: State, turn: Turn) -> Vec<(Place, String, Vec<String>)> {
        let places = match turn {
            Turn::Step(item) | Turn::Crash(item, _) => vec![self.comes(state, turn, item)],
            Turn::Lose(item) => {
                let origin = self.origin(item);
                let silence = format!("{} gets no answer", self.node(origin));
                vec![self.does_not_come(item), (self.mark(origin, Sign::Silence), silence)]
            }
            Turn::Withhold(item) => {
                let origin = self.origin(item);
                let deceit = format!("{} has withheld it, and takes it for delivered", self.node(origin));
                vec![self.does_not_come(item), (self.mark(origin, Sign::Deceit), deceit)]
            }
            Turn::CrashNow => vec![(self.mark(HUB, Sign::Crash), self.head(state, turn))],
            Turn::Late(item) => vec![(self.mark(self.origin(item), Sign::Fault), self.head(state, turn))],
            Turn::Double(item) => vec![(self.mark(self.sender(item), Sign::Fault), self.head(state, turn))],
            Turn::Replay(item) => vec![(self.mark(self.sender(item), Sign::Deceit), self.head(state, turn))],
            Turn::Fork(_) | Turn::RollBack => vec![(self.mark(HUB, Sign::Deceit), self.head(state, turn))],
        };
        places.into_iter().map(|(place, what)| (place, what, Vec::new())).collect()
    }

    fn comes(&mut self, state: State, turn: Turn, item: Item) -> (Place, String) {
        let sign = match item.kind() {
            Kind::Live(_) | Kind::Stale(_) => {
                return (self.arrow(item, Tip::Arrives), self.carried(item));
            }
            Kind::Intent(_) => Sign::Wish,
            Kind::Timer(_) => Sign::Timer,
            Kind::Owed(_) => Sign::Silence,
            Kind::Start(_) | Kind::Crash => unreachable!("{item:?} is no step of an exploration"),
        };
        (self.mark(self.room.node_of(item), sign), self.head(state, turn))
    }

    fn does_not_come(&mut self, item: Item) -> (Place, String) {
        (self.arrow(item, Tip::Lost), self.carried(item))
    }

    fn mark(&self, node: usize, sign: Sign) -> Place {
        Place::Mark { at: self.room.column(node), sign }
    }

    fn arrow(&self, item: Item, tip: Tip) -> Place {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else {
            unreachable!("{item:?} is no packet")
        };
        let (_, header) = self.room.packet(item);
        let column = |node: &usize| self.room.column(*node);
        let from = self.routes.get(&packet).and_then(|route| route.first()).unwrap_or(&header.from);
        let between = self.routes.get(&packet).and_then(|route| route.get(1..)).unwrap_or_default();
        let by_way_of = between.iter().map(column).collect();
        Place::Arrow { from: column(from), by_way_of, to: column(&header.to), tip }
    }

    fn origin(&self, item: Item) -> usize {
        self.room.packet(item).1.origin
    }

    fn sender(&self, item: Item) -> usize {
        self.room.packet(item).1.from
    }

    /// Remembers by way of whom goes what the turn sends: all but the last node of each way.
    fn note_routes(&mut self, state: State, turn: Turn) {
        let room = self.room;
        let Some((node, effect)) = room.effect_of(state, turn) else { return };
        let mut after = room.parts.unpacked(state);
        after.locals[node] = effect.local;
        for sent in effect.left.iter().chain(&effect.on_return) {
            let Sent::Packet(mut packet, mut header) = *sent else { continue };
            let mut route = vec![header.from];
            while let Some((next, onwards)) = room.next_hop(&after, packet, header) {
                route.push(onwards.from);
                (packet, header) = (next, onwards);
            }
            self.routes.insert(packet, route);
        }
    }
}
