//! Proposals to be made, as the library takes them.

use super::codec;
use super::group::group_id;
use super::provider::{SUITE, SimCrypto};
use super::settings;
use super::view::{View, client_of_leaf};
use crate::directory::Directory;
use crate::ids::RoomId;
use crate::mls::{MlsConfig, MlsError, Propose, Proposed};
use openmls::prelude::tls_codec::{self, Deserialize as _, Serialize as _, VLBytes};
use openmls::prelude::{
    AppDataUpdateProposal, Ciphersuite, CustomProposal, Extensions, GroupContext, GroupId, KeyPackage,
    LeafNodeIndex, LeafNodeParameters, Proposal, ProposalType, Propose as OpenPropose, ProtocolVersion,
};

/// The type under which a ReInit travels: private use, for the library drops real ones from the commits that it makes.
pub(super) const RE_INIT: u16 = 0xF005;

/// A proposal to be made.
pub(super) enum Proposing {
    Add(Box<KeyPackage>),
    Update,
    Remove(LeafNodeIndex),
    SelfRemove,
    AppData(AppDataUpdateProposal),
    Extensions(Box<Extensions<GroupContext>>),
    Custom(CustomProposal),
}

impl<C: SimCrypto> View<'_, C> {
    /// What a proposal is to the library, and what its receivers will see.
    pub(super) fn proposing(&self, propose: &Propose) -> Result<(Proposing, Proposed), MlsError> {
        Ok(match propose {
            Propose::Add(octets) => {
                let key_package = codec::key_package(self.crypto, octets)?;
                let client = client_of_leaf(self.config, key_package.leaf_node())?;
                let reference = codec::key_package_ref(self.crypto, &key_package)?;
                (Proposing::Add(Box::new(key_package)), Proposed::Add(client, reference))
            }
            Propose::Update => (Proposing::Update, Proposed::Update),
            Propose::Remove(client) => {
                let leaf = self.leaf_of(*client).ok_or(MlsError::InvalidProposal)?;
                (Proposing::Remove(leaf), Proposed::Remove(*client))
            }
            Propose::SelfRemove => (Proposing::SelfRemove, Proposed::SelfRemove),
            Propose::AppDataUpdate { component, update } => (
                Proposing::AppData(AppDataUpdateProposal::update(*component, update.to_vec())),
                Proposed::AppDataUpdate { component: *component, update: update.clone() },
            ),
            Propose::AppDataRemove { component } => (
                Proposing::AppData(AppDataUpdateProposal::remove(*component)),
                Proposed::AppDataRemove { component: *component },
            ),
            Propose::ExternalSenders(providers) => {
                let senders = settings::external_senders::<C>(&self.config.directory, providers)?;
                let extensions = settings::with_senders(self.context.extensions(), senders)?;
                (Proposing::Extensions(Box::new(extensions)), Proposed::ExternalSenders(providers.clone()))
            }
            Propose::ReInit(room) => {
                (Proposing::Custom(re_init(self.config, *room)?), Proposed::ReInit(*room))
            }
        })
    }
}

impl Proposing {
    /// What a member has the library propose by reference; nothing for a SelfRemove, which it has a call of its own for.
    pub(super) fn by_reference(self) -> Option<OpenPropose> {
        Some(match self {
            Proposing::Add(key_package) => OpenPropose::Add(*key_package),
            Proposing::Update => OpenPropose::Update(LeafNodeParameters::default()),
            Proposing::Remove(leaf) => OpenPropose::Remove(leaf.u32()),
            Proposing::SelfRemove => return None,
            Proposing::AppData(update) => match super::view::change(&update) {
                (component_id, Some(update)) => {
                    OpenPropose::UpdateAppDataComponent { component_id, update: update.to_vec() }
                }
                (component_id, None) => OpenPropose::RemoveAppDataComponent { component_id },
            },
            Proposing::Extensions(extensions) => OpenPropose::GroupContextExtensions(*extensions),
            Proposing::Custom(custom) => OpenPropose::Custom(custom),
        })
    }

    /// The octets of the proposal; none if it is no external sender's to make (MLS-10).
    pub(super) fn octets(self) -> Result<Vec<u8>, MlsError> {
        let octets = match self {
            Proposing::Add(key_package) => {
                Proposal::Add(Box::new((*key_package).into())).tls_serialize_detached()
            }
            Proposing::Remove(leaf) => (ProposalType::Remove, leaf).tls_serialize_detached(),
            Proposing::AppData(update) => Proposal::AppDataUpdate(Box::new(update)).tls_serialize_detached(),
            Proposing::Extensions(extensions) => {
                (ProposalType::GroupContextExtensions, *extensions).tls_serialize_detached()
            }
            Proposing::Custom(custom) => Proposal::Custom(Box::new(custom)).tls_serialize_detached(),
            Proposing::Update | Proposing::SelfRemove => return Err(MlsError::InvalidProposal),
        };
        octets.map_err(|_| MlsError::Limit)
    }
}

/// The content of a ReInit (RFC 9420 §12.1.5): the group that comes after, of the same version and suite, without extensions.
fn re_init(config: &MlsConfig, room: RoomId) -> Result<CustomProposal, MlsError> {
    let content = (group_id(config, room)?, ProtocolVersion::Mls10, (SUITE, VLBytes::new(Vec::new())));
    let content = content.tls_serialize_detached().map_err(|_| MlsError::Limit)?;
    Ok(CustomProposal::new(RE_INIT, content))
}

/// The room whose group comes after, if the proposal is a ReInit.
pub(super) fn re_init_room(
    directory: &Directory,
    custom: &CustomProposal,
) -> Result<Option<RoomId>, MlsError> {
    if custom.proposal_type() != RE_INIT {
        return Ok(None);
    }
    let rest = &mut custom.payload();
    let mut read = || {
        let group = GroupId::tls_deserialize(rest)?;
        <(ProtocolVersion, Ciphersuite)>::tls_deserialize(rest)?;
        VLBytes::tls_deserialize(rest)?;
        Ok(group)
    };
    let group = read().map_err(|_: tls_codec::Error| MlsError::InvalidProposal)?;
    let room = directory.resolve_room(group.as_slice()).ok_or(MlsError::InvalidProposal)?;
    Ok(Some(room))
}
