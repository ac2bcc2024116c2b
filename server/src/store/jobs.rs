//! The queue of background work: rows with a lease.

use super::db::{DbError, Tx};
use crate::params;

/// A row of `job`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Id.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub target: String,
    /// How often it was begun, this time included.
    pub attempts: i64,
}

/// Adds a job unless the same one waits already.
pub fn add(tx: &mut dyn Tx, id: &str, kind: &str, target: &str, run_at: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO job (id, kind, target, run_at, lease_until, attempts, problem) VALUES (?1, ?2, ?3, ?4, 0, 0, '')
         ON CONFLICT (kind, target) DO NOTHING",
        params![id, kind, target, run_at],
    )?;
    Ok(())
}

/// No job is put off, and no lease given, for as long as this: what is, comes from a clock that was ahead for a while.
const FAR_MS: i64 = 86_400_000;

/// Takes the oldest job that is due and that nobody holds.
pub fn claim(tx: &mut dyn Tx, now: i64, lease_until: i64) -> Result<Option<JobRow>, DbError> {
    let row = tx.first(
        "UPDATE job SET lease_until = ?2, attempts = attempts + 1
          WHERE id = (SELECT id FROM job WHERE (run_at <= ?1 OR run_at > ?3) AND (lease_until < ?1 OR lease_until > ?3)
                       ORDER BY run_at, id LIMIT 1)
            AND (lease_until < ?1 OR lease_until > ?3)
         RETURNING id, kind, target, attempts",
        params![now, lease_until, now + FAR_MS],
    )?;
    row.map(|row| {
        Ok(JobRow { id: row.get(0)?, kind: row.get(1)?, target: row.get(2)?, attempts: row.get(3)? })
    })
    .transpose()
}

/// Removes a job that is done or given up.
pub fn remove(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM job WHERE id = ?1", params![id])?;
    Ok(())
}

/// Puts a job back for later, with what went wrong.
pub fn put_back(tx: &mut dyn Tx, id: &str, run_at: i64, problem: &str) -> Result<(), DbError> {
    tx.execute(
        "UPDATE job SET lease_until = 0, run_at = ?2, problem = ?3 WHERE id = ?1",
        params![id, run_at, problem],
    )?;
    Ok(())
}
