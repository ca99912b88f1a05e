//! INV-23: nobody gets key packages of a user who has not consented to that.

use crate::{Event, Invariant, Tally, Transition};
use mimic_protocol::node::{ConsentScope, Fact};
use mimic_protocol::{NodeId, RoomId, UserId};
use std::collections::BTreeMap;

/// Consent (proto §5.2, §5.7, §8), at providers that ask for it. It remembers what each user has said last, for each scope; what
/// was said of a room counts before what was said of any (OPEN-11).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ConsentHolds {
    said: BTreeMap<ConsentScope, bool>,
}

impl Invariant for ConsentHolds {
    fn id(&self) -> &'static str {
        "INV-23"
    }

    fn statement(&self) -> &'static str {
        "key packages go to those alone to whom their user has consented"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::ConsentGiven { scope, granted } => {
                    self.said.insert(*scope, *granted);
                    let target = at.directory.user_uri(scope.target);
                    tally.check(Some(at.step.n), is_of_target(at, scope), || {
                        format!("somebody else than {target} speaks for it about its consent")
                    });
                }
                Fact::HandedOut { client, to: (requester, room), by_consent: true, .. } => {
                    let target = at.directory.user_of(*client);
                    let holds = self.has_consented((*requester, target), *room);
                    tally.check(Some(at.step.n), holds, || {
                        let [requester, target] =
                            [*requester, target].map(|user| at.directory.user_uri(user));
                        format!(
                            "{requester} gets a key package for {room} of {target}, who has not consented"
                        )
                    });
                }
                _ => {}
            }
        }
    }
}

impl ConsentHolds {
    fn has_consented(&self, (requester, target): (UserId, UserId), room: RoomId) -> bool {
        let said = |room| self.said.get(&ConsentScope { requester, target, room }).copied();
        match said(Some(room)) {
            Some(here) => here,
            None => said(None) == Some(true),
        }
    }
}

/// Whether a device of the target has said it.
fn is_of_target(at: &Transition<'_>, scope: &ConsentScope) -> bool {
    match at.step.event {
        Event::Request(cause) => match cause.exchange.origin {
            NodeId::Client(client) => at.directory.user_of(client) == scope.target,
            NodeId::Provider(_) => false,
        },
        _ => false,
    }
}
