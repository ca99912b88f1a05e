//! What a run is made of and judged by: steps, views, the trace and its digest, verdicts, and one check per invariant.
//!
//! The simulator, the models and the analysis all speak in these terms. A run is a list of [`Step`]s. Each names the node
//! that it touched, what the node was given, what it observed, and the [`NodeView`] of the node after it, where that
//! changed. Invariants are pure checks over steps and views; what they remember is a value, so that a model can make it a
//! part of its state.

pub mod alpha;
mod change;
mod invariant;
pub mod invariants;
mod step;
mod trace;
mod verdict;
mod view;

pub use change::{HubChange, SeatChange, StandingDigest, ViewChange};
pub use invariant::{Invariant, Transition};
pub use step::{Cause, Event, Step};
pub use trace::{Digest, Header, Trace, TraceError};
pub use verdict::{Finding, InvariantVerdict, Judgement, Tally, Verdict};
pub use view::{ClientView, FollowerView, HubView, NodeView, SeatView, Views};
