//! Who may change the policy of a room, and its metadata (room-policy §3 to §7, §8.2, §8.6, §8.7).

use super::authorise::Judge;
use super::{Capability, Denied};
use crate::room::{NOT_LISTED, component};
use crate::wire::Opaque;
use std::collections::BTreeSet;

/// The MLS proposal type of ReInit (RFC 9420 §17.4).
const REINIT: u16 = 5;

impl Judge<'_> {
    /// POL-07, POL-11, POL-39, POL-43, POL-44.
    pub(super) fn policy_changes(&self) -> Result<(), Denied> {
        if self.change.roles_after.is_some() {
            // room-policy §3, POL-07
            if !self.moves.is_empty() {
                return Err(Denied::RolesWithList);
            }
            self.needs(Capability::ChangeRoleDefinitions)?;
        }
        if self.change.base_after.is_some() {
            // That it covers all of the base policy is a reading (OPEN-14).
            self.needs(Capability::ChangeRoomMembershipStyle)?;
        }
        self.change.updated.iter().try_for_each(|id| self.component(*id))?;
        self.change.other_proposals.iter().try_for_each(|kind| self.other_proposal(*kind))
    }

    fn component(&self, id: u16) -> Result<(), Denied> {
        match id {
            component::PREAUTH_LIST => {
                // room-policy §4, POL-11: only users may be removed beside it.
                if self.moves.values().any(|moved| moved.to != NOT_LISTED) {
                    return Err(Denied::PreauthWithList);
                }
                self.needs(Capability::ChangePreauthorizedUserList)
            }
            component::ROOM_METADATA => self.metadata(),
            // Reserved, but what its name says (OPEN-14).
            component::MLS_OPERATIONAL_POLICY => self.needs(Capability::ChangeMlsOperationalPolicies),
            component::JOIN_LINKS => self.join_links(),
            _ => self.needs_policy_capability(),
        }
    }

    /// OPEN-14: no capability is defined for the other components. Read so: the reserved one whose name says it, or the one
    /// that marks a super admin in every example of Appendix A.
    fn needs_policy_capability(&self) -> Result<(), Denied> {
        match self.needs(Capability::ChangeOtherPolicyAttribute) {
            Err(Denied::Lacks(_)) => self.needs(Capability::ChangeRoomMembershipStyle),
            other => other,
        }
    }

    /// room-policy §8.2, POL-39: each field takes a capability of its own, and the update must leave the others as they are.
    fn metadata(&self) -> Result<(), Denied> {
        let (before, after) = (&self.before.components.metadata, &self.change.components_after.metadata);
        let Some(after) = after else { return self.needs_policy_capability() };
        let empty = || Opaque::new(Vec::new());
        let text = |field: Option<&Opaque>| field.cloned().unwrap_or_else(empty);
        let before = before.as_ref();
        let descriptions = before.map_or(&[][..], |b| &b.room_descriptions);
        if before.is_some_and(|before| before.room_uri != after.room_uri) {
            return Err(Denied::RoomUri);
        }
        let fields = [
            (after.room_name != text(before.map(|b| &b.room_name)), Capability::ChangeRoomName),
            (after.room_descriptions != descriptions, Capability::ChangeRoomDescription),
            (after.room_avatar.0 != text(before.map(|b| &b.room_avatar.0)), Capability::ChangeRoomAvatar),
            (after.room_subject != text(before.map(|b| &b.room_subject)), Capability::ChangeRoomSubject),
            (after.room_mood != text(before.map(|b| &b.room_mood)), Capability::ChangeRoomMood),
        ];
        let changed = fields.iter().filter(|(changed, _)| *changed).map(|(_, capability)| *capability);
        let changed: Vec<Capability> = changed.collect();
        if changed.is_empty() {
            // An update that changes nothing is for those who could change something.
            let any = fields.iter().map(|(_, capability)| self.needs(*capability)).find(Result::is_ok);
            return any.unwrap_or_else(|| self.needs(Capability::ChangeRoomName));
        }
        changed.into_iter().try_for_each(|capability| self.needs(capability))
    }

    /// POL-22: canCreateJoinCode for new links, canDeleteJoinCode for old ones, both reserved; or whoever may change the
    /// policy (OPEN-14).
    fn join_links(&self) -> Result<(), Denied> {
        let links = |standing: &crate::room::Components| -> BTreeSet<Vec<u8>> {
            let links = standing.join_links.iter().flat_map(|links| &links.links);
            links.map(|link| link.as_slice().to_vec()).collect()
        };
        let (before, after) = (links(&self.before.components), links(&self.change.components_after));
        let wants = [
            (!after.is_subset(&before), Capability::CreateJoinCode),
            (!before.is_subset(&after), Capability::DeleteJoinCode),
        ];
        let mut wanted = wants.iter().filter(|(wanted, _)| *wanted).map(|(_, capability)| *capability);
        let changes = wants.iter().any(|(wanted, _)| *wanted);
        match wanted.try_for_each(|capability| self.needs(capability)) {
            Ok(()) if changes => Ok(()),
            _ => self.needs_policy_capability(),
        }
    }

    /// room-policy §8.6, POL-43: of the MLS proposals that no rule above covers, ReInit alone has a capability.
    fn other_proposal(&self, kind: u16) -> Result<(), Denied> {
        match kind {
            REINIT => self.needs(Capability::SendMlsReinitProposal),
            _ => Err(Denied::ProposalType(kind)),
        }
    }
}
