//! pyxform, the reference converter of workbooks, in a Python of its own: `target/pyxform`.
//!
//! Our converter is compared with it and measured beside it. A machine without Python, or without a way to its
//! packages, goes without: the step says so, and so does what would have used it.

use std::path::PathBuf;

use anyhow::Result;

use crate::project;
use crate::stamp::Stamp;
use crate::steps::Step;

/// What is installed, in which versions.
const REQUIREMENTS: &str = "tests/pyxform/requirements.txt";
const FOLDER: &str = "target/pyxform";

/// Returns the Python that has pyxform, where [`ensure`] could install it.
pub fn python() -> Option<PathBuf> {
    let stamp = project::path(FOLDER).join(".installed");
    stamp.is_file().then(|| project::path(FOLDER).join("bin/python"))
}

/// Installs pyxform unless it is there in the version wanted.
pub fn ensure(step: &Step) -> Result<()> {
    let folder = project::path(FOLDER);
    let python = folder.join("bin/python");
    // The stamp lies in the folder: who removes that removes the stamp too.
    let stamp = Stamp::of(folder.join(".installed"), &[project::path(REQUIREMENTS)], &[])?;
    if stamp.is_fresh(std::slice::from_ref(&python)) {
        step.note("up to date");
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut create = project::program("python3", project::root());
    create.args(["-m", "venv"]).arg(&folder);
    let mut install = project::program(&python.display().to_string(), project::root());
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement", REQUIREMENTS]);
    for (doing, command) in [("python3 -m venv", &mut create), ("pip install", &mut install)] {
        step.doing(doing);
        if !step.attempt(command).is_ok_and(|it| it.status.success()) {
            step.note(format_args!("skipped, `{doing}` does not work here"));
            return Ok(());
        }
    }
    stamp.store()?;
    step.note("installed");
    Ok(())
}
