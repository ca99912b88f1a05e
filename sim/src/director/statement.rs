//! What a story can say is the case.

use super::names::{Names, texts};
use super::words::{Misread, Words};
use crate::scenario::variants;
use mimic_protocol::content::MessageStatus;
use mimic_protocol::node::{Refusal, Rejection};
use mimic_protocol::policy::Capability;
use mimic_protocol::room::BANNED;
use mimic_protocol::wire::identifier_query::IdentifierQueryCode;
use mimic_protocol::{ClientId, NodeId, ProviderId, UserId};

/// Something that is the case, or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Statement {
    /// A hub or a client is in this epoch.
    InEpoch(NodeId, u64),
    /// A client is in no epoch.
    Outside(ClientId),
    /// A client has a leaf, as the hub sees it.
    Member(ClientId, bool),
    /// A user is in the committed list, and not banned.
    Participant(UserId, bool),
    /// A user has this role in the committed list.
    InRole(UserId, u32),
    /// A user in the committed list has clients in the group.
    Active(UserId, bool),
    /// A role has a capability, in the committed state.
    Can(u32, Capability, bool),
    /// The hub knows a user's removal or ban to await its commit.
    Blocked(UserId, bool),
    /// So many accepted proposals await a commit, as the node knows.
    Pending(NodeId, usize),
    /// What a label names is done.
    Done(String),
    /// It is neither done nor refused.
    Open(String),
    /// It was refused for good, for this reason if one is given.
    Refused(String, Option<String>),
    /// The hub has rejected something for this reason; so often, if that is said.
    Rejected(String, Option<u64>),
    /// The hub has rejected nothing.
    RejectedNothing,
    /// A client has read the message with this text.
    Read(ClientId, u32, bool),
    /// A client shows this text in the place of the message with that text; none where it was taken back.
    Shows(ClientId, u32, Option<u32>),
    /// A client has found a user by a query.
    Found(ClientId, UserId, bool),
    /// The last query of a client ended like this.
    Answered(ClientId, String),
    /// A client has fetched an asset, and it was what the message said.
    Fetched(ClientId, bool),
    /// A client has seen that one which goes by a pseudonym is another one.
    Recognised(ClientId, ClientId, ClientId),
    /// A client has put a message aside for this reason.
    PutAside(ClientId, String),
    /// A client knows from a user's last report what has become of its own user's message with this text.
    Knows(ClientId, u32, MessageStatus, UserId),
    /// A provider has so many requests for consent that were neither answered nor cancelled.
    Asked(ProviderId, usize),
    /// A provider was too busy for so many notifies.
    TurnedAway(ProviderId, usize),
    /// The hub has found so many reported messages of a user to be true.
    Believes(ProviderId, usize, UserId),
    /// A client has met an event that it could not process.
    Stumbled(ClientId, bool),
    /// A client or a follower has met something that the hub accepted and the policy forbids.
    Objected(NodeId, bool),
    /// An invariant was violated. Of all that were, each is named.
    Violates(String),
}

impl Statement {
    /// Reads a statement; `labels` name wants.
    pub fn read(words: &mut Words<'_>, names: &Names<'_>, labels: &[String]) -> Result<Self, Misread> {
        if words.accept("rejected") {
            return read_rejected(words);
        }
        if words.accept("violates") {
            return words
                .take("the name of an invariant, such as INV-06")
                .map(|id| Self::Violates(id.to_owned()));
        }
        let Some(word) = words.peek() else { return Err(words.misread("who or what this is about", &[])) };
        if labels.iter().any(|label| label == word) {
            words.take("a label")?;
            return read_fate(words, word);
        }
        if let Some(user) = names.find_user(word) {
            words.take("a user")?;
            return read_user(words, user, names);
        }
        if let Some(role) = names.find_role(word) {
            words.take("a role")?;
            return read_role(words, role);
        }
        let Some(node) = names.find_node(word) else {
            let known: Vec<String> = labels.iter().cloned().chain(names.clients()).collect();
            return Err(words.misread("a label, a user, a device or a provider", &texts(&known)));
        };
        words.take("a node")?;
        read_node(words, node, names)
    }
}

