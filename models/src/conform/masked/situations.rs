//! All ways in which one hidden client may be, and what it may have done unseen by the time a line shows something of it.

use super::local::{Local, Sent};
use super::surroundings::Surroundings;
use mimic_protocol::NodeId;
use mimic_protocol::node::{Call, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ways in which a client may be, none of which covers another.
#[derive(Clone, Debug)]
pub(super) struct Situations(Vec<Arc<Local>>);

/// So many times the likeliest are searched for them.
const SEARCHED: usize = 20;

/// There are more of them than one looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMany;

/// What a line shows of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    /// A request that arrives there.
    Request(Call, NodeId),
    /// Its answer to what is delivered to it.
    Reply,
}

/// What has come of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    /// This request.
    Request(Arc<Sent>),
    /// This answer.
    Reply(Response),
}

impl Situations {
    /// Of a client that has never run.
    pub fn new() -> Self {
        Self(vec![Arc::new(Local::new())])
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether an answer to what this line has handled may still be waited for.
    pub fn await_answer(&self, call: Call, line: u64) -> bool {
        self.0.iter().any(|local| local.awaits(call, line))
    }

    /// How many steps the client has taken unseen, at the least.
    pub fn steps(&self) -> u64 {
        self.0.iter().map(|local| local.steps).min().unwrap_or_default()
    }

    /// How much has gone wrong with the client, at the least.
    pub fn mishaps(&self) -> u64 {
        self.0.iter().map(|local| local.mishaps).min().unwrap_or_default()
    }

    /// So many of the likeliest of them.
    fn likeliest(mut self, likeliest: usize) -> Self {
        self.0.sort_by_key(|local| (local.mishaps, local.steps));
        self.0.truncate(likeliest);
        self
    }

    /// The same after its provider has handed it something else.
    pub fn handed_another(&self) -> Self {
        self.0.iter().map(|local| local.handed_another()).collect()
    }

    /// These and the others.
    pub fn with(&self, others: &Self) -> Self {
        self.0.iter().chain(&others.0).map(|local| Local::clone(local)).collect()
    }

    /// Whether these are the same as the others.
    pub fn are(&self, others: &Self) -> bool {
        let covered = |one: &Arc<Local>, by: &Self| {
            by.0.iter().any(|other| Arc::ptr_eq(other, one) || other.covers(one))
        };
        self.0.len() == others.0.len()
            && self.0.iter().all(|one| covered(one, others))
            && others.0.iter().all(|one| covered(one, self))
    }

    /// Everything that the client may show by this sign in this line, each with the ways in which it may be then. What it does after
    /// that is left for later: nothing that it can do now it cannot do then.
    pub fn closure(
        &self,
        sign: Sign,
        line: u64,
        around: &Surroundings<'_>,
        most: usize,
    ) -> Result<Vec<(Shown, Self)>, TooMany> {
        let mut search = Search { sign, line, seen: Seen::default(), ends: Vec::new() };
        let mut queue: Vec<Arc<Local>> = Vec::new();
        for local in &self.0 {
            search.note(local, None);
            queue.extend(search.seen.insert(local.clone()));
        }
        let mut next = 0;
        while let Some(local) = queue.get(next).cloned() {
            next += 1;
            if around.likeliest.is_some() && search.is_over(&local) {
                continue;
            }
            for act in local.acts(around) {
                let Some(after) = local.after(act, around).map(Arc::new) else { continue };
                let Some(after) = search.seen.insert(after) else { continue };
                search.note(&after, Some(&local));
                queue.push(after);
            }
            match around.likeliest {
                None if queue.len() > most => return Err(TooMany),
                Some(likeliest) if queue.len() > SEARCHED * likeliest => break,
                _ => {}
            }
        }
        let ends =
            search.ends.into_iter().map(|(shown, locals)| (shown, locals.into_iter().collect::<Self>()));
        let kept = |all: Self| match around.likeliest {
            Some(likeliest) => all.likeliest(likeliest),
            None => all,
        };
        Ok(ends.map(|(shown, all)| (shown, kept(all))).collect())
    }
}

impl FromIterator<Local> for Situations {
    fn from_iter<I: IntoIterator<Item = Local>>(locals: I) -> Self {
        let mut seen = Seen::default();
        let kept: Vec<Arc<Local>> =
            locals.into_iter().filter_map(|local| seen.insert(Arc::new(local))).collect();
        let is_covered = |(n, one): (usize, &Arc<Local>)| kept[n + 1..].iter().any(|later| later.covers(one));
        Self(kept.iter().enumerate().filter(|each| !is_covered(*each)).map(|(_, one)| one.clone()).collect())
    }
}

/// A search for all that may be shown.
struct Search {
    sign: Sign,
    line: u64,
    seen: Seen,
    ends: Vec<(Shown, Vec<Local>)>,
}

impl Search {
    /// Notes what the client may show as it is now, and could not before, or not as part of the try that it waits in.
    fn note(&mut self, local: &Arc<Local>, before: Option<&Arc<Local>>) {
        match self.sign {
            Sign::Request(call, to) => {
                let known = |sent: &Arc<Sent>| {
                    let before = before.filter(|before| before.requests(call, to).contains(sent));
                    before.is_some_and(|before| {
                        local.asks(sent).is_none_or(|lines| before.asks(sent) == Some(lines))
                    })
                };
                for sent in local.requests(call, to).into_iter().filter(|sent| !known(sent)) {
                    let after = local.handled_by(self.line, &sent);
                    self.end(Shown::Request(sent), after);
                }
            }
            Sign::Reply => {
                for reply in local.replies() {
                    self.end(Shown::Reply(reply.clone()), Local::clone(local));
                }
            }
        }
    }

    fn end(&mut self, shown: Shown, local: Local) {
        match self.ends.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, locals)) => locals.push(local),
            None => self.ends.push((shown, vec![local])),
        }
    }

    /// Whether nothing more is to be learnt behind it.
    fn is_over(&self, local: &Local) -> bool {
        self.sign == Sign::Reply && !local.replies().is_empty()
    }
}

/// Those that were seen, by what they are but for what they can still do.
#[derive(Default)]
struct Seen(BTreeMap<u64, Vec<Arc<Local>>>);

impl Seen {
    /// Takes it up, unless one is there that covers it.
    fn insert(&mut self, local: Arc<Local>) -> Option<Arc<Local>> {
        let same = self.0.entry(local.digest()).or_default();
        if same.iter().any(|known| known.covers(&local)) {
            return None;
        }
        same.push(local.clone());
        Some(local)
    }
}
