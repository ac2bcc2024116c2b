//! The audit log and the place of each row in its hash chain.

use super::db::{DbError, Tx};
use crate::params;

/// A row of `audit`.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Id, ordered by time.
    pub id: String,
    /// Milliseconds UTC.
    pub at: i64,
    /// Who; empty for the server itself.
    pub account_id: String,
    /// What was done, e.g. `read submission`.
    pub action: String,
    /// To what, by id.
    pub target: String,
    /// What a reader needs besides; never personal data.
    pub detail: String,
}

/// Writes a row; it joins the chain later.
pub fn insert(tx: &mut dyn Tx, row: &AuditRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO audit (id, at, account_id, action, target, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![&row.id, row.at, &row.account_id, &row.action, &row.target, &row.detail],
    )?;
    Ok(())
}

/// Returns the last place of the chain and its hash.
pub fn head(tx: &mut dyn Tx) -> Result<(i64, String), DbError> {
    let row = tx.first("SELECT seq, hash FROM audit_head WHERE id = 'head'", params![])?;
    let row = row.ok_or_else(|| DbError::Other("the audit chain has no head".to_owned()))?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Returns the time of the last row in the chain, milliseconds UTC; none while there is no row.
pub fn last_at(tx: &mut dyn Tx) -> Result<Option<i64>, DbError> {
    let row = tx.first(
        "SELECT audit.at FROM audit JOIN audit_head ON audit_head.seq = audit.seq WHERE audit_head.id = 'head'",
        params![],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Returns rows that have no place yet, oldest first.
pub fn unsealed(tx: &mut dyn Tx, limit: i64) -> Result<Vec<AuditRow>, DbError> {
    let rows = tx.query(
        "SELECT id, at, account_id, action, target, detail FROM audit WHERE seq IS NULL ORDER BY at, id LIMIT ?1",
        params![limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                id: row.get(0)?,
                at: row.get(1)?,
                account_id: row.get(2)?,
                action: row.get(3)?,
                target: row.get(4)?,
                detail: row.get(5)?,
            })
        })
        .collect()
}

/// Gives a row its place.
pub fn seal(tx: &mut dyn Tx, id: &str, seq: i64, hash: &str) -> Result<(), DbError> {
    tx.execute("UPDATE audit SET seq = ?2, hash = ?3 WHERE id = ?1 AND seq IS NULL", params![id, seq, hash])?;
    Ok(())
}

/// Moves the head if nobody else has; returns whether it moved.
pub fn move_head(tx: &mut dyn Tx, from: i64, to: i64, hash: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE audit_head SET seq = ?2, hash = ?3 WHERE id = 'head' AND seq = ?1",
        params![from, to, hash],
    )?;
    Ok(n_rows == 1)
}

/// Returns the detail of the first row after a place of the chain that tells of an action on a target, in the chain or not yet.
pub fn detail_since(
    tx: &mut dyn Tx,
    seq: i64,
    action: &str,
    target: &str,
) -> Result<Option<String>, DbError> {
    let row = tx.first(
        "SELECT detail FROM audit WHERE (seq > ?1 OR seq IS NULL) AND action = ?2 AND target = ?3 ORDER BY at, id LIMIT 1",
        params![seq, action, target],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Returns rows after a place of the chain, in order, with their hashes.
pub fn sealed_after(tx: &mut dyn Tx, seq: i64, limit: i64) -> Result<Vec<(AuditRow, i64, String)>, DbError> {
    let rows = tx.query(
        "SELECT id, at, account_id, action, target, detail, seq, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![seq, limit],
    )?;
    rows.iter()
        .map(|row| {
            let audit = AuditRow {
                id: row.get(0)?,
                at: row.get(1)?,
                account_id: row.get(2)?,
                action: row.get(3)?,
                target: row.get(4)?,
                detail: row.get(5)?,
            };
            Ok((audit, row.get(6)?, row.get(7)?))
        })
        .collect()
}
