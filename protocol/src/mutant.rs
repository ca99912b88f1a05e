//! The planted bugs: each one breaks a rule on purpose, so that the check of that rule can be seen to fire.

use serde::{Deserialize, Serialize};

/// A bug that a node is built with. Without the `museum` feature none of them is compiled in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutant {
    /// The hub answers before its record is durable, so that a crash lets it accept a second commit for an epoch (RACE-41:
    /// INV-04, and with it INV-03 and INV-25).
    AnswerBeforeDurable,
    /// Clients take users out of the list and leave their devices in the group, and the hub lets them (INV-01, INV-05, and with
    /// them INV-12 and INV-17).
    MembersWithoutEntry,
    /// Clients bring the devices of users of their own provider into the group without entering them in the list, and the
    /// hub lets them (PROTO-05: INV-01, INV-05).
    AddsWithoutEntry,
    /// Clients add users in a role that is not defined, and the hub lets them (INV-02, INV-05, INV-17).
    UndefinedRoles,
    /// A client takes no notice of participant list updates that only change roles (INV-03).
    IgnoresRoleChanges,
    /// The hub does not ask the policy (INV-05).
    NoAuthorisation,
    /// The hub does not look at what the room becomes: the limits of roles and room (POL-05: INV-05, INV-17).
    NoLimits,
    /// The hub accepts messages of users whose removal is pending (INV-06, INV-05).
    BlockedMaySend,
    /// A provider goes on delivering messages to a user that has left (INV-07).
    DeliversAfterRemoval,
    /// The hub fans out to each follower newest first (INV-08).
    ReordersFanOut,
    /// A client encrypts a message anew when the answer to its submission is lost (INV-10).
    ReencryptsOnRetry,
    /// The hub forgets its outbox in a crash (INV-11, INV-25).
    ForgetsOutbox,
    /// A follower refuses a notify that it has processed already, so that the hub never gets past one whose 201 was lost
    /// (PROTO-53: INV-11, and in the models that rest stays reachable).
    RefusesRepetitions,
    /// Clients that join leave out what is pending, and the hub takes commits that do (PROTO-10, PROTO-58).
    LetsOmissions,
    /// Clients add one device of a user and leave the others out (ARCH-07).
    AddsOneDevice,
    /// The hub hands the GroupInfo to anybody who asks (PROTO-57).
    HandsToAnybody,
    /// The hub accepts messages of epochs that are over (POL-62).
    TakesOldEpochs,
    /// A provider forgets in a crash what it owes its own clients (ARCH-03).
    ForgetsInbox,
    /// No client sets out to commit what is pending (INV-12, INV-19).
    NobodyCommits,
    /// The hub takes proposals that cannot be committed beside what is pending (INV-18).
    AcceptsConflicts,
    /// The hub lets banned users join (INV-31, INV-05, INV-06, INV-17).
    BannedMayJoin,
    /// The hub goes on handing out the GroupInfo with which the room was opened (INV-32).
    StaleGroupInfo,
    /// The hub accepts proposals and goes on as if nothing had changed (INV-33, INV-05).
    ForgetsPendingState,
    /// The hub delivers the Welcome of a commit that it refuses (INV-15, and with it INV-03).
    LeaksWelcome,
    /// A client's delays depend on what else the process has done (determinism itself).
    LeaksProcessState,
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

    /// What `LeaksProcessState` adds to a delay: how often that was asked in this process. Else nothing.
    pub fn leaked_ms(self) -> u64 {
        #[cfg(feature = "museum")]
        if self.is(Mutant::LeaksProcessState) {
            static ASKED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
            return ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        0
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
