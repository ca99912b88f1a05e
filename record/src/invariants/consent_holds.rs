//! INV-23: nobody gets key packages of a user who has not consented to that.

use crate::{Event, Invariant, Tally, Transition};
use mimic_protocol::node::{ConsentScope, Fact};
use mimic_protocol::readings::ConsentPrecedence;
use mimic_protocol::{NodeId, Readings, RoomId, UserId};

/// Consent (proto §5.2, §5.7, §8), at providers that ask for it. It remembers what each user has said, in order; what was said of a
/// room counts before what was said of any, unless the last word counts (OPEN-11).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ConsentHolds {
    precedence: ConsentPrecedence,
    said: Vec<(ConsentScope, bool)>,
}

impl ConsentHolds {
    /// With these readings.
    pub fn under(readings: &Readings) -> Self {
        Self { precedence: readings.consent_precedence, said: Vec::new() }
    }
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
                    self.said.retain(|(other, _)| other != scope);
                    self.said.push((*scope, *granted));
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
        let [here, anywhere] = [Some(room), None].map(|room| ConsentScope { requester, target, room });
        let last = |scopes: &[ConsentScope]| {
            self.said.iter().rev().find(|(scope, _)| scopes.contains(scope)).map(|(_, granted)| *granted)
        };
        let counts = match self.precedence {
            ConsentPrecedence::RoomFirst => last(&[here]).or_else(|| last(&[anywhere])),
            ConsentPrecedence::LastWord => last(&[here, anywhere]),
        };
        counts == Some(true)
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
