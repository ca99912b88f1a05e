//! The seeds, `<surface> <decoder> <octets>` in each line of `seeds.txt`: from known answers and samples, and of the MLS
//! objects and frames from runs of a whole room. The fuzz targets begin with the same ones.

use mimic_protocol::decoders::{Decoder, SURFACES, Surface, Verdict};
use proptest::prelude::*;
use proptest::sample::Index;

fn seeds() -> impl Iterator<Item = (Surface, Decoder, Vec<u8>)> {
    include_str!("seeds.txt").lines().map(|line| {
        let [surface, decoder, hex] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let surface = Surface::named(surface).unwrap_or_else(|| panic!("there is no surface {surface}"));
        let known = surface.decoders.iter().find(|known| known.name == decoder);
        (surface, *known.unwrap_or_else(|| panic!("there is no decoder {decoder}")), octets(hex))
    })
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn each_decoder_takes_its_seeds() {
    for (surface, decoder, octets) in seeds() {
        assert_eq!(
            (decoder.read)(&octets),
            Verdict::Taken,
            "{} {}: {octets:02x?}",
            surface.name,
            decoder.name
        );
    }
}

#[test]
fn each_decoder_has_a_seed() {
    for surface in SURFACES {
        for decoder in surface.decoders {
            let has_one = seeds().any(|(of, one, _)| of.name == surface.name && one.name == decoder.name);
            assert!(has_one, "{} {} has no line in seeds.txt", surface.name, decoder.name);
        }
    }
}

#[test]
fn what_is_cut_off_is_never_altered() {
    for (surface, decoder, octets) in seeds() {
        for end in 0..octets.len() {
            let verdict = (decoder.read)(&octets[..end]);
            assert_ne!(verdict, Verdict::Altered, "{} {} at {end}", surface.name, decoder.name);
        }
    }
}

proptest! {
    #[test]
    fn what_is_damaged_is_never_altered(edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        for (surface, decoder, mut octets) in seeds() {
            for (at, octet) in &edits {
                let at = at.index(octets.len());
                octets[at] = *octet;
            }
            let verdict = (decoder.read)(&octets);
            prop_assert_ne!(verdict, Verdict::Altered, "{} {}: {:02x?}", surface.name, decoder.name, octets);
        }
    }

    #[test]
    fn octets_of_any_kind_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..96)) {
        for surface in SURFACES {
            for decoder in surface.decoders {
                let verdict = (decoder.read)(&octets);
                prop_assert_ne!(verdict, Verdict::Altered, "{} {}: {:02x?}", surface.name, decoder.name, octets);
            }
        }
    }
}
