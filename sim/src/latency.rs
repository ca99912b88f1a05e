//! How long links and disks take when no fault strikes.

use crate::keyed::Randomness;
use crate::packet::Link;
use crate::span::Span;
use mimic_protocol::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the latencies of a seed are drawn from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LatencyRanges {
    /// Base latency of a link between two providers.
    pub provider_link_ms: Span<u64>,
    /// Base latency of a link between a client and its provider.
    pub client_link_ms: Span<u64>,
    /// What each message takes in addition.
    pub jitter_ms: Span<u64>,
    /// How long a record takes to become durable.
    pub disk_write_us: Span<u64>,
}

impl Default for LatencyRanges {
    fn default() -> Self {
        Self {
            provider_link_ms: Span::new(5, 60),
            client_link_ms: Span::new(5, 80),
            jitter_ms: Span::new(0, 10),
            disk_write_us: Span::new(200, 3_000),
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
            let range = if between_providers { ranges.provider_link_ms } else { ranges.client_link_ms };
            1_000 * range.draw(&mut randomness.config(&format!("latency {link}")))
        })
    }

    /// The bounds of what each message takes in addition.
    pub fn jitter_us(&self) -> Span<u64> {
        Span::new(1_000 * self.ranges.jitter_ms.low(), 1_000 * self.ranges.jitter_ms.high())
    }

    /// How long the node's disk takes for a record.
    pub fn disk_us(&mut self, node: NodeId) -> u64 {
        let Self { randomness, ranges, disks, .. } = self;
        *disks
            .entry(node)
            .or_insert_with(|| ranges.disk_write_us.draw(&mut randomness.config(&format!("disk {node}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId};

    #[test]
    fn a_link_keeps_its_base_and_stays_in_range() {
        let ranges = LatencyRanges { provider_link_ms: Span::new(90, 95), ..LatencyRanges::default() };
        let mut latencies = Latencies::new(Randomness::new(3), ranges.clone());
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
        let differ =
            pairs.filter(|link| latencies.link_us(*link) != latencies.link_us(link.reversed())).count();
        assert!(differ > 15, "{differ}");
    }
}
