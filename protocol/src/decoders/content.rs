//! What users say to each other, and the names in it.

use super::{Decoder, Surface, Verdict, world};
use crate::content::franking::tag_of;
use crate::content::{MessageId, MimiContent, NestedPart, PartContent, StatusReport, links};
use crate::ids::UserId;
use crate::uri::MimiUri;
use std::collections::BTreeSet;

pub(super) const SURFACE: Surface = Surface { name: "content", decoders: DECODERS, growth: 256 };

const DECODERS: &[Decoder] = &[
    Decoder { name: "MimiContent", read: message },
    Decoder { name: "StatusReport", read: report },
    Decoder { name: "MessageId", read: message_id },
    Decoder { name: "MimiUri", read: uri },
    Decoder { name: "links", read: links_of },
    Decoder { name: "tag_of", read: tag },
];

fn message(octets: &[u8]) -> Verdict {
    // Whoever shows a message also walks over its parts, and follows references from one to another.
    Verdict::on(MimiContent::decode(octets), |content| {
        let parts = content.body.indexed();
        let follows = parts.iter().enumerate().all(|(at, part)| {
            let cited = content.body.by_content_id(&format!("cid:{at}@local.invalid"));
            cited == Some(*part).filter(|part| is_leaf(part))
        });
        let processed = content.body.processed(&mut |parts| parts.first(), &|_| true);
        content.encode() == octets && follows && processed.iter().all(|part| is_leaf(part))
    })
}

fn is_leaf(part: &NestedPart) -> bool {
    matches!(part.content, PartContent::Single { .. } | PartContent::External(_))
}

fn report(octets: &[u8]) -> Verdict {
    Verdict::on(StatusReport::decode(octets), |report| report.encode() == octets)
}

fn message_id(octets: &[u8]) -> Verdict {
    Verdict::on(MessageId::parse(octets), |id| id.octets() == octets)
}

fn uri(octets: &[u8]) -> Verdict {
    Verdict::on(MimiUri::parse(octets), |uri| {
        let is_bare = MimiUri::provider(uri.domain()) == uri;
        uri.as_str().as_bytes() == octets && (is_bare == (uri.kind() == crate::uri::UriKind::Provider))
    })
}

fn links_of(octets: &[u8]) -> Verdict {
    let members = BTreeSet::from([UserId(0)]);
    Verdict::on(std::str::from_utf8(octets).map(links), |links| {
        links.iter().all(|link| {
            let mentioned = link.mentioned(world().directory(), &members);
            let is_plain = link.text == link.target;
            mentioned.is_none_or(|user| members.contains(&user)) && !(is_plain && link.warning().is_some())
        })
    })
}

fn tag(octets: &[u8]) -> Verdict {
    let tag = tag_of(octets).ok_or(());
    Verdict::on(tag, |tag| octets.windows(tag.len()).any(|part| part == tag))
}
