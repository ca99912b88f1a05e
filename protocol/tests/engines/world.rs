//! A room over one engine, in which operations happen, and what its parties say to them.

use mimic_protocol::mls::{
    CommitBundle, CommitInfo, Dictionary, Entropy, JoinMaterial, Mls, MlsConfig, MlsError, MlsGroup,
    MlsMember, MlsObserver, Octets, ProposalInfo, ProposalRef, Propose, Proposed, Received, Sender,
};
use mimic_protocol::{ClientId, Directory, ProviderId, Readings, RoomId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Grows by what its updates say, but for "bad".
pub const LOG: u16 = 1;
/// Takes one update in a commit at most.
pub const TITLE: u16 = 2;
/// A component that nobody knows.
pub const STRAY: u16 = 3;

const ROOM: RoomId = RoomId(0);
const FIRST: ClientId = ClientId(0);
pub const CLIENTS: u16 = 5;

/// A proposal that somebody wants.
#[derive(Clone, Debug)]
pub enum Wish {
    Add(ClientId),
    Remove(ClientId),
    SelfRemove,
    Update(u16, &'static str),
}

/// Something that is done, in both engines alike.
#[derive(Clone, Debug)]
pub enum Op {
    /// A client proposes; the hub keeps it, and all members but one, at most.
    Propose(ClientId, Wish, Option<ClientId>),
    /// A client makes a commit of those accepted proposals whose bits are set, and then of its wishes.
    Commit(ClientId, u8, Vec<Wish>),
    /// A client makes an external commit.
    Join(ClientId, Vec<Wish>),
    /// The commit that a client has made last comes to the hub, and to everybody if it is accepted.
    Accept(ClientId),
    /// A client gets the last accepted commit (again).
    Again(ClientId),
    /// A client takes its own commit for accepted, or drops it.
    Settle(ClientId, bool),
    /// A client says something; everybody gets it, twice.
    Say(ClientId),
    /// A client drops the pending proposals.
    Clear(ClientId),
    /// A client, or the hub, is built from its disk again.
    Restart(Option<ClientId>),
    /// A client deletes the group.
    Forget(ClientId),
}

/// What one party said: what it understood, or why it refused.
pub type Verdict = Result<String, MlsError>;

type Disk = BTreeMap<Vec<u8>, Octets>;

pub struct World<M: Mls> {
    config: MlsConfig,
    hub: M::Observer,
    hub_disk: Disk,
    members: BTreeMap<ClientId, (M::Member, Disk)>,
    group_info: Octets,
    accepted: Vec<Octets>,
    made: BTreeMap<ClientId, CommitBundle>,
    last: Octets,
    draws: u64,
}

fn apply(component: u16, current: Option<&[u8]>, updates: &[&[u8]], _: Readings) -> Option<Vec<u8>> {
    match component {
        LOG if updates.contains(&&b"bad"[..]) => None,
        LOG => Some([&[current.unwrap_or_default()], updates].concat().concat()),
        TITLE => (updates.len() == 1).then(|| updates[0].to_vec()),
        _ => None,
    }
}

fn config() -> MlsConfig {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    for number in 0..CLIENTS {
        let user = directory.add_user(provider, &format!("user{number}"));
        directory.add_client(user, "device");
    }
    directory.add_room(provider, "room");
    MlsConfig { directory: Arc::new(directory), readings: Readings::default(), apply }
}

impl<M: Mls> World<M> {
    /// The first client is alone in the room.
    pub fn new() -> Self {
        let config = config();
        let member = |number: u16| {
            let client = ClientId(number);
            (client, (M::Member::new(&config, client, Entropy([number as u8; 32])), Disk::new()))
        };
        let mut members: BTreeMap<_, _> = (0..CLIENTS).map(member).collect();
        let founder = &mut members.get_mut(&FIRST).unwrap().0;
        let dictionary = Dictionary::from([(LOG, (*b"0").into())]);
        let opened = founder.create(ROOM, &dictionary, ProviderId(0), Entropy([99; 32])).unwrap();
        let hub = M::Observer::open(&config, ROOM, &opened.group_info, &opened.tree).unwrap();
        let (group_info, accepted, made, last) =
            (opened.group_info, Vec::new(), BTreeMap::new(), Octets::default());
        Self { config, hub, hub_disk: Disk::new(), members, group_info, accepted, made, last, draws: 0 }
    }

    /// Does it: what everybody says to it, the one who does it first.
    pub fn act(&mut self, op: &Op) -> Vec<Verdict> {
        self.draws += 1;
        let entropy = Entropy(*blake3::hash(&self.draws.to_le_bytes()).as_bytes());
        match op {
            Op::Propose(by, wish, without) => self.propose(*by, wish, *without, entropy),
            Op::Commit(by, references, wishes) => vec![self.commit(*by, *references, wishes, entropy)],
            Op::Join(by, wishes) => vec![self.join(*by, wishes, entropy)],
            Op::Accept(by) => self.accept(*by),
            Op::Again(client) => {
                let last = self.last.clone();
                vec![self.at(*client).process(ROOM, &last).map(|received| describe(&received))]
            }
            Op::Settle(client, true) => vec![done(self.at(*client).merge_pending(ROOM))],
            Op::Settle(client, false) => vec![done(self.at(*client).discard_pending(ROOM))],
            Op::Say(by) => self.say(*by, entropy),
            Op::Clear(client) => vec![done(self.at(*client).clear_proposals(ROOM))],
            Op::Restart(node) => vec![done(self.restart(*node))],
            Op::Forget(client) => {
                self.at(*client).forget(ROOM);
                Vec::new()
            }
        }
    }

    /// Passes over an operation.
    pub fn skip(&mut self) {
        self.draws += 1;
    }

    /// What everybody is in a position to tell of the group; digests only as to who has the same.
    pub fn views(&self) -> Vec<String> {
        let digests: Vec<_> = self.groups(|group| group.context_digest(), |hub| hub.context_digest());
        let same = |digest: &Option<[u8; 32]>| digests.iter().position(|other| other == digest);
        let shown = self.groups(show, show);
        let pending = self.members.values().map(|(member, _)| member.has_pending_commit(ROOM));
        let pending = std::iter::once(false).chain(pending);
        let lines = digests.iter().zip(shown).zip(pending);
        lines.map(|((digest, shown), pending)| format!("{:?} {shown:?} {pending}", same(digest))).collect()
    }

    fn groups<T>(
        &self,
        member: impl Fn(&<M::Member as MlsMember>::Group) -> T,
        hub: impl Fn(&M::Observer) -> T,
    ) -> Vec<Option<T>> {
        let members = self.members.values().map(|(it, _)| it.group(ROOM).map(&member));
        std::iter::once(Some(hub(&self.hub))).chain(members).collect()
    }

    fn at(&mut self, client: ClientId) -> &mut M::Member {
        &mut self.members.get_mut(&client).unwrap().0
    }

    fn wish(&mut self, wish: &Wish, entropy: Entropy) -> Propose {
        match wish {
            Wish::Add(client) => {
                Propose::Add(self.at(*client).fresh_key_package(entropy.of("key package")).unwrap())
            }
            Wish::Remove(client) => Propose::Remove(*client),
            Wish::SelfRemove => Propose::SelfRemove,
            Wish::Update(component, text) => {
                Propose::AppDataUpdate { component: *component, update: text.as_bytes().into() }
            }
        }
    }

    fn wishes(&mut self, wishes: &[Wish], entropy: Entropy) -> Vec<Propose> {
        let each = wishes.iter().enumerate();
        each.map(|(place, wish)| self.wish(wish, entropy.of(&place.to_string()))).collect()
    }

    fn propose(
        &mut self,
        by: ClientId,
        wish: &Wish,
        without: Option<ClientId>,
        entropy: Entropy,
    ) -> Vec<Verdict> {
        let proposal = self.wish(wish, entropy);
        let message = match self.at(by).propose(ROOM, &proposal, entropy) {
            Ok(message) => message,
            Err(error) => return vec![Err(error)],
        };
        let mut verdicts = vec![Ok("proposed".into())];
        verdicts.push(self.hub.inspect(&message).map(|received| describe(&received)));
        if self.hub.keep(&message).is_ok() && !self.accepted.contains(&message) {
            self.accepted.push(message.clone());
        }
        for (client, (member, _)) in &mut self.members {
            if Some(*client) != without {
                verdicts.push(member.process(ROOM, &message).map(|received| describe(&received)));
                verdicts.push(done(member.keep(ROOM, &message)));
            }
        }
        verdicts
    }

    fn commit(&mut self, by: ClientId, references: u8, wishes: &[Wish], entropy: Entropy) -> Verdict {
        let by_value = self.wishes(wishes, entropy);
        let chosen = (0..8).zip(&self.accepted).filter(|(bit, _)| references >> bit & 1 == 1);
        let chosen: Vec<_> = chosen.filter_map(|(_, message)| self.reference(message)).collect();
        let bundle = self.at(by).commit(ROOM, &chosen, &by_value, entropy)?;
        self.made.insert(by, bundle);
        Ok("made".into())
    }

    fn reference(&self, message: &Octets) -> Option<ProposalRef> {
        match self.hub.inspect(message) {
            Ok(Received::Proposal(info)) => info.reference,
            _ => None,
        }
    }

    fn join(&mut self, by: ClientId, wishes: &[Wish], entropy: Entropy) -> Verdict {
        let by_value = self.wishes(wishes, entropy);
        let (group_info, tree, proposals) = (self.group_info.clone(), self.hub.tree(), self.accepted.clone());
        let material = JoinMaterial { group_info, tree, proposals };
        let bundle = self.at(by).external_commit(ROOM, &material, &by_value, entropy)?;
        self.made.insert(by, bundle);
        Ok("made".into())
    }

    fn accept(&mut self, by: ClientId) -> Vec<Verdict> {
        let Some(bundle) = self.made.get(&by).cloned() else { return Vec::new() };
        let (info, staged) = match self.hub.inspect(&bundle.commit) {
            Ok(Received::Commit(info, staged)) => (info, staged),
            other => return vec![other.map(|received| describe(&received))],
        };
        let mut verdicts = vec![Ok(describe_commit(&info)), done(self.hub.merge(staged, &bundle.group_info))];
        self.group_info = bundle.group_info.clone();
        self.accepted.clear();
        self.last = bundle.commit.clone();
        for (member, _) in self.members.values_mut() {
            verdicts.push(deliver(member, &bundle, &info));
        }
        verdicts
    }

    fn say(&mut self, by: ClientId, entropy: Entropy) -> Vec<Verdict> {
        let message = match self.at(by).encrypt(ROOM, b"text", entropy) {
            Ok(message) => message,
            Err(error) => return vec![Err(error)],
        };
        let mut verdicts =
            vec![Ok("said".into()), self.hub.inspect(&message).map(|received| describe(&received))];
        for (member, _) in self.members.values_mut() {
            for _ in 0..2 {
                verdicts.push(member.process(ROOM, &message).map(|received| describe(&received)));
            }
        }
        verdicts
    }

    fn restart(&mut self, node: Option<ClientId>) -> Result<(), MlsError> {
        let write = |disk: &mut Disk, writes| {
            for (key, value) in writes {
                match value {
                    Some(value) => drop(disk.insert(key, value)),
                    None => drop(disk.remove(&key)),
                }
            }
        };
        match node {
            None => {
                write(&mut self.hub_disk, self.hub.take_writes());
                self.hub = M::Observer::recover(&self.config, ROOM, &self.hub_disk)?;
            }
            Some(client) => {
                let (member, disk) = self.members.get_mut(&client).unwrap();
                write(disk, member.take_writes());
                *member = M::Member::recover(&self.config, client, disk)?;
            }
        }
        Ok(())
    }
}

/// A member gets an accepted commit; it joins if that adds it.
fn deliver<M: MlsMember>(member: &mut M, bundle: &CommitBundle, info: &CommitInfo) -> Verdict {
    let is_here = member.group(ROOM).is_some() || member.has_pending_commit(ROOM);
    if !is_here && let Some(welcome) = &bundle.welcome {
        return done(member.join(ROOM, welcome, &bundle.tree));
    }
    let received = member.process(ROOM, &bundle.commit)?;
    let understood = describe(&received);
    match received {
        Received::Commit(same, staged) => {
            assert_eq!(describe_commit(&same), describe_commit(info));
            member.merge(ROOM, staged)?;
        }
        Received::OwnCommit => member.merge_pending(ROOM)?,
        _ => {}
    }
    Ok(understood)
}

fn done(result: Result<(), MlsError>) -> Verdict {
    result.map(|()| "done".into())
}

fn show(group: &impl MlsGroup) -> String {
    let mut pending: Vec<_> = group.pending().iter().map(describe_proposal).collect();
    pending.sort();
    format!("{} {:?} {:?} {pending:?}", group.epoch(), group.leaves(), group.dictionary())
}

fn describe<S>(received: &Received<S>) -> String {
    match received {
        Received::Proposal(info) => describe_proposal(info),
        Received::Commit(info, _) => describe_commit(info),
        Received::OwnCommit => "own commit".into(),
        Received::Message { sender, payload } => format!("{sender} says {payload:?}"),
        Received::OwnMessage => "own message".into(),
    }
}

/// Names and keys differ between engines; the order in which different kinds of proposals stand in a commit does as well.
fn describe_commit(info: &CommitInfo) -> String {
    let mut proposals: Vec<_> = info.proposals.iter().map(describe_proposal).collect();
    proposals.sort();
    let CommitInfo { sender, epoch, leaves, dictionary, .. } = info;
    format!("{sender:?} in {epoch}: {proposals:?} to {leaves:?} {dictionary:?}")
}

fn describe_proposal(info: &ProposalInfo) -> String {
    let by_reference = info.reference.is_some();
    let sender: &Sender = &info.sender;
    match &info.body {
        Proposed::Add(client, _) => format!("{sender:?} {by_reference} adds {client}"),
        body => format!("{sender:?} {by_reference} {body:?}"),
    }
}
