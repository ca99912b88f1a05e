//! From what a scenario file says of a policy to the edits that it stands for, every name in it resolved.

use super::error::{Problem, ScenarioError};
use super::locate::Located;
use super::locate::Step::{self, Index, Key};
use super::policy_file::{BaseEntry, LinksEntry, MetadataEntry, PolicyEntry, PreauthEntry, RoleEntry};
use mimic_protocol::RoomId;
use mimic_protocol::directory::{basic_claim, domain_claim, identity_claim};
use mimic_protocol::mls::Octets;
use mimic_protocol::policy::{BaseChange, Bounds, Capability, Edit, OperationalChange, Text};
use mimic_protocol::room::Role;
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::pre_auth::{Claim, PreAuthData, PreAuthRoleEntry};

/// Where a role can be looked up: its name, and its index.
pub(super) type RoleNames = Vec<(String, u32)>;

/// What names can stand for.
pub(super) struct Known<'k> {
    pub(super) located: &'k Located<'k>,
    pub(super) providers: &'k [String],
    /// Each user's name, and the domain of its provider.
    pub(super) users: &'k [(String, String)],
    /// The names of the rooms.
    pub(super) rooms: &'k [String],
    /// The roles that are there before.
    pub(super) roles: RoleNames,
}

type Path<'p> = Vec<Step<'p>>;
type Result<T> = std::result::Result<T, ScenarioError>;

