//! Stamps: the hash of a step's inputs, kept beside its outputs, so that an unchanged step is not done again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Folders whose contents are made, not written.
const MADE: [&str; 4] = ["node_modules", "dist", "target", "output"];

/// What a step's inputs are now, and where it notes what they were.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Hashes files and whole folders (in order of their paths) and `facts` that are in no file.
    pub fn of(file: PathBuf, inputs: &[PathBuf], facts: &[&str]) -> Result<Stamp> {
        let mut hash = Sha256::new();
        for fact in facts {
            add(&mut hash, fact.as_bytes());
        }
        for input in inputs {
            for path in files(input)? {
                add(&mut hash, path.as_os_str().as_encoded_bytes());
                add(&mut hash, &std::fs::read(&path).with_context(|| path.display().to_string())?);
            }
        }
        let hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Stamp { file, hash })
    }

    /// Says whether the step was done for these inputs and its outputs are still there.
    pub fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|noted| noted == self.hash)
            && outputs.iter().all(|it| it.exists())
    }

    /// Notes that the step is done.
    pub fn store(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, &self.hash).with_context(|| self.file.display().to_string())
    }
}

/// Lengths keep `ab`,`c` and `a`,`bc` apart.
fn add(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// Returns the files under a path in order; what does not exist has none.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.retain(|entry| !MADE.iter().any(|made| entry.ends_with(made)));
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_until_an_input_changes_or_an_output_goes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let stamp = || Stamp::of(at("stamp"), &[at("src")], &["1.0"]).unwrap();
        std::fs::create_dir_all(at("src/node_modules")).unwrap();
        std::fs::write(at("src/a"), "a").unwrap();
        std::fs::write(at("made"), "").unwrap();
        assert!(!stamp().is_fresh(&[at("made")]));
        stamp().store().unwrap();
        std::fs::write(at("src/node_modules/b"), "b").unwrap();
        assert!(stamp().is_fresh(&[at("made")]));
        assert!(!stamp().is_fresh(&[at("gone")]));
        std::fs::write(at("src/a"), "b").unwrap();
        assert!(!stamp().is_fresh(&[at("made")]));
    }
}
