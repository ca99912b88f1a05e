//! The state that the checker sees: a few numbers of interned values.

use crate::intern::Interner;
use crate::scope::{self, Faults, Scope};
use smallvec::SmallVec;

/// How many providers a state has room for; the first is the hub. The clients come after them.
pub(super) const PROVIDERS: usize = scope::PROVIDERS.len();
/// How many nodes a state has room for.
pub(super) const MAX_NODES: usize = PROVIDERS + scope::MAX_CLIENTS;

/// What can happen next, or is waiting for its turn: a packet, a timer, a failure that its origin has not noticed, an intent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Item(u32);

/// What kind of item it is, with the number of what it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A packet whose exchange waits for it.
    Live(u32),
    /// A packet whose exchange has ended without it: the origin will not see what it leads to.
    Stale(u32),
    /// A timer that a node has asked for.
    Timer(u32),
    /// An exchange of which nothing is left in flight, and whose origin still waits.
    Owed(u32),
    /// An intent that its user has not stated.
    Intent(u32),
    /// A node's first step. It occurs in the setup only.
    Start(u32),
    /// The hub's crash. It is no item of any state, but names what happens to a node.
    Crash,
}

const SHIFT: u32 = 29;

impl Item {
    pub fn new(kind: Kind) -> Self {
        let (tag, number) = match kind {
            Kind::Live(n) => (0, n),
            Kind::Stale(n) => (1, n),
            Kind::Timer(n) => (2, n),
            Kind::Owed(n) => (3, n),
            Kind::Intent(n) => (4, n),
            Kind::Start(n) => (5, n),
            Kind::Crash => (6, 0),
        };
        Self(tag << SHIFT | number)
    }

    pub fn kind(self) -> Kind {
        let number = self.0 & ((1 << SHIFT) - 1);
        match self.0 >> SHIFT {
            0 => Kind::Live(number),
            1 => Kind::Stale(number),
            2 => Kind::Timer(number),
            3 => Kind::Owed(number),
            4 => Kind::Intent(number),
            5 => Kind::Start(number),
            _ => Kind::Crash,
        }
    }

    pub fn word(self) -> u32 {
        self.0
    }

    /// Whether it happens by itself, sooner or later.
    pub fn is_internal(self) -> bool {
        !matches!(self.kind(), Kind::Intent(_))
    }
}

/// What may still happen to the world from outside, and whether it is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Budget {
    /// How many more intents users may state.
    pub intents: u8,
    /// How many more packets may be lost, doubled or overtaken by their timeout.
    pub faults: u8,
    /// How often the hub may still crash.
    pub crashes: u8,
    /// How many more steps Byzantine providers may make.
    pub byzantine: u8,
    /// How many of all these things may still come.
    pub together: u8,
    /// The invariants that are violated, a bit each.
    pub violated: u8,
}

/// What comes from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outside {
    /// A user states an intent.
    Intent,
    /// Something happens to a packet.
    Fault,
    /// The hub crashes.
    Crash,
    /// A provider does what no honest one does.
    Deceit,
}

impl Budget {
    /// What the scope allows.
    pub fn of(scope: &Scope) -> Self {
        Self {
            intents: scope.operations,
            faults: scope.faults.budget,
            crashes: scope.faults.crashes,
            byzantine: scope.byzantine.budget,
            together: scope.together,
            violated: 0,
        }
        .capped()
    }

    /// Without what has just happened.
    pub fn spend(&mut self, outside: Outside, allowed: Faults) {
        match outside {
            Outside::Intent => self.intents -= 1,
            Outside::Fault | Outside::Crash if allowed.one_budget => {
                self.faults -= 1;
                self.crashes -= 1;
            }
            Outside::Fault => self.faults -= 1,
            Outside::Crash => self.crashes -= 1,
            Outside::Deceit => self.byzantine -= 1,
        }
        self.together -= 1;
        *self = self.capped();
    }

    /// Equal futures have equal budgets: nothing is allowed by itself that is not allowed together.
    fn capped(self) -> Self {
        let cap = |n: u8| n.min(self.together);
        let [intents, faults, crashes, byzantine] =
            [self.intents, self.faults, self.crashes, self.byzantine].map(cap);
        Self { intents, faults, crashes, byzantine, ..self }
    }

    fn word(self) -> u32 {
        let [intents, faults] = [self.byzantine << 4 | self.intents, self.crashes << 4 | self.faults];
        u32::from_le_bytes([intents, faults, self.together, self.violated])
    }

