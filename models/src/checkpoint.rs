//! A search that is kept in a file, and gone on with from there.
//!
//! The file says how each state was come to, and not what it is: the states are made again by the same code, a step for each, in a
//! fraction of the time that it took to find them. So nothing of a node has a form in the file, and a file that another
//! build, model or scope has written is found out: it says whose it is, and its steps must come to as many different states.

use crate::course::Course;
use crate::wall::Wall;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What the file begins with.
const FORMAT: &str = "mimic check 1";
/// So often a search is kept that goes on.
const EVERY_MS: u64 = 10 * 60 * 1_000;

/// What is in the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    format: String,
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
    /// The steps in it do not lead to so many different states.
    #[error("{} was kept by another build of this program, whose rooms behave otherwise: remove it to begin anew", path.display())]
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
        let file = match File::open(self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.refused(&error)),
        };
        let mut buffer = [0; 4_096];
        let kept = postcard::from_io((BufReader::new(file), &mut buffer));
        let no_search = || CheckpointError::NoSearch { path: self.path.to_owned() };
        let (kept, _): (Kept, _) = kept.map_err(|_| no_search())?;
        if kept.format != FORMAT {
            return Err(no_search());
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
        let kept = KeptRef { format: FORMAT, search: &self.search, checked, course };
        let beside = self.beside();
        let written = File::create(&beside).and_then(|file| {
            let writer = postcard::to_io(&kept, BufWriter::new(file)).map_err(io::Error::other)?;
            writer.into_inner().map_err(io::IntoInnerError::into_error)?.flush()
        });
        written.and_then(|()| fs::rename(&beside, self.path)).map_err(|error| self.refused(&error))
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
    search: &'a str,
    checked: Vec<u64>,
    course: &'a Course,
}
