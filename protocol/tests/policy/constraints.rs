//! The table of states that a room may be in, or not.

use crate::table::{Verdict, rows};
use mimic_protocol::policy::{Capability, check_constraints, examples};
use mimic_protocol::room::{Participant, Role, Standing};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::BTreeSet;

#[test]
fn constraints() {
    let mut policy = Policy::cooperative();
    for row in rows(include_str!("constraints.txt")) {
        match row.verdict {
            None if row.text == "reset" => policy = Policy::cooperative(),
            None => policy.set(row.text),
            Some(verdict) => {
                let (directory, standing, members) = policy.room(row.text);
                let found = Verdict::of(check_constraints(&directory, &standing, &members));
                assert_eq!(found, verdict, "line {}: {}", row.line, row.text);
            }
        }
    }
}

/// Roles and base policy; the participants are each row's own.
struct Policy(Standing);

impl Policy {
    fn cooperative() -> Self {
        Self(examples::cooperative_room(UserId(0)))
    }

    fn set(&mut self, line: &str) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["with", "role", role, "named", name] => self.role(role).name = name.to_owned(),
            ["with", "role", role, "min_participants", n] => self.role(role).min_participants = number(n),
            ["with", "role", role, "max_participants", n] => {
                self.role(role).max_participants = Some(number(n));
            }
            ["with", "role", role, "min_active", n] => self.role(role).min_active = number(n),
            ["with", "role", role, "max_active", n] => self.role(role).max_active = Some(number(n)),
            ["with", "max_clients", n] => self.0.base.max_clients = Some(number(n)),
            ["with", "max_users", n] => self.0.base.max_users = Some(number(n)),
            ["with", "one", "device", "each"] => self.0.base.multi_device = false,
            ["with", "fixed", "membership"] => self.0.base.fixed_membership = true,
            ["with", "role", role, "able", "to", "add"] => {
                self.role(role).capabilities.push(Capability::AddParticipant.code());
            }
            ["without", "canAddParticipant"] => {
                for role in &mut self.0.roles {
                    role.capabilities.retain(|code| *code != Capability::AddParticipant.code());
                }
            }
            _ => panic!("no such setting: {line}"),
        }
    }

    fn role(&mut self, index: &str) -> &mut Role {
        let index = number(index);
        let role = self.0.roles.iter_mut().find(|role| role.role_index == index);
        role.expect("a role of that index")
    }

    fn room(&self, row: &str) -> (Directory, Standing, BTreeSet<ClientId>) {
        let (list, matter) = row.split_once(" and ").unwrap_or((row, ""));
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        let (mut participants, mut members) = (Vec::new(), BTreeSet::new());
        for entry in list.split_whitespace() {
            let (role, clients) = entry.split_once('x').expect("<role>x<clients>");
            let user = directory.add_user(provider, &format!("user{}", participants.len()));
            participants.push(Participant { user, role: number(role) });
            for client in 0..number(clients) {
                members.insert(directory.add_client(user, &format!("client{client}")));
            }
        }
        match matter {
            "" => {}
            "somebody twice" => participants.push(participants[0]),
            "a client of nobody" => {
                let stranger = directory.add_user(provider, "stranger");
                members.insert(directory.add_client(stranger, "client"));
            }
            other => panic!("no such matter: {other}"),
        }
        (directory, Standing { participants, ..self.0.clone() }, members)
    }
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}
