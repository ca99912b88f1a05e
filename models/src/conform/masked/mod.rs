//! Conformance of a run of which only the servers' logs are visible: whether hidden clients can have done what explains them.
//!
//! This is a subset construction: all worlds that explain the lines so far are kept; for each line each of them does what may have happened
//! unseen before it, and those in which the servers come to something else are given up. If none is left, the run is none of these nodes.
//!
//! Hidden steps are taken late. Clients have to do with one another by messages through servers alone, and servers hide nothing:
//! what a client does unseen matters only once a line handles what it has sent. Until then its steps can wait, whatever the
//! others do. So a world is the servers, and apart from that, for each client, the ways in which it may be (`candidate`); a line that shows
//! something of one client is asked of that client's ways alone (`situations`).

mod candidate;
mod drawing;
mod line;
mod local;
mod mail;
mod server;
mod situations;
mod surroundings;

use super::Why;
use candidate::{Candidate, Frame};
pub use line::{Seen, ServerLine, Wish, mask};
use mimic_protocol::{NodeConfig, NodeId};
use situations::TooMany;
use std::collections::BTreeMap;
use std::sync::Arc;
use surroundings::Wishes;

/// So many worlds, and situations of each client, are kept where one looks at the likeliest alone: those in which the least has gone wrong.
const LIKELIEST: usize = 40;

/// How much is kept at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Most {
    /// Candidates: worlds, and in each the situations of clients.
    pub candidates: usize,
    /// Situations of one client that are looked at for one line.
    pub closure: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { candidates: 10_000, closure: 10_000 }
    }
}

/// What has become of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explained {
    /// How it ended.
    pub end: End,
    /// How many lines were explained.
    pub lines: u64,
    /// How many hidden steps the explanation with the fewest has.
    pub hidden_steps: u64,
    /// How many worlds were kept at a time, at the most.
    pub worlds: usize,
    /// How many situations of clients were kept at a time, in all worlds together, at the most.
    pub situations: usize,
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// There is an explanation.
    Conforms,
    /// There is none for this step.
    Deviates {
        /// The step.
        step: u64,
        /// What has excluded the candidates that came closest.
        why: Vec<Why>,
    },
    /// There are more candidates than one keeps.
    TooMany {
        /// At this step.
        step: u64,
    },
}

/// Whether something explains the lines. The likeliest worlds are looked at first: one that explains everything is enough. That
/// none does is said only where all were looked at.
pub fn explain(
    config: &Arc<NodeConfig>,
    ahead_ms: &BTreeMap<NodeId, i64>,
    (lines, wishes): (&[ServerLine], &[Wish]),
    most: Most,
) -> Explained {
    let frame = |likeliest| Frame {
        config: config.clone(),
        ahead_ms: ahead_ms.clone(),
        wishes: Wishes::of(config.directory(), wishes),
        most: most.closure,
        likeliest,
    };
    let look = |likeliest| Search::new(config, most).run(&frame(likeliest), lines);
    let likely = look(Some(LIKELIEST));
    if likely.end == End::Conforms { likely } else { look(None) }
}

/// A subset construction under way.
struct Search {
    candidates: Vec<Candidate>,
    most: Most,
    explained: Explained,
}

impl Search {
    fn new(config: &NodeConfig, most: Most) -> Self {
        let explained = Explained { end: End::Conforms, lines: 0, hidden_steps: 0, worlds: 0, situations: 0 };
        Self { candidates: vec![Candidate::new(config)], most, explained }
    }

    fn run(mut self, frame: &Frame, lines: &[ServerLine]) -> Explained {
        for line in lines {
            if let Err(end) = self.take(frame, line) {
                self.explained.end = end;
                break;
            }
            self.explained.lines += 1;
        }
        let steps = self.candidates.iter().map(Candidate::hidden_steps);
        Explained { hidden_steps: steps.min().unwrap_or_default(), ..self.explained }
    }

