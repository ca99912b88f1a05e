//! A world that explains all lines so far: the servers, what is on its way between them, and the ways in which each client may be.

use super::line::{Seen, ServerLine};
use super::mail::{Answer, Delivery, Mail};
use super::server::Server;
use super::situations::{Shown, Sign, Situations, TooMany};
use super::surroundings::{Near, Surroundings, Wishes};
use crate::conform::{Names, Why, told};
use mimic_protocol::node::{Call, Exchange, Input, Output, Request, Response};
use mimic_protocol::{ClientId, NodeConfig, NodeId, ProviderId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So long after it was sent something may still arrive at another server.
const LATE_US: u64 = 60_000_000;

/// What is the same for all candidates.
#[derive(Debug)]
pub(super) struct Frame {
    pub config: Arc<NodeConfig>,
    pub ahead_ms: BTreeMap<NodeId, i64>,
    pub wishes: BTreeMap<ClientId, Wishes>,
    /// So many situations of one client are looked at for one line.
    pub most: usize,
    /// How many of the likeliest are kept; all that is possible, where no number stands here.
    pub likeliest: Option<usize>,
}

/// A message between servers.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Message {
    Request(Request),
    Response(Response),
}

/// A message on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Flight {
    message: Arc<Message>,
    /// The tries that it may belong to, by the lines that have handled their requests first, or begun them. Those in which nobody waits any
    /// more are left out; of several with the same octets any may be the one that arrives.
    tries: BTreeSet<u64>,
    sent_us: u64,
}

/// From whom to whom, in which exchange.
type Way = (Exchange, NodeId, NodeId);

/// A world in which the servers are as they are, and each client is in one of its situations, whatever the others are in: clients
/// have to do with one another by servers only.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    servers: BTreeMap<ProviderId, Arc<Server>>,
    flights: BTreeMap<Way, Arc<Vec<Flight>>>,
    mail: BTreeMap<ClientId, Arc<Mail>>,
    clients: BTreeMap<ClientId, Arc<Situations>>,
    names: Names,
}

/// Why a candidate does not go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stuck {
    /// It does not explain the line.
    Excluded(Why),
    /// There is more than one looks at.
    TooMany,
}

/// One way in which a line may have come about: what the server is given, as part of which tries, and what that says of a client.
struct Given {
    input: Option<Input>,
    tries: BTreeSet<u64>,
    client: Option<(ClientId, Situations)>,
}

impl Candidate {
    /// A world in which nothing has happened.
    pub fn new(config: &NodeConfig) -> Self {
        let directory = config.directory();
        let servers = directory.providers().map(|id| (id, Arc::default())).collect();
        let clients = directory.clients().map(|id| (id, Arc::new(Situations::new()))).collect();
        let mail = directory.clients().map(|id| (id, Arc::default())).collect();
        Self { servers, flights: BTreeMap::new(), mail, clients, names: Names::default() }
    }

    /// How many situations of clients it has, all clients together.
    pub fn situations(&self) -> usize {
        self.clients.values().map(|client| client.len()).sum()
    }

    /// How much has gone wrong in it unseen, at the least.
    pub fn mishaps(&self) -> u64 {
        self.clients.values().map(|client| client.mishaps()).sum()
    }

    /// How many steps clients have taken unseen, at the least.
    pub fn hidden_steps(&self) -> u64 {
        self.clients.values().map(|client| client.steps()).sum()
    }

    /// The worlds that explain the line too; or each reason why it does not.
    pub fn after(self, frame: &Frame, line: &ServerLine) -> Result<(Vec<Self>, Vec<Why>), TooMany> {
        let (mut after, mut excluded) = (Vec::new(), Vec::new());
        match self.given(frame, line) {
            Ok(given) => {
                for one in given {
                    match self.clone().with(frame, line, one) {
                        Ok(world) => after.push(world),
                        Err(why) => excluded.push(why),
                    }
                }
            }
            Err(Stuck::Excluded(why)) => excluded.push(why),
            Err(Stuck::TooMany) => return Err(TooMany),
        }
        Ok((after, excluded))
    }

