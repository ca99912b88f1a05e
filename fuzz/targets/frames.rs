//! Requests and answers between nodes.

#![no_main]

mimic_fuzz::target!("frames");
