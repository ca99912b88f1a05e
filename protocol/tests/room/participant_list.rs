//! The positional patch of the participant list (proto §7.5, AMB-05, AMB-06).

use crate::octets;
use mimic_protocol::readings::{ListIndices, Readings};
use mimic_protocol::room::{
    AppDataError, ListError, apply_list_updates, apply_updates, component, update_component,
};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::WireError;
use mimic_protocol::wire::participant_list::{
    ParticipantListData, ParticipantListUpdate, UserIndexRolePair, UserRolePair,
};

const BOTH: [ListIndices; 2] = [ListIndices::EpochStart, ListIndices::Running];

fn apply(list_indices: ListIndices, base: &str, updates: &[&str]) -> Result<Vec<u8>, AppDataError> {
    let updates: Vec<Vec<u8>> = updates.iter().map(|update| octets(update)).collect();
    let updates: Vec<&[u8]> = updates.iter().map(Vec::as_slice).collect();
    let readings = Readings { list_indices, ..Readings::default() };
    update_component(component::PARTICIPANT_LIST, Some(&octets(base)), &updates, readings)
}

#[test]
fn known_answer() {
    let before = "38186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                  166d696d693a2f2f622e6578616d706c652f752f626f6200000002";
    let update = "0004000000011d186d696d693a2f2f632e6578616d706c652f752f636174687900000002";
    let after = "3a186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                 186d696d693a2f2f632e6578616d706c652f752f636174687900000002";
    for reading in BOTH {
        assert_eq!(apply(reading, before, &[update]), Ok(octets(after)));
    }
}

/// The same octets, two group states: base A3 B2 C2 D2; the first update removes index 1, the second promotes index 2.
#[test]
fn the_readings_of_the_indices_diverge() {
    let base = "4070186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                166d696d693a2f2f622e6578616d706c652f752f626f6200000002\
                186d696d693a2f2f632e6578616d706c652f752f636174687900000002\
                166d696d693a2f2f642e6578616d706c652f752f64616e00000002";
    let c_promoted = "4055186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                      186d696d693a2f2f632e6578616d706c652f752f636174687900000004\
                      166d696d693a2f2f642e6578616d706c652f752f64616e00000002";
    let d_promoted = "4055186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                      186d696d693a2f2f632e6578616d706c652f752f636174687900000002\
                      166d696d693a2f2f642e6578616d706c652f752f64616e00000004";
    let updates = ["00040000000100", "0800000002000000040000"];
    assert_eq!(apply(ListIndices::EpochStart, base, &updates), Ok(octets(c_promoted)));
    assert_eq!(apply(ListIndices::Running, base, &updates), Ok(octets(d_promoted)));
}

fn pair((user, role_index): &(&str, u32)) -> UserRolePair {
    UserRolePair { user: user.as_bytes().into(), role_index: *role_index }
}

fn list(entries: &[(&str, u32)]) -> ParticipantListData {
    ParticipantListData { participants: entries.iter().map(pair).collect() }
}

fn update(changed: &[(u32, u32)], removed: &[u32], added: &[(&str, u32)]) -> ParticipantListUpdate {
    let changed = changed.iter().map(|(at, role)| UserIndexRolePair { user_index: *at, role_index: *role });
    ParticipantListUpdate {
        changed_role_participants: changed.collect(),
        removed_indices: removed.to_vec(),
        added_participants: added.iter().map(pair).collect(),
    }
}

#[test]
fn one_update_changes_then_removes_then_appends() {
    let base = list(&[("a", 2), ("b", 2), ("c", 2), ("d", 2)]);
    let patch = update(&[(3, 4)], &[2, 0], &[("e", 3), ("f", 1)]);
    for reading in BOTH {
        let after = apply_list_updates(&base, std::slice::from_ref(&patch), reading);
        assert_eq!(after, Ok(list(&[("b", 2), ("d", 4), ("e", 3), ("f", 1)])));
    }
}

