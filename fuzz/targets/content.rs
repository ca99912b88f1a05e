//! What users say to each other.

#![no_main]

mimic_fuzz::target!("content");
