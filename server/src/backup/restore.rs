//! Takes a backup back into a new data folder: everything is checked on its way into a folder beside it, which gets its
//! name at the very end. Stopped at any point there is no data folder, and it is begun again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::manifest::{Manifest, Named, Stored, hash_file};
use super::{BackupError, FILES, at, is_empty};
use crate::blob::Blobs;
use crate::config::Config;
use crate::durable;
use crate::vault::{Vault, kept};

/// Says that a folder is an unfinished restoration, and nothing that anybody needs.
const MARK: &str = "unfinished-restoration";

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made, milliseconds UTC.
    pub made_at: i64,
    /// Whether the database is among it; not where it is PostgreSQL.
    pub has_database: bool,
    /// Files.
    pub n_files: usize,
}

/// Restores a backup into the settings' data folder, which must not exist or be empty.
pub fn restore(config: &Config, from: &Path) -> Result<Restored, BackupError> {
    let manifest = Manifest::read(from)?.ok_or_else(|| BackupError::NoBackup(from.to_owned()))?;
    let made_at = manifest.made_at.ok_or_else(|| BackupError::Unfinished(from.to_owned()))?;
    if !is_empty(&config.data)? {
        return Err(BackupError::NotEmpty(config.data.clone()));
    }
    let vault = Vault::open(config.keys())?.ok_or_else(|| BackupError::NoKey(config.keys().to_string()))?;
    let files = manifest.read_files(from)?;
    check_keys(&vault, &manifest, from)?;
    let beside = begin(&config.data)?;
    for (name, stored) in &files {
        copy(&from.join(FILES).join(name), &beside.join(FILES).join(name), stored)?;
    }
    let take = |named: &Named, to: PathBuf| {
        let stored = Stored { sha256: named.sha256.clone(), size_bytes: named.size_bytes };
        copy(&from.join(&named.name), &to, &stored)
    };
    if let Some(database) = &manifest.database {
        take(&database.file, beside.join(crate::DATABASE))?;
        take(&database.key, kept::path(&beside, kept::DATABASE))?;
    }
    if let Some(key) = &manifest.visit_key {
        take(key, kept::path(&beside, kept::VISIT_FILES))?;
    }
    finish(&beside, &config.data)?;
    Ok(Restored { made_at, has_database: manifest.database.is_some(), n_files: files.len() })
}

/// A key that is not the right one is found before anything is copied.
fn check_keys(vault: &Vault, manifest: &Manifest, from: &Path) -> Result<(), BackupError> {
    let read = |name: &str, path: PathBuf| -> Result<(), BackupError> {
        let bytes = fs::read(&path).map_err(at(&path))?;
        vault.read(name, Bytes::from(bytes))?;
        Ok(())
    };
    read(Blobs::CHECK, from.join(FILES).join(Blobs::CHECK))?;
    if let Some(key) = &manifest.visit_key {
        read(kept::VISIT_FILES, from.join(&key.name))?;
    }
    match &manifest.database {
        Some(database) => read(kept::DATABASE, from.join(&database.key.name)),
        None => Ok(()),
    }
}

/// Returns a new folder beside the one to be.
fn begin(data: &Path) -> Result<PathBuf, BackupError> {
    let mut name = data.file_name().unwrap_or("doorstep".as_ref()).to_owned();
    name.push(".restoring");
    let beside = data.with_file_name(name);
    if !is_empty(&beside)? {
        if !beside.join(MARK).exists() {
            return Err(BackupError::NotEmpty(beside));
        }
        fs::remove_dir_all(&beside).map_err(at(&beside))?;
    }
    fs::create_dir_all(&beside).map_err(at(&beside))?;
    fs::write(beside.join(MARK), b"").map_err(at(&beside))?;
    Ok(beside)
}

fn copy(from: &Path, to: &Path, expected: &Stored) -> Result<(), BackupError> {
    if hash_file(from)? != *expected {
        return Err(BackupError::Damaged(from.to_owned()));
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::copy(from, to).map_err(at(to))?;
    // What is read back is what was meant: a disk that lies is found today.
    if hash_file(to)? != *expected {
        return Err(BackupError::Damaged(to.to_owned()));
    }
    let mut file = fs::OpenOptions::new().append(true).open(to).map_err(at(to))?;
    file.flush().and_then(|()| file.sync_all()).map_err(at(to))
}

fn finish(beside: &Path, data: &Path) -> Result<(), BackupError> {
    fs::remove_file(beside.join(MARK)).map_err(at(beside))?;
    sync_folders(beside)?;
    if data.exists() {
        fs::remove_dir(data).map_err(at(data))?;
    }
    fs::rename(beside, data).map_err(at(data))?;
    durable::sync_folder_of(data).map_err(at(data))
}

fn sync_folders(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    durable::sync(folder).map_err(at(folder))
}
