//! A node's twin over OpenMLS: the same code, given the same, with real keys.
//!
//! A step of the model runs the node over symbolic MLS, and its twin beside it. The twin must do the same: send as much, to the same
//! nodes, in the same order, observe the same, and look the same (α), but for the names that only octets decide. That those in one
//! epoch are those in one epoch over symbolic MLS is asked of each state ([`super::Room`]). A twin that has done something else than
//! its node has *parted* with it: that is a violation, and the twin is not followed any further.
//!
//! The library's hash maps and its clock reach its octets: each step runs on a fresh thread and in a simulated world of its
//! own, so that equal situations give equal octets.

use super::ROOM;
use crate::conform::{Names, Why, told, value};
use crate::digest::digest;
use crate::node::{Node, persist};
use madsim::Config;
use madsim::runtime::Runtime;
use mimic_protocol::mls::open::{OpenMls, RealCrypto, on_fresh_thread};
use mimic_protocol::mls::{Entropy, Writes};
use mimic_protocol::node::{Cells, Fact, Input, Output};
use mimic_protocol::{NodeConfig, NodeId};
use mimic_record::NodeView;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::sync::{Arc, Mutex, PoisonError};

/// A node over OpenMLS.
type Real = Node<OpenMls<RealCrypto>>;

/// The twin of a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Twin {
    /// It has done what its node has.
    Together {
        /// It.
        node: Arc<Frozen>,
        /// What is durable; none if it cannot crash any more.
        disk: Option<Arc<Cells>>,
    },
    /// It has done something else: what.
    Parted(Arc<str>),
}

/// A node over OpenMLS between two steps. Two are the same if all that is stored in them is.
#[derive(Debug)]
pub(super) struct Frozen {
    /// Locked, because the library's types are none to look at from two threads at once.
    node: Mutex<Real>,
    epoch: Epoch,
    digest: [u8; 32],
}

/// Which epoch a node is in, as real MLS says it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Epoch {
    /// The digest of the GroupContext.
    pub context: Option<u64>,
    /// What the members of the epoch have in common, and nobody else; none of a server, which has no secret.
    pub authenticator: Option<Vec<u8>>,
}

impl Twin {
    /// The twin of a node that has never run.
    pub fn new(config: &Arc<NodeConfig>, id: NodeId, entropy: Entropy, can_crash: bool) -> Self {
        match undisturbed(|| Frozen::new(Real::new(config, id, entropy))) {
            Ok(node) => Self::Together { node: Arc::new(node), disk: can_crash.then(Arc::default) },
            Err(why) => Self::Parted(why.into()),
        }
    }

    /// The same without its disk, which nothing will read any more.
    pub fn without_disk(&self) -> Self {
        match self {
            Self::Together { node, .. } => Self::Together { node: node.clone(), disk: None },
            Self::Parted(why) => Self::Parted(why.clone()),
        }
    }

    /// Which epoch it is in, unless it has parted with its node.
    pub fn epoch(&self) -> Option<&Epoch> {
        match self {
            Self::Together { node, .. } => Some(&node.epoch),
            Self::Parted(_) => None,
        }
    }

    /// Handles what its node was given. `done` is what the node has sent and observed, and how it looks now. None, if it is not followed any further.
    pub fn follow(
        &mut self,
        entropy: Entropy,
        input: Option<Input>,
        done: (&[Output], &NodeView),
    ) -> Option<Vec<Output>> {
        let Self::Together { node, disk } = self else { return None };
        let (node, disk) = (node.clone(), disk.clone());
        let followed = input
            .ok_or_else(|| "what it is given has no counterpart over OpenMLS".to_owned())
            .and_then(|input| undisturbed(|| node.step(entropy, input)))
            .and_then(|(node, outputs)| {
                compare(done, (&outputs, &node.view())).map_err(|why| tell(&why))?;
                Ok((Frozen::new(node), outputs))
            });
        match followed {
            Ok((node, outputs)) => {
                *self = Self::Together { node: Arc::new(node), disk };
                Some(outputs)
            }
            Err(why) => {
                *self = Self::Parted(why.into());
                None
            }
        }
    }

    /// Makes a record durable.
    pub fn persist(&mut self, writes: &Writes) {
        if let Self::Together { disk: Some(disk), .. } = self {
            persist(Arc::make_mut(disk), writes);
        }
    }

    /// Comes back after a crash, by what is durable.
    pub fn crash(&mut self, config: &Arc<NodeConfig>) {
        let Self::Together { node, disk: Some(disk) } = self else { return };
        let id = node.locked(Real::id);
        let recover = || Real::recover(config, id, disk, Entropy([0; 32])).map(Frozen::new);
        match undisturbed(recover).map(|back| back.map_err(|error| error.to_string())) {
            Ok(Ok(back)) => *node = Arc::new(back),
            Ok(Err(why)) | Err(why) => *self = Self::Parted(why.into()),
        }
    }
}

impl Frozen {
    fn new(node: Real) -> Self {
        let (epoch, digest) = (Epoch::of(&node), digest("mimic model twin", &node));
        Self { node: Mutex::new(node), epoch, digest }
    }

    fn step(&self, entropy: Entropy, input: Input) -> (Real, Vec<Output>) {
        let mut node = self.locked(Real::clone);
        let mut outputs = node.handle(0, entropy, input);
        outputs.retain(|output| !matches!(output, Output::Observe(Fact::Learnt(_))));
        (node, outputs)
    }

