//! The fault configuration of one seed: which families are on, how hard they strike, and what is planned by time.

use crate::faults::family::Family;
use crate::faults::partition::{Closed, Partition};
use crate::faults::ranges::FaultRanges;
use crate::faults::schedule::Crash;
use crate::keyed::{Draw, Randomness};
use mimic_protocol::{Directory, NodeId, ProviderId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A chance, and a time in the unit that its use says.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Strength {
    /// How probable the fault is, each time.
    pub chance: f64,
    /// The bound or the mean of its time.
    pub time_ms: u64,
}

/// Swarm configuration: each family is drawn by its own name, so that the ranges of one do not move another.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct FaultPlan {
    /// The chance that a message is lost, if that family is on.
    pub loss_chance: Option<f64>,
    /// Duplication: the second copy comes within this time.
    pub duplication: Option<Strength>,
    /// Delay: the mean.
    pub delay: Option<Strength>,
    /// Reordering: the bound.
    pub reordering: Option<Strength>,
    /// Slow records: the mean.
    pub slow_disk: Option<Strength>,
    /// The chance that a crash loses what is not durable yet.
    pub lost_write_chance: Option<f64>,
    /// The partitions of both families.
    pub partitions: Vec<Partition>,
    /// The crashes of all three families.
    pub crashes: Vec<Crash>,
}

impl FaultPlan {
    /// Draws the plan of a seed; what is planned by time happens before `heal_at_ms`.
    pub fn draw(
        randomness: &Randomness,
        ranges: &FaultRanges,
        directory: &Directory,
        heal_at_ms: u64,
    ) -> Self {
        let on = |family: Family| {
            let mut draw = randomness.config(&format!("fault {family}"));
            draw.chance(ranges.family_chance).then_some(draw)
        };
        let strength = |family, chance: crate::span::Span<f64>, time: crate::span::Span<u64>| {
            on(family)
                .map(|mut draw| Strength { chance: chance.draw(&mut draw), time_ms: time.draw(&mut draw) })
        };
        let planner = Planner { randomness, ranges, directory, heal_at_ms };
        let mut plan = Self {
            loss_chance: on(Family::Loss).map(|mut draw| ranges.loss_chance.draw(&mut draw)),
            duplication: strength(Family::Duplication, ranges.duplication_chance, ranges.duplicate_within_ms),
            delay: strength(Family::Delay, ranges.delay_chance, ranges.delay_mean_ms),
            reordering: strength(Family::Reordering, ranges.reordering_chance, ranges.reordering_within_ms),
            slow_disk: strength(Family::SlowDisk, ranges.slow_write_chance, ranges.slow_write_mean_ms),
            lost_write_chance: on(Family::LostWrite).map(|mut draw| ranges.lost_write_chance.draw(&mut draw)),
            ..Self::default()
        };
        for family in [Family::Partition, Family::OneWayPartition] {
            if let Some(mut draw) = on(family) {
                let count = ranges.partitions.draw(&mut draw);
                plan.partitions.extend((0..count).filter_map(|n| planner.partition(family, n)));
            }
        }
        for family in [Family::HubCrash, Family::FollowerCrash, Family::ClientCrash] {
            if let Some(mut draw) = on(family) {
                let count = ranges.crashes.draw(&mut draw);
                plan.crashes.extend((0..count).filter_map(|n| planner.crash(family, n)));
            }
        }
        plan
    }
}

struct Planner<'a> {
    randomness: &'a Randomness,
    ranges: &'a FaultRanges,
    directory: &'a Directory,
    heal_at_ms: u64,
}

