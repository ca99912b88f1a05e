//! INV-22: what a hub takes for sent has been sent, and what it has stamped it knows again.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{NodeId, RoomId, UserId};
use std::collections::BTreeSet;

/// Franking soundness (proto §5.4.1, §5.9): a report that the hub believes is about something that the accused has sent. It
/// remembers who has sent which content. Honest clients report what they have read; so a report of what the accused did send must
/// not be refuted either: nobody on the way has altered what it takes (PROTO-41).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct FrankingSound {
    said: BTreeSet<(RoomId, UserId, MessageId)>,
}

impl Invariant for FrankingSound {
    fn id(&self) -> &'static str {
        "INV-22"
    }

    fn statement(&self) -> &'static str {
        "a hub believes reports of what was sent, and no others"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match (fact, at.step.node) {
                (Fact::Said { room, content, .. }, NodeId::Client(client)) => {
                    self.said.insert((*room, at.directory.user_of(client), *content));
                }
                (Fact::AbuseJudged { room, accused, content, refuted }, _) => {
                    let is_so = self.said.contains(&(*room, *accused, *content));
                    let user = at.directory.user_uri(*accused);
                    tally.check(Some(at.step.n), is_so == refuted.is_none(), || match refuted {
                        None => {
                            format!("{room}: the hub believes that {user} sent {content:?}, and nobody did")
                        }
                        Some(why) => format!("{room}: {user} sent {content:?}, and the hub says: {why}"),
                    });
                }
                _ => {}
            }
        }
    }
}
