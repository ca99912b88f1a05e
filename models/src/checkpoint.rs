//! A search that is kept in a file, and gone on with from there.
//!
//! The file says how each state was come to, and not what it is: the states are made again by the same code, a step for each, in a
//! fraction of the time that it took to find them. So nothing of a node has a form in the file. It ends with a digest of all before it,
//! and says of which search it is and which build has written it: by another, the states would be others.

use crate::course::Course;
use crate::wall::Wall;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What the file begins with.
const FORMAT: &str = "mimic check 1";
/// How many octets a digest has.
const DIGEST: usize = 32;
/// So often a search is kept that goes on.
const EVERY_MS: u64 = 10 * 60 * 1_000;

/// What is in the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    format: String,
    /// Which build has written it: the digest of its program.
    build: [u8; DIGEST],
    /// Which search it is, in words.
    search: String,
    /// How many checks each invariant had made.
    pub checked: Vec<u64>,
    pub course: Course,
}

/// Why a file cannot be gone on with, or not be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refuses.
    #[error("{}: {why}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is no such file, or a damaged one.
    #[error("{} keeps no search: name another file, or remove it to begin anew", path.display())]
    NoSearch {
        /// The file.
        path: PathBuf,
    },
    /// It is of another search.
    #[error("{} keeps another search, {found}: name another file, or remove it to begin anew", path.display())]
    AnotherSearch {
        /// The file.
        path: PathBuf,
        /// Which one.
        found: String,
    },
    /// Another program has written it.
    #[error("{} was kept by another build of this program: name another file, or remove it to begin anew", path.display())]
    AnotherBuild {
        /// The file.
        path: PathBuf,
    },
}

/// Where a search is kept.
#[derive(Debug)]
pub(crate) struct Checkpoint<'a> {
    path: &'a Path,
    search: String,
    wall: Wall,
    kept_ms: Cell<u64>,
}

impl<'a> Checkpoint<'a> {
    /// The file at `path`, for the search that these words tell from all others.
    pub fn new(path: &'a Path, search: String) -> Self {
        Self { path, search, wall: Wall::start(), kept_ms: Cell::new(0) }
    }

    /// What is in it; none, if there is no such file.
    pub fn read(&self) -> Result<Option<Kept>, CheckpointError> {
        let octets = match fs::read(self.path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.refused(&error)),
        };
        let no_search = || CheckpointError::NoSearch { path: self.path.to_owned() };
        let (octets, digest) = octets.split_last_chunk::<DIGEST>().ok_or_else(no_search)?;
        if blake3::hash(octets).as_bytes() != digest {
            return Err(no_search());
        }
        let kept: Kept = postcard::from_bytes(octets).map_err(|_| no_search())?;
        if kept.format != FORMAT {
            return Err(no_search());
        }
        if kept.build != self.build()? {
            return Err(self.of_another_build());
        }
        if kept.search != self.search {
            return Err(CheckpointError::AnotherSearch { path: self.path.to_owned(), found: kept.search });
        }
        Ok(Some(kept))
    }

    /// Sees to it that the file can be written when there is something to write.
    pub fn can_be_written(&self) -> Result<(), CheckpointError> {
        let beside = self.beside();
        let created = File::create(&beside).and_then(|_| fs::remove_file(beside));
        created.map_err(|error| self.refused(&error))
    }

    /// The file is of another build.
    pub fn of_another_build(&self) -> CheckpointError {
        CheckpointError::AnotherBuild { path: self.path.to_owned() }
    }

    /// Keeps a search that goes on, if it is time. One that cannot be kept goes on all the same.
    pub fn keep_now_and_then(&self, course: &Course, checked: &dyn Fn() -> Vec<u64>) {
        let now_ms = self.wall.elapsed_ms();
        if now_ms - self.kept_ms.get() >= EVERY_MS {
            self.kept_ms.set(now_ms);
            // The file has still what was kept before.
            _ = self.keep(course, checked());
        }
    }

    /// Keeps a search as far as it is: the file has all of it, or what it had before.
    pub fn keep(&self, course: &Course, checked: Vec<u64>) -> Result<(), CheckpointError> {
        let kept = KeptRef { format: FORMAT, build: self.build()?, search: &self.search, checked, course };
        let beside = self.beside();
        let written = File::create(&beside).and_then(|file| write(file, &kept));
        written.and_then(|()| fs::rename(&beside, self.path)).map_err(|error| self.refused(&error))
    }

    fn build(&self) -> Result<[u8; DIGEST], CheckpointError> {
        let program = std::env::current_exe().and_then(fs::read).map_err(|error| self.refused(&error))?;
        Ok(*blake3::hash(&program).as_bytes())
    }

    fn beside(&self) -> PathBuf {
        self.path.with_added_extension("new")
    }

    fn refused(&self, error: &io::Error) -> CheckpointError {
        CheckpointError::System { path: self.path.to_owned(), why: error.to_string() }
    }
}

/// The same as [`Kept`], of a search that goes on.
#[derive(Serialize)]
struct KeptRef<'a> {
    format: &'a str,
    build: [u8; DIGEST],
    search: &'a str,
    checked: Vec<u64>,
    course: &'a Course,
}

/// Writes what is kept and the digest of it, and sees to it that both are durable.
fn write(file: File, kept: &KeptRef<'_>) -> io::Result<()> {
    let writer = Hashing { writer: BufWriter::new(file), hasher: blake3::Hasher::new() };
    let Hashing { mut writer, hasher } = postcard::to_io(kept, writer).map_err(io::Error::other)?;
    writer.write_all(hasher.finalize().as_bytes())?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// What is written is hashed as well.
struct Hashing<W> {
    writer: W,
    hasher: blake3::Hasher,
}

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(octets)?;
        self.hasher.update(&octets[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
