//! The policy against tables that people can read: `<who> <does what> -> allowed | denied(<why>)`.
//!
//! The tables are the text files beside this one. `#` begins a comment; a line that begins with `with` or `without` changes
//! the room for the lines below it, and `reset` takes all such changes back. The room is the cooperative one of
//! room-policy A.1, with two users for each of the roles 1 to 5, and an outsider who is not in the list. All have two clients,
//! which are members of the group, except those of the roles 1 and 5 and the outsider.

mod beside;
mod constraints;
mod content;
mod edits;
mod example_rooms;
mod examples;
mod readings;
mod table;
mod ways_in;
mod world;

use mimic_protocol::policy::{authorise, may_send};
use table::{Verdict, rows};
use world::World;

fn judge(world: &World, row: &str) -> Verdict {
    let change = world.change(row);
    Verdict::of(authorise(&world.directory, &world.standing, &world.members, &change))
}

fn run(text: &str) {
    let mut world = World::cooperative();
    for row in rows(text) {
        match row.verdict {
            None if row.text == "reset" => world = World::cooperative(),
            None => world.set(row.text),
            Some(verdict) => assert_eq!(judge(&world, row.text), verdict, "line {}: {}", row.line, row.text),
        }
    }
}

#[test]
fn adding() {
    run(include_str!("adding.txt"));
}

#[test]
fn removing() {
    run(include_str!("removing.txt"));
}

#[test]
fn changing_roles() {
    run(include_str!("changing_roles.txt"));
}

#[test]
fn changing_policy() {
    run(include_str!("changing_policy.txt"));
}

#[test]
fn joining() {
    run(include_str!("joining.txt"));
}

#[test]
fn sending() {
    let mut world = World::cooperative();
    for row in rows(include_str!("sending.txt")) {
        let Some(verdict) = row.verdict else {
            world.set(row.text);
            continue;
        };
        let allowed = may_send(&world.standing, world.user(row.text));
        assert_eq!(allowed, verdict == Verdict::allowed(), "line {}: {}", row.line, row.text);
    }
}
