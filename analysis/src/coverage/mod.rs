//! Which requirements of the drafts are checked, exercised, out of scope or missing.
//!
//! Three files say it, all in the repository's `spec/` and built into this crate: `requirements.toml`, what there is to
//! cover; `coverage.toml`, what covers it, kept by hand; `sightings.toml`, how often what can be observed was seen in which
//! scenario, kept by `mimic coverage --write`. The page `docs/coverage.md` is drawn from them.

mod page;
mod registry;
mod requirement;
mod sight;
mod sightings;
mod table;
mod ways;
mod witness;

pub use page::page;
pub use registry::{Check, Entry, Registry};
pub use requirement::{Catalogue, Draft, Requirement, Tag};
pub use sight::Sight;
pub use sightings::{Counts, Sightings};
pub use table::{Bar, Coverage, Row, Seen, State, Tally};
pub use witness::sights;

/// Why there is no table.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CoverageError {
    /// A data file is not what it should be.
    #[error("spec/{file}: {cause}")]
    Malformed {
        /// Its name.
        file: &'static str,
        /// Why.
        cause: toml::de::Error,
    },
    /// A tag is not one of S, L, E, P, M.
    #[error("spec/requirements.toml: {id} has the unknown tag {tag:?}")]
    UnknownTag {
        /// The requirement.
        id: String,
        /// The tag.
        tag: String,
    },
    /// Two requirements have one id.
    #[error("spec/requirements.toml: {id} stands there twice")]
    Twice {
        /// The id.
        id: String,
    },
    /// Something is said about a requirement that is not there.
    #[error("spec/coverage.toml: there is no requirement {id}")]
    UnknownRequirement {
        /// The id.
        id: String,
    },
    /// What is said about a requirement contradicts itself.
    #[error("spec/coverage.toml: {id} {what}")]
    Contradiction {
        /// The requirement.
        id: String,
        /// What is wrong.
        what: &'static str,
    },
}

/// The table as it stands in the repository.
pub fn current() -> Result<Coverage, CoverageError> {
    Coverage::new(&Catalogue::current()?, &Registry::current()?, &Sightings::current()?)
}
