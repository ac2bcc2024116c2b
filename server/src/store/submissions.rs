//! Submissions with their attachments, flags, history and register changes.

use serde::{Deserialize, Serialize};

use super::db::{DbError, Row, Tx};
use super::queue::{self, SubmissionFilter};
use crate::params;

/// A row of `submission`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubmissionRow {
    /// Id, ordered by time.
    pub id: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// Hash over the document and its attachments: the same content gives the same hash.
    pub content_sha256: String,
    /// Form.
    pub form_id: String,
    /// Its version.
    pub form_version: String,
    /// `meta/instanceName`.
    pub instance_name: String,
    /// Name of the person or place visited.
    pub label: String,
    /// Who sent it.
    pub account_id: String,
    /// That person's name at that time.
    pub account_name: String,
    /// Task; may be empty.
    pub task_id: String,
    /// List of the subject; may be empty.
    pub list: String,
    /// Id of the subject; may be empty.
    pub subject: String,
    /// Grid; may be empty.
    pub grid: String,
    /// The answer named `outcome`; may be empty.
    pub outcome: String,
    /// Review state by ODK Central's name.
    pub review_state: String,
    /// Why it was returned; else empty.
    pub reason: String,
    /// Who decided; empty while nobody has.
    pub decided_by: String,
    /// When, milliseconds UTC; 0 while nobody has.
    pub decided_at: i64,
    /// Instance that this one replaces; may be empty.
    pub deprecated_id: String,
    /// Receipt number.
    pub receipt_number: String,
    /// The seal's digest.
    pub digest: String,
    /// The seal as JSON; empty where none came.
    pub seal: String,
    /// The document.
    pub xml: String,
    /// Answers as JSON.
    pub answers: String,
    /// Codes of the flags, separated by a space.
    pub flag_codes: String,
    /// How many flags.
    pub n_flags: i64,
    /// How many photos.
    pub n_photos: i64,
    /// How many attachments.
    pub n_attachments: i64,
    /// When the visit took place, milliseconds UTC.
    pub visited_at: i64,
    /// On which civil day.
    pub visited_on: String,
    /// `start`, milliseconds UTC.
    pub started_at: Option<i64>,
    /// `end`, milliseconds UTC.
    pub ended_at: Option<i64>,
    /// UTC offset of the visit in minutes.
    pub offset_min: i64,
    /// When it arrived, milliseconds UTC.
    pub received_at: i64,
    /// What the phone noted of its files, JSON; empty where it noted nothing.
    pub notes: String,
    /// When the phone says it sealed, milliseconds UTC.
    pub claimed_at: Option<i64>,
    /// When that was by the server's clock.
    pub corrected_at: Option<i64>,
    /// Lower bound of that.
    pub earliest_at: Option<i64>,
    /// Upper bound of that.
    pub latest_at: Option<i64>,
    /// How the phone knew its clock; empty where it did not.
    pub clock_basis: String,
    /// Until when it has to be decided, milliseconds UTC; 0 where nothing says.
    pub decide_by: i64,
    /// SHA-256 of the notes as they came, once something was taken out of them; empty before.
    pub notes_sha256: String,
}

/// A row of `attachment`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// File name, as the answer gives it.
    pub name: String,
    /// Key in the blob store.
    pub sha256: String,
    /// Media type found in the bytes.
    pub media_type: String,
    /// Size.
    pub size_bytes: i64,
    /// Pixels; 0 where it is no picture.
    pub width: i64,
    /// Pixels; 0 where it is no picture.
    pub height: i64,
    /// `photo`, `signature` or `other`.
    pub kind: String,
    /// Label of the question.
    pub question: String,
}

/// A row of `flag`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagRow {
    /// Code.
    pub code: String,
    /// Path of the answer; empty where it concerns the whole.
    pub reference: String,
    /// Label of the question.
    pub question: String,
    /// The form's own message, where it has one.
    pub text: String,
    /// `error` or `warning`.
    pub severity: String,
}

/// A row of `submission_event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Id, ordered by time.
    pub id: String,
    /// Milliseconds UTC.
    pub at: i64,
    /// Name of who did it.
    pub by_name: String,
    /// `received`, `settled`, `approved`, `returned`, `comment`, `resubmitted` or `late`.
    pub kind: String,
    /// Reason or comment.
    pub text: String,
}

/// A row of `entity_change`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// List.
    pub list: String,
    /// Row.
    pub id: String,
    /// `create`, `update` or `upsert`.
    pub operation: String,
    /// Version the phone saw.
    pub base_version: Option<i64>,
    /// New label; may be empty.
    pub label: String,
    /// JSON object of texts.
    pub properties: String,
}

