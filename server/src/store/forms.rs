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
    /// SHA-256 of the workbook it was made from; empty where it was not kept.
    pub workbook_sha256: String,
    /// The workbook's file name.
    pub workbook_name: String,
    /// What the publisher noted.
    pub note: String,
}

/// A row of `form_event`: a version that became current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormEventRow {
    /// Id.
    pub id: String,
    /// Form id.
    pub form_id: String,
    /// Version that became current.
    pub version: String,
    /// Milliseconds UTC.
    pub at: i64,
    /// Who did it.
    pub by_name: String,
    /// `published` or `rolled_back`.
    pub kind: String,
    /// What the person noted.
    pub note: String,
}

const COLUMNS: &str = "form_id, version, title, xform_sha256, published_at, by_name, is_current, workbook_sha256, \
    workbook_name, note";

/// Adds a version; [`DbError::Unique`] where it was published before.
pub fn insert(tx: &mut dyn Tx, row: &FormRow, xform: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO form (form_id, version, title, xform_sha256, published_at, by_name, is_current, workbook_sha256,
                           workbook_name, note, xform)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            &row.form_id,
            &row.version,
            &row.title,
            &row.xform_sha256,
            row.published_at,
            &row.by_name,
            row.is_current,
            &row.workbook_sha256,
            &row.workbook_name,
            &row.note,
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

/// Makes a version current; returns whether it exists. Call [`retire`] before.
pub fn make_current(tx: &mut dyn Tx, form_id: &str, version: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE form SET is_current = ?3 WHERE form_id = ?1 AND version = ?2",
        params![form_id, version, true],
    )?;
    Ok(n_rows == 1)
}

/// Keeps the workbook of a version that was published without it; returns whether it was.
pub fn keep_workbook(
    tx: &mut dyn Tx,
    form_id: &str,
    version: &str,
    sha256: &str,
    name: &str,
) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE form SET workbook_sha256 = ?3, workbook_name = ?4
         WHERE form_id = ?1 AND version = ?2 AND workbook_sha256 = ''",
        params![form_id, version, sha256, name],
    )?;
    Ok(n_rows == 1)
}

/// Notes that a version became current.
pub fn insert_event(tx: &mut dyn Tx, row: &FormEventRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO form_event (id, form_id, version, at, by_name, kind, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![&row.id, &row.form_id, &row.version, row.at, &row.by_name, &row.kind, &row.note],
    )?;
    Ok(())
}

/// Returns which versions of a form became current, newest first.
pub fn events(tx: &mut dyn Tx, form_id: &str, limit: i64) -> Result<Vec<FormEventRow>, DbError> {
    let rows = tx.query(
        "SELECT id, form_id, version, at, by_name, kind, note FROM form_event WHERE form_id = ?1
         ORDER BY at DESC, id DESC LIMIT ?2",
        params![form_id, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(FormEventRow {
                id: row.get(0)?,
                form_id: row.get(1)?,
                version: row.get(2)?,
                at: row.get(3)?,
                by_name: row.get(4)?,
                kind: row.get(5)?,
                note: row.get(6)?,
            })
        })
        .collect()
}

/// Returns one version.
pub fn get(tx: &mut dyn Tx, form_id: &str, version: &str) -> Result<Option<FormRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM form WHERE form_id = ?1 AND version = ?2");
    tx.first(&sql, params![form_id, version])?.map(|row| read(&row)).transpose()
}

/// Returns the versions of one form, newest first.
pub fn versions(tx: &mut dyn Tx, form_id: &str) -> Result<Vec<FormRow>, DbError> {
    let sql =
        format!("SELECT {COLUMNS} FROM form WHERE form_id = ?1 ORDER BY published_at DESC, version DESC");
    tx.query(&sql, params![form_id])?.iter().map(read).collect()
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
        workbook_sha256: row.get(7)?,
        workbook_name: row.get(8)?,
        note: row.get(9)?,
    })
}
