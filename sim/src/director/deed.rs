//! What a device or a server can be told to do in a room, as a story says it.

use super::names::Names;
use super::words::{Misread, Words};
use mimic_protocol::content::MessageStatus::{Deleted, Delivered, Hidden, Read, Unread};
use mimic_protocol::node::{Action, Consent, Deed};
use mimic_protocol::policy::Usage;

const VERBS: &[&str] = &[
    "creates",
    "adds",
    "removes",
    "bans",
    "unbans",
    "makes",
    "leaves",
    "joins",
    "rejoins",
    "updates",
    "renews",
    "says",
    "exercises",
    "reports",
    "asks",
    "cancels",
    "grants",
    "revokes",
    "searches",
    "lists",
    "kicks",
    "drops",
    "takes",
    "changes",
    "reinitialises",
];

/// Reads what a device is to do.
pub(super) fn action(words: &mut Words<'_>, names: &Names<'_>) -> Result<Action, Misread> {
    let before = words.clone();
    Ok(match words.take("what the device is to do").unwrap_or_default() {
        "creates" => Action::Create,
        "adds" if words.peek() != Some("clients") => Action::Add(names.user(words)?, role(words, names)?),
        "leaves" => Action::Leave,
        "joins" => join(words, names)?,
        "rejoins" => Action::Rejoin,
        "updates" => {
            words.expect("keys")?;
            Action::UpdateKeys
        }
        "renews" => {
            words.expect("signature")?;
            words.expect("key")?;
            Action::ChangeKey
        }
        "says" => Action::Send(words.number("a number, the text of the message")?),
        "reports" if words.accept_all(&["abuse", "by"]) => Action::ReportAbuse(names.user(words)?),
        "reports" => {
            let known = ["delivered", "read", "unread", "hidden", "deleted"];
            let of = |name: &str| {
                let at = known.iter().position(|known| *known == name)?;
                [Delivered, Read, Unread, Hidden, Deleted].get(at).copied()
            };
            Action::Report(words.take_as("what the newest messages of others are", &known, of)?)
        }
        "asks" => consent(words, names, (Consent::Request, &["consent", "of"]))?,
        "cancels" => consent(words, names, (Consent::Cancel, &["consent", "of"]))?,
        "grants" => consent(words, names, (Consent::Grant, &["consent", "to"]))?,
        "revokes" => consent(words, names, (Consent::Revoke, &["consent", "of"]))?,
        "searches" => {
            words.expect("by")?;
            Action::Search(names.query(words)?)
        }
        "exercises" => {
            let known: Vec<&str> = Usage::ALL.iter().map(|usage| usage.capability().name()).collect();
            let of = |name: &str| Usage::ALL.into_iter().find(|usage| usage.capability().name() == name);
            let usage =
                words.take_as("a capability that is exercised by a message or in a call", &known, of)?;
            Action::Use(usage, words.number("a number, the text of the message")?)
        }
        _ => {
            *words = before;
            let deed = read(words, names)?;
            if words.accept_all(&["by", "proposal"]) { Action::Propose(deed) } else { done(deed) }
        }
    })
}

/// `asks consent of bob`, or `asks consent of bob here`: for this room alone.
fn consent(
    words: &mut Words<'_>,
    names: &Names<'_>,
    (consent, form): (Consent, &[&'static str]),
) -> Result<Action, Misread> {
    for word in form {
        words.expect(word)?;
    }
    let other = names.user(words)?;
    Ok(Action::Consent(consent, other, words.accept("here")))
}

/// Reads what an operator wants of a server (room-policy §4, POL-12).
pub(super) fn order(words: &mut Words<'_>, names: &Names<'_>) -> Result<Action, Misread> {
    let verb = words.clone();
    Ok(match words.take("what the server is to do").unwrap_or_default() {
        "removes" => Action::Remove(names.user(words)?),
        "bans" => Action::Ban(names.user(words)?),
        "deletes" => Action::Delete(names.user(words)?),
        _ => return Err(verb.misread("what the server is to do", &["removes", "bans", "deletes"])),
    })
}

/// Reads what is committed at once, or proposed.
pub(crate) fn read(words: &mut Words<'_>, names: &Names<'_>) -> Result<Deed, Misread> {
    let verb = words.clone();
    Ok(match words.take("what is to be done").unwrap_or_default() {
        "adds" => {
            words.expect("clients")?;
            words.expect("of")?;
            Deed::AddClients(names.user(words)?)
        }
        "lists" => Deed::Enlist(names.user(words)?, role(words, names)?),
        "removes" => Deed::Remove(names.user(words)?),
        "bans" => Deed::Ban(names.user(words)?),
        "unbans" => Deed::ChangeRole(names.user(words)?, role(words, names)?),
        "makes" => Deed::ChangeRole(names.user(words)?, names.role(words)?),
        "kicks" => Deed::Kick(names.user(words)?),
        "drops" => Deed::RemoveOwnClient(names.client(words)?),
        "takes" => {
            words.expect("role")?;
            Deed::TakeRole(names.role(words)?)
        }
        "reinitialises" => {
            words.expect("as")?;
            Deed::Reinitialise(names.other_room(words)?)
        }
        "changes" => Deed::ChangePolicy(names.change(words)?),
        _ => return Err(verb.misread("what the device is to do", VERBS)),
    })
}

/// What was wanted before there were proposals of it keeps its name.
fn done(deed: Deed) -> Action {
    match deed {
        Deed::Remove(user) => Action::Remove(user),
        Deed::Ban(user) => Action::Ban(user),
        Deed::ChangeRole(user, role) => Action::ChangeRole(user, role),
        deed => Action::Do(deed),
    }
}

/// `joins`, being a participant; `joins as ROLE`, being none; `joins as ROLE with link LINK`.
fn join(words: &mut Words<'_>, names: &Names<'_>) -> Result<Action, Misread> {
    if words.peek() != Some("as") {
        return Ok(Action::JoinOwnDevice);
    }
    let role = role(words, names)?;
    let link = if words.accept_all(&["with", "link"]) { Some(names.link(words)?) } else { None };
    Ok(Action::Join(role, link))
}

/// `as ROLE`, or the room's ordinary role.
fn role(words: &mut Words<'_>, names: &Names<'_>) -> Result<u32, Misread> {
    if words.accept("as") { names.role(words) } else { Ok(names.ordinary_role()) }
}
