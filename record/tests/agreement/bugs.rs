//! A hub that does not mind one rule of the policy is found out by INV-05, which was written apart from it.

use super::chance::Chance;
use super::room::{Opinions, Room};
use super::{event, policy, world};
use mimic_protocol::{ClientId, Mutant, Planted};
use mimic_record::Invariant;
use mimic_record::invariants::Authorised;

/// How often a room is tried.
const SEEDS: u64 = 6000;
const EVENTS: u64 = 40;

/// What INV-05 says to the first thing that such a hub ought not to have accepted.
fn objection(mutant: Mutant) -> Option<String> {
    for seed in 0..SEEDS {
        let chance = &mut Chance::new(seed);
        let standing = policy(chance);
        let planted = Planted::new(mutant);
        let Some(mut room) = Room::open(world(), &standing, ClientId(0), planted) else { continue };
        for _ in 0..EVENTS {
            if let (_, Some(Opinions { hub: None, drafts: Some(Some(objection)) })) = event(chance, &mut room)
            {
                return Some(objection);
            }
        }
    }
    None
}

/// The invariant of that name objects to a hub with each of these bugs.
fn sees(invariant: &str, mutants: &[Mutant]) {
    assert_eq!(Authorised::default().id(), invariant);
    let unseen: Vec<&Mutant> = mutants.iter().filter(|mutant| objection(**mutant).is_none()).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn who_comes_in() {
    sees("INV-05", &[Mutant::AnybodyJoins, Mutant::AnyPreauthorisation]);
    sees("INV-05", &[Mutant::AnybodyAdds, Mutant::AnyDevice, Mutant::AddsForeignClients]);
    sees("INV-05", &[Mutant::OpenToOutsiders, Mutant::PseudonymsEverywhere, Mutant::MembershipNotFixed]);
}

#[test]
fn who_goes_out() {
    sees("INV-05", &[Mutant::AnybodyRemoves, Mutant::AnyDeviceGoes, Mutant::AnybodyLeaves]);
    sees("INV-05", &[Mutant::AnybodyKicks, Mutant::AnybodyBans, Mutant::ClientsRemain]);
}

#[test]
fn who_has_which_role() {
    sees("INV-05", &[Mutant::AnybodyPromotes, Mutant::AnybodyPromotesItself, Mutant::AnybodyUnbans]);
    sees("INV-05", &[Mutant::AnyTransition, Mutant::BansAnywhere, Mutant::OrphansRoles]);
}

#[test]
fn who_changes_the_policy() {
    let definitions = [Mutant::AnybodyDefinesRoles, Mutant::AnybodyPreauthorises, Mutant::AnybodyRenames];
    sees("INV-05", &definitions);
    sees("INV-05", &[Mutant::AnybodyChangesPolicy, Mutant::PolicyOfNobody, Mutant::ManyJoinLinks]);
    sees("INV-05", &[Mutant::RolesWithList, Mutant::PreauthWithList]);
}

#[test]
fn how_many_there_are() {
    sees("INV-05", &[Mutant::SeveralDevices, Mutant::RoomWithoutLimits, Mutant::RolesWithoutBounds]);
}

#[test]
fn who_speaks() {
    sees("INV-05", &[Mutant::AnybodySends]);
}
