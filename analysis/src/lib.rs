//! Traces to metrics, causal graphs and plots.

pub mod convergence;
pub mod lag;
pub mod metrics;
mod observe;
pub mod plot;

pub use convergence::{ConvergenceFigure, ConvergenceLine, FaultBand};
pub use metrics::ConvergenceFigures;
pub use observe::convergence as observe;
pub use plot::{PlotError, render};