    /// All that the server may have been given in this line.
    fn given(&self, frame: &Frame, line: &ServerLine) -> Result<Vec<Given>, Stuck> {
        let plain = |input| Ok(vec![Given { input, tries: BTreeSet::new(), client: None }]);
        match line.seen {
            Seen::Crash | Seen::Restart => plain(None),
            Seen::Start => plain(Some(Input::Start)),
            Seen::Order(intent) => plain(Some(Input::Command(intent))),
            Seen::Failed(exchange) => plain(Some(Input::Failed { call: exchange.call })),
            Seen::Wake(timer) => plain(Some(Input::Wake(timer))),
            Seen::Request(exchange, from @ NodeId::Provider(_)) => {
                self.arriving(line, (exchange, from), |flight| match &*flight.message {
                    Message::Request(request) => Some(request_input(exchange, from, request.clone())),
                    Message::Response(_) => None,
                })
            }
            Seen::Response(exchange, from @ NodeId::Provider(_)) => {
                let is_own = exchange.origin == NodeId::Provider(line.provider);
                let asked = self.servers.get(&line.provider).and_then(|server| server.open.get(&exchange));
                let fits =
                    |flight: &Flight| !is_own || asked.is_some_and(|asked| flight.tries.contains(asked));
                self.arriving(line, (exchange, from), |flight| match &*flight.message {
                    Message::Response(response) if fits(flight) => {
                        Some(response_input(exchange, from, response.clone()))
                    }
                    Message::Request(_) | Message::Response(_) => None,
                })
            }
            Seen::Request(exchange, NodeId::Client(client)) => {
                let sign = Sign::Request(exchange.call, line.provider.into());
                self.shown(frame, line, (client, exchange), sign)
            }
            Seen::Response(exchange, NodeId::Client(client)) => {
                self.shown(frame, line, (client, exchange), Sign::Reply)
            }
        }
    }

    /// Each message of this kind that may arrive.
    fn arriving(
        &self,
        line: &ServerLine,
        (exchange, from): (Exchange, NodeId),
        input: impl Fn(&Flight) -> Option<Input>,
    ) -> Result<Vec<Given>, Stuck> {
        let flights = self.flights.get(&(exchange, from, line.provider.into()));
        let given = flights.into_iter().flat_map(|all| all.iter()).filter_map(|flight| {
            let input = Some(input(flight)?);
            Some(Given { input, tries: flight.tries.clone(), client: None })
        });
        let given: Vec<Given> = given.collect();
        if given.is_empty() {
            return Err(excluded(format!(
                "{from} has sent {} nothing of {exchange:?} that it could handle",
                line.provider
            )));
        }
        Ok(given)
    }

