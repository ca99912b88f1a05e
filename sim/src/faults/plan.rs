//! The fault configuration of one seed: which families are on, how hard they strike, and what is planned by time.

use crate::faults::family::Family;
use crate::faults::partition::{Closed, Partition};
use crate::faults::schedule::Crash;
use crate::keyed::{Draw, Randomness};
use crate::scenario::{
    Chance, CrashRanges, FaultRanges, MeanRanges, PartitionRanges, Range, RateRanges, WithinRanges,
};
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
        let planner = Planner { randomness, directory, heal_at_ms };
        let FaultRanges { partition, crash, disk, .. } = ranges;
        let partitions = [
            planner.partitions(Family::Partition, partition.symmetric.as_ref()),
            planner.partitions(Family::OneWayPartition, partition.one_way.as_ref()),
        ];
        let crashes = [
            planner.crashes(Family::HubCrash, crash.hub.as_ref()),
            planner.crashes(Family::FollowerCrash, crash.follower.as_ref()),
            planner.crashes(Family::ClientCrash, crash.client.as_ref()),
        ];
        Self {
            loss_chance: planner.chance(Family::Loss, ranges.loss.as_ref()),
            duplication: planner.within(Family::Duplication, ranges.duplication.as_ref()),
            delay: planner.mean(Family::Delay, ranges.delay.as_ref()),
            reordering: planner.within(Family::Reordering, ranges.reordering.as_ref()),
            slow_disk: planner.mean(Family::SlowDisk, disk.slow.as_ref()),
            lost_write_chance: planner.chance(Family::LostWrite, disk.lost_write.as_ref()),
            partitions: partitions.into_iter().flatten().collect(),
            crashes: crashes.into_iter().flatten().collect(),
        }
    }
}

struct Planner<'a> {
    randomness: &'a Randomness,
    directory: &'a Directory,
    heal_at_ms: u64,
}

impl Planner<'_> {
    /// The stream of the family's strength, if the family is on in this seed.
    fn on(&self, family: Family, probability: Chance) -> Option<Draw> {
        let mut draw = self.randomness.config(&format!("fault {family}"));
        draw.chance(probability.value()).then_some(draw)
    }

    fn chance(&self, family: Family, ranges: Option<&RateRanges>) -> Option<f64> {
        let ranges = ranges?;
        let mut draw = self.on(family, ranges.probability)?;
        Some(draw.fraction_between(ranges.chance.low().value(), ranges.chance.high().value()))
    }

    fn within(&self, family: Family, ranges: Option<&WithinRanges>) -> Option<Strength> {
        let ranges = ranges?;
        Some(strength(self.on(family, ranges.probability)?, ranges.chance, ranges.within_ms))
    }

    fn mean(&self, family: Family, ranges: Option<&MeanRanges>) -> Option<Strength> {
        let ranges = ranges?;
        Some(strength(self.on(family, ranges.probability)?, ranges.chance, ranges.mean_ms))
    }

    fn partitions(&self, family: Family, ranges: Option<&PartitionRanges>) -> Vec<Partition> {
        let Some(ranges) = ranges else { return Vec::new() };
        let Some(mut draw) = self.on(family, ranges.probability) else { return Vec::new() };
        let count = within(&mut draw, ranges.count);
        (0..count).filter_map(|n| self.partition(family, n, ranges.duration_ms)).collect()
    }

    fn partition(&self, family: Family, n: u64, duration_ms: Range<u64>) -> Option<Partition> {
        let mut draw = self.randomness.config(&format!("fault {family} {n}"));
        let from_ms = draw.range(0..self.heal_at_ms);
        let until_ms = (from_ms + within(&mut draw, duration_ms)).min(self.heal_at_ms);
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

    fn crashes(&self, family: Family, ranges: Option<&CrashRanges>) -> Vec<Crash> {
        let Some(ranges) = ranges else { return Vec::new() };
        let Some(mut draw) = self.on(family, ranges.probability) else { return Vec::new() };
        let count = within(&mut draw, ranges.count);
        (0..count).filter_map(|n| self.crash(family, n, ranges)).collect()
    }

    fn crash(&self, family: Family, n: u64, ranges: &CrashRanges) -> Option<Crash> {
        let mut draw = self.randomness.config(&format!("fault {family} {n}"));
        let at_ms = draw.range(0..self.heal_at_ms);
        let down_ms = within(&mut draw, ranges.down_ms);
        let while_writing = draw.chance(ranges.while_writing.value());
        let node = *draw.pick(&self.victims(family))?;
        Some(Crash { at_ms, node, family, while_writing, down_ms })
    }

    /// A follower is a provider that hosts no room; where each hosts some, one of those that host fewest, unless that is all.
    fn victims(&self, family: Family) -> Vec<NodeId> {
        let hosted =
            |provider| self.directory.rooms().filter(|room| self.directory.hub_of(*room) == provider).count();
        let all = self.directory.rooms().count();
        let providers = || self.directory.providers();
        match family {
            Family::HubCrash => providers().filter(|p| hosted(*p) > 0).map(NodeId::from).collect(),
            Family::FollowerCrash => {
                let least = providers().map(hosted).min().filter(|least| *least < all);
                providers().filter(|p| Some(hosted(*p)) == least).map(NodeId::from).collect()
            }
            _ => self.directory.clients().map(NodeId::from).collect(),
        }
    }
}

fn within(draw: &mut Draw, range: Range<u64>) -> u64 {
    draw.between(range.low(), range.high())
}

fn strength(mut draw: Draw, chance: Range<Chance>, time_ms: Range<u64>) -> Strength {
    let chance = draw.fraction_between(chance.low().value(), chance.high().value());
    Strength { chance, time_ms: within(&mut draw, time_ms) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    const CLUBHOUSE: &str = include_str!("../../../scenarios/clubhouse.toml");

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

    fn plan_of(seed: u64, scenario: &str) -> FaultPlan {
        let ranges = Scenario::parse("clubhouse.toml", scenario).unwrap().faults;
        FaultPlan::draw(&Randomness::new(seed), &ranges, &directory(), 60_000)
    }

    fn plan(seed: u64) -> FaultPlan {
        plan_of(seed, CLUBHOUSE)
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
        let before = plan(5);
        let harsher =
            CLUBHOUSE.replace("[0.7, 1.0]", "[0.9, 1.0]").replace("count = [1, 3]", "count = [9, 9]");
        let after = plan_of(5, &harsher.replacen("[0.01, 0.30]", "[0.30, 0.31]", 1));
        assert_ne!((before.loss_chance, &before.crashes), (after.loss_chance, &after.crashes));
        assert_eq!((before.duplication, before.delay), (after.duplication, after.delay));
        assert_eq!(before.partitions, after.partitions);
    }

    #[test]
    fn a_world_of_one_provider_without_rooms_and_clients_has_nobody_to_crash() {
        let mut directory = Directory::default();
        directory.add_provider("a.example");
        let always = CLUBHOUSE.replace("probability = 0.6", "probability = 1.0");
        let ranges = Scenario::parse("clubhouse.toml", &always).unwrap().faults;
        let plan = FaultPlan::draw(&Randomness::new(1), &ranges, &directory, 1_000);
        assert_eq!((plan.crashes.len(), plan.loss_chance.is_some()), (0, true));
    }
}
