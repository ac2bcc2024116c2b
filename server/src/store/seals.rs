//! The links of the phones' chains, and flags that come and go with them.

use super::db::{DbError, Row, Tx};
use super::queue;
use super::submissions::{self, FlagRow};
use crate::params;

/// A row of `seal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRow {
    /// SHA-256 of the canonical bytes.
    pub digest: String,
    /// Key that signed it.
    pub key_id: String,
    /// Number in the chain, from 1.
    pub counter: i64,
    /// Digest of the seal before; empty for the first.
    pub previous: String,
    /// The submission it came with.
    pub submission_id: String,
    /// Whether that submission replaced the one it was made for.
    pub is_replaced: bool,
}

const COLUMNS: &str = "digest, key_id, counter, previous, submission_id, is_replaced";

/// Adds a link unless it is there; returns whether it was added.
pub fn insert(tx: &mut dyn Tx, row: &SealRow) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        &format!(
            "INSERT INTO seal ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (digest) DO NOTHING"
        ),
        params![&row.digest, &row.key_id, row.counter, &row.previous, &row.submission_id, row.is_replaced],
    )?;
    Ok(n_rows == 1)
}

/// Finds a link by its digest.
pub fn by_digest(tx: &mut dyn Tx, digest: &str) -> Result<Option<SealRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM seal WHERE digest = ?1");
    tx.first(&sql, params![digest])?.map(|row| read(&row)).transpose()
}

/// Returns the links with a number: one, unless the chain forks.
pub fn at(tx: &mut dyn Tx, key_id: &str, counter: i64) -> Result<Vec<SealRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM seal WHERE key_id = ?1 AND counter = ?2 ORDER BY digest");
    tx.query(&sql, params![key_id, counter])?.iter().map(read).collect()
}

/// Returns the links that follow a digest: one, unless the chain forks.
pub fn following(tx: &mut dyn Tx, key_id: &str, digest: &str) -> Result<Vec<SealRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM seal WHERE key_id = ?1 AND previous = ?2 ORDER BY digest");
    tx.query(&sql, params![key_id, digest])?.iter().map(read).collect()
}

/// Returns the links that came with a submission: its own, if any, and those it replaced.
pub fn of_submission(tx: &mut dyn Tx, submission_id: &str) -> Result<Vec<SealRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM seal WHERE submission_id = ?1 ORDER BY counter, digest");
    tx.query(&sql, params![submission_id])?.iter().map(read).collect()
}

/// Returns links of a chain after a place, in order.
pub fn of_key(
    tx: &mut dyn Tx,
    key_id: &str,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<SealRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM seal WHERE key_id = ?1 AND (counter, digest) > (?2, ?3)
          ORDER BY counter, digest LIMIT ?4"
    );
    tx.query(&sql, params![key_id, after.0, after.1, limit])?.iter().map(read).collect()
}

/// Returns the ids of an account's submissions that have a flag.
pub fn flagged(tx: &mut dyn Tx, account_id: &str, code: &str) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "SELECT submission.id FROM flag JOIN submission ON submission.id = flag.submission_id
          WHERE flag.code = ?1 AND submission.account_id = ?2 ORDER BY submission.received_at, submission.id",
        params![code, account_id],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Adds a flag behind those that a submission has, unless it has one of this code; returns whether it was added.
pub fn raise_flag(tx: &mut dyn Tx, submission_id: &str, flag: &FlagRow) -> Result<bool, DbError> {
    let row = tx.first(
        "SELECT CAST(count(*) FILTER (WHERE code = ?2) AS BIGINT), CAST(coalesce(max(position), -1) AS BIGINT)
           FROM flag WHERE submission_id = ?1",
        params![submission_id, &flag.code],
    )?;
    let (n_same, last): (i64, i64) = match row {
        Some(row) => (row.get(0)?, row.get(1)?),
        None => (0, -1),
    };
    if n_same > 0 {
        return Ok(false);
    }
    submissions::add_flag(tx, submission_id, usize::try_from(last + 1).unwrap_or(0), flag)?;
    count_flags(tx, submission_id)?;
    Ok(true)
}

/// Takes a flag away; returns whether it was there.
pub fn lower_flag(tx: &mut dyn Tx, submission_id: &str, code: &str) -> Result<bool, DbError> {
    let n_rows =
        tx.execute("DELETE FROM flag WHERE submission_id = ?1 AND code = ?2", params![submission_id, code])?;
    if n_rows > 0 {
        count_flags(tx, submission_id)?;
    }
    Ok(n_rows > 0)
}

/// Brings what lists show of a submission's flags in step with them.
fn count_flags(tx: &mut dyn Tx, submission_id: &str) -> Result<(), DbError> {
    let flags = submissions::flags(tx, submission_id)?;
    let codes = flags.iter().map(|it| it.code.as_str()).collect();
    queue::set_flags(tx, submission_id, &codes, flags.len())
}

fn read(row: &Row) -> Result<SealRow, DbError> {
    Ok(SealRow {
        digest: row.get(0)?,
        key_id: row.get(1)?,
        counter: row.get(2)?,
        previous: row.get(3)?,
        submission_id: row.get(4)?,
        is_replaced: row.get(5)?,
    })
}
