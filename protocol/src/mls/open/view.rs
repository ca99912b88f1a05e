//! How the library's objects look from the seam: ids for leaves and credentials, the drafts' proposals.

use super::codec;
use super::list::{self, Change};
use super::provider::SimCrypto;
use crate::directory::{Directory, Named};
use crate::ids::{ClientId, ProviderId};
use crate::mls::{
    CommitInfo, Dictionary, Leaves, MlsConfig, MlsError, ProposalInfo, ProposalRef, Proposed, Sender,
};
use openmls::prelude::Sender as OpenSender;
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    AppDataUpdateOperation, BasicCredential, Credential, ExternalSender, GroupContext, LeafNode,
    LeafNodeIndex, Member, Proposal, ProposalOrRefType, QueuedProposal, SignaturePublicKey, StagedCommit,
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
        self.leaves.get(&leaf.u32()).copied().ok_or(MlsError::InvalidProposalList)
    }

    /// A sender; `joiner` is the credential in the message, of which an external commit has one.
    pub(super) fn sender(&self, sender: &OpenSender, joiner: &Credential) -> Result<Sender, MlsError> {
        match sender {
            OpenSender::Member(leaf) => Ok(Sender::Member(self.client_at(*leaf)?)),
            OpenSender::NewMemberCommit => client(&self.config.directory, joiner).map(Sender::Joiner),
            OpenSender::External(index) => {
                self.external_sender(index.tls_serialize_detached()).map(Sender::External)
            }
            OpenSender::NewMemberProposal => Err(MlsError::Malformed),
        }
    }

    fn external_sender(
        &self,
        index: Result<Vec<u8>, openmls::prelude::tls_codec::Error>,
    ) -> Result<ProviderId, MlsError> {
        let index = index.ok().and_then(|octets| Some(u32::from_be_bytes(octets.try_into().ok()?)));
        let senders = self.context.extensions().external_senders();
        let sender = senders.zip(index).and_then(|(senders, index)| senders.get(index as usize));
        let credential = external_credential(sender.ok_or(MlsError::NotAuthentic)?)?;
        match self.config.directory.resolve(&identity(&credential)?) {
            Some(Named::Provider(provider)) => Ok(provider),
            _ => Err(MlsError::UnknownCredential),
        }
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
                let client = client_of_leaf(&self.config.directory, key_package.leaf_node())?;
                Proposed::Add(client, codec::key_package_ref(self.crypto, key_package)?)
            }
            Proposal::Update(update) => {
                let client = client_of_leaf(&self.config.directory, update.leaf_node())?;
                if sender != Sender::Member(client) {
                    return Err(MlsError::UnknownCredential);
                }
                Proposed::Update
            }
            Proposal::Remove(remove) => Proposed::Remove(self.client_at(remove.removed())?),
            Proposal::SelfRemove => Proposed::SelfRemove,
            Proposal::AppDataUpdate(update) => match update.operation() {
                AppDataUpdateOperation::Update(octets) => Proposed::AppDataUpdate {
                    component: update.component_id(),
                    update: octets.as_slice().into(),
                },
                AppDataUpdateOperation::Remove => Proposed::Other(proposal.proposal_type().into()),
            },
            _ => Proposed::Other(proposal.proposal_type().into()),
        })
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
            && client_of_leaf(&self.config.directory, leaf)? != committer
        {
            return Err(MlsError::UnknownCredential);
        }
        let epoch = self.context.epoch().as_u64();
        Ok(CommitInfo { sender, epoch, proposals, leaves, dictionary: dictionary(staged.group_context()) })
    }

    /// The sender of a kept proposal: no joiner can have made it.
    fn referenced_sender(&self, sender: &OpenSender) -> Result<Sender, MlsError> {
        self.sender(sender, &Credential::new(openmls::prelude::CredentialType::Basic, Vec::new()))
    }
}

/// The dictionary in a GroupContext.
pub(super) fn dictionary(context: &GroupContext) -> Dictionary {
    let entries = context.extensions().app_data_dictionary();
    let entries = entries.into_iter().flat_map(|extension| extension.dictionary().entries());
    entries.map(|entry| (entry.id(), entry.data().into())).collect()
}

/// An AppDataUpdate as the application's logic takes it.
pub(super) fn change(proposal: &openmls::prelude::AppDataUpdateProposal) -> Change<'_> {
    match proposal.operation() {
        AppDataUpdateOperation::Update(octets) => (proposal.component_id(), Some(octets.as_slice())),
        AppDataUpdateOperation::Remove => (proposal.component_id(), None),
    }
}

/// The clients at the leaves of a tree: each is known, and has one leaf.
pub(super) fn leaves(
    directory: &Directory,
    members: impl Iterator<Item = Member>,
) -> Result<Leaves, MlsError> {
    let leaves = members.map(|member| Ok((member.index.u32(), client(directory, &member.credential)?)));
    let leaves = leaves.collect::<Result<Leaves, MlsError>>()?;
    let clients: std::collections::BTreeSet<_> = leaves.values().collect();
    if clients.len() == leaves.len() { Ok(leaves) } else { Err(MlsError::GroupInfoMismatch) }
}

/// The client that a leaf node's credential names.
pub(super) fn client_of_leaf(directory: &Directory, leaf: &LeafNode) -> Result<ClientId, MlsError> {
    client(directory, leaf.credential())
}

fn client(directory: &Directory, credential: &Credential) -> Result<ClientId, MlsError> {
    directory.resolve_client(&identity(credential)?).ok_or(MlsError::UnknownCredential)
}

fn identity(credential: &Credential) -> Result<Vec<u8>, MlsError> {
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| MlsError::UnknownCredential)?;
    Ok(basic.identity().to_vec())
}

/// The credential of an external sender, which the library's type does not tell: it comes after the signature key.
fn external_credential(sender: &ExternalSender) -> Result<Credential, MlsError> {
    let octets = sender.tls_serialize_detached().map_err(|_| MlsError::Limit)?;
    let rest = &mut &*octets;
    let mut read = || {
        SignaturePublicKey::tls_deserialize(rest)?;
        Credential::tls_deserialize(rest)
    };
    read().map_err(|_| MlsError::Limit)
}
