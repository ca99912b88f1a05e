//! INV-05, rule by rule (room-policy §3, §5, §8; proto §5.3, §7.5).

mod at_once;
pub mod given;
mod links;

use super::world::*;
use given::*;
use mimic_protocol::Readings;
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::readings::ForeignClients;
use mimic_protocol::room::{ListChange, component};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::join_links::JoinLinkPolicy;
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::wire::room_metadata::RoomMetaData;
use mimic_protocol::wire::{Flag, IdentifierUri};

/// What one role may do.
type Grants = (&'static [u16], &'static [(u32, u32)]);

/// A rule that permits something: who needs which capabilities and transitions for it, and what is done.
struct Permits {
    rule: &'static str,
    /// The role that the grants are for.
    role: u32,
    /// All of these are needed, each of them.
    grants: Grants,
    /// Brings the room to where the rule counts; nothing in it is judged.
    given: fn(&mut World),
    act: fn(&mut World),
}

/// Alice in role 10 and Bob in role 20, with one client each.
fn two(_: &mut World) {}

/// Bob has a second client.
fn two_devices(w: &mut World) {
    w.given(standing(&[(ALICE, 10), (BOB, 20)]), &[A1, B1, B2]);
}

/// Bob is in the list, and has no client in the group.
fn inactive(w: &mut World) {
    w.given(standing(&[(ALICE, 10), (BOB, 20)]), &[A1]);
}

/// Bob is banned.
fn banned(w: &mut World) {
    w.given(standing(&[(ALICE, 10), (BOB, 1)]), &[A1]);
}

const A: Sender = Sender::Member(A1);
const HUB_PROPOSES: Sender = Sender::External(HUB);

