//! Which visits still have their files, which are held back from deletion, and which files were deleted when.

use super::db::{DbError, Tx};
use super::inbox;
use crate::params;

/// A row of `kept_evidence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The task type, or `form` and the form's id.
    pub rule: String,
    /// When the visit arrived, milliseconds UTC.
    pub received_at: i64,
    /// Whether somebody holds its files back from deletion.
    pub is_held: bool,
    /// How many days its files stay where the pack does not know the rule any more; for good where it is absent.
    pub keep_days: Option<i64>,
}

/// Notes that a submission has files; `keep_days` as the rule says now.
pub fn keep(
    tx: &mut dyn Tx,
    submission_id: &str,
    (rule, keep_days): (&str, Option<i64>),
    received_at: i64,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO kept_evidence (submission_id, rule, received_at, is_held, keep_days) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![submission_id, rule, received_at, false, keep_days],
    )?;
    Ok(())
}

/// Returns how a submission's files are kept; none where it never had any, or they were deleted.
pub fn kept(tx: &mut dyn Tx, submission_id: &str) -> Result<Option<KeptRow>, DbError> {
    let row = tx.first(
        "SELECT rule, received_at, is_held, keep_days FROM kept_evidence WHERE submission_id = ?1",
        params![submission_id],
    )?;
    row.map(|row| {
        let (rule, received_at, is_held, keep_days) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(KeptRow { rule, received_at, is_held, keep_days })
    })
    .transpose()
}

/// Returns the first rule behind another one, in the order of the alphabet, that visits are kept by.
pub fn next_rule(tx: &mut dyn Tx, after: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT min(rule) FROM kept_evidence WHERE rule > ?1", params![after])?;
    Ok(row.map(|row| row.get(0)).transpose()?.flatten())
}

/// Notes the days of a rule with those of its submissions that came without; returns how many they were.
pub fn give_days(tx: &mut dyn Tx, rule: &str, keep_days: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE kept_evidence SET keep_days = ?2 WHERE rule = ?1 AND keep_days IS NULL",
        params![rule, keep_days],
    )
}

/// Returns whether submissions of a rule came without its days.
pub fn lack_days(tx: &mut dyn Tx, rule: &str) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM kept_evidence WHERE rule = ?1 AND keep_days IS NULL LIMIT 1";
    Ok(tx.first(sql, params![rule])?.is_some())
}

/// Returns submissions of a rule that are over by the days they came with, and are not held back; each with its days.
pub fn due_by_own_days(
    tx: &mut dyn Tx,
    rule: &str,
    now: i64,
    limit: i64,
) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT submission_id, keep_days FROM kept_evidence
          WHERE rule = ?1 AND is_held = ?2 AND keep_days IS NOT NULL AND received_at + keep_days * 86400000 <= ?3
          ORDER BY received_at LIMIT ?4",
        params![rule, false, now, limit],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Holds a submission's files back, or no longer; returns whether that changed anything.
pub fn set_held(tx: &mut dyn Tx, submission_id: &str, is_held: bool) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE kept_evidence SET is_held = ?2 WHERE submission_id = ?1 AND is_held <> ?2",
        params![submission_id, is_held],
    )?;
    Ok(n_rows == 1)
}

/// Returns submissions of a rule that arrived before a time and are not held back, oldest first.
pub fn due(tx: &mut dyn Tx, rule: &str, before: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "SELECT submission_id FROM kept_evidence WHERE rule = ?1 AND is_held = ?2 AND received_at <= ?3
          ORDER BY received_at LIMIT ?4",
        params![rule, false, before, limit],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Notes that a file of a submission is deleted, by a rule.
pub fn insert(
    tx: &mut dyn Tx,
    submission_id: &str,
    sha256: &str,
    at: i64,
    rule: &str,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO erasure (submission_id, sha256, erased_at, rule) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (submission_id, sha256) DO NOTHING",
        params![submission_id, sha256, at, rule],
    )?;
    Ok(())
}

/// Notes that a submission has no files any more; returns whether it had, and nobody holds them back.
pub fn let_go(tx: &mut dyn Tx, submission_id: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "DELETE FROM kept_evidence WHERE submission_id = ?1 AND is_held = ?2",
        params![submission_id, false],
    )?;
    Ok(n_rows == 1)
}

/// Returns when the files of a submission were deleted, and by which rule.
pub fn of_submission(tx: &mut dyn Tx, submission_id: &str) -> Result<Option<(i64, String)>, DbError> {
    let row = tx.first(
        "SELECT erased_at, rule FROM erasure WHERE submission_id = ?1 ORDER BY erased_at DESC LIMIT 1",
        params![submission_id],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Returns whether anything still needs a file: a visit whose files are kept or that is in the inbox, a form's workbook,
/// an import, or an upload that a visit is going to name.
pub fn is_needed(tx: &mut dyn Tx, sha256: &str) -> Result<bool, DbError> {
    // The inbox first: a visit goes from there to the others, never back.
    if inbox::size_of(tx, "", sha256)?.is_some() {
        return Ok(true);
    }
    let found = tx.first(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM attachment a JOIN kept_evidence k ON k.submission_id = a.submission_id
                                 WHERE a.sha256 = ?1)
                     OR EXISTS (SELECT 1 FROM form WHERE workbook_sha256 = ?1)
                     OR EXISTS (SELECT 1 FROM register_import WHERE sha256 = ?1)
                     OR EXISTS (SELECT 1 FROM upload WHERE sha256 = ?1 AND is_complete = ?2)",
        params![sha256, true],
    )?;
    Ok(found.is_some())
}

/// Returns every file that something needs.
pub fn needed(tx: &mut dyn Tx) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "SELECT a.sha256 FROM attachment a JOIN kept_evidence k ON k.submission_id = a.submission_id
         UNION SELECT workbook_sha256 FROM form WHERE workbook_sha256 <> ''
         UNION SELECT sha256 FROM register_import",
        params![],
    )?;
    let mut needed: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    needed.extend(inbox::files(tx)?);
    needed.sort();
    needed.dedup();
    Ok(needed)
}

/// Returns when a file was deleted because its time was over: milliseconds UTC; none while anything still needs it, and
/// for a file that nobody deleted. A file that is gone without this is missing.
pub fn erased_on(tx: &mut dyn Tx, sha256: &str) -> Result<Option<i64>, DbError> {
    let row = tx.first("SELECT max(erased_at) FROM erasure WHERE sha256 = ?1", params![sha256])?;
    let erased_at: Option<i64> = row.map(|row| row.get(0)).transpose()?.flatten();
    Ok(if erased_at.is_some() && is_needed(tx, sha256)? { None } else { erased_at })
}
