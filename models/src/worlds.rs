//! As what the room of a scope is created, and which changes of its policy users have in mind.

use crate::scope::ALICE;
use mimic_protocol::directory::identity_claim;
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::policy::examples::{Example, preauthorised};
use mimic_protocol::policy::{BaseChange, Capability, Edit};
use mimic_protocol::room::{NOT_LISTED, component};
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::{Directory, Plans, PolicyChange, RoomId, UserId};

const ROOM: RoomId = RoomId(0);

/// A cooperatively administered room, and in what it differs from that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct World {
    /// Its hub is its policy enforcer (room-policy §4).
    pub is_enforced: bool,
    /// Everybody may join it as an ordinary user (room-policy §8.1.1).
    pub is_open: bool,
    /// Its admins may change the definitions of roles and the preauthorisations.
    pub admins_change_policy: bool,
    /// The changes of policy that users have in mind; a change's id is its place here.
    pub changes: &'static [Change],
}

/// A change of the room's policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// Ordinary users may not add others any more.
    Narrow,
    /// Ordinary users may ban others.
    Define,
    /// The last user may join as an ordinary user, by who it is.
    Preauthorise,
}

impl World {
    /// The room of the type, as it is.
    pub const PLAIN: Self =
        Self { is_enforced: false, is_open: false, admins_change_policy: false, changes: &[] };

    /// What the nodes are told.
    pub fn plans(&self, directory: &Directory) -> Plans {
        let changes = self.changes.iter().map(|change| change.plan(directory)).collect();
        if *self == (Self { changes: self.changes, ..Self::PLAIN }) {
            return Plans { changes, ..Plans::default() };
        }
        let mut room = Example::Cooperative.room(ALICE);
        if self.is_enforced {
            let claim = identity_claim(directory.provider_uri(directory.hub_of(ROOM)));
            room = preauthorised(room, &[claim], Example::Cooperative.enforcer_role());
        }
        // The room has all of these roles.
        self.edits().iter().for_each(|edit| _ = edit.apply(directory, ROOM, &mut room));
        Plans { rooms: [(ROOM, room)].into(), changes, ..Plans::default() }
    }

    /// The same in the form of a scenario file, behind `[room]`, where the hub's domain and the last user are called so.
    pub fn toml(&self, hub: &str, last_user: &str) -> String {
        let mut text = String::new();
        if self.is_enforced || self.admins_change_policy {
            let ids = [component::ROLES_LIST, component::PREAUTH_LIST].map(|id| format!("\"{id:#06x}\""));
            text.push_str(&format!("\n[room.with.base]\npolicy-component-ids = [{}]\n", ids.join(", ")));
        }
        if self.is_open {
            let can = Capability::OpenJoin.name();
            let moves = "moves = { no_role = [\"ordinary_user\"] }";
            text.push_str(&format!("\n[room.with.roles.no_role]\ncan = [\"{can}\"]\n{moves}\n"));
        }
        if self.admins_change_policy {
            let can = [Capability::ChangeRoleDefinitions, Capability::ChangePreauthorizedUserList];
            let [roles, preauth] = can.map(Capability::name);
            text.push_str(&format!("\n[room.with.roles.group_admin]\ncan = [\"{roles}\", \"{preauth}\"]\n"));
        }
        if self.is_enforced {
            let who = format!("role = \"policy_enforcer\"\nprovider = \"{hub}\"");
            text.push_str(&format!("\n[[room.with.preauth]]\n{who}\n"));
        }
        text.extend(self.changes.iter().map(|change| change.toml(last_user)));
        text
    }

    fn edits(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        if self.is_open {
            edits.push(Edit::Grant(NOT_LISTED, Capability::OpenJoin.code()));
            edits.push(Edit::Moves(NOT_LISTED, NOT_LISTED, vec![ORDINARY_USER]));
        }
        if self.admins_change_policy {
            let capabilities = [Capability::ChangeRoleDefinitions, Capability::ChangePreauthorizedUserList];
            edits.extend(capabilities.map(|capability| Edit::Grant(GROUP_ADMIN, capability.code())));
            let component_ids = Some(vec![component::ROLES_LIST, component::PREAUTH_LIST]);
            edits.push(Edit::Base(BaseChange { component_ids, ..BaseChange::default() }));
        }
        edits
    }
}

impl Change {
    /// All of them.
    pub const ALL: &'static [Change] = &[Change::Narrow, Change::Define, Change::Preauthorise];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Change::Narrow => "narrow",
            Change::Define => "define",
            Change::Preauthorise => "preauthorise",
        }
    }

    fn toml(self, last_user: &str) -> String {
        let role = |key: &str, capability: Capability| {
            format!("[change.with.roles.ordinary_user]\n{key} = [\"{}\"]", capability.name())
        };
        let with = match self {
            Change::Narrow => role("cannot", Capability::AddParticipant),
            Change::Define => role("can", Capability::Ban),
            Change::Preauthorise => {
                format!("[[change.with.preauth]]\nrole = \"ordinary_user\"\nuser = \"{last_user}\"")
            }
        };
        format!("\n[[change]]\nname = \"{}\"\n{with}\n", self.name())
    }

    fn plan(self, directory: &Directory) -> PolicyChange {
        let edit = match self {
            Change::Narrow => Edit::Withdraw(ORDINARY_USER, Capability::AddParticipant.code()),
            Change::Define => Edit::Grant(ORDINARY_USER, Capability::Ban.code()),
            Change::Preauthorise => {
                let last = UserId(directory.users().count() as u16 - 1);
                let claimset = vec![identity_claim(directory.user_uri(last))];
                let entry = PreAuthRoleEntry { claimset, target_role: ORDINARY_USER };
                Edit::Preauth(PreAuthData { preauthorized_entries: vec![entry] })
            }
        };
        PolicyChange { edits: vec![edit], with: Vec::new() }
    }
}
