//! A hub that does not mind one rule of the policy is found out by INV-05, which was written apart from it.

use super::chance::Chance;
use super::room::{Opinions, Room};
use super::{event, policy, world};
use mimic_protocol::{ClientId, Mutant, Planted};

/// How often a room is tried.
const SEEDS: u64 = 400;
const EVENTS: u64 = 40;

/// Each planted bug of the policy that random members can make use of.
const BUGS: [Mutant; 33] = [
    Mutant::AnybodyAdds,
    Mutant::AnybodyRemoves,
    Mutant::AnyDevice,
    Mutant::AnyDeviceGoes,
    Mutant::AnybodyLeaves,
    Mutant::AnybodyJoins,
    Mutant::AnybodyKicks,
    Mutant::AnybodyPromotes,
    Mutant::AnybodyPromotesItself,
    Mutant::AnybodyBans,
    Mutant::AnybodyUnbans,
    Mutant::AnybodyDefinesRoles,
    Mutant::AnybodyPreauthorises,
    Mutant::AnybodyRenames,
    Mutant::AnybodyChangesPolicy,
    Mutant::AnyTransition,
    Mutant::BansAnywhere,
    Mutant::AnyPreauthorisation,
    Mutant::JoinsWithoutClient,
    Mutant::AddsForeignClients,
    Mutant::ClientsRemain,
    Mutant::MembershipNotFixed,
    Mutant::RolesWithList,
    Mutant::PreauthWithList,
    Mutant::OpenToOutsiders,
    Mutant::PseudonymsEverywhere,
    Mutant::PolicyOfNobody,
    Mutant::ManyJoinLinks,
    Mutant::SeveralDevices,
    Mutant::RoomWithoutLimits,
    Mutant::OrphansRoles,
    Mutant::RolesWithoutBounds,
    Mutant::AnybodySends,
];

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

#[test]
fn each_rule_that_a_hub_does_not_mind_is_missed() {
    let unseen: Vec<Mutant> = BUGS.into_iter().filter(|mutant| objection(*mutant).is_none()).collect();
    assert_eq!(unseen, []);
}
