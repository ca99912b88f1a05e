//! What all groups have in common: capabilities, wire format, lifetimes, extensions, external senders.

use super::OpenMls;
use super::proposing::RE_INIT;
use super::provider::{SUITE, SimCrypto};
use crate::directory::Directory;
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{Dictionary, MlsConfig, MlsError};
use crate::uri::MimiUri;
use crate::wire::pseudonym::PSEUDONYMOUS;
use crate::wire::{self, Wire};
use crate::{capabilities, identity};
use openmls::prelude::*;
use tls_codec::Serialize as _;

/// Application messages of earlier epochs are not accepted: a hub's order delivers none, and the seam knows none.
const PAST_EPOCHS: usize = 0;

/// How far behind the newest generation of a sender a message may be, and how far ahead of it: within one epoch, whatever
/// order a fabric delivers in (MLS-17).
const GENERATIONS: u32 = 1000;

/// The component last_resort_key_package (mls-extensions §7).
const LAST_RESORT: u16 = 4;

/// The capabilities of the client's leaves. What stands for a ReInit in this engine, every client knows besides.
pub(super) fn capabilities(directory: &Directory, client: ClientId) -> Capabilities {
    leaf_capabilities(directory, client, &[])
}

/// What the leaf of a key package of last resort knows besides: what marks it (MLS-15).
pub(super) fn last_resort_capabilities(directory: &Directory, client: ClientId) -> Capabilities {
    leaf_capabilities(directory, client, &[ExtensionType::LastResort])
}

fn leaf_capabilities(directory: &Directory, client: ClientId, besides: &[ExtensionType]) -> Capabilities {
    let able = capabilities::of_client(directory, client);
    let extensions = able.extensions.into_iter().map(ExtensionType::from).chain(besides.iter().copied());
    let proposals = able.proposals.into_iter().map(ProposalType::from);
    let proposals = proposals.chain([ProposalType::Custom(RE_INIT)]);
    let credentials = able.credentials.into_iter().map(CredentialType::from);
    Capabilities::builder()
        .ciphersuites(vec![SUITE])
        .extensions(extensions.collect())
        .proposals(proposals.collect())
        .credentials(credentials.collect())
        .build()
}

/// What a key package says of its client.
pub(super) fn capabilities_of(key_package: &KeyPackage) -> Result<wire::mls::Capabilities, MlsError> {
    let octets = key_package.leaf_node().capabilities().tls_serialize_detached();
    let octets = octets.map_err(|_| MlsError::Limit)?;
    wire::mls::Capabilities::decode(&octets).map_err(|_| MlsError::Malformed)
}

/// The mark of a key package of last resort: a component without data (mls-extensions §6.4, MLS-15).
pub(super) fn last_resort_mark() -> Result<Extensions<KeyPackage>, MlsError> {
    let mut entries = AppDataDictionary::new();
    entries.insert(LAST_RESORT, Vec::new());
    let mark = Extension::AppDataDictionary(AppDataDictionaryExtension::new(entries));
    Extensions::single(mark).map_err(|_| MlsError::Limit)
}

/// Whether a key package has that mark.
pub(super) fn is_last_resort(key_package: &KeyPackage) -> bool {
    let dictionary = key_package.extensions().app_data_dictionary();
    dictionary.is_some_and(|extension| extension.dictionary().contains(&LAST_RESORT))
}

/// How much later than meant a lifetime's end stands in a leaf. The library checks lifetimes by the clock of the process, which is
/// no node's clock: so its check always passes, and nodes make their own (MLS-16).
const BEYOND_CLOCKS_S: u64 = 1 << 40;

/// A lifetime as it stands in a leaf.
pub(super) fn lifetime(lifetime: crate::mls::Lifetime) -> Lifetime {
    Lifetime::init(lifetime.not_before_s, lifetime.not_after_s.saturating_add(BEYOND_CLOCKS_S))
}

/// The lifetime of a key package.
pub(super) fn lifetime_of(key_package: &KeyPackage) -> crate::mls::Lifetime {
    let lifetime = key_package.life_time();
    let not_after_s = match lifetime.not_after() {
        u64::MAX => u64::MAX,
        not_after => not_after.saturating_sub(BEYOND_CLOCKS_S),
    };
    crate::mls::Lifetime { not_before_s: lifetime.not_before(), not_after_s }
}

/// The parameters of the groups that are joined.
pub(super) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(false)
        .set_past_epoch_deletion_policy(PastEpochDeletionPolicy::MaxEpochs(PAST_EPOCHS))
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(GENERATIONS, GENERATIONS))
        .build()
}

