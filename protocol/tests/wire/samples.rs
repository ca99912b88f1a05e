//! Arbitrary values of every wire struct.

use mimic_protocol::wire::abuse_report::{AbuseReport, AbusiveMessage};
use mimic_protocol::wire::app_data::{AppDataDictionary, AppDataOperation, AppDataUpdate, ComponentData};
use mimic_protocol::wire::base_room_policy::BaseRoomPolicy;
use mimic_protocol::wire::consent::{ConsentAct, ConsentEntry};
use mimic_protocol::wire::group_info::{
    GroupInfoAnswer, GroupInfoOutcome, GroupInfoRequest, GroupInfoRequestTbs, GroupInfoResponse,
    GroupInfoTree, PendingProposal,
};
use mimic_protocol::wire::key_material::{
    ClientKeyMaterial, ClientMaterial, KeyMaterialRequest, KeyMaterialRequestTbs, KeyMaterialResponse,
    KeyMaterialUserCode,
};
use mimic_protocol::wire::mls::{
    Capabilities, Credential, Extension, ExternalSender, HpkeCiphertext, RequiredCapabilities,
};
use mimic_protocol::wire::notify::{Attached, FanoutMessage, NotifyRequest};
use mimic_protocol::wire::participant_list::{
    ParticipantListData, ParticipantListUpdate, UserIndexRolePair, UserRolePair,
};
use mimic_protocol::wire::ratchet_tree::{
    GroupInfoOption, PartialGroupInfo, RatchetTreeOption, RatchetTreePresence,
};
use mimic_protocol::wire::role_data::{RoleData, RoleEntry, SingleSourceRoleChangeTargets};
use mimic_protocol::wire::submit_message::{
    Frank, SubmitMessageRequest, SubmitMessageResponse, SubmitOutcome,
};
use mimic_protocol::wire::update::{HandshakeBundle, ProposalList, UpdateOutcome, UpdateRoomResponse};
use mimic_protocol::wire::{
    GroupInfoBytes, IdentifierUri, KeyPackageBytes, MessageKind, MlsBytes, Opaque, Protocol, WelcomeBytes,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..80)
}

pub fn opaque() -> impl Strategy<Value = Opaque> {
    octets().prop_map(Opaque::from)
}

pub fn uri() -> impl Strategy<Value = IdentifierUri> {
    opaque().prop_map(IdentifierUri)
}

pub fn list<T: std::fmt::Debug>(element: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(element, 0..4)
}

fn codes() -> impl Strategy<Value = Vec<u16>> {
    list(any::<u16>())
}

fn message(kind: MessageKind) -> impl Strategy<Value = MlsBytes> {
    octets().prop_map(move |content| MlsBytes::symbolic(kind, &content))
}

pub fn any_message() -> impl Strategy<Value = MlsBytes> {
    use MessageKind::{Application, Commit, GroupInfo, KeyPackage, Proposal, Welcome};
    prop_oneof![
        Just(Application),
        Just(Proposal),
        Just(Commit),
        Just(Welcome),
        Just(GroupInfo),
        Just(KeyPackage)
    ]
    .prop_flat_map(message)
}

fn proposals() -> impl Strategy<Value = ProposalList> {
    vec(message(MessageKind::Proposal), 0..4).prop_map(ProposalList)
}

pub fn key_package() -> impl Strategy<Value = KeyPackageBytes> {
    octets().prop_map(|content| KeyPackageBytes::symbolic(&content))
}

pub fn group_info() -> impl Strategy<Value = GroupInfoBytes> {
    octets().prop_map(|content| GroupInfoBytes::symbolic(&content))
}

pub fn welcome() -> impl Strategy<Value = WelcomeBytes> {
    octets().prop_map(|content| WelcomeBytes::symbolic(&content))
}

pub fn credential() -> impl Strategy<Value = Credential> {
    prop_oneof![opaque().prop_map(Credential::Basic), list(opaque()).prop_map(Credential::X509)]
}

pub fn required_capabilities() -> impl Strategy<Value = RequiredCapabilities> {
    (codes(), codes(), codes()).prop_map(|(extension_types, proposal_types, credential_types)| {
        RequiredCapabilities { extension_types, proposal_types, credential_types }
    })
}

pub fn capabilities() -> impl Strategy<Value = Capabilities> {
    (codes(), codes(), codes(), codes(), codes()).prop_map(
        |(versions, cipher_suites, extensions, proposals, credentials)| Capabilities {
            versions,
            cipher_suites,
            extensions,
            proposals,
            credentials,
        },
    )
}

