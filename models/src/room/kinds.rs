//! What kinds of steps there are, for counting them.

use super::state::Kind;
use super::{Item, Room, Turn};
use mimic_protocol::node::Call;

/// Requests and answers come last, in the order of [`call`].
pub(crate) const KINDS: &[&str] = &[
    "wish",
    "timer",
    "failure",
    "start",
    "crash",
    "loss",
    "doubling",
    "timeout before arrival",
    "fork",
    "withheld event",
    "rollback",
    "replay",
    "request: publish",
    "answer: publish",
    "request: open",
    "answer: open",
    "request: key material",
    "answer: key material",
    "request: update",
    "answer: update",
    "request: submit",
    "answer: submit",
    "request: group info",
    "answer: group info",
    "request: notify",
    "answer: notify",
    "request: deliver",
    "answer: deliver",
    "request: other",
    "answer: other",
];
const PACKETS: usize = 12;

/// The kind of a step in which the packet arrives.
pub(super) fn of_packet(exchange: Call, is_request: bool) -> u8 {
    (PACKETS + 2 * call(exchange) + usize::from(!is_request)) as u8
}

fn call(call: Call) -> usize {
    match call {
        Call::Publish => 0,
        Call::Open(_) => 1,
        Call::KeyMaterial(..) => 2,
        Call::Update(_) => 3,
        Call::Submit(_) => 4,
        Call::GroupInfo(_) => 5,
        Call::Notify(..) => 6,
        Call::Deliver(_) => 7,
        Call::ReportAbuse(_)
        | Call::Consent(..)
        | Call::Search(..)
        | Call::Download(_)
        | Call::Oblivious(_)
        | Call::Tree(_)
        | Call::OhttpKeys(_)
        | Call::Directory(_) => 8,
    }
}

impl Room {
    /// The kind of the turn, by its place in [`KINDS`].
    pub(super) fn kind_of(&self, turn: Turn) -> usize {
        match turn {
            Turn::Step(item) => self.kind_of_step(item),
            Turn::Crash(..) | Turn::CrashNow => 4,
            Turn::Lose(_) => 5,
            Turn::Double(_) => 6,
            Turn::Late(_) => 7,
            Turn::Fork(_) => 8,
            Turn::Withhold(_) => 9,
            Turn::RollBack => 10,
            Turn::Replay(_) => 11,
        }
    }

    fn kind_of_step(&self, item: Item) -> usize {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => usize::from(self.tables.packets.derived(packet).kind),
            Kind::Intent(_) => 0,
            Kind::Timer(_) => 1,
            Kind::Owed(_) => 2,
            Kind::Start(_) => 3,
            Kind::Crash => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId, RoomId};

    #[test]
    fn each_packet_is_called_by_what_it_is() {
        let name = |call, is_request| KINDS[usize::from(of_packet(call, is_request))];
        let told = [
            name(Call::Publish, true),
            name(Call::Update(RoomId(0)), false),
            name(Call::Deliver(ClientId(0)), true),
            name(Call::Directory(ProviderId(0)), false),
        ];
        assert_eq!(told, ["request: publish", "answer: update", "request: deliver", "answer: other"]);
    }
}
