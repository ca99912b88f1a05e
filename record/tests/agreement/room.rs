//! A room whose members send whatever their MLS engines can make, and a hub that judges it, with and without its checks.

use mimic_protocol::mls::symbolic::{Symbolic, SymbolicMember};
use mimic_protocol::mls::{
    CommitBundle, Entropy, GroupInfoForm, JoinMaterial, Lifetime, MlsError, MlsGroup, MlsMember, Octets,
    Propose, Received,
};
use mimic_protocol::node::{
    Bundle, Call, Cells, ClientMaterial, Exchange, Fact, Input, Node, Output, Rejection, Request, Response,
};
use mimic_protocol::room::{RoomState, Standing};
use mimic_protocol::signing::key_material_request;
use mimic_protocol::{
    ClientId, Directory, Mutant, NodeConfig, NodeId, Planted, Provider, ProviderId, Readings, RoomId,
};
use mimic_record::invariants::Authorised;
use mimic_record::{Event, Invariant, NodeView, Step, Tally, Transition, Views, alpha};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const HUB: ProviderId = ProviderId(0);
pub const ROOM: RoomId = RoomId(0);

/// How the hub and the invariant judge the same event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opinions {
    /// Why the hub refuses it, if it does.
    pub hub: Option<Rejection>,
    /// What the invariant has against it, if anything, where there is a hub that accepts it.
    pub drafts: Option<Option<String>>,
}

/// What a hub did with a request.
struct Handled {
    facts: Vec<Fact>,
    cells: Cells,
    response: Option<Response>,
}

/// What came of that.
struct Judged {
    accepts: bool,
    rejection: Option<Rejection>,
    objection: Option<String>,
    invariant: Authorised,
    cells: Cells,
}

pub struct Room {
    directory: Arc<Directory>,
    honest: Arc<NodeConfig>,
    careless: Arc<NodeConfig>,
    cells: Cells,
    invariant: Authorised,
    pub members: BTreeMap<ClientId, SymbolicMember>,
    /// Key packages that came through the hub.
    key_packages: BTreeMap<ClientId, Vec<Octets>>,
    join: JoinMaterial,
    draws: u64,
}

impl Room {
    /// Every client has an engine; that of `creator` has opened the room, at a hub with the planted bug.
    pub fn open(
        directory: Directory,
        standing: &Standing,
        creator: ClientId,
        planted: Planted,
    ) -> Option<Self> {
        let directory = Arc::new(directory);
        let config = |planted| NodeConfig::new(directory.clone(), Readings::default(), planted);
        let honest = config(planted);
        // One of the planted bugs makes the hub check nothing.
        let careless = config(Planted::new(Mutant::MembersWithoutEntry));
        let mut room = Self {
            members: BTreeMap::new(),
            join: JoinMaterial { group_info: [].into(), tree: [].into(), proposals: Vec::new() },
            cells: Cells::new(),
            invariant: Authorised::default(),
            key_packages: BTreeMap::new(),
            draws: 0,
            directory,
            honest,
            careless,
        };
        for client in room.directory.clients() {
            room.equip(client);
        }
        let dictionary = standing.encode(&room.directory);
        let entropy = room.entropy();
        let member = room.members.get_mut(&creator)?;
        let CommitBundle { group_info, tree, .. } = member.create(ROOM, &dictionary, HUB, entropy).ok()?;
        (room.join.group_info, room.join.tree) = (group_info.clone(), tree.clone());
        let answer =
            room.ask(creator, Call::Open(ROOM), Request::Open { room: ROOM, group_info, tree, state: None });
        (answer == Some(Response::Done)).then_some(room)
    }

    /// The room's state at the hub.
    pub fn state(&self) -> RoomState {
        let hub = Provider::<Symbolic>::recover(self.honest.clone(), HUB, &self.cells);
        hub.hosted()[&ROOM].state().clone()
    }

    pub fn leaves(&self) -> Vec<ClientId> {
        let hub = Provider::<Symbolic>::recover(self.honest.clone(), HUB, &self.cells);
        hub.hosted()[&ROOM].group().leaves().into_values().collect()
    }

    pub fn key_package(&mut self, client: ClientId) -> Option<Octets> {
        self.key_packages.get_mut(&client)?.pop()
    }