impl Planner<'_> {
    fn partition(&self, family: Family, n: u64) -> Option<Partition> {
        let mut draw = self.randomness.config(&format!("fault {family} {n}"));
        let from_ms = draw.range(0..self.heal_at_ms);
        let until_ms = (from_ms + self.ranges.partition_ms.draw(&mut draw)).min(self.heal_at_ms);
        let closed = match (family, draw.chance(0.5)) {
            (Family::Partition, _) => Closed::BothWays,
            (_, true) => Closed::Outbound,
            (_, false) => Closed::Inbound,
        };
        let island = self.island(&mut draw);
        (!island.is_empty()).then_some(Partition { island, mainland: None, closed, from_ms, until_ms })
    }

    /// Half of the partitions divide the providers, each with its clients; the others close around a single node.
    fn island(&self, draw: &mut Draw) -> BTreeSet<NodeId> {
        let providers: Vec<ProviderId> = self.directory.providers().collect();
        if providers.len() > 1 && draw.chance(0.5) {
            let outside = draw.range(0..providers.len() as u64) as usize;
            let inside = draw.range(1..providers.len() as u64) as usize;
            let chosen = providers.iter().cycle().skip(outside + 1).take(inside);
            return chosen.flat_map(|provider| self.with_clients(*provider)).collect();
        }
        let nodes: Vec<NodeId> = if draw.chance(0.5) {
            providers.into_iter().map(NodeId::from).collect()
        } else {
            self.directory.clients().map(NodeId::from).collect()
        };
        draw.pick(&nodes).copied().into_iter().collect()
    }

    fn with_clients(&self, provider: ProviderId) -> impl Iterator<Item = NodeId> + '_ {
        let clients = self.directory.clients();
        let own = clients.filter(move |client| self.directory.provider_of_client(*client) == provider);
        std::iter::once(provider.into()).chain(own.map(NodeId::from))
    }

    fn crash(&self, family: Family, n: u64) -> Option<Crash> {
        let mut draw = self.randomness.config(&format!("fault {family} {n}"));
        let at_ms = draw.range(0..self.heal_at_ms);
        let down_ms = self.ranges.down_ms.draw(&mut draw);
        let while_writing = draw.chance(self.ranges.crash_while_writing_chance);
        let node = *draw.pick(&self.victims(family))?;
        Some(Crash { at_ms, node, family, while_writing, down_ms })
    }

    /// A follower is a provider that hosts no room; where each hosts one, one that does not host them all.
    fn victims(&self, family: Family) -> Vec<NodeId> {
        let hosted =
            |provider| self.directory.rooms().filter(|room| self.directory.hub_of(*room) == provider).count();
        let all = self.directory.rooms().count();
        let providers = || self.directory.providers();
        match family {
            Family::HubCrash => providers().filter(|p| hosted(*p) > 0).map(NodeId::from).collect(),
            Family::FollowerCrash if providers().any(|p| hosted(p) == 0) => {
                providers().filter(|p| hosted(*p) == 0).map(NodeId::from).collect()
            }
            Family::FollowerCrash => providers().filter(|p| hosted(*p) < all).map(NodeId::from).collect(),
            _ => self.directory.clients().map(NodeId::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let mut directory = Directory::default();
        let providers: Vec<ProviderId> =
            ["a.example", "b.example", "c.example"].iter().map(|d| directory.add_provider(d)).collect();
        for (i, provider) in providers.iter().enumerate() {
            let user = directory.add_user(*provider, &format!("user{i}"));
            directory.add_client(user, "phone");
        }
        directory.add_room(providers[0], "clubhouse");
        directory
    }

    fn plan(seed: u64) -> FaultPlan {
        FaultPlan::draw(&Randomness::new(seed), &FaultRanges::default(), &directory(), 60_000)
    }

    #[test]
    fn each_family_is_on_in_more_than_half_of_the_seeds_and_never_in_all() {
        let plans: Vec<FaultPlan> = (0..500).map(plan).collect();
        let share =
            |on: &dyn Fn(&FaultPlan) -> bool| plans.iter().filter(|plan| on(plan)).count() as f64 / 500.0;
        let crash = |family| move |plan: &FaultPlan| plan.crashes.iter().any(|crash| crash.family == family);
        let cut = |family| move |plan: &FaultPlan| plan.partitions.iter().any(|p| p.family() == family);
        let shares = [
            share(&|plan| plan.loss_chance.is_some()),
            share(&|plan| plan.duplication.is_some()),
            share(&|plan| plan.delay.is_some()),
            share(&|plan| plan.reordering.is_some()),
            share(&|plan| plan.slow_disk.is_some()),
            share(&|plan| plan.lost_write_chance.is_some()),
            share(&cut(Family::Partition)),
            share(&cut(Family::OneWayPartition)),
            share(&crash(Family::HubCrash)),
            share(&crash(Family::FollowerCrash)),
            share(&crash(Family::ClientCrash)),
        ];
        assert!(shares.iter().all(|share| (0.53..0.67).contains(share)), "{shares:?}");
    }

    #[test]
    fn what_is_planned_ends_before_the_world_heals_and_strikes_the_right_nodes() {
        let hub = NodeId::from(ProviderId(0));
        for plan in (0..200).map(plan) {
            for partition in &plan.partitions {
                assert!(partition.from_ms < partition.until_ms && partition.until_ms <= 60_000);
                assert!(partition.island.len() < 6 && !partition.island.is_empty(), "{partition:?}");
            }
            for crash in &plan.crashes {
                let (is_hub, is_client) = (crash.node == hub, matches!(crash.node, NodeId::Client(_)));
                let expected = match crash.family {
                    Family::HubCrash => (true, false),
                    Family::FollowerCrash => (false, false),
                    _ => (false, true),
                };
                assert!(crash.at_ms < 60_000);
                assert_eq!((is_hub, is_client), expected, "{crash:?}");
            }
        }
    }

    #[test]
    fn the_ranges_of_one_family_do_not_move_another() {
        let mut ranges = FaultRanges::default();
        let before = plan(5);
        ranges.loss_chance = crate::span::Span::new(0.0, 0.001);
        ranges.crashes = crate::span::Span::new(3, 3);
        let after = FaultPlan::draw(&Randomness::new(5), &ranges, &directory(), 60_000);
        assert_eq!((before.duplication, before.delay), (after.duplication, after.delay));
        assert_eq!(before.partitions, after.partitions);
    }

    #[test]
    fn a_world_of_one_provider_without_rooms_has_no_hub_and_no_follower_to_crash() {
        let mut directory = Directory::default();
        directory.add_provider("a.example");
        let ranges = FaultRanges { family_chance: 1.0, ..FaultRanges::default() };
        let plan = FaultPlan::draw(&Randomness::new(1), &ranges, &directory, 1_000);
        assert_eq!(plan.crashes.iter().filter(|crash| crash.family == Family::HubCrash).count(), 0);
    }
}
