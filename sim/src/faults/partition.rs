//! A border that messages do not pass for a time.

use crate::packet::Link;
use mimic_protocol::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The border of `island`: the links between a node in it and one outside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Partition {
    /// The nodes on one side.
    pub island: BTreeSet<NodeId>,
    /// Where it applies, if not to all nodes outside: a single link is an island of one node, and one other node.
    pub mainland: Option<BTreeSet<NodeId>>,
    /// Which way it is closed.
    pub closed: Closed,
    /// From when on.
    pub from_ms: u64,
    /// Until when: the border is open again at this time.
    pub until_ms: u64,
}

/// In which direction nothing passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closed {
    /// In neither direction.
    BothWays,
    /// Nothing leaves the island; what is sent to it arrives.
    Outbound,
    /// Nothing reaches the island; what it sends arrives.
    Inbound,
}

impl Partition {
    /// Whether a message that is on this link at this time does not pass.
    pub fn cuts(&self, now_us: u64, link: Link) -> bool {
        if now_us < 1_000 * self.from_ms || now_us >= 1_000 * self.until_ms {
            return false;
        }
        let leaves = self.closed != Closed::Inbound && self.separates(link.from, link.to);
        leaves || self.closed != Closed::Outbound && self.separates(link.to, link.from)
    }

    fn separates(&self, inside: NodeId, outside: NodeId) -> bool {
        self.island.contains(&inside)
            && !self.island.contains(&outside)
            && self.mainland.as_ref().is_none_or(|nodes| nodes.contains(&outside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId};

    fn link(from: impl Into<NodeId>, to: impl Into<NodeId>) -> Link {
        Link { from: from.into(), to: to.into() }
    }

    fn around(island: &[NodeId], closed: Closed) -> Partition {
        let island = island.iter().copied().collect();
        Partition { island, mainland: None, closed, from_ms: 10, until_ms: 20 }
    }

    #[test]
    fn it_lasts_from_its_start_until_its_end() {
        let partition = around(&[ProviderId(1).into()], Closed::BothWays);
        let crossing = link(ProviderId(0), ProviderId(1));
        let cut: Vec<bool> =
            [9_999, 10_000, 19_999, 20_000].map(|now| partition.cuts(now, crossing)).to_vec();
        assert_eq!(cut, [false, true, true, false]);
    }

    #[test]
    fn each_direction_is_closed_as_said() {
        let island = [ProviderId(1).into(), ClientId(4).into()];
        let (out, into) = (link(ProviderId(1), ProviderId(0)), link(ProviderId(0), ProviderId(1)));
        let inside = link(ClientId(4), ProviderId(1));
        let cases = [
            (Closed::BothWays, [true, true, false]),
            (Closed::Outbound, [true, false, false]),
            (Closed::Inbound, [false, true, false]),
        ];
        for (closed, expected) in cases {
            let partition = around(&island, closed);
            assert_eq!([out, into, inside].map(|link| partition.cuts(15_000, link)), expected, "{closed:?}");
        }
    }

    #[test]
    fn a_mainland_narrows_it_to_single_links() {
        let mainland = Some([ProviderId(0).into()].into());
        let partition = Partition { mainland, ..around(&[ProviderId(1).into()], Closed::BothWays) };
        assert!(partition.cuts(15_000, link(ProviderId(0), ProviderId(1))));
        assert!(!partition.cuts(15_000, link(ProviderId(2), ProviderId(1))));
    }
}
