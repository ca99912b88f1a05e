//! How the library's objects look from the seam: ids for leaves and credentials, the drafts' proposals.

use super::codec;
use super::list::{self, Change};
use super::proposing::re_init_room;
use super::provider::SimCrypto;
use super::settings;
use crate::directory::{Directory, Named};
use crate::identity;
use crate::ids::{ClientId, ProviderId};
use crate::mls::{
    CommitInfo, Dictionary, Leaves, Lifetime, MlsConfig, MlsError, ProposalInfo, ProposalRef, Proposed,
    Sender,
};
use crate::wire::Wire;
use crate::wire::pseudonym::{PSEUDONYMOUS, PseudonymousCredential};
use openmls::prelude::Sender as OpenSender;
use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    AppDataUpdateOperation, AppDataUpdateProposal, BasicCredential, Credential, CredentialType, Extensions,
    ExternalSender, GroupContext, LeafNode, LeafNodeIndex, Member, Proposal, ProposalOrRefType, ProposalType,
    QueuedProposal, SenderExtensionIndex, SignaturePublicKey, StagedCommit,
};

/// One epoch of one group.
pub(super) struct View<'a, C> {
    pub(super) config: &'a MlsConfig,
    pub(super) crypto: &'a C,
    pub(super) context: &'a GroupContext,
    pub(super) leaves: &'a Leaves,
}

