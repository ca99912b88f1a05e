//! Traces to metrics, causal graphs and plots.
