//! INV-14: a key package serves once, but for one of last resort when all others are gone.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{KeyPackageRef, Proposed};
use mimic_protocol::node::{Accepted, Fact};
use std::collections::BTreeSet;

/// Key packages are used once (proto §5.2, RFC 9420 §10 and §16.8). It remembers which were handed out and which added a client.
///
/// One of last resort may come again, and only when the client has no other left (mls-extensions §6.4). That there are any is a
/// reading (OPEN-10): with `last-resort = forbidden` no client marks one, and the rule has no exception.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct KeyPackageOnce {
    handed_out: BTreeSet<KeyPackageRef>,
    of_last_resort: BTreeSet<KeyPackageRef>,
    used: BTreeSet<KeyPackageRef>,
}

impl Invariant for KeyPackageOnce {
    fn id(&self) -> &'static str {
        "INV-14"
    }

    fn statement(&self) -> &'static str {
        "a key package is handed out once and used once, or is the last resort"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        let n = Some(at.step.n);
        for fact in &at.step.facts {
            match fact {
                Fact::HandedOut { client, key_package, of_last_resort: true, others, .. } => {
                    self.of_last_resort.insert(*key_package);
                    tally.check(n, *others == 0, || {
                        let client = at.directory.client_uri(*client);
                        format!("the last resort of {client} is handed out while {others} others are left")
                    });
                }
                Fact::HandedOut { client, key_package, .. } => {
                    tally.check(n, self.handed_out.insert(*key_package), || {
                        let client = at.directory.client_uri(*client);
                        format!("a key package of {client} is handed out a second time")
                    });
                }
                Fact::Accepted { room, event: Accepted::Commit { proposals, .. }, .. } => {
                    for proposal in proposals {
                        let Proposed::Add(client, key_package) = proposal.body else { continue };
                        let once = self.used.insert(key_package);
                        tally.check(n, once || self.of_last_resort.contains(&key_package), || {
                            let client = at.directory.client_uri(client);
                            format!("{room}: {client} is added with a key package that was used before")
                        });
                    }
                }
                _ => {}
            }
        }
    }
}
