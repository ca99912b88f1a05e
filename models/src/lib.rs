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

mod check;
mod engine;
mod graph;
mod intern;
mod report;
mod room;
mod scope;
mod telling;
mod wall;
mod worlds;

pub use check::{Conditions, check, list};
pub use report::{CheckError, CheckReport, ModelInfo, Phase, Progress, PropertyReport, ScopeInfo, Unjudged};
pub use room::SetupError;
