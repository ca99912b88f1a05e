//! What the rooms are like in which INV-05 is tried, and the capabilities by their code points.

use super::super::world::*;
use mimic_protocol::UserId;
use mimic_protocol::directory::identity_claim;
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::room::{Components, Role, Standing};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::join_links::JoinLinksData;
use mimic_protocol::wire::operational_parameters::OperationalParameters;
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::wire::room_metadata::RoomMetaData;
use mimic_protocol::wire::{IdentifierUri, Opaque};

pub const ADD_PARTICIPANT: u16 = 0x0000;
pub const REMOVE_PARTICIPANT: u16 = 0x0001;
pub const ADD_OWN_CLIENT: u16 = 0x0002;
pub const REMOVE_OWN_CLIENT: u16 = 0x0003;
pub const OPEN_JOIN: u16 = 0x0004;
pub const REMOVE_SELF: u16 = 0x0006;
pub const BAN: u16 = 0x000a;
pub const UNBAN: u16 = 0x000b;
pub const KICK: u16 = 0x000c;
pub const CHANGE_USER_ROLE: u16 = 0x000f;
pub const SEND_MESSAGE: u16 = 0x0100;
pub const CHANGE_ROOM_MEMBERSHIP_STYLE: u16 = 0x0502;
pub const CHANGE_ROLE_DEFINITIONS: u16 = 0x0503;
pub const CHANGE_PREAUTHORIZED_USER_LIST: u16 = 0x0504;
pub const CHANGE_OTHER_POLICY_ATTRIBUTE: u16 = 0x0505;
pub const CHANGE_MLS_OPERATIONAL_POLICIES: u16 = 0x0600;
pub const JOIN_IF_PREAUTHORIZED: u16 = 0x0005;
pub const CREATE_JOIN_CODE: u16 = 0x0007;
pub const DELETE_JOIN_CODE: u16 = 0x0008;
pub const CHANGE_OWN_ROLE: u16 = 0x0010;
pub const CHANGE_ROOM_NAME: u16 = 0x0300;
pub const CHANGE_ROOM_MOOD: u16 = 0x0304;
pub const SEND_MLS_REINIT_PROPOSAL: u16 = 0x0601;

/// Whoever is a user of the list has its role, and the first one counts.
pub fn preauthorise(w: &mut World, users: &[(UserId, u32)]) {
    let directory = &w.directory;
    let entry = |(user, target_role): &(UserId, u32)| PreAuthRoleEntry {
        claimset: vec![identity_claim(directory.user_uri(*user))],
        target_role: *target_role,
    };
    let list = PreAuthData { preauthorized_entries: users.iter().map(entry).collect() };
    base(w, |standing| components(standing).preauth = Some(list.clone()));
}

/// The hub's server is preauthorised for role 21.
pub fn enforced(w: &mut World) {
    let claimset = vec![identity_claim(w.directory.provider_uri(HUB))];
    let list = PreAuthData { preauthorized_entries: vec![PreAuthRoleEntry { claimset, target_role: 21 }] };
    base(w, |standing| components(standing).preauth = Some(list.clone()));
}

pub fn components(standing: &mut Standing) -> &mut Components {
    std::sync::Arc::make_mut(&mut standing.components)
}

pub fn metadata(name: &str, mood: &str) -> RoomMetaData {
    let text = |text: &str| Opaque::from(text.as_bytes());
    RoomMetaData {
        room_uri: IdentifierUri(text("mimi://a.example/r/clubhouse")),
        room_name: text(name),
        room_descriptions: Vec::new(),
        room_avatar: IdentifierUri(text("")),
        room_subject: text(""),
        room_mood: text(mood),
    }
}

pub fn links(links: &[&str]) -> JoinLinksData {
    JoinLinksData { links: links.iter().map(|link| link.as_bytes().into()).collect() }
}

/// Gives a role these capabilities and transitions.
pub fn grant(world: &mut World, index: u32, capabilities: &[u16], transitions: &[(u32, u32)]) {
    change_role(world, index, |role| {
        role.capabilities = capabilities.to_vec();
        role.transitions = transitions.iter().map(|(from, to)| (*from, vec![*to])).collect();
    });
}

/// Gives every role but role 1 whatever there is.
pub fn grant_all(world: &mut World) {
    base(world, |standing| {
        for role in standing.roles.iter_mut().filter(|role| role.role_index != 1) {
            let all = (0x0000..=0x0011)
                .chain([SEND_MESSAGE])
                .chain(0x0300..=0x0304)
                .chain(0x0500..=0x0505)
                .chain([SEND_MLS_REINIT_PROPOSAL]);
            // canOpenJoin must not be in other roles than 0.
            role.capabilities = all.filter(|c| *c != OPEN_JOIN || role.role_index == 0).collect();
            role.transitions = [0, 1, 10, 20, 21].map(|from| (from, vec![0, 1, 10, 20, 21, 99])).to_vec();
        }
    });
}

/// The proposal to update a component; what it says is shown by the state after it.
pub fn update(component: u16) -> Proposed {
    Proposed::AppDataUpdate { component, update: [0].as_slice().into() }
}

/// Alice commits an update of a policy component that does this.
pub fn redefine(world: &mut World, component: u16, change: impl Fn(&mut Standing)) {
    let mut after = (*world.hub.effective).clone();
    change(&mut after);
    let proposals = world.proposals(Sender::Member(A1), &[], &[update(component)]);
    world.commit_to(Sender::Member(A1), proposals, after);
}

pub fn change_role(world: &mut World, index: u32, change: impl Fn(&mut Role)) {
    base(world, |standing| {
        standing.roles.iter_mut().filter(|role| role.role_index == index).for_each(&change);
    });
}

/// Operational parameters that say only which outsiders may act.
pub fn outsiders(proposals: bool, commits: bool) -> OperationalParameters {
    OperationalParameters {
        external_proposal_allowed: proposals.into(),
        external_commit_allowed: commits.into(),
        ..OperationalParameters::usual()
    }
}

/// The room is a child of the other room at the hub, which has these participants.
pub fn child(world: &mut World, parents: &[(UserId, u32)]) {
    world.others.insert(OTHER_ROOM, standing(parents));
    base(world, |standing| standing.base.parent_room = Some(MimiUri::room("a.example", "other")));
}

/// The other room at the hub has these participants for good.
pub fn fixed(world: &mut World, users: &[(UserId, u32)]) {
    let mut standing = standing(users);
    standing.base.fixed_membership = true;
    world.others.insert(OTHER_ROOM, standing);
}

/// Changes the policy under the room, as if it had always been so.
pub fn base(world: &mut World, change: impl Fn(&mut Standing)) {
    for state in [&mut world.hub.committed, &mut world.hub.effective] {
        change(std::sync::Arc::make_mut(state));
    }
    world.at_hub(mimic_record::Event::Start, Vec::new());
}
