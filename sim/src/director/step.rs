//! The steps of a story.

use super::deed;
use super::names::Names;
use super::statement::Statement;
use super::thing::{MessageName, Thing, TimerName};
use super::words::{Misread, Words};
use crate::post::Tampering;
use mimic_protocol::node::Action;
use mimic_protocol::{ClientId, NodeId};

/// One thing that happens because the story says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A user wants something of one of its devices, or an operator of a server.
    Want(NodeId, Action, Option<Blow>),
    /// A message goes on its way, hop by hop, until it has reached its goal or the node that the name says.
    Deliver(MessageName, Option<Blow>),
    /// A message never arrives.
    Lose(MessageName),
    /// A message arrives twice.
    Duplicate(MessageName),
    /// A message arrives in another form.
    Tamper(MessageName, Tampering),
    /// The origin of an exchange gives up waiting.
    TimeOut(MessageName),
    /// A timer is due.
    Fire(TimerName, Option<Blow>),
    /// So many seconds pass, in which nothing happens.
    Wait(u32),
    /// A node loses its memory.
    Crash(NodeId),
    /// A node comes back.
    Restart(NodeId),
    /// A new device begins.
    Start(ClientId),
    /// Here the step of this number begins, of what is replayed.
    At(u32),
    /// From now on `settle` leaves these alone.
    Hold(Thing),
    /// `settle` may touch these again; everything, if nothing is named.
    Release(Option<Thing>),
    /// Everything happens that is not held.
    Settle(Vec<Thing>),
    /// Something is the case now.
    Expect(Statement),
}

/// A crash of the node that handles what the step gives it, while it writes down what that changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blow {
    /// Nothing of it is durable: the node has never handled it.
    BeforeDurable,
    /// It is durable, and nothing has left the node.
    AfterDurable,
}

const COMMANDS: &[&str] = &[
    "deliver",
    "lose",
    "duplicate",
    "garble",
    "forge",
    "time",
    "fire",
    "wait",
    "crash",
    "restart",
    "start",
    "step",
    "hold",
    "release",
    "settle",
    "expect",
];

impl Step {
    /// Reads a line; `labels` are those of the wants before it.
    pub fn read(words: &mut Words<'_>, names: &Names<'_>, labels: &[String]) -> Result<Self, Misread> {
        if let Some(node) = words.peek().and_then(|word| names.find_node(word)) {
            words.take("a device or a server")?;
            let action = match node {
                NodeId::Client(_) => deed::action(words, names)?,
                NodeId::Provider(_) => deed::order(words, names)?,
            };
            return Ok(Step::Want(node, action, read_blow(words)?));
        }
        let command = words.clone();
        match words.take("a step").unwrap_or_default() {
            "deliver" => Ok(Step::Deliver(MessageName::read(words, names)?, read_blow(words)?)),
            "lose" => MessageName::read(words, names).map(Step::Lose),
            "duplicate" => MessageName::read(words, names).map(Step::Duplicate),
            "garble" => Ok(Step::Tamper(MessageName::read(words, names)?, Tampering::Cut)),
            "forge" => {
                let name = MessageName::read(words, names)?;
                words.expect("as")?;
                Ok(Step::Tamper(name, Tampering::From(names.provider(words)?)))
            }
            "time" => {
                words.expect("out")?;
                MessageName::read(words, names).map(Step::TimeOut)
            }
            "fire" => Ok(Step::Fire(TimerName::read_one(words, names)?, read_blow(words)?)),
            "wait" => {
                let seconds = words.number("how many seconds")?;
                words.expect("s")?;
                Ok(Step::Wait(seconds))
            }
            "crash" => names.node(words).map(Step::Crash),
            "restart" => names.node(words).map(Step::Restart),
            "start" => names.client(words).map(Step::Start),
            "step" => words.number("the number of a step").map(Step::At),
            "hold" => Thing::read(words, names).map(Step::Hold),
            "release" if words.peek() == Some("everything") && words.clone().take("").is_ok() => {
                let name = MessageName::read(words, names)?;
                let all = name == MessageName::default();
                Ok(Step::Release((!all).then_some(Thing::Message(name))))
            }
            "release" => Thing::read(words, names).map(|thing| Step::Release(Some(thing))),
            "settle" => read_settle(words, names),
            "expect" => Statement::read(words, names, labels).map(Step::Expect),
            _ => {
                let clients: Vec<String> = names.clients().collect();
                let known: Vec<&str> =
                    COMMANDS.iter().copied().chain(clients.iter().map(String::as_str)).collect();
                Err(command.misread("a step, or a device that wants something", &known))
            }
        }
    }
}

fn read_settle(words: &mut Words<'_>, names: &Names<'_>) -> Result<Step, Misread> {
    let mut except = Vec::new();
    if words.accept("except") {
        except.push(Thing::read(words, names)?);
        while words.accept(",") {
            except.push(Thing::read(words, names)?);
        }
    }
    Ok(Step::Settle(except))
}

fn read_blow(words: &mut Words<'_>) -> Result<Option<Blow>, Misread> {
    if !words.accept("and") {
        return Ok(None);
    }
    words.expect("crash")?;
    let blow = words.take_as("before or after", &["before", "after"], |word| match word {
        "before" => Some(Blow::BeforeDurable),
        "after" => Some(Blow::AfterDurable),
        _ => None,
    })?;
    words.expect("durable")?;
    Ok(Some(blow))
}
