//! How a hub judges what is reported to it (proto §5.9).

use super::MimiContent;
use super::franking::{
    FrankError, HubKey, check_claim, check_signature, claim, claimed_context, franking_tag, server_mac,
};
use crate::uri::MimiUri;
use crate::wire::abuse_report::AbusiveMessage;
use hmac::Mac;

/// What a hub knows of its own when it judges a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judge<'a> {
    /// The secret of its stamps.
    pub hub_key: &'a HubKey,
    /// The cipher suite whose signatures it can verify.
    pub ciphersuite: u16,
    /// Its franking key, the public half.
    pub signature_key: &'a [u8],
    /// The room that the report is about.
    pub room: &'a MimiUri,
}

/// Whether the accused has sent this content to this room at this time: the hub makes tag, context and stamp anew from
/// the report, and then verifies its own signature (PROTO-69). That holds only if an honest client has read the message, which
/// may have come with a tag over other content (PROTO-43).
pub fn check_report(
    message: &AbusiveMessage,
    accused: &MimiUri,
    judge: Judge<'_>,
    verify: impl FnOnce(&[u8], &[u8], &[u8]) -> bool,
) -> Result<(), FrankError> {
    let octets = message.message_content.as_slice();
    let content = MimiContent::decode(octets)?;
    let (sender, room) = claim(&content)?;
    check_claim((sender, room), accused, judge.room)?;
    let context = claimed_context(sender, room, message.accepted_timestamp_ms);
    let mac = server_mac(judge.hub_key, &franking_tag(&content.salt, octets), &context);
    mac.verify_slice(&message.frank.server_frank).map_err(|_| FrankError::WrongServerFrank)?;
    if message.frank.franking_signature_ciphersuite != judge.ciphersuite {
        return Err(FrankError::WrongCiphersuite);
    }
    check_signature(&message.frank, &context, judge.signature_key, verify)
}
