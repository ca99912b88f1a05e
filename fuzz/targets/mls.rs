//! Objects of the MLS engines.

#![no_main]

mimic_fuzz::target!("mls");