impl Known<'_> {
    /// The edits that the entry stands for; the roles that it defines are known from then on.
    pub(super) fn edits(&mut self, entry: &PolicyEntry, path: &[Step<'_>]) -> Result<Vec<Edit>> {
        self.define(entry, path)?;
        let mut edits = Vec::new();
        for (name, role) in &entry.roles {
            edits.extend(self.role_edits(name, role, &below(path, &[Key("roles"), Key(name)]))?);
        }
        edits.extend(self.base(&entry.base, path)?);
        if let Some(entries) = &entry.preauth {
            edits.push(Edit::Preauth(self.preauth(entries, &below(path, &[Key("preauth")]))?));
        }
        edits.extend(texts(&entry.metadata));
        edits.extend(links(&entry.links));
        let operational = OperationalChange {
            external_proposals: entry.operational.external_proposals,
            external_commits: entry.operational.external_commits,
            commit_delay_ms: entry.operational.commit_delay_ms,
            epoch_tolerance: entry.operational.epoch_tolerance,
        };
        edits.extend((operational != OperationalChange::default()).then_some(Edit::Operational(operational)));
        edits.extend(entry.franking.then_some(Edit::Franking));
        for (id, octets) in &entry.components {
            let path = below(path, &[Key("components"), Key(id)]);
            edits.push(Edit::Component(component_id(self.located, id, &path)?, self.octets(octets, &path)?));
        }
        for (at, id) in entry.without_components.iter().enumerate() {
            let path = below(path, &[Key("without-components"), Index(at)]);
            edits.push(Edit::RemoveComponent(component_id(self.located, id, &path)?));
        }
        Ok(edits)
    }

    /// Roles of a new name need an index.
    fn define(&mut self, entry: &PolicyEntry, path: &[Step<'_>]) -> Result<()> {
        for (name, role) in &entry.roles {
            let known = self.roles.iter().find(|(known, _)| known == name);
            let path = || below(path, &[Key("roles"), Key(name), Key("index")]);
            match (known, role.index) {
                (Some((_, index)), Some(_)) => {
                    let reason = format!("there is a role `{name}` already, number {index}");
                    let help = "take the index out, or give a new role a new name";
                    return self.fail(Problem::Contradiction { reason, help }, &path());
                }
                (None, Some(wanted)) if self.roles.iter().any(|(_, index)| *index == wanted) => {
                    let reason = format!("there is already a role number {wanted}");
                    let help = "give a new role a number of its own";
                    return self.fail(Problem::Contradiction { reason, help }, &path());
                }
                (None, None) => {
                    let known = self.roles.iter().map(|(name, _)| name.clone()).collect();
                    let problem = Problem::UnknownValue { value: name.clone(), known };
                    return self.fail(problem, &path()[..path().len() - 1]);
                }
                (None, Some(index)) => self.roles.push((name.clone(), index)),
                (Some(_), None) => {}
            }
        }
        Ok(())
    }

    fn role_edits(&self, name: &str, entry: &RoleEntry, path: &[Step<'_>]) -> Result<Vec<Edit>> {
        let index = self.role(name, path)?;
        if entry.gone {
            return Ok(vec![Edit::Drop(index)]);
        }
        let mut edits: Vec<Edit> = entry.index.map(|_| Edit::Define(bare(index, name))).into_iter().collect();
        for (key, names) in [("can", &entry.can), ("cannot", &entry.cannot)] {
            for (at, name) in names.iter().enumerate() {
                let code = self.capability(name, &below(path, &[Key(key), Index(at)]))?;
                edits.push(if key == "can" { Edit::Grant(index, code) } else { Edit::Withdraw(index, code) });
            }
        }
        for (from, to) in &entry.moves {
            let at = below(path, &[Key("moves"), Key(from)]);
            let from = self.role(from, &at)?;
            let to = to.iter().enumerate().map(|(n, name)| self.role(name, &below(&at, &[Index(n)])));
            edits.push(Edit::Moves(index, from, to.collect::<Result<_>>()?));
        }
        let bounds = Bounds {
            min_participants: entry.min_participants,
            max_participants: entry.max_participants,
            min_active: entry.min_active,
            max_active: entry.max_active,
        };
        edits.extend((bounds != Bounds::default()).then_some(Edit::Bounds(index, bounds)));
        Ok(edits)
    }

    fn base(&self, entry: &BaseEntry, path: &[Step<'_>]) -> Result<Option<Edit>> {
        let parent_room = entry.parent_room.as_ref().map(|name| {
            let at = self.rooms.iter().position(|known| known == name);
            at.map(|at| RoomId(at as u16)).ok_or_else(|| {
                let problem = Problem::UnknownValue { value: name.clone(), known: self.rooms.to_vec() };
                self.located.error_at(problem, &below(path, &[Key("base"), Key("parent-room")]))
            })
        });
        let ids = entry.policy_component_ids.as_ref().map(|ids| {
            let id = |(n, id): (usize, &String)| {
                let path = below(path, &[Key("base"), Key("policy-component-ids"), Index(n)]);
                component_id(self.located, id, &path)
            };
            ids.iter().enumerate().map(id).collect()
        });
        let change = BaseChange {
            fixed_membership: entry.fixed_membership,
            parent_room: parent_room.transpose()?,
            multi_device: entry.multi_device,
            max_clients: entry.max_clients,
            max_users: entry.max_users,
            pseudonyms_allowed: entry.pseudonyms_allowed,
            persistent_room: entry.persistent_room,
            discoverable: entry.discoverable,
            component_ids: ids.transpose()?,
        };
        Ok((change != BaseChange::default()).then_some(Edit::Base(change)))
    }

    fn preauth(&self, entries: &[PreauthEntry], path: &[Step<'_>]) -> Result<PreAuthData> {
        let mut preauthorized_entries = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let path = below(path, &[Index(at)]);
            let mut claimset: Vec<Claim> = Vec::new();
            if let Some(name) = &entry.user {
                claimset.push(identity_claim(&self.user_uri(name, &below(&path, &[Key("user")]))?));
            }
            claimset.extend(entry.domain.iter().map(|domain| domain_claim(domain)));
            if let Some(domain) = &entry.provider {
                if !self.providers.contains(domain) {
                    let (name, known) = (domain.clone(), self.providers.to_vec());
                    return self
                        .fail(Problem::UnknownProvider { name, known }, &below(&path, &[Key("provider")]));
                }
                claimset.push(identity_claim(&MimiUri::provider(domain)));
            }
            for (n, text) in entry.claims.iter().enumerate() {
                claimset.push(claim(self.located, text, &below(&path, &[Key("claims"), Index(n)]))?);
            }
            let target_role = self.role(&entry.role, &below(&path, &[Key("role")]))?;
            preauthorized_entries.push(PreAuthRoleEntry { claimset, target_role });
        }
        Ok(PreAuthData { preauthorized_entries })
    }

    fn user_uri(&self, name: &str, path: &[Step<'_>]) -> Result<MimiUri> {
        match self.users.iter().find(|(known, _)| known == name) {
            Some((name, domain)) => Ok(MimiUri::user(domain, name)),
            None => {
                let known = self.users.iter().map(|(name, _)| name.clone()).collect();
                self.fail(Problem::UnknownUser { name: name.to_owned(), known }, path)
            }
        }
    }

    /// The index of the role of this name.
    pub(super) fn role(&self, name: &str, path: &[Step<'_>]) -> Result<u32> {
        match self.roles.iter().find(|(known, _)| known == name) {
            Some((_, index)) => Ok(*index),
            None => {
                let known = self.roles.iter().map(|(name, _)| name.clone()).collect();
                self.fail(Problem::UnknownValue { value: name.to_owned(), known }, path)
            }
        }
    }

    fn capability(&self, name: &str, path: &[Step<'_>]) -> Result<u16> {
        match Capability::ALL.iter().find(|capability| capability.name() == name) {
            Some(capability) => Ok(capability.code()),
            None => {
                let known = Capability::ALL.iter().map(|capability| capability.name().to_owned()).collect();
                self.fail(Problem::UnknownValue { value: name.to_owned(), known }, path)
            }
        }
    }

    /// Octets in hexadecimal digits.
    fn octets(&self, text: &str, path: &[Step<'_>]) -> Result<Octets> {
        let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
        match digits.filter(|digits| digits.len() % 2 == 0) {
            Some(digits) => Ok(digits.chunks(2).map(|pair| (16 * pair[0] + pair[1]) as u8).collect()),
            None => {
                let message = "the value of a component is octets in hexadecimal digits, two each".to_owned();
                self.fail(Problem::BadValue { message }, path)
            }
        }
    }

    fn fail<T>(&self, problem: Problem, path: &[Step<'_>]) -> Result<T> {
        Err(self.located.error_at(problem, path))
    }
}

/// A component's id, `0x0028`.
pub(super) fn component_id(located: &Located<'_>, id: &str, path: &[Step<'_>]) -> Result<u16> {
    let number = id.strip_prefix("0x").and_then(|digits| u16::from_str_radix(digits, 16).ok());
    number.ok_or_else(|| {
        let message = format!("`{id}` is no id of a component: four hexadecimal digits, such as 0x0028");
        located.error_at(Problem::BadValue { message }, path)
    })
}

/// `key=value`.
pub(super) fn claim(located: &Located<'_>, text: &str, path: &[Step<'_>]) -> Result<Claim> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(basic_claim(key, value)),
        _ => {
            let message = format!("`{text}` is no claim: a claim is a key and a value, `key=value`");
            Err(located.error_at(Problem::BadValue { message }, path))
        }
    }
}

/// A path that goes on.
pub(super) fn below<'p>(path: &[Step<'p>], rest: &[Step<'p>]) -> Path<'p> {
    [path, rest].concat()
}

fn texts(entry: &MetadataEntry) -> impl Iterator<Item = Edit> {
    let texts = [
        (Text::Name, &entry.name),
        (Text::Description, &entry.description),
        (Text::Avatar, &entry.avatar),
        (Text::Subject, &entry.subject),
        (Text::Mood, &entry.mood),
    ];
    let texts = texts.map(|(text, value)| value.clone().map(|value| Edit::Text(text, value)));
    texts.into_iter().flatten()
}

fn links(entry: &LinksEntry) -> Vec<Edit> {
    let octets = |link: &String| Octets::from(link.as_bytes());
    let (on_request, multiuser) = (entry.on_request, entry.multiuser);
    let speaks_of_policy = on_request.is_some() || multiuser.is_some() || entry.expiration_s.is_some();
    let (on_request, multiuser) = (on_request.unwrap_or_default(), multiuser.unwrap_or_default());
    let policy = Edit::LinkPolicy(on_request, multiuser, entry.expiration_s.unwrap_or_default());
    let mut edits: Vec<Edit> = speaks_of_policy.then_some(policy).into_iter().collect();
    edits.extend(entry.remove.iter().map(|link| Edit::RemoveLink(octets(link))));
    edits.extend(entry.add.iter().map(|link| Edit::AddLink(octets(link))));
    edits
}

/// A role that can do nothing.
fn bare(role_index: u32, name: &str) -> Role {
    Role {
        role_index,
        name: name.to_owned(),
        description: String::new(),
        capabilities: Vec::new(),
        min_participants: 0,
        max_participants: None,
        min_active: 0,
        max_active: None,
        transitions: Vec::new(),
    }
}