const COLUMNS: &str = "id, instance_id, content_sha256, form_id, form_version, instance_name, label, account_id, \
    account_name, task_id, list, subject, grid, outcome, review_state, reason, decided_by, decided_at, deprecated_id, \
    receipt_number, digest, seal, xml, answers, flag_codes, n_flags, n_photos, n_attachments, visited_at, visited_on, \
    started_at, ended_at, offset_min, received_at, notes, claimed_at, corrected_at, earliest_at, latest_at, clock_basis, \
    decide_by, notes_sha256";

/// Adds a submission, also to the review queue; [`DbError::Unique`] where its instance id or receipt number is taken.
pub fn insert(tx: &mut dyn Tx, row: &SubmissionRow) -> Result<(), DbError> {
    let numbers: Vec<String> = (1..=43).map(|it| format!("?{it}")).collect();
    tx.execute(
        &format!("INSERT INTO submission ({COLUMNS}, has_parts) VALUES ({})", numbers.join(", ")),
        params![
            &row.id,
            &row.instance_id,
            &row.content_sha256,
            &row.form_id,
            &row.form_version,
            &row.instance_name,
            &row.label,
            &row.account_id,
            &row.account_name,
            &row.task_id,
            &row.list,
            &row.subject,
            &row.grid,
            &row.outcome,
            &row.review_state,
            &row.reason,
            &row.decided_by,
            row.decided_at,
            &row.deprecated_id,
            &row.receipt_number,
            &row.digest,
            &row.seal,
            &row.xml,
            &row.answers,
            &row.flag_codes,
            row.n_flags,
            row.n_photos,
            row.n_attachments,
            row.visited_at,
            &row.visited_on,
            row.started_at,
            row.ended_at,
            row.offset_min,
            row.received_at,
            &row.notes,
            row.claimed_at,
            row.corrected_at,
            row.earliest_at,
            row.latest_at,
            &row.clock_basis,
            row.decide_by,
            &row.notes_sha256,
            true
        ],
    )?;
    queue::enter(tx, row)
}

/// Finds a submission by id.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<SubmissionRow>, DbError> {
    tx.first(&format!("SELECT {COLUMNS} FROM submission WHERE id = ?1"), params![id])?
        .map(|it| read(&it))
        .transpose()
}

/// Finds a submission by `instanceID`.
pub fn by_instance(tx: &mut dyn Tx, instance_id: &str) -> Result<Option<SubmissionRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE instance_id = ?1");
    tx.first(&sql, params![instance_id])?.map(|it| read(&it)).transpose()
}

/// Replaces the notes of a submission by what is left of them.
pub fn leave_of_notes(tx: &mut dyn Tx, id: &str, notes: &str, sha256: &str) -> Result<(), DbError> {
    tx.execute(
        "UPDATE submission SET notes = ?2, notes_sha256 = ?3 WHERE id = ?1 AND notes_sha256 = ''",
        params![id, notes, sha256],
    )?;
    Ok(())
}

/// Returns whether there is one with an `instanceID`.
pub fn has_instance(tx: &mut dyn Tx, instance_id: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT id FROM submission WHERE instance_id = ?1", params![instance_id])?.is_some())
}

/// Returns whether a receipt number is taken.
pub fn has_receipt(tx: &mut dyn Tx, number: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT id FROM submission WHERE receipt_number = ?1", params![number])?.is_some())
}

