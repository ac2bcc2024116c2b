//! Files on their way up: how far each has come, in which pieces, and which whole ones no visit has named yet. Also
//! which visits were asked for a second time.

use super::db::{DbError, Row, Tx};
use super::inbox;
use crate::params;

/// A row of `upload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// Id.
    pub id: String,
    /// Whose it is.
    pub account_id: String,
    /// What the whole file hashes to, as its sender says; proved once it is complete.
    pub sha256: String,
    /// Size of the whole file.
    pub length_bytes: i64,
    /// How much of it is on disk.
    pub offset_bytes: i64,
    /// `Upload-Metadata` as it came.
    pub metadata: String,
    /// Whether the file lies under its hash.
    pub is_complete: bool,
    /// Milliseconds UTC.
    pub expires_at: i64,
}

/// A row of `upload_piece`: bytes from an offset on, in an object of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceRow {
    /// Where in the file it begins.
    pub offset_bytes: i64,
    /// How long it is.
    pub size_bytes: i64,
    /// Name of its object.
    pub name: String,
}

const COLUMNS: &str = "id, account_id, sha256, length_bytes, offset_bytes, metadata, is_complete, expires_at";

/// Adds an upload.
pub fn insert(tx: &mut dyn Tx, row: &UploadRow) -> Result<(), DbError> {
    tx.execute(
        &format!("INSERT INTO upload ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        params![
            &row.id,
            &row.account_id,
            &row.sha256,
            row.length_bytes,
            row.offset_bytes,
            &row.metadata,
            row.is_complete,
            row.expires_at
        ],
    )?;
    Ok(())
}

/// Finds an account's upload.
pub fn get(tx: &mut dyn Tx, account_id: &str, id: &str) -> Result<Option<UploadRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM upload WHERE id = ?1 AND account_id = ?2");
    tx.first(&sql, params![id, account_id])?.map(|it| read(&it)).transpose()
}

/// Returns an account's uploads of a file, the furthest first.
pub fn of_file(tx: &mut dyn Tx, account_id: &str, sha256: &str) -> Result<Vec<UploadRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM upload WHERE account_id = ?1 AND sha256 = ?2 ORDER BY offset_bytes DESC, id"
    );
    tx.query(&sql, params![account_id, sha256])?.iter().map(read).collect()
}

/// Adds a piece where the upload still ends there; returns whether it did.
pub fn append(tx: &mut dyn Tx, id: &str, piece: &PieceRow, expires_at: i64) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE upload SET offset_bytes = ?3, expires_at = ?4
          WHERE id = ?1 AND offset_bytes = ?2 AND ?3 <= length_bytes",
        params![id, piece.offset_bytes, piece.offset_bytes + piece.size_bytes, expires_at],
    )?;
    if n_rows == 1 {
        tx.execute(
            "INSERT INTO upload_piece (upload_id, offset_bytes, size_bytes, name) VALUES (?1, ?2, ?3, ?4)",
            params![id, piece.offset_bytes, piece.size_bytes, &piece.name],
        )?;
    }
    Ok(n_rows == 1)
}

/// Returns the pieces of an upload in their order.
pub fn pieces(tx: &mut dyn Tx, id: &str) -> Result<Vec<PieceRow>, DbError> {
    let rows = tx.query(
        "SELECT offset_bytes, size_bytes, name FROM upload_piece WHERE upload_id = ?1 ORDER BY offset_bytes",
        params![id],
    )?;
    let piece =
        |row: &Row| Ok(PieceRow { offset_bytes: row.get(0)?, size_bytes: row.get(1)?, name: row.get(2)? });
    rows.iter().map(piece).collect()
}

