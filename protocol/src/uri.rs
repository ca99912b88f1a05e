//! A MIMI URI, `mimi://<domain>/<kind>/<rest>`, as it stands on the wire (proto §3, identity §4, ID-01).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the first path segment of a MIMI URI says that it names (ID-01).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UriKind {
    /// A bare domain: the provider itself.
    Provider,
    /// `u`: a user.
    User,
    /// `p`: a pseudonym.
    Pseudonym,
    /// `d`: a client, as `d/<user>/<client>`.
    Client,
    /// `r`: a room.
    Room,
    /// `g`: an MLS group.
    Group,
    /// `t`: a team.
    Team,
}

/// Why a text is no MIMI URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UriError {
    /// It is not UTF-8.
    #[error("a MIMI URI is UTF-8")]
    NotUtf8,
    /// It does not begin with `mimi://`.
    #[error("a MIMI URI begins with mimi://")]
    NotMimi,
    /// The domain is empty or holds a character that no domain has.
    #[error("the domain of a MIMI URI is letters, digits, dots and hyphens")]
    BadDomain,
    /// The first path segment is none of u, p, d, r, g, t.
    #[error("the first segment of a MIMI URI's path is one of u, p, d, r, g, t")]
    UnknownKind,
    /// Nothing follows the kind, or a segment is empty.
    #[error("a MIMI URI names something after its kind, without empty segments")]
    EmptySegment,
}

/// A parsed URI. Compared octet by octet: two spellings of one name are two names (ID-02).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MimiUri(String);

impl MimiUri {
    /// Parses the octets of an `IdentifierUri`.
    pub fn parse(bytes: &[u8]) -> Result<Self, UriError> {
        let text = std::str::from_utf8(bytes).map_err(|_| UriError::NotUtf8)?;
        let rest = text.strip_prefix("mimi://").ok_or(UriError::NotMimi)?;
        let (domain, path) = rest.split_once('/').map_or((rest, None), |(d, p)| (d, Some(p)));
        let good = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if domain.is_empty() || !domain.chars().all(good) {
            return Err(UriError::BadDomain);
        }
        if let Some(path) = path {
            let (kind, name) = path.split_once('/').unwrap_or((path, ""));
            kind_of(kind).ok_or(UriError::UnknownKind)?;
            if name.split('/').any(str::is_empty) {
                return Err(UriError::EmptySegment);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The URI of the provider `domain`.
    pub fn provider(domain: &str) -> Self {
        Self(format!("mimi://{domain}"))
    }

    /// The URI of `user` at `domain`.
    pub fn user(domain: &str, user: &str) -> Self {
        Self(format!("mimi://{domain}/u/{user}"))
    }

    /// The URI of the pseudonym `name` at `domain`.
    pub fn pseudonym(domain: &str, name: &str) -> Self {
        Self(format!("mimi://{domain}/p/{name}"))
    }

    /// The URI of `user`'s client `client` at `domain`.
    pub fn client(domain: &str, user: &str, client: &str) -> Self {
        Self(format!("mimi://{domain}/d/{user}/{client}"))
    }

    /// The URI of the room `room` whose hub is `domain` (ARCH-41).
    pub fn room(domain: &str, room: &str) -> Self {
        Self(format!("mimi://{domain}/r/{room}"))
    }

    /// The URI of the MLS group of the room `room`.
    pub fn group(domain: &str, room: &str) -> Self {
        Self(format!("mimi://{domain}/g/{room}"))
    }

    /// The whole URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain: the provider that the name is scoped under.
    pub fn domain(&self) -> &str {
        let rest = &self.0["mimi://".len()..];
        rest.split('/').next().unwrap_or(rest)
    }

    /// What kind of entity it names.
    pub fn kind(&self) -> UriKind {
        let rest = &self.0["mimi://".len()..];
        rest.split('/').nth(1).and_then(kind_of).unwrap_or(UriKind::Provider)
    }
}

impl fmt::Debug for MimiUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MimiUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn kind_of(segment: &str) -> Option<UriKind> {
    Some(match segment {
        "u" => UriKind::User,
        "p" => UriKind::Pseudonym,
        "d" => UriKind::Client,
        "r" => UriKind::Room,
        "g" => UriKind::Group,
        "t" => UriKind::Team,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_the_first_segment() {
        let cases = [
            ("mimi://a.example", UriKind::Provider),
            ("mimi://a.example/u/alice", UriKind::User),
            ("mimi://a.example/d/alice/phone", UriKind::Client),
            ("mimi://a.example/r/clubhouse", UriKind::Room),
            ("mimi://a.example/g/clubhouse", UriKind::Group),
        ];
        for (text, kind) in cases {
            let uri = MimiUri::parse(text.as_bytes()).unwrap();
            assert_eq!((uri.kind(), uri.domain()), (kind, "a.example"), "{text}");
        }
    }

    #[test]
    fn malformed_uris_say_why() {
        let cases: [(&[u8], UriError); 6] = [
            (b"https://a.example", UriError::NotMimi),
            (b"mimi:///u/alice", UriError::BadDomain),
            (b"mimi://a b/u/alice", UriError::BadDomain),
            (b"mimi://a.example/x/alice", UriError::UnknownKind),
            (b"mimi://a.example/u/", UriError::EmptySegment),
            (b"mimi://\xff", UriError::NotUtf8),
        ];
        for (text, error) in cases {
            assert_eq!(MimiUri::parse(text), Err(error));
        }
    }
}
