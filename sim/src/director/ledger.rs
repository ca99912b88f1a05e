//! What has happened in a directed run so far, as far as a story can ask for it.

use super::names::Names;
use super::statement::Statement;
use mimic_protocol::content::MessageStatus;
use mimic_protocol::node::{Consent, ConsentScope, Fact, IntentId};
use mimic_protocol::room::{BANNED, Standing};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId, UserId};
use mimic_record::{HubView, Judgement, NodeView, SeatView, Step, Verdict, Views};
use std::collections::{BTreeMap, BTreeSet};

/// The facts of the steps, sorted for questions.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    fates: BTreeMap<IntentId, Option<String>>,
    rejections: BTreeMap<String, u64>,
    read: BTreeSet<(ClientId, u32)>,
    stumbled: BTreeSet<NodeId>,
    objected: BTreeSet<NodeId>,
    /// What stands at a client in the place of a message.
    shown: BTreeMap<(ClientId, u32), Option<u32>>,
    put_aside: BTreeSet<(ClientId, String)>,
    found: BTreeSet<(ClientId, UserId)>,
    /// How the last query of a client ended.
    answered: BTreeMap<ClientId, String>,
    fetched: BTreeSet<ClientId>,
    /// Whom a client has seen behind a pseudonym.
    recognised: BTreeMap<(ClientId, ClientId), ClientId>,
    asked: BTreeSet<(NodeId, ConsentScope)>,
    believed: BTreeMap<(NodeId, UserId), usize>,
    turned_away: BTreeMap<NodeId, usize>,
    /// What a client knows of a message of its user from another user.
    known: BTreeMap<(ClientId, u32, UserId), MessageStatus>,
    /// Which want each label names.
    pub labels: BTreeMap<String, IntentId>,
}

/// The room as the nodes show it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'v> {
    pub views: &'v Views,
    pub room: RoomId,
    pub hub: ProviderId,
    pub directory: &'v Directory,
    pub names: &'v Names<'v>,
}

