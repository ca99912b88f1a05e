//! How long links and disks take when no fault strikes.

use crate::keyed::{Draw, Randomness};
use crate::packet::Link;
use mimic_protocol::NodeId;
use std::collections::BTreeMap;

/// Lowest and highest value, both included.
pub type Bounds = (u64, u64);

/// What the latencies of a seed are drawn from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LatencyRanges {
    /// Base latency of a link between two providers.
    pub provider_link_us: Bounds,
    /// Base latency of a link between a client and its provider.
    pub client_link_us: Bounds,
    /// What each message takes in addition.
    pub jitter_us: Bounds,
    /// How long a record takes to become durable.
    pub disk_write_us: Bounds,
}

impl LatencyRanges {
    /// Everything takes the same short time, so that messages are due in the order in which they were sent.
    pub const EQUAL: Self =
        Self { provider_link_us: (1, 1), client_link_us: (1, 1), jitter_us: (0, 0), disk_write_us: (1, 1) };
}

impl Default for LatencyRanges {
    fn default() -> Self {
        Self {
            provider_link_us: (5_000, 60_000),
            client_link_us: (5_000, 80_000),
            jitter_us: (0, 10_000),
            disk_write_us: (200, 3_000),
        }
    }
}

/// The latencies of one seed's world: one base for each direction of each link, and one for each disk.
#[derive(Clone, Debug)]
pub struct Latencies {
    randomness: Randomness,
    ranges: LatencyRanges,
    links: BTreeMap<Link, u64>,
    disks: BTreeMap<NodeId, u64>,
}

impl Latencies {
    /// Draws from `ranges`.
    pub fn new(randomness: Randomness, ranges: LatencyRanges) -> Self {
        Self { randomness, ranges, links: BTreeMap::new(), disks: BTreeMap::new() }
    }

    /// The base latency of the link.
    pub fn link_us(&mut self, link: Link) -> u64 {
        let Self { randomness, ranges, links, .. } = self;
        *links.entry(link).or_insert_with(|| {
            let between_providers =
                matches!((link.from, link.to), (NodeId::Provider(_), NodeId::Provider(_)));
            let (low, high) = if between_providers { ranges.provider_link_us } else { ranges.client_link_us };
            randomness.config(&format!("latency {link}")).between(low, high)
        })
    }

    /// What one message takes in addition.
    pub fn jitter_us(&self, draw: &mut Draw) -> u64 {
        draw.between(self.ranges.jitter_us.0, self.ranges.jitter_us.1)
    }

    /// How long the node's disk takes for a record.
    pub fn disk_us(&mut self, node: NodeId) -> u64 {
        let Self { randomness, ranges, disks, .. } = self;
        *disks.entry(node).or_insert_with(|| {
            let (low, high) = ranges.disk_write_us;
            randomness.config(&format!("disk {node}")).between(low, high)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId};

    #[test]
    fn a_link_keeps_its_base_and_stays_in_range() {
        let ranges = LatencyRanges { provider_link_us: (90_000, 95_000), ..LatencyRanges::default() };
        let mut latencies = Latencies::new(Randomness::new(3), ranges);
        let far = Link { from: ProviderId(0).into(), to: ProviderId(1).into() };
        let near = Link { from: ProviderId(0).into(), to: ClientId(1).into() };
        assert_eq!(latencies.link_us(far), latencies.link_us(far));
        assert!((90_000..=95_000).contains(&latencies.link_us(far)));
        assert!((5_000..=80_000).contains(&latencies.link_us(near)));
        assert!((200..=3_000).contains(&latencies.disk_us(near.to)));
    }

    #[test]
    fn directions_are_drawn_apart() {
        let mut latencies = Latencies::new(Randomness::new(3), LatencyRanges::default());
        let pairs = (0..20).map(|i| Link { from: ProviderId(0).into(), to: ProviderId(i).into() });
        let differ = pairs.filter(|link| latencies.link_us(*link) != latencies.link_us(link.reversed()));
        assert!(differ.count() > 15);
    }
}
