//! From the text of a scenario file to a scenario: every name resolved, every contradiction found.

use super::clocks::Clocks;
use super::error::{Problem, ScenarioError};
use super::fault_ranges::FaultRanges;
use super::file::{ProviderEntry, ScenarioFile, UserEntry, WorkloadEntry};
use super::locate::Located;
use super::locate::Step::{Index, Key};
use super::policy::{self, RoleNames};
use super::role::Role;
use super::rooms::{self, Rooms};
use super::workload::{Phases, Workload};
use super::{Room, Scenario, User, story};
use mimic_protocol::ProviderId;
use mimic_protocol::room::BANNED;
use mimic_protocol::wire::pre_auth::Claim;

pub(super) fn parse(file_name: &str, text: &str) -> Result<Scenario, ScenarioError> {
    let located = Located::parse(file_name, text)?;
    let file: ScenarioFile = toml::from_str(located.text()).map_err(|error| explain(&located, &error))?;
    let check = Check { located: &located };
    check.name("scenario", &file.scenario.name, &[Key("scenario"), Key("name")])?;
    #[cfg(not(feature = "museum"))]
    check.no_mutant(file.scenario.mutant)?;
    let providers = check.providers(&file.providers)?;
    let users = check.users(&file, &providers)?;
    let consent = file.providers.iter().enumerate();
    let consent = consent.filter_map(|(at, entry)| Some((ProviderId(at as u16), entry.consent?)));
    let generous = file.providers.iter().enumerate().filter(|(_, entry)| entry.grants_key_packages);
    let grants_key_packages = generous.map(|(at, _)| ProviderId(at as u16));
    let finding = check.finding((&file.providers, &file.users), &file.queries, &providers)?;
    let Rooms { room, further_rooms, changes, envelopes } = check.rooms(&file, &providers, &users)?;
    let all_rooms: Vec<&Room> = std::iter::once(&room).chain(&further_rooms).collect();
    let pseudonyms = check.pseudonyms(&file, &users, &all_rooms)?;
    let links = rooms::links(&file, &room, &further_rooms, &changes);
    check.citations("requirements", &file.scenario.requirements)?;
    check.citations("races", &file.scenario.races)?;
    let (phases, workload) = check.seeded_part(&file)?;
    let mut scenario = Scenario {
        name: file.scenario.name,
        about: file.scenario.about,
        requirements: file.scenario.requirements,
        races: file.scenario.races,
        expect: file.scenario.expect,
        mutant: file.scenario.mutant,
        providers,
        users,
        room,
        further_rooms,
        changes,
        links,
        envelopes,
        consent: consent.collect(),
        grants_key_packages: grants_key_packages.collect(),
        clocks: Clocks::of(&file.providers, &file.users),
        pseudonyms,
        finding,
        workload,
        faults: file.faults,
        phases,
        readings: file.readings.into(),
        story: None,
    };
    if let Some(entry) = &file.story {
        let story = story::read(&located, entry, file.workload.is_some(), scenario.cast())?;
        scenario.story = Some(story);
    }
    Ok(scenario)
}

/// Ids are 16 bits wide; this is the round number below.
const ENTITIES_MAX: usize = 10_000;
const WHOLE_NUMBER: &str = "a whole number from 0 up";

/// What serde said, in the words of a scenario file. These are the messages of `serde::de::Error`'s own constructors.
fn explain(located: &Located<'_>, error: &toml::de::Error) -> ScenarioError {
    let message = error.message();
    let parts = || message.split('`').skip(1).step_by(2).map(str::to_owned);
    let first = || parts().next().unwrap_or_default();
    let problem = if message.starts_with("unknown field") {
        Problem::UnknownKey { key: first(), known: parts().skip(1).collect() }
    } else if message.starts_with("unknown variant") {
        Problem::UnknownValue { value: first(), known: parts().skip(1).collect() }
    } else if message.starts_with("missing field") {
        Problem::MissingKey { key: first() }
    } else if let Some((found, expected)) = found_and_expected(message, "invalid type: ") {
        let is_too_large = found.starts_with("integer") && expected == WHOLE_NUMBER;
        match found.strip_suffix(" as i128").filter(|_| is_too_large) {
            Some(found) => Problem::BadValue { message: format!("{found} is too large") },
            None => Problem::WrongType { found, expected },
        }
    } else if let Some((found, expected)) = found_and_expected(message, "invalid value: ") {
        Problem::BadValue { message: format!("{found} is not {expected}") }
    } else {
        Problem::BadValue { message: message.to_owned() }
    };
    located.error(problem, error.span().unwrap_or(0..0))
}

