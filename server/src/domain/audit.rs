//! Who did what, as a hash chain: a row that is changed or removed later breaks every hash behind it.
//!
//! A row is written in the transaction of what it tells of. Its place in the chain comes shortly after, from one
//! sealer, so that writers never wait for each other.

use super::account::Account;
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::store::audit::{self, AuditRow};
use crate::store::db::{DbError, Tx};

/// Rows that one sealing transaction takes at most.
const BATCH: i64 = 500;

/// Records an act of a person.
pub fn record(
    tx: &mut dyn Tx,
    now: i64,
    by: &Account,
    action: &str,
    target: &str,
    detail: &str,
) -> Result<(), DbError> {
    record_as(tx, now, &by.id, action, target, detail)
}

/// Records an act by account id; empty for the server itself.
pub fn record_as(
    tx: &mut dyn Tx,
    now: i64,
    account_id: &str,
    action: &str,
    target: &str,
    detail: &str,
) -> Result<(), DbError> {
    audit::insert(tx, &row(now, account_id, action, target, detail))
}

/// Records that something is about to be told; nothing is told when that fails. On a full disk it is held in memory until
/// there is room.
pub async fn note(
    app: &App,
    account_id: &str,
    action: &str,
    target: &str,
    detail: &str,
) -> Result<(), DbError> {
    let row = row(app.clock.now_ms(), account_id, action, target, detail);
    let written = row.clone();
    match app.db.write(move |tx| audit::insert(tx, &written)).await {
        Err(DbError::Full) => app.held.act(row),
        other => other,
    }
}

/// Writes a row that was made before.
pub(super) fn insert(tx: &mut dyn Tx, row: &AuditRow) -> Result<(), DbError> {
    audit::insert(tx, row)
}

/// Returns a row of the log.
pub(super) fn row(now: i64, account_id: &str, action: &str, target: &str, detail: &str) -> AuditRow {
    AuditRow {
        id: crate::new_id(),
        at: now,
        account_id: account_id.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Returns the last place of the chain and its hash.
pub async fn head(app: &App) -> Result<(i64, String), DbError> {
    app.db.read(|tx| audit::head(tx)).await
}

/// Returns when the last row of the chain was written.
pub async fn last_at(app: &App) -> Result<Option<i64>, DbError> {
    app.db.read(|tx| audit::last_at(tx)).await
}

/// Gives every waiting row its place in the chain.
pub async fn seal(app: &App) -> Result<(), DbError> {
    while app.db.write(seal_batch).await? {}
    Ok(())
}

/// Seals one batch; returns whether more may wait.
fn seal_batch(tx: &mut dyn Tx) -> Result<bool, DbError> {
    let (first, mut hash) = audit::head(tx)?;
    let rows = audit::unsealed(tx, BATCH)?;
    let mut seq = first;
    for row in &rows {
        seq += 1;
        hash = chained(&hash, seq, row);
        audit::seal(tx, &row.id, seq, &hash)?;
    }
    if !rows.is_empty() && !audit::move_head(tx, first, seq, &hash)? {
        return Err(DbError::Other("another process sealed the audit log".to_owned()));
    }
    Ok(rows.len() as i64 == BATCH)
}

/// Returns the hash of a row in its place. Lengths keep neighbouring fields apart.
pub(super) fn chained(previous: &str, seq: i64, row: &AuditRow) -> String {
    let fields = [
        previous,
        &seq.to_string(),
        &row.id,
        &row.at.to_string(),
        &row.account_id,
        &row.action,
        &row.target,
        &row.detail,
    ];
    let text: String = fields.iter().map(|field| format!("{}:{field}\n", field.len())).collect();
    sha256_hex(text.as_bytes())
}
