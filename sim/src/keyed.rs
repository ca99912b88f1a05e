//! Keyed randomness: every decision is drawn from a hash of what it is about, never from a shared stream.

use mimic_protocol::NodeId;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::ops::Range;

/// What a decision belongs to. Two domains never share a stream, so a draw in one cannot shift a draw in another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Domain {
    /// How this seed's world is set up: families on or off, intensities, latencies of links.
    Config,
    /// What the users want and when.
    Workload,
    /// What strikes one message, write or node.
    Fault,
    /// The randomness that a node is handed for one step.
    Entropy,
}

impl Domain {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 4] = [Self::Config, Self::Workload, Self::Fault, Self::Entropy];

    fn context(self) -> &'static str {
        match self {
            Self::Config => "mimic 2026-01 randomness: config",
            Self::Workload => "mimic 2026-01 randomness: workload",
            Self::Fault => "mimic 2026-01 randomness: fault",
            Self::Entropy => "mimic 2026-01 randomness: entropy",
        }
    }
}

/// All randomness of one run: a pure function of (seed, domain, key).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Randomness {
    seed: u64,
    keys: [[u8; 32]; 4],
}

impl Randomness {
    /// The randomness of the run with this seed.
    pub fn new(seed: u64) -> Self {
        let keys = Domain::ALL.map(|domain| blake3::derive_key(domain.context(), &seed.to_le_bytes()));
        Self { seed, keys }
    }

    /// The seed that all of it comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream for the one decision that `key` names. The same key always gives the same stream.
    pub fn draw(&self, domain: Domain, key: &Key) -> Draw {
        let digest = blake3::keyed_hash(&self.keys[domain as usize], &key.bytes);
        Draw(ChaCha20Rng::from_seed(*digest.as_bytes()))
    }

    /// `config(seed, name)`.
    pub fn config(&self, name: &str) -> Draw {
        self.draw(Domain::Config, &Key::new(name))
    }

    /// `workload(seed, actor, n)`.
    pub fn workload(&self, actor: NodeId, n: u64) -> Draw {
        self.draw(Domain::Workload, &Key::new("intent").node(actor).number(n))
    }

    /// `entropy(seed, node, n)`: the bytes that the node is handed for its `n`-th step.
    pub fn entropy(&self, node: NodeId, n: u64) -> [u8; 32] {
        self.draw(Domain::Entropy, &Key::new("step").node(node).number(n)).bytes32()
    }
}

/// What a decision is about, as bytes: each part carries its kind and length, so no two keys collide.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    bytes: Vec<u8>,
}

impl Key {
    /// A key that begins with `name`.
    pub fn new(name: &str) -> Self {
        Self { bytes: Vec::with_capacity(64) }.text(name)
    }

    /// Adds a text.
    pub fn text(mut self, text: &str) -> Self {
        self.bytes.push(b't');
        self.bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds a number.
    pub fn number(mut self, number: u64) -> Self {
        self.bytes.push(b'n');
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Adds a node.
    pub fn node(mut self, node: NodeId) -> Self {
        let (kind, id) = match node {
            NodeId::Provider(id) => (b'p', id.0),
            NodeId::Client(id) => (b'c', id.0),
        };
        self.bytes.push(kind);
        self.bytes.extend_from_slice(&id.to_le_bytes());
        self
    }
}

/// The stream of one decision. Its arithmetic is on integers and on exactly rounded operations only: the same draw on any
/// machine, in debug and in release.
#[derive(Clone, Debug)]
pub struct Draw(ChaCha20Rng);

impl Draw {
    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform fraction in `[0, 1)`.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`; a `p` of 0 is never true, one of 1 always.
    pub fn chance(&mut self, p: f64) -> bool {
        self.fraction() < p
    }

    /// A uniform number of `range`, or its start if it is empty.
    pub fn range(&mut self, range: Range<u64>) -> u64 {
        let span = u128::from(range.end.saturating_sub(range.start));
        range.start + ((u128::from(self.bits()) * span) >> 64) as u64
    }

    /// A uniform number from `low` to `high`, both included; `low` if that is above `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.range(low..high.saturating_add(1).max(low))
    }

    /// A uniform fraction from `low` to `high`.
    pub fn fraction_between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// An exponentially distributed number with this mean, in the mean's unit; at most 44 times the mean.
    pub fn exponential(&mut self, mean: u64) -> u64 {
        let nats = u128::from(negative_ln_q32(self.bits() | 1));
        ((u128::from(mean) * nats) >> 32) as u64
    }

    /// One of `items`, or none if there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.range(0..items.len() as u64) as usize)
    }

