//! Structs of the wire.

#![no_main]

mimic_fuzz::target!("wire");
