//! What the hub cannot see, the clients see to: kinds of message (room-policy §8.3 to §8.5).

use super::*;
use mimic_protocol::NodeId;
use mimic_protocol::policy::{AssetKind, Usage, Whose};
use std::collections::BTreeSet;

/// Bob, an ordinary user, does this in a room with Alice, an admin, and Cathy; and how it ends for him.
fn done_by_bob(planted: Planted, usage: Usage) -> (Story, Option<Result<(), Refusal>>) {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story.wants(B1, Action::Use(usage, 7));
    let (_, _, outcome) = story.outcomes.pop().expect("what Bob wanted");
    (story, outcome)
}

/// The clients that have shown the message, and those that have put it aside.
fn readers(story: &Story) -> [BTreeSet<ClientId>; 2] {
    let of = |is_it: fn(&Fact) -> bool| {
        let readers = story.driver.facts.iter().filter_map(move |(node, fact)| match node {
            NodeId::Client(client) if is_it(fact) => Some(*client),
            _ => None,
        });
        readers.collect()
    };
    let shows = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((B1, 7)), .. });
    let discards = |fact: &Fact| matches!(fact, Fact::Discarded { sender: B1, .. });
    [of(shows), of(discards)]
}

/// What ordinary users of the cooperative room may do, and may not, with a message.
const ALLOWED: [Usage; 3] = [Usage::Reply, Usage::React, Usage::Upload(AssetKind::Image)];
const FORBIDDEN: [Usage; 2] = [Usage::DeleteMessage(Whose::Other), Usage::EditTopic(Whose::Other)];

#[test]
fn what_a_role_covers_is_shown_by_everybody() {
    let all = BTreeSet::from([A1, B2, C1, C2]);
    for usage in ALLOWED {
        let (story, outcome) = done_by_bob(Planted::NONE, usage);
        assert_eq!(outcome, Some(Ok(())), "{usage:?}");
        assert_eq!(readers(&story), [all.clone(), BTreeSet::new()], "{usage:?}");
        assert_eq!(story.driver.violated(), [""; 0]);
    }
}

/// POL-41, POL-42: an honest client does not send it; where one does, everybody else puts it aside.
#[test]
fn what_a_role_does_not_cover_is_neither_sent_nor_shown() {
    for usage in FORBIDDEN {
        let (story, outcome) = done_by_bob(Planted::NONE, usage);
        assert_eq!(outcome, Some(Err(Refusal::NotPermitted)), "{usage:?}");
        assert_eq!(readers(&story), [BTreeSet::new(), BTreeSet::new()], "{usage:?}");
        let (story, outcome) = done_by_bob(Planted::new(Mutant::SendsAnyKind), usage);
        assert_eq!(outcome, Some(Ok(())), "{usage:?}");
        assert_eq!(readers(&story), [BTreeSet::new(), [A1, B2, C1, C2].into()], "{usage:?}");
        assert_eq!(story.driver.violated(), [""; 0]);
    }
}

/// ARCH-27, INV-34: a message that is against the policy is put aside by all or by nobody.
#[test]
fn clients_that_show_what_others_put_aside_are_seen() {
    for usage in FORBIDDEN {
        let (story, _) = done_by_bob(Planted::new(Mutant::ShowsAnyKind), usage);
        let [shown, discarded] = readers(&story);
        assert!(!shown.is_empty() && !discarded.is_empty(), "{usage:?}");
        assert_eq!(story.driver.violated(), ["INV-34"], "{usage:?}");
    }
}

/// What leaves no trace with others, the own client alone sees to.
#[test]
fn what_others_cannot_see_takes_no_message() {
    let (story, outcome) = done_by_bob(Planted::NONE, Usage::Copy);
    assert_eq!(outcome, Some(Ok(())));
    let sent = story.driver.sent.iter();
    let messages = sent.filter(|(.., body)| matches!(body, Body::Request(Request::Submit { .. }))).count();
    assert_eq!(messages, 0);
}
