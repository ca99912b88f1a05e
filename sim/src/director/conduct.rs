//! The director at work: takes one line after the other, and says what happens next in the world.

use super::ledger::{Ledger, Seen, violated_as_told};
use super::line::{Line, Story, Unmet};
use super::names::Names;
use super::order::{self, Next, is_as_awaited};
use super::statement::Statement;
use super::step::{Blow, Step};
use super::thing::{MessageName, Thing, way};
use crate::agenda::Due;
use crate::faults::Family;
use crate::kernel::{Kernel, Turn};
use crate::packet::PacketKey;
use crate::scenario::Scenario;
use crate::world::Ended;
use mimic_protocol::node::{Action, Call, Exchange, Intent, IntentId, Timer};
use mimic_protocol::{Directory, NodeId, RoomId};
use mimic_record::{Judgement, Views};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far apart things happen in a directed part.
const APART_US: u64 = 10_000;
/// A `settle` that takes more events than this is taken not to end at all.
const SETTLES_WITHIN: u32 = 20_000;

/// What the director wants.
#[derive(Debug)]
pub(crate) enum Move {
    /// This happens.
    Now(Turn),
    /// The story is over.
    Over(Ended),
}

/// What the line that is being carried out still needs.
#[derive(Debug)]
enum Doing {
    /// Nothing: the next line.
    Line,
    /// A message is on its way.
    Deliver { goal: Option<NodeId>, last: PacketKey },
    /// Whatever is not held happens.
    Settle { except: Vec<Thing>, fired: BTreeMap<(NodeId, Timer), u32>, events: u32 },
}

/// Lets a world follow a story.
#[derive(Debug)]
pub(crate) struct Director {
    scenario: Scenario,
    story: Story,
    directory: Arc<Directory>,
    /// The line that is being carried out; 0 before the first one.
    at: usize,
    doing: Doing,
    held: Vec<Thing>,
    /// A node that is to crash while it writes its next record, and how.
    blow: Option<(NodeId, Blow)>,
    first_intent: u32,
    wants: u32,
    ledger: Ledger,
    unmet: Vec<Unmet>,
    /// The lines are over, all is released, and the world comes to rest.
    is_ending: bool,
}

/// Why a line cannot be carried out.
type Impossible = String;

impl Director {
    /// A director for the scenario's story. Intents are numbered from `first_intent`.
    pub fn new(scenario: &Scenario, story: &Story, directory: Arc<Directory>, first_intent: usize) -> Self {
        Self {
            scenario: scenario.clone(),
            story: story.clone(),
            directory,
            at: 0,
            doing: settle(Vec::new()),
            held: Vec::new(),
            blow: None,
            first_intent: first_intent as u32,
            wants: 0,
            ledger: Ledger::default(),
            unmet: Vec::new(),
            is_ending: false,
        }
    }

    /// Takes in a step that was made.
    pub fn saw(&mut self, step: &mimic_record::Step) {
        self.ledger.take(step);
    }

    /// What happens next.
    pub fn next(&mut self, kernel: &mut Kernel, views: &Views) -> Move {
        loop {
            if let Some(node) = order::writing(kernel) {
                return Move::Now(self.written(kernel, node));
            }
            let turn = match &self.doing {
                Doing::Line if self.is_ending => return Move::Over(self.end(views)),
                Doing::Line => self.next_line(kernel, views),
                Doing::Deliver { .. } => self.carry_on(kernel),
                Doing::Settle { .. } => self.settle_on(kernel),
            };
            match turn {
                Ok(Some(turn)) => return Move::Now(turn),
                Ok(None) => {}
                Err(why) if self.is_ending => {
                    self.break_off(why);
                    return Move::Over(Ended::OutOfEvents);
                }
                Err(why) => {
                    self.break_off(why);
                    self.begin_to_end(kernel);
                }
            }
        }
    }

    /// What did not come true, in a run that was judged like this.
    pub fn into_unmet(mut self, judgement: &Judgement) -> Vec<Unmet> {
        let stands = |line: &&Line<Statement>| line.stands(&self.scenario.readings);
        let lines: Vec<&Line<Statement>> = self.story.outcome.iter().filter(stands).collect();
        let all: Vec<Statement> = lines.iter().map(|line| line.says.clone()).collect();
        for line in lines {
            self.unmet.extend(violated_as_told(&line.says, &all, judgement).err().map(|why| line.unmet(why)));
        }
        self.unmet
    }