    fn locked<R>(&self, look: impl FnOnce(&Real) -> R) -> R {
        look(&self.node.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PartialEq for Frozen {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Frozen {}

impl Hash for Frozen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl Epoch {
    fn of(node: &Real) -> Self {
        let context = context_of(&node.view());
        let authenticator = match node {
            Node::Client(client) => client.group(ROOM).map(|group| group.epoch_authenticator()),
            Node::Provider(_) => None,
        };
        Self { context, authenticator }
    }
}

/// The digest of the GroupContext of the epoch that a node is in; none of a follower, which has no group.
pub(super) fn context_of(view: &NodeView) -> Option<u64> {
    match view {
        NodeView::Provider { hosted, .. } => hosted.get(&ROOM).map(|hub| hub.context),
        NodeView::Client(client) => client.seats.get(&ROOM).and_then(|seat| seat.context),
    }
}

/// Whether those that are in one epoch are those that real MLS says are. Each stands with the digest of its GroupContext over symbolic
/// MLS: one over OpenMLS corresponds to it, and so does one epoch authenticator, where there are secrets.
pub(super) fn are_together(places: &[(Option<u64>, &Epoch)]) -> bool {
    let pairs =
        places.iter().enumerate().flat_map(|(n, one)| places[..n].iter().map(move |other| (one, other)));
    pairs.into_iter().all(|((one, real), (other, other_real))| {
        let have_secrets = real.authenticator.is_some() && other_real.authenticator.is_some();
        let is_same = one == other;
        is_same == (real.context == other_real.context)
            && (!have_secrets || is_same == (real.authenticator == other_real.authenticator))
    })
}

/// Whether the twin has done what its node has, but for names.
fn compare(
    (symbolic, view): (&[Output], &NodeView),
    (real, real_view): (&[Output], &NodeView),
) -> Result<(), Why> {
    let mut names = Names::default();
    if symbolic.len() != real.len()
        || !symbolic.iter().zip(real).all(|(symbolic, real)| are_alike(symbolic, real))
    {
        let [recorded, expected] = [real, symbolic].map(|outputs| value(&outlines(outputs)).to_string());
        return Err(Why::Differs { field: "sent".to_owned(), recorded, expected });
    }
    names.match_up("facts", &told(&facts(real)), &told(&facts(symbolic)))?;
    names.match_up("view", &value(real_view), &value(view))
}

fn tell(why: &Why) -> String {
    match why {
        Why::NotEnabled(what) => what.clone(),
        Why::Differs { field, recorded, expected } => {
            format!("{field} is {recorded}, and over symbolic MLS {expected}")
        }
    }
}

fn facts(outputs: &[Output]) -> Vec<Fact> {
    let observed = |output: &Output| match output {
        Output::Observe(fact) => Some(fact.clone()),
        _ => None,
    };
    outputs.iter().filter_map(observed).collect()
}

/// Whether the two are of one kind, for the same node and about the same.
fn are_alike(one: &Output, other: &Output) -> bool {
    match (one, other) {
        (
            Output::Send { to, exchange, request },
            Output::Send { to: to_other, exchange: of_other, request: other },
        ) => (to, exchange, discriminant(request)) == (to_other, of_other, discriminant(other)),
        (
            Output::Reply { to, exchange, response },
            Output::Reply { to: to_other, exchange: of_other, response: other },
        ) => (to, exchange, discriminant(response)) == (to_other, of_other, discriminant(other)),
        (Output::Wake { .. }, Output::Wake { .. }) => one == other,
        _ => discriminant(one) == discriminant(other),
    }
}

/// What leaves the node, and in which order, in words.
fn outlines(outputs: &[Output]) -> Vec<String> {
    let outline = |output: &Output| match output {
        Output::Send { to, exchange, request } => {
            format!("{} to {to} for {}", variant(request), exchange.origin)
        }
        Output::Reply { to, exchange, response } => {
            format!("{} to {to} for {}", variant(response), exchange.origin)
        }
        Output::Wake { timer, delay_ms } => format!("{timer:?} {delay_ms}"),
        Output::Persist(_) => "persists".to_owned(),
        Output::Observe(_) => "observes".to_owned(),
    };
    outputs.iter().map(outline).collect()
}

/// The name of what it is, without what is in it.
fn variant(of: &impl Debug) -> String {
    format!("{of:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Runs `work` where nothing but its inputs reaches it.
fn undisturbed<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, String> {
    let in_a_world = || Runtime::with_seed_and_config(0, Config::default()).block_on(async { work() });
    on_fresh_thread("twin", in_a_world).map_err(|error| format!("no thread can be started: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest over symbolic MLS, and that over OpenMLS with the authenticator.
    type Place = (Option<u64>, (Option<u64>, Option<u8>));

    fn together(places: &[Place]) -> bool {
        let epoch = |(context, secret): (Option<u64>, Option<u8>)| Epoch {
            context,
            authenticator: secret.map(|octet| vec![octet]),
        };
        let epochs: Vec<Epoch> = places.iter().map(|(_, real)| epoch(*real)).collect();
        let places: Vec<_> = places.iter().map(|(symbolic, _)| *symbolic).zip(&epochs).collect();
        are_together(&places)
    }

    #[test]
    fn those_in_one_epoch_are_those_with_one_authenticator() {
        let (hub, outside) = ((Some(1), (Some(10), None)), (None, (None, None)));
        let [here, there] = [(Some(1), (Some(10), Some(5))), (Some(2), (Some(20), Some(6)))];
        assert!(together(&[hub, here, here, there, outside, outside]));
        let none_of_it = [
            // One over symbolic MLS, and two over OpenMLS, by the context or by the secrets alone.
            (Some(1), (Some(11), Some(5))),
            (Some(1), (Some(10), Some(6))),
            // Two over symbolic MLS, and one over OpenMLS.
            (Some(2), (Some(10), Some(6))),
            (Some(2), (Some(20), Some(5))),
            (None, (Some(10), Some(6))),
        ];
        for wrong in none_of_it {
            assert!(!together(&[hub, here, wrong]), "{wrong:?}");
        }
    }
}
