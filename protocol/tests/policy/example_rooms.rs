//! Who may do what to whom in the example rooms of room-policy Appendix A, as tables to be read beside the draft.

use mimic_protocol::policy::examples::{Example, by_name};
use mimic_protocol::policy::{Change, Usage, authorise, may_use};
use mimic_protocol::room::{BANNED, NOT_LISTED, Participant, Role, Standing};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::BTreeSet;
use std::fmt::Write;

struct Room {
    directory: Directory,
    standing: Standing,
    members: BTreeSet<ClientId>,
}

impl Room {
    /// For each role but 0 two users, with a client each where the role has clients; and an outsider.
    fn of(example: Example) -> Self {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        let mut standing = example.room(UserId(0));
        standing.participants.clear();
        let mut members = BTreeSet::new();
        for role in standing.roles.clone().iter().filter(|role| role.role_index != NOT_LISTED) {
            for name in ["first", "second"] {
                let user = directory.add_user(provider, &format!("{}-{name}", role.name));
                let client = directory.add_client(user, "phone");
                if role.max_active != Some(0) {
                    members.insert(client);
                }
                standing.participants.push(Participant { user, role: role.role_index });
            }
        }
        let outsider = directory.add_user(provider, "outsider");
        directory.add_client(outsider, "phone");
        Self { directory, standing, members }
    }

    fn holder(&self, role: u32, which: usize) -> UserId {
        let mut holders = self.standing.participants.iter().filter(|entry| entry.role == role);
        holders.nth(which).map_or(UserId(self.standing.participants.len() as u16), |entry| entry.user)
    }

    fn is_allowed(&self, actor: u32, act: impl Fn(&mut Change, UserId)) -> bool {
        let actor = self.holder(actor, 0);
        let mut change = Change::none(actor, &self.standing);
        act(&mut change, actor);
        authorise(&self.directory, &self.standing, &self.members, &change).is_ok()
    }

    /// The roles among `all` of which it is true, by name.
    fn names(&self, all: &[&Role], is: impl Fn(u32) -> bool) -> String {
        let names = all.iter().filter(|role| is(role.role_index)).map(|role| role.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    fn clients(&self, user: UserId) -> Vec<ClientId> {
        self.directory.clients_of(user).filter(|client| self.members.contains(client)).collect()
    }

    fn moves(&self, change: &mut Change, user: UserId, to: u32) {
        change.list_after.retain(|entry| entry.user != user);
        if to != NOT_LISTED {
            change.list_after.push(Participant { user, role: to });
        }
        if matches!(to, NOT_LISTED | BANNED) {
            change.removed_clients = self.clients(user);
        }
    }

    fn table(&self) -> String {
        let roles: Vec<&Role> = self.standing.roles.iter().collect();
        let listed: Vec<&Role> = roles.iter().copied().filter(|role| role.role_index != NOT_LISTED).collect();
        let mut table = String::new();
        for actor in &roles {
            let role = actor.role_index;
            let mut row = |what: &str, whom: String| {
                if !whom.is_empty() {
                    let _ = writeln!(table, "{} {what}: {whom}", actor.name);
                }
            };
            let outsider = self.holder(NOT_LISTED, 0);
            let other = |target: u32| self.holder(target, 1);
            let moved = |target: u32, to: u32| {
                self.is_allowed(role, |change, _| self.moves(change, other(target), to))
            };
            row(
                "adds",
                self.names(&listed, |to| {
                    role != NOT_LISTED && self.is_allowed(role, |change, _| self.moves(change, outsider, to))
                }),
            );
            row("removes", self.names(&listed, |target| moved(target, NOT_LISTED)));
            row("bans", self.names(&listed, |target| target != BANNED && moved(target, BANNED)));
            row("unbans to", self.names(&listed, |to| to != BANNED && moved(BANNED, to)));
            row(
                "kicks",
                self.names(&listed, |target| {
                    let clients = self.clients(other(target));
                    !clients.is_empty()
                        && self.is_allowed(role, |change, _| change.removed_clients = clients.clone())
                }),
            );
            for from in listed.iter().filter(|from| from.role_index != BANNED) {
                let to = self
                    .names(&listed, |to| to != BANNED && to != from.role_index && moved(from.role_index, to));
                row(&format!("moves {} to", from.name), to);
            }
            row("alone", self.alone(role));
        }
        table
    }

    fn alone(&self, role: u32) -> String {
        let own = |change: &mut Change, user| change.removed_clients = self.clients(user);
        let joins = |change: &mut Change, user| {
            change.external = true;
            change.added_clients = self.directory.clients_of(user).collect();
        };
        let deeds = [
            ("joins with a device", role != NOT_LISTED && self.is_allowed(role, joins)),
            (
                "takes its devices out",
                !self.clients(self.holder(role, 0)).is_empty() && self.is_allowed(role, own),
            ),
            (
                "leaves",
                role != NOT_LISTED && self.is_allowed(role, |c, user| self.moves(c, user, NOT_LISTED)),
            ),
            (
                "defines roles",
                self.is_allowed(role, |c, _| c.roles_after = Some(self.standing.roles.clone())),
            ),
            (
                "sets the base policy",
                self.is_allowed(role, |c, _| c.base_after = Some(self.standing.base.clone())),
            ),
            ("preauthorises", self.is_allowed(role, |c, _| c.updated = [0x0026].into())),
            ("sets the operational policy", self.is_allowed(role, |c, _| c.updated = [0x0024].into())),
            ("re-initialises", self.is_allowed(role, |c, _| c.other_proposals = [5].into())),
        ];
        let allowed =
            deeds.iter().filter(|(_, allowed)| *allowed && role != NOT_LISTED).map(|(deed, _)| *deed);
        allowed.collect::<Vec<_>>().join(", ")
    }

    /// Which roles may do what with messages, assets and calls.
    fn usages(&self) -> String {
        let listed: Vec<&Role> =
            self.standing.roles.iter().filter(|role| role.role_index != NOT_LISTED).collect();
        let mut table = String::new();
        for usage in Usage::ALL {
            let roles =
                self.names(&listed, |role| may_use(&self.standing, self.holder(role, 0), usage).is_ok());
            let _ = writeln!(table, "{usage:?} [{:?}]: {roles}", usage.enforcer());
        }
        table
    }
}

#[test]
fn cooperative() {
    insta::assert_snapshot!(Room::of(Example::Cooperative).table());
}

#[test]
fn strict() {
    insta::assert_snapshot!(Room::of(Example::Strict).table());
}

#[test]
fn moderated() {
    insta::assert_snapshot!(Room::of(Example::Moderated).table());
}

#[test]
fn multi_organization() {
    insta::assert_snapshot!(Room::of(Example::MultiOrganization).table());
}

/// A moderated room has the most different roles.
#[test]
fn moderated_usages() {
    insta::assert_snapshot!(Room::of(Example::Moderated).usages());
}

#[test]
fn each_is_found_by_its_name() {
    for example in Example::ALL {
        assert_eq!(by_name(example.name()), Some(example));
    }
    assert_eq!(by_name("anarchic"), None);
}
