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

/// A row of `pack_event`: a pack that became current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackEventRow {
    /// Id, ordered by time.
    pub id: String,
    /// Pack that became current.
    pub pack_id: String,
    /// Milliseconds UTC.
    pub at: i64,
    /// Who did it.
    pub by_name: String,
    /// `published` or `rolled_back`.
    pub kind: String,
    /// What the person noted.
    pub note: String,
}

/// Adds a pack and makes it the current one. Call [`retire`] before.
pub fn insert(tx: &mut dyn Tx, row: &PackRow, document: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO pack (id, sha256, document, published_at, by_name, is_current) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![&row.id, &row.sha256, document, row.published_at, &row.by_name, true],
    )?;
    Ok(())
}

/// Marks the current pack as no longer current, and keeps which form versions (JSON object) were so with it.
pub fn retire(tx: &mut dyn Tx, forms: &str) -> Result<(), DbError> {
    tx.execute("UPDATE pack SET is_current = ?1, forms = ?2 WHERE is_current", params![false, forms])?;
    Ok(())
}

/// Makes a pack current again. Call [`retire`] before.
pub fn make_current(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE pack SET is_current = ?2 WHERE id = ?1", params![id, true])?;
    Ok(())
}

/// Returns the form versions (JSON object) that were current when a pack stopped being so.
pub fn forms(tx: &mut dyn Tx, id: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT forms FROM pack WHERE id = ?1", params![id])?;
    row.map(|row| row.get(0)).transpose()
}

/// Finds a pack.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<PackRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pack WHERE id = ?1");
    tx.first(&sql, params![id])?.map(|row| read(&row)).transpose()
}

/// Notes that a pack became current.
pub fn insert_event(tx: &mut dyn Tx, row: &PackEventRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO pack_event (id, pack_id, at, by_name, kind, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![&row.id, &row.pack_id, row.at, &row.by_name, &row.kind, &row.note],
    )?;
    Ok(())
}

/// Returns which packs became current, newest first.
pub fn events(tx: &mut dyn Tx, limit: i64) -> Result<Vec<PackEventRow>, DbError> {
    let rows = tx.query(
        "SELECT id, pack_id, at, by_name, kind, note FROM pack_event ORDER BY at DESC, id DESC LIMIT ?1",
        params![limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(PackEventRow {
                id: row.get(0)?,
                pack_id: row.get(1)?,
                at: row.get(2)?,
                by_name: row.get(3)?,
                kind: row.get(4)?,
                note: row.get(5)?,
            })
        })
        .collect()
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