const PERMITS: &[Permits] = &[
    Permits {
        rule: "canAddParticipant, in a commit, with all clients",
        role: 10,
        grants: (&[ADD_PARTICIPANT], &[(0, 20)]),
        given: two,
        act: |w| w.commit(A, &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]),
    },
    Permits {
        rule: "canAddParticipant, as a proposal, without clients",
        role: 10,
        grants: (&[ADD_PARTICIPANT], &[(0, 20)]),
        given: two,
        act: |w| drop(w.propose(A, &[ListChange::Add(CATHY, 20)], &[])),
    },
    Permits {
        rule: "canAddParticipant covers clients that come after the user",
        role: 10,
        grants: (&[ADD_PARTICIPANT], &[(0, 20)]),
        given: two,
        act: |w| {
            let user = w.propose(A, &[ListChange::Add(CATHY, 20)], &[]);
            w.commit(A, &user, &[], &[add(C1)]);
        },
    },
    Permits {
        rule: "canAddOwnClient, by an external commit",
        role: 20,
        grants: (&[ADD_OWN_CLIENT], &[]),
        given: two,
        act: |w| w.commit(Sender::Joiner(B2), &[], &[], &[]),
    },
    Permits {
        rule: "canAddOwnClient, by an external commit that replaces the own old leaf",
        role: 20,
        grants: (&[ADD_OWN_CLIENT], &[]),
        given: two,
        act: |w| w.commit(Sender::Joiner(B1), &[], &[], &[Proposed::Remove(B1)]),
    },
    Permits {
        rule: "canAddOwnClient, by an Add",
        role: 10,
        grants: (&[ADD_OWN_CLIENT], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[add(A2)]),
    },
    Permits {
        rule: "canOpenJoin, on role 0",
        role: 0,
        grants: (&[OPEN_JOIN], &[(0, 20)]),
        given: two,
        act: |w| w.commit(Sender::Joiner(C1), &[], &[ListChange::Add(CATHY, 20)], &[]),
    },
    Permits {
        rule: "canJoinIfPreauthorized, on the role of the first match",
        role: 20,
        grants: (&[JOIN_IF_PREAUTHORIZED], &[]),
        given: |w| preauthorise(w, &[(CATHY, 20), (CATHY, 21)]),
        act: |w| w.commit(Sender::Joiner(C1), &[], &[ListChange::Add(CATHY, 20)], &[]),
    },
    Permits {
        rule: "canChangeOwnRole, to the role of the first match",
        role: 20,
        grants: (&[CHANGE_OWN_ROLE], &[]),
        given: |w| preauthorise(w, &[(ALICE, 10), (BOB, 21)]),
        act: |w| w.commit(Sender::Member(B1), &[], &[ListChange::Change(BOB, 21)], &[]),
    },
    Permits {
        rule: "a server bans in the role that it is preauthorised for",
        role: 21,
        grants: (&[BAN], &[(20, 1)]),
        given: enforced,
        act: |w| drop(w.propose(HUB_PROPOSES, &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)])),
    },
    Permits {
        rule: "canRemoveParticipant, with all clients",
        role: 10,
        grants: (&[REMOVE_PARTICIPANT], &[(20, 0)]),
        given: two_devices,
        act: |w| {
            let clients = [Proposed::Remove(B1), Proposed::Remove(B2)];
            w.commit(A, &[], &[ListChange::Remove(BOB)], &clients);
        },
    },
    Permits {
        rule: "canRemoveParticipant, as proposals",
        role: 10,
        grants: (&[REMOVE_PARTICIPANT], &[(20, 0)]),
        given: two,
        act: |w| drop(w.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)])),
    },
    Permits {
        rule: "canRemoveOwnClient, by SelfRemove",
        role: 20,
        grants: (&[REMOVE_OWN_CLIENT], &[]),
        given: two,
        act: |w| drop(w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove])),
    },
    Permits {
        rule: "canRemoveOwnClient, by Remove",
        role: 20,
        grants: (&[REMOVE_OWN_CLIENT], &[]),
        given: two_devices,
        act: |w| drop(w.propose(Sender::Member(B1), &[], &[Proposed::Remove(B2)])),
    },
    Permits {
        rule: "canRemoveSelf, with all own clients",
        role: 20,
        grants: (&[REMOVE_SELF], &[(20, 0)]),
        given: two_devices,
        act: |w| {
            let clients = [Proposed::Remove(B2), Proposed::SelfRemove];
            w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &clients);
        },
    },
    Permits {
        rule: "canKick",
        role: 10,
        grants: (&[KICK], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[Proposed::Remove(B1)]),
    },
    Permits {
        rule: "canChangeUserRole",
        role: 10,
        grants: (&[CHANGE_USER_ROLE], &[(20, 21)]),
        given: two,
        act: |w| w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[]),
    },
    Permits {
        rule: "canBan, with all clients",
        role: 10,
        grants: (&[BAN], &[(20, 1)]),
        given: two_devices,
        act: |w| {
            let clients = [Proposed::Remove(B1), Proposed::Remove(B2)];
            w.commit(A, &[], &[ListChange::Change(BOB, 1)], &clients);
        },
    },
    Permits {
        rule: "canBan, as proposals",
        role: 10,
        grants: (&[BAN], &[(20, 1)]),
        given: two,
        act: |w| drop(w.propose(A, &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)])),
    },
    Permits {
        rule: "canChangeUserRole and canKick ban as well",
        role: 10,
        grants: (&[CHANGE_USER_ROLE, KICK], &[(20, 1)]),
        given: two,
        act: |w| w.commit(A, &[], &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]),
    },
    Permits {
        rule: "canUnban",
        role: 10,
        grants: (&[UNBAN], &[(1, 20)]),
        given: banned,
        act: |w| w.commit(A, &[], &[ListChange::Change(BOB, 20)], &[]),
    },
    Permits {
        rule: "canChangeUserRole unbans as well",
        role: 10,
        grants: (&[CHANGE_USER_ROLE], &[(1, 20)]),
        given: banned,
        act: |w| w.commit(A, &[], &[ListChange::Change(BOB, 20)], &[]),
    },
    Permits {
        rule: "canSendMessage",
        role: 20,
        grants: (&[SEND_MESSAGE], &[]),
        given: two,
        act: |w| {
            w.message(BOB);
        },
    },
    Permits {
        rule: "canChangeRoomMembershipStyle",
        role: 10,
        grants: (&[CHANGE_ROOM_MEMBERSHIP_STYLE], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(component::BASE_ROOM_POLICY)]),
    },
    Permits {
        rule: "canChangeRoleDefinitions",
        role: 10,
        grants: (&[CHANGE_ROLE_DEFINITIONS], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(component::ROLES_LIST)]),
    },
    Permits {
        rule: "canChangePreauthorizedUserList",
        role: 10,
        grants: (&[CHANGE_PREAUTHORIZED_USER_LIST], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(0x0026)]),
    },
    Permits {
        rule: "canChangeMlsOperationalPolicies",
        role: 10,
        grants: (&[CHANGE_MLS_OPERATIONAL_POLICIES], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(component::MLS_OPERATIONAL_POLICY)]),
    },
    Permits {
        rule: "canChangeOtherPolicyAttribute",
        role: 10,
        grants: (&[CHANGE_OTHER_POLICY_ATTRIBUTE], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(component::ASSET_POLICY)]),
    },
    Permits {
        rule: "canChangeRoomMembershipStyle, for want of another",
        role: 10,
        grants: (&[CHANGE_ROOM_MEMBERSHIP_STYLE], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[update(component::MESSAGE_EXPIRATION_POLICY)]),
    },
    Permits {
        rule: "canChangeRoomName and canChangeRoomMood, for an update of both",
        role: 10,
        grants: (&[CHANGE_ROOM_NAME, CHANGE_ROOM_MOOD], &[]),
        given: |w| base(w, |standing| components(standing).metadata = Some(metadata("old", "old"))),
        act: |w| {
            redefine(w, component::ROOM_METADATA, |standing| {
                components(standing).metadata = Some(metadata("new", "new"));
            });
        },
    },
    Permits {
        rule: "canCreateJoinCode and canDeleteJoinCode, for a link in place of another",
        role: 10,
        grants: (&[CREATE_JOIN_CODE, DELETE_JOIN_CODE], &[]),
        given: |w| base(w, |standing| components(standing).join_links = Some(links(&["old"]))),
        act: |w| {
            redefine(w, component::JOIN_LINKS, |standing| {
                components(standing).join_links = Some(links(&["new"]));
            });
        },
    },
    Permits {
        rule: "canSendMLSReinitProposal",
        role: 10,
        grants: (&[SEND_MLS_REINIT_PROPOSAL], &[]),
        given: two,
        act: |w| w.commit(A, &[], &[], &[Proposed::Other(5)]),
    },
];

