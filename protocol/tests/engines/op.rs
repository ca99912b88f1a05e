//! What a case consists of: operations with relative choices, and the steps that they come down to in a given world.

use crate::step::{Client, Prop, Server, Step, Then};
use crate::world::{CLIENTS, LATEST, LOG, ROOM, UNKNOWN, World};
use mimic_protocol::mls::{ContentKind, MlsGroup, MlsMember};
use mimic_protocol::{ClientId, mls::Mls};
use proptest::prelude::*;

/// How far back from the newest, modulo how many there are.
pub type Back = usize;

/// Who does something.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// This client, whatever it can do.
    Client(Client),
    /// One of those that are in the group and have no commit pending, if there are any.
    Ready(Client),
}

/// One operation of a case.
#[derive(Clone, Debug)]
pub enum Op {
    /// A client creates the group, if it has none.
    Create(Client),
    /// A client makes a key package.
    KeyPackage(Client),
    /// The first client that can adds another, and all get it; then it joins at once, or may do so later.
    Invite(Client, bool),
    /// A client proposes, and all get it.
    Publish(Who, PropPick),
    /// A client proposes.
    Propose(Who, PropPick),
    /// A server proposes, and the hub and all get it, or nobody does.
    ServerPublish(Server, PropPick, bool),
    /// A client commits.
    Commit(Who, RefPick, Vec<PropPick>),
    /// Two clients commit, somebody and the hub hold the second commit back, and the first is settled.
    Race(Client, Client, Client),
    /// A client joins by external commit.
    External(Client, Material, Pending, Vec<PropPick>),
    /// A client encrypts a message.
    Encrypt(Who),
    /// A client encrypts a message, and all get it.
    Talk(Who),
    /// A message is cut short.
    Cut(Back),
    /// The hub judges a message; all get it, unless the hub rejects it.
    Settle(Back, Client),
    /// All clients get a message, whatever the hub says.
    Broadcast(Back, Client),
    /// One client gets a message.
    Process(Client, Back, Then),
    /// The hub gets a message, with the GroupInfo of its own bundle or of another.
    HubProcess(Back, Option<Back>, Then),
    /// A client joins by a Welcome.
    Join(Client, Back, Option<Back>),
    /// The hub opens the group from bundles.
    HubOpen(Back, Option<Back>),
    /// The hub merges what it held back.
    HubMergeHeld(Back),
    /// A step that needs no choice.
    Plain(Step),
    /// A client keeps a message.
    Keep(Client, Back),
    /// The hub keeps a message.
    HubKeep(Back),
}

/// A proposal to choose.
#[derive(Clone, Debug)]
pub enum PropPick {
    /// Add a client by a fresh key package.
    AddFresh(Client),
    /// Add by a key package that is there.
    AddOld(Back),
    /// Remove a client.
    Remove(Client),
    /// Replace the author's leaf.
    FreshKeys,
    /// Remove the author.
    RemoveMyself,
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

/// Proposals to refer to.
#[derive(Clone, Debug)]
pub enum RefPick {
    /// None.
    None,
    /// All that are pending at the committer, oldest or newest first.
    All { newest_first: bool },
    /// One of those.
    One(Back),
    /// Some of those.
    Some(u8),
    /// One of those, twice.
    Twice(Back),
    /// Any proposal that was ever made.
    Any(Back),
}

/// Which GroupInfo and which tree to join with.
#[derive(Clone, Debug)]
pub enum Material {
    /// Those of the hub's epoch.
    Newest,
    /// Those of some bundle.
    Some(Back),
    /// Those of two bundles.
    Mixed(Back, Back),
}

/// Which pending proposals to join with.
#[derive(Clone, Debug)]
pub enum Pending {
    /// None.
    None,
    /// Those of the hub.
    Hub,
    /// Some message.
    Some(Back),
}

fn client() -> impl Strategy<Value = Client> {
    0..CLIENTS
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![1 => client().prop_map(Who::Client), 4 => client().prop_map(Who::Ready)]
}

fn back() -> impl Strategy<Value = Back> {
    prop_oneof![6 => Just(0usize), 2 => Just(1), 1 => 0usize..12]
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![4 => Just(Then::Act), 1 => Just(Then::Hold), 1 => Just(Then::Drop)]
}

fn prop_pick() -> impl Strategy<Value = PropPick> {
    let octets = prop_oneof![
        6 => Just(&b"x"[..]), 6 => Just(&b"y"[..]), 2 => Just(&b""[..]), 1 => Just(&b"bad"[..]), 3 => Just(&b"once"[..])
    ];
    let component = prop_oneof![14 => Just(LOG), 6 => Just(LATEST), 1 => Just(UNKNOWN)];
    prop_oneof![
        8 => client().prop_map(PropPick::AddFresh),
        4 => back().prop_map(PropPick::AddOld),
        4 => Just(PropPick::FreshKeys),
        8 => client().prop_map(PropPick::Remove),
        2 => Just(PropPick::RemoveMyself),
        6 => Just(PropPick::SelfRemove),
        12 => (component.clone(), octets).prop_map(|(component, octets)| PropPick::Update(component, octets)),
        3 => component.prop_map(PropPick::Unset),
        4 => senders().prop_map(PropPick::Senders),
        // What comes after the end of a group is soon told, so ends are rare.
        2 => prop_oneof![8 => Just(0u16), 8 => Just(1), 1 => Just(9)].prop_map(PropPick::ReInit),
    ]
}

fn server() -> impl Strategy<Value = Server> {
    prop_oneof![4 => Just(0u16), 2 => Just(1)]
}

/// The hub alone, others beside it in either order, nobody; one that the directory does not know.
fn senders() -> impl Strategy<Value = &'static [Server]> {
    prop_oneof![
        4 => Just(&[0u16, 1][..]), 2 => Just(&[1, 0][..]), 2 => Just(&[0][..]), 1 => Just(&[1][..]),
        1 => Just(&[][..]), 1 => Just(&[0, 7][..])
    ]
}

