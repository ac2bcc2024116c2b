//! A copy of the SQLite file as it was at one moment, made page by page while the server goes on writing.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::sqlite::SqliteTx;
use super::{DbError, Tx, sqlite_file};
use crate::durable;
use crate::store::file_key::FileKey;

/// Pages that are copied at a time.
const PAGES: i32 = 1000;

/// A moment of the database, held for as long as this lives.
#[derive(Debug)]
pub struct Snapshot {
    source: Connection,
}

impl Snapshot {
    /// Takes the moment now.
    pub fn take(path: &Path, key: &FileKey) -> Result<Snapshot, DbError> {
        let source = sqlite_file::open(path, key)?;
        // The first statement that reads fixes the moment; later commits stay in the log until this is over.
        source.execute_batch("PRAGMA query_only = ON; BEGIN")?;
        source.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        Ok(Snapshot { source })
    }

    /// Reads what the database held at that moment.
    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError>) -> Result<T, DbError> {
        work(&mut SqliteTx(&self.source))
    }

    /// Writes the database as it was at that moment, encrypted with the same key; returns after it is on disk.
    pub fn copy_to(&self, path: &Path, key: &FileKey) -> Result<(), DbError> {
        let io = |error: std::io::Error| {
            if durable::is_full(&error) { DbError::Full } else { DbError::Other(error.to_string()) }
        };
        if path.exists() {
            std::fs::remove_file(path).map_err(io)?;
        }
        let mut target = sqlite_file::open_plain_journal(path, key)?;
        let backup = Backup::new(&self.source, &mut target)?;
        while backup.step(PAGES)? == StepResult::More {}
        drop(backup);
        drop(target);
        durable::sync(path).map_err(io)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_of_one_moment_whatever_is_written_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a.sqlite"), folder.path().join("b.sqlite"));
        let key = FileKey::of(&[7; 32]);
        let live = sqlite_file::open(&path, &key).unwrap();
        live.execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES (zeroblob(5000000)), ('王秀兰')")
            .unwrap();
        let snapshot = Snapshot::take(&path, &key).unwrap();
        live.execute_batch("DELETE FROM t; INSERT INTO t VALUES ('later')").unwrap();
        snapshot.copy_to(&copy, &key).unwrap();
        let n = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(snapshot.read(|tx| tx.first("SELECT count(*) FROM t", &[])?.unwrap().get(0)), Ok(2i64));
        assert_eq!((n(&sqlite_file::open(&copy, &key).unwrap()), n(&live)), (2, 1));
        let bytes = std::fs::read(&copy).unwrap();
        assert!(!bytes.windows(9).any(|it| it == "王秀兰".as_bytes()), "encrypted");
        assert!(sqlite_file::open(&copy, &FileKey::of(&[8; 32])).is_err());
    }
}
