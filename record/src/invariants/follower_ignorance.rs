//! INV-24: followers do not learn who sends, and nobody learns who is behind a pseudonym.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::ledger::{Knowledge, Lesson};
use mimic_protocol::node::Fact;
use mimic_protocol::{NodeId, ProviderId};

/// Follower ignorance (proto §5.3, §5.4.1, §6), as the metadata ledger has it: what a provider learns is what its inputs say, word for
/// word, and not what the checks know.
///
/// Three things are said of this invariant, and two of them are judged:
///
/// * *Never the sender of an application message.* The sendingUri is for the hub (PROTO-34): what a hub fans out has no place for it,
///   and the sender_uri that a stamp is made over is in the content, encrypted (§5.4.1.2, PROTO-42). So no provider but the room's
///   hub and the sender's own may learn from a message, from its authenticated data or from its stamp whose it is. Which
///   *provider* it came from a follower can guess where the hub does not send messages back, and from the times; that names no user.
///   A receiver that reports a message names its sender to the hub by way of its own provider (§5.9): that provider learns it, and
///   is not blamed, as it was told by somebody who knew.
/// * *Nobody behind a pseudonym.* In a room of minimal metadata no provider but the person's own learns who takes part (§6,
///   PROTO-74).
/// * *Neither roster nor handshake senders* holds with SemiPrivateMessage alone. No MLS library has that: handshakes are
///   PublicMessages here, which PROTO-32 allows, and show all of it. That half is not judged; the ledger tells what is learnt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct FollowerIgnorance;

impl Invariant for FollowerIgnorance {
    fn id(&self) -> &'static str {
        "INV-24"
    }

    fn statement(&self) -> &'static str {
        "no follower learns who of another provider has sent a message, and nobody else's provider who is behind a pseudonym"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        let NodeId::Provider(provider) = at.step.node else { return };
        for fact in &at.step.facts {
            let Fact::Learnt(lesson) = fact else { continue };
            if at.directory.provider_of(lesson.about) != provider {
                tally.check(Some(at.step.n), may_learn(at, provider, lesson), || told(at, provider, lesson));
            }
        }
    }
}

/// Whether a provider may learn this of a user of another one.
fn may_learn(at: &Transition<'_>, provider: ProviderId, lesson: &Lesson) -> bool {
    match lesson.what {
        Knowledge::Message => lesson.room.is_some_and(|room| at.directory.hub_of(room) == provider),
        Knowledge::Person => false,
        Knowledge::Listed
        | Knowledge::Leaf
        | Knowledge::Devices
        | Knowledge::Handshake
        | Knowledge::Receipt
        | Knowledge::Joining
        | Knowledge::Wanted
        | Knowledge::Adding
        | Knowledge::Consent
        | Knowledge::Query
        | Knowledge::Found
        | Knowledge::Asset
        | Knowledge::Reporter
        | Knowledge::Accused
        | Knowledge::Address => true,
    }
}

fn told(at: &Transition<'_>, provider: ProviderId, lesson: &Lesson) -> String {
    let (provider, user) = (at.directory.provider_uri(provider), at.directory.user_uri(lesson.about));
    let room = lesson.room.map_or(String::new(), |room| format!("{room}: "));
    match lesson.what {
        Knowledge::Person => format!("{room}{provider} learns that {user} is behind a pseudonym"),
        _ => format!("{room}{provider}, which is not the hub, learns that {user} has sent a message"),
    }
}
