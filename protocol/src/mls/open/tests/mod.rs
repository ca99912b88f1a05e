//! Tests of the engine over openmls, in both kinds of cryptography.

/// Runs generic test functions with each kind of cryptography.
macro_rules! in_both {
    ($($name:ident)*) => {
        mod real {
            $(#[test] fn $name() { super::$name::<super::RealCrypto>(); })*
        }
        mod fast {
            $(#[test] fn $name() { super::$name::<super::InsecureFastCrypto>(); })*
        }
    };
}
use in_both;

mod crypto;
mod kv;
mod pseudonyms;
mod rejections;
mod script;
mod servers;
mod stories;
mod world;
