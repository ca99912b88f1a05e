//! Arbitrary values of what the two logs consist of, of what stamps are made from, and of what is behind pseudonyms.

use crate::samples::{app_data_update, credential, list, opaque, uri};
use mimic_protocol::wire::franking::{
    FrankAad, FrankingAgentData, FrankingIntegrityTbs, ServerFrankingContext, SignContent,
};
use mimic_protocol::wire::pseudonym::{IdentityLinkTbe, PseudonymousCredential, PseudonymousCredentialTbs};
use mimic_protocol::wire::state_log::{
    ComponentOctets, LogKind, LogSnapshot, StateEvent, StateEventContent, VouchedEvent,
};
use mimic_protocol::wire::voucher::{Voucher, VoucherTbs};
use proptest::prelude::*;

fn components() -> impl Strategy<Value = Vec<ComponentOctets>> {
    list((any::<u16>(), opaque()).prop_map(|(component, octets)| ComponentOctets { component, octets }))
}

pub fn state_event() -> impl Strategy<Value = StateEvent> {
    let log = prop_oneof![Just(LogKind::Policy), Just(LogKind::Participation)];
    (uri(), log, any::<u64>(), opaque(), list(app_data_update()), opaque()).prop_map(
        |(room, log, sequence, author, updates, signature)| StateEvent {
            content: StateEventContent { room, log, sequence, author, updates },
            signature,
        },
    )
}

pub fn vouched_event() -> impl Strategy<Value = VouchedEvent> {
    (opaque(), opaque()).prop_map(|(event, origin)| VouchedEvent { event, origin })
}

pub fn voucher() -> impl Strategy<Value = Voucher> {
    (uri(), opaque()).prop_map(|(server, signature)| Voucher { server, signature })
}

pub fn voucher_tbs() -> impl Strategy<Value = VoucherTbs> {
    (uri(), uri(), list(opaque())).prop_map(|(room, server, messages)| VoucherTbs { room, server, messages })
}

pub fn log_snapshot() -> impl Strategy<Value = LogSnapshot> {
    (any::<u64>(), any::<u64>(), components()).prop_map(|(policy, participation, components)| LogSnapshot {
        policy,
        participation,
        components,
    })
}

pub fn frank_aad() -> impl Strategy<Value = FrankAad> {
    any::<[u8; 32]>().prop_map(|franking_tag| FrankAad { franking_tag })
}

pub fn franking_agent() -> impl Strategy<Value = FrankingAgentData> {
    (opaque(), credential()).prop_map(|(franking_signature_key, credential)| FrankingAgentData {
        franking_signature_key,
        credential,
    })
}

pub fn franking_tbs() -> impl Strategy<Value = FrankingIntegrityTbs> {
    let context = (uri(), uri(), any::<u64>()).prop_map(|(sender_uri, room_uri, accepted_timestamp_ms)| {
        ServerFrankingContext { sender_uri, room_uri, accepted_timestamp_ms }
    });
    (any::<[u8; 32]>(), any::<u16>(), context).prop_map(
        |(server_frank, franking_signature_ciphersuite, context)| FrankingIntegrityTbs {
            server_frank,
            franking_signature_ciphersuite,
            context,
        },
    )
}

pub fn sign_content() -> impl Strategy<Value = SignContent> {
    (opaque(), opaque()).prop_map(|(label, content)| SignContent { label, content })
}

pub fn pseudonymous_credential() -> impl Strategy<Value = PseudonymousCredential> {
    (uri(), uri(), opaque(), opaque()).prop_map(
        |(client_pseudonym, user_pseudonym, signature_public_key, identity_link_ciphertext)| {
            let tbs = PseudonymousCredentialTbs { client_pseudonym, user_pseudonym, signature_public_key };
            PseudonymousCredential { tbs, identity_link_ciphertext }
        },
    )
}

pub fn identity_link() -> impl Strategy<Value = IdentityLinkTbe> {
    (opaque(), credential()).prop_map(|(pseudonymous_credential_signature, client_credential)| {
        IdentityLinkTbe { pseudonymous_credential_signature, client_credential }
    })
}
