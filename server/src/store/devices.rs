//! Public keys of phones.

use super::db::{DbError, Row, Tx};
use crate::params;

/// A row of `device_key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// SHA-256 of the public key.
    pub id: String,
    /// Whose.
    pub account_id: String,
    /// The browser's own random name.
    pub device_id: String,
    /// What people recognise the phone by.
    pub label: String,
    /// The uncompressed point, hex.
    pub public_key: String,
    /// Milliseconds UTC.
    pub enrolled_at: i64,
    /// Milliseconds UTC; 0 while it holds.
    pub revoked_at: i64,
    /// Name of who revoked it; empty while it holds.
    pub revoked_by: String,
    /// Highest number of a seal that has come; 0 before the first.
    pub head_counter: i64,
    /// That seal's digest; empty before the first.
    pub head_digest: String,
}

const COLUMNS: &str = "id, account_id, device_id, label, public_key, enrolled_at, revoked_at, revoked_by, \
    head_counter, head_digest";

/// Adds a key unless it is there; returns whether it was added.
pub fn insert(tx: &mut dyn Tx, row: &KeyRow) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        &format!(
            "INSERT INTO device_key ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO NOTHING"
        ),
        params![
            &row.id,
            &row.account_id,
            &row.device_id,
            &row.label,
            &row.public_key,
            row.enrolled_at,
            row.revoked_at,
            &row.revoked_by,
            row.head_counter,
            &row.head_digest
        ],
    )?;
    Ok(n_rows == 1)
}

/// Finds a key.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<KeyRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM device_key WHERE id = ?1");
    tx.first(&sql, params![id])?.map(|row| read(&row)).transpose()
}

/// Finds a key and keeps others from working on its chain until the transaction ends.
pub fn get_locked(tx: &mut dyn Tx, id: &str) -> Result<Option<KeyRow>, DbError> {
    tx.execute("UPDATE device_key SET head_counter = head_counter WHERE id = ?1", params![id])?;
    get(tx, id)
}

/// Returns keys with their owners' names after a place in the order of enrolment.
pub fn page(tx: &mut dyn Tx, after: (i64, &str), limit: i64) -> Result<Vec<(KeyRow, String)>, DbError> {
    let columns: Vec<String> = COLUMNS.split(", ").map(|it| format!("device_key.{}", it.trim())).collect();
    let sql = format!(
        "SELECT {}, account.name FROM device_key JOIN account ON account.id = device_key.account_id
          WHERE (device_key.enrolled_at, device_key.id) > (?1, ?2)
          ORDER BY device_key.enrolled_at, device_key.id LIMIT ?3",
        columns.join(", ")
    );
    let rows = tx.query(&sql, params![after.0, after.1, limit])?;
    rows.iter().map(|row| Ok((read(row)?, row.get(10)?))).collect()
}

/// Revokes a key that holds; returns whether it did.
pub fn revoke(tx: &mut dyn Tx, id: &str, now: i64, by: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE device_key SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at = 0",
        params![id, now, by],
    )?;
    Ok(n_rows == 1)
}

/// Notes the seal with the highest number so far.
pub fn move_head(tx: &mut dyn Tx, id: &str, counter: i64, digest: &str) -> Result<(), DbError> {
    tx.execute(
        "UPDATE device_key SET head_counter = ?2, head_digest = ?3 WHERE id = ?1 AND head_counter < ?2",
        params![id, counter, digest],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<KeyRow, DbError> {
    Ok(KeyRow {
        id: row.get(0)?,
        account_id: row.get(1)?,
        device_id: row.get(2)?,
        label: row.get(3)?,
        public_key: row.get(4)?,
        enrolled_at: row.get(5)?,
        revoked_at: row.get(6)?,
        revoked_by: row.get(7)?,
        head_counter: row.get(8)?,
        head_digest: row.get(9)?,
    })
}
