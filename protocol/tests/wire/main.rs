//! The wire formats against known answers, against arbitrary octets, and against a real MLS engine's messages.

mod delimiting;
mod http;
mod known_answers;
mod log_samples;
mod policy_components;
mod policy_samples;
mod round_trips;
mod samples;
