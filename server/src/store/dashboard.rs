//! The counts of the desk's first page.

use super::db::{DbError, Tx};
use crate::params;

/// Benefit holders of one grid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolderCount {
    /// Grid.
    pub grid: String,
    /// People who receive a benefit and must certify.
    pub holders: i64,
    /// Of these: not due before `soon`.
    pub certified: i64,
    /// Due from today until `soon`.
    pub due_soon: i64,
    /// Due before today.
    pub overdue: i64,
}

/// Counts benefit holders by grid; days as `YYYY-MM-DD`.
///
/// People who died, moved, or are held or abroad are no longer this community's to certify.
pub fn holders(tx: &mut dyn Tx, today: &str, soon: &str) -> Result<Vec<HolderCount>, DbError> {
    let rows = tx.query(
        "SELECT grid, count(*),
                count(*) FILTER (WHERE due > ?2),
                count(*) FILTER (WHERE due >= ?1 AND due <= ?2),
                count(*) FILTER (WHERE due < ?1)
           FROM entity
          WHERE list = 'residents' AND kind <> '' AND due <> ''
            AND status NOT IN ('deceased', 'moved', 'detained', 'abroad')
          GROUP BY grid ORDER BY grid",
        params![today, soon],
    )?;
    rows.iter()
        .map(|row| {
            Ok(HolderCount {
                grid: row.get(0)?,
                holders: row.get(1)?,
                certified: row.get(2)?,
                due_soon: row.get(3)?,
                overdue: row.get(4)?,
            })
        })
        .collect()
}

/// Counts tasks to be done by grid.
pub fn open_tasks(tx: &mut dyn Tx) -> Result<Vec<(String, i64)>, DbError> {
    pairs(
        tx,
        "SELECT grid, count(*) FROM task WHERE state IN ('open', 'claimed', 'started', 'returned')
         GROUP BY grid ORDER BY grid",
        &[],
    )
}

/// Counts what should have been answered or decided by now and was not: tasks and submissions.
pub fn late(tx: &mut dyn Tx) -> Result<(i64, i64), DbError> {
    let mut count =
        |sql: &str| -> Result<i64, DbError> { tx.first(sql, &[])?.map_or(Ok(0), |row| row.get(0)) };
    let n_tasks = count(
        "SELECT count(*) FROM task
          WHERE escalated_at > 0 AND state IN ('planned', 'open', 'claimed', 'started', 'returned')",
    )?;
    let n_submissions = count(
        "SELECT count(*) FROM submission WHERE escalated_at > 0 AND review_state IN ('received', 'edited')",
    )?;
    Ok((n_tasks, n_submissions))
}

/// Returns the commonest flags of submissions that nobody has decided yet.
pub fn top_flags(tx: &mut dyn Tx, limit: i64) -> Result<Vec<(String, i64)>, DbError> {
    // Code by code, so that what was decided is not read.
    pairs(
        tx,
        "WITH RECURSIVE known (code) AS (
             SELECT min(code) FROM flagged
             UNION ALL
             SELECT (SELECT min(flagged.code) FROM flagged WHERE flagged.code > known.code)
               FROM known WHERE known.code IS NOT NULL
         ), waiting (code, n) AS (
             SELECT code, (SELECT count(*) FROM flagged
                            WHERE flagged.code = known.code AND flagged.review_state IN ('received', 'edited'))
               FROM known WHERE known.code IS NOT NULL
         )
         SELECT code, n FROM waiting WHERE n > 0 ORDER BY n DESC, code LIMIT ?1",
        params![limit],
    )
}

fn pairs(tx: &mut dyn Tx, sql: &str, params: &[super::db::Value]) -> Result<Vec<(String, i64)>, DbError> {
    tx.query(sql, params)?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