    /// The record becomes durable, unless its node is to crash over it.
    fn written(&mut self, kernel: &mut Kernel, node: NodeId) -> Turn {
        match self.blow.take_if(|(target, _)| *target == node) {
            Some((_, blow)) => {
                self.doing = Doing::Line;
                strike(kernel, &self.directory, node, blow == Blow::BeforeDurable)
            }
            None => kernel.happen(APART_US / 10, Due::Synced(node)),
        }
    }

    fn next_line(&mut self, kernel: &mut Kernel, views: &Views) -> Result<Option<Turn>, Impossible> {
        if let Some((node, _)) = self.blow.take() {
            return Err(format!("{} wrote nothing over which it could crash", self.names().of_node(node)));
        }
        self.at += 1;
        let Some(line) = self.story.steps.get(self.at - 1).cloned() else {
            self.begin_to_end(kernel);
            return Ok(None);
        };
        if line.stands(&self.scenario.readings) { self.carry_out(kernel, views, &line) } else { Ok(None) }
    }

    fn carry_out(
        &mut self,
        kernel: &mut Kernel,
        views: &Views,
        line: &Line<Step>,
    ) -> Result<Option<Turn>, Impossible> {
        match &line.says {
            Step::Want(node, action, blow) => {
                self.blow = blow.map(|blow| (*node, blow));
                return Ok(Some(self.want(kernel, *node, (line.room, *action), line.label.as_deref())));
            }
            Step::Deliver(name, blow) => return self.deliver(kernel, *name, *blow).map(Some),
            Step::Lose(name) => {
                let (key, copy) = find(kernel, *name).ok_or_else(|| self.impossible(kernel))?;
                kernel.post.fabric.take(&key, copy);
                kernel.post.faults.strike(kernel.now_us(), Family::Loss);
            }
            Step::Duplicate(name) => {
                let (key, copy) = find(kernel, *name).ok_or_else(|| self.impossible(kernel))?;
                kernel.post.fabric.duplicate(&key, copy);
                kernel.post.faults.strike(kernel.now_us(), Family::Duplication);
            }
            Step::Tamper(name, tampering) => {
                let (key, copy) = find(kernel, *name).ok_or_else(|| self.impossible(kernel))?;
                kernel.post.tamper((&key, copy), *tampering);
            }
            Step::TimeOut(name) => {
                let exchange = waiting(kernel, *name).ok_or("nobody waits for such an answer")?;
                return Ok(Some(kernel.happen(APART_US, Due::Timeout(exchange))));
            }
            Step::Fire(name, blow) => {
                let timer = order::timers(kernel).filter(|(_, node, timer)| name.means(*node, *timer)).min();
                let (_, node, timer) = timer.ok_or_else(|| self.impossible(kernel))?;
                self.blow = blow.map(|blow| (node, blow));
                return Ok(Some(kernel.happen(APART_US, Due::Wake(node, timer))));
            }
            Step::Wait(seconds) => kernel.pass(1_000_000 * u64::from(*seconds)),
            Step::Crash(node) if kernel.is_up(*node) => {
                return Ok(Some(strike(kernel, &self.directory, *node, true)));
            }
            Step::Crash(node) => return Err(format!("{} is not up", self.names().of_node(*node))),
            Step::Start(device) if kernel.is_new((*device).into()) => {
                return Ok(Some(Turn::Boot((*device).into())));
            }
            Step::Start(device) => {
                return Err(format!("{} is there already", self.names().of_node((*device).into())));
            }
            Step::At(_) => {}
            Step::Restart(node) if kernel.is_down(*node) => return Ok(Some(Turn::Boot(*node))),
            Step::Restart(node) => return Err(format!("{} has not crashed", self.names().of_node(*node))),
            Step::Hold(thing) => self.held.push(*thing),
            Step::Release(thing) => self.release(thing.as_ref())?,
            Step::Settle(except) => self.doing = settle(except.clone()),
            Step::Expect(statement) => {
                let checked = self.ledger.check(statement, self.seen(views, line.room, &self.names()));
                self.unmet.extend(checked.err().map(|why| line.unmet(why)));
            }
        }
        Ok(None)
    }