/// Notes that the file lies under its hash, and forgets its pieces; returns whether the upload was there and was not
/// complete.
pub fn complete(tx: &mut dyn Tx, id: &str, expires_at: i64) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE upload SET is_complete = ?2, expires_at = ?3 WHERE id = ?1 AND is_complete <> ?2",
        params![id, true, expires_at],
    )?;
    tx.execute("DELETE FROM upload_piece WHERE upload_id = ?1", params![id])?;
    Ok(n_rows == 1)
}

/// Forgets an upload; returns whether it was there.
pub fn remove(tx: &mut dyn Tx, id: &str) -> Result<bool, DbError> {
    tx.execute("DELETE FROM upload_piece WHERE upload_id = ?1", params![id])?;
    Ok(tx.execute("DELETE FROM upload WHERE id = ?1", params![id])? == 1)
}

/// Forgets an account's complete uploads of a file: a visit names it now.
pub fn release(tx: &mut dyn Tx, account_id: &str, sha256: &str) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM upload WHERE account_id = ?1 AND sha256 = ?2 AND is_complete = ?3",
        params![account_id, sha256, true],
    )?;
    Ok(())
}

/// Returns how many uploads of an account are under way, and the bytes that all of its uploads were announced with.
pub fn usage(tx: &mut dyn Tx, account_id: &str) -> Result<(i64, i64), DbError> {
    let row = tx.first(
        "SELECT count(*) FILTER (WHERE NOT is_complete), CAST(COALESCE(sum(length_bytes), 0) AS BIGINT)
           FROM upload WHERE account_id = ?1",
        params![account_id],
    )?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Returns uploads whose time is over.
pub fn due(tx: &mut dyn Tx, now: i64, limit: i64) -> Result<Vec<UploadRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM upload WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2");
    tx.query(&sql, params![now, limit])?.iter().map(read).collect()
}

/// Returns whether there is an upload of an id, whosever it is.
pub fn exists(tx: &mut dyn Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM upload WHERE id = ?1", params![id])?.is_some())
}

/// Returns the SHA-256 of files that were sent whole and that no visit names yet. They are wanted until their upload
/// expires; one whose row is not marked complete yet may be on its way under its hash.
pub fn held_hashes(tx: &mut dyn Tx) -> Result<Vec<String>, DbError> {
    let rows = tx
        .query("SELECT DISTINCT sha256 FROM upload WHERE offset_bytes = length_bytes ORDER BY sha256", &[])?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Returns the size of a file that a visit of the account still has.
pub fn size_in_visits(tx: &mut dyn Tx, account_id: &str, sha256: &str) -> Result<Option<i64>, DbError> {
    let row = tx.first(
        "SELECT a.size_bytes FROM attachment a
           JOIN submission s ON s.id = a.submission_id
           JOIN kept_evidence k ON k.submission_id = a.submission_id
          WHERE a.sha256 = ?1 AND s.account_id = ?2 LIMIT 1",
        params![sha256, account_id],
    )?;
    match row {
        Some(row) => row.get(0).map(Some),
        None => inbox::size_of(tx, account_id, sha256),
    }
}

/// Notes that something was asked for a second time; returns whether it was not before.
pub fn ask_again(tx: &mut dyn Tx, account_id: &str, digest: &str, at: i64) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "INSERT INTO second_look (account_id, digest, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (account_id, digest) DO NOTHING",
        params![account_id, digest, at],
    )?;
    Ok(n_rows == 1)
}

/// Forgets what was asked for a second time before a moment.
pub fn forget_asked_before(tx: &mut dyn Tx, before: i64) -> Result<(), DbError> {
    tx.execute("DELETE FROM second_look WHERE at < ?1", params![before])?;
    Ok(())
}

fn read(row: &Row) -> Result<UploadRow, DbError> {
    Ok(UploadRow {
        id: row.get(0)?,
        account_id: row.get(1)?,
        sha256: row.get(2)?,
        length_bytes: row.get(3)?,
        offset_bytes: row.get(4)?,
        metadata: row.get(5)?,
        is_complete: row.get(6)?,
        expires_at: row.get(7)?,
    })
}
