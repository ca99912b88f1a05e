//! Exposure windows on hand-made steps, and their plot.

use mimic_analysis::exposure::{Ousting, windows};
use mimic_analysis::{ExposureFigure, ExposureFigures, ExposureWindow, render_exposure};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId, UserId};
use mimic_record::{Event, HubChange, SeatChange, StandingDigest, Step, ViewChange};
use std::collections::BTreeMap;

const ROOM: RoomId = RoomId(0);
const HUB: NodeId = NodeId::Provider(ProviderId(0));
const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const CATHY: UserId = UserId(2);

/// Alice, Bob and Cathy with a device each, in this order.
fn world() -> Directory {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy"] {
        let user = directory.add_user(hub, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(hub, "clubhouse");
    directory
}

fn step(ms: u64, node: NodeId, facts: Vec<Fact>, change: ViewChange) -> Step {
    let change = Some(Box::new(change));
    Step {
        n: ms,
        at_us: ms * 1_000,
        written_us: 0,
        node,
        event: Event::Start,
        cause: None,
        facts,
        change,
        view: None,
    }
}

/// The hub's view changes: these are in force, these have leaves.
fn hub(ms: u64, facts: Vec<Fact>, epoch: u64, roles: &[(UserId, u32)], leaves: &[u16]) -> Step {
    let effective = StandingDigest { participants: roles.to_vec(), policy: 0 };
    let leaves = leaves.iter().map(|leaf| (u32::from(*leaf), ClientId(*leaf))).collect();
    let change = HubChange {
        epoch: Some(epoch),
        effective: Some(effective),
        leaves: Some(leaves),
        ..HubChange::default()
    };
    step(ms, HUB, facts, ViewChange { hub: BTreeMap::from([(ROOM, change)]), ..ViewChange::default() })
}

fn seat(ms: u64, client: u16, epoch: &[u64]) -> Step {
    let change = SeatChange { epoch: Some(epoch.to_vec()), ..SeatChange::default() };
    let change = ViewChange { seat: BTreeMap::from([(ROOM, change)]), ..ViewChange::default() };
    step(ms, ClientId(client).into(), Vec::new(), change)
}

fn proposals(sender: u16, body: Proposed) -> Vec<Fact> {
    let sender = Sender::Member(ClientId(sender));
    let event =
        Accepted::Proposals { epoch: 1, proposals: vec![ProposalInfo { reference: None, sender, body }] };
    vec![Fact::Accepted { room: ROOM, position: 0, accepted_ms: 0, message: MessageId(1), event }]
}

fn begin() -> Vec<Step> {
    let all = [(ALICE, 2), (BOB, 2), (CATHY, 2)];
    vec![hub(0, vec![], 1, &all, &[0, 1, 2]), seat(5, 0, &[1]), seat(5, 1, &[1]), seat(6, 2, &[1])]
}

fn of(more: Vec<Step>) -> Vec<ExposureWindow> {
    let steps: Vec<Step> = begin().into_iter().chain(more).collect();
    windows(&world(), &steps)
}

#[test]
fn a_window_lasts_from_the_proposal_to_the_last_client_that_applies_the_commit() {
    let out = proposals(0, Proposed::Remove(ClientId(1)));
    let found = of(vec![
        hub(100, out, 1, &[(ALICE, 2), (CATHY, 2)], &[0, 1, 2]),
        hub(250, vec![], 2, &[(ALICE, 2), (CATHY, 2)], &[0, 2]),
        seat(260, 0, &[2]),
        seat(270, 1, &[]),
        seat(900, 2, &[2]),
    ]);
    let [window] = &found[..] else { panic!("{found:?}") };
    assert_eq!((window.user, window.how, window.accepted_ms), (BOB, Ousting::Removal, 100));
    assert_eq!((window.until_gone_ms(), window.until_closed_ms()), (Some(150), Some(800)));
    assert_eq!(window.applied, [(ClientId(0), 260), (ClientId(2), 900)]);
    let figures = ExposureFigures::measure(&found);
    assert_eq!((figures.windows, figures.still_open, figures.from_commit_ms_max), (1, 0, Some(650)));
}

/// Where the list changes only with the commit, the accepted Remove begins the window all the same.
#[test]
fn a_list_that_changes_with_the_commit_makes_no_shorter_window() {
    let out = proposals(0, Proposed::Remove(ClientId(1)));
    let all = [(ALICE, 2), (BOB, 2), (CATHY, 2)];
    let found = of(vec![
        hub(100, out, 1, &all, &[0, 1, 2]),
        hub(250, vec![], 2, &[(ALICE, 2), (BOB, 1), (CATHY, 2)], &[0, 2]),
        seat(260, 0, &[2]),
    ]);
    let [window] = &found[..] else { panic!("{found:?}") };
    assert_eq!((window.how, window.accepted_ms, window.gone_ms), (Ousting::Ban, 100, Some(250)));
    assert_eq!((window.closed_ms(), window.waiting.len()), (None, 1), "cathy has not applied it");
}

#[test]
fn who_leaves_comes_back_or_has_no_device_was_not_exposed_to() {
    let [few, all] = [&[(ALICE, 2), (CATHY, 2)][..], &[(ALICE, 2), (BOB, 2), (CATHY, 2)][..]];
    let leaves = of(vec![
        hub(100, proposals(1, Proposed::SelfRemove), 1, few, &[0, 1, 2]),
        hub(250, vec![], 2, few, &[0, 2]),
    ]);
    let returns = of(vec![hub(100, vec![], 1, few, &[0, 1, 2]), hub(250, vec![], 1, all, &[0, 1, 2])]);
    let without = of(vec![hub(50, vec![], 2, all, &[0, 2]), hub(100, vec![], 2, few, &[0, 2])]);
    assert_eq!([leaves, returns, without], [vec![], vec![], vec![]]);
}

#[test]
fn a_member_that_goes_itself_is_not_waited_for() {
    let few = [(ALICE, 2), (CATHY, 2)];
    let found = of(vec![hub(100, vec![], 2, &few, &[0, 2]), seat(150, 0, &[2]), seat(200, 2, &[])]);
    assert_eq!(found[0].until_gone_ms(), Some(0), "the commit was the first that the hub heard of it");
    assert_eq!(found[0].until_closed_ms(), Some(50));
}

#[test]
fn the_plot_names_each_removal_and_says_what_is_open() {
    let few = [(ALICE, 2), (CATHY, 2)];
    let found = of(vec![hub(100, vec![], 2, &few, &[0, 2]), seat(150, 0, &[2])]);
    let mut figure = ExposureFigure::of(&world(), &found, 5_000);
    let svg = render_exposure(&figure).unwrap();
    for words in ["removal of bob", "open (1 behind)", "100 ms"] {
        assert!(svg.lines().any(|line| line.trim() == words), "{words} is missing");
    }
    assert_eq!(svg, render_exposure(&figure).unwrap());
    figure.rows.clear();
    assert!(render_exposure(&figure).unwrap().contains("nobody was removed or banned"));
}