    /// 32 uniform bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// `-ln(x / 2^64)` with 32 fractional bits. In integers, because the logarithm of the platform's library is not the same
/// everywhere to the last bit.
fn negative_ln_q32(x: u64) -> u64 {
    const LN_2_Q32: u128 = 0xB172_17F7;
    const FRACTION_BITS: u32 = 24;
    let whole = 63 - x.leading_zeros();
    let mut mantissa = x << x.leading_zeros();
    let mut log2 = u64::from(whole) << 32;
    for bit in 1..=FRACTION_BITS {
        let square = (u128::from(mantissa) * u128::from(mantissa)) >> 63;
        if square >> 64 != 0 {
            log2 |= 1 << (32 - bit);
            mantissa = (square >> 1) as u64;
        } else {
            mantissa = square as u64;
        }
    }
    ((u128::from((64u64 << 32) - log2) * LN_2_Q32) >> 32) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId};
    use proptest::prelude::*;

    #[test]
    fn domains_and_keys_do_not_share_a_stream() {
        let randomness = Randomness::new(7);
        let mut seen = std::collections::BTreeSet::new();
        let keys = [
            Key::new("a"),
            Key::new("ab"),
            Key::new("a").text("b"),
            Key::new("a").number(0),
            Key::new("a").node(ProviderId(0).into()),
            Key::new("a").node(ClientId(0).into()),
        ];
        for domain in Domain::ALL {
            for key in &keys {
                assert!(seen.insert(randomness.draw(domain, key).bytes32()), "{domain:?} {key:?}");
            }
        }
        assert!(seen.insert(Randomness::new(8).draw(Domain::Config, &keys[0]).bytes32()));
    }

    /// Pins the streams: a change here changes every digest and every seed that anybody has written down.
    #[test]
    fn streams_are_pinned() {
        let randomness = Randomness::new(7);
        let drawn = (
            randomness.config("loss").bits(),
            randomness.workload(ClientId(3).into(), 2).range(0..1000),
            randomness.config("delay").exponential(1_000_000),
            randomness.entropy(ProviderId(1).into(), 9)[..4].to_vec(),
        );
        assert_eq!(drawn, (4_353_078_027_342_767_080, 677, 148_488, vec![128, 49, 49, 72]));
    }

    #[test]
    fn chance_is_exact_at_its_ends_and_fair_between() {
        let mut draw = Randomness::new(1).config("chance");
        assert!((0..1000).all(|_| !draw.chance(0.0)));
        assert!((0..1000).all(|_| draw.chance(1.0)));
        let hits = (0..10_000).filter(|_| draw.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }

    #[test]
    fn exponential_has_its_mean_and_its_median() {
        let mut draw = Randomness::new(1).config("exponential");
        let mut drawn: Vec<u64> = (0..20_000).map(|_| draw.exponential(1_000_000)).collect();
        let mean = drawn.iter().sum::<u64>() / drawn.len() as u64;
        drawn.sort_unstable();
        let median = drawn[drawn.len() / 2];
        assert!((980_000..1_020_000).contains(&mean), "{mean}");
        assert!((673_000..713_000).contains(&median), "{median}");
    }

    #[test]
    fn the_integer_logarithm_agrees_with_the_library() {
        for x in [1, 2, 3, 1 << 20, (1 << 63) + 12_345, u64::MAX / 3, u64::MAX] {
            let expected = 64.0 * std::f64::consts::LN_2 - (x as f64).ln();
            let got = negative_ln_q32(x) as f64 / (1u64 << 32) as f64;
            assert!((got - expected).abs() < 1e-6, "{x}: {got} against {expected}");
        }
    }

    #[test]
    fn both_ends_are_drawn_and_nothing_beyond() {
        let mut draw = Randomness::new(1).config("between");
        let drawn: std::collections::BTreeSet<u64> = (0..100).map(|_| draw.between(3, 5)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((draw.between(7, 7), draw.between(7, 2)), (7, 7));
        assert!((0..100).all(|_| (0.25..0.5).contains(&draw.fraction_between(0.25, 0.5))));
    }

    #[test]
    fn picking_from_nothing_gives_nothing() {
        let mut draw = Randomness::new(1).config("pick");
        assert_eq!(draw.pick::<u8>(&[]), None);
        assert_eq!(draw.pick(&[9]), Some(&9));
    }

    proptest! {
        #[test]
        fn a_range_holds_what_it_gives(seed: u64, start in 0u64..1 << 40, span in 1u64..1 << 40) {
            let drawn = Randomness::new(seed).config("range").range(start..start + span);
            prop_assert!((start..start + span).contains(&drawn));
        }
    }
}