    /// A member proposes these as one batch.
    pub fn propose(&mut self, client: ClientId, proposals: &[Propose]) -> Option<Opinions> {
        let mut batch = Vec::new();
        for proposal in proposals {
            let entropy = self.entropy();
            let made = self.members.get_mut(&client)?.propose(ROOM, proposal, entropy);
            batch.extend(made.ok());
        }
        let opinions = (!batch.is_empty()).then(|| self.judge(client, Bundle::Proposals(batch.clone())));
        if opinions.as_ref().is_some_and(|opinions| opinions.hub.is_none()) {
            self.join.proposals.extend(batch.iter().cloned());
            let keep = |member: &mut SymbolicMember| batch.iter().try_for_each(|m| member.keep(ROOM, m));
            self.everybody(|member| member.group(ROOM).is_none() || keep(member).is_ok());
        }
        self.tidy(client);
        opinions
    }

    /// A member commits all that is pending, or none of it, and these by value.
    pub fn commit(&mut self, client: ClientId, covers: bool, by_value: &[Propose]) -> Option<Opinions> {
        let entropy = self.entropy();
        let member = self.members.get_mut(&client)?;
        let pending = member.group(ROOM)?.pending();
        let references: Vec<_> = pending.iter().filter(|_| covers).filter_map(|p| p.reference).collect();
        let bundle = member.commit(ROOM, &references, by_value, entropy).ok()?;
        Some(self.send(client, bundle))
    }

    /// A client joins by an external commit that carries these by value.
    pub fn join(&mut self, client: ClientId, by_value: &[Propose]) -> Option<Opinions> {
        let (entropy, material) = (self.entropy(), self.join.clone());
        let member = self.members.get_mut(&client)?;
        let bundle = member.external_commit(ROOM, &material, by_value, entropy).ok()?;
        Some(self.send(client, bundle))
    }

    /// A client sends a message in the name of its user.
    pub fn say(&mut self, client: ClientId) -> Option<Opinions> {
        let entropy = self.entropy();
        let message = self.members.get_mut(&client)?.encrypt(ROOM, &[], b"text", entropy).ok()?;
        let sender = self.directory.user_of(client);
        Some(self.opinions(
            client,
            Call::Submit(ROOM),
            Request::Submit { room: ROOM, message, sender, vouchers: Vec::new() },
        ))
    }

    fn send(&mut self, client: ClientId, bundle: CommitBundle) -> Opinions {
        let opinions = self.judge(
            client,
            Bundle::Commit(bundle.clone().with(GroupInfoForm::Full(bundle.group_info.clone()))),
        );
        if opinions.hub.is_none() {
            let CommitBundle { commit, welcome, group_info, tree } = bundle;
            self.everybody(|member| merge(member, &commit).is_ok());
            if let Some(welcome) = welcome {
                for member in self.members.values_mut() {
                    // It is an error for all who are not meant by it.
                    let _ = member.join(ROOM, &welcome, &tree);
                }
            }
            self.join = JoinMaterial { group_info, tree, proposals: Vec::new() };
        } else {
            self.tidy(client);
        }
        opinions
    }

    /// Brings a member back to where all are.
    fn tidy(&mut self, client: ClientId) {
        let Some(member) = self.members.get_mut(&client) else { return };
        // Each fails only where there is nothing to tidy up.
        let _ = member.discard_pending(ROOM);
        let _ = member.clear_proposals(ROOM);
        let _ = self.join.proposals.iter().try_for_each(|message| member.keep(ROOM, message));
    }

    fn everybody(&mut self, act: impl Fn(&mut SymbolicMember) -> bool) {
        assert!(self.members.values_mut().all(act), "a member cannot follow the hub");
    }

    fn judge(&mut self, client: ClientId, bundle: Bundle) -> Opinions {
        self.opinions(
            client,
            Call::Update(ROOM),
            Request::Update { room: ROOM, bundle, vouchers: Vec::new() },
        )
    }

    /// Asks the honest hub, whose answer counts, and otherwise the careless one, so that there is something to judge.
    fn opinions(&mut self, client: ClientId, call: Call, request: Request) -> Opinions {
        self.draws += 1;
        let honest = self.judged_by(&self.honest, client, call, request.clone());
        if honest.accepts {
            (self.cells, self.invariant) = (honest.cells, honest.invariant);
            return Opinions { hub: None, drafts: Some(honest.objection) };
        }
        let careless = self.judged_by(&self.careless, client, call, request);
        let drafts = careless.accepts.then_some(careless.objection);
        Opinions { hub: honest.rejection, drafts }
    }

