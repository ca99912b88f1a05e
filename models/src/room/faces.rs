//! A Byzantine hub: a backup of itself that it goes back to, and a second face that it shows to one of those it speaks with.
//!
//! Whatever a hub shows to one of its followers, it shows by what it sends; and what a fork needs is two sequences of events that each
//! look like an honest hub's. So a hub that forks is here *two honest hubs under one name*: the second begins with the backup of the
//! first, from before the last event that that accepted, and one follower, or one of the hub's own devices, sees it from then on in
//! place of the first. No rule is written again for a lie: both run the code of every hub, and what comes of that is a fork whenever
//! they accept different commits for one epoch. It is also what a failover comes to that has gone wrong (RACE-42).
//!
//! * What asks for a place in the order comes to both, whoever sends it, so that commits of both sides can win on each, and what is said
//!   on one branch reaches the other. Whoever asks hears the answer of the face that it sees. All else comes to that face alone.
//! * A face sends its events to those who see it, and to nobody else. What the other has sent earlier is under way still.
//! * A hub that is *rolled back* is one face that begins again with the backup: a crash after which an older disk is read.
//!
//! What this leaves out: lies that no honest hub could tell whatever it had seen, as events in another order, or invented ones.

use super::effect::{Cut, Effect, Face, Happened, Sent};
use super::local::Local;
use super::packet::{Body, Packet};
use super::state::{Item, Kind};
use super::tables::{Tables, index};
use super::witness::Witnesses;
use mimic_protocol::NodeId;
use mimic_protocol::node::{Call, Fact, Request, Timer};

/// What a hub is that may be Byzantine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Faces {
    /// It shows one face, and can go back to the node with this number, which it was before it accepted the last event.
    One { backup: Option<u32> },
    /// It shows a second one.
    Two(Second),
}

/// The second face of a hub.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Second {
    /// Its number: a node like any other.
    pub local: u32,
    /// The index of the node that sees it.
    pub seer: usize,
}

/// What a hub does that goes back to its backup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Return {
    /// It begins to show that to the node with this index.
    Fork(usize),
    /// It is that again.
    RollBack,
}

impl Faces {
    /// Those of a hub that has accepted nothing.
    pub const BLANK: Self = Self::One { backup: None };
}

impl Tables {
    /// What the hub can go back to.
    pub fn backup(&self, hub: u32) -> Option<u32> {
        match self.locals.value(hub).faces? {
            Faces::One { backup } => backup,
            Faces::Two(_) => None,
        }
    }

    /// The second face of the hub.
    pub fn second(&self, hub: u32) -> Option<Second> {
        match self.locals.value(hub).faces? {
            Faces::One { .. } => None,
            Faces::Two(second) => Some(second),
        }
    }

    /// The hub that has accepted nothing yet, as far as it can go back.
    pub fn without_backup(&self, hub: u32) -> u32 {
        self.with_faces(hub, self.backup(hub).map(|_| Faces::BLANK).or(self.locals.value(hub).faces))
    }

    /// The hub that goes back to nothing any more, but in a crash, for which it may keep its disk.
    pub fn without_return(&self, hub: u32, keeps_disk: bool) -> u32 {
        *self.forgetful.get((hub, u32::from(keeps_disk)), || {
            let local = self.locals.value(hub);
            let faces = self.second(hub).map(|second| {
                Faces::Two(Second { local: self.without_return(second.local, keeps_disk), ..second })
            });
            let bare = if keeps_disk { local.clone() } else { local.without_disk() };
            self.intern_local(Local { faces, ..bare })
        })
    }

    /// What becomes of a hub that goes back to its backup.
    pub fn go_back(&self, hub: u32, how: Return) -> Option<&Effect> {
        let backup = self.backup(hub)?;
        let code = match how {
            Return::RollBack => u32::MAX,
            Return::Fork(seer) => seer as u32,
        };
        Some(self.returns.get((hub, code), || {
            let mut begun = self.run(backup, Item::new(Kind::Crash), Cut::None);
            // Nobody has seen it crash.
            begun.witnesses = Witnesses::default();
            match how {
                Return::RollBack => self.rolled_back(hub, begun),
                Return::Fork(seer) => self.forked(hub, begun, seer),
            }
        }))
    }

    fn rolled_back(&self, hub: u32, begun: Effect) -> Effect {
        let before = |mut happened: Happened| {
            happened.before = self.view(hub).clone();
            happened
        };
        let local = self.with_faces(begun.local, Some(Faces::BLANK));
        Effect { local, is_judged: true, happened: begun.happened.into_iter().map(before).collect(), ..begun }
    }

    fn forked(&self, hub: u32, begun: Effect, seer: usize) -> Effect {
        let local = self.with_faces(hub, Some(Faces::Two(Second { local: begun.local, seer })));
        let shows = |sent: &Sent| self.shows(*sent, (Face::Second, seer), false);
        let left = begun.on_return.iter().copied().filter(shows).collect();
        let happened = begun.happened.iter().cloned().map(|h| Happened { face: Face::Second, ..h }).collect();
        Effect { local, left, on_return: Vec::new(), crashed: false, happened, ..begun }
    }

