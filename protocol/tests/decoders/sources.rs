//! The tables against the sources: what decodes octets there stands in a table.

use mimic_protocol::decoders::SURFACES;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is read as a part of something else alone: the one proposal of a list.
const INNER: [&str; 1] = ["Proposal"];

fn tabled() -> BTreeSet<&'static str> {
    SURFACES.iter().flat_map(|surface| surface.decoders).map(|decoder| decoder.name).collect()
}

fn source(below: &str) -> Vec<(PathBuf, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(below);
    let files: Vec<PathBuf> = match path.is_dir() {
        true => fs::read_dir(&path)
            .expect("it can be listed")
            .map(|entry| entry.expect("a file").path())
            .collect(),
        false => vec![path],
    };
    let text = |file: PathBuf| (file.clone(), fs::read_to_string(file).expect("sources are text"));
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).map(text).collect()
}

/// The word that follows `before` in a line.
fn word_after<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    let rest = line.trim_start().strip_prefix(before)?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|word| !word.is_empty())
}

/// The types of a file that derive their decoder, have one of their own, or have the one of all self-delimiting objects.
fn wire_types(text: &str) -> Vec<&str> {
    let mut derives = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("#[derive") {
            derives = line.contains("TlsDeserializeBytes");
        }
        let named = word_after(line, "pub struct ").or_else(|| word_after(line, "pub enum "));
        found.extend(named.filter(|_| std::mem::take(&mut derives)));
        found.extend(word_after(line, "impl DeserializeBytes for "));
        let object = line.trim_start().strip_suffix("Bytes,").map(|_| line.trim_matches([' ', ',']));
        found.extend(object.filter(|_| text.contains("self_delimiting!(") && line.starts_with("    ")));
    }
    found
}

/// The types of a file whose own functions read octets.
fn reading_types(text: &str) -> Vec<&str> {
    let mut of = None;
    let mut found = Vec::new();
    for line in text.lines() {
        of = word_after(line, "impl ").or(of);
        let reads =
            ["pub fn decode(", "pub fn parse("].iter().any(|head| line.trim_start().starts_with(head));
        found.extend(of.filter(|_| reads));
    }
    found
}

fn assert_tabled(file: &Path, names: &[impl AsRef<str>]) {
    let tabled = tabled();
    for name in names.iter().map(AsRef::as_ref).filter(|name| !INNER.contains(name)) {
        assert!(tabled.contains(name), "{name} of {} stands in no table of src/decoders", file.display());
    }
}

#[test]
fn the_structs_of_the_wire_are_in_the_tables() {
    let mut found = 0;
    for (file, text) in source("wire") {
        let types = wire_types(&text);
        assert_tabled(&file, &types);
        found += types.len();
    }
    assert!(found > 90, "the walk has found {found} alone");
}

#[test]
fn the_readers_of_content_rooms_and_names_are_in_the_tables() {
    let mut found = 0;
    for (file, text) in ["content", "room", "uri.rs"].into_iter().flat_map(source) {
        let types = reading_types(&text);
        assert_tabled(&file, &types);
        found += types.len();
    }
    assert_eq!(found, 8, "the walk has found another number of readers");
}

#[test]
fn the_readers_of_frames_and_of_the_librarys_objects_are_in_the_tables() {
    let mut found = 0;
    for (file, text) in ["codec", "mls/open/codec.rs"].into_iter().flat_map(source) {
        let frames = text
            .lines()
            .filter_map(|line| word_after(line, "pub fn "))
            .filter(|name| name.starts_with("decode"));
        let takes_octets = |line: &&str| line.contains("octets: &[u8]");
        let objects = text.lines().filter(takes_octets).filter_map(|line| word_after(line, "pub(super) fn "));
        let names: Vec<String> = frames.map(str::to_owned).chain(objects.map(str::to_uppercase)).collect();
        assert_tabled(&file, &names);
        found += names.len();
    }
    assert_eq!(found, 12, "the walk has found another number of readers");
}