#[test]
fn each_capability_and_each_transition_is_needed() {
    for Permits { rule, role, grants: (capabilities, transitions), given, act } in PERMITS {
        let judge = |capabilities: &[u16], transitions: &[(u32, u32)]| {
            let mut world = World::new("INV-05");
            given(&mut world);
            grant(&mut world, *role, capabilities, transitions);
            act(&mut world);
            assert!(world.tally.checked > 0, "{rule}");
            world.tally.violations
        };
        assert_eq!(judge(capabilities, transitions), [], "{rule}");
        for missing in *capabilities {
            let rest: Vec<u16> = capabilities.iter().copied().filter(|c| c != missing).collect();
            assert_ne!(judge(&rest, transitions), [], "{rule}, without {missing:#06x}");
        }
        for missing in *transitions {
            let rest: Vec<(u32, u32)> = transitions.iter().copied().filter(|t| t != missing).collect();
            assert_ne!(judge(capabilities, &rest), [], "{rule}, without {missing:?}");
        }
    }
}

/// What forbids it, if anything does, and what is done by holders of every capability with every transition.
type Act = (Option<&'static str>, &'static str, fn(&mut World));

const PERMITTED: Option<&str> = None;

const ACTS: &[Act] = &[
    // Membership capabilities (room-policy §8.1): what they do not cover.
    (PERMITTED, "a member adds a user under any role that is there", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 21)], &[add(D1)]);
    }),
    (Some("in a role that is not there"), "a member adds a user under a role that is not there", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 99)], &[add(D1)]);
    }),
    (Some("in a role that is not there"), "a member adds a user under role 0", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 0)], &[]);
    }),
    (Some("without adding its user"), "a member adds clients of a user who is not in the list", |w| {
        w.commit(A, &[], &[], &[add(D1)])
    }),
    (Some("without adding its user"), "a member adds a client of a user who is in the list already", |w| {
        inactive(w);
        grant_all(w);
        w.commit(A, &[], &[], &[add(B1)]);
    }),
    (PERMITTED, "a participant without clients joins by itself", |w| {
        inactive(w);
        grant_all(w);
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
    }),
    (Some("is banned"), "a banned user joins", |w| {
        banned(w);
        grant_all(w);
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
    }),
    (Some("is no participant, and joins"), "a user who is not in the list joins without entering it", |w| {
        w.commit(Sender::Joiner(D1), &[], &[], &[]);
    }),
    (Some("is no participant, and joins"), "a joiner adds another user in place of itself", |w| {
        w.commit(Sender::Joiner(D1), &[], &[ListChange::Add(EVE, 20)], &[]);
    }),
    (Some("not its own old one"), "a joiner removes somebody else's leaf", |w| {
        w.commit(Sender::Joiner(B2), &[], &[], &[Proposed::Remove(A1)]);
    }),
    (Some("not its own old one"), "a joiner removes its user's other leaf", |w| {
        w.commit(Sender::Joiner(B2), &[], &[], &[Proposed::Remove(B1)]);
    }),
    (Some("clients of it stay"), "a user is removed, and a device of it stays", |w| {
        two_devices(w);
        grant_all(w);
        w.commit(A, &[], &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
    }),
    (Some("clients of it stay"), "a user is banned, and a device of it stays", |w| {
        two_devices(w);
        grant_all(w);
        w.commit(A, &[], &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
    }),
    (Some("clients of it stay"), "a user leaves, and a device of it stays", |w| {
        two_devices(w);
        grant_all(w);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
    }),
    (Some("its own role"), "a user changes its own role", |w| {
        w.commit(A, &[], &[ListChange::Change(ALICE, 20)], &[])
    }),
    (Some("gives a user a role that is not there"), "a user gets a role that is not there", |w| {
        w.commit(A, &[], &[ListChange::Change(BOB, 99)], &[]);
    }),
    (Some("gives a user a role that is not there"), "a user gets role 0", |w| {
        w.commit(A, &[], &[ListChange::Change(BOB, 0)], &[])
    }),
    (
        Some("without canChangeUserRole, canBan"),
        "canBan counts for nothing where role 1 is not named banned",
        |w| {
            change_role(w, 1, |role| role.name = "silenced".to_owned());
            change_role(w, 10, |role| role.capabilities.retain(|c| *c != CHANGE_USER_ROLE));
            w.commit(A, &[], &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        },
    ),
    (PERMITTED, "a banned user is entered in the list", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 1)], &[])
    }),
    (Some("clients of it stay"), "a client of a banned user is added", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 1)], &[add(D1)]);
    }),
    (Some("without adding its user"), "an unbanned user's client is added", |w| {
        banned(w);
        grant_all(w);
        w.commit(A, &[], &[ListChange::Change(BOB, 20)], &[add(B1)]);
    }),
    (PERMITTED, "who is in role 1 joins where that is not named banned", |w| {
        banned(w);
        grant_all(w);
        change_role(w, 1, |role| {
            role.name = "silenced".to_owned();
            role.capabilities.push(ADD_OWN_CLIENT);
        });
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
    }),
    (PERMITTED, "a guest says that somebody has the role that it has", |w| {
        change_role(w, 20, |role| role.capabilities.clear());
        w.commit(Sender::Member(B1), &[], &[ListChange::Change(CATHY, 20)], &[]);
    }),
    // Whose proposal it is (AMB-18).
    (PERMITTED, "a guest commits what an admin has proposed", |w| {
        let ban = w.propose(A, &[ListChange::Change(CATHY, 1)], &[Proposed::Remove(C1)]);
        change_role(w, 20, |role| role.capabilities.clear());
        w.commit(Sender::Member(B1), &ban, &[], &[]);
    }),
    (PERMITTED, "a member commits nothing", |w| {
        change_role(w, 20, |role| role.capabilities.clear());
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    (PERMITTED, "a member takes fresh keys", |w| drop(w.propose(A, &[], &[Proposed::Update]))),
    (Some("was not accepted before"), "a commit refers to what was never accepted", |w| {
        let mut smuggled = w.propose(A, &[], &[Proposed::Remove(C1)]);
        smuggled[0].body = Proposed::Remove(B1);
        w.commit(A, &smuggled, &[], &[]);
    }),
    (Some("takes no part"), "a server proposes", |w| {
        drop(w.propose(Sender::External(HUB), &[], &[Proposed::Remove(B1)]));
    }),
    (PERMITTED, "an external commit says again what is pending", |w| {
        w.propose(A, &[ListChange::Change(CATHY, 21)], &[]);
        change_role(w, 20, |role| role.capabilities = vec![ADD_OWN_CLIENT]);
        let again = w.proposals(Sender::Joiner(B2), &[ListChange::Change(CATHY, 21)], &[]);
        w.commit_to(Sender::Joiner(B2), again, (*w.hub.effective).clone());
    }),
    (Some("without canChangeUserRole"), "an external commit says what is not pending", |w| {
        change_role(w, 20, |role| role.capabilities = vec![ADD_OWN_CLIENT]);
        w.commit(Sender::Joiner(B2), &[], &[ListChange::Change(CATHY, 21)], &[]);
    }),
    // What is accepted is in force (proto §7.1), and who is out is out (proto §5.3).
    (Some("and commits"), "who is removed commits", |w| {
        let committed = (*w.hub.committed).clone();
        w.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit_to(Sender::Member(B1), Vec::new(), committed);
    }),
    (Some("no active participant"), "who is removed sends", |w| {
        w.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.message(BOB);
    }),
    (Some("proposes more than"), "who is removed proposes a change", |w| {
        w.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[ListChange::Change(CATHY, 21)], &[]);
    }),
    (PERMITTED, "who is banned removes its own clients", |w| {
        w.propose(A, &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove]);
    }),
    (Some("is no participant, and joins"), "a new device of who is removed joins", |w| {
        let committed = (*w.hub.committed).clone();
        w.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit_to(Sender::Joiner(B2), Vec::new(), committed);
    }),
    (PERMITTED, "who is promoted uses the new role before it is committed", |w| {
        change_role(w, 20, |role| role.capabilities.clear());
        let role = w.propose(A, &[ListChange::Change(BOB, 21)], &[]);
        w.commit(Sender::Member(B1), &role, &[ListChange::Change(CATHY, 21)], &[]);
    }),
    (Some("without canChangeUserRole"), "who is demoted uses the old role before that is committed", |w| {
        change_role(w, 21, |role| role.capabilities.clear());
        let role = w.propose(A, &[ListChange::Change(BOB, 21)], &[]);
        w.commit(Sender::Member(B1), &role, &[ListChange::Change(CATHY, 21)], &[]);
    }),
    (PERMITTED, "what is left of who was removed is cleared away by anybody", |w| {
        two_devices(w);
        grant_all(w);
        change_role(w, 10, |role| role.capabilities.clear());
        let clients = [Proposed::Remove(B2), Proposed::SelfRemove];
        let leave = w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &clients);
        w.commit(A, &[leave[0].clone(), leave[2].clone()], &[], &[Proposed::Remove(B2)]);
    }),
    (Some("no active participant"), "an inactive participant sends", |w| {
        inactive(w);
        grant_all(w);
        w.message(BOB);
    }),
    (Some("no active participant"), "a stranger sends", |w| {
        w.message(DAN);
    }),
    // One event as a whole.
    (Some("at once"), "roles and participants change at once", |w| {
        w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[update(component::ROLES_LIST)]);
    }),
    (Some("twice for one user"), "a commit changes one user twice", |w| {
        w.commit(A, &[], &[ListChange::Change(BOB, 21), ListChange::Change(BOB, 20)], &[]);
    }),
    (Some("is not what the accepted updates make"), "the hub's list is not what was accepted", |w| {
        w.hub.effective = standing(&[(ALICE, 10), (CATHY, 20)]).into();
        w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[]);
    }),
    (Some("what no capability covers"), "a component changes that nobody may change", |w| {
        w.commit(A, &[], &[], &[update(0x7777)]);
    }),
    (Some("MLS proposal that no capability"), "an MLS proposal that nobody may make", |w| {
        w.commit(A, &[], &[], &[Proposed::Other(4)])
    }),
    (Some("more of the list than removals"), "preauthorisations and an addition come at once", |w| {
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[update(component::PREAUTH_LIST)]);
    }),
    (PERMITTED, "preauthorisations and a removal come at once", |w| {
        let bodies = [update(component::PREAUTH_LIST), Proposed::Remove(B1)];
        w.commit(A, &[], &[ListChange::Remove(BOB)], &bodies);
    }),
    (Some("twice at once"), "the metadata change twice", |w| {
        let twice = [update(component::ROOM_METADATA), update(component::ROOM_METADATA)];
        w.commit(A, &[], &[], &twice);
    }),
    (Some("what no capability covers"), "the room gets another URI", |w| {
        base(w, |standing| components(standing).metadata = Some(metadata("name", "")));
        redefine(w, component::ROOM_METADATA, |standing| {
            let other = RoomMetaData {
                room_uri: IdentifierUri(b"mimi://a.example/r/x".into()),
                ..metadata("name", "")
            };
            components(standing).metadata = Some(other);
        });
    }),
    // Preauthorisation (room-policy §4).
    (Some("without canAddParticipant"), "a joiner takes a later match than the first", |w| {
        base(w, |standing| standing.roles[0].capabilities.clear());
        preauthorise(w, &[(DAN, 20), (DAN, 21)]);
        w.commit(Sender::Joiner(D1), &[], &[ListChange::Add(DAN, 21)], &[]);
    }),
    (Some("without canAddParticipant"), "a joiner takes the role of another's claims", |w| {
        base(w, |standing| standing.roles[0].capabilities.clear());
        preauthorise(w, &[(BOB, 20)]);
        w.commit(Sender::Joiner(D1), &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (Some("is banned"), "a banned user has a preauthorisation", |w| {
        w.given(standing(&[(ALICE, 10), (BOB, 1)]), &[A1, B1]);
        grant_all(w);
        preauthorise(w, &[(BOB, 20)]);
        change_role(w, 1, |role| role.capabilities.push(CHANGE_OWN_ROLE));
        w.commit(Sender::Joiner(B2), &[], &[ListChange::Change(BOB, 20)], &[]);
    }),
    (Some("and the preauthorisation"), "a user changes its own role to a later match", |w| {
        preauthorise(w, &[(BOB, 10), (BOB, 21)]);
        w.commit(Sender::Member(B1), &[], &[ListChange::Change(BOB, 21)], &[]);
    }),
    (Some("without canAddParticipant"), "an enforcer adds a user", |w| {
        enforced(w);
        change_role(w, 21, |role| role.capabilities = vec![BAN]);
        w.propose(HUB_PROPOSES, &[ListChange::Add(DAN, 20)], &[]);
    }),
    (Some("external proposals"), "an enforcer proposes where no outsider may", |w| {
        enforced(w);
        base(w, |standing| components(standing).operational = Some(outsiders(false, true)));
        w.propose(HUB_PROPOSES, &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
    }),
    (Some("external commits"), "a device joins where no outsider may", |w| {
        base(w, |standing| components(standing).operational = Some(outsiders(true, false)));
        w.commit(Sender::Joiner(B2), &[], &[], &[]);
    }),
    (Some("speaks of role 99"), "a role that is not there is preauthorised", |w| {
        redefine(w, component::PREAUTH_LIST, |standing| {
            let entry = PreAuthRoleEntry { claimset: Vec::new(), target_role: 99 };
            components(standing).preauth = Some(PreAuthData { preauthorized_entries: vec![entry] });
        });
    }),
    (Some("several join links"), "a second link is kept on request", |w| {
        redefine(w, component::JOIN_LINKS, |standing| {
            let empty = IdentifierUri(b"".into());
            let (on_request, multiuser) = (Flag::True, Flag::True);
            components(standing).join_link_policy =
                Some(JoinLinkPolicy { on_request, join_link: empty, multiuser, expiration: 1 });
            components(standing).join_links = Some(links(&["one", "two"]));
        });
    }),
    // Base policy (room-policy §5).
    (Some("under a pseudonym"), "a pseudonym comes in", |w| {
        w.commit(A, &[], &[ListChange::Add(ZORRO, 20)], &[]);
    }),
    (PERMITTED, "a pseudonym comes in where that is allowed", |w| {
        base(w, |standing| standing.base.pseudonyms_allowed = true);
        w.commit(A, &[], &[ListChange::Add(ZORRO, 20)], &[]);
    }),
    (Some("none of the parent room's"), "a user comes into a child who is not in the parent", |w| {
        child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (Some("all participants of its parent"), "the last of the parent's users comes into a child", |w| {
        child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20), (DAN, 20)]);
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (PERMITTED, "a child grows, and not to all of the parent", |w| {
        child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20), (DAN, 20), (EVE, 20)]);
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (PERMITTED, "others go on in a child that a user has to leave", |w| {
        child(w, &[(ALICE, 10), (BOB, 20), (DAN, 20)]);
        w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[]);
    }),
    (Some("not at its hub"), "a room becomes the child of a room elsewhere", |w| {
        redefine(w, component::BASE_ROOM_POLICY, |standing| {
            standing.base.parent_room = Some(MimiUri::room("b.example", "clubhouse"));
        });
    }),
    (Some("for the same users"), "membership is fixed for users who have such a room", |w| {
        fixed(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        for role in [10, 20, 21] {
            change_role(w, role, |role| role.capabilities.retain(|c| *c != ADD_PARTICIPANT));
        }
        redefine(w, component::BASE_ROOM_POLICY, |standing| standing.base.fixed_membership = true);
    }),
    (Some("adds a user where membership is fixed"), "a user is added where membership is fixed", |w| {
        base(w, |standing| standing.base.fixed_membership = true);
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (Some("removes a user where membership is fixed"), "a user leaves where membership is fixed", |w| {
        base(w, |standing| standing.base.fixed_membership = true);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
    }),
    (PERMITTED, "a user takes its clients out where membership is fixed", |w| {
        base(w, |standing| standing.base.fixed_membership = true);
        w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove]);
    }),
    (Some("Devices(u1)"), "a user joins with a second device where one is allowed", |w| {
        base(w, |standing| standing.base.multi_device = false);
        w.commit(Sender::Joiner(B2), &[], &[], &[]);
    }),
    (PERMITTED, "a device takes its own place where one is allowed", |w| {
        base(w, |standing| standing.base.multi_device = false);
        w.commit(Sender::Joiner(B1), &[], &[], &[Proposed::Remove(B1)]);
    }),
    (Some("Clients"), "a client more than max_clients", |w| {
        base(w, |standing| standing.base.max_clients = Some(3));
        w.commit(Sender::Joiner(B2), &[], &[], &[]);
    }),
    (Some("Users"), "a user more than max_users", |w| {
        base(w, |standing| standing.base.max_users = Some(3));
        w.commit(A, &[], &[ListChange::Add(DAN, 20)], &[]);
    }),
    (PERMITTED, "banned users do not count", |w| {
        base(w, |standing| standing.base.max_users = Some(3));
        w.commit(A, &[], &[ListChange::Add(DAN, 1)], &[]);
    }),
    // Constraints of the roles (room-policy §3), after the whole event and with all that is pending (AMB-19).
    (Some("MaxParticipants(21)"), "one more than maximum_participants", |w| {
        change_role(w, 21, |role| role.max_participants = Some(0));
        w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[]);
    }),
    (PERMITTED, "two change places", |w| {
        change_role(w, 20, |role| role.max_participants = Some(2));
        w.commit(A, &[], &[ListChange::Change(BOB, 21), ListChange::Add(DAN, 20)], &[]);
    }),
    (Some("MinParticipants(20)"), "one less than minimum_participants", |w| {
        change_role(w, 20, |role| role.min_participants = 2);
        w.commit(A, &[], &[ListChange::Change(BOB, 21)], &[]);
    }),
    (Some("MinParticipants(20)"), "both of the last two leave", |w| {
        change_role(w, 20, |role| role.min_participants = 1);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.propose(Sender::Member(C1), &[ListChange::Remove(CATHY)], &[Proposed::SelfRemove]);
    }),
    (PERMITTED, "one of the last two leaves", |w| {
        change_role(w, 20, |role| role.min_participants = 1);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
    }),
    (Some("MinActive(20)"), "one less than minimum_active_participants", |w| {
        change_role(w, 20, |role| role.min_active = 2);
        w.commit(A, &[], &[], &[Proposed::Remove(B1)]);
    }),
    (Some("MaxActive(20)"), "one more than maximum_active_participants", |w| {
        inactive(w);
        grant_all(w);
        change_role(w, 20, |role| role.max_active = Some(0));
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
    }),
    (PERMITTED, "what was broken before is not the fault of who comes after", |w| {
        change_role(w, 21, |role| role.min_participants = 1);
        w.commit(A, &[], &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
    }),
    // Definitions.
    (PERMITTED, "a role that nobody holds is not defined any more", |w| {
        redefine(w, component::ROLES_LIST, |standing| standing.roles.retain(|role| role.role_index != 21));
    }),
    (Some("role 20 is held"), "a role that is held is not defined any more", |w| {
        redefine(w, component::ROLES_LIST, |standing| standing.roles.retain(|role| role.role_index != 20));
    }),
    (Some("role 20 has canOpenJoin"), "canOpenJoin comes to a role that is not 0", |w| {
        redefine(w, component::ROLES_LIST, |standing| standing.roles[3].capabilities.push(OPEN_JOIN));
    }),
    (Some("role 10 has canAddParticipant"), "membership is fixed where participants may add others", |w| {
        redefine(w, component::BASE_ROOM_POLICY, |standing| standing.base.fixed_membership = true);
    }),
    (PERMITTED, "membership is fixed where none may", |w| {
        for role in [10, 20, 21] {
            change_role(w, role, |role| role.capabilities.retain(|c| *c != ADD_PARTICIPANT));
        }
        redefine(w, component::BASE_ROOM_POLICY, |standing| standing.base.fixed_membership = true);
    }),
    (Some("Users"), "max_users falls below what is there", |w| {
        redefine(w, component::BASE_ROOM_POLICY, |standing| standing.base.max_users = Some(2));
    }),
];

#[test]
fn what_capabilities_cannot_say_is_judged_too() {
    for (objection, what, act) in ACTS {
        let mut world = World::new("INV-05");
        world.given(standing(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1, B1, C1]);
        grant_all(&mut world);
        act(&mut world);
        let found: Vec<&str> = world.tally.violations.iter().map(|(_, words)| &words[..]).collect();
        assert!(world.tally.checked > 0, "{what}");
        match (objection, &found[..]) {
            (None, []) => {}
            (Some(objection), [words]) if words.contains(objection) => {}
            _ => panic!("{what}: {found:?}"),
        }
    }
}

/// Which list the positions of a second update mean is for the room to say (AMB-05), and both are understood.
#[test]
fn positions_are_read_as_the_hub_reads_them() {
    for (promoted, permitted) in [(CATHY, true), (DAN, true), (ALICE, false)] {
        let mut world = World::new("INV-05");
        world.given(standing(&[(ALICE, 10), (BOB, 20), (CATHY, 20), (DAN, 20)]), &[A1, B1, C1, D1]);
        grant_all(&mut world);
        let gone = world.propose(A, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        // Position 2 is Cathy's at the start of the epoch, and Dan's once Bob is out.
        let mut after = (*world.hub.effective).clone();
        after.participants.iter_mut().filter(|p| p.user == promoted).for_each(|p| p.role = 21);
        let mut proposals = gone;
        proposals.extend(world.proposals(A, &[ListChange::Change(CATHY, 21)], &[]));
        world.commit_to(A, proposals, after);
        assert_eq!(world.tally.violations.is_empty(), permitted, "{promoted}");
    }
}

/// The readings, what role 10 may do, who is there, and whether the addition holds.
type Addition<'a> = (&'a Readings, Grants, fn(&mut World), bool);

/// OPEN-35: who could add the user in its role brings back its clients where it is read so; nobody does of a user who has some.
#[test]
fn clients_of_an_inactive_participant_are_added_by_others_or_not() {
    let readings = |foreign_clients| Readings { foreign_clients, ..Readings::default() };
    let forbidden = readings(ForeignClients::Forbidden);
    let allowed = readings(ForeignClients::WithAddParticipant);
    let can: Grants = (&[ADD_PARTICIPANT], &[(0, 20)]);
    let cases: [Addition<'_>; 5] = [
        (&forbidden, can, inactive, false),
        (&allowed, can, inactive, true),
        (&allowed, can, two, false),
        (&allowed, (&[], &[(0, 20)]), inactive, false),
        (&allowed, (&[ADD_PARTICIPANT], &[]), inactive, false),
    ];
    for (n, (readings, (capabilities, moves), given, holds)) in cases.into_iter().enumerate() {
        let mut world = World::under("INV-05", readings);
        given(&mut world);
        grant(&mut world, 10, capabilities, moves);
        world.commit(A, &[], &[], &[add(B2)]);
        assert_eq!(world.tally.violations.is_empty(), holds, "case {n}: {:?}", world.tally.violations);
    }
}
