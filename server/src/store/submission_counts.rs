//! How many submissions there are in each review state, and visits on each day: kept, so that nobody has to count them.
//!
//! Each count is the sum of several parts. A submission belongs to one of them by its id, so that those that come at the
//! same time seldom wait for each other.

use super::db::{DbError, Tx};
use crate::params;

/// Parts of a count.
const PARTS: u8 = 8;
const STATE: &str = "state";
const DAY: &str = "day";

/// Counts a submission that was just stored.
pub fn entered(tx: &mut dyn Tx, id: &str, visited_on: &str, state: &str) -> Result<(), DbError> {
    add(tx, id, [(DAY, visited_on, 1), (STATE, state, 1)])
}

/// Counts a submission in another state than before.
pub fn moved(tx: &mut dyn Tx, id: &str, (from, to): (&str, &str)) -> Result<(), DbError> {
    // Always in the same order, so that two that wait for each other do not wait for ever.
    let mut changes = [(STATE, from, -1), (STATE, to, 1)];
    changes.sort();
    if from == to { Ok(()) } else { add(tx, id, changes) }
}

fn add(tx: &mut dyn Tx, id: &str, changes: [(&str, &str, i64); 2]) -> Result<(), DbError> {
    let part = id.bytes().next_back().map_or(0, |it| i64::from(it % PARTS));
    for (what, value, n) in changes {
        let key = params![what, value, part, n];
        // Nearly always it is there, and an update costs less than an insertion that may meet a row.
        let sql = "UPDATE submission_count SET n = n + ?4 WHERE what = ?1 AND value = ?2 AND part = ?3";
        if tx.execute(sql, key)? == 0 {
            tx.execute(
                "INSERT INTO submission_count (what, value, part, n) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (what, value, part) DO UPDATE SET n = submission_count.n + excluded.n",
                key,
            )?;
        }
    }
    Ok(())
}

/// Returns how many submissions are in each review state.
pub fn by_state(tx: &mut dyn Tx) -> Result<Vec<(String, i64)>, DbError> {
    sums(tx, STATE, "")
}

/// Returns how many visits were on each civil day, from a day on.
pub fn by_day(tx: &mut dyn Tx, from: &str) -> Result<Vec<(String, i64)>, DbError> {
    sums(tx, DAY, from)
}

fn sums(tx: &mut dyn Tx, what: &str, from: &str) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT value, CAST(sum(n) AS BIGINT) FROM submission_count WHERE what = ?1 AND value >= ?2
          GROUP BY value HAVING sum(n) <> 0 ORDER BY value",
        params![what, from],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