pub fn ratchet_tree() -> impl Strategy<Value = RatchetTreeOption> {
    prop_oneof![
        opaque().prop_map(RatchetTreeOption::Full),
        (opaque(), opaque())
            .prop_map(|(url, tree_signature)| RatchetTreeOption::HttpsUri { url, tree_signature }),
        opaque().prop_map(|tree_signature| RatchetTreeOption::OutOfBand { tree_signature }),
        Just(RatchetTreeOption::DistributionService),
    ]
}

pub fn extension() -> impl Strategy<Value = Extension> {
    (any::<u16>(), opaque())
        .prop_map(|(extension_type, extension_data)| Extension { extension_type, extension_data })
}

pub fn group_info_option() -> impl Strategy<Value = GroupInfoOption> {
    use RatchetTreePresence::{Added, NoRatchetTree, Present, Removed};
    let presence = prop_oneof![Just(NoRatchetTree), Just(Present), Just(Removed), Just(Added)];
    prop_oneof![
        group_info().prop_map(GroupInfoOption::Full),
        (presence, list(extension()), opaque()).prop_map(|(ratchet_tree_presence, extensions, signature)| {
            GroupInfoOption::Partial(PartialGroupInfo { ratchet_tree_presence, extensions, signature })
        }),
    ]
}

pub fn key_material_request() -> impl Strategy<Value = KeyMaterialRequest> {
    let fields = (uri(), uri(), uri(), codes(), required_capabilities(), opaque(), credential(), opaque());
    fields.prop_map(|(from, to, room, suites, required, key, requester_credential, signature)| {
        let tbs = KeyMaterialRequestTbs {
            protocol: Protocol::Mls10,
            requesting_user: from,
            target_user: to,
            room_id: room,
            acceptable_ciphersuites: suites,
            required_capabilities: required,
            requester_signature_key: key,
            requester_credential,
        };
        KeyMaterialRequest { tbs, signature }
    })
}

pub fn key_material_response() -> impl Strategy<Value = KeyMaterialResponse> {
    use KeyMaterialUserCode as Code;
    let user_status = prop_oneof![
        Just(Code::Success),
        Just(Code::PartialSuccess),
        Just(Code::IncompatibleProtocol),
        Just(Code::NoCompatibleMaterial),
        Just(Code::UserUnknown),
        Just(Code::NoConsent),
        Just(Code::NoConsentForThisRoom),
        Just(Code::UserDeleted),
    ];
    let material = prop_oneof![
        key_package().prop_map(ClientMaterial::Success),
        Just(ClientMaterial::KeyMaterialExhausted),
        option::of(capabilities()).prop_map(ClientMaterial::NothingCompatible),
    ];
    let client =
        (uri(), material).prop_map(|(client_uri, material)| ClientKeyMaterial { client_uri, material });
    (user_status, uri(), list(client)).prop_map(|(user_status, user_uri, clients)| KeyMaterialResponse {
        protocol: Protocol::Mls10,
        user_status,
        user_uri,
        clients,
    })
}

pub fn handshake_bundle() -> impl Strategy<Value = HandshakeBundle> {
    let commit = (message(MessageKind::Commit), option::of(welcome()), group_info_option(), ratchet_tree());
    prop_oneof![
        commit.prop_map(|(commit, welcome, group_info, ratchet_tree)| HandshakeBundle::Commit {
            commit,
            welcome,
            group_info,
            ratchet_tree,
        }),
        (message(MessageKind::Proposal), proposals())
            .prop_map(|(first, more)| HandshakeBundle::Proposals { first, more }),
    ]
}

pub fn update_room_response() -> impl Strategy<Value = UpdateRoomResponse> {
    let outcome = prop_oneof![
        any::<u64>().prop_map(|accepted_timestamp_ms| UpdateOutcome::Success { accepted_timestamp_ms }),
        any::<u64>().prop_map(|current_epoch| UpdateOutcome::WrongEpoch { current_epoch }),
        Just(UpdateOutcome::NotAllowed),
        list(opaque()).prop_map(|invalid_proposals| UpdateOutcome::InvalidProposal { invalid_proposals }),
    ];
    (".{0,20}", outcome).prop_map(|(text, outcome)| UpdateRoomResponse { error_description: text, outcome })
}

