//! Franks and reports: each number as an independent encoder made it, and every change of one field noticed.

use crate::given::*;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use mimic_protocol::content::franking::*;
use mimic_protocol::content::{Judge, MimiContent, check_report};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::abuse_report::{AbuseReport, AbusiveMessage};
use mimic_protocol::wire::app_data::AppDataDictionary;
use mimic_protocol::wire::franking::FrankingAgentData;
use mimic_protocol::wire::mls::Credential;
use mimic_protocol::wire::submit_message::Frank;

const TIME_MS: u64 = 1_700_000_000_123;
const TAG: &str = "5425bb463a5846f728f5cbbebe94feb399ac538d021be3ac3c87bce1e367c539";
const SERVER_FRANK: &str = "1bce30c1b4fbac16462a74fda7c625ea12c850f7a1413a88077e118a824c0028";
const CONTEXT: &str = "166d696d693a2f2f622e6578616d706c652f752f626f62\
                       1c6d696d693a2f2f612e6578616d706c652f722f636c7562686f7573650000018bcfe5687b";
/// The cipher suite of the group: X25519, AES-128-GCM, SHA-256, Ed25519.
const SUITE: u16 = 1;

fn hub_key() -> HubKey {
    HubKey(std::array::from_fn(|i| i as u8))
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn verify(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok());
    let signature = Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(signed, &signature).is_ok())
}

fn sign(octets: &[u8]) -> Vec<u8> {
    signing_key().sign(octets).to_bytes().to_vec()
}

fn stamp(tag: &[u8; 32], sender: &str, room: &str, at_ms: u64) -> Frank {
    frank(&hub_key(), tag, &context(&uri(sender), &uri(room), at_ms), SUITE, sign)
}

fn agent(uri: &str) -> FrankingAgentData {
    let franking_signature_key = signing_key().verifying_key().to_bytes().to_vec().into();
    FrankingAgentData { franking_signature_key, credential: Credential::Basic(uri.as_bytes().into()) }
}

#[test]
fn tag_context_stamp_and_what_is_signed_are_as_an_independent_encoder_made_them() {
    let octets_of_k1 = k1().encode();
    let tag = franking_tag(&k1().salt, &octets_of_k1);
    assert_eq!(hex(&tag), TAG);
    assert_eq!(hex(&frank_aad(tag)), format!("23002020{TAG}"));
    assert_eq!(tag_of(&frank_aad(tag)), Some(tag));
    let context = context(&uri(B), &uri(R), TIME_MS);
    assert_eq!(hex(&context.encode()), CONTEXT);
    let mut signed = Vec::new();
    let made = frank(&hub_key(), &tag, &context, SUITE, |octets| {
        signed = octets.to_vec();
        sign(octets)
    });
    assert_eq!(hex(&made.server_frank), SERVER_FRANK);
    let tbs = format!("{SERVER_FRANK}0001{CONTEXT}");
    assert_eq!(hex(&signed), format!("1c4d4c5320312e30204672616e6b696e67496e74656772697479544253405e{tbs}"));
    assert!(verify(
        &signing_key().verifying_key().to_bytes(),
        &signed,
        made.franking_integrity_signature.as_slice()
    ));
}

/// A message on its way, and what its receiver knows.
struct Case {
    content: Vec<u8>,
    aad: Vec<u8>,
    frank: Frank,
    at_ms: u64,
    agent: Option<FrankingAgentData>,
    sender: MimiUri,
    room: MimiUri,
    suite: u16,
}

