//! What was found on the pictures of a visit, and which pictures of other visits they are like.

use super::db::{DbError, Row, Tx};
use super::submissions::{self, FlagRow, SubmissionRow};
use super::{likeness, queue};
use crate::params;

/// Most likenesses that are told of a submission from either side: a picture that was used a hundred times need not be
/// told a hundred times.
const MAX_MATCHES: usize = 50;

/// A row of `photo`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhotoRow {
    /// File name.
    pub name: String,
    /// Fingerprint of what it shows; none where it shows nothing, is no photo, or was erased.
    pub likeness: Option<u64>,
    /// 0 to 1000; none where it could not be decoded or is no photo.
    pub sharpness: Option<i64>,
    /// 0 to 255; likewise.
    pub brightness: Option<i64>,
    /// What its file tells besides, words set apart by a space.
    pub extras: String,
    /// Bytes in its file that belong to no picture.
    pub n_stray: i64,
    /// When it was compared with the others, milliseconds UTC; 0 before.
    pub looked_at: i64,
}

/// A picture of another visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Submission.
    pub submission_id: String,
    /// File name.
    pub name: String,
}

/// A picture of another visit that one is like, with what a reviewer needs to know of that visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRow {
    /// File name of the picture it is about.
    pub name: String,
    /// The other visit.
    pub other: Elsewhere,
    /// Bits in which the fingerprints differ.
    pub n_bits: i64,
    /// Whether the files are the same byte by byte.
    pub is_same_file: bool,
    /// Whom the other visit was about.
    pub label: String,
    /// Who visited.
    pub account_name: String,
    /// When, milliseconds UTC.
    pub visited_at: i64,
    /// When the other picture was erased, if it was.
    pub erased_at: Option<i64>,
}

/// Adds what was found on a picture, and its fingerprint to those that others are compared with; a second time changes
/// nothing.
pub fn insert(tx: &mut dyn Tx, submission_id: &str, row: &PhotoRow) -> Result<(), DbError> {
    let likeness = row.likeness.map(u64::cast_signed);
    tx.execute(
        "INSERT INTO photo (submission_id, name, likeness, sharpness, brightness, extras, n_stray, looked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (submission_id, name) DO NOTHING",
        params![
            submission_id,
            &row.name,
            likeness,
            row.sharpness,
            row.brightness,
            &row.extras,
            row.n_stray,
            row.looked_at
        ],
    )?;
    row.likeness.map_or(Ok(()), |it| likeness::insert(tx, it))
}

/// Returns what was found on the pictures of a submission, by name.
pub fn of_submission(tx: &mut dyn Tx, submission_id: &str) -> Result<Vec<PhotoRow>, DbError> {
    let rows = tx.query(
        "SELECT name, likeness, sharpness, brightness, extras, n_stray, looked_at FROM photo
          WHERE submission_id = ?1 ORDER BY name",
        params![submission_id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(PhotoRow {
                name: row.get(0)?,
                likeness: row.get::<Option<i64>>(1)?.map(i64::cast_unsigned),
                sharpness: row.get(2)?,
                brightness: row.get(3)?,
                extras: row.get(4)?,
                n_stray: row.get(5)?,
                looked_at: row.get(6)?,
            })
        })
        .collect()
}

/// Notes that the pictures of a submission were compared; returns whether they had not been before.
pub fn finish(tx: &mut dyn Tx, submission_id: &str, at: i64) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE photo SET looked_at = ?2 WHERE submission_id = ?1 AND looked_at = 0",
        params![submission_id, at],
    )?;
    Ok(n_rows > 0)
}

/// Forgets what the pictures of a submission look like.
pub fn forget(tx: &mut dyn Tx, submission_id: &str) -> Result<(), DbError> {
    let known = of_submission(tx, submission_id)?;
    tx.execute("UPDATE photo SET likeness = NULL WHERE submission_id = ?1", params![submission_id])?;
    known.iter().filter_map(|it| it.likeness).try_for_each(|it| likeness::remove_unused(tx, it))
}

/// Visits to another resident, on another day, or by somebody else, and reports about nothing known; but not those that `me`
/// corrects, one after the other, nor the one that corrects `me`, where they are about the same by the same person and for the
/// same task, whatever a document says of itself. A correction for no task is always read by a person.
const OTHER_VISIT: &str =
    "s.id <> ?2
       AND (s.list <> ?3 OR s.subject <> ?4 OR s.subject = '' OR s.visited_on <> ?5 OR s.account_id <> ?6)
       AND NOT (s.account_id = ?6 AND s.list = ?3 AND s.subject = ?4
       AND (s.task_id = ?9 OR ?9 = '') AND (s.deprecated_id = ?8 OR s.instance_id IN (
           WITH RECURSIVE corrected (instance_id) AS (
               SELECT CAST(?7 AS TEXT)
               UNION SELECT c.deprecated_id FROM submission c JOIN corrected d ON c.instance_id = d.instance_id
                WHERE c.deprecated_id <> '')
           SELECT instance_id FROM corrected)))";

