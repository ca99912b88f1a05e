//! The story of the protocol draft's §3, on whole nodes and over encoded messages, with each MLS engine.

mod driver;

use driver::Driver;
use mimic_protocol::codec::Hop;
use mimic_protocol::ledger::Lesson;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Mls, MlsGroup};
use mimic_protocol::node::{Action, Event, Fact, Input, Intent, IntentId, Refusal, Request, Response};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId, UserId};
use std::collections::BTreeSet;

const A1: ClientId = ClientId(0);
const B1: ClientId = ClientId(2);
const C1: ClientId = ClientId(4);
const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const CATHY: UserId = UserId(2);
const ROOM: RoomId = RoomId(0);

/// Hub a.example with Alice, followers b.example with Bob and c.example with Cathy, two devices each.
fn world() -> Directory {
    let mut directory = Directory::default();
    for (domain, user) in [("a.example", "alice"), ("b.example", "bob"), ("c.example", "cathy")] {
        let provider = directory.add_provider(domain);
        let user = directory.add_user(provider, user);
        directory.add_client(user, "phone");
        directory.add_client(user, "laptop");
    }
    directory.add_room(ProviderId(0), "clubhouse");
    directory
}

struct Story<M: Mls> {
    driver: Driver<M>,
    intents: u32,
}

impl<M: Mls> Story<M> {
    fn begin() -> Self {
        Self { driver: Driver::new(world()), intents: 0 }
    }

    /// Lets the client's user want something, and lets the world come to rest.
    fn wants(&mut self, client: ClientId, action: Action) -> Result<(), Refusal> {
        let id = self.states(client, action);
        self.driver.run();
        self.outcome(id).unwrap_or_else(|| panic!("{action:?} is neither done nor refused"))
    }

    /// Lets the client's user want something; no time passes.
    fn states(&mut self, client: ClientId, action: Action) -> IntentId {
        let id = IntentId(self.intents);
        self.intents += 1;
        self.driver.command(client, Intent { id, room: ROOM, action });
        self.driver.drain();
        id
    }

    fn outcome(&self, id: IntentId) -> Option<Result<(), Refusal>> {
        self.driver.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Done { intent } if *intent == id => Some(Ok(())),
            Fact::Refused { intent, reason } if *intent == id => Some(Err(*reason)),
            _ => None,
        })
    }

    fn epochs(&self) -> Vec<Option<u64>> {
        self.driver.clients.values().map(|client| client.group(ROOM).map(MlsGroup::epoch)).collect()
    }

    fn readers_of(&self, text: u32) -> Vec<ClientId> {
        let read = self.driver.facts.iter().filter_map(|(node, fact)| match (node, fact) {
            (NodeId::Client(client), Fact::Applied { text: Some((_, said)), .. }) if *said == text => {
                Some(*client)
            }
            _ => None,
        });
        read.collect()
    }
}

