//! How far the schedule has come with each list.

use super::db::{DbError, Tx};
use crate::params;

/// A row of `plan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// List.
    pub list: String,
    /// Pack that it was planned by.
    pub pack: String,
    /// Civil day.
    pub day: String,
    /// Last row that was looked at; may be empty.
    pub after_id: String,
    /// Whether every row was.
    pub is_done: bool,
}

/// Finds a list's.
pub fn get(tx: &mut dyn Tx, list: &str) -> Result<Option<PlanRow>, DbError> {
    let row =
        tx.first("SELECT list, pack, day, after_id, is_done FROM plan WHERE list = ?1", params![list])?;
    let read = |row: super::db::Row| {
        Ok(PlanRow {
            list: row.get(0)?,
            pack: row.get(1)?,
            day: row.get(2)?,
            after_id: row.get(3)?,
            is_done: row.get(4)?,
        })
    };
    row.map(read).transpose()
}

/// Writes a list's.
pub fn put(tx: &mut dyn Tx, row: &PlanRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO plan (list, pack, day, after_id, is_done) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (list) DO UPDATE SET pack = excluded.pack, day = excluded.day, after_id = excluded.after_id,
           is_done = excluded.is_done",
        params![&row.list, &row.pack, &row.day, &row.after_id, row.is_done],
    )?;
    Ok(())
}
