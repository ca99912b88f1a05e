//! A scope that is composed of numbers: how many of whom, and how much of what may happen.

use crate::operation::{self, Cast, Operation};
use crate::report::CheckError;
use crate::room::Witness::{self, *};
use crate::scope::{Byzantine, Faults, MAX_CLIENTS, PROVIDERS, Person, Scope, Second, USERS, Unjudging};
use crate::worlds::{Change, World};
use mimic_protocol::policy::examples::cooperative::ORDINARY_USER;
use mimic_protocol::readings::Preset;
use mimic_protocol::{ProviderId, UserId};
use std::ops::RangeInclusive;

/// How large a world is explored. What is not said is as small as it can be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Composition {
    /// How many providers there are; the first is the hub. Three, if nothing is said.
    pub providers: Option<usize>,
    /// How many users there are, spread over the providers. Three, if nothing is said.
    pub users: Option<usize>,
    /// How many devices there are: one for each user, then a second one for each, Bob first. As many as users, if nothing is said.
    pub clients: Option<usize>,
    /// How many wishes may be stated in one run.
    pub operations: Option<usize>,
    /// How many packets may be lost, doubled or late in one run, crashes of the hub included.
    pub faults: Option<usize>,
    /// How many steps Byzantine providers may make in one run.
    pub byzantine: Option<usize>,
    /// Whether orders that nobody can tell apart are all looked at: then the shortest paths are the shortest of all.
    pub every_order: bool,
    /// What may be wished: names of alphabets and of operations. All, if nothing is said.
    pub alphabet: Vec<String>,
}

/// What every run with something in it shows.
const EVERYWHERE: &[Witness] = &[Request, Response, Queued, Done];
/// What is seen of faults where there is at least one.
const ANY_FAULT: &[Witness] = &[
    Failed,
    LostRequest,
    LostResponse,
    Doubled,
    Late,
    Restart,
    CrashBeforeDurable,
    CrashAfterDurable,
    CrashBetweenSteps,
];
/// What providers may do that no honest one does.
const ANY_DECEIT: Byzantine =
    Byzantine { budget: 0, fork: true, withhold: true, roll_back: true, replay: true };
/// The operations that let somebody in who is not in the room.
const WAYS_IN: [Operation; 2] = [Operation::Add, Operation::Join];

impl Composition {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The scope.
    pub(crate) fn scope(&self) -> Result<Scope, CheckError> {
        let providers = within("providers", self.providers.unwrap_or(3), 1..=PROVIDERS.len())?;
        let users = within("users", self.users.unwrap_or(3), 2..=USERS.len())?;
        let most_clients = MAX_CLIENTS.min(2 * users);
        let clients = within("clients", self.clients.unwrap_or(users), users..=most_clients)?;
        let operations = within("ops", self.operations.unwrap_or(2), 1..=MOST_OPERATIONS)?;
        let faults = within("faults", self.faults.unwrap_or(0), 0..=MOST_FAULTS)?;
        let byzantine = within("byzantine", self.byzantine.unwrap_or(0), 0..=MOST_DECEITS)?;
        let words = if self.alphabet.is_empty() { &["all".to_owned()][..] } else { &self.alphabet };
        let alphabet = operation::read(words)?;
        let outsider = (users > 2 && WAYS_IN.iter().any(|way| alphabet.contains(way))).then_some(users - 1);
        let new = if alphabet.contains(&Operation::Device) { Second::New } else { Second::Member };
        let people: Vec<Person> = (0..users)
            .map(|user| Person {
                provider: ProviderId(user.min(providers - 1) as u16),
                role: (user > 0 && Some(user) != outsider).then_some(ORDINARY_USER),
                // Bob has the first of them, and Alice, who can need none to be in the room, the last.
                second: if (user + users - 1) % users < clients - users { new } else { Second::None },
            })
            .collect();
        let mut scope = Scope {
            name: String::new(),
            about: String::new(),
            preset: Preset::AtAccept,
            world: world(&alphabet),
            providers,
            users: people,
            stories: Vec::new(),
            operations: operations as u8,
            faults: Faults {
                budget: faults as u8,
                lose: true,
                double: true,
                late: true,
                crashes: faults as u8,
                one_budget: true,
            },
            byzantine: Byzantine { budget: byzantine as u8, ..ANY_DECEIT },
            every_order: self.every_order,
            together: (operations + faults + byzantine) as u8,
            unjudged: Unjudging::Any,
            must_see: Vec::new(),
        };
        self.fill(&mut scope, &alphabet, outsider)?;
        // As it is written on a command line.
        scope.name = format!(
            "--providers {providers} --users {users} --clients {clients} --ops {operations} --faults {faults} --alphabet {}{}{}",
            words.join(","),
            if byzantine > 0 { format!(" --byzantine {byzantine}") } else { String::new() },
            if self.every_order { " --every-order" } else { "" }
        );
        Ok(scope)
    }

