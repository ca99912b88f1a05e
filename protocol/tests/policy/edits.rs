//! What somebody wants to be different in a room, and the proposals that make it so.

use mimic_protocol::mls::{Propose, Proposed};
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::policy::examples::cooperative_room;
use mimic_protocol::policy::{
    BaseChange, Bounds, Capability, Edit, OperationalChange, Text, updates_between,
};
use mimic_protocol::room::{Role, Standing, component, standing_after};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::join_links::JoinLinksUpdate;
use mimic_protocol::wire::mls::Credential;
use mimic_protocol::wire::operational_parameters::PendingProposalPolicy;
use mimic_protocol::wire::policy::HistoryPolicy;
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::{Directory, Readings, RoomId, UserId};

const ROOM: RoomId = RoomId(0);
const PARENT: RoomId = RoomId(1);

fn directory() -> Directory {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    directory.add_user(provider, "alice");
    assert_eq!(["clubhouse", "house"].map(|name| directory.add_room(provider, name)), [ROOM, PARENT]);
    directory
}

/// The room after these edits, made one after another; none if one of them finds nothing that it could be made to.
fn edited(room: &Standing, edits: &[Edit]) -> Option<Standing> {
    let mut after = room.clone();
    edits.iter().try_for_each(|edit| edit.apply(&directory(), ROOM, &mut after))?;
    Some(after)
}

/// The same, by way of the proposals that a commit carries.
fn committed(room: &Standing, after: &Standing) -> Option<Standing> {
    let directory = directory();
    let proposed: Vec<Proposed> = updates_between(&directory, room, after)
        .into_iter()
        .map(|propose| match propose {
            Propose::AppDataUpdate { component, update } => Proposed::AppDataUpdate { component, update },
            Propose::AppDataRemove { component } => Proposed::AppDataRemove { component },
            other => panic!("{other:?} changes no policy"),
        })
        .collect();
    standing_after(&directory, room.encode(&directory), proposed.iter(), Readings::default())
}

fn room() -> Standing {
    cooperative_room(UserId(0))
}

fn role(room: &Standing, index: u32) -> &Role {
    room.role(index).expect("a role of this index")
}

/// The edits change what they name, and the proposals made of them lead to the same room.
fn makes(edits: &[Edit]) -> Standing {
    let after = edited(&room(), edits).expect("there is something to edit");
    assert_ne!(after, room(), "{edits:?}");
    assert_eq!(committed(&room(), &after).as_ref(), Some(&after), "{edits:?}");
    after
}

#[test]
fn roles_are_edited() {
    let kick = Capability::Kick.code();
    let after = makes(&[Edit::Grant(ORDINARY_USER, kick), Edit::Grant(ORDINARY_USER, kick)]);
    let granted = role(&after, ORDINARY_USER).capabilities.iter().filter(|code| **code == kick);
    assert_eq!(granted.count(), 1);
    let after = makes(&[Edit::Withdraw(GROUP_ADMIN, kick)]);
    assert!(!role(&after, GROUP_ADMIN).can(Capability::Kick));
    let guest = Role { role_index: 9, name: "guest".to_owned(), ..role(&room(), ORDINARY_USER).clone() };
    let after = makes(&[Edit::Define(guest.clone())]);
    assert_eq!(role(&after, 9), &guest);
    let silent = Role { capabilities: Vec::new(), ..role(&room(), ORDINARY_USER).clone() };
    let after = makes(&[Edit::Define(silent)]);
    assert!(role(&after, ORDINARY_USER).capabilities.is_empty());
    assert_eq!(after.roles.len(), room().roles.len());
    assert!(makes(&[Edit::Drop(ORDINARY_USER)]).role(ORDINARY_USER).is_none());
    let after = makes(&[Edit::Moves(GROUP_ADMIN, ORDINARY_USER, vec![GROUP_ADMIN])]);
    assert!(role(&after, GROUP_ADMIN).may_move(ORDINARY_USER, GROUP_ADMIN));
    assert!(!role(&after, GROUP_ADMIN).may_move(ORDINARY_USER, 1));
    let bounds = Bounds { max_participants: Some(7), min_active: Some(1), ..Bounds::default() };
    let (was, after) = (role(&room(), GROUP_ADMIN).clone(), makes(&[Edit::Bounds(GROUP_ADMIN, bounds)]));
    let is = role(&after, GROUP_ADMIN);
    assert_eq!((is.max_participants, is.min_active), (Some(7), 1));
    assert_eq!((is.min_participants, is.max_active), (was.min_participants, was.max_active));
}

#[test]
fn what_is_not_there_cannot_be_edited() {
    let nothing = [
        Edit::Grant(9, 0),
        Edit::Withdraw(9, 0),
        Edit::Drop(9),
        Edit::Moves(9, 1, Vec::new()),
        Edit::Bounds(9, Bounds::default()),
        Edit::RemoveLink(b"code".as_slice().into()),
        Edit::RemoveComponent(component::PREAUTH_LIST),
        Edit::Component(component::PREAUTH_LIST, b"?".as_slice().into()),
    ];
    for edit in nothing {
        assert_eq!(edited(&room(), std::slice::from_ref(&edit)), None, "{edit:?}");
    }
}

