//! The hub's half of a noted engine.

use super::{Call, Observer, note};
use mimic_protocol::mls::{
    Dictionary, Leaves, Mls, MlsConfig, MlsError, MlsGroup, MlsObserver, Octets, ProposalInfo, Propose,
    Received, Sender, Writes,
};
use mimic_protocol::wire::pseudonym::PseudonymousCredential;
use mimic_protocol::wire::ratchet_tree::PartialGroupInfo;
use mimic_protocol::{ClientId, ProviderId, RoomId};
use std::collections::BTreeMap;

/// A hub's group, with each call noted.
#[derive(Debug)]
pub struct TapedObserver<M: Mls> {
    room: RoomId,
    inner: M::Observer,
}

impl<M: Mls> TapedObserver<M> {
    fn note(&self, call: Observer) {
        note(Call::Observer(self.room, call));
    }
}

impl<M: Mls> MlsGroup for TapedObserver<M> {
    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }

    fn leaves(&self) -> Leaves {
        self.inner.leaves()
    }

    fn dictionary(&self) -> Dictionary {
        self.inner.dictionary()
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        self.inner.external_senders()
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.inner.pending()
    }

    fn context_digest(&self) -> [u8; 32] {
        self.inner.context_digest()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        self.inner.signature_key(of)
    }

    fn pseudonym(&self, config: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        self.inner.pseudonym(config, of)
    }
}

impl<M: Mls> MlsObserver for TapedObserver<M> {
    type Staged = <M::Observer as MlsObserver>::Staged;

    fn open(config: &MlsConfig, room: RoomId, group_info: &Octets, tree: &Octets) -> Result<Self, MlsError> {
        note(Call::Open(room, group_info.clone(), tree.clone()));
        Ok(Self { room, inner: M::Observer::open(config, room, group_info, tree)? })
    }

    fn recover(
        config: &MlsConfig,
        room: RoomId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        note(Call::RecoverObserver(room, cells.clone()));
        Ok(Self { room, inner: M::Observer::recover(config, room, cells)? })
    }

    fn take_writes(&mut self) -> Writes {
        self.note(Observer::TakeWrites);
        self.inner.take_writes()
    }

    fn inspect(&self, message: &Octets) -> Result<Received<Self::Staged>, MlsError> {
        self.note(Observer::Inspect(message.clone()));
        self.inner.inspect(message)
    }

    fn propose(&self, by: ProviderId, proposal: &Propose) -> Result<Octets, MlsError> {
        self.note(Observer::Propose(by, proposal.clone()));
        self.inner.propose(by, proposal)
    }

    fn keep(&mut self, message: &Octets) -> Result<(), MlsError> {
        self.note(Observer::Keep(message.clone()));
        self.inner.keep(message)
    }

    fn merge(&mut self, staged: Self::Staged, group_info: &Octets) -> Result<(), MlsError> {
        self.note(Observer::Merge(group_info.clone()));
        self.inner.merge(staged, group_info)
    }

    fn merge_partial(
        &mut self,
        staged: Self::Staged,
        partial: &PartialGroupInfo,
    ) -> Result<Octets, MlsError> {
        self.note(Observer::MergePartial(partial.clone()));
        self.inner.merge_partial(staged, partial)
    }

    fn tree(&self) -> Octets {
        self.note(Observer::Tree);
        self.inner.tree()
    }
}