fn read_rejected(words: &mut Words<'_>) -> Result<Statement, Misread> {
    if words.accept("nothing") {
        return Ok(Statement::RejectedNothing);
    }
    let known = variants::<Rejection>();
    let reason = reason(words, &known)?;
    if words.peek().is_none() {
        return Ok(Statement::Rejected(reason, None));
    }
    let times = words.number("how often")?;
    if !words.accept("time") {
        words.expect("times")?;
    }
    Ok(Statement::Rejected(reason, Some(times)))
}

fn read_fate(words: &mut Words<'_>, label: &str) -> Result<Statement, Misread> {
    words.expect("is")?;
    let label = label.to_owned();
    if words.accept("done") {
        return Ok(Statement::Done(label));
    }
    if words.accept("open") {
        return Ok(Statement::Open(label));
    }
    if !words.accept("refused") {
        return Err(words.misread("how it fared", &["done", "open", "refused"]));
    }
    let known = variants::<Refusal>();
    let reason = words.peek().map(|_| reason(words, &known)).transpose()?;
    Ok(Statement::Refused(label, reason))
}

fn reason(words: &mut Words<'_>, known: &[String]) -> Result<String, Misread> {
    words.take_as("a reason", &texts(known), |word| known.iter().find(|known| *known == word).cloned())
}

fn read_user(words: &mut Words<'_>, user: UserId, names: &Names<'_>) -> Result<Statement, Misread> {
    words.expect("is")?;
    let is = !words.accept("not");
    if words.accept_all(&["a", "participant"]) {
        return Ok(Statement::Participant(user, is));
    }
    if words.accept("blocked") {
        return Ok(Statement::Blocked(user, is));
    }
    if words.accept("active") {
        return Ok(Statement::Active(user, is));
    }
    let fixed = ["a participant", "not a participant", "active", "not active", "blocked", "not blocked"];
    let roles = names.roles().map(|(name, _)| name);
    let known: Vec<String> = fixed.map(str::to_owned).into_iter().chain(roles).collect();
    let index = |word: &str| match word {
        "banned" => Some(BANNED),
        word => names.find_role(word),
    };
    words
        .take_as("what the user is", &texts(&known), |word| index(word).filter(|_| is))
        .map(|role| Statement::InRole(user, role))
}

/// `ROLE can CAPABILITY`
fn read_role(words: &mut Words<'_>, role: u32) -> Result<Statement, Misread> {
    let can = !words.accept("cannot");
    if can {
        words.expect("can")?;
    }
    let known: Vec<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
    let capability =
        |word: &str| Capability::ALL.iter().find(|capability| capability.name() == word).copied();
    words.take_as("a capability", &known, capability).map(|capability| Statement::Can(role, capability, can))
}

/// What can be the case with a device.
const OF_DEVICES: &[&str] = &[
    "is in epoch",
    "is outside",
    "is a member",
    "is not a member",
    "has",
    "read",
    "never read",
    "shows",
    "found",
    "never found",
    "was answered",
    "fetched an asset",
    "never fetched an asset",
    "put aside",
    "recognised",
    "knows",
    "stumbled",
    "never stumbled",
    "objected",
    "never objected",
];

fn read_node(words: &mut Words<'_>, node: NodeId, names: &Names<'_>) -> Result<Statement, Misread> {
    if words.accept_all(&["is", "in", "epoch"]) {
        return Ok(Statement::InEpoch(node, words.number("the number of an epoch")?));
    }
    if words.accept("has") {
        let count = words.number("how many")?;
        words.expect("pending")?;
        return Ok(Statement::Pending(node, count));
    }
    if let NodeId::Provider(provider) = node
        && let Some(statement) = read_provider(words, provider, names)?
    {
        return Ok(statement);
    }
    for (form, objected) in [(&["objected"][..], true), (&["never", "objected"], false)] {
        if words.accept_all(form) {
            return Ok(Statement::Objected(node, objected));
        }
    }
    let NodeId::Client(client) = node else {
        let known = ["is in epoch", "has", "holds", "believes", "turned away", "objected", "never objected"];
        return Err(words.misread("what is the case with the provider", &known));
    };
    let statement = [
        (&["is", "outside"][..], Statement::Outside(client)),
        (&["is", "a", "member"], Statement::Member(client, true)),
        (&["is", "not", "a", "member"], Statement::Member(client, false)),
        (&["stumbled"], Statement::Stumbled(client, true)),
        (&["never", "stumbled"], Statement::Stumbled(client, false)),
    ];
    if let Some((_, found)) = statement.into_iter().find(|(form, _)| words.accept_all(form)) {
        return Ok(found);
    }
    if let Some(statement) = read_answers(words, client, names)? {
        return Ok(statement);
    }
    if words.accept("shows") {
        return read_shown(words, client);
    }
    if words.accept_all(&["put", "aside"]) {
        return words
            .take("a reason, such as NotTheAuthor")
            .map(|reason| Statement::PutAside(client, reason.to_owned()));
    }
    if words.accept("recognised") {
        let pseudonym = names.client(words)?;
        words.expect("as")?;
        return Ok(Statement::Recognised(client, pseudonym, names.client(words)?));
    }
    if words.accept("knows") {
        return read_known(words, client, names);
    }
    let read = !words.accept("never");
    if !words.accept("read") {
        return Err(words.misread("what is the case with the device", OF_DEVICES));
    }
    Ok(Statement::Read(client, words.number("the number that was said")?, read))
}