pub fn submit_message_request() -> impl Strategy<Value = SubmitMessageRequest> {
    (message(MessageKind::Application), uri()).prop_map(|(app_message, sending_uri)| SubmitMessageRequest {
        protocol: Protocol::Mls10,
        app_message,
        sending_uri,
    })
}

fn frank() -> impl Strategy<Value = Option<Frank>> {
    option::of((any::<[u8; 32]>(), any::<u16>(), opaque()).prop_map(
        |(server_frank, franking_signature_ciphersuite, franking_integrity_signature)| Frank {
            server_frank,
            franking_signature_ciphersuite,
            franking_integrity_signature,
        },
    ))
}

pub fn submit_message_response() -> impl Strategy<Value = SubmitMessageResponse> {
    let outcome = prop_oneof![
        (any::<u64>(), frank()).prop_map(|(accepted_timestamp_ms, frank)| SubmitOutcome::Accepted {
            accepted_timestamp_ms,
            frank,
        }),
        Just(SubmitOutcome::NotAllowed),
        any::<u64>().prop_map(|current_epoch| SubmitOutcome::EpochTooOld { current_epoch }),
    ];
    outcome.prop_map(|outcome| SubmitMessageResponse { protocol: Protocol::Mls10, outcome })
}

pub fn fanout_message() -> impl Strategy<Value = FanoutMessage> {
    let content = prop_oneof![
        (message(MessageKind::Application), frank())
            .prop_map(|(message, frank)| (message, Attached::Application { frank })),
        (message(MessageKind::Welcome), ratchet_tree())
            .prop_map(|(message, ratchet_tree)| (message, Attached::Welcome { ratchet_tree })),
        (message(MessageKind::Proposal), proposals())
            .prop_map(|(message, more_proposals)| (message, Attached::Proposal { more_proposals })),
        (message(MessageKind::Commit), proposals())
            .prop_map(|(message, external_proposals)| (message, Attached::Commit { external_proposals })),
    ];
    (any::<u64>(), content).prop_map(|(timestamp_ms, (message, attached))| FanoutMessage {
        timestamp_ms,
        message,
        attached,
    })
}

pub fn notify_request() -> impl Strategy<Value = NotifyRequest> {
    vec(fanout_message(), 1..4).prop_map(NotifyRequest)
}

pub fn group_info_request() -> impl Strategy<Value = GroupInfoRequest> {
    let fields = (any::<u16>(), opaque(), credential(), opaque(), option::of(opaque()), opaque());
    fields.prop_map(|(cipher_suite, key, credential, hpke_key, joining_code, signature)| GroupInfoRequest {
        tbs: GroupInfoRequestTbs {
            protocol: Protocol::Mls10,
            cipher_suite,
            requesting_signature_key: key,
            requesting_credential: credential,
            group_info_public_key: hpke_key,
            joining_code,
        },
        signature,
    })
}

pub fn group_info_answer() -> impl Strategy<Value = GroupInfoAnswer> {
    (any::<u16>(), opaque(), credential(), opaque(), opaque()).prop_map(
        |(cipher_suite, signature_key, credential, kem_output, ciphertext)| GroupInfoAnswer {
            cipher_suite,
            hub_sender: ExternalSender { signature_key, credential },
            encrypted_groupinfo_and_tree: HpkeCiphertext { kem_output, ciphertext },
        },
    )
}

pub fn group_info_response() -> impl Strategy<Value = GroupInfoResponse> {
    let outcome = prop_oneof![
        (group_info_answer(), opaque())
            .prop_map(|(answer, signature)| GroupInfoOutcome::Success { answer, signature }),
        Just(GroupInfoOutcome::NotAuthorized),
        Just(GroupInfoOutcome::NoSuchRoom),
    ];
    (opaque(), outcome).prop_map(|(room_id, outcome)| GroupInfoResponse {
        version: Protocol::Mls10,
        room_id,
        outcome,
    })
}

pub fn group_info_tree() -> impl Strategy<Value = GroupInfoTree> {
    let pending = (message(MessageKind::Proposal), any::<u64>())
        .prop_map(|(proposal, hub_accepted_time_ms)| PendingProposal { proposal, hub_accepted_time_ms });
    (group_info(), ratchet_tree(), list(pending)).prop_map(|(group_info, ratchet_tree, pending_proposals)| {
        GroupInfoTree { group_info, ratchet_tree, pending_proposals }
    })
}

