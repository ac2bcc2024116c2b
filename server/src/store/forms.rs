//! Published forms, every version of them.

use super::db::{DbError, Row, Tx};
use crate::params;

/// A row of `form` without the XForm itself.
#[derive(Debug, Clone)]
pub struct FormRow {
    /// Form id.
    pub form_id: String,
    /// Version; may be empty.
    pub version: String,
    /// Title.
    pub title: String,
    /// SHA-256 of the XForm.
    pub xform_sha256: String,
    /// Milliseconds UTC.
    pub published_at: i64,
    /// Who published it.
    pub by_name: String,
    /// Whether new visits use it.
    pub is_current: bool,
}

const COLUMNS: &str = "form_id, version, title, xform_sha256, published_at, by_name, is_current";

/// Adds a version; [`DbError::Unique`] where it was published before.
pub fn insert(tx: &mut dyn Tx, row: &FormRow, xform: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO form (form_id, version, title, xform_sha256, published_at, by_name, is_current, xform)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            &row.form_id,
            &row.version,
            &row.title,
            &row.xform_sha256,
            row.published_at,
            &row.by_name,
            row.is_current,
            xform
        ],
    )?;
    Ok(())
}

/// Marks every version of a form as no longer current.
pub fn retire(tx: &mut dyn Tx, form_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE form SET is_current = ?2 WHERE form_id = ?1 AND is_current", params![form_id, false])?;
    Ok(())
}

/// Makes a version that was published before the current one again.
pub fn make_current(tx: &mut dyn Tx, form_id: &str, version: &str) -> Result<(), DbError> {
    retire(tx, form_id)?;
    tx.execute(
        "UPDATE form SET is_current = ?3 WHERE form_id = ?1 AND version = ?2",
        params![form_id, version, true],
    )?;
    Ok(())
}

/// Returns every version, forms by id, newest version first.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<FormRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM form ORDER BY form_id, published_at DESC, version DESC");
    tx.query(&sql, params![])?.iter().map(read).collect()
}

/// Returns the current version of every form, by id.
pub fn current(tx: &mut dyn Tx) -> Result<Vec<FormRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM form WHERE is_current ORDER BY form_id");
    tx.query(&sql, params![])?.iter().map(read).collect()
}

/// Returns the version of a form that is current.
pub fn current_version(tx: &mut dyn Tx, form_id: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT version FROM form WHERE form_id = ?1 AND is_current", params![form_id])?;
    row.map(|row| row.get(0)).transpose()
}

/// Returns whether any version of the form exists.
pub fn exists(tx: &mut dyn Tx, form_id: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT form_id FROM form WHERE form_id = ?1 LIMIT 1", params![form_id])?.is_some())
}

/// Returns the XForm of one version.
pub fn xform(tx: &mut dyn Tx, form_id: &str, version: &str) -> Result<Option<String>, DbError> {
    let row =
        tx.first("SELECT xform FROM form WHERE form_id = ?1 AND version = ?2", params![form_id, version])?;
    row.map(|row| row.get(0)).transpose()
}

fn read(row: &Row) -> Result<FormRow, DbError> {
    Ok(FormRow {
        form_id: row.get(0)?,
        version: row.get(1)?,
        title: row.get(2)?,
        xform_sha256: row.get(3)?,
        published_at: row.get(4)?,
        by_name: row.get(5)?,
        is_current: row.get(6)?,
    })
}
