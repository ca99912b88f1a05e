//! A hub that orders state events, asked by hand: whom it believes, which place it gives, and what its roles allow.

use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Dictionary, Entropy, Mls, MlsError, MlsMember, Octets, Sender};
use mimic_protocol::node::{
    Bundle, Call, Exchange, Fact, GroupInfoAnswer, Input, Node, Output, Rejection, Request, Response,
    UpdateAnswer, VouchedEvent,
};
use mimic_protocol::policy::Capability;
use mimic_protocol::policy::examples::cooperative_room;
use mimic_protocol::readings::Preset;
use mimic_protocol::room::{ListChange, Log, RoomLog, Sequences, StateEvent, component};
use mimic_protocol::signing::group_info_request;
use mimic_protocol::vouching::{by_client, by_server, from_server};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::app_data::AppDataUpdate;
use mimic_protocol::wire::role_data::RoleData;
use mimic_protocol::{
    ClientId, Directory, Mutant, NodeConfig, NodeId, Planted, Provider, ProviderId, RoomId, UserId,
};
use std::sync::Arc;

const HUB: ProviderId = ProviderId(0);
const FOLLOWER: ProviderId = ProviderId(1);
const ROOM: RoomId = RoomId(0);
const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const A1: ClientId = ClientId(0);
const B1: ClientId = ClientId(1);
const USER: u32 = 2;
const ADMIN: u32 = 3;

struct Hub {
    directory: Arc<Directory>,
    provider: Provider<Symbolic>,
    config: Arc<NodeConfig>,
    state: RoomLog,
    rejections: Vec<Rejection>,
}

impl Hub {
    /// Alice's room, with nothing of the room in the group.
    fn new() -> Self {
        Self::with(Planted::NONE)
    }

    fn with(planted: Planted) -> Self {
        let mut directory = Directory::default();
        assert_eq!(directory.add_provider("a.example"), HUB);
        assert_eq!(directory.add_provider("b.example"), FOLLOWER);
        for (provider, name) in [(HUB, "alice"), (FOLLOWER, "bob")] {
            let user = directory.add_user(provider, name);
            directory.add_client(user, "phone");
        }
        directory.add_room(HUB, "clubhouse");
        let directory = Arc::new(directory);
        let config = NodeConfig::new(directory.clone(), Preset::Independent.readings(), planted);
        let mut member = <Symbolic as Mls>::Member::new(&config.mls, A1, Entropy([1; 32]));
        let bundle = member.create(ROOM, &Dictionary::new(), HUB, Entropy([2; 32])).unwrap();
        let provider = Provider::new(config.clone(), HUB);
        let mut room = cooperative_room(ALICE);
        let admin = room.roles.iter_mut().find(|role| role.role_index == ADMIN).unwrap();
        admin.capabilities.push(Capability::ChangeRoleDefinitions.code());
        let state = RoomLog::begin(room);
        let mut hub = Self { directory, provider, config, state, rejections: Vec::new() };
        let (group_info, tree) = (bundle.group_info, bundle.tree);
        let begun = Some(hub.state.encode(&hub.directory));
        let open =
            |state| Request::Open { room: ROOM, group_info: group_info.clone(), tree: tree.clone(), state };
        assert_eq!(hub.ask(A1, Call::Open(ROOM), open(None)), Response::Refused);
        assert_eq!(hub.ask(A1, Call::Open(ROOM), open(begun)), Response::Done);
        hub
    }

    fn ask(&mut self, from: impl Into<NodeId>, call: Call, request: Request) -> Response {
        let from = from.into();
        let input = Input::Request { exchange: Exchange { origin: from, call }, from, request };
        let outputs = self.provider.handle(0, Entropy([0; 32]), input);
        let mut answer = None;
        for output in outputs {
            match output {
                Output::Reply { response, .. } => answer = Some(response),
                Output::Observe(Fact::Rejected { reason, .. }) => self.rejections.push(reason),
                _ => {}
            }
        }
        answer.expect("an answer")
    }

    /// Sends an event with the signatures of its author and its server.
    fn sends(&mut self, from: impl Into<NodeId>, event: &StateEvent) -> UpdateAnswer {
        let vouched = self.vouched(event);
        self.hands_in(from, vouched)
    }

