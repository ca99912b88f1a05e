//! The room that the tables speak of, and what their rows mean.

use mimic_protocol::policy::{Capability, Change, examples};
use mimic_protocol::room::{NOT_LISTED, Participant, Role, Standing, component};
use mimic_protocol::wire::operational_parameters::{AppMessagePolicy, OperationalParameters};
use mimic_protocol::wire::pre_auth::{Claim, ClaimId, PreAuthRoleEntry};
use mimic_protocol::wire::room_metadata::{RichDescription, RoomMetaData};
use mimic_protocol::wire::{IdentifierUri, Opaque};
use mimic_protocol::{ClientId, Directory, ProviderId, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct World {
    pub directory: Directory,
    pub standing: Standing,
    pub members: BTreeSet<ClientId>,
}

/// The first user of role n acts, the second one is acted upon; the outsider is behind them.
const FIRST: u16 = 0;
const SECOND: u16 = 1;
const OUTSIDER: UserId = UserId(10);
const HUB: ProviderId = ProviderId(0);

fn of_role(role: u32, which: u16) -> UserId {
    UserId((role as u16 - 1) * 2 + which)
}

impl World {
    pub fn cooperative() -> Self {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        let mut participants = Vec::new();
        let mut members = BTreeSet::new();
        for role in 1..=5 {
            for which in [FIRST, SECOND] {
                let user = directory.add_user(provider, &format!("user{role}{which}"));
                assert_eq!(user, of_role(role, which));
                let clients = [directory.add_client(user, "one"), directory.add_client(user, "two")];
                if (2..=4).contains(&role) {
                    members.extend(clients);
                }
                participants.push(Participant { user, role });
            }
        }
        assert_eq!(directory.add_user(provider, "outsider"), OUTSIDER);
        directory.add_client(OUTSIDER, "one");
        directory.add_client(OUTSIDER, "two");
        let standing = Standing { participants, ..examples::cooperative_room(of_role(3, FIRST)) };
        Self { directory, standing, members }
    }

    /// `role 3`: the first user of that role; `outsider`.
    pub fn user(&self, text: &str) -> UserId {
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["outsider"] => OUTSIDER,
            ["role", role] => of_role(number(role), FIRST),
            _ => panic!("no such user: {text}"),
        }
    }

    /// A line that changes the room.
    pub fn set(&mut self, line: &str) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["with", "role", role, name] if name.starts_with("can") => {
                let capability = named(name);
                self.edit(role, |role| role.capabilities.push(capability.code()));
            }
            ["without", "role", role, name] if name.starts_with("can") => {
                let capability = named(name);
                self.edit(role, |role| role.capabilities.retain(|code| *code != capability.code()));
            }
            ["with", "role", role, "named", name] => self.edit(role, |role| role.name = name.to_owned()),
            ["with", "role", role, "moving", from, "to", to] => {
                let change = (number(from), vec![number(to)]);
                self.edit(role, |role| role.transitions.push(change));
            }
            ["with", "fixed", "membership"] => self.standing.base.fixed_membership = true,
            ["with", "a", "client", "of", "role", role] => self.add_members(of_role(number(role), SECOND)),
            ["with", "own", "clients", "of", "role", role] => self.add_members(of_role(number(role), FIRST)),
            ["with", "a", "client", "of", "outsider"] => self.add_members(OUTSIDER),
            _ => self.set_component(line),
        }
    }

    /// A line that changes another component than roles and base policy.
    fn set_component(&mut self, line: &str) {
        let components = Arc::make_mut(&mut self.standing.components);
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["with", "outsider", "claiming", claim] => self.directory.add_claim(OUTSIDER, made(claim)),
            ["with", "the", "hub", "claiming", claim] => self.directory.add_claim(HUB, made(claim)),
            ["with", "role", role, "claiming", claim] => {
                self.directory.add_claim(of_role(number(role), FIRST), made(claim));
            }
            ["with", "a", "join", "link", link] => {
                components.join_links.get_or_insert_default().links.push(link.as_bytes().into());
            }
            ["with", "operational", what] => components.operational = Some(operational(what)),
            ["with", "metadata"] => components.metadata = Some(metadata("name")),
            ["with", "preauthorised", role, "by", ref claims @ ..] => {
                let claimset = claims.iter().map(|claim| made(claim)).collect();
                let entry = PreAuthRoleEntry { claimset, target_role: number(role) };
                components.preauth.get_or_insert_default().preauthorized_entries.push(entry);
            }
            _ => panic!("no such setting: {line}"),
        }
    }

    fn add_members(&mut self, user: UserId) {
        let clients: Vec<ClientId> = self.directory.clients_of(user).collect();
        self.members.extend(clients);
    }

    fn edit(&mut self, index: &str, change: impl FnOnce(&mut Role)) {
        let index = number(index);
        let role = self.standing.roles.iter_mut().find(|role| role.role_index == index);
        change(role.expect("a role of that index"));
    }

    /// The change that a row describes.
    pub fn change(&self, row: &str) -> Change {
        let words: Vec<&str> = row.split_whitespace().collect();
        let (actor, action) = match words[..] {
            ["role", role, ref action @ ..] => (of_role(number(role), FIRST), action),
            ["outsider", ref action @ ..] => (OUTSIDER, action),
            ["the", "hub", ref action @ ..] => {
                let mut change = Change::none(HUB, &self.standing);
                let done = self.act(&mut change, OUTSIDER, action);
                return done.map(|()| change).unwrap_or_else(|| panic!("no such action: {row}"));
            }
            _ => panic!("no such actor: {row}"),
        };
        let mut change = Change::none(actor, &self.standing);
        self.act(&mut change, actor, action).unwrap_or_else(|| panic!("no such action: {row}"));
        change
    }

    fn act(&self, change: &mut Change, user: UserId, action: &[&str]) -> Option<()> {
        match *action {
            ["adds", "outsider", "as", to] => {
                self.move_to(change, OUTSIDER, to);
                change.added_clients.extend(self.directory.clients_of(OUTSIDER));
            }
            ["adds", "outsider", "as", to, "without", "clients"] => self.move_to(change, OUTSIDER, to),
            ["adds", "outsider", "twice"] => {
                self.move_to(change, OUTSIDER, "2");
                change.list_after.push(Participant { user: OUTSIDER, role: 2 });
            }
            ["adds", "a", "client", "of", "outsider"] => {
                change.added_clients.extend(self.directory.clients_of(OUTSIDER));
            }
            ["adds", "a", "client", "of", role] => {
                change.added_clients.extend(self.directory.clients_of(of_role(number(role), SECOND)));
            }
            ["removes", "the", "clients", "of", "outsider"] => self.remove_clients(change, OUTSIDER),
            ["removes", role] => self.take_out(change, of_role(number(role), SECOND), "0"),
            ["bans", role] => self.take_out(change, of_role(number(role), SECOND), "1"),
            ["bans", role, "keeping", "a", "client"] => self.take_out_keeping(change, role, "1"),
            ["removes", role, "keeping", "a", "client"] => self.take_out_keeping(change, role, "0"),
            ["kicks", role] => self.remove_clients(change, of_role(number(role), SECOND)),
            ["kicks", "one", "client", "of", role] => {
                self.remove_clients(change, of_role(number(role), SECOND));
                change.removed_clients.truncate(1);
            }
            ["moves", role, "to", to] if role != "itself" => {
                self.move_to(change, of_role(number(role), SECOND), to)
            }
            ["moves", role, "to", to, "and", "adds", "a", "client"] => {
                let other = of_role(number(role), SECOND);
                self.move_to(change, other, to);
                change.added_clients.extend(self.directory.clients_of(other));
            }
            ["moves", role, "to", to, "and", "kicks", "it"] => {
                self.take_out(change, of_role(number(role), SECOND), to);
            }
            _ => return self.act_on_policy(change, user, action),
        }
        Some(())
    }

    fn act_on_policy(&self, change: &mut Change, user: UserId, action: &[&str]) -> Option<()> {
        match *action {
            ["changes", "the", "roles"] => change.roles_after = Some(self.standing.roles.clone()),
            ["changes", "the", "roles", "and", "removes", role] => {
                self.take_out(change, of_role(number(role), SECOND), "0");
                change.roles_after = Some(self.standing.roles.clone());
            }
            ["changes", "component", id] => {
                change.updated.insert(u16::from_str_radix(id, 16).ok()?);
            }
            ["changes", "component", id, "and", "removes", role] => {
                change.updated.insert(u16::from_str_radix(id, 16).ok()?);
                self.take_out(change, of_role(number(role), SECOND), "0");
            }
            ["changes", "component", id, "and", "adds", "outsider"] => {
                change.updated.insert(u16::from_str_radix(id, 16).ok()?);
                self.move_to(change, OUTSIDER, "2");
            }
            ["changes", "the", "room's", ref fields @ ..] => {
                change.updated.insert(component::ROOM_METADATA);
                let mut after = self.standing.components.metadata.clone().unwrap_or_else(|| metadata(""));
                fields.iter().for_each(|field| renew(&mut after, field));
                Arc::make_mut(&mut change.components_after).metadata = Some(after);
            }
            ["adds", "join", "link", link] => {
                change.updated.insert(component::JOIN_LINKS);
                let links = &mut Arc::make_mut(&mut change.components_after).join_links;
                links.get_or_insert_default().links.push(link.as_bytes().into());
            }
            ["removes", "join", "link", link] => {
                change.updated.insert(component::JOIN_LINKS);
                let links = &mut Arc::make_mut(&mut change.components_after).join_links;
                links.as_mut()?.links.retain(|other| other.as_slice() != link.as_bytes());
            }
            ["makes", "an", "MLS", "proposal", "of", "type", kind] => {
                change.other_proposals.insert(kind.parse().ok()?);
            }
            ["changes", "the", "base", "policy"] => change.base_after = Some(self.standing.base.clone()),
            _ => return self.act_for_itself(change, user, action),
        }
        Some(())
    }

    fn act_for_itself(&self, change: &mut Change, user: UserId, action: &[&str]) -> Option<()> {
        let client = self.directory.clients_of(user).next()?;
        match *action {
            ["joins", "as", to] => {
                change.external = true;
                self.move_to(change, user, to);
                change.added_clients.push(client);
            }
            ["joins", "as", to, "with", "code", code] => {
                change.external = true;
                change.join_code = Some(code.as_bytes().into());
                self.move_to(change, user, to);
                change.added_clients.push(client);
            }
            ["joins", "as", to, "without", "a", "client"] => {
                change.external = true;
                self.move_to(change, user, to);
            }
            ["proposes", "to", "join", "as", to] => {
                self.move_to(change, user, to);
                change.added_clients.push(client);
            }
            ["leaves"] => self.take_out(change, user, "0"),
            ["leaves", "keeping", "a", "client"] => {
                self.take_out(change, user, "0");
                change.removed_clients.pop();
            }
            ["moves", "itself", "to", to] => self.move_to(change, user, to),
            ["joins", "with", "a", "client"] => {
                change.external = true;
                change.added_clients.push(client);
            }
            ["adds", "an", "own", "client"] => change.added_clients.push(client),
            ["removes", "an", "own", "client"] => change.removed_clients.push(client),
            ["replaces", "its", "leaf"] => {
                change.external = true;
                change.added_clients.push(client);
                change.removed_clients.push(client);
            }
            _ => return None,
        }
        Some(())
    }

    fn move_to(&self, change: &mut Change, user: UserId, to: &str) {
        let role = number(to);
        change.list_after.retain(|participant| participant.user != user);
        if role != NOT_LISTED {
            change.list_after.push(Participant { user, role });
        }
    }

    fn take_out(&self, change: &mut Change, user: UserId, to: &str) {
        self.move_to(change, user, to);
        self.remove_clients(change, user);
    }

    fn take_out_keeping(&self, change: &mut Change, role: &str, to: &str) {
        self.take_out(change, of_role(number(role), SECOND), to);
        change.removed_clients.pop();
    }

    fn remove_clients(&self, change: &mut Change, user: UserId) {
        let clients = self.directory.clients_of(user).filter(|client| self.members.contains(client));
        change.removed_clients.extend(clients);
    }
}

