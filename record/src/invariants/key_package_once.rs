//! INV-14: a key package serves once, but for one of last resort when all others are gone, and in its lifetime alone.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{KeyPackageRef, Lifetime, Proposed};
use mimic_protocol::node::{Accepted, Fact};
use std::collections::BTreeSet;

/// Key packages are used once (proto §5.2, RFC 9420 §10 and §16.8). It remembers which were handed out and which added a client.
///
/// One of last resort may come again, and only when the client has no other left (mls-extensions §6.4). That there are any is a
/// reading (OPEN-10): with `last-resort = forbidden` no client marks one, and the rule has no exception.
///
/// A provider gives none whose lifetime is over (PROTO-25), and whoever makes a commit uses none outside of it (MLS-16), each by its
/// own clock.
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
        "a key package is handed out once and used once, or is the last resort, and within its lifetime"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        let n = Some(at.step.n);
        for fact in &at.step.facts {
            Self::within_lifetime(at, fact, tally);
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

impl KeyPackageOnce {
    fn within_lifetime(at: &Transition<'_>, fact: &Fact, tally: &mut Tally) {
        let n = Some(at.step.n);
        match fact {
            Fact::HandedOut { client, lifetime: (lifetime, now_s), .. } => {
                tally.check(n, *now_s <= lifetime.not_after_s, || {
                    let client = at.directory.client_uri(*client);
                    format!(
                        "a key package of {client} is handed out at {now_s} s, after {} s",
                        lifetime.not_after_s
                    )
                });
            }
            Fact::KeyPackageUsed {
                room, lifetime: (Lifetime { not_before_s, not_after_s }, now_s), ..
            } => {
                tally.check(n, (not_before_s..=not_after_s).contains(&now_s), || {
                    format!(
                        "{room}: a key package is used at {now_s} s that is valid from {not_before_s} to {not_after_s} s"
                    )
                });
            }
            _ => {}
        }
    }
}