impl Ledger {
    /// Takes in a step.
    pub fn take(&mut self, step: &Step) {
        for fact in &step.facts {
            match fact {
                Fact::Done { intent } => _ = self.fates.insert(*intent, None),
                Fact::Refused { intent, reason } => {
                    self.fates.insert(*intent, Some(word(reason)));
                }
                Fact::Rejected { reason, .. } => *self.rejections.entry(word(reason)).or_default() += 1,
                Fact::Applied { text: Some((_, text)), .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.read.insert((client, *text));
                    }
                }
                Fact::Changed { text, shows, .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.change(client, *text, *shows);
                    }
                }
                Fact::Found { code, users, .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.found.extend(users.iter().map(|user| (client, *user)));
                        self.answered.insert(client, word(code));
                    }
                }
                Fact::Fetched { is_genuine: true, .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.fetched.insert(client);
                    }
                }
                Fact::Recognised { pseudonym, client: Some(behind), .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.recognised.insert((client, *pseudonym), *behind);
                    }
                }
                Fact::PutAside { reason, .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.put_aside.insert((client, word(reason)));
                    }
                }
                Fact::Reported { reporter, status, about, .. } => {
                    if let NodeId::Client(client) = step.node {
                        self.known.extend(about.iter().map(|text| ((client, *text, *reporter), *status)));
                    }
                }
                Fact::ConsentTold { consent: Consent::Request, scope } => {
                    self.asked.insert((step.node, *scope));
                }
                Fact::ConsentTold { consent: Consent::Cancel, scope } | Fact::ConsentGiven { scope, .. } => {
                    self.asked.remove(&(step.node, *scope));
                }
                Fact::AbuseJudged { accused, refuted: None, .. } => {
                    *self.believed.entry((step.node, *accused)).or_default() += 1;
                }
                Fact::TurnedAway { .. } => *self.turned_away.entry(step.node).or_default() += 1,
                Fact::Unprocessable { .. } => _ = self.stumbled.insert(step.node),
                Fact::Objected { .. } => _ = self.objected.insert(step.node),
                _ => {}
            }
        }
    }

    /// What stood there as `text` stands there as `shows` now; later statements name it by its first text.
    fn change(&mut self, client: ClientId, text: u32, shows: Option<u32>) {
        let first = self.shown.iter().find(|((at, _), now)| *at == client && **now == Some(text));
        let first = first.map_or(text, |((_, first), _)| *first);
        self.shown.insert((client, first), shows);
    }

    /// Whether it is the case; if not, what is.
    pub fn check(&self, statement: &Statement, seen: Seen<'_>) -> Result<(), String> {
        let names = seen.names;
        match statement {
            Statement::InEpoch(node, epoch) => {
                let found = seen.epoch(*node);
                hold(found == Some(*epoch), || format!("{} is {}", names.of_node(*node), in_epoch(found)))
            }
            Statement::Outside(client) => {
                let found = seen.epoch((*client).into());
                let name = names.of_node((*client).into());
                hold(found.is_none(), || format!("{name} is {}", in_epoch(found)))
            }
            Statement::Member(client, wanted) => {
                let found = seen.hub().is_some_and(|hub| hub.leaves.values().any(|leaf| leaf == client));
                let a = if found { "a" } else { "no" };
                let name = names.of_node((*client).into());
                hold(found == *wanted, || format!("{name} is {a} member at the hub"))
            }
            Statement::Participant(user, wanted) => {
                let found = seen.role(*user).is_some_and(|role| role != BANNED);
                hold(found == *wanted, || seen.tell_role(*user))
            }
            Statement::InRole(user, role) => hold(seen.role(*user) == Some(*role), || seen.tell_role(*user)),
            Statement::Active(user, wanted) => {
                let found = seen.is_active(*user);
                let not = if found { "" } else { "not " };
                hold(found == *wanted, || format!("{} is {not}active", names.of_user(*user)))
            }
            Statement::Can(role, capability, wanted) => {
                let role = seen.hub().and_then(|hub| hub.committed.role(*role));
                let found = role.is_some_and(|role| role.can(*capability));
                let can = if found { "can" } else { "cannot" };
                hold(found == *wanted, || {
                    let name = role.map_or("who has no such role", |role| &role.name);
                    format!("{name} {can} {}", capability.name())
                })
            }
            Statement::Blocked(user, wanted) => {
                let found = seen.hub().is_some_and(|hub| hub.blocked.contains(user));
                let not = if found { "" } else { " not" };
                hold(found == *wanted, || format!("{} is{not} blocked", names.of_user(*user)))
            }
            Statement::Pending(node, count) => {
                let found = seen.pending(*node);
                hold(found == *count, || format!("{} has {found} pending", names.of_node(*node)))
            }
            Statement::Stumbled(..) | Statement::Objected(..) => self.check_trouble(statement, names),
            Statement::Asked(..) | Statement::Believes(..) | Statement::TurnedAway(..) => {
                self.check_provider(statement, names)
            }
            Statement::Found(..)
            | Statement::Answered(..)
            | Statement::Fetched(..)
            | Statement::Recognised(..) => self.check_answers(statement, names),
            Statement::Read(..) | Statement::Shows(..) | Statement::PutAside(..) | Statement::Knows(..) => {
                self.check_content(statement, names)
            }
            Statement::Done(label) | Statement::Open(label) | Statement::Refused(label, _) => {
                self.check_fate(statement, label)
            }
            Statement::Rejected(..) | Statement::RejectedNothing => self.check_rejections(statement),
            // Judged when the run is over.
            Statement::Violates(_) => Ok(()),
        }
    }

    /// What nodes could not go on with.
    fn check_trouble(&self, statement: &Statement, names: &Names<'_>) -> Result<(), String> {
        match statement {
            Statement::Stumbled(client, wanted) => {
                let found = self.stumbled.contains(&(*client).into());
                let what =
                    if found { "has met an event that it could not process" } else { "never stumbled" };
                hold(found == *wanted, || format!("{} {what}", names.of_node((*client).into())))
            }
            Statement::Objected(node, wanted) => {
                let found = self.objected.contains(node);
                let verb = if found { "has" } else { "has never" };
                hold(found == *wanted, || format!("{} {verb} objected", names.of_node(*node)))
            }
            _ => Ok(()),
        }
    }

    /// What clients have learnt by asking.
    fn check_answers(&self, statement: &Statement, names: &Names<'_>) -> Result<(), String> {
        let name = |client: &ClientId| names.of_node((*client).into());
        match statement {
            Statement::Found(client, user, wanted) => {
                let found = self.found.contains(&(*client, *user));
                let has = if found { "has" } else { "has not" };
                hold(found == *wanted, || format!("{} {has} found {}", name(client), names.of_user(*user)))
            }
            Statement::Answered(client, code) => {
                let found = self.answered.get(client);
                let told = || found.map_or("no answer", String::as_str);
                hold(found == Some(code), || format!("{} was answered {}", name(client), told()))
            }
            Statement::Fetched(client, wanted) => {
                let found = self.fetched.contains(client);
                let has = if found { "has" } else { "has not" };
                hold(found == *wanted, || format!("{} {has} fetched an asset", name(client)))
            }
            Statement::Recognised(client, pseudonym, behind) => {
                let found = self.recognised.get(&(*client, *pseudonym));
                let told = || found.map_or("nobody".to_owned(), name);
                hold(found == Some(behind), || {
                    format!("{} has recognised {} as {}", name(client), name(pseudonym), told())
                })
            }
            _ => Ok(()),
        }
    }

    /// What a provider was asked, and what it believes.
    fn check_provider(&self, statement: &Statement, names: &Names<'_>) -> Result<(), String> {
        match statement {
            Statement::Asked(provider, count) => {
                let node = NodeId::from(*provider);
                let found = self.asked.iter().filter(|(at, _)| *at == node).count();
                hold(found == *count, || format!("{} holds {found} requests", names.of_node(node)))
            }
            Statement::TurnedAway(provider, count) => {
                let node = NodeId::from(*provider);
                let found = self.turned_away.get(&node).copied().unwrap_or_default();
                hold(found == *count, || format!("{} has turned away {found}", names.of_node(node)))
            }
            Statement::Believes(hub, count, user) => {
                let found = self.believed.get(&((*hub).into(), *user)).copied().unwrap_or_default();
                let (hub, user) = (names.of_node((*hub).into()), names.of_user(*user));
                hold(found == *count, || format!("{hub} believes {found} reported of {user}"))
            }
            _ => Ok(()),
        }
    }

    /// What a device shows and knows of messages.
    fn check_content(&self, statement: &Statement, names: &Names<'_>) -> Result<(), String> {
        match statement {
            Statement::Read(client, text, wanted) => {
                let found = self.read.contains(&(*client, *text));
                let verb = if found { "has read" } else { "has not read" };
                hold(found == *wanted, || format!("{} {verb} {text}", names.of_node((*client).into())))
            }
            Statement::Shows(client, text, shows) => {
                let found = self.shown.get(&(*client, *text)).copied().unwrap_or(Some(*text));
                let tell = |shows: Option<u32>| shows.map_or("nothing".to_owned(), |text| text.to_string());
                hold(found == *shows, || {
                    format!("{} shows {} in place of {text}", names.of_node((*client).into()), tell(found))
                })
            }
            Statement::PutAside(client, reason) => {
                let found = self.put_aside.contains(&(*client, reason.clone()));
                hold(found, || {
                    format!("{} has put nothing aside as {reason}", names.of_node((*client).into()))
                })
            }
            Statement::Knows(client, text, status, user) => {
                let found = self.known.get(&(*client, *text, *user));
                hold(found == Some(status), || {
                    let (node, user) = (names.of_node((*client).into()), names.of_user(*user));
                    format!("{node} does not know {text} to be {status:?} by {user}")
                })
            }
            _ => Ok(()),
        }
    }

    fn check_fate(&self, statement: &Statement, label: &str) -> Result<(), String> {
        let fate = self.labels.get(label).and_then(|intent| self.fates.get(intent));
        let holds = match (statement, fate) {
            (Statement::Open(_), None) | (Statement::Done(_), Some(None)) => true,
            (Statement::Refused(_, wanted), Some(Some(reason))) => {
                wanted.as_ref().is_none_or(|wanted| wanted == reason)
            }
            _ => false,
        };
        hold(holds, || match fate {
            None => format!("{label} is open"),
            Some(None) => format!("{label} is done"),
            Some(Some(reason)) => format!("{label} is refused {reason}"),
        })
    }

    fn check_rejections(&self, statement: &Statement) -> Result<(), String> {
        let holds = match statement {
            Statement::Rejected(reason, times) => {
                let found = self.rejections.get(reason).copied().unwrap_or_default();
                times.map_or(found > 0, |times| found == times)
            }
            _ => self.rejections.is_empty(),
        };
        hold(holds, || {
            let each = self.rejections.iter().map(|(reason, times)| format!("{reason} {times} times"));
            let all = each.collect::<Vec<_>>().join(", ");
            if all.is_empty() {
                "the hub rejected nothing".to_owned()
            } else {
                format!("the hub rejected {all}")
            }
        })
    }
}