fn by_value() -> impl Strategy<Value = Vec<PropPick>> {
    prop_oneof![4 => Just(vec![]), 3 => prop::collection::vec(prop_pick(), 1), 2 => prop::collection::vec(prop_pick(), 2..4)]
}

fn ref_pick() -> impl Strategy<Value = RefPick> {
    prop_oneof![
        2 => Just(RefPick::None),
        3 => any::<bool>().prop_map(|newest_first| RefPick::All { newest_first }),
        4 => back().prop_map(RefPick::One),
        2 => any::<u8>().prop_map(RefPick::Some),
        1 => back().prop_map(RefPick::Twice),
        1 => back().prop_map(RefPick::Any),
    ]
}

fn external() -> impl Strategy<Value = Op> {
    let material = prop_oneof![
        8 => Just(Material::Newest),
        1 => back().prop_map(Material::Some),
        1 => (back(), back()).prop_map(|(info, tree)| Material::Mixed(info, tree)),
    ];
    let pending =
        prop_oneof![3 => Just(Pending::None), 5 => Just(Pending::Hub), 1 => back().prop_map(Pending::Some)];
    let update = prop_oneof![3 => Just(b"x".as_slice()), 1 => Just(b"bad".as_slice())];
    let update = update.prop_map(|octets| vec![PropPick::Update(LOG, octets)]);
    let by_value = prop_oneof![6 => Just(vec![]), 3 => update, 1 => by_value()];
    (client(), material, pending, by_value)
        .prop_map(|(by, material, pending, by_value)| Op::External(by, material, pending, by_value))
}

fn plain() -> impl Strategy<Value = Op> {
    let step = (0..8u8, client()).prop_map(|(kind, client)| match kind {
        0 => Step::MergeHeld(client),
        1 => Step::MergePending(client),
        2 => Step::DiscardPending(client),
        3 => Step::ClearProposals(client),
        4 => Step::Forget(client),
        5 => Step::Recover(client),
        6 => Step::ChangeKey(client),
        _ => Step::HubRecover,
    });
    step.prop_map(Op::Plain)
}