    fn take(&mut self, frame: &Frame, line: &ServerLine) -> Result<(), End> {
        let (mut kept, mut excluded): (Vec<Candidate>, Vec<Why>) = (Vec::new(), Vec::new());
        for candidate in std::mem::take(&mut self.candidates) {
            let too_many = |TooMany| End::TooMany { step: line.step };
            let (after, why) = candidate.after(frame, line).map_err(too_many)?;
            for world in after {
                if !kept.iter_mut().any(|known| known.join(&world)) {
                    kept.push(world);
                }
            }
            excluded.extend(why);
        }
        if kept.is_empty() {
            return Err(End::Deviates { step: line.step, why: closest(excluded) });
        }
        if let Some(likeliest) = frame.likeliest {
            kept.sort_by_key(Candidate::mishaps);
            kept.truncate(likeliest);
        }
        let situations = kept.iter().map(Candidate::situations).sum();
        self.explained.worlds = self.explained.worlds.max(kept.len());
        self.explained.situations = self.explained.situations.max(situations);
        self.candidates = kept;
        if frame.likeliest.is_none() && situations > self.most.candidates {
            return Err(End::TooMany { step: line.step });
        }
        Ok(())
    }
}

/// So many reasons are told.
const REASONS: usize = 3;

/// The reasons of those that came closest: of those that could take the step, if there were any.
fn closest(excluded: Vec<Why>) -> Vec<Why> {
    let could = excluded.iter().any(|why| matches!(why, Why::Differs { .. }));
    let mut closest: Vec<Why> = Vec::new();
    for why in excluded.into_iter().filter(|why| !could || matches!(why, Why::Differs { .. })) {
        if closest.len() < REASONS && !closest.contains(&why) {
            closest.push(why);
        }
    }
    closest
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::node::{Action, Call, Exchange, Fact, Intent, IntentId};
    use mimic_protocol::{ClientId, Directory, Planted, ProviderId, Readings, RoomId};

    const CLIENT: ClientId = ClientId(0);
    const ROOM: RoomId = RoomId(0);

    fn config() -> Arc<NodeConfig> {
        let mut directory = Directory::default();
        let hub = directory.add_provider("a.example");
        let alice = directory.add_user(hub, "alice");
        directory.add_client(alice, "phone");
        directory.add_room(hub, "clubhouse");
        NodeConfig::new(Arc::new(directory), Readings::default(), Planted::default())
    }

    fn line(step: u64, seen: Seen, facts: Vec<Fact>) -> ServerLine {
        let given_us = 1_000 * step;
        ServerLine { step, provider: ProviderId(0), given_us, left_us: given_us, seen, facts }
    }

    fn request(call: Call) -> Seen {
        Seen::Request(Exchange { origin: CLIENT.into(), call }, CLIENT.into())
    }

    /// Alice's client publishes key packages, and opens the room that she has told it to create at this time.
    fn opened(told_us: u64, lines: &[ServerLine]) -> End {
        let intent = Intent { id: IntentId(0), room: ROOM, action: Action::Create };
        let wishes = [Wish { client: CLIENT, told_us, intent }];
        explain(&config(), &BTreeMap::new(), (lines, &wishes), Most::default()).end
    }

    fn lines() -> [ServerLine; 3] {
        let opens = line(9, request(Call::Open(ROOM)), vec![Fact::Opened { room: ROOM }]);
        [line(1, Seen::Start, Vec::new()), line(5, request(Call::Publish), Vec::new()), opens]
    }

    fn deviates_at(end: &End) -> Option<u64> {
        match end {
            End::Deviates { step, .. } => Some(*step),
            End::Conforms | End::TooMany { .. } => None,
        }
    }

    #[test]
    fn what_a_client_must_have_done_is_found() {
        assert_eq!(opened(7_000, &lines()), End::Conforms);
        // The key packages may be lost, and so may any answer; they may come again.
        let [start, publish, opens] = lines();
        assert_eq!(opened(7_000, &[start.clone(), opens.clone()]), End::Conforms);
        let again = ServerLine { step: 12, given_us: 12_000, ..publish.clone() };
        assert_eq!(opened(7_000, &[start, publish, opens, again]), End::Conforms);
    }

    #[test]
    fn nothing_is_wanted_before_it_is_said_and_nothing_is_made_up() {
        assert_eq!(deviates_at(&opened(9_500, &lines())), Some(9));
        let [start, publish, opens] = lines();
        let joins = line(6, request(Call::Update(ROOM)), Vec::new());
        assert_eq!(deviates_at(&opened(7_000, &[start.clone(), publish.clone(), joins])), Some(6));
        let fact = ServerLine { facts: Vec::new(), ..opens };
        assert_eq!(deviates_at(&opened(7_000, &[start, publish.clone(), fact])), Some(9));
        // A server that has not begun handles nothing.
        assert_eq!(deviates_at(&opened(7_000, &[publish])), Some(5));
    }
}