/// Returns files of other visits with the same bytes, `limit` at most.
pub fn with_same_file(
    tx: &mut dyn Tx,
    me: &SubmissionRow,
    sha256: &str,
    limit: i64,
) -> Result<Vec<Elsewhere>, DbError> {
    let sql = format!(
        "SELECT s.id, a.name FROM attachment a JOIN submission s ON s.id = a.submission_id
          WHERE a.sha256 = ?1 AND {OTHER_VISIT} LIMIT ?10"
    );
    let rows = tx.query(
        &sql,
        params![
            sha256,
            &me.id,
            &me.list,
            &me.subject,
            &me.visited_on,
            &me.account_id,
            &me.deprecated_id,
            &me.instance_id,
            &me.task_id,
            limit
        ],
    )?;
    rows.iter().map(elsewhere).collect()
}

/// Returns photos of other visits with a fingerprint, `limit` at most.
pub fn with_likeness(
    tx: &mut dyn Tx,
    me: &SubmissionRow,
    likeness: u64,
    limit: i64,
) -> Result<Vec<Elsewhere>, DbError> {
    let sql = format!(
        "SELECT s.id, p.name FROM photo p JOIN submission s ON s.id = p.submission_id
          WHERE p.likeness = ?1 AND {OTHER_VISIT} LIMIT ?10"
    );
    let rows = tx.query(
        &sql,
        params![
            likeness.cast_signed(),
            &me.id,
            &me.list,
            &me.subject,
            &me.visited_on,
            &me.account_id,
            &me.deprecated_id,
            &me.instance_id,
            &me.task_id,
            limit
        ],
    )?;
    rows.iter().map(elsewhere).collect()
}

fn elsewhere(row: &Row) -> Result<Elsewhere, DbError> {
    Ok(Elsewhere { submission_id: row.get(0)?, name: row.get(1)? })
}

/// Notes that a picture is like one of another visit.
pub fn insert_match(
    tx: &mut dyn Tx,
    (submission_id, name): (&str, &str),
    other: &Elsewhere,
    n_bits: u32,
    is_same_file: bool,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO photo_match (submission_id, name, other_id, other_name, n_bits, is_same_file)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (submission_id, name, other_id, other_name) DO NOTHING",
        params![submission_id, name, &other.submission_id, &other.name, n_bits, is_same_file],
    )?;
    Ok(())
}

/// Returns the pictures of other visits that those of a submission are like, nearest first: those that came before it,
/// and those that came after it and were found to be like it. At most [`MAX_MATCHES`] of each.
pub fn matches(tx: &mut dyn Tx, submission_id: &str) -> Result<Vec<MatchRow>, DbError> {
    let side = |mine: &str, name: &str, other: &str, other_name: &str| {
        format!(
            "SELECT * FROM (
                SELECT m.{name}, m.{other}, m.{other_name}, m.n_bits, m.is_same_file, s.label, s.account_name, s.visited_at,
                       (SELECT max(e.erased_at) FROM erasure e WHERE e.submission_id = m.{other})
                  FROM photo_match m JOIN submission s ON s.id = m.{other}
                 WHERE m.{mine} = ?1 ORDER BY m.{name}, m.n_bits, m.{other}, m.{other_name} LIMIT {MAX_MATCHES}) found"
        )
    };
    let earlier = side("submission_id", "name", "other_id", "other_name");
    let later = side("other_id", "other_name", "submission_id", "name");
    let sql = format!("{earlier} UNION {later} ORDER BY 1, 4, 8 DESC, 2, 3");
    let rows = tx.query(&sql, params![submission_id])?;
    rows.iter()
        .map(|row| {
            Ok(MatchRow {
                name: row.get(0)?,
                other: Elsewhere { submission_id: row.get(1)?, name: row.get(2)? },
                n_bits: row.get(3)?,
                is_same_file: row.get(4)?,
                label: row.get(5)?,
                account_name: row.get(6)?,
                visited_at: row.get(7)?,
                erased_at: row.get(8)?,
            })
        })
        .collect()
}

/// Adds flags to a submission that is stored, but those that it has.
pub fn add_flags(tx: &mut dyn Tx, submission_id: &str, flags: &[FlagRow]) -> Result<(), DbError> {
    let mut all = submissions::flags(tx, submission_id)?;
    for flag in flags {
        if all.contains(flag) {
            continue;
        }
        submissions::add_flag(tx, submission_id, all.len(), flag)?;
        all.push(flag.clone());
    }
    let codes = all.iter().map(|it| it.code.as_str()).collect();
    queue::set_flags(tx, submission_id, &codes, all.len())
}
