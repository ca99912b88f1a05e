//! Traces to metrics, causal graphs and plots.

pub mod convergence;
pub mod lag;
pub mod metrics;
pub mod plot;

pub use convergence::{ConvergenceFigure, ConvergenceLine, FaultBand};
pub use metrics::ConvergenceFigures;
pub use plot::{PlotError, render};
