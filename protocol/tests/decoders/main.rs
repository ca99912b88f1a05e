//! Every decoder that octets from outside reach: none is missing from the tables that fuzzing goes through.

mod sources;
