//! Programs that come as Python packages, each in a Python of its own in `target/`, in the versions that a requirements
//! file of the project pins.
//!
//! A machine without Python, or without a way to its packages, goes without: the step says so, and so does what would
//! have used them.

use std::path::PathBuf;

use anyhow::Result;

use crate::project;
use crate::stamp::Stamp;
use crate::steps::Step;

/// A Python of its own and what is installed in it.
#[derive(Debug)]
pub struct Venv {
    /// Where it lies, from the workspace's root.
    pub folder: &'static str,
    /// What is installed, in which versions.
    pub requirements: &'static str,
}

/// The reference converter of workbooks: ours is compared with it and measured beside it.
pub const PYXFORM: Venv = Venv { folder: "target/pyxform", requirements: "tests/pyxform/requirements.txt" };
/// An object store that speaks S3, which the server keeps files in where it is tested with one.
pub const SEAWEEDFS: Venv =
    Venv { folder: "target/seaweedfs", requirements: "tests/seaweedfs/requirements.txt" };

impl Venv {
    /// Returns the Python, where [`Venv::ensure`] could install what belongs to it.
    pub fn python(&self) -> Option<PathBuf> {
        let stamp = project::path(self.folder).join(".installed");
        stamp.is_file().then(|| project::path(self.folder).join("bin/python"))
    }

    /// Installs what belongs to it unless it is there in the versions wanted.
    pub fn ensure(&self, step: &Step) -> Result<()> {
        let folder = project::path(self.folder);
        let python = folder.join("bin/python");
        // The stamp lies in the folder: who removes that removes the stamp too.
        let stamp = Stamp::of(folder.join(".installed"), &[project::path(self.requirements)], &[])?;
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
        install.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--requirement",
            self.requirements,
        ]);
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
}
