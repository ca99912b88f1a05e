//! The names and messages that the tests speak of.

use mimic_protocol::content::{
    Disposition, Extensions, MessageId, MimiContent, NestedPart, PartContent, PartSemantics,
};
use mimic_protocol::uri::MimiUri;

pub const A: &str = "mimi://a.example/u/alice";
pub const B: &str = "mimi://b.example/u/bob";
pub const C: &str = "mimi://c.example/u/cathy";
pub const R: &str = "mimi://a.example/r/clubhouse";

pub fn uri(text: &str) -> MimiUri {
    MimiUri::parse(text.as_bytes()).unwrap()
}

pub fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A message of this sender, whose salt is 16 numbers in a row.
pub fn message(sender: &str, salt_from: u8, body: NestedPart) -> MimiContent {
    MimiContent {
        salt: std::array::from_fn(|i| salt_from + i as u8),
        replaces: None,
        topic_id: Vec::new(),
        expires: None,
        in_reply_to: None,
        extensions: Extensions::of(sender, R),
        body,
    }
}

pub fn text(text: &str) -> NestedPart {
    NestedPart::text(Disposition::Render, text)
}

pub fn multi(semantics: PartSemantics, parts: Vec<NestedPart>) -> NestedPart {
    let content = PartContent::Multi { semantics, parts };
    NestedPart { disposition: Disposition::Render, language: String::new(), content }
}

pub fn id(hex: &str) -> MessageId {
    MessageId::parse(&octets(hex)).unwrap()
}

/// The message that the others refer to.
pub const K1_ID: &str = "01f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547de";

pub fn k1() -> MimiContent {
    message(B, 0, text("hello room"))
}
