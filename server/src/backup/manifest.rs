//! What a backup says of itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::{BackupError, at};
use crate::durable;

/// The manifest's name.
pub(super) const NAME: &str = "doorstep-backup.json";
/// The only format there is.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub format: u32,
    /// Tells one server's data from another's; says nothing else.
    pub data_id: String,
    /// When the database was copied, milliseconds UTC; none in one that was never finished.
    pub made_at: Option<i64>,
    /// None where the database is PostgreSQL.
    pub database: Option<Database>,
    /// The key that opens the files into which phones write visits; none where the server never made one.
    #[serde(default)]
    pub visit_key: Option<Named>,
    pub files: Option<Named>,
}

/// The copied database and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Database {
    pub file: Named,
    pub key: Named,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Named {
    pub name: String,
    pub sha256: String,
    pub size_bytes: u64,
}

/// A stored file: what its bytes must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub sha256: String,
    pub size_bytes: u64,
}

/// Stored files by name.
pub(super) type Files = BTreeMap<String, Stored>;

impl Manifest {
    /// Returns what a folder says before anything is in it.
    pub fn unfinished(data_id: String) -> Manifest {
        Manifest { format: FORMAT, data_id, made_at: None, database: None, visit_key: None, files: None }
    }

    /// Reads a folder's manifest; none where there is none.
    pub fn read(folder: &Path) -> Result<Option<Manifest>, BackupError> {
        let path = folder.join(NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(&path)(error)),
        };
        let read: Option<Manifest> = serde_json::from_str(&text).ok();
        read.filter(|it| it.format == FORMAT).map(Some).ok_or(BackupError::Damaged(path))
    }

    /// Replaces a folder's manifest; returns after it is on disk.
    pub fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        durable::replace(&path, text.as_bytes()).map_err(at(&path))
    }

    /// Reads the list of stored files, which must be the one that the manifest names.
    pub fn read_files(&self, folder: &Path) -> Result<Files, BackupError> {
        let Some(named) = &self.files else { return Ok(Files::new()) };
        let path = folder.join(&named.name);
        named.check(folder)?;
        let text = std::fs::read_to_string(&path).map_err(at(&path))?;
        let files: Option<Files> = text.lines().map(read_line).collect();
        files.ok_or(BackupError::Damaged(path))
    }

    /// Returns the names of what lies beside the manifest.
    pub fn names(&self) -> Vec<&str> {
        let database = self.database.iter().flat_map(|it| [&it.file, &it.key]);
        database.chain(&self.visit_key).chain(&self.files).map(|it| it.name.as_str()).chain([NAME]).collect()
    }
}

impl Named {
    /// Describes a file that is there.
    pub fn of(folder: &Path, name: &str) -> Result<Named, BackupError> {
        let Stored { sha256, size_bytes } = hash_file(&folder.join(name))?;
        Ok(Named { name: name.to_owned(), sha256, size_bytes })
    }

    /// Checks a file against its description.
    pub fn check(&self, folder: &Path) -> Result<(), BackupError> {
        let is_whole = Named::of(folder, &self.name)? == *self;
        if is_whole { Ok(()) } else { Err(BackupError::Damaged(folder.join(&self.name))) }
    }
}

/// Writes the list of stored files.
pub(super) fn list(files: &Files) -> String {
    files.iter().fold(String::new(), |mut text, (name, it)| {
        let _ = writeln!(text, "{} {} {name}", it.sha256, it.size_bytes);
        text
    })
}

fn read_line(line: &str) -> Option<(String, Stored)> {
    let mut words = line.splitn(3, ' ');
    let (sha256, size_bytes, name) = (words.next()?, words.next()?, words.next()?);
    let is_inside = name.split('/').all(|it| !it.is_empty() && it != "." && it != "..");
    let stored = Stored { sha256: sha256.to_owned(), size_bytes: size_bytes.parse().ok()? };
    is_inside.then(|| (name.to_owned(), stored))
}

/// Returns the SHA-256 and the size of a file of any size.
pub(super) fn hash_file(path: &Path) -> Result<Stored, BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut context, mut size_bytes) = (Context::new(&SHA256), 0);
    let mut piece = vec![0; 1 << 20];
    loop {
        let n_bytes = file.read(&mut piece).map_err(at(path))?;
        if n_bytes == 0 {
            let sha256 = data_encoding::HEXLOWER.encode(context.finish().as_ref());
            return Ok(Stored { sha256, size_bytes });
        }
        context.update(&piece[..n_bytes]);
        size_bytes += n_bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_and_names_nothing_outside() {
        let stored = |n| Stored { sha256: "ab".to_owned(), size_bytes: n };
        let files = Files::from([("00/a b".to_owned(), stored(1)), ("vault-check".to_owned(), stored(2))]);
        let read: Option<Files> = list(&files).lines().map(read_line).collect();
        assert_eq!(read, Some(files));
        for line in ["ab 1 ../../etc/passwd", "ab 1 /etc/passwd", "ab x 00/a", "ab 1"] {
            assert_eq!(read_line(line), None, "{line}");
        }
    }
}
