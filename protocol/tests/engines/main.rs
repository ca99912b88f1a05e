//! The two MLS engines agree: the same lists of operations, the same verdicts, the same groups.
//!
//! A case is a list of operations over one group, five clients of three users, a hub and another server. After each call the
//! outcome (accepted, or the very same `MlsError`) and the view of all parties (members, epoch, external senders, pending
//! proposals, dictionary, which context digests are equal) are compared. `cargo bench -p mimic-protocol --bench agreement`
//! does the same for as many and as long cases as the bar asks for.

mod copies;
mod coverage;
mod lifetimes;
mod op;
mod pair;
mod partial;
mod paths;
mod signing;
mod step;
mod view;
mod world;

use coverage::Coverage;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto, on_fresh_thread};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Mls, MlsError};
use op::{Op, PropPick, RefPick, Who};
use pair::{Pair, run};
use std::cell::RefCell;
use step::{Step, Then};
use world::LATEST;

/// How many cases there are at least, and of how many operations at most.
const CASES: u32 = 2_500;
const OPERATIONS: usize = 30;

/// One case, which chance hardly finds.
fn check<M: Mls>(ops: &[Op]) -> Coverage {
    let coverage = RefCell::default();
    if let Err(failure) = Pair::<M>::run(ops, &coverage) {
        panic!("{failure}");
    }
    coverage.into_inner()
}

/// A commit that was verified in one group is merged in another, which has come to the same epoch.
fn held_across_groups() -> Vec<Op> {
    let (first, second) = (Who::Client(0), Who::Client(2));
    let add = || vec![PropPick::AddFresh(1)];
    vec![
        Op::Create(0),
        Op::Commit(first, RefPick::None, add()),
        Op::Settle(0, 0),
        Op::Commit(first, RefPick::None, vec![]),
        Op::Process(1, 0, Then::Hold),
        Op::HubProcess(0, None, Then::Hold),
        Op::Plain(Step::Forget(1)),
        Op::Create(2),
        Op::Commit(second, RefPick::None, add()),
        Op::Plain(Step::MergePending(2)),
        Op::Join(1, 0, None),
        Op::Plain(Step::MergeHeld(1)),
    ]
}

/// A client with another reading of the drafts makes something else of the updates in its commit.
fn other_reading() -> Vec<Op> {
    let updates = [b"x", b"y"].map(|update| PropPick::Update(LATEST, update));
    vec![
        Op::Create(0),
        Op::Invite(4, true),
        Op::Commit(
            Who::Client(4),
            RefPick::None,
            vec![PropPick::Update(LATEST, b"x"), PropPick::Update(LATEST, b"")],
        ),
        Op::Process(0, 0, Then::Act),
        Op::HubProcess(0, None, Then::Act),
        Op::Plain(Step::DiscardPending(4)),
        Op::Commit(Who::Client(0), RefPick::None, updates.to_vec()),
        Op::Process(4, 0, Then::Act),
    ]
}

#[test]
fn the_symbolic_engine_agrees_with_itself() {
    let coverage = run::<Symbolic>(256, OPERATIONS);
    assert_eq!(coverage.limits(), 0);
}

#[test]
fn the_engines_agree() {
    let coverage =
        on_fresh_thread("engines", || run::<OpenMls<InsecureFastCrypto>>(CASES, OPERATIONS)).unwrap();
    println!("{coverage}");
    assert_eq!(coverage.gaps(), Vec::<String>::new());
    assert!(coverage.limits() * 100 < coverage.steps, "too much is beyond the library");
}

#[test]
fn the_engines_agree_that_a_verified_commit_belongs_to_one_history() {
    let ops = held_across_groups();
    let coverage = on_fresh_thread("engines", || check::<OpenMls<InsecureFastCrypto>>(&ops)).unwrap();
    assert_eq!(coverage.rejected("merge held", MlsError::WrongEpoch), 1);
}

#[test]
fn the_engines_agree_on_who_notices_another_reading() {
    let ops = other_reading();
    let coverage = on_fresh_thread("engines", || check::<OpenMls<InsecureFastCrypto>>(&ops)).unwrap();
    // Members by the confirmation tag, the hub by the GroupInfo alone.
    assert_eq!(coverage.rejected("process Commit", MlsError::NotAuthentic), 1);
    assert_eq!(coverage.rejected("hub follow Commit", MlsError::GroupInfoMismatch), 1);
    assert_eq!(coverage.rejected("process Commit", MlsError::InvalidProposalList), 1);
}

#[test]
fn the_engines_agree_with_real_cryptography() {
    let coverage = on_fresh_thread("engines", || run::<OpenMls<RealCrypto>>(256, OPERATIONS)).unwrap();
    assert!(coverage.limits() * 100 < coverage.steps, "too much is beyond the library");
}
