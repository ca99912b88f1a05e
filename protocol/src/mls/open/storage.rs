//! The store as the library sees it: one record for each of its kinds of state.

use super::kv::{Kv, KvError, Slot};
use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};

// Generic parameters stand in the order in which the trait declares them; `K` is always the key and `V` the value.

macro_rules! write {
    ($($name:ident<$a:ident: $of_a:ident, $b:ident: $of_b:ident> at $slot:ident;)*) => {$(
        fn $name<$a: traits::$of_a<1>, $b: traits::$of_b<1>>(&self, key: &K, value: &V) -> Result<(), KvError> {
            self.put(Slot::$slot, key, value)
        }
    )*};
}

macro_rules! read {
    ($($name:ident<$a:ident: $of_a:ident, $b:ident: $of_b:ident> at $slot:ident;)*) => {$(
        fn $name<$a: traits::$of_a<1>, $b: traits::$of_b<1>>(&self, key: &K) -> Result<Option<V>, KvError> {
            self.read(Slot::$slot, key)
        }
    )*};
}

macro_rules! delete {
    ($($name:ident<$of_key:ident> at $slot:ident;)*) => {$(
        fn $name<K: traits::$of_key<1>>(&self, key: &K) -> Result<(), KvError> {
            self.delete(Slot::$slot, key)
        }
    )*};
}

impl StorageProvider<CURRENT_VERSION> for Kv {
    type Error = KvError;

    write! {
        write_mls_join_config<K: GroupId, V: MlsGroupJoinConfig> at JoinConfig;
        write_tree<K: GroupId, V: TreeSync> at Tree;
        write_interim_transcript_hash<K: GroupId, V: InterimTranscriptHash> at InterimTranscriptHash;
        write_context<K: GroupId, V: GroupContext> at Context;
        write_confirmation_tag<K: GroupId, V: ConfirmationTag> at ConfirmationTag;
        write_group_state<V: GroupState, K: GroupId> at GroupState;
        write_message_secrets<K: GroupId, V: MessageSecrets> at MessageSecrets;
        write_resumption_psk_store<K: GroupId, V: ResumptionPskStore> at ResumptionPsks;
        write_own_leaf_index<K: GroupId, V: LeafNodeIndex> at OwnLeafIndex;
        write_group_epoch_secrets<K: GroupId, V: GroupEpochSecrets> at EpochSecrets;
        write_application_export_tree<K: GroupId, V: ApplicationExportTree> at ExportTree;
        write_signature_key_pair<K: SignaturePublicKey, V: SignatureKeyPair> at SignatureKeyPair;
        write_encryption_key_pair<K: EncryptionKey, V: HpkeKeyPair> at EncryptionKeyPair;
        write_key_package<K: HashReference, V: KeyPackage> at KeyPackage;
        write_psk<K: PskId, V: PskBundle> at Psk;
    }

    read! {
        mls_group_join_config<K: GroupId, V: MlsGroupJoinConfig> at JoinConfig;
        tree<K: GroupId, V: TreeSync> at Tree;
        interim_transcript_hash<K: GroupId, V: InterimTranscriptHash> at InterimTranscriptHash;
        group_context<K: GroupId, V: GroupContext> at Context;
        confirmation_tag<K: GroupId, V: ConfirmationTag> at ConfirmationTag;
        group_state<V: GroupState, K: GroupId> at GroupState;
        message_secrets<K: GroupId, V: MessageSecrets> at MessageSecrets;
        resumption_psk_store<K: GroupId, V: ResumptionPskStore> at ResumptionPsks;
        own_leaf_index<K: GroupId, V: LeafNodeIndex> at OwnLeafIndex;
        group_epoch_secrets<K: GroupId, V: GroupEpochSecrets> at EpochSecrets;
        application_export_tree<K: GroupId, V: ApplicationExportTree> at ExportTree;
        signature_key_pair<K: SignaturePublicKey, V: SignatureKeyPair> at SignatureKeyPair;
        encryption_key_pair<V: HpkeKeyPair, K: EncryptionKey> at EncryptionKeyPair;
        key_package<K: HashReference, V: KeyPackage> at KeyPackage;
        psk<V: PskBundle, K: PskId> at Psk;
    }

