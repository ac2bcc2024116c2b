//! Published packs: their tables, every one of them.

use super::db::{DbError, Row, Tx};
use crate::params;

/// A row of `pack` without the document.
#[derive(Debug, Clone)]
pub struct PackRow {
    /// Id.
    pub id: String,
    /// SHA-256 of the document.
    pub sha256: String,
    /// Milliseconds UTC.
    pub published_at: i64,
    /// Who published it.
    pub by_name: String,
    /// Whether the server works by it.
    pub is_current: bool,
}

const COLUMNS: &str = "id, sha256, published_at, by_name, is_current";

/// Makes a pack the current one.
pub fn insert(tx: &mut dyn Tx, row: &PackRow, document: &str) -> Result<(), DbError> {
    tx.execute("UPDATE pack SET is_current = ?1 WHERE is_current", params![false])?;
    tx.execute(
        "INSERT INTO pack (id, sha256, document, published_at, by_name, is_current) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![&row.id, &row.sha256, document, row.published_at, &row.by_name, true],
    )?;
    Ok(())
}

/// Returns the current pack.
pub fn current(tx: &mut dyn Tx) -> Result<Option<PackRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pack WHERE is_current");
    tx.first(&sql, params![])?.map(|row| read(&row)).transpose()
}

/// Returns a pack's document.
pub fn document(tx: &mut dyn Tx, id: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT document FROM pack WHERE id = ?1", params![id])?;
    row.map(|row| row.get(0)).transpose()
}

/// Returns every pack, newest first.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<PackRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pack ORDER BY published_at DESC, id DESC");
    tx.query(&sql, params![])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<PackRow, DbError> {
    Ok(PackRow {
        id: row.get(0)?,
        sha256: row.get(1)?,
        published_at: row.get(2)?,
        by_name: row.get(3)?,
        is_current: row.get(4)?,
    })
}
