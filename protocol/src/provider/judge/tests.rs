//! A hub's judgement, proposal by proposal, and beside its other rooms.

use super::*;
use crate::ids::UserId;
use crate::mls::{Dictionary, KeyPackageRef, Leaves, MlsConfig};
use crate::mutant::Planted;
use crate::policy::{Capability, Envelope, examples};
use crate::readings::Readings;
use crate::room::{ListChange, Participant};
use crate::wire::Wire;
use crate::wire::pseudonym::PseudonymousCredential;
use crate::wire::role_data::RoleData;
use std::sync::Arc;

mod lists;
/// Planted bugs in the judgement itself.
#[cfg(feature = "museum")]
mod planted;

const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const A1: ClientId = ClientId(0);
const B1: ClientId = ClientId(2);
const B2: ClientId = ClientId(3);

/// A group of Alice's and Bob's first clients. Alice is an admin, who may also change the roles; Bob is ordinary.
struct Group(Dictionary);

impl MlsGroup for Group {
    fn epoch(&self) -> u64 {
        1
    }
    fn leaves(&self) -> Leaves {
        Leaves::from([(0, A1), (1, B1)])
    }
    fn dictionary(&self) -> Dictionary {
        self.0.clone()
    }
    fn external_senders(&self) -> Vec<ProviderId> {
        vec![ProviderId(0)]
    }
    fn pending(&self) -> Vec<ProposalInfo> {
        Vec::new()
    }
    fn context_digest(&self) -> [u8; 32] {
        [0; 32]
    }
    fn signature_key(&self, _: Sender) -> Option<Octets> {
        None
    }
    fn pseudonym(&self, _: &MlsConfig, _: ClientId) -> Option<PseudonymousCredential> {
        None
    }
}

struct Room {
    config: Arc<NodeConfig>,
    standing: Standing,
    waiting: Vec<Pending>,
}

impl Room {
    fn new() -> Self {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        for name in ["alice", "bob", "carol"] {
            let user = directory.add_user(provider, name);
            directory.add_client(user, "phone");
            directory.add_client(user, "laptop");
        }
        let mut standing = examples::cooperative_room(ALICE);
        let role = examples::cooperative::ORDINARY_USER;
        standing.participants.push(Participant { user: BOB, role });
        let admin = standing.roles.iter_mut().find(|r| r.role_index == examples::cooperative::GROUP_ADMIN);
        admin.unwrap().capabilities.push(Capability::ChangeRoleDefinitions.code());
        let config = NodeConfig::new(Arc::new(directory), Readings::default(), Planted::NONE);
        Self { config, standing, waiting: Vec::new() }
    }

    /// Judges what `sender` proposes, after all that was proposed before; what is accepted waits from then on.
    fn propose(&mut self, sender: ClientId, bodies: &[Proposed]) -> Result<(), Rejection> {
        let directory = self.config.directory();
        let group = Group(self.standing.encode(directory));
        let before = self.waiting.iter().flat_map(|w| &w.proposals).map(|p| &p.body);
        let effective = room::standing_after(directory, group.dictionary(), before, self.config.readings());
        let state =
            RoomState { committed: Arc::new(self.standing.clone()), effective: Arc::new(effective.unwrap()) };
        let info = |body: &Proposed| ProposalInfo {
            reference: None,
            sender: Sender::Member(sender),
            body: body.clone(),
        };
        let proposals: Vec<ProposalInfo> = bodies.iter().map(info).collect();
        judge_proposals(&self.config, &state, &group, &self.waiting, &proposals)?;
        self.waiting.push(Pending { messages: Vec::new(), proposals, accepted_ms: 0 });
        Ok(())
    }

    fn removal(&self, user: UserId) -> Proposed {
        let update = self.standing.list_update(self.config.directory(), ListChange::Remove(user));
        Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.unwrap().into() }
    }

    fn same_roles(&self) -> Proposed {
        let roles = RoleData { roles: self.standing.roles.iter().map(Into::into).collect() };
        Proposed::AppDataUpdate { component: component::ROLES_LIST, update: roles.encode().into() }
    }
}

