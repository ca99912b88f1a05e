//! Names the build: the package's version and the commit that it was built from.

use std::process::Command;

fn main() {
    // The reflog grows with every commit, and the sources decide whether the commit says all.
    let watched =
        ["../Cargo.lock", "../analysis", "../cli", "../models", "../protocol", "../record", "../sim"];
    watched.iter().for_each(|path| println!("cargo::rerun-if-changed={path}"));
    if let Some(reflog) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={reflog}");
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(watched);
    let changed = git(&status).is_some_and(|files| !files.is_empty());
    println!("cargo::rustc-env=MIMIC_COMMIT={commit}{}", if changed { "-modified" } else { "" });
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