    fn of_word(word: u32) -> Self {
        let [intents, faults, together, violated] = word.to_le_bytes();
        let (byzantine, crashes) = (intents >> 4, faults >> 4);
        Self { intents: intents & 15, faults: faults & 15, crashes, byzantine, together, violated }
    }
}

/// A state, unpacked for a step.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub budget: Budget,
    /// What the invariants remember.
    pub memory: u32,
    /// The nodes.
    pub locals: Locals,
    /// What can happen next, sorted; copies of a packet stand side by side.
    pub items: Items,
}

/// The numbers of the nodes' states, by the nodes' indices.
pub(super) type Locals = [u32; MAX_NODES];

/// What can happen next.
pub(super) type Items = SmallVec<[Item; 16]>;

/// A state of the world: the number of its head, and that of what can happen next. Of many states few heads differ, and few
/// such lists, so that this is a small part of what a state is written out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    head: u32,
    items: u32,
}

/// The part of a state that says what is, and not what comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Head {
    budget: u32,
    memory: u32,
    locals: Locals,
}

/// All parts of states, with what is derived from each list of what can happen next.
#[derive(Debug)]
pub(super) struct Parts<D> {
    heads: Interner<Head>,
    items: Interner<Items, D>,
}

/// So many parts are found again without a lock.
const HINTS: usize = 1 << 20;

impl<D> Parts<D> {
    pub fn new() -> Self {
        Self { heads: Interner::with_hints(HINTS), items: Interner::with_hints(HINTS) }
    }

    pub fn budget(&self, state: State) -> Budget {
        Budget::of_word(self.heads.value(state.head).budget)
    }

    pub fn local(&self, state: State, node: usize) -> u32 {
        self.heads.value(state.head).locals[node]
    }

    pub fn locals(&self, state: State) -> &Locals {
        &self.heads.value(state.head).locals
    }

    pub fn memory(&self, state: State) -> u32 {
        self.heads.value(state.head).memory
    }

    /// What can happen next, sorted.
    pub fn items(&self, state: State) -> &[Item] {
        self.items.value(state.items)
    }

    /// What was derived from that.
    pub fn derived(&self, state: State) -> &D {
        self.items.derived(state.items)
    }

    pub fn unpacked(&self, state: State) -> Draft {
        let Head { budget, memory, locals } = *self.heads.value(state.head);
        let items = Items::from_slice(self.items(state));
        Draft { budget: Budget::of_word(budget), memory, locals, items }
    }

    pub fn packed(&self, draft: &mut Draft, derive: impl FnOnce(&Items) -> D) -> State {
        let Draft { budget, memory, locals, items } = draft;
        items.sort_unstable();
        let head = Head { budget: budget.word(), memory: *memory, locals: *locals };
        State { head: self.heads.intern_copy(&head, |_| ()), items: self.items.intern_copy(items, derive) }
    }
}

impl Draft {
    /// Takes one such item out.
    pub fn remove(&mut self, item: Item) {
        if let Some(place) = self.items.iter().position(|other| *other == item) {
            self.items.swap_remove(place);
        }
    }

    /// Puts the item in, unless it is there.
    pub fn insert(&mut self, item: Item) {
        if !self.items.contains(&item) {
            self.items.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_everything_and_sorts() {
        let kinds = [
            Kind::Intent(3),
            Kind::Live(9),
            Kind::Owed(1),
            Kind::Stale(2),
            Kind::Timer(0),
            Kind::Start(6),
            Kind::Crash,
        ];
        let draft = Draft {
            budget: Budget { intents: 1, faults: 2, crashes: 3, byzantine: 4, together: 9, violated: 16 },
            memory: 77,
            locals: std::array::from_fn(|n| n as u32 * 10),
            items: kinds.into_iter().map(Item::new).collect(),
        };
        let (budget, locals) = (draft.budget, draft.locals);
        let (parts, mut draft) = (Parts::new(), draft);
        let state = parts.packed(&mut draft, |items| items.len());
        let again = parts.unpacked(state);
        assert_eq!((again.budget, again.memory, again.locals), (budget, 77, locals));
        assert_eq!(parts.packed(&mut again.clone(), |_| panic!("derived twice")), state);
        let kept: Vec<Kind> = parts.items(state).iter().map(|item| item.kind()).collect();
        assert_eq!(
            kept,
            [
                Kind::Live(9),
                Kind::Stale(2),
                Kind::Timer(0),
                Kind::Owed(1),
                Kind::Intent(3),
                Kind::Start(6),
                Kind::Crash
            ]
        );
        assert_eq!(*parts.derived(state), kept.len());
    }
}
