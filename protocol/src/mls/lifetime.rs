//! When a key package may be used.

use serde::{Deserialize, Serialize};

/// The lifetime of a key package, in seconds of its maker's clock, ends included (RFC 9420 §7.2, MLS-16).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Lifetime {
    /// From when on.
    pub not_before_s: u64,
    /// Until when.
    pub not_after_s: u64,
}

impl Lifetime {
    /// All of time.
    pub const ALWAYS: Self = Self { not_before_s: 0, not_after_s: u64::MAX };

    /// How much earlier than it was made a key package may be used, for the sake of clocks that are behind the maker's.
    const MARGIN_S: u64 = 3_600;

    /// Of a key package that is made now and lasts so long.
    pub fn lasting(lasts_s: u64, now_s: u64) -> Self {
        Self {
            not_before_s: now_s.saturating_sub(Self::MARGIN_S),
            not_after_s: now_s.saturating_add(lasts_s),
        }
    }

    /// Whether the key package may be used now (RFC 9420 §7.3).
    pub fn covers(self, now_s: u64) -> bool {
        (self.not_before_s..=self.not_after_s).contains(&now_s)
    }

    /// Whether it is over.
    pub fn is_over(self, now_s: u64) -> bool {
        now_s > self.not_after_s
    }

    /// The time in which both may be used; one that covers nothing, if there is none.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            not_before_s: self.not_before_s.max(other.not_before_s),
            not_after_s: self.not_after_s.min(other.not_after_s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_ends_belong_to_it() {
        let lifetime = Lifetime::lasting(60, 4_000);
        assert_eq!(lifetime, Lifetime { not_before_s: 400, not_after_s: 4_060 });
        let covered = [399, 400, 4_060, 4_061].map(|now_s| lifetime.covers(now_s));
        assert_eq!(covered, [false, true, true, false]);
        assert_eq!([4_060, 4_061].map(|now_s| lifetime.is_over(now_s)), [false, true]);
    }

    #[test]
    fn two_of_them_leave_what_they_share() {
        let (early, late) = (Lifetime::lasting(60, 0), Lifetime::lasting(60, 3_650));
        assert_eq!(early.and(Lifetime::ALWAYS), early);
        assert_eq!(early.and(late), Lifetime { not_before_s: 50, not_after_s: 60 });
        let apart = early.and(Lifetime::lasting(60, 9_000));
        assert!([0, 60, 5_400, 9_060].into_iter().all(|now_s| !apart.covers(now_s)));
    }
}
