//! What figures and reports call nodes, users, rooms and messages: names in place of ids and URIs.

use mimic_protocol::directory::Named;
use mimic_protocol::node::MessageId;
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId, UserId};

/// `a.example` for a server, `alice/ClientA1` for a client.
pub fn node(directory: &Directory, node: NodeId) -> String {
    let client = match node {
        NodeId::Provider(provider) => return directory.provider_uri(provider).domain().to_owned(),
        NodeId::Client(client) => client,
    };
    match directory.client_behind(client) {
        Some(behind) => format!("{} {MASKED}", own_name(directory, behind)),
        None => own_name(directory, client),
    }
}

/// What stands behind the name of a user or client in a room of minimal metadata: whoever reads a report sees who is behind which
/// pseudonym, which is a UUID.
const MASKED: &str = "(hidden)";

fn own_name(directory: &Directory, client: ClientId) -> String {
    after(directory.client_uri(client).as_str(), "/d/")
}

/// `alice`
pub fn user(directory: &Directory, user: UserId) -> String {
    let name = |user| after(directory.user_uri(user).as_str(), "/u/");
    directory.user_behind(user).map_or_else(|| name(user), |behind| format!("{} {MASKED}", name(behind)))
}

/// `clubhouse`; for a group that has taken the place of a room's first one, the name of the group.
pub fn room(directory: &Directory, room: RoomId) -> String {
    after(directory.group_uri(room).as_str(), "/g/")
}

fn after(uri: &str, kind: &str) -> String {
    uri.split_once(kind).map_or(uri, |(_, name)| name).to_owned()
}

/// Something that a text names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mention {
    /// A provider or a client.
    Node(NodeId),
    /// A user.
    User(UserId),
    /// A room.
    Room(RoomId),
    /// A message.
    Message(MessageId),
}

/// What a word of a check's text stands for: an id as it is written in traces, a URI, or the digest of a message.
pub fn mention(directory: &Directory, word: &str) -> Option<Mention> {
    if word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
        return u64::from_str_radix(word, 16).ok().map(|id| Mention::Message(MessageId(id)));
    }
    if word.starts_with("mimi://") {
        return directory.resolve(word.as_bytes()).map(|named| match named {
            Named::Provider(id) => Mention::Node(id.into()),
            Named::Client(id) => Mention::Node(id.into()),
            Named::User(id) => Mention::User(id),
            Named::Room(id) => Mention::Room(id),
        });
    }
    let (letter, digits) = word.split_at_checked(1)?;
    let id: u16 = digits.parse().ok()?;
    match letter {
        "p" => {
            directory.providers().find(|known| *known == ProviderId(id)).map(|id| Mention::Node(id.into()))
        }
        "c" => directory.clients().find(|known| *known == ClientId(id)).map(|id| Mention::Node(id.into())),
        "u" => directory.users().find(|known| *known == UserId(id)).map(Mention::User),
        "r" => directory.rooms().find(|known| *known == RoomId(id)).map(Mention::Room),
        _ => None,
    }
}

/// The words of a text: what stands between spaces, brackets and commas, without the marks at its end.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_between).map(|word| word.trim_end_matches([':', '.'])).filter(|word| !word.is_empty())
}

/// The text with the name of each word that is a mention in its place.
pub fn named(text: &str, mut name: impl FnMut(&str) -> Option<String>) -> String {
    let mut told = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_between) {
        let word = piece.trim_end_matches(|c| is_between(c) || c == ':' || c == '.');
        told.push_str(&name(word).unwrap_or_else(|| word.to_owned()));
        told.push_str(&piece[word.len()..]);
    }
    told
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '"')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two providers; alice with a phone at the hub, bob with a phone and a tablet at the other.
    pub(crate) fn small_world() -> Directory {
        let mut directory = Directory::default();
        let [hub, follower] = ["a.example", "b.example"].map(|domain| directory.add_provider(domain));
        let (alice, bob) = (directory.add_user(hub, "alice"), directory.add_user(follower, "bob"));
        for (user, device) in [(alice, "phone"), (bob, "phone"), (bob, "tablet")] {
            directory.add_client(user, device);
        }
        directory.add_room(hub, "clubhouse");
        directory
    }

    #[test]
    fn ids_uris_and_digests_are_mentions_and_other_words_are_not() {
        let world = small_world();
        let cases = [
            ("p1", Some(Mention::Node(ProviderId(1).into()))),
            ("c2", Some(Mention::Node(ClientId(2).into()))),
            ("c3", None),
            ("r0", Some(Mention::Room(RoomId(0)))),
            ("u1", Some(Mention::User(UserId(1)))),
            ("mimi://b.example/u/bob", Some(Mention::User(UserId(1)))),
            ("mimi://b.example/d/bob/tablet", Some(Mention::Node(ClientId(2).into()))),
            ("00000000000000ff", Some(Mention::Message(MessageId(255)))),
            ("u", None),
            ("für", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(mention(&world, word), expected, "{word}");
        }
    }

    #[test]
    fn a_pseudonym_is_told_by_who_is_behind_it() {
        let mut world = small_world();
        let owl = world.add_pseudonym(ProviderId(0), "0a1b2c3d-0000-4000-8000-000000000000");
        let phone = world.add_client(owl, "4e5f6a7b-0000-4000-8000-000000000000");
        world.stand_for(owl, UserId(0), RoomId(0));
        assert_eq!(
            (&*user(&world, owl), &*node(&world, phone.into())),
            ("alice (hidden)", "alice/phone (hidden)")
        );
        assert_eq!(user(&world, UserId(0)), "alice");
    }

    #[test]
    fn a_text_keeps_its_marks_around_the_names() {
        let upper = |word: &str| (word == "r0" || word == "c1").then(|| word.to_uppercase());
        assert_eq!(named("r0: (c1), c1. c12", upper), "R0: (C1), C1. c12");
        assert_eq!(words("r0: Add(c1, 2).").collect::<Vec<_>>(), ["r0", "Add", "c1", "2"]);
    }
}
