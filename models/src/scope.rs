//! A scope: how large a world is explored, what may happen in it, and what must be seen.

use crate::room::Witness;
use crate::worlds::World;
use mimic_protocol::node::Action;
use mimic_protocol::readings::Preset;
use mimic_protocol::{ClientId, NodeId, ProviderId, UserId};

/// Alice, whose provider is the hub, and who has created the room.
pub(crate) const ALICE: UserId = UserId(0);
/// Bob, at the first follower where there is one.
pub(crate) const BOB: UserId = UserId(1);
/// Cathy, at the second follower where there is one.
pub(crate) const CATHY: UserId = UserId(2);
/// What users are called, in the order of their ids.
pub(crate) const USERS: [&str; 4] = ["alice", "bob", "cathy", "dave"];
/// The domains of the providers, in the order of their ids; the first is the hub.
pub(crate) const PROVIDERS: [&str; 3] = ["a.example", "b.example", "c.example"];
/// How many devices there can be.
pub(crate) const MAX_CLIENTS: usize = 6;

/// A bounded world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Scope {
    /// Its name.
    pub name: String,
    /// What it is about, in a line.
    pub about: String,
    /// How the drafts are read, unless somebody says otherwise.
    pub preset: Preset,
    /// As what the room is created, and which changes of its policy users have in mind.
    pub world: World,
    /// How many providers there are.
    pub providers: usize,
    /// The users, Alice first.
    pub users: Vec<Person>,
    /// The stories: two wishes can come in one run if they stand in one story, and each comes at most once.
    pub stories: Vec<Vec<Wish>>,
    /// How many wishes may be stated.
    pub operations: u8,
    /// What can go wrong.
    pub faults: Faults,
    /// What providers may do that no honest one does.
    pub byzantine: Byzantine,
    /// Whether each single order of events is looked at, so that the shortest paths are the shortest of all; else orders that
    /// nobody can tell apart are looked at once.
    pub every_order: bool,
    /// How many of all these things, wishes, packet faults, crashes and Byzantine steps, may come together in one run.
    pub together: u8,
    /// The invariants that have nothing to look at.
    pub unjudged: Unjudging,
    /// What must be seen.
    pub must_see: Vec<Witness>,
}

/// A user of a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    /// Whose user it is.
    pub provider: ProviderId,
    /// As what it is added before anything is explored. The creator is in the room anyway.
    pub role: Option<u32>,
    /// Its second device.
    pub second: Second,
}

/// A second device of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Second {
    /// There is none.
    None,
    /// It is there from the beginning, and a member wherever the user is one.
    Member,
    /// The user gets it when the room is there.
    New,
}

/// What can go wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Faults {
    /// How often something happens to a packet, all kinds together.
    pub budget: u8,
    /// It is lost, and its exchange fails.
    pub lose: bool,
    /// It comes twice.
    pub double: bool,
    /// Its exchange fails before it comes.
    pub late: bool,
    /// How often the hub may crash.
    pub crashes: u8,
    /// Whether a crash counts as one of the faults that the budget allows.
    pub one_budget: bool,
}

/// What a provider may do that no honest one does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Byzantine {
    /// How often a provider does something of that, all kinds together.
    pub budget: u8,
    /// The hub shows another commit for an epoch that has one.
    pub fork: bool,
    /// A hub or a follower does not deliver an event, and takes it for delivered.
    pub withhold: bool,
    /// The hub goes back to what it was before it accepted the last event.
    pub roll_back: bool,
    /// A hub or a follower sends an event again, at any time.
    pub replay: bool,
}

impl Byzantine {
    /// Whether the hub needs a backup of itself.
    pub fn goes_back(self) -> bool {
        self.budget > 0 && (self.fork || self.roll_back)
    }
}

/// Which invariants are not judged where they have nothing to look at, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unjudging {
    /// These, for these reasons; the others must have something to look at.
    Named(&'static [(&'static str, &'static str)]),
    /// Any.
    Any,
}

/// A wish: the device that a user tells, or the server that its operator tells, and what it is told.
pub(crate) type Wish = (NodeId, Action);

impl Scope {
    /// What users may want in some story, each once.
    pub fn wishes(&self) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = Vec::new();
        for wish in self.stories.iter().flatten() {
            if !wishes.contains(wish) {
                wishes.push(*wish);
            }
        }
        wishes
    }

    /// Whether both wishes can come in one run.
    pub fn belong_together(&self, one: Wish, other: Wish) -> bool {
        self.stories.iter().any(|story| story.contains(&one) && story.contains(&other))
    }

    /// Each user with its first device, and then, with its second, whoever has one.
    pub fn devices(&self) -> impl Iterator<Item = (UserId, Option<Second>)> + '_ {
        let users = || (0..).map(UserId).zip(&self.users);
        let seconds = users().filter(|(_, person)| person.second != Second::None);
        users().map(|(user, _)| (user, None)).chain(seconds.map(|(user, person)| (user, Some(person.second))))
    }

    /// The second device of a user, if it has one.
    pub fn second_of(&self, user: UserId) -> Option<ClientId> {
        let mut devices = (0..).map(ClientId).zip(self.devices());
        devices.find(|(_, (owner, second))| *owner == user && second.is_some()).map(|(client, _)| client)
    }
}
