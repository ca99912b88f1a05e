//! How the states of a model were come to, and what is known of them: all of an exploration but the states themselves.

use crate::limits::Limit;

/// Where a first state was come from.
pub(crate) const NO_PARENT: u32 = u32::MAX;

/// What an exploration has found, by the numbers of the states: in the order in which they were found, by distance from the first ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Course {
    /// Where each state was first come from, and by which of the actions there; the first states have no parent.
    pub parents: Vec<u32>,
    pub by: Vec<u16>,
    /// The steps that happen by themselves: where those of each state end in `targets`, and where they lead.
    pub ends: Vec<u32>,
    pub targets: Vec<u32>,
    /// The states that are a good end, and those whose future does not matter.
    pub good: Vec<u32>,
    pub lost: Vec<u32>,
    /// The first states that violate a property, by the property's index.
    pub violations: Vec<Option<u32>>,
    /// Where each thing was first seen: its bit, the state, and which of the actions there.
    pub sightings: Vec<(u32, u32, u32)>,
    pub seen: u128,
    /// How many steps were taken, and first states begun with.
    pub generated: u64,
    /// Of each kind of action, how often it was taken, and how often it led to a new state.
    pub taken: Vec<(u64, u64)>,
    pub depth: u64,
    /// Where the level ends that is being looked at.
    pub level_end: usize,
    pub cut_off: Option<Limit>,
}

/// How far an exploration has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// How many different states it has found.
    pub unique: usize,
    /// How many of them it has not looked behind.
    pub queued: usize,
    /// How far from the first state it is.
    pub depth: u64,
}

impl Course {
    /// Nothing, of so many properties and kinds of actions.
    pub fn new(properties: usize, kinds: usize) -> Self {
        Self { violations: vec![None; properties], taken: vec![(0, 0); kinds], ..Self::default() }
    }

    /// How far it is.
    pub fn extent(&self) -> Extent {
        let unique = self.parents.len();
        Extent { unique, queued: unique - self.ends.len(), depth: self.depth }
    }
}
