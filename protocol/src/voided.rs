//! What an external commit voids of what is pending (proto §5.5, PROTO-47, RACE-07; OPEN-04).
//!
//! It can carry SelfRemoves and AppDataUpdates, and must (MLS-12, PROTO-58). It cannot carry Removes. Of a server's removal of a
//! user, taken one by one, it would take the list change and leave the devices: members that are no participants (INV-01). So
//! of what one author has proposed it carries the AppDataUpdates only if it can carry all, and else none of them. For a hub's
//! own that is what the draft has in mind when it says that the hub proposes again; for members' it is a reading.

use crate::mls::{
    JoinMaterial, Mls, MlsConfig, MlsError, MlsObserver, ProposalInfo, ProposalRef, Proposed, Received,
    Sender,
};
use crate::readings::{Readings, VoidedLeaves};
use std::collections::BTreeSet;

/// Which of the pending proposals an external commit that is made by the rules leaves out.
pub(crate) fn left_out<'a>(
    pending: impl Iterator<Item = &'a ProposalInfo> + Clone,
    readings: Readings,
) -> BTreeSet<ProposalRef> {
    if readings.joins_carry_all() {
        return BTreeSet::new();
    }
    let removes = |p: &&ProposalInfo| !is_carried(&p.body);
    let halves: BTreeSet<Sender> = pending.clone().filter(removes).map(|p| p.sender).collect();
    let whole_only = |sender: Sender| match sender {
        Sender::External(_) => true,
        Sender::Member(_) | Sender::Joiner(_) => readings.voided_leaves != VoidedLeaves::Never,
    };
    let void = pending.filter(|p| match p.body {
        Proposed::SelfRemove => false,
        Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. } => {
            halves.contains(&p.sender) && whole_only(p.sender)
        }
        _ => true,
    });
    void.filter_map(|p| p.reference).collect()
}

fn is_carried(body: &Proposed) -> bool {
    matches!(body, Proposed::SelfRemove | Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. })
}

/// What a joiner makes its external commit from: the hub's answer without the proposals that it leaves out.
pub(crate) fn to_join_by<M: Mls>(
    config: &MlsConfig,
    material: &JoinMaterial,
) -> Result<JoinMaterial, MlsError> {
    let Some(first) = material.proposals.first() else { return Ok(material.clone()) };
    let room = M::envelope(config, first)?.room;
    let group = M::Observer::open(config, room, &material.group_info, &material.tree)?;
    let mut pending = Vec::new();
    for message in &material.proposals {
        match group.inspect(message)? {
            Received::Proposal(info) => pending.push((message, info)),
            _ => return Err(MlsError::Malformed),
        }
    }
    let out = left_out(pending.iter().map(|(_, info)| info), config.readings);
    pending.retain(|(_, info)| info.reference.is_none_or(|reference| !out.contains(&reference)));
    let proposals = pending.into_iter().map(|(message, _)| message.clone()).collect();
    Ok(JoinMaterial { proposals, ..material.clone() })
}
