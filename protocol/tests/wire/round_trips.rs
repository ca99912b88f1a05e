//! What is encoded decodes to the same value; what decodes encodes to the same octets; nothing makes a decoder panic.

use crate::{log_samples, policy_samples, samples};
use mimic_protocol::wire::group_info::{GroupInfoOutcome, GroupInfoResponse};
use mimic_protocol::wire::notify::{FanoutMessage, NotifyRequest};
use mimic_protocol::wire::submit_message::SubmitMessageRequest;
use mimic_protocol::wire::update::HandshakeBundle;
use mimic_protocol::wire::{Flag, Malformed, MessageKind, MlsBytes, Opaque, Wire, WireError};
use proptest::prelude::*;
use proptest::sample::Index;
use std::fmt::Debug;

/// One edit of an encoding.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Truncate(Index),
    Insert(Index, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Edit::Set(at, octet)),
        any::<Index>().prop_map(Edit::Truncate),
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Edit::Insert(at, octet)),
    ]
}

fn edited(mut octets: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        match edit {
            Edit::Set(at, octet) if !octets.is_empty() => {
                let at = at.index(octets.len());
                octets[at] = *octet;
            }
            Edit::Set(..) => {}
            Edit::Truncate(at) => octets.truncate(at.index(octets.len() + 1)),
            Edit::Insert(at, octet) => octets.insert(at.index(octets.len() + 1), *octet),
        }
    }
    octets
}

fn survives<T: Wire + PartialEq + Debug>(octets: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = T::decode(octets) {
        prop_assert_eq!(Opaque::new(value.encode()), Opaque::new(octets.to_vec()));
    }
    Ok(())
}

fn round_trips<T: Wire + PartialEq + Debug>(
    value: &T,
    edits: &[Edit],
    noise: &[u8],
) -> Result<(), TestCaseError> {
    let octets = value.encode();
    let decoded = T::decode(&octets);
    prop_assert_eq!(decoded.as_ref(), Ok(value));
    survives::<T>(&edited(octets, edits))?;
    survives::<T>(noise)
}

macro_rules! round_trip_tests {
    ($samples:ident: $($name:ident),+ $(,)?) => {
        proptest! {
            $(
                #[test]
                fn $name(
                    value in $samples::$name(),
                    edits in prop::collection::vec(edit(), 1..4),
                    noise in prop::collection::vec(any::<u8>(), 0..64),
                ) {
                    round_trips(&value, &edits, &noise)?;
                }
            )+
        }
    };
}

round_trip_tests!(
    samples: opaque,
    uri,
    any_message,
    key_package,
    group_info,
    welcome,
    credential,
    capabilities,
    extension,
    required_capabilities,
    ratchet_tree,
    group_info_option,
    key_material_request,
    key_material_response,
    handshake_bundle,
    update_room_response,
    submit_message_request,
    submit_message_response,
    fanout_message,
    notify_request,
    group_info_request,
    group_info_response,
    group_info_answer,
    group_info_tree,
    participant_list,
    participant_list_update,
    role_data,
    base_room_policy,
    dictionary,
    app_data_update,
    consent_entry,
    abuse_report,
);

round_trip_tests!(
    policy_samples: status_notification_policy,
    join_link_policy,
    join_links,
    join_links_update,
    link_preview_policy,
    asset_policy,
    logging_policy,
    history_policy,
    bot_policy,
    message_expiration,
    preauth_list,
    operational_parameters,
    room_metadata,
);

round_trip_tests!(
    log_samples: state_event,
    vouched_event,
    voucher,
    voucher_tbs,
    log_snapshot,
    frank_aad,
    franking_agent,
    franking_tbs,
    sign_content,
    pseudonymous_credential,
    identity_link,
);

