//! Encodings that an independent encoder made, octet for octet.

use mimic_protocol::wire::app_data::{AppDataDictionary, AppDataOperation, AppDataUpdate, ComponentData};
use mimic_protocol::wire::consent::{ConsentAct, ConsentEntry};
use mimic_protocol::wire::mls::Extension;
use mimic_protocol::wire::participant_list::{
    ParticipantListData, ParticipantListUpdate, UserIndexRolePair, UserRolePair,
};
use mimic_protocol::wire::role_data::{RoleData, RoleEntry, SingleSourceRoleChangeTargets};
use mimic_protocol::wire::submit_message::{SubmitMessageResponse, SubmitOutcome};
use mimic_protocol::wire::update::{UpdateOutcome, UpdateRoomResponse};
use mimic_protocol::wire::{IdentifierUri, Opaque, Protocol, Wire};
use std::fmt::Debug;

const A: &str = "mimi://a.example/u/alice";
const B: &str = "mimi://b.example/u/bob";
const C: &str = "mimi://c.example/u/cathy";
const TIME_MS: u64 = 1_700_000_000_123;

const LIST: &str = "38186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
                    166d696d693a2f2f622e6578616d706c652f752f626f6200000002";
const UPDATE: &str = "0004000000011d186d696d693a2f2f632e6578616d706c652f752f636174687900000002";

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub fn check<T: Wire + PartialEq + Debug>(value: &T, hex: &str) {
    assert_eq!(Opaque::new(value.encode()), Opaque::new(octets(hex)));
    assert_eq!(T::decode(&octets(hex)).as_ref(), Ok(value));
}

fn pair(user: &str, role_index: u32) -> UserRolePair {
    UserRolePair { user: user.as_bytes().into(), role_index }
}

fn list(pairs: &[(&str, u32)]) -> ParticipantListData {
    let pairs: Vec<_> = pairs.iter().map(|(user, role)| pair(user, *role)).collect();
    ParticipantListData { participants: pairs }
}

fn update() -> ParticipantListUpdate {
    ParticipantListUpdate {
        removed_indices: vec![1],
        added_participants: vec![pair(C, 2)],
        ..Default::default()
    }
}

#[test]
fn participant_list() {
    check(&list(&[(A, 3), (B, 2)]), LIST);
    check(&update(), UPDATE);
    let changed = vec![UserIndexRolePair { user_index: 0, role_index: 4 }];
    let second = ParticipantListUpdate { changed_role_participants: changed, ..Default::default() };
    check(&second, "0800000000000000040000");
    check(
        &list(&[(A, 3), (C, 2)]),
        "3a186d696d693a2f2f612e6578616d706c652f752f616c69636500000003\
         186d696d693a2f2f632e6578616d706c652f752f636174687900000002",
    );
}

#[test]
fn app_data() {
    let update =
        AppDataUpdate { component_id: 0x0022, operation: AppDataOperation::Update(update().encode().into()) };
    check(&update, &format!("00220124{UPDATE}"));
    // A Proposal is its type, app_data_update, and this body.
    assert_eq!([0x0008_u16.encode(), update.encode()].concat(), octets(&format!("000800220124{UPDATE}")));
    let entry = ComponentData { component_id: 0x0022, data: list(&[(A, 3), (B, 2)]).encode().into() };
    let dictionary = AppDataDictionary { component_data: vec![entry] };
    check(&dictionary, &format!("3c002239{LIST}"));
    let extension = Extension { extension_type: 0x0006, extension_data: dictionary.encode().into() };
    check(&extension, &format!("00063d3c002239{LIST}"));
}

fn role(index: u32, name: &str, capabilities: &[u16], moves: &[(u32, &[u32])]) -> RoleEntry {
    let moves: Vec<_> = moves
        .iter()
        .map(|(from, to)| SingleSourceRoleChangeTargets {
            from_role_index: *from,
            target_role_indexes: to.to_vec(),
        })
        .collect();
    RoleEntry {
        role_index: index,
        role_name: name.as_bytes().into(),
        role_description: Opaque::new(vec![]),
        role_capabilities: capabilities.to_vec(),
        minimum_participants_constraint: u32::from(name == "admin"),
        maximum_participants_constraint: None,
        minimum_active_participants_constraint: 0,
        maximum_active_participants_constraint: (index < 2).then_some(0),
        authorized_role_changes: moves,
    }
}

#[test]
fn role_data() {
    let user = [2, 3, 6, 0x0100, 0x0101];
    let admin = [0, 1, 2, 3, 6, 0xa, 0xb, 0xc, 0xf, 0x0100, 0x0101];
    let roles = vec![
        role(0, "none", &[], &[]),
        role(1, "banned", &[], &[]),
        role(2, "user", &user, &[(0, &[2]), (2, &[0])]),
        role(3, "admin", &admin, &[(0, &[2, 3]), (1, &[0, 2]), (2, &[0, 1, 3]), (3, &[0, 2])]),
    ];
    check(
        &RoleData { roles },
        "40cd00000000046e6f6e650000000000000000000000010000000000000000010662616e6e6564000000000000\
         0000000000010000000000000000020475736572000a0002000300060100010100000000000000000000120000\
         00000400000002000000020400000000000000030561646d696e001600000001000200030006000a000b000c00\
         0f0100010100000001000000000000380000000008000000020000000300000001080000000000000002000000\
         020c00000000000000010000000300000003080000000000000002",
    );
}

#[test]
fn update_room_response() {
    let response = |text: &str, outcome| UpdateRoomResponse { error_description: text.into(), outcome };
    let success = UpdateOutcome::Success { accepted_timestamp_ms: TIME_MS };
    check(&response("", success), "00000000018bcfe5687b");
    check(
        &response("stale", UpdateOutcome::WrongEpoch { current_epoch: 7 }),
        "01057374616c650000000000000007",
    );
    check(&response("policy", UpdateOutcome::NotAllowed), "0206706f6c696379");
    let invalid_proposals = vec![Opaque::new(vec![0xab])];
    check(&response("", UpdateOutcome::InvalidProposal { invalid_proposals }), "03000201ab");
}

#[test]
fn submit_message_response() {
    let response = |outcome| SubmitMessageResponse { protocol: Protocol::Mls10, outcome };
    let accepted = SubmitOutcome::Accepted { accepted_timestamp_ms: TIME_MS, frank: None };
    check(&response(accepted), "01000000018bcfe5687b00");
    check(&response(SubmitOutcome::EpochTooOld { current_epoch: 7 }), "01020000000000000007");
    check(&response(SubmitOutcome::NotAllowed), "0101");
}

#[test]
fn consent_entry() {
    let uri = |uri: &str| IdentifierUri(uri.as_bytes().into());
    let entry = |act, room| ConsentEntry {
        act,
        requester: uri(A),
        target: uri(B),
        room,
        extensions: AppDataDictionary::default(),
    };
    let here = Some(uri("mimi://a.example/r/clubhouse"));
    check(
        &entry(ConsentAct::Request, here),
        "01186d696d693a2f2f612e6578616d706c652f752f616c696365166d696d693a2f2f622e6578616d706c652f752f626f62\
         011c6d696d693a2f2f612e6578616d706c652f722f636c7562686f75736500",
    );
    check(
        &entry(ConsentAct::Revoke, None),
        "03186d696d693a2f2f612e6578616d706c652f752f616c696365166d696d693a2f2f622e6578616d706c652f752f626f620000",
    );
}
