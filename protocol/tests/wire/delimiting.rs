//! The ends that are found in a stream of octets are those that a real MLS engine writes.

use mimic_protocol::wire::update::HandshakeBundle;
use mimic_protocol::wire::{
    GroupInfoBytes, KeyPackageBytes, Malformed, MessageKind, MlsBytes, Wire, WireError,
};
use openmls::prelude::*;
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use tls_codec::{Deserialize, DeserializeBytes, Serialize};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

struct Client {
    provider: OpenMlsRustCrypto,
    private: Vec<u8>,
    credential: CredentialWithKey,
}

impl Signer for Client {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = self.provider.crypto().sign(SignatureScheme::ED25519, payload, &self.private);
        signature.map_err(|_| SignerError::SigningError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl Client {
    fn new(name: &str) -> Self {
        let provider = OpenMlsRustCrypto::default();
        let (private, public) = provider.crypto().signature_key_gen(SignatureScheme::ED25519).expect("a key");
        let credential = BasicCredential::new(name.into()).into();
        Self { provider, private, credential: CredentialWithKey { credential, signature_key: public.into() } }
    }

    fn key_package(&self) -> KeyPackage {
        let builder = KeyPackage::builder().leaf_node_capabilities(capabilities());
        let bundle =
            builder.build(SUITE, &self.provider, self, self.credential.clone()).expect("a key package");
        bundle.key_package().clone()
    }
}

fn capabilities() -> Capabilities {
    let proposals = [ProposalType::SelfRemove, ProposalType::AppDataUpdate, ProposalType::Custom(0xf042)];
    Capabilities::new(None, None, None, Some(&proposals), None)
}

fn group(creator: &Client) -> MlsGroup {
    MlsGroup::builder()
        .ciphersuite(SUITE)
        .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .with_capabilities(capabilities())
        .build(&creator.provider, creator, creator.credential.clone())
        .expect("a group")
}

fn check(message: &MlsMessageOut, kind: MessageKind) -> MlsBytes {
    let octets = message.tls_serialize_detached().expect("octets");
    let mut engine_rest = octets.as_slice();
    MlsMessageIn::tls_deserialize(&mut engine_rest).expect("the engine reads its own message");
    assert!(engine_rest.is_empty());
    let stream = [octets.as_slice(), b"what follows"].concat();
    let (found, rest) = MlsBytes::tls_deserialize_bytes(&stream).expect("a message");
    assert_eq!(rest, b"what follows", "{kind:?}");
    assert_eq!((found.kind(), found.as_slice()), (kind, octets.as_slice()));
    for end in 0..octets.len() {
        assert!(MlsBytes::decode(&octets[..end]).is_err(), "{kind:?} cut off at {end}");
    }
    survives_edits(octets);
    found
}

/// Whatever an octet is replaced by, the decoder may refuse the message but not panic.
fn survives_edits(mut octets: Vec<u8>) {
    for at in 0..octets.len() {
        let original = octets[at];
        for octet in [0x00, 0x3f, 0x40, 0x80, 0xbf, 0xff, original ^ 1] {
            octets[at] = octet;
            if let Ok(message) = MlsBytes::decode(&octets) {
                assert_eq!(message.as_slice(), octets);
            }
        }
        octets[at] = original;
    }
}

#[test]
fn handshakes_end_where_the_engine_ends_them() {
    let (alice, bob) = (Client::new("alice"), Client::new("bob"));
    let mut group = group(&alice);
    let (add, _) = group.propose_add_member(&alice.provider, &alice, &bob.key_package()).expect("an Add");
    check(&add, MessageKind::Proposal);
    let custom = CustomProposal::new(0xf042, b"payload".to_vec());
    let (custom, _) =
        group.propose_custom_proposal_by_reference(&alice.provider, &alice, custom).expect("a custom one");
    check(&custom, MessageKind::Proposal);
    let (update, _) =
        group.propose_self_update(&alice.provider, &alice, LeafNodeParameters::default()).expect("an Update");
    check(&update, MessageKind::Proposal);
    group.clear_pending_proposals(alice.provider.storage()).expect("nothing pending");

    let bundle = group.add_members(&alice.provider, &alice, &[bob.key_package()]).expect("a commit");
    let (commit, welcome, _) = bundle;
    check(&commit, MessageKind::Commit);
    check(&welcome, MessageKind::Welcome);
    group.merge_pending_commit(&alice.provider).expect("merged");

    let (remove, _) = group
        .propose_remove_member(&alice.provider, &alice, LeafNodeIndex::new(1))
        .expect("a Remove of the other");
    check(&remove, MessageKind::Proposal);
    let (commit, _, _) = group.commit_to_pending_proposals(&alice.provider, &alice).expect("a commit");
    check(&commit, MessageKind::Commit);
    group.merge_pending_commit(&alice.provider).expect("merged");
    let leave = group.leave_group_via_self_remove(&alice.provider, &alice).expect("a SelfRemove");
    check(&leave, MessageKind::Proposal);
    group.clear_pending_proposals(alice.provider.storage()).expect("nothing pending");
    let message = group.create_message(&alice.provider, &alice, b"hello").expect("a message");
    check(&message, MessageKind::Application);
}

#[test]
fn external_messages_end_where_the_engine_ends_them() {
    let (alice, bob) = (Client::new("alice"), Client::new("bob"));
    let group = group(&alice);
    let exported = group.export_group_info(alice.provider.crypto(), &alice, true).expect("a GroupInfo");
    check(&exported, MessageKind::GroupInfo);
    let join = JoinProposal::new::<<OpenMlsRustCrypto as OpenMlsProvider>::StorageProvider>(
        bob.key_package(),
        group.group_id().clone(),
        group.epoch(),
        &bob,
    );
    check(&join.expect("an external Add"), MessageKind::Proposal);

    let octets = exported.tls_serialize_detached().expect("octets");
    let MlsMessageBodyIn::GroupInfo(group_info) =
        MlsMessageIn::tls_deserialize_exact(octets).expect("itself").extract()
    else {
        panic!("a GroupInfo was exported");
    };
    let bare = group_info.tls_serialize_detached().expect("octets");
    let (found, rest) = GroupInfoBytes::tls_deserialize_bytes(&[bare.as_slice(), b"rest"].concat())
        .map(|(found, rest)| (found, rest.to_vec()))
        .expect("a GroupInfo");
    assert_eq!((found.as_slice(), rest.as_slice()), (bare.as_slice(), b"rest".as_slice()));

    let (_, commit) = MlsGroup::external_commit_builder()
        .build_group(&bob.provider, group_info, bob.credential.clone())
        .expect("a group")
        .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(capabilities()).build())
        .load_psks(bob.provider.storage())
        .expect("no PSKs")
        .build(bob.provider.rand(), bob.provider.crypto(), &bob, |_| true)
        .expect("an external commit")
        .finalize(&bob.provider)
        .expect("an external commit");
    let (commit, _, _) = commit.into_contents();
    check(&commit, MessageKind::Commit);
}

#[test]
fn key_packages_end_where_the_engine_ends_them() {
    let key_package = Client::new("alice").key_package();
    let bare = key_package.tls_serialize_detached().expect("octets");
    let stream = [bare.as_slice(), b"rest"].concat();
    let (found, rest) = KeyPackageBytes::tls_deserialize_bytes(&stream).expect("a key package");
    assert_eq!((found.as_slice(), rest), (bare.as_slice(), b"rest".as_slice()));
    check(&key_package.into(), MessageKind::KeyPackage);
}

#[test]
fn a_private_handshake_is_refused() {
    let alice = Client::new("alice");
    let mut group = MlsGroup::builder()
        .ciphersuite(SUITE)
        .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .build(&alice.provider, &alice, alice.credential.clone())
        .expect("a group");
    let commit = group
        .self_update(&alice.provider, &alice, LeafNodeParameters::default())
        .expect("a commit")
        .into_contents()
        .0;
    let octets = commit.tls_serialize_detached().expect("octets");
    assert_eq!(HandshakeBundle::decode(&octets), Err(WireError::Malformed(Malformed::WrongMessage)));
}
