//! Writes the octets that the decoders' test keeps into the corpora of the fuzz targets, where each begins with its selector.

use mimic_protocol::decoders::SURFACES;
use std::path::Path;
use std::{fs, io};

const SEEDS: &str = include_str!("../../protocol/tests/decoders/seeds.txt");

fn main() -> io::Result<()> {
    for surface in SURFACES {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(surface.name);
        fs::create_dir_all(&corpus)?;
        for (selector, decoder) in surface.decoders.iter().enumerate() {
            let own = format!("{} {} ", surface.name, decoder.name);
            let seeds = SEEDS.lines().filter_map(|line| line.strip_prefix(&own));
            for (number, hex) in seeds.enumerate() {
                let seed = [vec![selector as u8], octets(hex)].concat();
                fs::write(corpus.join(format!("{}-{number}", decoder.name)), seed)?;
            }
        }
    }
    Ok(())
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect()
}