    fn want(
        &mut self,
        kernel: &mut Kernel,
        node: NodeId,
        (room, action): (RoomId, Action),
        label: Option<&str>,
    ) -> Turn {
        let id = IntentId(self.first_intent + self.wants);
        self.wants += 1;
        if let Some(label) = label {
            self.ledger.labels.insert(label.to_owned(), id);
        }
        let intent = Intent { id, room, action };
        kernel.pass(APART_US);
        kernel.state(node, intent)
    }

    /// Sends a message on its first hop.
    fn deliver(
        &mut self,
        kernel: &mut Kernel,
        name: MessageName,
        blow: Option<Blow>,
    ) -> Result<Turn, Impossible> {
        let leads_to = |key: &PacketKey| {
            name.to.is_none_or(|to| {
                let way = way(key, &self.directory);
                way.iter().skip_while(|node| **node != key.link.from).skip(1).any(|node| *node == to)
            })
        };
        let is_it = |(key, copy): &(&PacketKey, u32)| {
            name.means_but_for_to(key, *copy) && leads_to(key) && is_as_awaited(kernel, &name, key)
        };
        let found = kernel.post.fabric.packets().find(is_it).map(|(key, copy)| (*key, copy));
        let (key, copy) = found.ok_or_else(|| self.impossible(kernel))?;
        let last_stop = || way(&key, &self.directory).last().copied().unwrap_or(key.link.to);
        self.blow = blow.map(|blow| (name.to.unwrap_or_else(last_stop), blow));
        self.doing = Doing::Deliver { goal: name.to, last: key };
        self.arrive(kernel, &key, copy)
    }

    /// Sends a message on its next hop, if it has not reached its goal.
    fn carry_on(&mut self, kernel: &mut Kernel) -> Result<Option<Turn>, Impossible> {
        let Doing::Deliver { goal, last } = &mut self.doing else { return Ok(None) };
        let (goal, before) = (*goal, *last);
        let goes_on = |key: &PacketKey| {
            (key.exchange, key.operation, key.attempt, key.leg)
                == (before.exchange, before.operation, before.attempt, before.leg)
                && key.link.from == before.link.to
        };
        let found =
            kernel.post.fabric.packets().find(|(key, _)| goes_on(key)).map(|(key, copy)| (*key, copy));
        match found.filter(|_| goal != Some(before.link.to)) {
            Some((key, copy)) => {
                *last = key;
                self.arrive(kernel, &key, copy).map(Some)
            }
            None if goal.is_none_or(|goal| goal == before.link.to) => {
                self.doing = Doing::Line;
                Ok(None)
            }
            None => Err(format!("it came no further than {}", self.names().of_node(before.link.to))),
        }
    }

    fn arrive(&self, kernel: &mut Kernel, key: &PacketKey, copy: u32) -> Result<Turn, Impossible> {
        if !kernel.is_up(key.link.to) {
            return Err(format!("{} is not up", self.names().of_node(key.link.to)));
        }
        kernel.pass(APART_US);
        kernel
            .post
            .fabric
            .take(key, copy)
            .map(|packet| kernel.arrive(packet))
            .ok_or_else(|| self.impossible(kernel))
    }

    fn settle_on(&mut self, kernel: &mut Kernel) -> Result<Option<Turn>, Impossible> {
        let Doing::Settle { except, fired, events } = &mut self.doing else { return Ok(None) };
        let held: Vec<Thing> = self.held.iter().chain(&*except).copied().collect();
        let Some(next) = order::next(kernel, &held, fired) else {
            self.doing = Doing::Line;
            return Ok(None);
        };
        *events += 1;
        if *events > SETTLES_WITHIN {
            return Err(format!(
                "the world does not come to rest; {}",
                order::possible(kernel, &self.names())
            ));
        }
        if let Next::Fire(node, timer) = next {
            *fired.entry((node, timer)).or_default() += 1;
        }
        match next {
            Next::Begin(node) => Ok(Some(kernel.happen(APART_US, Due::Start(node)))),
            Next::Arrive(key, copy) => self.arrive(kernel, &key, copy).map(Some),
            Next::TimeOut(exchange) => Ok(Some(kernel.happen(APART_US, Due::Timeout(exchange)))),
            Next::Fire(node, timer) => Ok(Some(kernel.happen(APART_US, Due::Wake(node, timer)))),
        }
    }