/// Returns how many submissions a form has.
pub fn count_of_form(tx: &mut dyn Tx, form_id: &str) -> Result<i64, DbError> {
    let row = tx.first("SELECT count(*) FROM submission WHERE form_id = ?1", params![form_id])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Returns id, form and answers (JSON) of submissions whose answers are not counted yet.
pub fn uncounted(tx: &mut dyn Tx, limit: i64) -> Result<Vec<(String, String, String)>, DbError> {
    let rows = tx.query(
        "SELECT id, form_id, answers FROM submission WHERE NOT is_counted ORDER BY form_id LIMIT ?1",
        params![limit],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Notes that a submission's answers are counted; returns whether they were not before.
pub fn set_counted(tx: &mut dyn Tx, id: &str) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE submission SET is_counted = ?2 WHERE id = ?1 AND NOT is_counted",
        params![id, true],
    )?;
    Ok(n_rows == 1)
}

/// Returns one page of what an account sent, newest first.
pub fn of_account(
    tx: &mut dyn Tx,
    account_id: &str,
    before: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<SubmissionRow>, DbError> {
    queue::page(
        tx,
        &SubmissionFilter { volunteer: account_id.to_owned(), before, limit, ..SubmissionFilter::default() },
    )
}

/// Returns the ids of the undecided submissions just newer and just older than a place in the list.
pub fn neighbours(
    tx: &mut dyn Tx,
    received_at: i64,
    id: &str,
) -> Result<(Option<String>, Option<String>), DbError> {
    let mut nearest = |order: &str, sign: &str| -> Result<Option<String>, DbError> {
        let mut found = Vec::new();
        for state in ["received", "edited"] {
            let sql = format!(
                "SELECT received_at, id FROM submission WHERE review_state = ?1 AND (received_at, id) {sign} (?2, ?3)
                  ORDER BY received_at {order}, id {order} LIMIT 1"
            );
            if let Some(row) = tx.first(&sql, params![state, received_at, id])? {
                found.push((row.get::<i64>(0)?, row.get::<String>(1)?));
            }
        }
        found.sort();
        let nearest = if sign == ">" { found.into_iter().next() } else { found.into_iter().next_back() };
        Ok(nearest.map(|(_, id)| id))
    };
    Ok((nearest("ASC", ">")?, nearest("DESC", "<")?))
}

/// Returns the submissions of a subject, newest first.
pub fn of_subject(tx: &mut dyn Tx, list: &str, subject: &str) -> Result<Vec<SubmissionRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM submission WHERE list = ?1 AND subject = ?2 ORDER BY received_at DESC, id DESC"
    );
    tx.query(&sql, params![list, subject])?.iter().map(read).collect()
}

/// Returns other visits with the same form for the same task, or at the same door within some milliseconds, newest
/// first; what a visit corrects and what corrects it is the same visit.
pub fn beside(
    tx: &mut dyn Tx,
    row: &SubmissionRow,
    near_ms: i64,
    limit: i64,
) -> Result<Vec<SubmissionRow>, DbError> {
    if row.subject.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM submission
          WHERE list = ?1 AND subject = ?2 AND form_id = ?3 AND id <> ?4 AND instance_id <> ?5 AND deprecated_id <> ?6
            AND (visited_at BETWEEN ?7 AND ?8 OR (task_id <> '' AND task_id = ?9))
          ORDER BY received_at DESC, id DESC LIMIT ?10"
    );
    let (from, to) = (row.visited_at - near_ms, row.visited_at + near_ms);
    let SubmissionRow { id, list, subject, form_id, task_id, instance_id, deprecated_id, .. } = row;
    let values = params![list, subject, form_id, id, deprecated_id, instance_id, from, to, task_id, limit];
    tx.query(&sql, values)?.iter().map(read).collect()
}

/// Marks the submissions that should have been decided by now and were not, each once; returns their ids.
pub fn escalate(tx: &mut dyn Tx, now: i64) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "UPDATE submission SET escalated_at = ?1
          WHERE decide_by > 0 AND escalated_at = 0 AND decide_by < ?1 AND review_state IN ('received', 'edited')
         RETURNING id",
        params![now],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Decides a submission that is still in the expected state; returns whether it was.
pub fn decide(
    tx: &mut dyn Tx,
    id: &str,
    (from, to): (&str, &str),
    (by, at): (&str, i64),
    reason: &str,
) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE submission SET review_state = ?3, decided_by = ?4, decided_at = ?5, reason = ?6
         WHERE id = ?1 AND review_state = ?2",
        params![id, from, to, by, at, reason],
    )?;
    if n_rows == 1 {
        queue::follow_state(tx, id, from, to)?;
    }
    Ok(n_rows == 1)
}

/// Adds the attachments of a submission in their order.
pub fn insert_attachments(tx: &mut dyn Tx, id: &str, attachments: &[AttachmentRow]) -> Result<(), DbError> {
    for (position, it) in attachments.iter().enumerate() {
        tx.execute(
            "INSERT INTO attachment (submission_id, name, position, sha256, media_type, size_bytes, width, height,
                                     kind, question) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                id, &it.name, position, &it.sha256, &it.media_type, it.size_bytes, it.width, it.height, &it.kind,
                &it.question
            ],
        )?;
    }
    Ok(())
}

/// Returns the attachments of a submission in their order.
pub fn attachments(tx: &mut dyn Tx, id: &str) -> Result<Vec<AttachmentRow>, DbError> {
    let rows = tx.query(
        "SELECT name, sha256, media_type, size_bytes, width, height, kind, question FROM attachment
         WHERE submission_id = ?1 ORDER BY position",
        params![id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(AttachmentRow {
                name: row.get(0)?,
                sha256: row.get(1)?,
                media_type: row.get(2)?,
                size_bytes: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
                kind: row.get(6)?,
                question: row.get(7)?,
            })
        })
        .collect()
}

