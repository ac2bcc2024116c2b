//! The SQLite file as SQLCipher keeps it: each page, the log and what is sorted on disk are encrypted.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::Connection;

use super::DbError;
use crate::durable;
use crate::store::file_key::FileKey;

/// What a file begins with that is not encrypted.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// Opens or creates the file; one that is new is in its folder for good.
pub fn open(path: &Path, key: &FileKey) -> Result<Connection, DbError> {
    let is_new = !path.exists();
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.0))?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 10000; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;",
        )
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => {
                DbError::Other(format!("{} is not encrypted with the key beside it", path.display()))
            }
            _ => error.into(),
        })?;
    connection.set_prepared_statement_cache_capacity(128);
    if is_new {
        durable::sync_folder_of(path).map_err(|error| DbError::Other(error.to_string()))?;
    }
    Ok(connection)
}

/// Creates a file that is written once, without a log beside it.
pub fn open_plain_journal(path: &Path, key: &FileKey) -> Result<Connection, DbError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA journal_mode = OFF", key.0))?;
    Ok(connection)
}

/// Encrypts a file from before there was encryption; a crash leaves the old file or the new one.
pub fn encrypt_plain(path: &Path, key: &FileKey) -> Result<(), DbError> {
    if !is_plain(path) {
        return Ok(());
    }
    let fresh = path.with_extension("encrypting");
    let io = |error: std::io::Error| DbError::Other(error.to_string());
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(io)?;
    }
    let plain = Connection::open(path)?;
    // Takes in what is left in the log, and removes the log.
    plain.execute_batch("PRAGMA journal_mode = DELETE")?;
    let attach = format!("ATTACH DATABASE ?1 AS fresh KEY \"x'{}'\"", key.0);
    plain.execute(&attach, [fresh.to_string_lossy()])?;
    plain.query_row("SELECT sqlcipher_export('fresh')", [], |_| Ok(()))?;
    plain.execute_batch("DETACH DATABASE fresh")?;
    drop(plain);
    File::open(&fresh).and_then(|it| it.sync_all()).map_err(io)?;
    std::fs::rename(&fresh, path).map_err(io)?;
    durable::sync_folder_of(path).map_err(io)
}

fn is_plain(path: &Path) -> bool {
    let mut head = [0; PLAIN.len()];
    File::open(path).and_then(|mut it| it.read_exact(&mut head)).is_ok() && head == *PLAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_file_is_encrypted_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("a.sqlite"), FileKey::of(&[7; 32]));
        let plain = Connection::open(&path).unwrap();
        let fill = "PRAGMA journal_mode = WAL; PRAGMA user_version = 3; CREATE TABLE person (name TEXT);
                    INSERT INTO person VALUES ('王秀兰')";
        plain.execute_batch(fill).unwrap();
        drop(plain);
        assert!(is_plain(&path));
        encrypt_plain(&path, &key).unwrap();
        assert!(!is_plain(&path));
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(9).any(|it| it == "王秀兰".as_bytes()));
        let encrypted = open(&path, &key).unwrap();
        let name: String = encrypted.query_row("SELECT name FROM person", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "王秀兰");
        encrypt_plain(&path, &key).unwrap();
    }

    #[test]
    fn another_key_is_told_from_a_broken_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        open(&path, &FileKey::of(&[7; 32])).unwrap().execute_batch("CREATE TABLE a (b TEXT)").unwrap();
        let refused = open(&path, &FileKey::of(&[8; 32]));
        assert!(matches!(refused, Err(DbError::Other(text)) if text.contains("not encrypted with the key")));
    }
}