/// A case: the first client creates the group, mostly invites some others, and then anything may happen, in at most so many
/// operations.
pub fn case(operations: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        1 => client().prop_map(Op::Create),
        1 => client().prop_map(Op::KeyPackage),
        3 => (client(), prop::bool::weighted(0.7)).prop_map(|(who, joins)| Op::Invite(who, joins)),
        7 => (who(), prop_pick()).prop_map(|(by, prop)| Op::Publish(by, prop)),
        2 => (who(), prop_pick()).prop_map(|(by, prop)| Op::Propose(by, prop)),
        4 => (server(), prop_pick(), prop::bool::weighted(0.9))
            .prop_map(|(by, prop, spread)| Op::ServerPublish(by, prop, spread)),
        8 => (who(), ref_pick(), by_value()).prop_map(|(by, refs, by_value)| Op::Commit(by, refs, by_value)),
        1 => (client(), client(), client()).prop_map(|(one, two, at)| Op::Race(one, two, at)),
        4 => external(),
        2 => who().prop_map(Op::Encrypt),
        3 => who().prop_map(Op::Talk),
        1 => back().prop_map(Op::Cut),
        9 => (back(), client()).prop_map(|(message, first)| Op::Settle(message, first)),
        1 => (back(), client()).prop_map(|(message, first)| Op::Broadcast(message, first)),
        8 => (client(), back(), then()).prop_map(|(at, message, then)| Op::Process(at, message, then)),
        3 => (back(), prop::option::weighted(0.3, back()), then())
            .prop_map(|(message, info, then)| Op::HubProcess(message, info, then)),
        4 => (client(), back(), prop::option::weighted(0.3, back()))
            .prop_map(|(at, welcome, tree)| Op::Join(at, welcome, tree)),
        1 => (back(), prop::option::of(back())).prop_map(|(info, tree)| Op::HubOpen(info, tree)),
        1 => back().prop_map(Op::HubMergeHeld),
        2 => (client(), back()).prop_map(|(at, message)| Op::Keep(at, message)),
        1 => back().prop_map(Op::HubKeep),
        7 => plain(),
    ];
    let ops = prop_oneof![9 => op.prop_map(|op| vec![op]), 1 => enacted()];
    let invited = prop::sample::subsequence((1..CLIENTS).collect::<Vec<_>>(), 0..usize::from(CLIENTS));
    (invited, prop::collection::vec(ops, 0..=operations)).prop_map(move |(invited, ops)| {
        let invites = invited.into_iter().map(|who| Op::Invite(who, true));
        [Op::Create(0)].into_iter().chain(invites).chain(ops.into_iter().flatten()).take(operations).collect()
    })
}

/// A proposal that all get, and a commit to it alone that all get.
fn enacted() -> impl Strategy<Value = Vec<Op>> {
    let proposed = prop_oneof![
        (who(), prop_pick()).prop_map(|(by, prop)| Op::Publish(by, prop)),
        (server(), prop_pick()).prop_map(|(by, prop)| Op::ServerPublish(by, prop, true)),
    ];
    (proposed, client()).prop_map(|(proposed, by)| {
        let commit = Op::Commit(Who::Ready(by), RefPick::One(0), vec![]);
        vec![proposed, commit, Op::Settle(0, by)]
    })
}

fn pick(count: usize, back: Back) -> Option<usize> {
    (count > 0).then(|| count - 1 - back % count)
}

/// Turns operations into steps, one after the other: what a step is depends on the world that it finds.
pub struct Expander<'a, M: Mls> {
    world: &'a World<M>,
    steps: Vec<Step>,
    /// The number of the next key package.
    key_packages: usize,
}

impl<'a, M: Mls> Expander<'a, M> {
    /// The steps that can be told now; what follows from their results is for `follow_up`.
    pub fn expand(world: &'a World<M>, op: &Op) -> Vec<Step> {
        let key_packages = world.key_packages.len();
        let mut expander = Expander { world, steps: Vec::new(), key_packages };
        expander.op(op);
        expander.steps
    }

