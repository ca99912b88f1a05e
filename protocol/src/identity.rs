//! Pseudonyms in rooms of minimal metadata: how a client hides who it is from all but the participants, and how they find out
//! (proto §6, PROTO-74, PROTO-75).
//!
//! The draft leaves the keys open ("TODO: Specify a key management scheme"). Here each such room has one key pair for as long as it
//! lasts: whoever takes part has both halves, from the beginning and by no message, and so has whoever took part once.
//! A basic credential holds no key either; the one that vouches for a client's name follows from that name.

use crate::directory::Directory;
use crate::ids::{ClientId, RoomId};
use crate::mls::{Entropy, Mls, MlsConfig, MlsError};
use crate::mutant::Mutant;
use crate::signing::{credential, labelled};
use crate::wire::mls::{Credential, HpkeCiphertext};
use crate::wire::pseudonym::{IdentityLinkTbe, PseudonymousCredential, PseudonymousCredentialTbs};
use crate::wire::{IdentifierUri, Opaque, Wire};

/// The credential of a client whose user is hidden in a room; none of any other client. `key` is what its leaves are signed with.
pub(crate) fn pseudonymous<M: Mls>(
    config: &MlsConfig,
    client: ClientId,
    key: &[u8],
) -> Result<Option<PseudonymousCredential>, MlsError> {
    let directory = &config.directory;
    let user = directory.user_of(client);
    let (Some(room), Some(known)) = (directory.hidden_in(user), directory.client_behind(client)) else {
        return Ok(None);
    };
    let tbs = PseudonymousCredentialTbs {
        client_pseudonym: directory.client_uri(client).into(),
        user_pseudonym: directory.user_uri(user).into(),
        signature_public_key: key.into(),
    };
    let octets = tbs.encode();
    let signature = M::sign_as_client(config, known, &labelled(PseudonymousCredentialTbs::LABEL, &octets))?;
    let link = IdentityLinkTbe {
        pseudonymous_credential_signature: signature.to_vec().into(),
        client_credential: credential(directory.client_uri(known)),
    };
    let link = link.encode();
    let identity_link_ciphertext = if config.planted.is(Mutant::LinksInTheClear) {
        link.into()
    } else {
        // A credential is made anew for each leaf, and is the same each time.
        let entropy = Entropy(blake3::derive_key("mimic identity link", &[&octets[..], &link].concat()));
        let participants = M::participants_key(config, room)?;
        M::seal(&participants, &info(config, room), &link, entropy)?.encode().into()
    };
    Ok(Some(PseudonymousCredential { tbs, identity_link_ciphertext }))
}

/// The client that such a credential names to everybody; `key` is that of its leaf.
pub(crate) fn client_of(
    config: &MlsConfig,
    credential: &PseudonymousCredential,
    key: &[u8],
) -> Result<ClientId, MlsError> {
    let directory = &config.directory;
    let tbs = &credential.tbs;
    let client = directory.resolve_client(tbs.client_pseudonym.as_slice());
    let client = client.ok_or(MlsError::UnknownCredential)?;
    let user = directory.user_of(client);
    // proto §6.1 (PROTO-75): "the same across all clients of a user and [...] the same as the user's entry in the participant list".
    let is_of_user = tbs.user_pseudonym == IdentifierUri::from(directory.user_uri(user));
    let fits = is_of_user || config.planted.is(Mutant::TakesAnyPseudonym);
    let is_hidden = directory.hidden_in(user).is_some();
    if fits && is_hidden && tbs.signature_public_key.as_slice() == key {
        Ok(client)
    } else {
        Err(MlsError::UnknownCredential)
    }
}

/// The client behind the pseudonym, as a participant finds out.
pub(crate) fn reveal<M: Mls>(
    config: &MlsConfig,
    room: RoomId,
    pseudonym: &PseudonymousCredential,
) -> Result<ClientId, MlsError> {
    let sealed = HpkeCiphertext::decode(pseudonym.identity_link_ciphertext.as_slice());
    let sealed = sealed.map_err(|_| MlsError::Malformed)?;
    let link = M::unseal_for_participants(config, room, &info(config, room), &sealed)?;
    let link = IdentityLinkTbe::decode(&link).map_err(|_| MlsError::Malformed)?;
    let Credential::Basic(name) = &link.client_credential else { return Err(MlsError::UnknownCredential) };
    let known = config.directory.resolve_client(name.as_slice()).ok_or(MlsError::UnknownCredential)?;
    let signed = labelled(PseudonymousCredentialTbs::LABEL, &pseudonym.tbs.encode());
    let signature = link.pseudonymous_credential_signature.as_slice();
    M::verify(&M::client_key(config, known), &signed, signature)?;
    Ok(known)
}

/// The pseudonym and the client behind it, where a credential's identity link is no ciphertext: then everybody knows.
pub(crate) fn linked_in_the_clear(
    directory: &Directory,
    credential: &PseudonymousCredential,
) -> Option<(ClientId, ClientId)> {
    let link = IdentityLinkTbe::decode(credential.identity_link_ciphertext.as_slice()).ok()?;
    let Credential::Basic(name) = &link.client_credential else { return None };
    let pseudonym = directory.resolve_client(credential.tbs.client_pseudonym.as_slice())?;
    Some((pseudonym, directory.resolve_client(name.as_slice())?))
}

/// EncryptWithLabel, as for what a hub tells of a group: its context is the room's URI.
fn info(config: &MlsConfig, room: RoomId) -> Vec<u8> {
    let room: Opaque = config.directory.room_uri(room).as_str().as_bytes().into();
    labelled(IdentityLinkTbe::LABEL, room.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mls::symbolic::Symbolic;
    use crate::mutant::Planted;
    use crate::readings::Readings;
    use std::sync::Arc;

    /// Whether Owl's client is taken for itself with a credential that names Hare as its user.
    fn taken(planted: Planted, user: &str) -> Result<ClientId, MlsError> {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        let room = directory.add_room(provider, "masquerade");
        for (name, pseudonym) in [("alice", "owl"), ("bob", "hare")] {
            let person = directory.add_user(provider, name);
            directory.add_client(person, "1");
            let hidden = directory.add_pseudonym(provider, pseudonym);
            directory.add_client(hidden, "1");
            directory.stand_for(hidden, person, room);
        }
        let owl = ClientId(1);
        let (directory, readings) = (Arc::new(directory), Readings::default());
        let config = MlsConfig { directory, readings, apply: |_, _, _, _| None, planted };
        let mut credential = pseudonymous::<Symbolic>(&config, owl, b"key")?.expect("it is hidden");
        credential.tbs.user_pseudonym =
            IdentifierUri(format!("mimi://a.example/p/{user}").into_bytes().into());
        assert_eq!(client_of(&config, &credential, b"another key"), Err(MlsError::UnknownCredential));
        client_of(&config, &credential, b"key")
    }

    /// PROTO-75.
    #[test]
    fn a_client_has_the_pseudonym_of_its_user() {
        assert_eq!(taken(Planted::NONE, "owl"), Ok(ClientId(1)));
        assert_eq!(taken(Planted::NONE, "hare"), Err(MlsError::UnknownCredential));
        #[cfg(feature = "museum")]
        assert_eq!(taken(Planted::new(Mutant::TakesAnyPseudonym), "hare"), Ok(ClientId(1)));
    }
}
