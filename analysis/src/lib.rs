//! Traces to metrics, causal graphs and plots, and what of the drafts is covered.

pub mod convergence;
pub mod coverage;
pub mod lag;
pub mod metrics;
mod observe;
pub mod plot;

pub use convergence::{ConvergenceFigure, ConvergenceLine, FaultBand};
pub use coverage::{Coverage, CoverageError};
pub use metrics::ConvergenceFigures;
pub use observe::convergence as observe;
pub use plot::{PlotError, render};
