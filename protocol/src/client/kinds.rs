//! How each kind of message is written as MIMI content, and known by it (content §5).

use super::timeline::Entry;
use crate::content::{
    Disposition, ExtensionKey, Extensions, ExternalPart, MARKDOWN, MimiContent, NestedPart, PartContent,
    PartSemantics, links,
};
use crate::policy::{AssetKind, Usage};

/// The private-use extension with the number that stands for a message's text, by which a run tells its messages apart.
const NUMBER: ExtensionKey<'_> = ExtensionKey::Integer(-1);
/// The private-use extension that says what of a call a message is: calls have no format so far (content §5.10).
const CALL: ExtensionKey<'_> = ExtensionKey::Integer(-2);
const CALLS: [Usage; 5] =
    [Usage::StartCall, Usage::JoinCall, Usage::SendAudio, Usage::SendVideo, Usage::ShareScreen];
const ASSETS: [(AssetKind, &str); 3] =
    [(AssetKind::Image, "image/png"), (AssetKind::Audio, "audio/opus"), (AssetKind::Video, "video/mp4")];

/// A message of this kind with this number in it. What it refers to lies at the host `assets`. `target` is the message that it is about, if it is about one.
pub(super) fn written(
    (usage, number): (Usage, u32),
    assets: &str,
    extensions: Extensions,
    salt: [u8; 16],
    target: Option<&Entry>,
) -> MimiContent {
    let mut content = MimiContent {
        salt,
        replaces: None,
        topic_id: Vec::new(),
        expires: None,
        in_reply_to: None,
        extensions,
        body: body(usage, number, assets),
    };
    note(&mut content.extensions, NUMBER, number);
    if let Some(call) = CALLS.iter().position(|call| *call == usage) {
        note(&mut content.extensions, CALL, call as u32);
    }
    let topic = number.to_be_bytes().to_vec();
    match (usage, target) {
        (Usage::StartTopic, _) => content.topic_id = topic,
        (Usage::Reply | Usage::React, Some(target)) => content.in_reply_to = Some(target.version()),
        (Usage::ReplyInTopic, Some(target)) => {
            content.in_reply_to = Some(target.version());
            content.topic_id = target.topic.clone();
        }
        (_, Some(target)) => {
            // content §5.5, §5.6: by the ID of the first version.
            content.replaces = Some(target.id);
            content.in_reply_to = target.in_reply_to;
            content.expires = target.expires;
            content.topic_id =
                if matches!(usage, Usage::EditTopic(_)) { topic } else { target.topic.clone() };
        }
        (_, None) => {}
    }
    content
}

/// What kind of message it is, if it is about no other.
pub(super) fn kind_of(content: &MimiContent) -> Usage {
    let topic = !content.topic_id.is_empty();
    let reply = content.in_reply_to.is_some();
    match (content.body.disposition.effective(), &content.body.content) {
        (Disposition::Reaction, _) => Usage::React,
        (Disposition::Session, _) => {
            let call = noted(content, CALL).and_then(|call| CALLS.get(call as usize).copied());
            call.unwrap_or(Usage::StartCall)
        }
        _ if topic && reply => Usage::ReplyInTopic,
        _ if topic => Usage::StartTopic,
        _ if reply => Usage::Reply,
        (Disposition::Attachment, PartContent::External(_)) => Usage::Upload(AssetKind::Attachment),
        (_, PartContent::External(part)) => {
            let kind = part.content_type.split('/').next();
            let asset = ASSETS.iter().find(|(_, media)| media.split('/').next() == kind);
            Usage::Upload(asset.map_or(AssetKind::Attachment, |(asset, _)| *asset))
        }
        (_, PartContent::Multi { parts, .. })
            if parts.iter().any(|part| part.disposition == Disposition::Preview) =>
        {
            Usage::SendLinkPreview
        }
        (_, PartContent::Single { content_type, content: text })
            if content_type == MARKDOWN && !links(&String::from_utf8_lossy(text)).is_empty() =>
        {
            Usage::SendLink
        }
        _ => Usage::Send,
    }
}

/// The number in a message.
pub(super) fn number(content: &MimiContent) -> u32 {
    noted(content, NUMBER).unwrap_or_default()
}

