//! What providers do by consent, and what they are told by whom.

use super::world::*;
use mimic_protocol::mls::{Lifetime, Proposed};
use mimic_protocol::node::{Call, ConsentScope, Exchange, Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, RoomId, UserId};
use mimic_record::{Cause, Event};

impl World {
    /// A client says what Bob consents to, for Alice.
    pub fn says_of_consent(&mut self, speaker: ClientId, room: Option<RoomId>, granted: bool) {
        let scope = ConsentScope { requester: ALICE, target: BOB, room };
        let event = asked_by(speaker.into(), speaker.into(), Call::Consent(ROOM, ALICE));
        self.step(FOLLOWER, event, vec![Fact::ConsentGiven { scope, granted }], None);
    }

    /// A provider that goes by consent hands out a key package of the client.
    pub fn hand_out_to(&mut self, requester: UserId, client: ClientId) {
        let Proposed::Add(client, key_package) = add(client) else { unreachable!() };
        let (to, by_consent) = ((requester, ROOM), true);
        let lifetime = (Lifetime::ALWAYS, 0);
        let fact = Fact::HandedOut {
            to,
            by_consent,
            client,
            key_package,
            of_last_resort: false,
            others: 1,
            lifetime,
        };
        self.observe(FOLLOWER, vec![fact]);
    }

    /// A follower takes over an event that this peer hands it.
    pub fn is_notified_by(&mut self, peer: impl Into<NodeId>) {
        let event = asked_by(HUB.into(), peer.into(), Call::Notify(ROOM, FOLLOWER));
        self.step(FOLLOWER, event, vec![Fact::Notified { room: ROOM, message: MessageId(0) }], None);
    }
}

fn asked_by(origin: NodeId, from: NodeId, call: Call) -> Event {
    Event::Request(Cause { exchange: Exchange { origin, call }, from, attempt: 0, copy: 0 })
}
