//! What a run is made of and judged by: steps, views, trace, verdicts, invariants.