proptest! {
    #[test]
    fn a_response_is_signed_over_all_but_its_signature(
        room_id in samples::opaque(),
        answer in samples::group_info_answer(),
        signature in samples::opaque(),
    ) {
        let tbs = GroupInfoResponse::tbs(&room_id, &answer);
        let outcome = GroupInfoOutcome::Success { answer, signature: signature.clone() };
        let version = mimic_protocol::wire::Protocol::Mls10;
        let whole = GroupInfoResponse { version, room_id, outcome }.encode();
        prop_assert_eq!(whole, [tbs, signature.encode()].concat());
    }

    #[test]
    fn a_record_holds_the_encoding(bundle in samples::handshake_bundle(), notify in samples::notify_request()) {
        let record = postcard::to_stdvec(&(&bundle, &notify)).expect("octets");
        prop_assert_eq!(postcard::from_bytes(&record), Ok((bundle.clone(), notify.clone())));
        let record = rmp_serde::to_vec(&(&bundle, &notify)).expect("octets");
        prop_assert_eq!(rmp_serde::from_slice::<(_, _)>(&record).expect("the same"), (bundle, notify));
    }
}

#[test]
fn a_length_has_one_form_only() {
    let cases: [(&[u8], Result<usize, WireError>); 7] = [
        (&[0x01, 0xaa], Ok(1)),
        (&[0x40, 0x01, 0xaa], Err(WireError::VectorLength)),
        (&[0x80, 0x00, 0x00, 0x01, 0xaa], Err(WireError::VectorLength)),
        (&[0xc0, 0, 0, 0, 0, 0, 0, 0], Err(WireError::VectorLength)),
        (&[0xbf, 0xff, 0xff, 0xff], Err(WireError::Inconsistent)),
        (&[0x40], Err(WireError::EndOfInput)),
        (&[0x00, 0x00], Err(WireError::TrailingOctets)),
    ];
    for (octets, length) in cases {
        assert_eq!(Opaque::decode(octets).map(|opaque| opaque.as_slice().len()), length, "{octets:?}");
    }
}

#[test]
fn lengths_change_their_form_where_they_must() {
    for (length, octets) in [(63, 1), (64, 2), (16383, 2), (16384, 4)] {
        let opaque = Opaque::new(vec![7; length]);
        let encoded = opaque.encode();
        assert_eq!(encoded.len(), octets + length);
        assert_eq!(Opaque::decode(&encoded), Ok(opaque));
    }
}

#[test]
fn elements_fill_their_vector_exactly() {
    // three octets are one u16 and a half; that the next octet follows does not help
    let error = Vec::<u16>::decode(&[3, 0, 1, 0, 2]).expect_err("an element too long");
    assert_eq!(error, WireError::Inconsistent);
}

#[test]
fn enums_are_closed() {
    assert_eq!(Flag::decode(&[2]), Err(WireError::UnknownValue(2)));
    assert_eq!(Option::<u32>::decode(&[2]), Err(WireError::Inconsistent));
    assert_eq!(GroupInfoResponse::decode(&[0, 0, 2]), Err(WireError::UnknownValue(0)), "a reserved protocol");
    assert_eq!(GroupInfoResponse::decode(&[1, 0, 0]), Err(WireError::UnknownValue(0)), "a reserved code");
}

#[test]
fn messages_stand_only_where_they_belong() {
    let message = |kind| MlsBytes::symbolic(kind, b"content").encode();
    let wrong = Err(WireError::from(Malformed::WrongMessage));
    for kind in [MessageKind::Application, MessageKind::Welcome, MessageKind::GroupInfo] {
        let octets = [message(kind), vec![0]].concat();
        assert_eq!(HandshakeBundle::decode(&octets).map(|_| ()), wrong, "{kind:?} begins a bundle");
    }
    let commit_among_proposals = vec![MlsBytes::symbolic(MessageKind::Commit, b"")].encode();
    let octets = [message(MessageKind::Proposal), commit_among_proposals].concat();
    assert_eq!(HandshakeBundle::decode(&octets).map(|_| ()), wrong, "a commit among proposals");
    let octets = [vec![1], message(MessageKind::Commit), vec![0]].concat();
    assert_eq!(SubmitMessageRequest::decode(&octets).map(|_| ()), wrong, "a commit submitted as a message");
    let octets = [vec![0; 8], message(MessageKind::KeyPackage)].concat();
    assert_eq!(FanoutMessage::decode(&octets).map(|_| ()), wrong, "a key package fanned out");
    assert_eq!(NotifyRequest::decode(&[]), Err(Malformed::NoMessage.into()));
}
