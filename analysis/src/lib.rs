//! Traces to metrics, causal graphs and plots, and what of the drafts is covered.

pub mod causal;
pub mod comparison;
pub mod convergence;
pub mod coverage;
pub mod epoch_tree;
pub mod exposure;
pub mod exposure_figure;
pub mod lag;
pub mod ledger;
pub mod metrics;
pub mod names;
mod observe;
pub mod plot;
pub mod story;
mod telling;

pub use causal::HappensBefore;
pub use comparison::ComparisonFigure;
pub use convergence::{ConvergenceFigure, ConvergenceLine, FaultBand};
pub use coverage::{Coverage, CoverageError};
pub use epoch_tree::EpochTree;
pub use exposure::{ExposureFigures, ExposureWindow};
pub use exposure_figure::ExposureFigure;
pub use ledger::{Ledger, LedgerEntry, LedgerLine};
pub use metrics::ConvergenceFigures;
pub use observe::convergence as observe;
pub use plot::{PlotError, render, render_comparison, render_exposure};
pub use story::{PastStep, Story, stories, told};