    /// All that a hidden client may have sent.
    fn shown(
        &self,
        frame: &Frame,
        line: &ServerLine,
        (client, exchange): (ClientId, Exchange),
        sign: Sign,
    ) -> Result<Vec<Given>, Stuck> {
        let (Some(situations), Some(mail), Some(wishes)) =
            (self.clients.get(&client), self.mail.get(&client), frame.wishes.get(&client))
        else {
            return Err(excluded(format!("there is no {client:?}")));
        };
        let fits = match sign {
            Sign::Request(..) => exchange.origin == NodeId::Client(client),
            Sign::Reply => mail.delivery.as_ref().is_some_and(|it| it.exchange == exchange),
        };
        let clock_ms = frame.ahead_ms.get(&client.into()).copied().unwrap_or_default();
        let around = Surroundings {
            config: &frame.config,
            client,
            wishes,
            mail,
            given_us: line.given_us,
            now_ms: (line.given_us / 1_000).saturating_add_signed(clock_ms),
            near: Near::All,
            likeliest: frame.likeliest,
        };
        let mut shown = Vec::new();
        if fits && frame.likeliest.is_some() {
            let near = near(&around, sign);
            let around = Surroundings { near, ..around };
            shown = situations.closure(sign, line.step, &around, frame.most).map_err(|_| Stuck::TooMany)?;
        }
        if fits && shown.is_empty() {
            shown = situations.closure(sign, line.step, &around, frame.most).map_err(|_| Stuck::TooMany)?;
        }
        if shown.is_empty() {
            return Err(excluded(format!("{client} could not have sent anything of {exchange:?}")));
        }
        let from = NodeId::Client(client);
        let given = shown.into_iter().map(|(shown, situations)| {
            let (input, tries) = match shown {
                Shown::Request(sent) => {
                    (request_input(exchange, from, sent.request.clone()), BTreeSet::from([line.step]))
                }
                Shown::Reply(response) => (response_input(exchange, from, response), BTreeSet::new()),
            };
            Given { input: Some(input), tries, client: Some((client, situations)) }
        });
        Ok(given.collect())
    }

    /// This world after the server was given that, if it comes to what the line says.
    fn with(mut self, frame: &Frame, line: &ServerLine, given: Given) -> Result<Self, Why> {
        let Given { input, tries, client } = given;
        if let Some((client, situations)) = client {
            self.clients.insert(client, Arc::new(situations));
            self.forget_answers(client);
        }
        let ahead_ms = frame.ahead_ms.get(&line.provider.into()).copied().unwrap_or_default();
        let server = self.servers.entry(line.provider).or_default();
        let server = Arc::make_mut(server);
        server.begin(&frame.config, line).map_err(Why::NotEnabled)?;
        if let Seen::Response(exchange, _) = line.seen
            && exchange.origin == NodeId::Provider(line.provider)
        {
            server.close(exchange).map_err(Why::NotEnabled)?;
        }
        let (facts, outputs) = match input {
            Some(input) => server.handle(line, ahead_ms, input).map_err(Why::NotEnabled)?,
            None => (Vec::new(), Vec::new()),
        };
        self.names.match_up("facts", &told(&line.facts), &told(&facts))?;
        outputs.into_iter().for_each(|output| self.carry(line, &tries, output));
        self.forget_flights(line);
        Ok(self)
    }

    /// Puts on its way what the server has sent. `tries` are those that what it has handled may belong to.
    fn carry(&mut self, line: &ServerLine, tries: &BTreeSet<u64>, output: Output) {
        let (from, sent_us) = (NodeId::Provider(line.provider), line.left_us);
        match output {
            Output::Send { to: NodeId::Client(client), exchange, request } => {
                let delivery = Some(Delivery { exchange, from, request, sent_us });
                let mail = self.mail.entry(client).or_default();
                Arc::make_mut(mail).delivery = delivery;
                if let Some(situations) = self.clients.get_mut(&client) {
                    *situations = Arc::new(situations.handed_another());
                }
            }
            Output::Send { to, exchange, request } => {
                let is_own = exchange.origin == from;
                let tries = if is_own { BTreeSet::from([line.step]) } else { tries.clone() };
                let message = Arc::new(Message::Request(request));
                self.send((exchange, from, to), Flight { message, tries, sent_us });
            }
            Output::Reply { to: NodeId::Client(client), exchange, response } => {
                let tries = tries.clone();
                let answer = Answer { call: exchange.call, tries, from, response, sent_us };
                Arc::make_mut(self.mail.entry(client).or_default()).answers.push(answer);
                self.forget_answers(client);
            }
            Output::Reply { to, exchange, response } => {
                let message = Arc::new(Message::Response(response));
                self.send((exchange, from, to), Flight { message, tries: tries.clone(), sent_us });
            }
            Output::Persist(_) | Output::Wake { .. } | Output::Observe(_) => {}
        }
    }