fn add(client: ClientId) -> Proposed {
    Proposed::Add(client, KeyPackageRef([0; 32]))
}

#[test]
fn proposed_clients_are_judged() {
    let mut room = Room::new();
    assert_eq!(room.propose(A1, &[add(B2)]), Err(Rejection::Denied), "OPEN-35");
    assert_eq!(room.propose(B1, &[add(B2)]), Ok(()));
    assert_eq!(room.propose(B1, &[add(B2)]), Err(Rejection::InvalidAfter), "twice in one commit");
    // The client that waits to be added would remain.
    let leave = [room.removal(BOB), Proposed::SelfRemove];
    assert_eq!(room.propose(B1, &leave), Err(Rejection::Denied));
}

#[test]
fn new_roles_take_authority_even_if_they_are_the_old_ones() {
    let mut room = Room::new();
    assert_eq!(room.propose(B1, &[room.same_roles()]), Err(Rejection::Denied));
    assert_eq!(room.propose(A1, &[room.same_roles()]), Ok(()));
}

#[test]
fn what_cannot_share_a_commit_does_not_wait_together() {
    let mut room = Room::new();
    assert_eq!(room.propose(A1, &[room.same_roles()]), Ok(()));
    let leave = [room.removal(BOB), Proposed::SelfRemove];
    assert_eq!(room.propose(B1, &leave), Err(Rejection::InvalidAfter), "POL-07, RACE-25");
}

#[test]
fn clients_that_go_already_are_not_left_over() {
    let mut room = Room::new();
    assert_eq!(room.propose(B1, &[Proposed::SelfRemove]), Ok(()));
    assert_eq!(room.propose(A1, &[room.removal(BOB)]), Ok(()));
}

#[test]
fn a_blocked_user_takes_its_clients_out_and_does_nothing_else() {
    let mut room = Room::new();
    room.standing.participants.retain(|entry| entry.user != BOB);
    assert_eq!(room.propose(B1, &[add(B2)]), Err(Rejection::Blocked));
    // Its client is in the group without an entry until this removal is committed.
    assert_eq!(room.propose(B1, &[Proposed::SelfRemove]), Ok(()));
}

/// What a hub with the planted bug says of a room that becomes `after`.
#[cfg(feature = "museum")]
fn beside(mutant: Option<Mutant>, after: &Standing) -> Result<(), Rejection> {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob"] {
        directory.add_user(hub, name);
    }
    let [room, other] = ["room", "other"].map(|name| directory.add_room(hub, name));
    let planted = mutant.map_or(Planted::NONE, Planted::new);
    let config = NodeConfig::new(Arc::new(directory), Readings::default(), planted);
    let envelope = Envelope { no_discovery: true, ..Envelope::default() };
    let config = NodeConfig { envelopes: [(hub, envelope)].into(), ..(*config).clone() };
    let mut there = examples::cooperative_room(ALICE);
    there.base.fixed_membership = true;
    judge_beside(&config, room, &[], after, &[(other, Arc::new(there))].into())
}

#[cfg(feature = "museum")]
#[test]
fn rooms_are_judged_beside_others_and_within_the_envelope() {
    let base = |change: fn(&mut crate::room::BasePolicy)| {
        let mut room = examples::cooperative_room(ALICE);
        change(&mut room.base);
        room
    };
    let parent = |base: &mut crate::room::BasePolicy| {
        base.parent_room = Some(crate::uri::MimiUri::room("a.example", "other"));
    };
    assert_eq!(beside(None, &base(|_| {})), Ok(()));
    let cases = [
        (base(|base| base.fixed_membership = true), Mutant::FixedRoomTwice, Rejection::InvalidAfter),
        (base(parent), Mutant::ChildOutgrowsParent, Rejection::InvalidAfter),
        (base(|base| base.discoverable = true), Mutant::NoEnvelope, Rejection::OutOfEnvelope),
    ];
    for (room, mutant, rejection) in cases {
        assert_eq!(beside(None, &room), Err(rejection));
        assert_eq!(beside(Some(mutant), &room), Ok(()), "{mutant:?}");
    }
}
