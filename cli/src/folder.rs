//! The folder that a command writes its results to.

use crate::error::CliError;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder: the one that was asked for, or `runs/SCENARIO/NAME`.
    pub fn create(asked: Option<&Path>, scenario: &str, name: &str) -> Result<Self, CliError> {
        let path = asked.map_or_else(|| Path::new("runs").join(scenario).join(name), Path::to_owned);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(Self(path)),
            Err(cause) => Err(CliError::Unwritable { path, cause }),
        }
    }

    /// Writes one file. It appears whole or not at all: under its name only once it is complete.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), CliError> {
        let part = self.0.join(format!("{name}.part"));
        let path = self.0.join(name);
        fs::write(&part, content)
            .and_then(|()| fs::rename(&part, &path))
            .map_err(|cause| CliError::Unwritable { path, cause })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_appear_whole_in_the_folder_that_was_asked_for() {
        let base = std::env::temp_dir().join(format!("mimic-folder-{}", std::process::id()));
        let folder = Folder::create(Some(&base.join("a/b")), "clubhouse", "seed-7").unwrap();
        folder.write("summary.json", b"old").unwrap();
        folder.write("summary.json", b"{}").unwrap();
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["summary.json"]);
        assert_eq!(fs::read(base.join("a/b/summary.json")).unwrap(), b"{}");
        let blocked = Folder::create(Some(&base.join("a/b/summary.json/c")), "clubhouse", "seed-7");
        assert!(matches!(blocked, Err(CliError::Unwritable { .. })), "{blocked:?}");
        fs::remove_dir_all(base).unwrap();
    }
}