/// Create, add, add by a follower's user, send, role change, leave, new device, remove, ban: figures 1 to 6.
fn clubhouse<M: Mls>() {
    let mut story = Story::<M>::begin();
    assert_eq!(story.wants(A1, Action::Create), Ok(()));
    assert_eq!(story.wants(A1, Action::JoinOwnDevice), Err(Refusal::Pointless));
    assert_eq!(story.wants(ClientId(1), Action::JoinOwnDevice), Ok(()));
    assert_eq!(story.wants(A1, Action::Add(BOB, 3)), Ok(()));
    assert_eq!(story.wants(B1, Action::Add(CATHY, 2)), Ok(()));
    assert_eq!(story.epochs(), vec![Some(3); 6]);
    assert_eq!(story.wants(C1, Action::Send(7)), Ok(()));
    assert_eq!(story.readers_of(7), [A1, ClientId(1), B1, ClientId(3), ClientId(5)]);
    // An ordinary user may not ban.
    assert_eq!(story.wants(C1, Action::Ban(BOB)), Err(Refusal::NotAllowed));
    assert_eq!(story.wants(C1, Action::Leave), Ok(()));
    assert_eq!(story.epochs(), [Some(4), Some(4), Some(4), Some(4), None, None]);
    assert_eq!(story.wants(B1, Action::Add(CATHY, 2)), Ok(()));
    assert_eq!(story.wants(A1, Action::Ban(CATHY)), Ok(()));
    assert_eq!(story.wants(C1, Action::JoinOwnDevice), Err(Refusal::NotAuthorized));
    assert_eq!(story.wants(B1, Action::Add(CATHY, 2)), Err(Refusal::Pointless));
    assert_eq!(story.wants(A1, Action::ChangeRole(CATHY, 2)), Ok(()));
    assert_eq!(story.wants(C1, Action::JoinOwnDevice), Ok(()));
    assert_eq!(story.wants(A1, Action::Remove(BOB)), Ok(()));
    assert_eq!(story.wants(A1, Action::UpdateKeys), Ok(()));
    // The last group_admin cannot go (POL-05).
    assert_eq!(story.wants(A1, Action::Leave), Err(Refusal::NotAllowed));
    let hub = &story.driver.providers[&ProviderId(0)].hosted()[&ROOM];
    assert_eq!(hub.state().committed, hub.state().effective);
    assert_eq!(hub.state().committed.role_of(ALICE), Some(3));
    let epoch = Some(hub.group().epoch());
    assert_eq!(story.epochs(), [epoch, epoch, None, None, epoch, None]);
}

/// PROTO-42: the hub is told who sends, and no follower is.
#[test]
fn followers_are_not_told_who_has_sent() {
    let mut story = Story::<OpenMls<InsecureFastCrypto>>::begin();
    assert_eq!(story.wants(A1, Action::Create), Ok(()));
    assert_eq!(story.wants(A1, Action::Add(BOB, 2)), Ok(()));
    assert_eq!(story.wants(A1, Action::Add(CATHY, 2)), Ok(()));
    assert_eq!(story.wants(B1, Action::Send(7)), Ok(()));
    let names_bob = |octets: &[u8]| {
        let names = ["mimi://b.example/u/bob", "mimi://b.example/d/bob"];
        names.iter().any(|name| octets.windows(name.len()).any(|part| part == name.as_bytes()))
    };
    let of_kind = |is_it: fn(&Request) -> bool| {
        let hub = NodeId::from(ProviderId(0));
        let between = |hop: &Hop| {
            let ends = [hop.from, hop.to];
            ends.contains(&hub) && ends.iter().all(|end| matches!(end, NodeId::Provider(_)))
        };
        let sent = story.driver.sent.iter().filter(|(hop, request, _)| between(hop) && is_it(request));
        sent.map(|(.., octets)| names_bob(octets)).collect::<Vec<bool>>()
    };
    let is_message = |request: &Request| matches!(request, Request::Notify { event, .. } if matches!(event.event, Event::Message { .. }));
    assert_eq!(of_kind(|request| matches!(request, Request::Submit { .. })), [true]);
    assert_eq!(of_kind(is_message), [false, false]);
}

/// What providers learn in a story in which users come, act and go.
fn lessons<M: Mls>() -> BTreeSet<(NodeId, Lesson)> {
    let mut story = Story::<M>::begin();
    let wishes = [
        (A1, Action::Create),
        (A1, Action::Add(BOB, 3)),
        (B1, Action::Add(CATHY, 2)),
        (C1, Action::Send(1)),
        (A1, Action::ChangeRole(CATHY, 3)),
        (C1, Action::Leave),
        (ClientId(1), Action::JoinOwnDevice),
        (A1, Action::Ban(BOB)),
    ];
    for (client, action) in wishes {
        assert_eq!(story.wants(client, action), Ok(()), "{action:?}");
    }
    let learnt = story.driver.facts.into_iter().filter_map(|(node, fact)| match fact {
        Fact::Learnt(lesson) => Some((node, lesson)),
        _ => None,
    });
    learnt.collect()
}

