//! Messages and their IDs as an independent encoder made them, octet for octet.

use crate::given::*;
use mimic_protocol::content::{
    Disposition, Expiration, ExternalPart, MimiContent, NestedPart, PartContent, PartSemantics,
};

fn check(sender: &str, content: &MimiContent, encoded: &str, id: &str) {
    assert_eq!(hex(&content.encode()), encoded);
    assert_eq!(MimiContent::decode(&octets(encoded)).as_ref(), Ok(content));
    let derived = content.id(&uri(sender), &uri(R), &octets(encoded));
    assert_eq!(hex(derived.octets()), id);
}

#[test]
fn k1_text() {
    check(
        B,
        &k1(),
        "8750000102030405060708090a0b0c0d0e0ff640f6f6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850160017818746578742f706c61696e3b636861727365743d7574662d384a68656c6c6f20726f6f6d",
        K1_ID,
    );
}

#[test]
fn k2_reply() {
    let body = NestedPart { language: "en".into(), ..text("hi bob") };
    check(
        A,
        &MimiContent { in_reply_to: Some(id(K1_ID)), ..message(A, 0x10, body) },
        "8750101112131415161718191a1b1c1d1e1ff640f6582001f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547dea20178186d696d693a2f2f612e6578616d706c652f752f616c69636502781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850162656e017818746578742f706c61696e3b636861727365743d7574662d3846686920626f62",
        "01c731069399cd5da33ac354782e9782caa3964e5fbc4f60f104421da16ba145",
    );
}

#[test]
fn k3_reaction() {
    let body = NestedPart::text(Disposition::Reaction, "👍");
    check(
        C,
        &MimiContent { in_reply_to: Some(id(K1_ID)), ..message(C, 0x20, body) },
        "8750202122232425262728292a2b2c2d2e2ff640f6582001f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547dea20178186d696d693a2f2f632e6578616d706c652f752f636174687902781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850260017818746578742f706c61696e3b636861727365743d7574662d3844f09f918d",
        "0176bd02d82db8385ed5f631db217004451f9a802d58524ece9e4d19da301922",
    );
}

#[test]
fn k4_edit() {
    check(
        B,
        &MimiContent { replaces: Some(id(K1_ID)), ..message(B, 0x30, text("hello, room")) },
        "8750303132333435363738393a3b3c3d3e3f582001f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547de40f6f6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850160017818746578742f706c61696e3b636861727365743d7574662d384b68656c6c6f2c20726f6f6d",
        "01623b523377e601521a7f575f6b76f95ff16fabfbb6e9d094dc00db4008a4a3",
    );
}

#[test]
fn k5_delete() {
    let body = NestedPart::null(Disposition::Render);
    check(
        B,
        &MimiContent { replaces: Some(id(K1_ID)), ..message(B, 0x40, body) },
        "8750404142434445464748494a4b4c4d4e4f582001f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547de40f6f6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f75736583016000",
        "01ff3a90ea956fd67dc43713ea451f6cf2cf9b27e79ba6e0f3b71a68e7494841",
    );
}

#[test]
fn k6_expiring_in_a_topic() {
    let expires = Some(Expiration::AfterReading { seconds: 60 });
    check(
        B,
        &MimiContent { topic_id: b"topic-1".to_vec(), expires, ..message(B, 0x50, text("60s")) },
        "8750505152535455565758595a5b5c5d5e5ff647746f7069632d3182f5183cf6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850160017818746578742f706c61696e3b636861727365743d7574662d3843363073",
        "01a4895dcaba6b398ded618f2d77c29e6235be045a899e21b5698d614d9a396c",
    );
}

#[test]
fn k7_one_of_two_languages() {
    let parts = [("en", "yes"), ("fr", "oui")];
    let parts = parts.map(|(language, word)| NestedPart { language: language.into(), ..text(word) });
    check(
        B,
        &message(B, 0x60, multi(PartSemantics::ChooseOne, parts.to_vec())),
        "8750606162636465666768696a6b6c6d6e6ff640f6f6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f757365850160030082850162656e017818746578742f706c61696e3b636861727365743d7574662d38437965738501626672017818746578742f706c61696e3b636861727365743d7574662d38436f7569",
        "01986138ac82ee978f6b98403d38a24270a5dbcce4c29b684a56d25b714c80c7",
    );
}

#[test]
fn k8_external() {
    let part = ExternalPart {
        content_type: "video/mp4".into(),
        url: "https://assets.b.example/x".into(),
        expires_s: 0,
        size: 1_048_576,
        encryption_algorithm: 1,
        key: (0..16).collect(),
        nonce: (0..12).collect(),
        aad: Vec::new(),
        hash_algorithm: 1,
        content_hash: octets("d59386e0ae435e292fbe0ebcdb954b75ed5fb3922091277cb19f798fc5d50718"),
        description: "clip".into(),
        filename: "clip.mp4".into(),
    };
    let content = PartContent::External(Box::new(part));
    let body = NestedPart { disposition: Disposition::Attachment, language: "en".into(), content };
    check(
        B,
        &message(B, 0x70, body),
        "8750707172737475767778797a7b7c7d7e7ff640f6f6a201766d696d693a2f2f622e6578616d706c652f752f626f6202781c6d696d693a2f2f612e6578616d706c652f722f636c7562686f7573658f0662656e0269766964656f2f6d7034781a68747470733a2f2f6173736574732e622e6578616d706c652f78001a001000000150000102030405060708090a0b0c0d0e0f4c000102030405060708090a0b40015820d59386e0ae435e292fbe0ebcdb954b75ed5fb3922091277cb19f798fc5d5071864636c697068636c69702e6d7034",
        "01553deb512ad35575b523e06dad7807ac6644f5d65ae746bed39ad9f1d21f5c",
    );
}