fn body(usage: Usage, number: u32, assets: &str) -> NestedPart {
    let url = || crate::assets::url(assets, number);
    match usage {
        Usage::React | Usage::EditReaction => NestedPart::text(Disposition::Reaction, "👍"),
        Usage::DeleteReaction(_) => NestedPart::null(Disposition::Reaction),
        Usage::DeleteMessage(_) => NestedPart::null(Disposition::Render),
        Usage::SendLink => link(&url()),
        Usage::SendLinkPreview => {
            let preview = external(Disposition::Preview, "image/png", url());
            part(
                Disposition::Render,
                PartContent::Multi {
                    semantics: PartSemantics::ProcessAll,
                    parts: vec![link(&url()), preview],
                },
            )
        }
        Usage::Upload(kind) => match ASSETS.iter().find(|(asset, _)| *asset == kind) {
            Some((_, media)) => external(Disposition::Render, media, url()),
            None => external(Disposition::Attachment, "application/octet-stream", url()),
        },
        usage if CALLS.contains(&usage) => external(Disposition::Session, "", url()),
        _ => NestedPart::text(Disposition::Render, &number.to_string()),
    }
}

fn link(url: &str) -> NestedPart {
    let (content_type, content) = (MARKDOWN.to_owned(), format!("<{url}>").into_bytes());
    part(Disposition::Render, PartContent::Single { content_type, content })
}

fn external(disposition: Disposition, media: &str, url: String) -> NestedPart {
    let lies_there = crate::assets::content(&url);
    let external = ExternalPart {
        content_type: media.to_owned(),
        size: lies_there.len() as u64,
        url,
        ..ExternalPart::hashing(&lies_there)
    };
    part(disposition, PartContent::External(Box::new(external)))
}

fn part(disposition: Disposition, content: PartContent) -> NestedPart {
    NestedPart { disposition, language: String::new(), content }
}

fn note(extensions: &mut Extensions, key: ExtensionKey<'_>, number: u32) {
    // A number under a key in bounds keeps to the data model.
    let _ = extensions.insert(key, &minicbor::to_vec(number).unwrap_or_default());
}

fn noted(content: &MimiContent, key: ExtensionKey<'_>) -> Option<u32> {
    content.extensions.value(key).and_then(|number| minicbor::decode(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::timeline::{Effect, Letter, Timeline};
    use crate::content::MessageId;
    use crate::ids::UserId;
    use crate::policy::{Enforcer, Whose};

    const ME: UserId = UserId(0);
    const OTHER: UserId = UserId(1);
    const HOST: &str = "assets.a.example";

    fn letter(n: u8, author: UserId, content: &MimiContent) -> Letter<'_> {
        let id = MessageId::parse(&[[1; 31].as_slice(), &[n]].concat()).unwrap();
        Letter { id, author, accepted_ms: u64::from(n), text: number(content), content, evidence: None }
    }

    /// A message, a topic and a reaction of each of the two.
    fn timeline() -> Timeline {
        let mut timeline = Timeline::default();
        let mut n = 0;
        for author in [OTHER, ME] {
            for usage in [Usage::Send, Usage::StartTopic, Usage::React] {
                n += 1;
                let target = timeline.newest_for(usage, author).cloned();
                let content =
                    written((usage, n.into()), HOST, Extensions::default(), [n; 16], target.as_ref());
                let letter = letter(n, author, &content);
                let effect = timeline.effect(&letter).unwrap();
                timeline.take_in(&letter, effect);
            }
        }
        timeline
    }

    #[test]
    fn every_kind_is_known_by_what_is_written() {
        let timeline = timeline();
        for usage in Usage::ALL.into_iter().filter(|usage| usage.enforcer() != Enforcer::OwnClient) {
            if matches!(usage, Usage::Receive | Usage::ReportAbuse) {
                continue;
            }
            let target = timeline.newest_for(usage, ME);
            let content = written((usage, 77), HOST, Extensions::default(), [9; 16], target);
            assert_eq!(MimiContent::decode(&content.encode()).as_ref(), Ok(&content));
            assert_eq!(number(&content), 77);
            let found = match timeline.effect(&letter(99, ME, &content)) {
                Some(Effect::Stands(found) | Effect::Changes(found, _)) => found,
                other => panic!("{usage:?}: {other:?}"),
            };
            assert_eq!(found, usage);
        }
    }

    /// content §9.3: CONT-22.
    #[test]
    fn nobody_but_the_author_edits_the_text() {
        let timeline = timeline();
        let theirs = timeline.newest_for(Usage::DeleteMessage(Whose::Other), ME);
        let mut content = written((Usage::EditMessage, 77), HOST, Extensions::default(), [9; 16], theirs);
        assert_eq!(timeline.effect(&letter(99, ME, &content)), None);
        let edits = timeline.effect(&letter(99, OTHER, &content));
        assert!(matches!(edits, Some(Effect::Changes(Usage::EditMessage, _))));
        content.replaces = MessageId::parse(&[[1; 31].as_slice(), &[200]].concat()).ok();
        assert_eq!(timeline.effect(&letter(99, ME, &content)), Some(Effect::Nothing));
    }
}