    fn send(&mut self, way: Way, flight: Flight) {
        let all = Arc::make_mut(self.flights.entry(way).or_default());
        match all.iter_mut().find(|known| known.message == flight.message) {
            Some(known) => {
                known.tries.extend(flight.tries);
                known.sent_us = flight.sent_us;
            }
            None => all.push(flight),
        }
    }

    /// Answers that the client waits for in no situation are nothing to it.
    fn forget_answers(&mut self, client: ClientId) {
        let (Some(situations), Some(mail)) = (self.clients.get(&client), self.mail.get_mut(&client)) else {
            return;
        };
        let is_awaited = |call, asked: &u64| situations.await_answer(call, *asked);
        let mail = Arc::make_mut(mail);
        for Answer { call, tries, .. } in &mut mail.answers {
            tries.retain(|asked| is_awaited(*call, asked));
        }
        mail.answers.retain(|answer| !answer.tries.is_empty());
    }

    /// Answers to tries that nobody waits in any more are nothing to who has asked, and what is too late is lost. A server that passes an
    /// answer on does so whoever waits.
    fn forget_flights(&mut self, line: &ServerLine) {
        let Self { servers, flights, clients, .. } = self;
        for ((exchange, _, to), all) in flights.iter_mut() {
            let is_open = |asked: &u64| match exchange.origin {
                NodeId::Client(client) => {
                    clients.get(&client).is_some_and(|client| client.await_answer(exchange.call, *asked))
                }
                NodeId::Provider(id) => {
                    servers.get(&id).is_some_and(|it| it.open.get(exchange) == Some(asked))
                }
            };
            let is_late = |flight: &Flight| flight.sent_us.saturating_add(LATE_US) < line.given_us;
            if all.iter().all(|flight| !is_late(flight) && flight.tries.iter().all(is_open)) {
                continue;
            }
            let kept = Arc::make_mut(all);
            kept.iter_mut().for_each(|flight| flight.tries.retain(|asked| is_open(asked)));
            kept.retain(|flight| {
                let answers = *to == exchange.origin && matches!(*flight.message, Message::Response(_));
                !(is_late(flight) || answers && flight.tries.is_empty())
            });
        }
        flights.retain(|_, all| !all.is_empty());
    }

    /// Takes the other in, if that is the same world but for the situations of one client.
    pub fn join(&mut self, other: &Self) -> bool {
        let same = self.names == other.names
            && self.mail == other.mail
            && self.servers == other.servers
            && self.flights == other.flights;
        if !same {
            return false;
        }
        let differ = |client: &&ClientId| {
            let (one, two) = (&self.clients[*client], &other.clients[*client]);
            !Arc::ptr_eq(one, two) && !one.are(two)
        };
        let differing: BTreeSet<ClientId> = self.clients.keys().filter(differ).copied().collect();
        if differing.len() > 1 {
            return false;
        }
        for client in differing {
            let both = self.clients[&client].with(&other.clients[&client]);
            self.clients.insert(client, Arc::new(both));
        }
        true
    }
}

/// Where to look for what the line shows: in the rooms that it is about. What is elsewhere has nothing to do with it, and can wait.
fn near(around: &Surroundings<'_>, sign: Sign) -> Near {
    let delivered = || around.mail.delivery.as_ref().and_then(Delivery::room);
    let room = match sign {
        Sign::Request(Call::Publish, _) | Sign::Reply => delivered(),
        Sign::Request(call, _) => call.room(),
    };
    Near::These(room.into_iter().map(|room| around.family(room)).collect())
}

fn request_input(exchange: Exchange, from: NodeId, request: Request) -> Input {
    Input::Request { exchange, from, request }
}

fn response_input(exchange: Exchange, from: NodeId, response: Response) -> Input {
    Input::Response { exchange, from, response }
}

fn excluded(what: String) -> Stuck {
    Stuck::Excluded(Why::NotEnabled(what))
}