fn found_and_expected(message: &str, prefix: &str) -> Option<(String, String)> {
    let (found, expected) = message.strip_prefix(prefix)?.split_once(", expected ")?;
    let expected = match expected {
        "u16" | "u32" | "u64" => WHOLE_NUMBER,
        "f64" => "a number",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    let found = if found == "map" { "a table" } else { found };
    Some((found.to_owned(), expected.to_owned()))
}

pub(super) struct Check<'c, 't> {
    pub(super) located: &'c Located<'t>,
}

pub(super) type Path<'p> = &'p [super::locate::Step<'p>];

/// The role that every example has for whoever owns the room.
const SUPER_ADMIN: &str = "super_admin";

impl Check<'_, '_> {
    pub(super) fn fail<T>(&self, problem: Problem, path: Path<'_>) -> Result<T, ScenarioError> {
        Err(self.located.error_at(problem, path))
    }

    fn impossible<T>(&self, reason: String, help: &'static str, path: Path<'_>) -> Result<T, ScenarioError> {
        self.fail(Problem::ImpossibleTime { reason, help }, path)
    }

    pub(super) fn name(&self, what: &'static str, name: &str, path: Path<'_>) -> Result<(), ScenarioError> {
        let good =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || c == '_' && what != "provider";
        if !name.is_empty() && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(good)
        {
            return Ok(());
        }
        self.fail(Problem::BadName { what, name: name.to_owned() }, path)
    }

    #[cfg(not(feature = "museum"))]
    fn no_mutant(&self, mutant: Option<mimic_protocol::Mutant>) -> Result<(), ScenarioError> {
        let Some(_) = mutant else { return Ok(()) };
        let reason = "this build has no planted bugs in it".to_owned();
        let help = "build with the feature `museum`, or take the key out";
        self.fail(Problem::Contradiction { reason, help }, &[Key("scenario"), Key("mutant")])
    }

    fn providers(&self, entries: &[ProviderEntry]) -> Result<Vec<String>, ScenarioError> {
        let mut domains: Vec<String> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = [Key("provider"), Index(index), Key("domain")];
            self.name("provider", &entry.domain, &path)?;
            if domains.contains(&entry.domain) {
                return self.fail(Problem::Duplicate { what: "provider", name: entry.domain.clone() }, &path);
            }
            if index >= ENTITIES_MAX {
                return self.fail(Problem::TooMany { what: "providers" }, &path);
            }
            if entry.busy.is_some_and(|busy| busy.until_ms <= busy.from_ms) {
                let path = [Key("provider"), Index(index), Key("busy"), Key("until-ms")];
                let help = "it is busy from from-ms on, and no more from until-ms on";
                return self.impossible("this time is over before it begins".to_owned(), help, &path);
            }
            domains.push(entry.domain.clone());
        }
        Ok(domains)
    }

    fn users(&self, file: &ScenarioFile, providers: &[String]) -> Result<Vec<User>, ScenarioError> {
        let (entries, creator, roles) = (&file.users, &file.room.creator, rooms::role_names(&file.room));
        let mut users: Vec<User> = Vec::new();
        let mut clients = 0;
        for (index, entry) in entries.iter().enumerate() {
            let at = |key| [Key("user"), Index(index), Key(key)];
            self.name("user", &entry.name, &at("name"))?;
            if users.iter().any(|user| user.name == entry.name) {
                return self.fail(Problem::Duplicate { what: "user", name: entry.name.clone() }, &at("name"));
            }
            self.devices(entry, index)?;
            clients += entry.devices.len() + entry.new_devices.len();
            if clients > ENTITIES_MAX || index >= ENTITIES_MAX {
                return self.fail(Problem::TooMany { what: "users or devices" }, &at("name"));
            }
            users.push(User {
                name: entry.name.clone(),
                provider: self.provider(&entry.provider, providers, &at("provider"))?,
                role: self.role(entry, creator, &roles, &at("role"))?,
                claims: self.claims(&entry.claims, index)?,
                supports: self.supports(&entry.supports, index)?,
                devices: entry.devices.clone(),
                new_devices: entry.new_devices.clone(),
                outdated: entry.outdated.clone(),
            });
        }
        Ok(users)
    }

    fn devices(&self, entry: &UserEntry, user: usize) -> Result<(), ScenarioError> {
        let mut seen: Vec<&str> = Vec::new();
        for (key, names) in [("devices", &entry.devices), ("new-devices", &entry.new_devices)] {
            for (index, name) in names.iter().enumerate() {
                let path = [Key("user"), Index(user), Key(key), Index(index)];
                self.name("device", name, &path)?;
                if seen.contains(&name.as_str()) {
                    return self.fail(Problem::Duplicate { what: "device", name: name.clone() }, &path);
                }
                seen.push(name);
            }
        }
        for (index, name) in entry.outdated.iter().enumerate() {
            if !seen.contains(&name.as_str()) {
                let known = seen.iter().map(|name| (*name).to_owned()).collect();
                let path = [Key("user"), Index(user), Key("outdated"), Index(index)];
                return self.fail(Problem::UnknownValue { value: name.clone(), known }, &path);
            }
        }
        Ok(())
    }

    fn role(
        &self,
        entry: &UserEntry,
        creator: &str,
        roles: &RoleNames,
        path: Path<'_>,
    ) -> Result<Role, ScenarioError> {
        let of = |name: &str| roles.iter().find(|(known, _)| known == name);
        let ordinary = || roles.iter().filter(|(_, index)| *index > BANNED).min_by_key(|(_, index)| *index);
        let found = match &entry.role {
            Some(role) if entry.name == creator && role != SUPER_ADMIN && of(role).is_some() => {
                let reason = "whoever creates the room is its super_admin".to_owned();
                let help = "take the role out, or let somebody else create the room";
                return self.fail(Problem::Contradiction { reason, help }, path);
            }
            Some(role) => of(role).ok_or(role.clone()),
            None if entry.name == creator => of(SUPER_ADMIN).ok_or(SUPER_ADMIN.to_owned()),
            None => ordinary().ok_or(String::new()),
        };
        match found {
            Ok((name, index)) => Ok(Role { name: name.clone(), index: *index }),
            Err(value) => {
                let known = roles.iter().map(|(name, _)| name.clone()).collect();
                self.fail(Problem::UnknownValue { value, known }, path)
            }
        }
    }

    fn claims(&self, texts: &[String], user: usize) -> Result<Vec<Claim>, ScenarioError> {
        let claim = |(index, text): (usize, &String)| {
            policy::claim(self.located, text, &[Key("user"), Index(user), Key("claims"), Index(index)])
        };
        texts.iter().enumerate().map(claim).collect()
    }

    fn supports(&self, ids: &[String], user: usize) -> Result<Vec<u16>, ScenarioError> {
        let id = |(index, text): (usize, &String)| {
            let path = [Key("user"), Index(user), Key("supports"), Index(index)];
            policy::component_id(self.located, text, &path)
        };
        ids.iter().enumerate().map(id).collect()
    }

    pub(super) fn provider(
        &self,
        name: &str,
        known: &[String],
        path: Path<'_>,
    ) -> Result<ProviderId, ScenarioError> {
        match known.iter().position(|domain| domain == name) {
            Some(index) => Ok(ProviderId(index as u16)),
            None => {
                self.fail(Problem::UnknownProvider { name: name.to_owned(), known: known.to_vec() }, path)
            }
        }
    }

    /// A name in the catalogue: letters, a hyphen, a number, and at most one letter after it.
    fn citations(&self, key: &'static str, names: &[String]) -> Result<(), ScenarioError> {
        let is_one = |name: &String| {
            let (area, number) = name.split_once('-').unwrap_or_default();
            let digits = number.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(number);
            let number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
            number && !area.is_empty() && area.bytes().all(|octet| octet.is_ascii_uppercase())
        };
        match names.iter().position(|name| !is_one(name)) {
            Some(index) => {
                let what = if key == "races" { "race" } else { "requirement" };
                let problem = Problem::BadCitation { what, name: names[index].clone() };
                self.fail(problem, &[Key("scenario"), Key(key), Index(index)])
            }
            None => Ok(()),
        }
    }

    /// What is drawn from the seed. A scenario with a story can do without it.
    fn seeded_part(&self, file: &ScenarioFile) -> Result<(Phases, Workload), ScenarioError> {
        let missing = |key: &str| self.fail(Problem::MissingKey { key: key.to_owned() }, &[]);
        match (&file.workload, &file.phases, &file.story) {
            (Some(workload), Some(phases), _) => {
                self.phases(phases)?;
                self.faults(&file.faults, phases)?;
                Ok((*phases, self.workload(workload.clone(), phases)?))
            }
            (None, None, Some(_)) => {
                if file.faults.families().next().is_some() {
                    let reason = "faults strike in the seeded part, and this scenario has none".to_owned();
                    let help = "write them into the story, or give the scenario a workload and phases";
                    return self.fail(Problem::Contradiction { reason, help }, &[Key("faults")]);
                }
                Ok((Phases { safety_ms: 0, liveness_ms: 0 }, Workload::default()))
            }
            (None, ..) => missing("workload"),
            (_, None, _) => missing("phases"),
        }
    }

    fn phases(&self, phases: &Phases) -> Result<(), ScenarioError> {
        for (key, length_ms) in [("safety-ms", phases.safety_ms), ("liveness-ms", phases.liveness_ms)] {
            let path = [Key("phases"), Key(key)];
            if length_ms == 0 {
                let help = "both phases need time: users act in the first, and what is pending settles in the second";
                return self.impossible("this phase has no length".to_owned(), help, &path);
            }
            if length_ms > Phases::TOTAL_MS_MAX || phases.total_ms() > Phases::TOTAL_MS_MAX {
                let reason = "the run would last longer than a week of virtual time".to_owned();
                return self.impossible(reason, "times are in milliseconds", &path);
            }
        }
        Ok(())
    }

    /// What cannot end before the safety phase does, even at its shortest, is a mistake in the file.
    fn faults(&self, faults: &FaultRanges, phases: &Phases) -> Result<(), ScenarioError> {
        let partitions = [("symmetric", &faults.partition.symmetric), ("one-way", &faults.partition.one_way)];
        let partitions = partitions.into_iter().filter_map(|(name, ranges)| {
            ranges.as_ref().map(|ranges| ("partition", name, "duration-ms", ranges.duration_ms))
        });
        let crash = &faults.crash;
        let crashes = [("hub", &crash.hub), ("follower", &crash.follower), ("client", &crash.client)];
        let crashes = crashes.into_iter().filter_map(|(name, ranges)| {
            ranges.as_ref().map(|ranges| ("crash", name, "down-ms", ranges.down_ms))
        });
        for (family, name, key, range) in partitions.chain(crashes) {
            if range.low() > phases.safety_ms {
                let reason = format!(
                    "at least {} ms, but the safety phase has only {} ms",
                    range.low(),
                    phases.safety_ms
                );
                let help = "faults end with the safety phase: make this shorter or the phase longer";
                return self.impossible(reason, help, &[Key("faults"), Key(family), Key(name), Key(key)]);
            }
        }
        Ok(())
    }

    fn workload(&self, entry: WorkloadEntry, phases: &Phases) -> Result<Workload, ScenarioError> {
        let help = "give at least one kind of operation a weight, or set `operations` to 0";
        if entry.operations > 0 && entry.weights.total() == 0 {
            let reason = "there are operations to choose, but every weight is 0".to_owned();
            return self.fail(Problem::Contradiction { reason, help }, &[Key("workload"), Key("weights")]);
        }
        if entry.messages > 0 && entry.contents.total() == 0 {
            let reason = "there are messages to choose, but every weight is 0".to_owned();
            let help = "give at least one kind of message a weight, or set `messages` to 0";
            return self.fail(Problem::Contradiction { reason, help }, &[Key("workload"), Key("contents")]);
        }
        let mean_gap_ms = self.mean_gap_ms(&entry, phases)?;
        let WorkloadEntry { operations, messages, weights, contents, .. } = entry;
        Ok(Workload { operations, messages, mean_gap_ms, weights, contents })
    }

    /// The gap as given, or one that lets the intents fill four fifths of the safety phase: gaps are random, and the last
    /// intents, too, shall meet faults.
    fn mean_gap_ms(&self, entry: &WorkloadEntry, phases: &Phases) -> Result<u64, ScenarioError> {
        let intents = u64::from(entry.operations) + u64::from(entry.messages);
        let help = "make the gap shorter, the safety phase longer, or the workload smaller";
        let Some(gap_ms) = entry.mean_gap_ms else {
            let gap_ms = phases.safety_ms * 4 / 5 / intents.max(1);
            if gap_ms == 0 {
                let reason = format!("{intents} intents do not fit into {} ms", phases.safety_ms);
                return self.impossible(reason, help, &[Key("phases"), Key("safety-ms")]);
            }
            return Ok(gap_ms);
        };
        let path = [Key("workload"), Key("mean-gap-ms")];
        let needed_ms = gap_ms.checked_mul(intents.max(1));
        if needed_ms.is_none_or(|needed_ms| needed_ms > phases.safety_ms) {
            let needed = needed_ms.map_or("far more".to_owned(), |needed_ms| format!("{needed_ms} ms"));
            let reason = format!(
                "{intents} intents with gaps of {gap_ms} ms need {needed}, but the safety phase has only {} ms",
                phases.safety_ms
            );
            return self.impossible(reason, help, &path);
        }
        Ok(gap_ms)
    }
}