    fn judged_by(&self, config: &Arc<NodeConfig>, client: ClientId, call: Call, request: Request) -> Judged {
        let mut hub = Provider::<Symbolic>::recover(config.clone(), HUB, &self.cells);
        let views = Views::from([(NodeId::Provider(HUB), Arc::new(alpha::provider(&hub)))]);
        let Handled { facts, cells, .. } = self.handle(&mut hub, client, call, request);
        let rejection = facts.iter().find_map(|fact| match fact {
            Fact::Rejected { reason, .. } => Some(*reason),
            _ => None,
        });
        let accepts = facts.iter().any(|fact| matches!(fact, Fact::Accepted { .. }));
        let mut invariant = self.invariant.clone();
        let objection = self.objection(&mut invariant, views, alpha::provider(&hub), facts);
        Judged { accepts, rejection, objection, invariant, cells }
    }

    fn objection(
        &self,
        invariant: &mut Authorised,
        mut views: Views,
        after: NodeView,
        facts: Vec<Fact>,
    ) -> Option<String> {
        let node = NodeId::Provider(HUB);
        let before = views.insert(node, Arc::new(after));
        let event = Event::Start;
        let step =
            Step { n: 0, at_us: 0, written_us: 0, node, event, cause: None, facts, change: None, view: None };
        let transition =
            Transition { directory: &self.directory, step: &step, before: before.as_deref(), views: &views };
        let mut tally = Tally::default();
        invariant.step(&transition, &mut tally);
        tally.violations.pop().map(|(_, words)| words)
    }

    fn handle(
        &self,
        hub: &mut Provider<Symbolic>,
        client: ClientId,
        call: Call,
        request: Request,
    ) -> Handled {
        let from = NodeId::Client(client);
        let input = Input::Request { exchange: Exchange { origin: from, call }, from, request };
        let mut handled = Handled { facts: Vec::new(), cells: self.cells.clone(), response: None };
        for output in hub.handle(0, Entropy([2; 32]).of(&self.draws.to_string()), input) {
            match output {
                Output::Persist(writes) => {
                    for (key, value) in writes {
                        match value {
                            Some(octets) => drop(handled.cells.insert(key, octets)),
                            None => drop(handled.cells.remove(&key)),
                        }
                    }
                }
                Output::Observe(fact) => handled.facts.push(fact),
                Output::Reply { response, .. } => handled.response = Some(response),
                Output::Send { .. } | Output::Wake { .. } => {}
            }
        }
        handled
    }

    fn equip(&mut self, client: ClientId) {
        let entropy = self.entropy();
        let mut member = SymbolicMember::new(&self.honest.mls, client, entropy);
        let made: Vec<Octets> =
            (0..16).filter_map(|_| member.fresh_key_package(Lifetime::ALWAYS, self.entropy()).ok()).collect();
        self.members.insert(client, member);
        self.ask(client, Call::Publish, Request::Publish { key_packages: made, key_changes: 0 });
        let user = self.directory.user_of(client);
        // Each answer has one for each client of the user that has published any.
        for _ in 0..16 {
            let member = &self.members[&client];
            let request = key_material_request(&self.honest, member, (ROOM, user, client)).unwrap();
            let Some(Response::KeyMaterial(answer)) =
                self.ask(client, Call::KeyMaterial(ROOM, user), request)
            else {
                continue;
            };
            for (owner, material) in answer.clients {
                if let ClientMaterial::KeyPackage(package) = material {
                    self.key_packages.entry(owner).or_default().push(package);
                }
            }
        }
    }

    fn ask(&mut self, client: ClientId, call: Call, request: Request) -> Option<Response> {
        let mut hub = Provider::<Symbolic>::recover(self.honest.clone(), HUB, &self.cells);
        self.draws += 1;
        let Handled { cells, response, .. } = self.handle(&mut hub, client, call, request);
        self.cells = cells;
        response
    }

    fn entropy(&mut self) -> Entropy {
        self.draws += 1;
        Entropy([1; 32]).of(&self.draws.to_string())
    }
}

/// The member applies a commit that the hub has accepted.
fn merge(member: &mut SymbolicMember, commit: &Octets) -> Result<(), MlsError> {
    match member.process(ROOM, commit) {
        Ok(Received::OwnCommit) => member.merge_pending(ROOM),
        Ok(Received::Commit(info, staged)) => {
            member.merge(ROOM, staged)?;
            if !info.leaves.values().any(|client| *client == member.client()) {
                member.forget(ROOM);
            }
            Ok(())
        }
        Ok(_) | Err(MlsError::NoSuchGroup) => Ok(()),
        Err(error) => Err(error),
    }
}
