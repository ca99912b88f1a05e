//! What both engines are asked to do: primitive steps, which name everything by number and so mean the same to both.

/// A client, by its number.
pub type Client = u16;

/// A provider, by its number.
pub type Server = u16;

/// A proposal to make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Prop {
    /// Add the owner of a key package.
    Add(usize),
    /// Replace the author's leaf.
    FreshKeys,
    /// Remove a client.
    Remove(Client),
    /// Leave.
    SelfRemove,
    /// Change a component.
    Update(u16, &'static [u8]),
    /// Remove a component's state.
    Unset(u16),
    /// Change the external senders.
    Senders(&'static [Server]),
    /// End the group in favour of a room's.
    ReInit(u16),
}

/// What to do with a message that turned out valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// Keep the proposal, merge the commit, or merge the own one.
    Act,
    /// Hold the verified commit back, to merge it later.
    Hold,
    /// Nothing.
    Drop,
}

/// One call of the seam, or one with what naturally follows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A client creates the group; the hub opens it if it has none.
    Create(Client),
    /// A client makes a key package.
    KeyPackage(Client),
    /// A client takes another signature key.
    ChangeKey(Client),
    /// A client proposes.
    Propose(Client, Prop),
    /// A client commits to proposals, by number, and by value.
    Commit { by: Client, references: Vec<usize>, by_value: Vec<Prop> },
    /// A client joins with the GroupInfo and the tree of bundles, and pending messages, by number.
    External { by: Client, info: usize, tree: usize, pending: Vec<usize>, by_value: Vec<Prop> },
    /// A client encrypts a message.
    Encrypt(Client),
    /// A client gets a message.
    Process { at: Client, message: usize, then: Then },
    /// A client keeps a message as a proposal, whatever it is.
    Keep(Client, usize),
    /// A client merges the commit that it held back.
    MergeHeld(Client),
    /// A client merges its own commit.
    MergePending(Client),
    /// A client gives its own commit up.
    DiscardPending(Client),
    /// A client drops the pending proposals.
    ClearProposals(Client),
    /// A client joins with the Welcome and the tree of bundles.
    Join { at: Client, welcome: usize, tree: usize },
    /// A client deletes the group.
    Forget(Client),
    /// A client restarts from its cells.
    Recover(Client),
    /// A message loses its last octet, and counts as another one from then on.
    Cut(usize),
    /// A server proposes, by the hub's view.
    ServerPropose(Server, Prop),
    /// The hub opens the group anew.
    HubOpen { info: usize, tree: usize },
    /// The hub gets a message, for a commit with the GroupInfo of a bundle.
    HubProcess { message: usize, info: usize, then: Then },
    /// The hub keeps a message as a proposal, whatever it is.
    HubKeep(usize),
    /// The hub merges the commit that it held back, with the GroupInfo of a bundle.
    HubMergeHeld { info: usize },
    /// The hub restarts from its cells.
    HubRecover,
}
