//! How many submissions of a form answer each question, and how many with each value.

use std::collections::BTreeMap;

use super::db::{DbError, Tx};
use crate::params;

/// Adds to a count; the empty value stands for any.
pub fn add(tx: &mut dyn Tx, form_id: &str, (path, value): (&str, &str), n: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO answer_count (form_id, path, value, n) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (form_id, path, value) DO UPDATE SET n = answer_count.n + excluded.n",
        params![form_id, path, value, n],
    )?;
    Ok(())
}

/// Returns a form's counts by path and value.
pub fn of_form(tx: &mut dyn Tx, form_id: &str) -> Result<BTreeMap<(String, String), i64>, DbError> {
    let rows = tx.query("SELECT path, value, n FROM answer_count WHERE form_id = ?1", params![form_id])?;
    rows.iter().map(|row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).collect()
}