    /// Puts in what can be wished, and what must be seen of that.
    fn fill(
        &self,
        scope: &mut Scope,
        alphabet: &[Operation],
        outsider: Option<usize>,
    ) -> Result<(), CheckError> {
        let outsider = outsider.map(|user| UserId(user as u16));
        let members: Vec<UserId> =
            (0..scope.users.len() as u16).map(UserId).filter(|user| Some(*user) != outsider).collect();
        let seconds: Vec<_> = (0..)
            .map(UserId)
            .zip(&scope.users)
            .filter_map(|(user, person)| Some((user, scope.second_of(user)?, person.second)))
            .collect();
        let cast = Cast { members: &members, outsider, seconds: &seconds };
        let (mut story, mut wanted, mut nobodys) = (Vec::new(), Vec::new(), Vec::new());
        for operation in alphabet {
            let wishes = operation.wishes(cast);
            if wishes.is_empty() && self.alphabet.contains(&operation.to_string()) {
                return Err(CheckError::NobodyCan {
                    operation: operation.to_string(),
                    clients: scope.users.len() + 1,
                });
            }
            match wishes.is_empty() {
                true => nobodys.push(operation.to_string()),
                false => wanted.push(*operation),
            }
            story.extend(wishes);
        }
        scope.must_see = EVERYWHERE.to_vec();
        scope.must_see.extend((scope.providers > 1).then_some(FannedOut));
        scope.must_see.extend(wanted.iter().map(|operation| operation.witness()));
        scope.must_see.extend((scope.faults.budget > 0).then_some(ANY_FAULT).into_iter().flatten());
        scope
            .must_see
            .extend((scope.byzantine.budget > 0).then_some([Withheld, Replayed]).into_iter().flatten());
        scope.must_see.sort_unstable();
        scope.must_see.dedup();
        let listed: Vec<String> = wanted.iter().map(Operation::to_string).collect();
        let missing = match nobodys.is_empty() {
            true => String::new(),
            false => format!("; nobody can {}", nobodys.join(", ")),
        };
        scope.about = format!("{} wishes: {}{missing}", story.len(), listed.join(", "));
        scope.stories = vec![story];
        Ok(())
    }
}

/// Each has to fit into four bits of a state.
const MOST_OPERATIONS: usize = 8;
const MOST_FAULTS: usize = 7;
const MOST_DECEITS: usize = 4;

fn world(alphabet: &[Operation]) -> World {
    let changes = [Operation::Define, Operation::Preauthorise, Operation::Narrow];
    let admins_change_policy = changes.iter().any(|change| alphabet.contains(change));
    World {
        is_enforced: false,
        is_open: alphabet.contains(&Operation::Join),
        admins_change_policy,
        changes: if admins_change_policy { Change::ALL } else { &[] },
    }
}

fn within(flag: &'static str, value: usize, range: RangeInclusive<usize>) -> Result<usize, CheckError> {
    match range.contains(&value) {
        true => Ok(value),
        false => Err(CheckError::OutOfRange { flag, value, least: *range.start(), most: *range.end() }),
    }
}