/// A builder of groups, with the same parameters.
pub(super) fn group_builder(
    id: GroupId,
    extensions: Extensions<GroupContext>,
    capabilities: Capabilities,
) -> MlsGroupBuilder {
    openmls::group::MlsGroup::builder()
        .with_group_id(id)
        .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(false)
        .set_past_epoch_deletion_policy(PastEpochDeletionPolicy::MaxEpochs(PAST_EPOCHS))
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(GENERATIONS, GENERATIONS))
        .with_capabilities(capabilities)
        .lifetime(lifetime(crate::mls::Lifetime::ALWAYS))
        .with_group_context_extensions(extensions)
}

/// The GroupContext extensions of a new room (PROTO-78, PROTO-81).
pub(super) fn extensions<C: SimCrypto>(
    directory: &Directory,
    room: RoomId,
    dictionary: &Dictionary,
    hub: ProviderId,
) -> Result<Extensions<GroupContext>, MlsError> {
    let mut entries = AppDataDictionary::new();
    for (component, octets) in dictionary {
        entries.insert(*component, octets.to_vec());
    }
    let required = capabilities::required(directory, room);
    let extensions: Vec<_> = required.extension_types.into_iter().map(ExtensionType::from).collect();
    let proposals: Vec<_> = required.proposal_types.into_iter().map(ProposalType::from).collect();
    let credentials: Vec<_> = required.credential_types.into_iter().map(CredentialType::from).collect();
    let required = RequiredCapabilitiesExtension::new(&extensions, &proposals, &credentials);
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required),
        Extension::ExternalSenders(external_senders::<C>(directory, &[hub])?),
        Extension::AppDataDictionary(AppDataDictionaryExtension::new(entries)),
    ])
    .map_err(|_| MlsError::Limit)
}

/// The providers, as external_senders lists them; each is in the directory.
pub(super) fn external_senders<C: SimCrypto>(
    directory: &Directory,
    providers: &[ProviderId],
) -> Result<Vec<ExternalSender>, MlsError> {
    let sender = |provider: &ProviderId| {
        let known = directory.providers().any(|known| known == *provider);
        let uri = known.then(|| directory.provider_uri(*provider)).ok_or(MlsError::UnknownCredential)?;
        let (_, public) = server_keys::<C>(directory, *provider);
        Ok(ExternalSender::new(public.into(), BasicCredential::new(uri.as_str().as_bytes().to_vec()).into()))
    };
    providers.iter().map(sender).collect()
}

/// The same extensions with other external senders.
pub(super) fn with_senders(
    extensions: &Extensions<GroupContext>,
    senders: Vec<ExternalSender>,
) -> Result<Extensions<GroupContext>, MlsError> {
    let mut extensions = extensions.clone();
    extensions.add_or_replace(Extension::ExternalSenders(senders)).map_err(|_| MlsError::Limit)?;
    Ok(extensions)
}

/// The key pair of a server. How its public key gets to clients is open (PROTO-15), so its seed is its URI.
pub(super) fn server_keys<C: SimCrypto>(directory: &Directory, provider: ProviderId) -> (Vec<u8>, Vec<u8>) {
    keys_of::<C>("mimic external sender", directory.provider_uri(provider))
}

/// The key pair that vouches for a client's own name where it goes by a pseudonym: of no leaf, and known like those of servers.
pub(super) fn client_keys<C: SimCrypto>(directory: &Directory, client: ClientId) -> (Vec<u8>, Vec<u8>) {
    keys_of::<C>("mimic client's name", directory.client_uri(client))
}

/// The key pair of the participants of a room of minimal metadata.
pub(super) fn participants_keys<C: SimCrypto>(directory: &Directory, room: RoomId) -> (Vec<u8>, Vec<u8>) {
    keys_of::<C>("mimic participants", directory.room_uri(room))
}

fn keys_of<C: SimCrypto>(purpose: &str, uri: &MimiUri) -> (Vec<u8>, Vec<u8>) {
    let mut crypto = C::default();
    crypto.reseed(blake3::derive_key(purpose, uri.as_str().as_bytes()));
    // The one signature scheme that there is has keys.
    crypto.signature_key_gen(SUITE.signature_algorithm()).unwrap_or_default()
}

/// The credential of a client's leaf: its URI (ID-01), or a pseudonym with what is behind it. `key` is what its leaves are signed with.
pub(super) fn credential<C: SimCrypto>(
    config: &MlsConfig,
    client: ClientId,
    key: &[u8],
) -> Result<Credential, MlsError> {
    Ok(match identity::pseudonymous::<OpenMls<C>>(config, client, key)? {
        Some(pseudonym) => Credential::new(CredentialType::Other(PSEUDONYMOUS), pseudonym.encode()),
        None => BasicCredential::new(config.directory.client_uri(client).as_str().as_bytes().to_vec()).into(),
    })
}