/// `found bob`, `never found bob`, `was answered NotFound`, `fetched an asset`, `never fetched an asset`.
fn read_answers(
    words: &mut Words<'_>,
    client: ClientId,
    names: &Names<'_>,
) -> Result<Option<Statement>, Misread> {
    for (found, fetched, is) in [
        (&["found"][..], &["fetched", "an", "asset"][..], true),
        (&["never", "found"], &["never", "fetched", "an", "asset"], false),
    ] {
        if words.accept_all(found) {
            return Ok(Some(Statement::Found(client, names.user(words)?, is)));
        }
        if words.accept_all(fetched) {
            return Ok(Some(Statement::Fetched(client, is)));
        }
    }
    if !words.accept_all(&["was", "answered"]) {
        return Ok(None);
    }
    Ok(Some(Statement::Answered(client, reason(words, &variants::<IdentifierQueryCode>())?)))
}

/// `holds 1 requests for consent`, `turned away 1 notifies`, `believes 2 reported of bob`.
fn read_provider(
    words: &mut Words<'_>,
    provider: ProviderId,
    names: &Names<'_>,
) -> Result<Option<Statement>, Misread> {
    if words.accept("holds") {
        let count = words.number("how many")?;
        for word in ["requests", "for", "consent"] {
            words.expect(word)?;
        }
        return Ok(Some(Statement::Asked(provider, count)));
    }
    if words.accept_all(&["turned", "away"]) {
        let count = words.number("how many")?;
        words.expect("notifies")?;
        return Ok(Some(Statement::TurnedAway(provider, count)));
    }
    if !words.accept("believes") {
        return Ok(None);
    }
    let count = words.number("how many")?;
    for word in ["reported", "of"] {
        words.expect(word)?;
    }
    Ok(Some(Statement::Believes(provider, count, names.user(words)?)))
}

/// `shows 5 in place of 1`, or `shows nothing in place of 1`.
fn read_shown(words: &mut Words<'_>, client: ClientId) -> Result<Statement, Misread> {
    let number = "the number that was said";
    let shows = if words.accept("nothing") { None } else { Some(words.number(number)?) };
    for word in ["in", "place", "of"] {
        words.expect(word)?;
    }
    Ok(Statement::Shows(client, words.number(number)?, shows))
}

/// `knows 1 to be read by bob`.
fn read_known(words: &mut Words<'_>, client: ClientId, names: &Names<'_>) -> Result<Statement, Misread> {
    let text = words.number("the number that was said")?;
    words.expect("to")?;
    words.expect("be")?;
    let statuses = [
        ("delivered", MessageStatus::Delivered),
        ("read", MessageStatus::Read),
        ("unread", MessageStatus::Unread),
        ("hidden", MessageStatus::Hidden),
        ("deleted", MessageStatus::Deleted),
    ];
    let known = statuses.map(|(name, _)| name);
    let of = |name: &str| statuses.iter().find(|(known, _)| *known == name).map(|(_, status)| *status);
    let status = words.take_as("what has become of it", &known, of)?;
    words.expect("by")?;
    Ok(Statement::Knows(client, text, status, names.user(words)?))
}
