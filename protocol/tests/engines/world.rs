//! One engine's world: five clients and a hub around one group, and all octets that they ever made.

use crate::step::{Client, Prop, Server, Step, Then};
use crate::view::{Bundle, CommitView, GroupView, Info, Outcome, View};
use mimic_protocol::mls::{
    CommitBundle, ContentKind, Dictionary, Entropy, JoinMaterial, KeyPackageRef, Lifetime, Mls, MlsConfig,
    MlsError, MlsGroup, MlsMember, MlsObserver, Octets, ProposalInfo, ProposalRef, Propose, Proposed,
    Received, Sender, Writes,
};
use mimic_protocol::readings::ListIndices;
use mimic_protocol::{ClientId, Directory, Planted, ProviderId, Readings, RoomId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many clients there are.
pub const CLIENTS: Client = 5;
/// The room of the group.
pub const ROOM: RoomId = RoomId(0);
const HUB: ProviderId = ProviderId(0);

/// The component that appends its updates.
pub const LOG: u16 = 0xF1;
/// The component that takes the last update.
pub const LATEST: u16 = 0xF2;
/// A component that there is not.
pub const UNKNOWN: u16 = 0xF9;

type Cells = BTreeMap<Vec<u8>, Octets>;
type MemberStaged<M> = <<M as Mls>::Member as MlsMember>::Staged;
type HubStaged<M> = <<M as Mls>::Observer as MlsObserver>::Staged;

/// A message that was made.
#[derive(Clone)]
pub struct Message {
    pub octets: Octets,
    pub content: ContentKind,
    pub by: Client,
    /// The bundle that came with it, for a commit.
    pub bundle: Option<usize>,
}

/// The world of the engine `M`.
pub struct World<M: Mls> {
    config: MlsConfig,
    /// That of the client that reads the drafts in another way.
    deviant: MlsConfig,
    pub members: Vec<M::Member>,
    cells: Vec<Cells>,
    held: Vec<Option<MemberStaged<M>>>,
    pub hub: Option<M::Observer>,
    hub_cells: Cells,
    hub_held: Option<HubStaged<M>>,
    pub key_packages: Vec<(Client, Octets)>,
    key_package_refs: Vec<KeyPackageRef>,
    pub messages: Vec<Message>,
    pub bundles: Vec<(Option<Vec<usize>>, CommitBundle)>,
    /// Each proposal by reference, with its message.
    pub proposals: Vec<(ProposalRef, usize)>,
    digests: Vec<[u8; 32]>,
    drawn: u64,
}

/// Two components: one appends, one takes the last update; the rest is unknown. `bad` is never valid, `once` not twice.
///
/// The last client reads the drafts in another way: it takes the first update, and `y` is not valid. Its commits and those
/// of the others may so be valid where they are made and not where they are received.
fn apply(component: u16, current: Option<&[u8]>, updates: &[&[u8]], readings: Readings) -> Option<Vec<u8>> {
    let deviates = readings.list_indices == ListIndices::Running;
    let once = updates.iter().filter(|update| ***update == *b"once").count();
    if once > 1 || updates.contains(&&b"bad"[..]) || deviates && updates.contains(&&b"y"[..]) {
        return None;
    }
    let chosen = if deviates { updates.first() } else { updates.last() };
    match component {
        LOG => Some([current.unwrap_or_default(), &updates.concat()].concat()),
        LATEST => chosen.map(|chosen| chosen.to_vec()),
        _ => None,
    }
}

fn config() -> MlsConfig {
    let mut directory = Directory::default();
    let providers = ["hub.example", "other.example"].map(|domain| directory.add_provider(domain));
    let users = [(0, "alice"), (0, "bob"), (1, "cathy")];
    let users = users.map(|(at, name)| directory.add_user(providers[at], name));
    for (user, name) in [(0, "a1"), (1, "b1"), (2, "c1"), (0, "a2"), (1, "b2")] {
        directory.add_client(users[user], name);
    }
    directory.add_room(HUB, "club");
    directory.add_room(HUB, "next");
    let (directory, planted) = (Arc::new(directory), Planted::NONE);
    MlsConfig { directory, readings: Readings::default(), apply, planted }
}

impl<M: Mls> World<M> {
    pub fn new() -> Self {
        let config = config();
        let deviant = MlsConfig {
            readings: Readings { list_indices: ListIndices::Running, ..config.readings },
            ..config.clone()
        };
        let mut world = World::empty(config, deviant);
        let new = |n| M::Member::new(world.config_of(n), ClientId(n), Entropy([n as u8 + 1; 32]));
        world.members = (0..CLIENTS).map(new).collect();
        world.flush();
        world
    }

    fn empty(config: MlsConfig, deviant: MlsConfig) -> Self {
        let clients = usize::from(CLIENTS);
        World {
            config,
            deviant,
            members: Vec::new(),
            cells: vec![Cells::new(); clients],
            held: (0..clients).map(|_| None).collect(),
            hub: None,
            hub_cells: Cells::new(),
            hub_held: None,
            key_packages: Vec::new(),
            key_package_refs: Vec::new(),
            messages: Vec::new(),
            bundles: Vec::new(),
            proposals: Vec::new(),
            digests: Vec::new(),
            drawn: 0,
        }
    }

    fn config_of(&self, client: Client) -> &MlsConfig {
        if client == CLIENTS - 1 { &self.deviant } else { &self.config }
    }

    /// Takes a step: what came of it, and of what followed it.
    pub fn take(&mut self, step: &Step) -> Vec<Outcome> {
        self.drawn += 1;
        let mut seed = [0xE7; 32];
        seed[..8].copy_from_slice(&self.drawn.to_le_bytes());
        let outcomes =
            self.dispatch(step, Entropy(seed)).unwrap_or_else(|error| vec![Outcome::Failed(error)]);
        self.flush();
        outcomes
    }

    /// Lets a step go by.
    pub fn skip(&mut self) {
        self.drawn += 1;
    }

    /// The content of the message that a step delivers.
    pub fn content(&self, step: &Step) -> Option<ContentKind> {
        let message = match step {
            Step::Process { message, .. } | Step::HubProcess { message, .. } => message,
            Step::Keep(_, message) | Step::HubKeep(message) => message,
            _ => return None,
        };
        Some(self.messages[*message].content)
    }

    /// What everybody sees.
    pub fn view(&mut self) -> View {
        let clients = (0..self.members.len()).map(|n| {
            let group = self.members[n].group(ROOM);
            let view = group.map(|group| group_view(self, group));
            (view, self.members[n].has_pending_commit(ROOM))
        });
        let clients: Vec<_> = clients.collect();
        let hub = self.hub.as_ref().map(|hub| group_view(self, hub));
        let mut view = View { clients, hub };
        for group in view.groups() {
            group.digest = self.label(group.raw_digest);
            group.raw_digest = [0; 32];
        }
        view
    }

    /// The pending proposals of a client, by number.
    pub fn pending(&self, client: Client) -> Vec<usize> {
        let group = self.members[usize::from(client)].group(ROOM);
        let infos = group.map(|group| group.pending()).unwrap_or_default();
        infos.iter().filter_map(|info| self.proposal_number(info.reference?)).collect()
    }

    /// The messages with the hub's pending proposals, in the order in which they were made.
    pub fn hub_pending(&self) -> Vec<usize> {
        let infos = self.hub.as_ref().map(|hub| hub.pending()).unwrap_or_default();
        let numbers = infos.iter().filter_map(|info| self.proposal_number(info.reference?));
        let mut messages: Vec<_> = numbers.map(|number| self.proposals[number].1).collect();
        messages.sort();
        messages
    }

    /// The bundle of the hub's epoch.
    pub fn newest_bundle(&self) -> Option<usize> {
        let digest = self.hub.as_ref()?.context_digest();
        let of = |bundle: &CommitBundle| M::group_info_context(&bundle.group_info).map(|(_, digest)| digest);
        self.bundles.iter().position(|(_, bundle)| of(bundle) == Ok(digest))
    }

    fn dispatch(&mut self, step: &Step, entropy: Entropy) -> Result<Vec<Outcome>, MlsError> {
        let outcome = match step {
            Step::Create(client) => self.create(*client, entropy)?,
            Step::KeyPackage(client) => self.key_package(*client, entropy)?,
            Step::ChangeKey(client) => self.of(*client).change_key(entropy).map(|()| Outcome::Done)?,
            Step::Propose(client, prop) => self.propose(*client, prop, entropy)?,
            Step::Commit { by, references, by_value } => self.commit(*by, references, by_value, entropy)?,
            Step::External { by, info, tree, pending, by_value } => {
                let proposals = pending.iter().map(|n| self.messages[*n].octets.clone()).collect();
                let (group_info, tree) =
                    (self.bundles[*info].1.group_info.clone(), self.bundles[*tree].1.tree.clone());
                let material = JoinMaterial { group_info, tree, proposals };
                let by_value = self.proposes(by_value);
                let bundle = self.of(*by).external_commit(ROOM, &material, &by_value, entropy)?;
                self.bundle(*by, &[], bundle)
            }
            Step::Encrypt(client) => {
                let payload = [&b"message "[..], &self.messages.len().to_be_bytes()].concat();
                let octets = self.of(*client).encrypt(ROOM, b"in the clear: ", &payload, entropy)?;
                self.message(*client, octets, None)
            }
            Step::Process { at, message, then } => return self.process(*at, *message, *then),
            Step::Keep(at, message) => {
                let octets = self.messages[*message].octets.clone();
                self.of(*at).keep(ROOM, &octets).map(|()| Outcome::Done)?
            }
            Step::MergeHeld(at) => match self.held[usize::from(*at)].take() {
                Some(staged) => self.of(*at).merge(ROOM, staged).map(|()| Outcome::Done)?,
                None => Outcome::Done,
            },
            Step::MergePending(at) => self.of(*at).merge_pending(ROOM).map(|()| Outcome::Done)?,
            Step::DiscardPending(at) => self.of(*at).discard_pending(ROOM).map(|()| Outcome::Done)?,
            Step::ClearProposals(at) => self.of(*at).clear_proposals(ROOM).map(|()| Outcome::Done)?,
            Step::Join { at, welcome, tree } => {
                let (welcome, tree) =
                    (self.bundles[*welcome].1.welcome.clone(), self.bundles[*tree].1.tree.clone());
                let welcome = welcome.ok_or(MlsError::Malformed)?;
                self.of(*at).join(ROOM, &welcome, &tree).map(|()| Outcome::Done)?
            }
            Step::Forget(at) => {
                self.of(*at).forget(ROOM);
                Outcome::Done
            }
            Step::Recover(at) => self.recover(*at)?,
            Step::Cut(message) => self.cut(*message),
            hub_step => return self.dispatch_hub(hub_step),
        };
        Ok(vec![outcome])
    }

    fn dispatch_hub(&mut self, step: &Step) -> Result<Vec<Outcome>, MlsError> {
        let info_of = |bundle: usize| self.bundles[bundle].1.group_info.clone();
        match step {
            Step::ServerPropose(server, prop) => return self.server_propose(*server, prop),
            Step::HubOpen { info, tree } => {
                let (info, tree) = (info_of(*info), self.bundles[*tree].1.tree.clone());
                self.hub = Some(M::Observer::open(&self.config, ROOM, &info, &tree)?);
                self.hub_cells.clear();
                self.hub_held = None;
            }
            Step::HubProcess { message, info, then } => {
                let info = info_of(*info);
                return self.hub_process(*message, info, *then);
            }
            Step::HubKeep(message) => {
                let octets = self.messages[*message].octets.clone();
                self.hub()?.keep(&octets)?;
            }
            Step::HubMergeHeld { info } => {
                let info = info_of(*info);
                if let Some(staged) = self.hub_held.take() {
                    self.hub()?.merge(staged, &info)?;
                }
            }
            Step::HubRecover if self.hub.is_some() => {
                self.hub = Some(M::Observer::recover(&self.config, ROOM, &self.hub_cells)?);
                self.hub_held = None;
            }
            _ => {}
        }
        Ok(vec![Outcome::Done])
    }

    fn cut(&mut self, message: usize) -> Outcome {
        let mut cut = self.messages[message].clone();
        cut.octets = cut.octets[..cut.octets.len() - 1].into();
        assert_eq!(M::envelope(&self.config, &cut.octets), Err(MlsError::Malformed));
        self.messages.push(cut);
        Outcome::Done
    }

    fn create(&mut self, client: Client, entropy: Entropy) -> Result<Outcome, MlsError> {
        let dictionary = Dictionary::from([(LOG, Octets::from(*b"0"))]);
        let bundle = self.of(client).create(ROOM, &dictionary, HUB, entropy)?;
        assert!(bundle.commit.is_empty() && bundle.welcome.is_none());
        if self.hub.is_none() {
            self.hub = Some(M::Observer::open(&self.config, ROOM, &bundle.group_info, &bundle.tree)?);
        }
        Ok(self.bundle(client, &[], bundle))
    }

    fn key_package(&mut self, client: Client, entropy: Entropy) -> Result<Outcome, MlsError> {
        let octets = self.of(client).fresh_key_package(Lifetime::ALWAYS, entropy)?;
        let (owner, reference) = M::key_package(&self.config, &octets)?;
        self.key_packages.push((client, octets));
        self.key_package_refs.push(reference);
        Ok(Outcome::KeyPackage(owner))
    }

    fn propose(&mut self, client: Client, prop: &Prop, entropy: Entropy) -> Result<Outcome, MlsError> {
        let propose = self.proposes(std::slice::from_ref(prop)).remove(0);
        let octets = self.of(client).propose(ROOM, &propose, entropy)?;
        if let Some(number) = self.messages.iter().position(|message| message.octets == octets) {
            return Ok(Outcome::Message { number, epoch: 0, content: ContentKind::Proposal });
        }
        let group = self.members[usize::from(client)].group(ROOM).ok_or(MlsError::NoSuchGroup)?;
        let references: Vec<_> = group.pending().iter().filter_map(|info| info.reference).collect();
        let new = references.iter().filter(|reference| self.proposal_number(**reference).is_none());
        let new: Vec<_> = new.copied().collect();
        assert_eq!(new.len(), 1, "the own proposal is kept");
        self.proposals.push((new[0], self.messages.len()));
        Ok(self.message(client, octets, None))
    }

    fn server_propose(&mut self, server: Server, prop: &Prop) -> Result<Vec<Outcome>, MlsError> {
        let propose = self.proposes(std::slice::from_ref(prop)).remove(0);
        let octets = self.hub()?.propose(ProviderId(server), &propose)?;
        if let Some(number) = self.messages.iter().position(|message| message.octets == octets) {
            return Ok(vec![Outcome::Message { number, epoch: 0, content: ContentKind::Proposal }]);
        }
        let Received::Proposal(info) = self.hub()?.inspect(&octets)? else { panic!("a proposal was made") };
        assert_eq!(info.sender, Sender::External(ProviderId(server)));
        self.proposals.push((info.reference.expect("it is by reference"), self.messages.len()));
        Ok(vec![self.message(CLIENTS, octets, None)])
    }

    fn commit(
        &mut self,
        by: Client,
        references: &[usize],
        by_value: &[Prop],
        entropy: Entropy,
    ) -> Result<Outcome, MlsError> {
        let adds = self.adds(references, by_value);
        let references: Vec<_> = references.iter().map(|number| self.proposals[*number].0).collect();
        let by_value = self.proposes(by_value);
        let bundle = self.of(by).commit(ROOM, &references, &by_value, entropy)?;
        Ok(self.bundle(by, &adds, bundle))
    }

    /// The key packages that a list adds, by number.
    fn adds(&self, references: &[usize], by_value: &[Prop]) -> Vec<usize> {
        let referred = references.iter().filter_map(|number| {
            let infos =
                self.members.iter().filter_map(|member| member.group(ROOM)).flat_map(|group| group.pending());
            let reference = self.proposals[*number].0;
            match infos.into_iter().find(|info| info.reference == Some(reference))?.body {
                Proposed::Add(_, key_package) => self.key_package_number(key_package),
                _ => None,
            }
        });
        let by_value = by_value.iter().filter_map(|prop| match prop {
            Prop::Add(number) => Some(*number),
            _ => None,
        });
        referred.chain(by_value).collect()
    }

    fn process(&mut self, at: Client, message: usize, then: Then) -> Result<Vec<Outcome>, MlsError> {
        let octets = self.messages[message].octets.clone();
        let received = self.of(at).process(ROOM, &octets)?;
        let mut outcomes = vec![self.received(&received)];
        let followed = match (received, then) {
            (Received::Proposal(_), Then::Act) => Some(self.of(at).keep(ROOM, &octets)),
            (Received::Commit(_, staged), Then::Act) => Some(self.of(at).merge(ROOM, staged)),
            (Received::OwnCommit, Then::Act) => Some(self.of(at).merge_pending(ROOM)),
            (Received::Commit(_, staged), Then::Hold) => {
                self.held[usize::from(at)] = Some(staged);
                None
            }
            _ => None,
        };
        outcomes.extend(followed.map(Outcome::of));
        Ok(outcomes)
    }

    fn hub_process(&mut self, message: usize, info: Octets, then: Then) -> Result<Vec<Outcome>, MlsError> {
        let octets = self.messages[message].octets.clone();
        let received = self.hub()?.inspect(&octets)?;
        let mut outcomes = vec![self.received(&received)];
        let followed = match (received, then) {
            (Received::Proposal(_), Then::Act) => Some(self.hub()?.keep(&octets)),
            (Received::Commit(_, staged), Then::Act) => Some(self.hub()?.merge(staged, &info)),
            (Received::Commit(_, staged), Then::Hold) => {
                self.hub_held = Some(staged);
                None
            }
            _ => None,
        };
        outcomes.extend(followed.map(Outcome::of));
        Ok(outcomes)
    }

    fn recover(&mut self, at: Client) -> Result<Outcome, MlsError> {
        let n = usize::from(at);
        self.members[n] = M::Member::recover(self.config_of(at), ClientId(at), &self.cells[n])?;
        // What was verified before the crash was never durable.
        self.held[n] = None;
        Ok(Outcome::Done)
    }

    /// Numbers a new message.
    fn message(&mut self, by: Client, octets: Octets, bundle: Option<usize>) -> Outcome {
        let envelope = M::envelope(&self.config, &octets).expect("an own message has an envelope");
        assert_eq!(envelope.room, ROOM);
        let (number, content) = (self.messages.len(), envelope.content);
        self.messages.push(Message { octets, content, by, bundle });
        Outcome::Message { number, epoch: envelope.epoch, content }
    }

    /// Numbers a new bundle, and its commit.
    fn bundle(&mut self, by: Client, adds: &[usize], bundle: CommitBundle) -> Outcome {
        let number = self.bundles.len();
        let welcome = bundle.welcome.as_ref().map(|welcome| {
            let named = M::welcome_refs(welcome).expect("an own Welcome can be read");
            named
                .into_iter()
                .map(|reference| self.key_package_number(reference).unwrap_or(usize::MAX))
                .collect()
        });
        let (epoch, digest) =
            M::group_info_context(&bundle.group_info).expect("an own GroupInfo can be read");
        let context = self.label(digest);
        let commit = (!bundle.commit.is_empty()).then(|| {
            let outcome = self.message(by, bundle.commit.clone(), Some(number));
            assert!(matches!(outcome, Outcome::Message { content: ContentKind::Commit, .. }));
        });
        assert_eq!(welcome.is_some(), !adds.is_empty());
        let adds = welcome.clone();
        self.bundles.push((welcome, bundle));
        Outcome::Bundle(Bundle { number, adds, epoch, context, has_commit: commit.is_some() })
    }

    fn received<S>(&self, received: &Received<S>) -> Outcome {
        match received {
            Received::Proposal(info) => Outcome::Proposal(self.info(info)),
            Received::Commit(info, _) => {
                let proposals = info.proposals.iter().map(|info| self.info(info)).collect();
                let (leaves, dictionary) = (info.leaves.clone(), info.dictionary.clone());
                Outcome::Commit(CommitView::new(info.sender, info.epoch, proposals, leaves, dictionary))
            }
            Received::OwnCommit => Outcome::OwnCommit,
            Received::Message { sender, payload, aad } => {
                Outcome::Decrypted { sender: *sender, payload: [&aad[..], &payload[..]].concat() }
            }
            Received::OwnMessage => Outcome::OwnMessage,
        }
    }

    fn info(&self, info: &ProposalInfo) -> Info {
        let number = info.reference.map(|reference| self.proposal_number(reference).unwrap_or(usize::MAX));
        let body = match &info.body {
            Proposed::Add(client, reference) => {
                // References of key packages differ between engines, their numbers do not.
                let number = self.key_package_number(*reference).unwrap_or(usize::MAX);
                format!("add {client} by key package {number}")
            }
            other => format!("{other:?}"),
        };
        Info { number, sender: info.sender, body }
    }

    fn proposes(&self, props: &[Prop]) -> Vec<Propose> {
        let propose = |prop: &Prop| match prop {
            Prop::Add(number) => Propose::Add(self.key_packages[*number].1.clone()),
            Prop::Remove(client) => Propose::Remove(ClientId(*client)),
            Prop::SelfRemove => Propose::SelfRemove,
            Prop::FreshKeys => Propose::Update,
            Prop::Update(component, update) => {
                Propose::AppDataUpdate { component: *component, update: (*update).into() }
            }
            Prop::Unset(component) => Propose::AppDataRemove { component: *component },
            Prop::Senders(servers) => {
                Propose::ExternalSenders(servers.iter().copied().map(ProviderId).collect())
            }
            Prop::ReInit(room) => Propose::ReInit(RoomId(*room)),
        };
        props.iter().map(propose).collect()
    }

    fn proposal_number(&self, reference: ProposalRef) -> Option<usize> {
        self.proposals.iter().position(|(known, _)| *known == reference)
    }

    fn key_package_number(&self, reference: KeyPackageRef) -> Option<usize> {
        self.key_package_refs.iter().position(|known| *known == reference)
    }

    /// The number of a context digest, by the order in which digests came up.
    fn label(&mut self, digest: [u8; 32]) -> usize {
        self.digests.iter().position(|known| *known == digest).unwrap_or_else(|| {
            self.digests.push(digest);
            self.digests.len() - 1
        })
    }

    fn of(&mut self, client: Client) -> &mut M::Member {
        &mut self.members[usize::from(client)]
    }

    fn hub(&mut self) -> Result<&mut M::Observer, MlsError> {
        self.hub.as_mut().ok_or(MlsError::NoSuchGroup)
    }

    /// Makes what changed durable.
    fn flush(&mut self) {
        for (member, cells) in self.members.iter_mut().zip(&mut self.cells) {
            store(cells, member.take_writes());
        }
        if let Some(hub) = &mut self.hub {
            store(&mut self.hub_cells, hub.take_writes());
        }
    }
}

impl<M: Mls> Clone for World<M>
where
    M::Member: Clone,
    M::Observer: Clone,
    MemberStaged<M>: Clone,
    HubStaged<M>: Clone,
{
    fn clone(&self) -> Self {
        World {
            config: self.config.clone(),
            deviant: self.deviant.clone(),
            members: self.members.clone(),
            cells: self.cells.clone(),
            held: self.held.clone(),
            hub: self.hub.clone(),
            hub_cells: self.hub_cells.clone(),
            hub_held: self.hub_held.clone(),
            key_packages: self.key_packages.clone(),
            key_package_refs: self.key_package_refs.clone(),
            messages: self.messages.clone(),
            bundles: self.bundles.clone(),
            proposals: self.proposals.clone(),
            digests: self.digests.clone(),
            drawn: self.drawn,
        }
    }
}

fn store(cells: &mut Cells, writes: Writes) {
    for (key, content) in writes {
        match content {
            Some(content) => cells.insert(key, content),
            None => cells.remove(&key),
        };
    }
}

fn group_view<M: Mls>(world: &World<M>, group: &impl MlsGroup) -> GroupView {
    let mut pending: Vec<_> = group.pending().iter().map(|info| world.info(info)).collect();
    pending.sort();
    let is_old = |(n, member): (u16, &M::Member)| {
        let key = group.signature_key(Sender::Member(ClientId(n)));
        key.is_some_and(|key| key != member.own_key())
    };
    let old_keys = (0..).zip(&world.members).filter(|member| is_old(*member)).count();
    GroupView {
        epoch: group.epoch(),
        leaves: group.leaves(),
        dictionary: group.dictionary(),
        external_senders: group.external_senders(),
        pending,
        old_keys,
        digest: 0,
        raw_digest: group.context_digest(),
    }
}