    /// What an input does to a hub that may be Byzantine.
    pub(super) fn of_faces(&self, (hub, faces): (u32, Faces), item: Item, cut: Cut) -> Effect {
        let Faces::Two(second) = faces else { return self.of_one(hub, item, cut) };
        let reach = self.reach(item, second.seer);
        let mut both = self.nothing(hub);
        let mut locals = [hub, second.local];
        for (face, local) in [Face::First, Face::Second].into_iter().zip(&mut locals) {
            if !reach.comes_to(face) {
                continue;
            }
            let effect = self.run(*local, item, cut);
            let shows = |sent: &Sent| self.shows(*sent, (face, second.seer), reach.answers == face);
            *local = effect.local;
            both.left.extend(effect.left.into_iter().filter(shows));
            both.on_return.extend(effect.on_return.into_iter().filter(shows));
            both.crashed |= effect.crashed;
            both.persists |= effect.persists;
            both.is_judged |= effect.is_judged;
            both.witnesses = both.witnesses.and(effect.witnesses);
            both.happened.extend(effect.happened.into_iter().map(|happened| Happened { face, ..happened }));
        }
        let [first, local] = locals;
        Effect { local: self.with_faces(first, Some(Faces::Two(Second { local, ..second }))), ..both }
    }

    /// It keeps what it was whenever it accepts something.
    fn of_one(&self, hub: u32, item: Item, cut: Cut) -> Effect {
        let effect = self.run(hub, item, cut);
        if !accepts(&effect) {
            return effect;
        }
        let backup = Some(self.with_faces(hub, None));
        Effect { local: self.with_faces(effect.local, Some(Faces::One { backup })), ..effect }
    }

    fn with_faces(&self, number: u32, faces: Option<Faces>) -> u32 {
        self.intern_local(Local { faces, ..self.locals.value(number).clone() })
    }

    /// To which faces an input comes, and whose answer leaves.
    fn reach(&self, item: Item, seer: usize) -> Reach {
        let seen_by = |node: usize| if node == seer { Face::Second } else { Face::First };
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let Packet { from, body, .. } = self.packets.value(packet);
                let is_for_all =
                    matches!(body, Body::Request(Request::Update { .. } | Request::Submit { .. }));
                Reach { answers: seen_by(index(*from)), is_for_all }
            }
            Kind::Timer(timer) => Reach::of(seen_by(self.goal_of_timer(timer))),
            Kind::Owed(exchange) => {
                Reach::of(seen_by(goal(self.exchanges.value(exchange).call).unwrap_or_default()))
            }
            Kind::Crash => Reach { answers: Face::First, is_for_all: true },
            Kind::Intent(_) | Kind::Start(_) => Reach::of(Face::First),
        }
    }

    /// Whether what a face asks for leaves the hub. `answers` says whether what has come in is answered by this face.
    fn shows(&self, sent: Sent, (face, seer): (Face, usize), answers: bool) -> bool {
        let goal = match sent {
            Sent::Timer(timer) => Some(self.goal_of_timer(timer)),
            Sent::Packet(_, header) => goal(self.exchanges.value(header.exchange).call)
                .filter(|_| header.is_request && header.from == header.origin),
        };
        goal.map_or(answers, |goal| (goal == seer) == (face == Face::Second))
    }

    /// Whom the hub wants to try again; itself, if nobody.
    fn goal_of_timer(&self, timer: u32) -> usize {
        match self.timers.value(timer).1 {
            Timer::Notify(_, follower) => index(follower.into()),
            Timer::Deliver(client) => index(client.into()),
            Timer::CommitPending(_) | Timer::Retry(_) | Timer::Publish => super::HUB,
        }
    }
}

/// To which faces an input comes.
#[derive(Clone, Copy, Debug)]
struct Reach {
    /// Which face answers it.
    answers: Face,
    /// Whether it comes to the other one as well.
    is_for_all: bool,
}

impl Reach {
    fn of(answers: Face) -> Self {
        Self { answers, is_for_all: false }
    }

    fn comes_to(self, face: Face) -> bool {
        self.is_for_all || self.answers == face
    }
}

/// The index of the node that an event of a queue goes to.
fn goal(call: Call) -> Option<usize> {
    let node: NodeId = match call {
        Call::Notify(_, follower) => follower.into(),
        Call::Deliver(client) => client.into(),
        _ => return None,
    };
    Some(index(node))
}

fn accepts(effect: &Effect) -> bool {
    let mut facts = effect.happened.iter().flat_map(|happened| &happened.facts);
    facts.any(|fact| matches!(fact, Fact::Accepted { .. }))
}