impl<C: SimCrypto> View<'_, C> {
    /// The client at a leaf.
    pub(super) fn client_at(&self, leaf: LeafNodeIndex) -> Result<ClientId, MlsError> {
        self.leaves.get(&leaf.u32()).copied().ok_or(MlsError::InvalidProposal)
    }

    /// The leaf of a client.
    pub(super) fn leaf_of(&self, client: ClientId) -> Option<LeafNodeIndex> {
        let leaf = self.leaves.iter().find(|(_, at)| **at == client);
        leaf.map(|(leaf, _)| LeafNodeIndex::new(*leaf))
    }

    /// A sender; `joiner` is the credential in the message, of which an external commit has one.
    pub(super) fn sender(&self, sender: &OpenSender, joiner: &Credential) -> Result<Sender, MlsError> {
        match sender {
            OpenSender::Member(leaf) => Ok(Sender::Member(self.client_at(*leaf)?)),
            OpenSender::NewMemberCommit => client(self.config, joiner, None).map(Sender::Joiner),
            OpenSender::External(index) => self.external_sender(*index).map(Sender::External),
            OpenSender::NewMemberProposal => Err(MlsError::Malformed),
        }
    }

    fn external_sender(&self, index: SenderExtensionIndex) -> Result<ProviderId, MlsError> {
        let index = codec::encode(&index)?;
        let index = u32::from_be_bytes(index[..].try_into().map_err(|_| MlsError::Limit)?);
        let senders = self.context.extensions().external_senders();
        let sender = senders.and_then(|senders| senders.get(index as usize));
        provider(&self.config.directory, sender.ok_or(MlsError::NotAuthentic)?)
    }

    /// A proposal of `sender`, by reference or by value.
    pub(super) fn proposal(&self, queued: &QueuedProposal, sender: Sender) -> Result<ProposalInfo, MlsError> {
        let reference = match queued.proposal_or_ref_type() {
            ProposalOrRefType::Reference => Some(codec::proposal_ref(queued)?),
            ProposalOrRefType::Proposal => None,
        };
        Ok(ProposalInfo { reference, sender, body: self.body(queued.proposal(), sender)? })
    }

    /// A kept proposal, with its reference.
    pub(super) fn kept(&self, queued: &QueuedProposal) -> Result<(ProposalRef, ProposalInfo), MlsError> {
        let sender = self.referenced_sender(queued.sender())?;
        Ok((codec::proposal_ref(queued)?, self.proposal(queued, sender)?))
    }

    fn body(&self, proposal: &Proposal, sender: Sender) -> Result<Proposed, MlsError> {
        Ok(match proposal {
            Proposal::Add(add) => {
                let key_package = add.key_package();
                let client = client_of_leaf(self.config, key_package.leaf_node())?;
                Proposed::Add(client, codec::key_package_ref(self.crypto, key_package)?)
            }
            Proposal::Update(update) => {
                let client = client_of_leaf(self.config, update.leaf_node())?;
                if sender != Sender::Member(client) {
                    return Err(MlsError::UnknownCredential);
                }
                Proposed::Update
            }
            Proposal::Remove(remove) => Proposed::Remove(self.client_at(remove.removed())?),
            Proposal::SelfRemove => Proposed::SelfRemove,
            Proposal::AppDataUpdate(update) => match change(update) {
                (component, Some(update)) => Proposed::AppDataUpdate { component, update: update.into() },
                (component, None) => Proposed::AppDataRemove { component },
            },
            Proposal::GroupContextExtensions(proposal) => self.extensions(proposal.extensions())?,
            Proposal::Custom(custom) => match re_init_room(&self.config.directory, custom)? {
                Some(room) => Proposed::ReInit(room),
                None => Proposed::Other(custom.proposal_type()),
            },
            _ => Proposed::Other(proposal.proposal_type().into()),
        })
    }

    /// GroupContextExtensions that change external_senders alone are known as such.
    fn extensions(&self, proposed: &Extensions<GroupContext>) -> Result<Proposed, MlsError> {
        let senders = proposed.external_senders().cloned().unwrap_or_default();
        let providers = senders.iter().map(|sender| provider(&self.config.directory, sender));
        let providers = providers.collect::<Result<_, _>>()?;
        if settings::with_senders(self.context.extensions(), senders)? == *proposed {
            return Ok(Proposed::ExternalSenders(providers));
        }
        Ok(Proposed::Other(ProposalType::GroupContextExtensions.into()))
    }

    /// A staged commit of `sender`: its proposals are valid as a list, and whoever it puts into a leaf is known.
    ///
    /// ExternalInit is left out: it says no more than that the sender is a joiner.
    pub(super) fn commit(&self, sender: Sender, staged: &StagedCommit) -> Result<CommitInfo, MlsError> {
        let listed = staged.queued_proposals();
        let listed = listed.filter(|queued| !matches!(queued.proposal(), Proposal::ExternalInit(_)));
        let proposals = listed.map(|queued| {
            let from = match queued.proposal_or_ref_type() {
                ProposalOrRefType::Proposal => sender,
                ProposalOrRefType::Reference => self.referenced_sender(queued.sender())?,
            };
            self.proposal(queued, from)
        });
        let proposals = proposals.collect::<Result<Vec<_>, _>>()?;
        let leaves = list::leaves_after(self.leaves, sender, &proposals)?;
        let (Sender::Member(committer) | Sender::Joiner(committer)) = sender else {
            return Err(MlsError::InvalidProposalList);
        };
        if let Some(leaf) = staged.update_path_leaf_node()
            && client_of_leaf(self.config, leaf)? != committer
        {
            return Err(MlsError::UnknownCredential);
        }
        let adds =
            staged.add_proposals().map(|queued| settings::lifetime_of(queued.add_proposal().key_package()));
        let lifetime = adds.fold(Lifetime::ALWAYS, Lifetime::and);
        let (epoch, dictionary) = (self.context.epoch().as_u64(), dictionary(staged.group_context()));
        Ok(CommitInfo { sender, epoch, proposals, leaves, dictionary, lifetime })
    }

    /// The sender of a kept proposal: no joiner can have made it.
    fn referenced_sender(&self, sender: &OpenSender) -> Result<Sender, MlsError> {
        self.sender(sender, &Credential::new(CredentialType::Basic, Vec::new()))
    }
}