    fn release(&mut self, thing: Option<&Thing>) -> Result<(), Impossible> {
        let held = self.held.len();
        self.held.retain(|held| thing.is_some_and(|thing| thing != held));
        if held == self.held.len() { Err("nothing of that name is held".to_owned()) } else { Ok(()) }
    }

    fn break_off(&mut self, why: String) {
        let line = self.at.checked_sub(1).and_then(|at| self.story.steps.get(at));
        let unmet = line.map(|line| line.unmet(why.clone()));
        self.unmet.push(unmet.unwrap_or(Unmet { line: 0, text: "the story's end".to_owned(), why }));
    }

    /// Releases all that is held, starts who is down, and lets the world come to rest.
    fn begin_to_end(&mut self, kernel: &mut Kernel) {
        (self.is_ending, self.blow) = (true, None);
        self.at = self.story.steps.len() + 1;
        self.held.clear();
        self.doing = settle(Vec::new());
        let now_us = kernel.now_us();
        for node in kernel.down() {
            kernel.agenda.put(now_us, Due::Start(node));
        }
    }

    fn end(&mut self, views: &Views) -> Ended {
        let names = self.names();
        let unmet = |line: &Line<Statement>| {
            let seen = self.seen(views, line.room, &names);
            self.ledger.check(&line.says, seen).err().map(|why| line.unmet(why))
        };
        let stands = |line: &&Line<Statement>| line.stands(&self.scenario.readings);
        let unmet: Vec<Unmet> = self.story.outcome.iter().filter(stands).filter_map(unmet).collect();
        self.unmet.extend(unmet);
        Ended::AtRest
    }

    fn impossible(&self, kernel: &Kernel) -> Impossible {
        order::possible(kernel, &self.names())
    }

    fn names(&self) -> Names<'_> {
        Names::of(self.scenario.cast())
    }

    fn seen<'s>(&'s self, views: &'s Views, room: RoomId, names: &'s Names<'s>) -> Seen<'s> {
        let directory = &self.directory;
        Seen { views, room, hub: directory.hub_of(room), directory, names }
    }
}

fn settle(except: Vec<Thing>) -> Doing {
    Doing::Settle { except, fired: BTreeMap::new(), events: 0 }
}

/// The oldest message that the name means.
fn find(kernel: &Kernel, name: MessageName) -> Option<(PacketKey, u32)> {
    let mut packets = kernel.post.fabric.packets();
    let is_it = |(key, copy): &(&PacketKey, u32)| name.means(key, *copy) && is_as_awaited(kernel, &name, key);
    packets.find(is_it).map(|(key, copy)| (*key, copy))
}

/// The exchange that waits for an answer of this name.
fn waiting(kernel: &Kernel, name: MessageName) -> Option<Exchange> {
    let is_it = |exchange: &&Exchange| {
        let goes_to = match exchange.call {
            Call::Notify(_, follower) => Some(NodeId::from(follower)),
            Call::Deliver(client) => Some(client.into()),
            _ => None,
        };
        name.of.is_none_or(|of| of == exchange.origin)
            && name.is_for(exchange.call)
            && (goes_to.is_none() || name.to.is_none_or(|to| Some(to) == goes_to))
    };
    let waiting = kernel.agenda.all().filter_map(|due| match due {
        Due::Timeout(exchange) => Some(exchange),
        _ => None,
    });
    waiting.filter(is_it).min().copied()
}

fn strike(kernel: &mut Kernel, directory: &Directory, node: NodeId, loses: bool) -> Turn {
    let hosts = |provider| directory.rooms().any(|room| directory.hub_of(room) == provider);
    let family = match node {
        NodeId::Client(_) => Family::ClientCrash,
        NodeId::Provider(provider) if hosts(provider) => Family::HubCrash,
        NodeId::Provider(_) => Family::FollowerCrash,
    };
    kernel.pass(APART_US);
    kernel.strike(node, family, loses)
}
