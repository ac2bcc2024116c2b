//! Visits that nobody has to review and that wait for their pictures to be compared.

use super::db::{DbError, Tx};
use crate::params;

/// Notes that a submission waits.
pub fn insert(tx: &mut dyn Tx, submission_id: &str) -> Result<(), DbError> {
    tx.execute("INSERT INTO settling (submission_id) VALUES (?1)", params![submission_id])?;
    Ok(())
}

/// Notes that a submission waits no longer; returns whether it did.
pub fn remove(tx: &mut dyn Tx, submission_id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM settling WHERE submission_id = ?1", params![submission_id])? == 1)
}