    delete! {
        delete_group_config<GroupId> at JoinConfig;
        delete_tree<GroupId> at Tree;
        delete_interim_transcript_hash<GroupId> at InterimTranscriptHash;
        delete_context<GroupId> at Context;
        delete_confirmation_tag<GroupId> at ConfirmationTag;
        delete_group_state<GroupId> at GroupState;
        delete_message_secrets<GroupId> at MessageSecrets;
        delete_all_resumption_psk_secrets<GroupId> at ResumptionPsks;
        delete_own_leaf_index<GroupId> at OwnLeafIndex;
        delete_group_epoch_secrets<GroupId> at EpochSecrets;
        delete_signature_key_pair<SignaturePublicKey> at SignatureKeyPair;
        delete_encryption_key_pair<EncryptionKey> at EncryptionKeyPair;
        delete_key_package<HashReference> at KeyPackage;
        delete_psk<PskId> at Psk;
        delete_own_leaf_nodes<GroupId> at OwnLeafNodes;
    }

    fn delete_application_export_tree<K: traits::GroupId<1>, V: traits::ApplicationExportTree<1>>(
        &self,
        group: &K,
    ) -> Result<(), KvError> {
        self.delete(Slot::ExportTree, group)
    }

    fn append_own_leaf_node<K: traits::GroupId<1>, V: traits::LeafNode<1>>(
        &self,
        group: &K,
        leaf: &V,
    ) -> Result<(), KvError> {
        self.append(Slot::OwnLeafNodes, group, leaf)
    }

    fn own_leaf_nodes<K: traits::GroupId<1>, V: traits::LeafNode<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<V>, KvError> {
        self.list(Slot::OwnLeafNodes, group)
    }

    fn queue_proposal<K: traits::GroupId<1>, R: traits::ProposalRef<1>, V: traits::QueuedProposal<1>>(
        &self,
        group: &K,
        reference: &R,
        proposal: &V,
    ) -> Result<(), KvError> {
        self.put(Slot::QueuedProposal, &(group, reference), proposal)?;
        self.append(Slot::ProposalRefs, group, reference)
    }

    fn queued_proposal_refs<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<R>, KvError> {
        self.list(Slot::ProposalRefs, group)
    }

    fn queued_proposals<K: traits::GroupId<1>, R: traits::ProposalRef<1>, V: traits::QueuedProposal<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<(R, V)>, KvError> {
        let with_proposal = |reference: R| {
            let stored = self.read(Slot::QueuedProposal, &(group, &reference))?;
            Ok((reference, stored.ok_or(KvError::MissingProposal)?))
        };
        self.list(Slot::ProposalRefs, group)?.into_iter().map(with_proposal).collect()
    }

    fn remove_proposal<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
        reference: &R,
    ) -> Result<(), KvError> {
        self.delete(Slot::QueuedProposal, &(group, reference))?;
        self.take_out(Slot::ProposalRefs, group, reference)
    }

    fn clear_proposal_queue<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
    ) -> Result<(), KvError> {
        for reference in self.list::<R>(Slot::ProposalRefs, group)? {
            self.delete(Slot::QueuedProposal, &(group, &reference))?;
        }
        self.delete(Slot::ProposalRefs, group)
    }

    fn write_encryption_epoch_key_pairs<
        K: traits::GroupId<1>,
        E: traits::EpochKey<1>,
        V: traits::HpkeKeyPair<1>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
        key_pairs: &[V],
    ) -> Result<(), KvError> {
        self.put(Slot::EpochKeyPairs, &(group, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        K: traits::GroupId<1>,
        E: traits::EpochKey<1>,
        V: traits::HpkeKeyPair<1>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<Vec<V>, KvError> {
        Ok(self.read(Slot::EpochKeyPairs, &(group, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<K: traits::GroupId<1>, E: traits::EpochKey<1>>(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<(), KvError> {
        self.delete(Slot::EpochKeyPairs, &(group, epoch, leaf_index))
    }
}
