//! What decoders allocate: no more than a multiple of what they are given, whatever the lengths in it promise.
//!
//! One test alone, since what is counted is what the whole process allocates.

use mimic_protocol::decoders::{SURFACES, Verdict};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Lengths that nothing stands behind, each in front of or after a few octets that a decoder may take for something else:
/// of a vector (RFC 9420 §2.1.2), of a text, an array or a map of CBOR, of a sequence of postcard, and of one of any kind.
const PROMISES: [&[u8]; 8] = [
    &[0xbf, 0xff, 0xff, 0xff],
    &[0x9b, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00],
    &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x5b, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00],
    &[0x7a, 0xff, 0xff, 0xff, 0xff],
    &[0xba, 0xff, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

fn seeds(surface: &str, decoder: &str) -> Vec<Vec<u8>> {
    let own = format!("{surface} {decoder} ");
    let octet =
        |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("an octet");
    let octets = |hex: &str| hex.as_bytes().chunks(2).map(octet).collect();
    include_str!("decoders/seeds.txt")
        .lines()
        .filter_map(|line| line.strip_prefix(&own))
        .map(octets)
        .collect()
}

#[test]
fn a_promise_of_gigabytes_costs_nothing() {
    let mut read = 0;
    for surface in SURFACES {
        for decoder in surface.decoders {
            for seed in seeds(surface.name, decoder.name) {
                for at in 0..=seed.len().min(200) {
                    for promise in PROMISES {
                        let octets = [&seed[..at], promise, &seed[at..]].concat();
                        ALLOCATED.reset_peak_usage();
                        let before = ALLOCATED.current_usage();
                        let verdict = (decoder.read)(&octets);
                        let allocated = ALLOCATED.peak_usage().saturating_sub(before);
                        let most = surface.allocated_max(octets.len());
                        assert!(allocated <= most, "{} allocates {allocated}: {octets:02x?}", decoder.name);
                        read += usize::from(verdict == Verdict::Refused);
                    }
                }
            }
        }
    }
    assert!(read > 10_000, "{read} promises were broken");
}
