//! Exhaustive models over the same nodes that the simulator drives.
//!
//! A model is one room of the drafts: providers and clients over symbolic MLS, every order of events within a named scope, with
//! lost and doubled packets and a crash of the hub where the scope has them. Two engines explore it: an exact, level by level
//! exploration of our own (`graph`), which gives the shortest counterexamples and answers whether a good end can still be
//! reached from everywhere, and stateright (`engine`). They must agree on the number of states and on each verdict.
//!
//! ```
//! let report = mimic_models::check("room", Some("leave-commit"), 1, Default::default(), &|_| ()).unwrap();
//! assert_eq!(report.verdict, mimic_record::Verdict::Held);
//! ```

#[cfg(not(madsim))]
compile_error!(
    "mimic-models needs `--cfg madsim`. The workspace's .cargo/config.toml sets it, but a RUSTFLAGS variable in the environment \
     replaces what is set there: unset it, or add the flag to it, as in RUSTFLAGS=\"--cfg madsim -Dwarnings\" (and likewise \
     RUSTDOCFLAGS for cargo doc)."
);

mod bridge;
mod catalogue;
mod check;
mod components;
mod compose;
mod conform;
mod digest;
mod distance;
mod engine;
mod explorer;
mod graph;
mod intern;
mod ladder;
mod limits;
mod livelock;
pub mod measure;
mod mutants;
mod node;
mod operation;
mod report;
mod room;
mod scope;
mod scopes;
mod shortest;
mod telling;
mod two_phase;
mod wall;
mod worlds;

pub use bridge::{Replay, Unplayable};
pub use catalogue::list;
pub use check::{Bounds, Conditions, check};
pub use compose::Composition;
pub use conform::{Deviation, End, Explained, Most, Seen, ServerLine, Why, Wish, conform, explain, mask};
pub use distance::{Distance, Distances, Spent, distance};
pub use explorer::explore;
pub use ladder::{Ladder, Place, Rung, Sign, Tip};
pub use limits::{CutOff, Engine, Limit, Limits};
pub use mutants::{CULPRITS, Culprit, Kill};
pub use report::{
    CheckError, CheckReport, KnownCounts, ModelInfo, Phase, Progress, PropertyInfo, PropertyReport,
    ScopeInfo, StepCount, Unjudged, Witnessed,
};
pub use room::{MlsEngine, SetupError};
