//! What the clients of a room must be able to do, and what each client is able to (RFC 9420 §7.2, §11.1; proto §5.2).

use crate::directory::Directory;
use crate::ids::{ClientId, RoomId};
use crate::signing::SUITE;
use crate::wire::mls::{Capabilities, RequiredCapabilities};
use crate::wire::pseudonym::PSEUDONYMOUS;

/// The extension app_data_dictionary, where a room's state is (mls-extensions §4.6, PROTO-78).
const APP_DATA_DICTIONARY: u16 = 0x0006;
/// The proposal AppDataUpdate (mls-extensions §4.7).
const APP_DATA_UPDATE: u16 = 0x0008;
/// The proposal SelfRemove (mls-extensions §6.3).
const SELF_REMOVE: u16 = 0x000a;
/// The credential type `basic` (RFC 9420 §17.5).
const BASIC: u16 = 0x0001;
/// MLS 1.0 (RFC 9420 §6).
const MLS_1_0: u16 = 0x0001;

/// What every member of the room must be able to do (PROTO-16, PROTO-23).
pub(crate) fn required(directory: &Directory, room: RoomId) -> RequiredCapabilities {
    RequiredCapabilities {
        extension_types: vec![APP_DATA_DICTIONARY],
        proposal_types: vec![APP_DATA_UPDATE, SELF_REMOVE],
        credential_types: vec![credential_type(directory.is_minimal(room))],
    }
}

/// What the client is able to do. An outdated one knows RFC 9420 alone.
pub(crate) fn of_client(directory: &Directory, client: ClientId) -> Capabilities {
    let is_hidden = directory.hidden_in(directory.user_of(client)).is_some();
    let (extensions, proposals) = match directory.is_outdated(client) {
        true => (Vec::new(), Vec::new()),
        false => (vec![APP_DATA_DICTIONARY], vec![APP_DATA_UPDATE, SELF_REMOVE]),
    };
    Capabilities {
        versions: vec![MLS_1_0],
        cipher_suites: vec![SUITE],
        extensions,
        proposals,
        credentials: vec![credential_type(is_hidden)],
    }
}

/// Whether the client may be a member of the room, for all that it is able to do.
pub(crate) fn fits(directory: &Directory, client: ClientId, room: RoomId) -> bool {
    of_client(directory, client).meet(&required(directory, room))
}

/// In a room of minimal metadata a credential holds a pseudonym (PROTO-75).
fn credential_type(is_hidden: bool) -> u16 {
    if is_hidden { PSEUDONYMOUS } else { BASIC }
}

impl Capabilities {
    /// Whether they cover all that is required (RFC 9420 §7.3).
    pub fn meet(&self, required: &RequiredCapabilities) -> bool {
        let has = |known: &[u16], wanted: &[u16]| wanted.iter().all(|one| known.contains(one));
        has(&self.extensions, &required.extension_types)
            && has(&self.proposals, &required.proposal_types)
            && has(&self.credentials, &required.credential_types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_counts_by_itself() {
        let able = Capabilities {
            extensions: vec![6],
            proposals: vec![8, 10],
            credentials: vec![1],
            ..Capabilities::default()
        };
        let needs = |extension: &[u16], proposal: &[u16], credential: &[u16]| RequiredCapabilities {
            extension_types: extension.to_vec(),
            proposal_types: proposal.to_vec(),
            credential_types: credential.to_vec(),
        };
        assert!(able.meet(&needs(&[], &[], &[])) && able.meet(&needs(&[6], &[10, 8], &[1])));
        for unmet in
            [needs(&[8], &[], &[]), needs(&[], &[6], &[]), needs(&[], &[8, 1], &[]), needs(&[], &[], &[6])]
        {
            assert!(!able.meet(&unmet), "{unmet:?}");
        }
    }
}
