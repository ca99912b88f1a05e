//! A room's state.

#![no_main]

mimic_fuzz::target!("room");