/// The dictionary in a GroupContext.
pub(super) fn dictionary(context: &GroupContext) -> Dictionary {
    let entries = context.extensions().app_data_dictionary();
    let entries = entries.into_iter().flat_map(|extension| extension.dictionary().entries());
    entries.map(|entry| (entry.id(), entry.data().into())).collect()
}

/// An AppDataUpdate as the application's logic takes it.
pub(super) fn change(proposal: &AppDataUpdateProposal) -> Change<'_> {
    match proposal.operation() {
        AppDataUpdateOperation::Update(octets) => (proposal.component_id(), Some(octets.as_slice())),
        AppDataUpdateOperation::Remove => (proposal.component_id(), None),
    }
}

/// The external senders of a GroupContext, all of which are known.
pub(super) fn external_senders(directory: &Directory, context: &GroupContext) -> Vec<ProviderId> {
    let senders = context.extensions().external_senders().into_iter().flatten();
    senders.filter_map(|sender| provider(directory, sender).ok()).collect()
}

/// The provider that an external sender's credential names.
fn provider(directory: &Directory, sender: &ExternalSender) -> Result<ProviderId, MlsError> {
    match directory.resolve(&name(&external_credential(sender)?)?) {
        Some(Named::Provider(provider)) => Ok(provider),
        _ => Err(MlsError::UnknownCredential),
    }
}

/// The clients at the leaves of a tree: each is known, and has one leaf.
pub(super) fn leaves(config: &MlsConfig, members: impl Iterator<Item = Member>) -> Result<Leaves, MlsError> {
    let leaves = members.map(|member| {
        let client = client(config, &member.credential, Some(&member.signature_key))?;
        Ok((member.index.u32(), client))
    });
    let leaves = leaves.collect::<Result<Leaves, MlsError>>()?;
    let clients: std::collections::BTreeSet<_> = leaves.values().collect();
    if clients.len() == leaves.len() { Ok(leaves) } else { Err(MlsError::GroupInfoMismatch) }
}

/// The client that a leaf node's credential names.
pub(super) fn client_of_leaf(config: &MlsConfig, leaf: &LeafNode) -> Result<ClientId, MlsError> {
    client(config, leaf.credential(), Some(leaf.signature_key().as_slice()))
}

/// Whoever has a pseudonym for a room goes by no name, and nobody else by a pseudonym of that kind (proto §6.1, PROTO-75).
/// `key` is that of the leaf, where it is known.
fn client(config: &MlsConfig, credential: &Credential, key: Option<&[u8]>) -> Result<ClientId, MlsError> {
    if let Some(pseudonym) = pseudonym(credential) {
        let own = pseudonym.tbs.signature_public_key.clone();
        return identity::client_of(config, &pseudonym, key.unwrap_or(own.as_slice()));
    }
    let directory = &config.directory;
    let client = directory.resolve_client(&name(credential)?).ok_or(MlsError::UnknownCredential)?;
    match directory.hidden_in(directory.user_of(client)) {
        None => Ok(client),
        Some(_) => Err(MlsError::UnknownCredential),
    }
}

/// The credential, if it is a pseudonymous one.
pub(super) fn pseudonym(credential: &Credential) -> Option<PseudonymousCredential> {
    let is_one = credential.credential_type() == CredentialType::Other(PSEUDONYMOUS);
    PseudonymousCredential::decode(credential.serialized_content()).ok().filter(|_| is_one)
}

fn name(credential: &Credential) -> Result<Vec<u8>, MlsError> {
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| MlsError::UnknownCredential)?;
    Ok(basic.identity().to_vec())
}

/// The credential of an external sender, which the library's type does not tell: it comes after the signature key.
fn external_credential(sender: &ExternalSender) -> Result<Credential, MlsError> {
    let octets = codec::encode(sender)?;
    let rest = &mut &*octets;
    let mut read = || {
        SignaturePublicKey::tls_deserialize(rest)?;
        Credential::tls_deserialize(rest)
    };
    read().map_err(codec::decode_failed)
}