/// Whether the invariants that these statements name are those that were violated.
pub(super) fn violated_as_told(
    statement: &Statement,
    all: &[Statement],
    judgement: &Judgement,
) -> Result<(), String> {
    let Statement::Violates(_) = statement else { return Ok(()) };
    let told: BTreeSet<&str> = all
        .iter()
        .filter_map(|statement| match statement {
            Statement::Violates(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let violated = judgement.invariants.iter().filter(|invariant| invariant.verdict == Verdict::Violated);
    let found: BTreeSet<&str> = violated.map(|invariant| invariant.id.as_str()).collect();
    let list = || found.iter().copied().collect::<Vec<_>>().join(", ");
    hold(found == told, || {
        if found.is_empty() { "everything held".to_owned() } else { format!("violated: {}", list()) }
    })
}

impl<'v> Seen<'v> {
    fn hub(&self) -> Option<&'v HubView> {
        match &**self.views.get(&self.hub.into())? {
            NodeView::Provider { hosted, .. } => hosted.get(&self.room),
            NodeView::Client(_) => None,
        }
    }

    fn seat(&self, client: ClientId) -> Option<&'v SeatView> {
        match &**self.views.get(&client.into())? {
            NodeView::Client(view) => view.seats.get(&self.room),
            NodeView::Provider { .. } => None,
        }
    }

    fn epoch(&self, node: NodeId) -> Option<u64> {
        match node {
            NodeId::Client(client) => self.seat(client)?.epoch,
            NodeId::Provider(provider) if provider == self.hub => self.hub().map(|hub| hub.epoch),
            NodeId::Provider(_) => None,
        }
    }

    fn pending(&self, node: NodeId) -> usize {
        match node {
            NodeId::Client(client) => self.seat(client).map_or(0, |seat| seat.pending),
            NodeId::Provider(provider) if provider == self.hub => self.hub().map_or(0, |hub| hub.pending),
            NodeId::Provider(_) => 0,
        }
    }

    fn role(&self, user: UserId) -> Option<u32> {
        self.hub().and_then(|hub| Standing::role_of(&hub.committed, user))
    }

    fn is_active(&self, user: UserId) -> bool {
        let mut leaves = self.hub().into_iter().flat_map(|hub| hub.leaves.values());
        leaves.any(|client| self.directory.user_of(*client) == user)
    }

    fn tell_role(&self, user: UserId) -> String {
        let name = self.names.of_user(user);
        match self.role(user) {
            None => format!("{name} is not in the list"),
            Some(BANNED) => format!("{name} is banned"),
            Some(role) => format!("{name} is in role {role}"),
        }
    }
}

fn in_epoch(epoch: Option<u64>) -> String {
    epoch.map_or("in no epoch".to_owned(), |epoch| format!("in epoch {epoch}"))
}

fn hold(holds: bool, instead: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(instead()) }
}

/// The name of a variant.
fn word(reason: &impl std::fmt::Debug) -> String {
    let text = format!("{reason:?}");
    text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
}
