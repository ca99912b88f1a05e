//! What the hub cannot see, the clients see to: kinds of message (room-policy §8.3 to §8.5).

use super::*;
use mimic_protocol::NodeId;
use mimic_protocol::content::MessageStatus;
use mimic_protocol::node::Aside;
use mimic_protocol::policy::{AssetKind, Usage, Whose};
use std::collections::BTreeSet;

/// Bob, an ordinary user, does this in a room with Alice, an admin, and Cathy; and how it ends for him.
fn done_by_bob(planted: Planted, usage: Usage) -> (Story, Option<Result<(), Refusal>>) {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story.wants(A1, Action::Send(3));
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
        // He himself does not show it either.
        assert_eq!(readers(&story), [BTreeSet::new(), [A1, B1, B2, C1, C2].into()], "{usage:?}");
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

/// A room in which Alice, Bob and Cathy talk, and what each of Cathy's devices shows in the end in the place of each text that
/// was changed.
fn talked(planted: Planted, wants: &[(ClientId, Action)]) -> (Story, Vec<(u32, Option<u32>)>) {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    for (client, action) in wants {
        story.wants(*client, *action);
        let (_, action, outcome) = story.outcomes.last().expect("what was wanted");
        assert_eq!(*outcome, Some(Ok(())), "{action:?}");
    }
    let changed = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::Changed { text, shows, .. } if *node == C1.into() => Some((*text, *shows)),
        _ => None,
    });
    let changed = changed.collect();
    (story, changed)
}

/// content §5.5 to §5.7: CONT-07, CONT-18. An edit, and another by the other device; a reaction that is withdrawn; a message that
/// is taken back, and edited in vain after that.
#[test]
fn later_messages_change_what_earlier_ones_show() {
    let wants = [
        (B1, Action::Send(1)),
        (B1, Action::Use(Usage::EditMessage, 2)),
        (B2, Action::Use(Usage::EditMessage, 3)),
        (A1, Action::Use(Usage::React, 4)),
        (A1, Action::Use(Usage::DeleteReaction(Whose::Own), 5)),
        (C2, Action::Use(Usage::Reply, 6)),
        (B1, Action::Use(Usage::DeleteMessage(Whose::Own), 7)),
    ];
    let (story, changed) = talked(Planted::NONE, &wants);
    assert_eq!(changed, [(1, Some(2)), (2, Some(3)), (4, None), (3, None)]);
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// CONT-07, CONT-18: what a client shows that goes by the first edit alone, or by no withdrawal.
#[test]
fn later_edits_and_withdrawals_count() {
    let edits = [
        (B1, Action::Send(1)),
        (B1, Action::Use(Usage::EditMessage, 2)),
        (B2, Action::Use(Usage::EditMessage, 3)),
    ];
    assert_eq!(talked(Planted::NONE, &edits).1, [(1, Some(2)), (2, Some(3))]);
    assert_eq!(talked(Planted::new(Mutant::FirstEditStands), &edits).1, [(1, Some(2))]);
    let withdraws = [
        (B1, Action::Send(1)),
        (B1, Action::Use(Usage::React, 2)),
        (B1, Action::Use(Usage::DeleteReaction(Whose::Own), 3)),
        (B1, Action::Use(Usage::DeleteMessage(Whose::Own), 4)),
    ];
    assert_eq!(talked(Planted::NONE, &withdraws).1, [(2, None), (1, None)]);
    assert_eq!(talked(Planted::new(Mutant::ShowsTheDeleted), &withdraws).1, []);
}

/// CONT-04: what was said twice are two messages.
#[test]
fn the_same_text_is_another_message() {
    let aside = |planted| {
        let (story, _) = talked(planted, &[(B1, Action::Send(1)), (B1, Action::Send(1))]);
        let is_it = |fact: &Fact| matches!(fact, Fact::PutAside { reason: Aside::DuplicateId, .. });
        story.driver.facts.iter().any(|(_, fact)| is_it(fact))
    };
    assert!(!aside(Planted::NONE));
    assert!(aside(Planted::new(Mutant::SaltsAlike)));
}

/// content §9.3: CONT-22. Bob sends a new version of what Alice has said: nobody shows it, unless half of the clients are careless.
#[test]
fn nobody_shows_what_somebody_else_has_made_of_a_message() {
    let wants = [(A1, Action::Send(1)), (B1, Action::Use(Usage::EditMessage, 2))];
    let aside = |fact: &Fact| matches!(fact, Fact::PutAside { sender: B1, reason: Aside::NotTheAuthor, .. });
    let (story, changed) = talked(Planted::new(Mutant::SendsAnyKind), &wants);
    let readers = story.driver.facts.iter().filter(|(_, fact)| aside(fact)).map(|(node, _)| *node);
    assert_eq!(readers.collect::<BTreeSet<_>>(), [A1, B1, B2, C1, C2].map(NodeId::from).into());
    assert_eq!((changed, story.driver.violated()), (Vec::new(), Vec::<&str>::new()));
    let (story, _) = talked(Planted::new(Mutant::ShowsAnyKind), &wants);
    assert_eq!(story.driver.violated(), ["INV-34"]);
}

/// STAT-02: the later report counts, of whichever device, unless it makes no sense.
#[test]
fn the_author_learns_what_has_become_of_a_message() {
    use MessageStatus::{Deleted, Delivered, Read, Unread};
    let one = |user, status| (user, status, vec![1]);
    let expected = [one(BOB, Delivered), one(BOB, Read), one(BOB, Unread), one(CATHY, Deleted)];
    assert_eq!(learnt(Planted::NONE), expected);
    let first = [one(BOB, Delivered), one(CATHY, Deleted)];
    assert_eq!(learnt(Planted::new(Mutant::FirstReportCounts)), first);
}

/// What Alice hears of her message by and by.
fn learnt(planted: Planted) -> Vec<(UserId, MessageStatus, Vec<u32>)> {
    use MessageStatus::{Deleted, Delivered, Read, Unread};
    let statuses = [(B1, Delivered), (B2, Read), (B1, Delivered), (B1, Unread), (C1, Deleted), (C2, Read)];
    let says = [(A1, Action::Send(1))].into_iter();
    let wants: Vec<_> =
        says.chain(statuses.map(|(client, status)| (client, Action::Report(status)))).collect();
    let (story, _) = talked(planted, &wants);
    let learnt = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::Reported { reporter, status, about, .. } if *node == A1.into() => {
            Some((*reporter, *status, about.clone()))
        }
        _ => None,
    });
    learnt.collect()
}

/// What leaves no trace with others, the own client alone sees to.
#[test]
fn what_others_cannot_see_takes_no_message() {
    let (story, outcome) = done_by_bob(Planted::NONE, Usage::Copy);
    assert_eq!(outcome, Some(Ok(())));
    let sent = story.driver.sent.iter();
    let messages =
        sent.filter(|(.., body)| matches!(body, Body::Request(Request::Submit { sender: BOB, .. }))).count();
    assert_eq!(messages, 0);
}