#[test]
fn the_base_policy_is_edited() {
    let all = BaseChange {
        fixed_membership: Some(true),
        parent_room: Some(PARENT),
        multi_device: Some(false),
        max_clients: Some(4),
        max_users: Some(3),
        pseudonyms_allowed: Some(true),
        persistent_room: Some(true),
        discoverable: Some(true),
        component_ids: Some(vec![component::ROLES_LIST, component::PREAUTH_LIST]),
    };
    let base = makes(&[Edit::Base(all)]).base;
    assert_eq!(base.parent_room.as_ref(), Some(directory().room_uri(PARENT)));
    assert_eq!((base.max_clients, base.max_users), (Some(4), Some(3)));
    assert!(base.fixed_membership && !base.multi_device && base.pseudonyms_allowed);
    assert!(base.persistent_room && base.discoverable && base.component_ids.len() == 2);
    let mut before = room();
    before.base = base.clone();
    let after = edited(&before, &[Edit::Base(BaseChange::default())]).expect("it is there");
    assert_eq!(after.base, base, "what is not named stays");
}

#[test]
fn components_are_edited() {
    let rules = PreAuthData {
        preauthorized_entries: vec![PreAuthRoleEntry { claimset: Vec::new(), target_role: ORDINARY_USER }],
    };
    let after = makes(&[Edit::Preauth(rules.clone())]);
    assert_eq!(after.components.preauth.as_ref(), Some(&rules));
    let after = makes(&[Edit::LinkPolicy(true, false, 60)]);
    let policy = after.components.join_link_policy.as_ref().expect("it is there");
    assert_eq!((bool::from(policy.on_request), bool::from(policy.multiuser)), (true, false));
    let texts = [Text::Name, Text::Description, Text::Avatar, Text::Subject, Text::Mood];
    let after = makes(&texts.map(|text| Edit::Text(text, format!("{text:?}"))));
    let metadata = after.components.metadata.as_ref().expect("it is there");
    let found = [
        metadata.room_name.as_slice(),
        metadata.room_descriptions[0].description_content.as_slice(),
        metadata.room_avatar.0.as_slice(),
        metadata.room_subject.as_slice(),
        metadata.room_mood.as_slice(),
    ];
    assert_eq!(found, ["Name", "Description", "Avatar", "Subject", "Mood"].map(str::as_bytes));
    let capabilities: std::collections::BTreeSet<Capability> =
        texts.into_iter().map(Text::capability).collect();
    assert_eq!(capabilities.len(), texts.len(), "each takes its own");
    let octets = HistoryPolicy::Forbidden.encode();
    let after = makes(&[Edit::Component(component::CHAT_HISTORY_POLICY, octets.into())]);
    assert_eq!(after.components.history, Some(HistoryPolicy::Forbidden));
    let gone = edited(&after, &[Edit::RemoveComponent(component::CHAT_HISTORY_POLICY)]).expect("it is there");
    assert_eq!(gone, room());
    assert_eq!(committed(&after, &gone), Some(gone));
}

/// The key is the engine's to tell: until then the hub is named alone.
#[test]
fn a_room_is_to_have_its_hub_for_franking_agent() {
    let after = edited(&room(), &[Edit::Franking]).expect("any room can have one");
    let agent = after.components.franking_agent.as_ref().expect("it is there");
    assert_eq!(agent.credential, Credential::Basic(b"mimi://a.example".into()));
    assert!(agent.franking_signature_key.as_slice().is_empty());
    assert_eq!(edited(&after, &[Edit::RemoveComponent(component::FRANKING_AGENT)]), Some(room()));
}

#[test]
fn what_does_not_differ_is_not_proposed_nor_is_the_list() {
    let mut after = edited(&room(), &[Edit::AddLink(b"one".as_slice().into())]).expect("links can be added");
    after.participants.clear();
    let proposed = updates_between(&directory(), &room(), &after);
    let update = JoinLinksUpdate { removed_indices: Vec::new(), added_links: vec![b"one".into()] };
    let update = update.encode().into();
    assert_eq!(proposed, [Propose::AppDataUpdate { component: component::JOIN_LINKS, update }]);
    assert_eq!(updates_between(&directory(), &room(), &room()), []);
}

#[test]
fn links_come_and_go() {
    let add = |link: &[u8]| Edit::AddLink(link.into());
    let two = makes(&[add(b"one"), add(b"two")]);
    let after =
        edited(&two, &[Edit::RemoveLink(b"one".as_slice().into()), add(b"three")]).expect("it is there");
    let links = &after.components.join_links.as_ref().expect("there are links").links;
    assert_eq!(links.iter().map(|link| link.as_slice()).collect::<Vec<_>>(), [&b"two"[..], b"three"]);
    assert_eq!(committed(&two, &after).as_ref(), Some(&after));
}

#[test]
fn operational_parameters_are_edited() {
    let change = |commit_delay_ms| OperationalChange {
        external_proposals: Some(false),
        external_commits: None,
        commit_delay_ms,
        epoch_tolerance: Some(2),
    };
    let after = |delay| makes(&[Edit::Operational(change(delay))]);
    let policy = |delay| {
        let after = after(delay);
        let parameters = after.components.operational.as_ref().expect("they are there");
        assert_eq!(parameters.app_message_policy.epoch_tolerance, 2);
        assert!(!bool::from(parameters.external_proposal_allowed));
        assert!(bool::from(parameters.external_commit_allowed), "as without any");
        parameters.pending_proposal_policy
    };
    assert_eq!(policy(None), PendingProposalPolicy::Unspecified);
    assert_eq!(policy(Some((0, 0))), PendingProposalPolicy::ImmediateCommit);
    let random = PendingProposalPolicy::RandomDelay { minimum_delay_ms: 10, maximum_delay_ms: 20 };
    assert_eq!(policy(Some((10, 20))), random);
}
