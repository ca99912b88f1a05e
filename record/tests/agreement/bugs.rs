//! A hub that does not mind one rule of the policy is found out by INV-05, which was written apart from it.

use super::chance::Chance;
use super::room::{Opinions, Room};
use super::{CAPABILITIES, KINDS, Kind, ROLES, event, policy, role_with, world};
use mimic_protocol::room::{BANNED, BasePolicy, NOT_LISTED, Role, Standing};
use mimic_protocol::{ClientId, Mutant, Planted};
use mimic_record::Invariant;
use mimic_record::invariants::Authorised;

/// How often a room is tried.
const SEEDS: u64 = 1000;
const EVENTS: u64 = 40;

/// What INV-05 says to the first thing that such a hub ought not to have accepted, where members want these.
fn objection(mutant: Mutant, kinds: &[Kind]) -> Option<String> {
    for seed in 0..SEEDS {
        let chance = &mut Chance::new(seed);
        let mut standing = policy(chance);
        // Where hardly anything is forbidden, what is forbidden is seldom so for two reasons.
        if seed % 2 == 1 {
            allow_all_but_one(&mut standing, chance);
        }
        let planted = Planted::new(mutant);
        let Some(mut room) = Room::open(world(), &standing, ClientId(0), planted) else { continue };
        for _ in 0..EVENTS {
            if let (_, Some(Opinions { hub: None, drafts: Some(Some(objection)) })) =
                event(chance, &mut room, kinds)
            {
                return Some(objection);
            }
        }
    }
    None
}

/// Each role may do everything but for one thing; who is banned, nothing. Some rooms have a limit of one kind.
fn allow_all_but_one(standing: &mut Standing, chance: &mut Chance) {
    for index in 0..ROLES {
        let capabilities: Vec<u16> = match index {
            NOT_LISTED => vec![0x0004],
            BANNED => Vec::new(),
            _ => {
                let lacks = chance.below(CAPABILITIES.len() as u64) as usize;
                let rest = CAPABILITIES.iter().enumerate().filter(|(n, _)| *n != lacks);
                rest.map(|(_, capability)| *capability).collect()
            }
        };
        let name = standing.roles[index as usize].name.clone();
        standing.roles[index as usize] = Role { name, ..role_with(index, &capabilities) };
    }
    let limit = chance.below(8);
    standing.roles[2].max_participants = (limit == 2).then_some(1);
    standing.base = BasePolicy {
        fixed_membership: limit == 0,
        multi_device: true,
        max_clients: (limit == 1).then_some(3),
        max_users: (limit == 1).then_some(2),
        pseudonyms_allowed: true,
        ..standing.base.clone()
    };
}

/// The invariant of that name objects to a hub with each of these bugs, where members want what is said beside it.
fn sees(invariant: &str, mutants: &[(Mutant, &[Kind])]) {
    assert_eq!(Authorised::default().id(), invariant);
    let unseen = mutants.iter().filter(|(mutant, kinds)| objection(*mutant, kinds).is_none());
    let unseen: Vec<&Mutant> = unseen.map(|(mutant, _)| mutant).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn who_comes_in() {
    let comes = [
        (Mutant::AnybodyJoins, &KINDS[..]),
        (Mutant::AnyPreauthorisation, &KINDS),
        (Mutant::OutsidersAct, &KINDS),
        (Mutant::AnybodyAdds, &[Kind::Add]),
        (Mutant::AnyDevice, &[Kind::AddDevice]),
        (Mutant::AddsForeignClients, &[Kind::AddDevice]),
        (Mutant::OpenToOutsiders, &KINDS),
        (Mutant::PseudonymsEverywhere, &[Kind::Add]),
        (Mutant::MembershipNotFixed, &[Kind::Add, Kind::Remove]),
    ];
    sees("INV-05", &comes);
}

#[test]
fn who_goes_out() {
    let goes = [
        (Mutant::AnybodyRemoves, &[Kind::Remove, Kind::Add][..]),
        (Mutant::AnyDeviceGoes, &[Kind::Leave, Kind::Kick]),
        (Mutant::AnybodyLeaves, &[Kind::Leave, Kind::Add]),
        (Mutant::AnybodyKicks, &[Kind::Kick, Kind::Add]),
        (Mutant::AnybodyBans, &[Kind::Ban, Kind::Add]),
        (Mutant::ClientsRemain, &[Kind::Remove, Kind::Ban, Kind::Add]),
    ];
    sees("INV-05", &goes);
}

#[test]
fn who_has_which_role() {
    let roles = [
        (Mutant::AnybodyPromotes, &[Kind::ChangeRole][..]),
        (Mutant::AnybodyPromotesItself, &[Kind::ChangeRole]),
        (Mutant::AnybodyUnbans, &[Kind::Ban, Kind::ChangeRole]),
        (Mutant::AnyTransition, &[Kind::ChangeRole, Kind::Add]),
        (Mutant::BansAnywhere, &[Kind::Ban, Kind::Add]),
        (Mutant::OrphansRoles, &[Kind::Roles]),
    ];
    sees("INV-05", &roles);
}

#[test]
fn who_changes_the_policy() {
    let changes = [
        (Mutant::AnybodyDefinesRoles, &[Kind::Roles][..]),
        (Mutant::AnybodyPreauthorises, &[Kind::Component]),
        (Mutant::AnybodyRenames, &[Kind::Component]),
        (Mutant::AnybodyChangesPolicy, &[Kind::Component, Kind::Base]),
        (Mutant::PolicyOfNobody, &[Kind::Component, Kind::Roles]),
        (Mutant::ManyJoinLinks, &[Kind::Component]),
        (Mutant::RolesWithList, &[Kind::Roles, Kind::Remove]),
        (Mutant::PreauthWithList, &[Kind::Component, Kind::ChangeRole]),
        (Mutant::MetadataTwice, &[Kind::Component]),
    ];
    sees("INV-05", &changes);
}

#[test]
fn how_many_there_are() {
    let many = [
        (Mutant::SeveralDevices, &[Kind::AddDevice, Kind::Add][..]),
        (Mutant::RoomWithoutLimits, &[Kind::AddDevice, Kind::Add]),
        (Mutant::RolesWithoutBounds, &[Kind::Add, Kind::ChangeRole, Kind::AddDevice]),
    ];
    sees("INV-05", &many);
}

#[test]
fn who_speaks() {
    sees("INV-05", &[(Mutant::AnybodySends, &KINDS)]);
}