/// Adds a flag behind those that a submission has, and shows it in the list.
pub fn add_flag(tx: &mut dyn Tx, id: &str, position: usize, flag: &FlagRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO flag (submission_id, position, code, reference, question, text, severity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, position, &flag.code, &flag.reference, &flag.question, &flag.text, &flag.severity],
    )?;
    Ok(())
}

/// Returns the flags of a submission in their order.
pub fn flags(tx: &mut dyn Tx, id: &str) -> Result<Vec<FlagRow>, DbError> {
    let rows = tx.query(
        "SELECT code, reference, question, text, severity FROM flag WHERE submission_id = ?1 ORDER BY position",
        params![id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(FlagRow {
                code: row.get(0)?,
                reference: row.get(1)?,
                question: row.get(2)?,
                text: row.get(3)?,
                severity: row.get(4)?,
            })
        })
        .collect()
}

/// Adds an event to a submission's history.
pub fn add_event(tx: &mut dyn Tx, id: &str, event: &EventRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO submission_event (submission_id, id, at, by_name, kind, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, &event.id, event.at, &event.by_name, &event.kind, &event.text],
    )?;
    Ok(())
}

/// Returns a submission's history, oldest first.
pub fn events(tx: &mut dyn Tx, id: &str) -> Result<Vec<EventRow>, DbError> {
    let rows = tx.query(
        "SELECT id, at, by_name, kind, text FROM submission_event WHERE submission_id = ?1 ORDER BY at, id",
        params![id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(EventRow {
                id: row.get(0)?,
                at: row.get(1)?,
                by_name: row.get(2)?,
                kind: row.get(3)?,
                text: row.get(4)?,
            })
        })
        .collect()
}

/// Adds the register changes that approval will apply.
pub fn insert_changes(tx: &mut dyn Tx, id: &str, changes: &[ChangeRow]) -> Result<(), DbError> {
    for (position, it) in changes.iter().enumerate() {
        tx.execute(
            "INSERT INTO entity_change (submission_id, position, list, id, operation, base_version, label, properties)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![id, position, &it.list, &it.id, &it.operation, it.base_version, &it.label, &it.properties],
        )?;
    }
    Ok(())
}

/// Returns the register changes of a submission in their order.
pub fn changes(tx: &mut dyn Tx, id: &str) -> Result<Vec<ChangeRow>, DbError> {
    let rows = tx.query(
        "SELECT list, id, operation, base_version, label, properties FROM entity_change
         WHERE submission_id = ?1 ORDER BY position",
        params![id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(ChangeRow {
                list: row.get(0)?,
                id: row.get(1)?,
                operation: row.get(2)?,
                base_version: row.get(3)?,
                label: row.get(4)?,
                properties: row.get(5)?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<SubmissionRow, DbError> {
    Ok(SubmissionRow {
        id: row.get(0)?,
        instance_id: row.get(1)?,
        content_sha256: row.get(2)?,
        form_id: row.get(3)?,
        form_version: row.get(4)?,
        instance_name: row.get(5)?,
        label: row.get(6)?,
        account_id: row.get(7)?,
        account_name: row.get(8)?,
        task_id: row.get(9)?,
        list: row.get(10)?,
        subject: row.get(11)?,
        grid: row.get(12)?,
        outcome: row.get(13)?,
        review_state: row.get(14)?,
        reason: row.get(15)?,
        decided_by: row.get(16)?,
        decided_at: row.get(17)?,
        deprecated_id: row.get(18)?,
        receipt_number: row.get(19)?,
        digest: row.get(20)?,
        seal: row.get(21)?,
        xml: row.get(22)?,
        answers: row.get(23)?,
        flag_codes: row.get(24)?,
        n_flags: row.get(25)?,
        n_photos: row.get(26)?,
        n_attachments: row.get(27)?,
        visited_at: row.get(28)?,
        visited_on: row.get(29)?,
        started_at: row.get(30)?,
        ended_at: row.get(31)?,
        offset_min: row.get(32)?,
        received_at: row.get(33)?,
        notes: row.get(34)?,
        claimed_at: row.get(35)?,
        corrected_at: row.get(36)?,
        earliest_at: row.get(37)?,
        latest_at: row.get(38)?,
        clock_basis: row.get(39)?,
        decide_by: row.get(40)?,
        notes_sha256: row.get(41)?,
    })
}