/// A claim of a credential type that is none: only its name counts.
fn made(name: &str) -> Claim {
    let claim_id = ClaimId { credential_type: 0xf000, id: name.as_bytes().into() };
    Claim { claim_id, claim_value: b"yes".into() }
}

fn metadata(name: &str) -> RoomMetaData {
    let empty = || Opaque::new(Vec::new());
    RoomMetaData {
        room_uri: IdentifierUri(b"mimi://a.example/r/x".into()),
        room_name: name.as_bytes().into(),
        room_descriptions: Vec::new(),
        room_avatar: IdentifierUri(empty()),
        room_subject: empty(),
        room_mood: empty(),
    }
}

fn renew(metadata: &mut RoomMetaData, field: &str) {
    let new: Opaque = b"new".into();
    match field {
        "name" => metadata.room_name = new,
        "avatar" => metadata.room_avatar = IdentifierUri(new),
        "subject" => metadata.room_subject = new,
        "mood" => metadata.room_mood = new,
        "uri" => metadata.room_uri = IdentifierUri(new),
        "description" => metadata.room_descriptions.push(RichDescription {
            media_type: new.clone(),
            language_tag: new.clone(),
            description_content: new,
        }),
        "nothing" => {}
        _ => panic!("no such field: {field}"),
    }
}

/// Operational parameters that say nothing but this.
pub fn operational(what: &str) -> OperationalParameters {
    OperationalParameters {
        external_proposal_allowed: (what != "no-external-proposals").into(),
        external_commit_allowed: (what != "no-external-commits").into(),
        app_message_policy: AppMessagePolicy { epoch_tolerance: 2, ..Default::default() },
        ..OperationalParameters::usual()
    }
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

fn named(name: &str) -> Capability {
    let all = Capability::ALL.iter();
    *all.clone()
        .find(|capability| capability.name() == name)
        .unwrap_or_else(|| panic!("no such capability: {name}"))
}
