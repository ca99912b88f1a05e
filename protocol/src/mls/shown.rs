//! What an MLS object says to everybody who carries it, whether or not they are in the group.

use crate::directory::{Directory, Named};
use crate::identity::linked_in_the_clear;
use crate::ids::{ClientId, UserId};
use crate::wire::pseudonym::PseudonymousCredential;
use std::collections::{BTreeMap, BTreeSet};
use tls_codec::DeserializeBytes;

/// How each URI begins here (arch §4.1).
const SCHEME: &[u8] = b"mimi://";
/// How many octets the length before a URI takes at most (RFC 9420 §2.1.2).
const LENGTH_OCTETS_MAX: usize = 2;

/// Whom an object names in the clear, and who has made it, as far as it says so.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// Of a handshake message of a member: its leaf. Only who has the tree knows whose that is.
    pub leaf: Option<u32>,
    /// Of a commit: whose credential its path has.
    pub committer: Option<ClientId>,
    /// Whose credentials are in it.
    pub clients: BTreeSet<ClientId>,
    /// The users that it names beside them.
    pub users: BTreeSet<UserId>,
    /// Of the pseudonyms among the clients: the client behind each whose identity link everybody can read (proto §6.1).
    pub linked: BTreeMap<ClientId, ClientId>,
}

impl Shown {
    /// What octets say that are no more than they seem: all URIs in them, each behind its length. The last client counts as the
    /// committer, as the path is the last thing in a commit that has a credential; for other objects that means nothing.
    pub fn scan(directory: &Directory, octets: &[u8]) -> Self {
        let mut shown = Self::default();
        let mut passed = 0;
        for (at, _) in octets.windows(SCHEME.len()).enumerate().filter(|(_, window)| *window == SCHEME) {
            if at < passed {
                continue;
            }
            match uri_at(directory, octets, at) {
                Some(Named::User(user)) => drop(shown.users.insert(user)),
                Some(Named::Client(client)) => {
                    shown.clients.insert(client);
                    shown.committer = Some(client);
                    if let Some((credential, end)) = credential_at(octets, at) {
                        shown.linked.extend(linked_in_the_clear(directory, &credential));
                        passed = end;
                    }
                }
                Some(Named::Provider(_) | Named::Room(_)) | None => {}
            }
        }
        shown
    }

    /// All users that it names, by a name or by a client.
    pub fn everybody(&self, directory: &Directory) -> BTreeSet<UserId> {
        let by_client = self.clients.iter().map(|client| directory.user_of(*client));
        self.users.iter().copied().chain(by_client).collect()
    }
}

/// What the URI names that begins at this place.
fn uri_at(directory: &Directory, octets: &[u8], at: usize) -> Option<Named> {
    let lengths = (1..=LENGTH_OCTETS_MAX).filter_map(|width| length_before(octets, at, width));
    lengths.filter_map(|length| octets.get(at..at + length)).find_map(|uri| directory.resolve(uri))
}

/// The length that stands in so many octets before this place.
fn length_before(octets: &[u8], at: usize, width: usize) -> Option<usize> {
    match *octets.get(at.checked_sub(width)?..at)? {
        [low] if low < 0x40 => Some(low.into()),
        [high, low] if high >> 6 == 1 => Some(usize::from(high & 0x3f) << 8 | usize::from(low)),
        _ => None,
    }
}

/// The pseudonymous credential whose first URI begins at this place, and where it ends.
fn credential_at(octets: &[u8], at: usize) -> Option<(PseudonymousCredential, usize)> {
    (1..=LENGTH_OCTETS_MAX).find_map(|width| {
        length_before(octets, at, width)?;
        let (credential, rest) = PseudonymousCredential::tls_deserialize_bytes(&octets[at - width..]).ok()?;
        Some((credential, octets.len() - rest.len()))
    })
}
