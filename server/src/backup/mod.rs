//! Backups: the database as it was at one moment and every file, in a folder that only grows by what is new.
//!
//! ```text
//! DEST/doorstep-backup.json       what the folder holds: written last, so that an older backup stays whole until then
//!      database-1f….sqlite        the database of one moment, page by page, encrypted with its own key
//!      database-1f….key           that key, under the master key
//!      visit-files-0c….key        what opens the files that phones write visits into, under the master key
//!      files-77….txt              every file: SHA-256 of its stored bytes, its size, its name
//!      blobs/3f/3f9a…             the files as they are stored, encrypted
//! ```
//! The moment comes first, the files after it: whatever the copied database names is among the files. A file that
//! retention deleted in between is named by that database and gone, so another moment is taken. What is no longer in the
//! store is deleted here too, by the next backup that is made.
//!
//! Deliberately absent: the master key, without which a backup can't be read by anybody; a PostgreSQL database, which
//! `pg_dump` copies.

pub mod make;
mod manifest;
pub mod restore;

use std::io;
use std::path::PathBuf;

use crate::blob::BlobError;
use crate::store::db::DbError;
use crate::vault::VaultError;
use crate::vault::rekey::RekeyError;

/// Where the files are, in a backup and in a data folder.
const FILES: &str = "blobs";

/// Why a backup can't be made or taken back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds something, and it is no backup.
    #[error("{0} is not empty and holds no backup")]
    NoBackup(PathBuf),
    /// The folder holds a backup of another server's data.
    #[error("{0} holds a backup of other data")]
    OtherData(PathBuf),
    /// A backup inside the data, or the data inside the backup.
    #[error("{0} and the data folder lie in each other")]
    Inside(PathBuf),
    /// Another process is writing to it.
    #[error("{0} is in use")]
    InUse(PathBuf),
    /// There is no database to back up.
    #[error("no database in {0}")]
    NoData(PathBuf),
    /// It was never finished.
    #[error("the backup in {0} was never finished")]
    Unfinished(PathBuf),
    /// What it holds is not what it says.
    #[error("{0} is damaged")]
    Damaged(PathBuf),
    /// There is something where it is to be restored.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// The master key is not there.
    #[error("no master key at {0}")]
    NoKey(String),
    /// There is no room left.
    #[error("disk full")]
    Full,
    /// The file system failed.
    #[error("{path}: {problem}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        problem: String,
    },
    /// Keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database's key.
    #[error(transparent)]
    Rekey(#[from] RekeyError),
    /// The database.
    #[error(transparent)]
    Db(DbError),
    /// Files.
    #[error(transparent)]
    Blob(BlobError),
}

impl From<DbError> for BackupError {
    fn from(error: DbError) -> Self {
        if error == DbError::Full { BackupError::Full } else { BackupError::Db(error) }
    }
}

impl From<BlobError> for BackupError {
    fn from(error: BlobError) -> Self {
        if matches!(error, BlobError::Full) { BackupError::Full } else { BackupError::Blob(error) }
    }
}

/// Says where an error of the file system happened.
fn at(path: &std::path::Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |error| match crate::durable::is_full(&error) {
        true => BackupError::Full,
        false => BackupError::Io { path: path.to_owned(), problem: error.to_string() },
    }
}

/// Returns whether a folder is missing or has nothing in it.
fn is_empty(folder: &std::path::Path) -> Result<bool, BackupError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(at(folder)(error)),
    }
}
