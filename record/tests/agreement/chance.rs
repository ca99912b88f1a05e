//! Chance that is a function of a seed.

use mimic_protocol::mls::Entropy;

pub struct Chance {
    seed: u64,
    draws: u64,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: 0 }
    }

    /// A number less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draws += 1;
        Entropy([0; 32]).of(&format!("mimic agreement {}", self.seed)).between(
            &self.draws.to_string(),
            0,
            end - 1,
        )
    }

    /// True in so many of a hundred cases.
    pub fn of(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