    fn op(&mut self, op: &Op) -> Option<()> {
        let (messages, bundles) = (self.world.messages.len(), self.world.bundles.len());
        match op {
            // What a second creation does to a group is for nobody to say.
            Op::Create(by) => self.can_create(*by).then(|| self.steps.push(Step::Create(*by)))?,
            Op::KeyPackage(by) => self.steps.push(Step::KeyPackage(*by)),
            Op::Invite(who, _) => {
                let by = (0..CLIENTS).find(|by| by != who && self.is_ready(*by))?;
                let add = self.prop(by, &PropPick::AddFresh(*who))?;
                self.steps.push(Step::Commit { by, references: vec![], by_value: vec![add] });
            }
            Op::Publish(by, prop) | Op::Propose(by, prop) => {
                let by = self.who(*by);
                let prop = self.prop(by, prop)?;
                self.steps.push(Step::Propose(by, prop));
            }
            Op::ServerPublish(server, prop, _) => {
                // It is no member: what it says of the author is of nobody.
                let prop = self.prop(CLIENTS, prop)?;
                self.steps.push(Step::ServerPropose(*server, prop));
            }
            Op::Commit(by, refs, by_value) => {
                let by = self.who(*by);
                let references = self.references(by, refs);
                let by_value = self.props(by, by_value);
                self.steps.push(Step::Commit { by, references, by_value });
            }
            Op::Race(one, two, _) => {
                for by in [*one, *two] {
                    self.steps.push(Step::Commit { by, references: vec![], by_value: vec![] });
                }
            }
            Op::Cut(back) => self.steps.push(Step::Cut(pick(messages, *back)?)),
            Op::External(by, material, pending, by_value) => {
                let (info, tree) = self.material(material)?;
                let pending = self.pending(pending);
                let by_value = self.props(*by, by_value);
                self.steps.push(Step::External { by: *by, info, tree, pending, by_value });
            }
            Op::Encrypt(by) | Op::Talk(by) => {
                let by = self.who(*by);
                self.steps.push(Step::Encrypt(by));
            }
            Op::Settle(back, _) => self.hub_process(pick(messages, *back)?, None, Then::Act)?,
            Op::Broadcast(back, first) => self.all_process(pick(messages, *back)?, *first),
            Op::Process(at, back, then) => {
                let message = pick(messages, *back)?;
                self.steps.push(Step::Process { at: *at, message, then: *then });
            }
            Op::HubProcess(back, info, then) => {
                let info = info.and_then(|back| pick(bundles, back));
                self.hub_process(pick(messages, *back)?, info, *then)?;
            }
            Op::Join(at, back, tree) => {
                let welcomes: Vec<_> = (0..bundles).filter(|n| self.world.bundles[*n].0.is_some()).collect();
                let welcome = welcomes[pick(welcomes.len(), *back)?];
                let tree = tree.and_then(|back| pick(bundles, back)).unwrap_or(welcome);
                self.steps.push(Step::Join { at: *at, welcome, tree });
            }
            Op::HubOpen(back, tree) => {
                let info = pick(bundles, *back)?;
                let tree = tree.and_then(|back| pick(bundles, back)).unwrap_or(info);
                self.steps.push(Step::HubOpen { info, tree });
            }
            Op::HubMergeHeld(back) => self.steps.push(Step::HubMergeHeld { info: pick(bundles, *back)? }),
            Op::Keep(at, back) => self.steps.push(Step::Keep(*at, pick(messages, *back)?)),
            Op::HubKeep(back) => self.steps.push(Step::HubKeep(pick(messages, *back)?)),
            Op::Plain(step) => self.steps.push(step.clone()),
        }
        Some(())
    }

    /// What follows once the steps of `op` were taken, and whether the last of them was accepted.
    pub fn follow_up(world: &'a World<M>, op: &Op, accepted: bool) -> Vec<Step> {
        let mut expander = Expander { world, steps: Vec::new(), key_packages: 0 };
        expander.follow(op, accepted);
        expander.steps
    }

    fn follow(&mut self, op: &Op, accepted: bool) -> Option<()> {
        let newest = pick(self.world.messages.len(), 0)?;
        match op {
            Op::Settle(back, first) if accepted => {
                let message = pick(self.world.messages.len(), *back)?;
                self.all_process(message, *first);
                self.all_join(message);
            }
            Op::Settle(back, _) => {
                let message = &self.world.messages[pick(self.world.messages.len(), *back)?];
                if message.content == ContentKind::Commit {
                    self.steps.push(Step::DiscardPending(message.by));
                }
            }
            Op::Invite(_, joins) if accepted => {
                self.hub_process(newest, None, Then::Act)?;
                self.all_process(newest, 0);
                if *joins {
                    self.all_join(newest);
                }
            }
            Op::Publish(..) | Op::ServerPublish(_, _, true) if accepted => {
                self.hub_process(newest, None, Then::Act)?;
                self.all_process(newest, 0);
            }
            Op::Talk(_) if accepted => self.all_process(newest, 0),
            Op::Race(_, _, at) if accepted && newest > 0 => {
                self.steps.push(Step::Process { at: *at, message: newest, then: Then::Hold });
                self.hub_process(newest, None, Then::Hold)?;
                self.hub_process(newest - 1, None, Then::Act)?;
                self.all_process(newest - 1, 0);
                self.steps.push(Step::MergeHeld(*at));
                self.steps.push(Step::HubMergeHeld { info: pick(self.world.bundles.len(), 0)? });
            }
            _ => {}
        }
        Some(())
    }

    fn hub_process(&mut self, message: usize, info: Option<usize>, then: Then) -> Option<()> {
        let info = info.or(self.world.messages[message].bundle).or(pick(self.world.bundles.len(), 0))?;
        self.steps.push(Step::HubProcess { message, info, then });
        Some(())
    }

