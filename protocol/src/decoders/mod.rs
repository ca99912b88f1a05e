//! Every decoder that octets from outside reach, in tables: what the fuzz targets and the tests over all decoders go through.
//!
//! A test reads the sources and misses a decoder that stands in no table. `fuzz/README.md` says how to fuzz them.

mod content;
mod frames;
mod mls;
mod room;
mod wire;

pub use frames::world;

/// A decoder.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// The type that it gives, or what it is for.
    pub name: &'static str,
    /// Hands octets to it, and holds what it gives against them.
    pub read: fn(&[u8]) -> Verdict,
}

/// What a decoder makes of octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// They are refused.
    Refused,
    /// They are taken, and what they give is written and read as the same again.
    Taken,
    /// They are taken, and what they give is written as other octets, or read as something else: a defect.
    Altered,
}

/// Decoders on one way into a node.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// The fuzz target that it has.
    pub name: &'static str,
    /// The decoders.
    pub decoders: &'static [Decoder],
    /// For each octet of the input, a decoder allocates at most so many, both for what it gives and in between.
    pub growth: usize,
}

/// All of them.
pub const SURFACES: [Surface; 5] =
    [wire::SURFACE, content::SURFACE, frames::SURFACE, mls::SURFACE, room::SURFACE];

/// What any decoder may allocate, however little it is given: an error, a library's working space.
const OCTETS_ALWAYS: usize = 256 * 1024;

impl Surface {
    /// The surface of this name.
    pub fn named(name: &str) -> Option<Self> {
        SURFACES.into_iter().find(|surface| surface.name == name)
    }

    /// The decoder that the first octet selects, and the octets for it.
    pub fn select<'a>(&self, octets: &'a [u8]) -> Option<(Decoder, &'a [u8])> {
        let (selector, octets) = octets.split_first()?;
        Some((*self.decoders.get(usize::from(*selector) % self.decoders.len())?, octets))
    }

    /// How many octets a decoder may have allocated at any time while it reads `octets` of them.
    pub fn allocated_max(&self, octets: usize) -> usize {
        OCTETS_ALWAYS + octets * self.growth
    }
}

impl Verdict {
    /// The verdict on octets that a decoder has taken, if it has; `holds` says whether they stayed what they were.
    pub(crate) fn on<T, E>(read: Result<T, E>, holds: impl FnOnce(T) -> bool) -> Self {
        match read.map(holds) {
            Err(_) => Self::Refused,
            Ok(true) => Self::Taken,
            Ok(false) => Self::Altered,
        }
    }
}
