//! The planted bugs: each one breaks a rule on purpose, so that the check of that rule can be seen to fire.

use serde::{Deserialize, Serialize};

/// A bug that a node is built with. Without the `museum` feature none of them is compiled in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutant {
    /// The hub answers before its record is durable, so that it can accept two commits for one epoch (RACE-41, INV-04).
    AnswerBeforeDurable,
    /// The hub does not check that a commit's Adds are of participants (INV-01).
    MembersWithoutEntry,
    /// A participant list update may list a user twice (INV-02).
    DoubleEntry,
    /// A client keeps its own participant list update and drops the others' (INV-03).
    IgnoresListUpdates,
    /// The hub does not ask the policy (INV-05).
    NoAuthorisation,
    /// The hub accepts messages of users whose removal is pending (INV-06).
    BlockedMaySend,
    /// A provider goes on delivering messages to a user that has left (INV-07).
    DeliversAfterRemoval,
    /// The hub fans out to each follower newest first (INV-08).
    ReordersFanOut,
    /// A follower does not recognise a repeated notify (INV-10).
    NoDeduplication,
    /// The hub forgets its outbox in a crash (INV-11, INV-25).
    ForgetsOutbox,
    /// The hub does not insist on pending proposals (INV-12).
    CommitsMayOmit,
}

/// The planted bug of a node, if any: a constant without the `museum` feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Planted {
    #[cfg(feature = "museum")]
    mutant: Option<Mutant>,
}

impl Planted {
    /// No bug.
    pub const NONE: Self = Self {
        #[cfg(feature = "museum")]
        mutant: None,
    };

    /// Plants `mutant`.
    #[cfg(feature = "museum")]
    pub const fn new(mutant: Mutant) -> Self {
        Self { mutant: Some(mutant) }
    }

    /// Whether `mutant` is the planted bug.
    #[inline]
    pub fn is(self, mutant: Mutant) -> bool {
        #[cfg(feature = "museum")]
        return self.mutant == Some(mutant);
        #[cfg(not(feature = "museum"))]
        {
            let _ = mutant;
            false
        }
    }
}