#[test]
fn invalid_updates_say_why() {
    let one = |patch: ParticipantListUpdate| vec![patch];
    let cases = [
        ("a changed index too high", one(update(&[(2, 3)], &[], &[])), ListError::NoSuchIndex(2)),
        ("a removed index too high", one(update(&[], &[9], &[])), ListError::NoSuchIndex(9)),
        ("removed twice", one(update(&[], &[1, 1], &[])), ListError::TouchedTwice),
        ("changed and removed", one(update(&[(1, 3)], &[1], &[])), ListError::TouchedTwice),
        ("changed twice", one(update(&[(1, 3), (1, 4)], &[], &[])), ListError::TouchedTwice),
        ("removed and added", one(update(&[], &[1], &[("b", 2)])), ListError::TouchedTwice),
        ("added twice", one(update(&[], &[], &[("x", 2), ("x", 2)])), ListError::TouchedTwice),
        ("added, but listed", one(update(&[], &[], &[("a", 3)])), ListError::AlreadyListed),
        ("added in role 0", one(update(&[], &[], &[("x", 0)])), ListError::RoleZero),
        ("changed to role 0", one(update(&[(0, 0)], &[], &[])), ListError::RoleZero),
        (
            "added by two updates",
            vec![update(&[], &[], &[("x", 2)]), update(&[], &[], &[("x", 3)])],
            ListError::TouchedTwice,
        ),
        (
            "changed by two updates",
            vec![update(&[(0, 3)], &[], &[]), update(&[(0, 4)], &[], &[])],
            ListError::TouchedTwice,
        ),
    ];
    for (what, updates, error) in cases {
        for reading in BOTH {
            let base = list(&[("a", 2), ("b", 2)]);
            assert_eq!(apply_list_updates(&base, &updates, reading), Err(error), "{what}");
        }
    }
}

#[test]
fn whom_a_later_update_can_name_depends_on_the_reading() {
    let base = list(&[("a", 2), ("b", 2)]);
    let shrinks = [update(&[], &[0], &[]), update(&[(1, 4)], &[], &[])];
    assert_eq!(apply_list_updates(&base, &shrinks, ListIndices::EpochStart), Ok(list(&[("b", 4)])));
    let error = apply_list_updates(&base, &shrinks, ListIndices::Running);
    assert_eq!(error, Err(ListError::NoSuchIndex(1)));
    let grows = [update(&[], &[], &[("x", 2)]), update(&[(2, 4)], &[], &[])];
    let error = apply_list_updates(&base, &grows, ListIndices::EpochStart);
    assert_eq!(error, Err(ListError::NoSuchIndex(2)));
    let error = apply_list_updates(&base, &grows, ListIndices::Running);
    assert_eq!(error, Err(ListError::TouchedTwice), "the user that the first update appended");
}

#[test]
fn a_group_without_a_list_begins_with_an_empty_one() {
    let patch = update(&[], &[], &[("a", 3)]).encode();
    let after = update_component(component::PARTICIPANT_LIST, None, &[&patch], Readings::default());
    assert_eq!(after, Ok(list(&[("a", 3)]).encode()));
    let error = update_component(component::PARTICIPANT_LIST, None, &[&patch[1..]], Readings::default());
    assert!(
        matches!(error, Err(AppDataError::Wire(WireError::Inconsistent | WireError::EndOfInput))),
        "{error:?}"
    );
}

#[test]
fn an_engine_hears_only_that_updates_are_invalid() {
    let after = |patch: ParticipantListUpdate| {
        apply_updates(component::PARTICIPANT_LIST, None, &[&patch.encode()], Readings::default())
    };
    assert_eq!(after(update(&[], &[], &[("a", 3)])), Some(list(&[("a", 3)]).encode()));
    assert_eq!(after(update(&[], &[], &[("a", 0)])), None);
}