    fn vouched(&self, event: &StateEvent) -> VouchedEvent {
        match event.author {
            Sender::External(server) => by_server::<Symbolic>(&self.config, server, event).unwrap(),
            Sender::Member(client) | Sender::Joiner(client) => {
                let home = self.directory.provider_of_client(client);
                self.passed_on(home, self.signed(client, event))
            }
        }
    }

    /// The event as this client signs it, whoever it says that its author is.
    fn signed(&self, client: ClientId, event: &StateEvent) -> Octets {
        let member = <Symbolic as Mls>::Member::new(&self.config.mls, client, Entropy([1; 32]));
        by_client(&self.directory, &member, event).unwrap()
    }

    fn passed_on(&self, server: ProviderId, event: Octets) -> VouchedEvent {
        from_server::<Symbolic>(&self.config, server, event).unwrap()
    }

    fn hands_in(&mut self, from: impl Into<NodeId>, vouched: VouchedEvent) -> UpdateAnswer {
        let bundle = Bundle::State(vouched);
        match self.ask(from, Call::Update(ROOM), Request::Update { room: ROOM, bundle, vouchers: Vec::new() })
        {
            Response::Update(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// The next event of `author` on the state as it is at the hub.
    fn event(&self, author: ClientId, component: u16, update: Vec<u8>) -> StateEvent {
        let log = Log::of(component);
        self.state.next(ROOM, Sender::Member(author), log, vec![AppDataUpdate::update(component, &update)])
    }

    fn adds_bob(&self, author: ClientId) -> StateEvent {
        let update = self.state.standing.list_update(&self.directory, ListChange::Add(BOB, USER)).unwrap();
        self.event(author, component::PARTICIPANT_LIST, update)
    }

    fn renames_a_role(&self, author: ClientId) -> StateEvent {
        let mut roles = self.state.standing.roles.clone();
        roles[2].description = "another".to_owned();
        let roles = RoleData { roles: roles.iter().map(Into::into).collect() };
        self.event(author, component::ROLES_LIST, roles.encode())
    }

    /// What the hub tells one who asks to join, or to know.
    fn told(&mut self) -> Option<Octets> {
        let member = <Symbolic as Mls>::Member::new(&self.config.mls, A1, Entropy([1; 32]));
        let request = group_info_request(&self.config, &member, (ROOM, A1), None).unwrap();
        match self.ask(A1, Call::GroupInfo(ROOM), request) {
            Response::GroupInfo(GroupInfoAnswer::Success { state, .. }) => state,
            other => panic!("{other:?}"),
        }
    }

    fn learn(&mut self) {
        let told = self.told().expect("the logs");
        self.state = RoomLog::decode(&self.directory, &told).unwrap();
    }
}

const ACCEPTED: UpdateAnswer = UpdateAnswer::Success { accepted_ms: 0 };

#[test]
fn each_log_has_its_own_sequence_and_a_repetition_counts_once() {
    let mut hub = Hub::new();
    let (add, rename) = (hub.adds_bob(A1), hub.renames_a_role(A1));
    assert_eq!((hub.sends(A1, &add), hub.sends(A1, &rename)), (ACCEPTED, ACCEPTED));
    assert_eq!(hub.sends(A1, &add), ACCEPTED);
    hub.learn();
    assert_eq!(hub.state.sequences, Sequences { policy: 1, participation: 1 });
    assert_eq!(hub.state.standing.role_of(BOB), Some(USER));
    assert_eq!(hub.state.standing.roles[2].description, "another");
    // The place is taken, by another event.
    let late = StateEvent { sequence: 1, ..hub.renames_a_role(A1) };
    let late = StateEvent { updates: vec![AppDataUpdate::update(component::BASE_ROOM_POLICY, &[])], ..late };
    assert_eq!(hub.sends(A1, &late), UpdateAnswer::WrongEpoch { current: 2 });
    assert_eq!(hub.rejections, [Rejection::WrongSequence]);
}

#[test]
fn a_role_must_allow_an_event_and_the_authors_provider_vouch_for_it() {
    let mut hub = Hub::new();
    // Bob is not in the room.
    let join = hub.adds_bob(B1);
    assert_eq!(hub.sends(FOLLOWER, &join), UpdateAnswer::NotAllowed);
    let add = hub.adds_bob(A1);
    assert_eq!(hub.sends(A1, &add), ACCEPTED);
    hub.learn();
    let rename = hub.renames_a_role(B1);
    assert_eq!(hub.sends(FOLLOWER, &rename), UpdateAnswer::NotAllowed);
    // Nor does his provider speak for Alice.
    let forged = hub.renames_a_role(A1);
    assert_eq!(hub.sends(FOLLOWER, &forged), UpdateAnswer::InvalidProposal(Vec::new()));
    // A server acts by itself only where the group knows its key.
    let own = StateEvent { author: Sender::External(FOLLOWER), ..hub.renames_a_role(A1) };
    assert_eq!(hub.sends(FOLLOWER, &own), UpdateAnswer::InvalidProposal(Vec::new()));
    let elsewhere = StateEvent { log: Log::Policy, sequence: 1, ..add };
    assert_eq!(hub.sends(A1, &elsewhere), UpdateAnswer::NotAllowed);
    let malformed = Rejection::Mls(MlsError::Malformed);
    let stranger = Rejection::Mls(MlsError::NotAnExternalSender);
    assert_eq!(
        hub.rejections,
        [Rejection::Denied, Rejection::Denied, malformed, stranger, Rejection::InvalidAfter]
    );
    let again = hub.state.clone();
    hub.learn();
    assert_eq!(hub.state, again);
}

/// ARCH-36: what somebody else has signed than the member that it names. Of who is not in the group nobody knows the key.
#[test]
fn an_event_that_another_has_signed_is_refused() {
    for (planted, rejections) in
        [(Planted::NONE, vec![Rejection::BadSignature]), (Planted::new(Mutant::TakesUnsignedEvents), vec![])]
    {
        let mut hub = Hub::with(planted);
        let rename = hub.renames_a_role(A1);
        let vouched = hub.passed_on(HUB, hub.signed(B1, &rename));
        hub.hands_in(A1, vouched);
        assert_eq!(hub.rejections, rejections);
    }
}

/// ARCH-36, ARCH-42: the author signs what it says, and its server what it passes on.
#[test]
fn an_event_that_its_author_or_its_server_has_not_signed_is_refused() {
    let refused = |planted: Planted, spoil: fn(&Hub, &StateEvent, &mut VouchedEvent)| {
        let mut hub = Hub::with(planted);
        let add = hub.adds_bob(A1);
        assert_eq!(hub.sends(A1, &add), ACCEPTED);
        hub.learn();
        let update = hub.state.standing.list_update(&hub.directory, ListChange::Remove(BOB)).unwrap();
        let leave = hub.event(B1, component::PARTICIPANT_LIST, update);
        let mut vouched = hub.vouched(&leave);
        spoil(&hub, &leave, &mut vouched);
        hub.hands_in(FOLLOWER, vouched);
        hub.rejections
    };
    // Signed for another place; and vouched for by nobody, or by another server.
    let spoilt: [fn(&Hub, &StateEvent, &mut VouchedEvent); 3] = [
        |hub, leave, vouched| {
            let elsewhere = StateEvent { sequence: leave.sequence + 1, ..leave.clone() };
            let signed = StateEvent::decode(&hub.directory, &hub.vouched(&elsewhere).event).unwrap();
            let signature = signed.signature;
            let moved = StateEvent { signature, ..leave.clone() }.encode(&hub.directory);
            *vouched = hub.passed_on(FOLLOWER, moved);
        },
        |_, _, vouched| vouched.origin = Octets::default(),
        |hub, _, vouched| {
            *vouched = hub.passed_on(HUB, vouched.event.clone());
        },
    ];
    assert_eq!(refused(Planted::NONE, |_, _, _| {}), []);
    for spoil in spoilt {
        assert_eq!(refused(Planted::NONE, spoil), [Rejection::BadSignature]);
        assert_eq!(refused(Planted::new(Mutant::TakesUnsignedEvents), spoil), []);
    }
}
