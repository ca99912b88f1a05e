//! Which cryptography a run is made with.

/// The kinds of cryptography over real MLS. Both give the same protocol outcomes for the same scenario and seed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Crypto {
    /// Real primitives, seeded.
    #[default]
    Real,
    /// INSECURE stand-ins with the same interface, for simulation only.
    InsecureFast,
}

impl Crypto {
    /// Its name in the headers of traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::InsecureFast => "fast-insecure",
        }
    }
}