/// ARCH-18: real octets show what symbols do.
#[test]
fn both_engines_show_the_same_to_providers() {
    let (symbolic, open) = (lessons::<Symbolic>(), lessons::<OpenMls<InsecureFastCrypto>>());
    assert_eq!(symbolic.symmetric_difference(&open).collect::<Vec<_>>(), Vec::<&(NodeId, Lesson)>::new());
    assert!(symbolic.len() > 20);
}

/// Every node is rebuilt from its disk between any two intents, and nothing is different.
fn restarts<M: Mls>() {
    let mut story = Story::<M>::begin();
    let all = |story: &mut Story<M>| {
        let nodes: Vec<NodeId> = story.driver.disks.keys().copied().collect();
        nodes.into_iter().for_each(|node| story.driver.restart(node));
    };
    let wishes = [
        (A1, Action::Create),
        (A1, Action::Add(BOB, 3)),
        (B1, Action::Add(CATHY, 2)),
        (C1, Action::Send(1)),
        (C1, Action::Leave),
        (B1, Action::Send(2)),
        (ClientId(1), Action::JoinOwnDevice),
        (A1, Action::Send(3)),
    ];
    for (client, action) in wishes {
        assert_eq!(story.wants(client, action), Ok(()), "{action:?}");
        all(&mut story);
    }
    assert_eq!(story.readers_of(3), [ClientId(1), B1, ClientId(3)]);
}

/// Bob's commit leaves out a leave that he has not heard of. He hears of it after the hub's refusal, and before the hub tells
/// him what it has: that he now knows as much as the hub does not make the refusal final.
fn refusal_meets_news<M: Mls>() {
    let mut story = Story::<M>::begin();
    for (client, action) in [(A1, Action::Create), (A1, Action::Add(BOB, 3)), (B1, Action::Add(CATHY, 2))] {
        assert_eq!(story.wants(client, action), Ok(()), "{action:?}");
    }
    story.driver.holds =
        |node, input| node == B1.into() && (brings_proposals(input) || tells_of_group(input));
    story.states(C1, Action::Leave);
    let keys = story.states(B1, Action::UpdateKeys);
    story.driver.holds = |node, input| node == B1.into() && tells_of_group(input);
    story.driver.release();
    assert_eq!(story.outcome(keys), None);
    story.driver.holds = |_, _| false;
    story.driver.release();
    story.driver.run();
    assert_eq!(story.outcome(keys), Some(Ok(())));
    assert_eq!(story.epochs()[4..], [None, None]);
}

fn brings_proposals(input: &Input) -> bool {
    let Input::Request { request: Request::Deliver { event, .. }, .. } = input else { return false };
    matches!(event.event, Event::Proposals(_))
}

fn tells_of_group(input: &Input) -> bool {
    matches!(input, Input::Response { response: Response::GroupInfo(_), .. })
}

#[test]
fn a_refusal_says_nothing_of_what_has_come_since_with_symbolic_mls() {
    refusal_meets_news::<Symbolic>();
}

#[test]
fn a_refusal_says_nothing_of_what_has_come_since_over_openmls() {
    refusal_meets_news::<OpenMls<InsecureFastCrypto>>();
}

#[test]
fn the_clubhouse_with_symbolic_mls() {
    clubhouse::<Symbolic>();
}

#[test]
fn restarts_change_nothing_with_symbolic_mls() {
    restarts::<Symbolic>();
}

#[test]
fn the_clubhouse_over_openmls() {
    clubhouse::<OpenMls<InsecureFastCrypto>>();
}

#[test]
fn restarts_change_nothing_over_openmls() {
    restarts::<OpenMls<InsecureFastCrypto>>();
}
