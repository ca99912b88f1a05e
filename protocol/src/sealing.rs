//! What a hub tells of a group: signed, and for whoever has asked alone (proto §5.6, PROTO-56).

use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{NodeId, ProviderId, RoomId};
use crate::mls::{Entropy, JoinMaterial, Mls, MlsError, Octets};
use crate::mutant::Mutant;
use crate::node::GroupInfoAnswer;
use crate::readings::TreeOption;
use crate::signing::{SUITE, credential, labelled};
use crate::trees::Place;
use crate::wire::group_info::{GroupInfoAnswer as Sealed, GroupInfoResponse, GroupInfoTree, PendingProposal};
use crate::wire::mls::{ExternalSender, HpkeCiphertext};
use crate::wire::ratchet_tree::RatchetTreeOption;
use crate::wire::{GroupInfoBytes, MlsBytes, Opaque, Wire, WireError};

/// What the hub has told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// All of one epoch (INV-32).
    Group {
        /// GroupInfo, tree and pending proposals.
        material: JoinMaterial,
        /// With hub-log, what the logs have led to.
        state: Option<Octets>,
        /// Where the tree is, if it did not come along: it is empty then.
        elsewhere: Option<Place>,
    },
    /// Whoever asks may not join.
    NotAuthorized,
    /// There is no such room.
    NoSuchRoom,
}

/// The group as the hub knows it, sealed for the key that came with the request; none where that is no key.
pub(crate) fn seal<M: Mls>(
    config: &NodeConfig,
    room: RoomId,
    key: &[u8],
    (material, accepted_ms, option): (&JoinMaterial, &[u64], RatchetTreeOption),
    entropy: Entropy,
) -> Result<(Sealed, Octets), MlsError> {
    let plain = tree(material, accepted_ms, option).map_err(|_| MlsError::Malformed)?.encode();
    let hub = config.directory().hub_of(room);
    let answer = Sealed {
        cipher_suite: SUITE,
        hub_sender: hub_sender::<M>(config, hub),
        encrypted_groupinfo_and_tree: M::seal(key, &info(config, room), &plain, entropy)?,
    };
    let signature = M::sign_as(&config.mls, hub, &to_be_signed(config, room, &answer))?;
    Ok((answer, signature))
}

/// Opens it, if it is the hub's.
pub(crate) fn open<M: Mls>(
    config: &NodeConfig,
    room: RoomId,
    answer: GroupInfoAnswer,
    unseal: impl FnOnce(&[u8], &HpkeCiphertext) -> Result<Vec<u8>, MlsError>,
) -> Result<Told, MlsError> {
    let (answer, signature, state) = match answer {
        GroupInfoAnswer::Success { answer, signature, state } => (answer, signature, state),
        GroupInfoAnswer::NotAuthorized => return Ok(Told::NotAuthorized),
        GroupInfoAnswer::NoSuchRoom => return Ok(Told::NoSuchRoom),
    };
    let hub = hub_sender::<M>(config, config.directory().hub_of(room));
    let octets = to_be_signed(config, room, &answer);
    let verified = M::verify(hub.signature_key.as_slice(), &octets, &signature);
    let is_of_hub = answer.hub_sender == hub && verified.is_ok();
    if !is_of_hub && !config.planted.is(Mutant::TakesAnyGroupInfo) {
        return Err(MlsError::NotAuthentic);
    }
    let plain = unseal(&info(config, room), &answer.encrypted_groupinfo_and_tree)?;
    let tree = GroupInfoTree::decode(&plain).map_err(|_| MlsError::Malformed)?;
    let (material, elsewhere) = material(config.directory(), room, tree)?;
    Ok(Told::Group { material, state, elsewhere })
}

impl Told {
    /// The answer to who asks for the room's group `wanted`: a request names the room alone, and what comes may be of another
    /// group, which has taken its place or not made room for it yet (ARCH-04).
    pub(crate) fn of_group<M: Mls>(self, config: &NodeConfig, wanted: RoomId) -> Self {
        let Self::Group { material, .. } = &self else { return self };
        let is_one_of_many = config.directory().groups_of(wanted).nth(1).is_some();
        let is_another =
            || M::group_info_room(&config.mls, &material.group_info).is_ok_and(|room| room != wanted);
        if is_one_of_many && is_another() { Self::NoSuchRoom } else { self }
    }
}

/// How whoever asks is told of the tree (ratchet-tree-options §3).
pub(crate) fn tree_option<M: Mls>(
    config: &NodeConfig,
    (room, requester): (RoomId, NodeId),
    tree: &Octets,
) -> Result<RatchetTreeOption, MlsError> {
    Ok(match (config.readings().tree_option, requester) {
        (TreeOption::Https, NodeId::Client(_)) => Place::of::<M>(config, room, tree)?.option(),
        (TreeOption::Full, _) | (TreeOption::Https, NodeId::Provider(_)) => {
            RatchetTreeOption::Full(tree.to_vec().into())
        }
    })
}

fn tree(
    material: &JoinMaterial,
    accepted_ms: &[u64],
    ratchet_tree: RatchetTreeOption,
) -> Result<GroupInfoTree, WireError> {
    let pending = material.proposals.iter().zip(accepted_ms).map(|(proposal, at)| {
        Ok::<_, WireError>(PendingProposal {
            proposal: MlsBytes::try_from(&**proposal)?,
            hub_accepted_time_ms: *at,
        })
    });
    Ok(GroupInfoTree {
        group_info: GroupInfoBytes::try_from(&*material.group_info)?,
        ratchet_tree,
        pending_proposals: pending.collect::<Result<_, _>>()?,
    })
}

fn material(
    directory: &Directory,
    room: RoomId,
    tree: GroupInfoTree,
) -> Result<(JoinMaterial, Option<Place>), MlsError> {
    let (nodes, elsewhere) = match &tree.ratchet_tree {
        RatchetTreeOption::Full(nodes) => (nodes.as_slice().into(), None),
        RatchetTreeOption::HttpsUri { url, tree_signature } => {
            let place = Place::read(directory, room, url.as_slice(), tree_signature.as_slice());
            (Octets::default(), Some(place.ok_or(MlsError::Malformed)?))
        }
        RatchetTreeOption::OutOfBand { .. } | RatchetTreeOption::DistributionService => {
            return Err(MlsError::Limit);
        }
    };
    let proposals = tree.pending_proposals.iter().map(|pending| pending.proposal.as_slice().into());
    let group_info = tree.group_info.as_slice().into();
    Ok((JoinMaterial { group_info, tree: nodes, proposals: proposals.collect() }, elsewhere))
}

/// The hub as it stands in external_senders.
fn hub_sender<M: Mls>(config: &NodeConfig, hub: ProviderId) -> ExternalSender {
    ExternalSender {
        signature_key: M::server_key(&config.mls, hub).to_vec().into(),
        credential: credential(config.directory().provider_uri(hub)),
    }
}

fn to_be_signed(config: &NodeConfig, room: RoomId, answer: &Sealed) -> Vec<u8> {
    labelled(GroupInfoResponse::LABEL, &GroupInfoResponse::tbs(&room_id(config, room), answer))
}

/// EncryptWithLabel: its context is the room's URI (AMB-24).
fn info(config: &NodeConfig, room: RoomId) -> Vec<u8> {
    labelled(GroupInfoTree::LABEL, room_id(config, room).as_slice())
}

fn room_id(config: &NodeConfig, room: RoomId) -> Opaque {
    config.directory().room_uri(room).as_str().as_bytes().into()
}
