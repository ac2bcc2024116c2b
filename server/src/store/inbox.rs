//! Visits that have their receipt and are not checked yet.

use serde::{Deserialize, Serialize};

use super::db::{DbError, Row, Tx};
use super::submissions::FlagRow;
use crate::params;

/// A row of `inbox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Id of the submission that it becomes; ordered by time.
    pub id: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// Receipt number.
    pub receipt_number: String,
    /// Who sent it.
    pub account_id: String,
    /// Hash over the document and its files.
    pub content_sha256: String,
    /// The seal's digest.
    pub digest: String,
    /// When it arrived, milliseconds UTC.
    pub received_at: i64,
    /// The task that it came with; may be empty.
    pub task_id: String,
    /// The document.
    pub xml: String,
    /// The seal as JSON; empty where none came.
    pub seal: String,
    /// What the phone noted of its files, JSON; empty where it noted nothing.
    pub notes: String,
    /// What was found at the door.
    pub flags: Vec<FlagRow>,
    /// The files, in the order of arrival.
    pub files: Vec<InboxFile>,
    /// How often it could not be made a submission.
    pub attempts: i64,
}

/// A file of a visit in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxFile {
    /// File name, as the answer gives it.
    pub name: String,
    /// Key in the blob store.
    pub sha256: String,
    /// Media type found in the bytes.
    pub media_type: String,
    /// Size.
    pub size_bytes: i64,
    /// Pixels; 0 where it is no picture.
    pub width: i64,
    /// Pixels; 0 where it is no picture.
    pub height: i64,
}

const COLUMNS: &str = "id, instance_id, receipt_number, account_id, content_sha256, digest, received_at, task_id, xml, \
    seal, notes, flags, files, attempts";

/// Adds a visit; [`DbError::Unique`] where its instance id or receipt number waits already.
pub fn insert(tx: &mut dyn Tx, row: &InboxRow) -> Result<(), DbError> {
    tx.execute(
        &format!("INSERT INTO inbox ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
        params![
            &row.id,
            &row.instance_id,
            &row.receipt_number,
            &row.account_id,
            &row.content_sha256,
            &row.digest,
            row.received_at,
            &row.task_id,
            &row.xml,
            &row.seal,
            &row.notes,
            json(&row.flags)?,
            json(&row.files)?,
            row.attempts
        ],
    )?;
    Ok(())
}

/// Returns those after an id, in the order of their ids.
pub fn after(tx: &mut dyn Tx, id: &str, limit: i64) -> Result<Vec<InboxRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM inbox WHERE id > ?1 ORDER BY id LIMIT ?2");
    tx.query(&sql, params![id, limit])?.iter().map(read).collect()
}

/// Finds one by `instanceID`.
pub fn by_instance(tx: &mut dyn Tx, instance_id: &str) -> Result<Option<InboxRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM inbox WHERE instance_id = ?1");
    tx.first(&sql, params![instance_id])?.map(|row| read(&row)).transpose()
}

/// Returns whether a receipt number is taken.
pub fn has_receipt(tx: &mut dyn Tx, number: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT id FROM inbox WHERE receipt_number = ?1", params![number])?.is_some())
}

/// Takes one out; returns whether it was there.
pub fn remove(tx: &mut dyn Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM inbox WHERE id = ?1", params![id])? == 1)
}

/// Notes that one could not be made a submission.
pub fn failed(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE inbox SET attempts = attempts + 1 WHERE id = ?1", params![id])?;
    Ok(())
}

/// Returns whether one of them, or of one account's where that is not empty, has a file; its size in bytes.
pub fn size_of(tx: &mut dyn Tx, account_id: &str, sha256: &str) -> Result<Option<i64>, DbError> {
    // Within quotes, which a name can't hold as they are.
    let sql = r#"SELECT files FROM inbox
                 WHERE (?1 = '' OR account_id = ?1) AND files LIKE '%"sha256":"' || ?2 || '"%' LIMIT 1"#;
    let Some(row) = tx.first(sql, params![account_id, sha256])? else { return Ok(None) };
    let files: Vec<InboxFile> = parsed(&row.get::<String>(0)?)?;
    Ok(files.into_iter().find(|it| it.sha256 == sha256).map(|it| it.size_bytes))
}

/// Returns the hashes of all their files.
pub fn files(tx: &mut dyn Tx) -> Result<Vec<String>, DbError> {
    let mut hashes = Vec::new();
    for row in tx.query("SELECT files FROM inbox", &[])? {
        let files: Vec<InboxFile> = parsed(&row.get::<String>(0)?)?;
        hashes.extend(files.into_iter().map(|it| it.sha256));
    }
    Ok(hashes)
}

fn read(row: &Row) -> Result<InboxRow, DbError> {
    Ok(InboxRow {
        id: row.get(0)?,
        instance_id: row.get(1)?,
        receipt_number: row.get(2)?,
        account_id: row.get(3)?,
        content_sha256: row.get(4)?,
        digest: row.get(5)?,
        received_at: row.get(6)?,
        task_id: row.get(7)?,
        xml: row.get(8)?,
        seal: row.get(9)?,
        notes: row.get(10)?,
        flags: parsed(&row.get::<String>(11)?)?,
        files: parsed(&row.get::<String>(12)?)?,
        attempts: row.get(13)?,
    })
}

fn json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Other(error.to_string()))
}

fn parsed<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::Other(error.to_string()))
}
