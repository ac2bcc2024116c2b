//! Register imports: the uploaded file by hash, how far it is, and the report of what it would change.

use super::db::{DbError, Row, Tx};
use crate::params;

/// A row of `register_import`.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Id.
    pub id: String,
    /// List to change.
    pub list: String,
    /// Name of the uploaded file.
    pub file_name: String,
    /// Its SHA-256; the bytes are in the blob store.
    pub sha256: String,
    /// `reading`, `previewed`, `applying`, `applied` or `failed`.
    pub state: String,
    /// Who uploaded it.
    pub account_id: String,
    /// Rows done and rows in all.
    pub progress: (i64, i64),
    /// The preview as JSON.
    pub report: String,
}

/// Adds an import.
pub fn insert(tx: &mut dyn Tx, row: &ImportRow, now: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO register_import (id, list, file_name, sha256, state, account_id, created_at, done, total, report)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            &row.id, &row.list, &row.file_name, &row.sha256, &row.state, &row.account_id, now, row.progress.0,
            row.progress.1, &row.report
        ],
    )?;
    Ok(())
}

/// Finds an import.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<ImportRow>, DbError> {
    let row = tx.first(
        "SELECT id, list, file_name, sha256, state, account_id, done, total, report FROM register_import WHERE id = ?1",
        params![id],
    )?;
    let read = |row: Row| -> Result<ImportRow, DbError> {
        Ok(ImportRow {
            id: row.get(0)?,
            list: row.get(1)?,
            file_name: row.get(2)?,
            sha256: row.get(3)?,
            state: row.get(4)?,
            account_id: row.get(5)?,
            progress: (row.get(6)?, row.get(7)?),
            report: row.get(8)?,
        })
    };
    row.map(read).transpose()
}

/// Changes an import's state if it is still the expected one; returns whether it was.
pub fn change_state(tx: &mut dyn Tx, id: &str, from: &str, to: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE register_import SET state = ?3 WHERE id = ?1 AND state = ?2",
        params![id, from, to],
    )?;
    Ok(n_rows == 1)
}

/// Writes the preview and the progress.
pub fn set_report(tx: &mut dyn Tx, id: &str, report: &str, done: i64, total: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE register_import SET report = ?2, done = ?3, total = ?4 WHERE id = ?1",
        params![id, report, done, total],
    )?;
    Ok(())
}

/// Forgets an import that is not being applied; returns whether there was one.
pub fn delete(tx: &mut dyn Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM register_import WHERE id = ?1 AND state <> 'applying'", params![id])? == 1)
}
