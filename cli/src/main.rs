//! The mimic command.

fn main() {}
