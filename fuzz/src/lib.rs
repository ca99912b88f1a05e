//! What every fuzz target does: hands octets to a decoder, and holds its verdict and what it allocates against their bounds.

#![forbid(unsafe_code)]

pub use libfuzzer_sys;

use mimic_protocol::decoders::{Surface, Verdict};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The target over the surface of this name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
            $crate::run(&mimic_protocol::decoders::Surface::named($name).expect("a surface"), octets)
        });
    };
}

/// Hands the octets to the decoder that the first of them selects.
///
/// # Panics
///
/// If the decoder panics, alters what it is given, or allocates more than its surface allows.
pub fn run(surface: &Surface, octets: &[u8]) {
    let Some((decoder, octets)) = surface.select(octets) else { return };
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let verdict = (decoder.read)(octets);
    let allocated = ALLOCATED.peak_usage().saturating_sub(before);
    assert_ne!(verdict, Verdict::Altered, "{} alters {octets:02x?}", decoder.name);
    let most = surface.allocated_max(octets.len());
    assert!(allocated <= most, "{} allocates {allocated} octets for {octets:02x?}", decoder.name);
}