impl Case {
    fn honest() -> Self {
        let content = k1().encode();
        let tag = franking_tag(&k1().salt, &content);
        Self {
            content,
            aad: frank_aad(tag),
            frank: stamp(&tag, B, R, TIME_MS),
            at_ms: TIME_MS,
            agent: Some(agent("mimi://a.example")),
            sender: uri(B),
            room: uri(R),
            suite: SUITE,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::honest();
        change(&mut case);
        case
    }

    fn check(&self) -> Result<(), FrankError> {
        let stamped = Stamped {
            application_data: &self.content,
            aad: &self.aad,
            frank: &self.frank,
            accepted_timestamp_ms: self.at_ms,
        };
        let receiver = Receiver {
            ciphersuite: self.suite,
            agent: self.agent.as_ref(),
            hub: &uri("mimi://a.example"),
            sender: &self.sender,
            room: &self.room,
        };
        check_frank(stamped, receiver, verify)
    }
}

/// proto §5.4.1.3: PROTO-41.
#[test]
fn a_receiver_notices_every_change_of_one_field() {
    use FrankError::*;
    assert_eq!(Case::honest().check(), Ok(()));
    let cases: [(Case, FrankError); 14] = [
        (Case::with(|c| c.aad.clear()), NoTag),
        (Case::with(|c| c.aad = AppDataDictionary::default().encode()), NoTag),
        (Case::with(|c| c.suite = 2), WrongCiphersuite),
        (Case::with(|c| c.frank.franking_signature_ciphersuite = 3), WrongCiphersuite),
        (Case::with(|c| c.agent = None), NoAgent),
        (Case::with(|c| c.agent = Some(agent("mimi://b.example"))), ForeignAgent),
        (Case::with(|c| c.agent = Some(agent("no uri"))), ForeignAgent),
        (Case::with(|c| c.at_ms += 1), BadSignature),
        (Case::with(|c| c.frank.server_frank[31] ^= 1), BadSignature),
        (Case::with(|c| c.frank.franking_integrity_signature = vec![0; 64].into()), BadSignature),
        (Case::with(|c| c.frank = stamp(&[0; 32], C, R, TIME_MS)), BadSignature),
        (Case::with(|c| c.aad = frank_aad([1; 32])), WrongTag),
        (Case::with(|c| c.sender = uri(C)), WrongSender),
        (Case::with(|c| c.room = uri("mimi://a.example/r/elsewhere")), WrongRoom),
    ];
    for (case, error) in cases {
        assert_eq!(case.check(), Err(error));
    }
}

#[test]
fn content_without_a_claim_cannot_be_franked() {
    let mut content = k1();
    content.extensions = Default::default();
    let case = Case::with(|c| c.content = content.encode());
    assert_eq!(case.check(), Err(FrankError::NoClaim));
    let case = Case::with(|c| c.content.truncate(5));
    assert!(matches!(case.check(), Err(FrankError::Content(_))));
}

fn report(content: &MimiContent, tagged: &MimiContent, at_ms: u64) -> AbusiveMessage {
    let tag = franking_tag(&tagged.salt, &tagged.encode());
    let frank = stamp(&tag, B, R, at_ms);
    AbusiveMessage { message_content: content.encode().into(), frank, accepted_timestamp_ms: at_ms }
}

fn judged(message: &AbusiveMessage, accused: &str, room: &str) -> Result<(), FrankError> {
    let (hub_key, room) = (hub_key(), uri(room));
    let key = signing_key().verifying_key().to_bytes();
    let judge = Judge { hub_key: &hub_key, ciphersuite: SUITE, signature_key: &key, room: &room };
    check_report(message, &uri(accused), judge, verify)
}

/// proto §5.9: PROTO-69.
#[test]
fn a_hub_takes_what_it_has_stamped_and_nothing_else() {
    use FrankError::*;
    let honest = report(&k1(), &k1(), TIME_MS);
    assert_eq!(judged(&honest, B, R), Ok(()));
    assert_eq!(judged(&honest, C, R), Err(WrongSender));
    assert_eq!(judged(&honest, B, "mimi://a.example/r/elsewhere"), Err(WrongRoom));
    let later = AbusiveMessage { accepted_timestamp_ms: TIME_MS + 1, ..honest.clone() };
    assert_eq!(judged(&later, B, R), Err(WrongServerFrank));
    let mut forged = k1();
    forged.body = text("what Bob never said");
    let content = forged.encode().into();
    assert_eq!(
        judged(&AbusiveMessage { message_content: content, ..honest.clone() }, B, R),
        Err(WrongServerFrank)
    );
    let unsigned = Frank { franking_integrity_signature: vec![0; 64].into(), ..honest.frank.clone() };
    assert_eq!(judged(&AbusiveMessage { frank: unsigned, ..honest.clone() }, B, R), Err(BadSignature));
    let mut other = honest.clone();
    other.frank.franking_signature_ciphersuite = 2;
    assert_eq!(judged(&other, B, R), Err(WrongCiphersuite));
}

/// PROTO-43: a hub stamps a tag that was made over something else. Who reads the message finds that out; the hub alone cannot.
#[test]
fn a_tag_over_other_content_is_found_out_by_a_reader_and_convicts_of_what_was_not_sent() {
    let mut worse = k1();
    worse.body = text("something worse");
    let tag = franking_tag(&worse.salt, &worse.encode());
    let sent = Case::with(|c| {
        c.aad = frank_aad(tag);
        c.frank = stamp(&tag, B, R, TIME_MS);
    });
    assert_eq!(sent.check(), Err(FrankError::WrongTag));
    assert_eq!(judged(&report(&worse, &worse, TIME_MS), B, R), Ok(()));
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let report = AbuseReport {
        reporting_user: (&uri(A)).into(),
        alleged_abuser_uri: (&uri(B)).into(),
        reason_code: 0,
        note: b"rude".to_vec().into(),
        messages: vec![report(&k1(), &k1(), TIME_MS)],
        abuse_extensions: AppDataDictionary::default(),
    };
    assert_eq!(AbuseReport::decode(&report.encode()), Ok(report));
}