fn user_role_pair() -> impl Strategy<Value = UserRolePair> {
    (opaque(), any::<u32>()).prop_map(|(user, role_index)| UserRolePair { user, role_index })
}

pub fn participant_list() -> impl Strategy<Value = ParticipantListData> {
    list(user_role_pair()).prop_map(|participants| ParticipantListData { participants })
}

pub fn participant_list_update() -> impl Strategy<Value = ParticipantListUpdate> {
    let changed = (any::<u32>(), any::<u32>())
        .prop_map(|(user_index, role_index)| UserIndexRolePair { user_index, role_index });
    (list(changed), list(any::<u32>()), list(user_role_pair())).prop_map(
        |(changed_role_participants, removed_indices, added_participants)| ParticipantListUpdate {
            changed_role_participants,
            removed_indices,
            added_participants,
        },
    )
}

pub fn role_data() -> impl Strategy<Value = RoleData> {
    let moves = (any::<u32>(), list(any::<u32>())).prop_map(|(from_role_index, target_role_indexes)| {
        SingleSourceRoleChangeTargets { from_role_index, target_role_indexes }
    });
    let bounds = (any::<u32>(), any::<Option<u32>>(), any::<u32>(), any::<Option<u32>>());
    let role = (any::<u32>(), opaque(), opaque(), codes(), bounds, list(moves)).prop_map(
        |(role_index, role_name, role_description, role_capabilities, bounds, authorized_role_changes)| {
            RoleEntry {
                role_index,
                role_name,
                role_description,
                role_capabilities,
                minimum_participants_constraint: bounds.0,
                maximum_participants_constraint: bounds.1,
                minimum_active_participants_constraint: bounds.2,
                maximum_active_participants_constraint: bounds.3,
                authorized_role_changes,
            }
        },
    );
    list(role).prop_map(|roles| RoleData { roles })
}

pub fn base_room_policy() -> impl Strategy<Value = BaseRoomPolicy> {
    let flags = any::<[bool; 6]>();
    (flags, uri(), any::<Option<u32>>(), any::<Option<u32>>(), codes()).prop_map(
        |(flags, parent_room, max_clients, max_users, policy_component_ids)| BaseRoomPolicy {
            fixed_membership: flags[0].into(),
            parent_dependant: flags[1].into(),
            parent_room,
            multi_device: flags[2].into(),
            max_clients,
            max_users,
            pseudonyms_allowed: flags[3].into(),
            persistent_room: flags[4].into(),
            discoverable: flags[5].into(),
            policy_component_ids,
        },
    )
}

pub fn dictionary() -> impl Strategy<Value = AppDataDictionary> {
    btree_map(any::<u16>(), opaque(), 0..4).prop_map(|entries| {
        let entries = entries.into_iter().map(|(component_id, data)| ComponentData { component_id, data });
        AppDataDictionary { component_data: entries.collect() }
    })
}

pub fn app_data_update() -> impl Strategy<Value = AppDataUpdate> {
    let operation = prop_oneof![opaque().prop_map(AppDataOperation::Update), Just(AppDataOperation::Remove)];
    (any::<u16>(), operation).prop_map(|(component_id, operation)| AppDataUpdate { component_id, operation })
}

pub fn consent_entry() -> impl Strategy<Value = ConsentEntry> {
    let act = prop_oneof![
        Just(ConsentAct::Cancel),
        Just(ConsentAct::Request),
        list(key_package()).prop_map(ConsentAct::Grant),
        Just(ConsentAct::Revoke),
    ];
    (act, uri(), uri(), option::of(uri()), dictionary()).prop_map(
        |(act, requester, target, room, extensions)| ConsentEntry {
            act,
            requester,
            target,
            room,
            extensions,
        },
    )
}

pub fn abuse_report() -> impl Strategy<Value = AbuseReport> {
    let stamp = frank().prop_filter_map("a stamp", |stamp| stamp);
    let message =
        (opaque(), stamp, any::<u64>()).prop_map(|(message_content, frank, accepted_timestamp_ms)| {
            AbusiveMessage { message_content, frank, accepted_timestamp_ms }
        });
    (uri(), uri(), any::<u8>(), opaque(), list(message), dictionary()).prop_map(
        |(reporting_user, alleged_abuser_uri, reason_code, note, messages, abuse_extensions)| AbuseReport {
            reporting_user,
            alleged_abuser_uri,
            reason_code,
            note,
            messages,
            abuse_extensions,
        },
    )
}
