//! Tests of the engine over openmls, in both kinds of cryptography.

mod crypto;
mod kv;
mod script;
