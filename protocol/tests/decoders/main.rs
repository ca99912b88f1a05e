//! Every decoder that octets from outside reach: none is missing from the tables that fuzzing goes through, each takes its
//! seeds, and none alters what it takes or panics at what is made of them.

mod seeds;
mod sources;