    fn all_process(&mut self, message: usize, first: Client) {
        for n in 0..CLIENTS {
            let at = (first + n) % CLIENTS;
            // Of those outside, one is enough.
            if n == 0 || !self.can_create(at) {
                self.steps.push(Step::Process { at, message, then: Then::Act });
            }
        }
    }

    fn all_join(&mut self, message: usize) {
        let Some(bundle) = self.world.messages[message].bundle else { return };
        for number in self.world.bundles[bundle].0.iter().flatten() {
            let at = self.world.key_packages[*number].0;
            self.steps.push(Step::Join { at, welcome: bundle, tree: bundle });
        }
    }

    fn is_ready(&self, client: Client) -> bool {
        self.is_operational(client) && self.world.pending(client).is_empty()
    }

    fn who(&self, who: Who) -> Client {
        match who {
            Who::Client(client) => client,
            Who::Ready(first) => {
                let around = (0..CLIENTS).map(|n| (first + n) % CLIENTS);
                around.clone().find(|client| self.is_operational(*client)).unwrap_or(first)
            }
        }
    }

    fn is_operational(&self, client: Client) -> bool {
        let member = &self.world.members[usize::from(client)];
        let is_member = |group: &<M::Member as MlsMember>::Group| {
            group.leaves().values().any(|at| *at == ClientId(client))
        };
        member.group(ROOM).is_some_and(is_member) && !member.has_pending_commit(ROOM)
    }

    /// Whether the client has nothing of the group.
    fn can_create(&self, client: Client) -> bool {
        let member = &self.world.members[usize::from(client)];
        member.group(ROOM).is_none() && !member.has_pending_commit(ROOM)
    }

    fn props(&mut self, by: Client, picks: &[PropPick]) -> Vec<Prop> {
        picks.iter().filter_map(|prop| self.prop(by, prop)).collect()
    }

    fn prop(&mut self, by: Client, pick_one: &PropPick) -> Option<Prop> {
        Some(match pick_one {
            PropPick::AddFresh(who) => {
                self.steps.push(Step::KeyPackage(*who));
                self.key_packages += 1;
                Prop::Add(self.key_packages - 1)
            }
            PropPick::AddOld(back) => Prop::Add(pick(self.key_packages, *back)?),
            PropPick::FreshKeys => Prop::FreshKeys,
            PropPick::Remove(who) => Prop::Remove(*who),
            PropPick::RemoveMyself => Prop::Remove(by),
            PropPick::SelfRemove => Prop::SelfRemove,
            PropPick::Update(component, octets) => Prop::Update(*component, octets),
            PropPick::Unset(component) => Prop::Unset(*component),
            PropPick::Senders(senders) => Prop::Senders(senders),
            PropPick::ReInit(room) => Prop::ReInit(*room),
        })
    }

    fn references(&self, by: Client, refs: &RefPick) -> Vec<usize> {
        let mut pending = self.world.pending(by);
        // References sort differently in the two engines; their numbers do not.
        pending.sort();
        match refs {
            RefPick::None => vec![],
            RefPick::All { newest_first: false } => pending,
            RefPick::All { newest_first: true } => pending.into_iter().rev().collect(),
            RefPick::One(back) => pick(pending.len(), *back).map(|n| pending[n]).into_iter().collect(),
            RefPick::Some(mask) => {
                let chosen = pending.into_iter().enumerate().filter(|(n, _)| mask >> (n % 8) & 1 == 1);
                chosen.map(|(_, number)| number).collect()
            }
            RefPick::Twice(back) => {
                pick(pending.len(), *back).map(|n| vec![pending[n]; 2]).unwrap_or_default()
            }
            RefPick::Any(back) => pick(self.world.proposals.len(), *back).into_iter().collect(),
        }
    }

    fn material(&self, material: &Material) -> Option<(usize, usize)> {
        let count = self.world.bundles.len();
        match material {
            Material::Newest => {
                let newest = self.world.newest_bundle()?;
                Some((newest, newest))
            }
            Material::Some(back) => pick(count, *back).map(|n| (n, n)),
            Material::Mixed(info, tree) => Some((pick(count, *info)?, pick(count, *tree)?)),
        }
    }

    fn pending(&self, pending: &Pending) -> Vec<usize> {
        match pending {
            Pending::None => vec![],
            Pending::Hub => self.world.hub_pending(),
            Pending::Some(back) => pick(self.world.messages.len(), *back).into_iter().collect(),
        }
    }
}
