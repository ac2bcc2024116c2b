//! Tasks: who is to be visited, by when, and how far that is.

use super::db::{DbError, Row, Tx};
use super::selection::Selection;
use crate::params;

/// A row of `task`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskRow {
    /// Id.
    pub id: String,
    /// Task type, e.g. `certify.doorstep`.
    pub task_type: String,
    /// State by name.
    pub state: String,
    /// List of the subject.
    pub list: String,
    /// Id of the subject; may be empty.
    pub subject: String,
    /// The subject's name, for order.
    pub label: String,
    /// Grid.
    pub grid: String,
    /// Day until when it is due.
    pub due: String,
    /// Day on which a planned task opens.
    pub opens_on: String,
    /// Number of the visit, from 1.
    pub visit_no: i64,
    /// Task whose outcome made this one; may be empty.
    pub previous_id: String,
    /// The latest submission; may be empty.
    pub submission_id: String,
    /// Milliseconds UTC.
    pub updated_at: i64,
    /// `schedule`, `cycle` (the schedule's next, made by an outcome), `outcome` or `person`.
    pub made_by: String,
    /// Which round of its type's cadence it is: what for, its number, or the day its cycle ends.
    pub round: String,
    /// Day that its rounds count from; may be empty.
    pub since: String,
    /// Day of its latest visit; may be empty.
    pub done_on: String,
    /// Roles that do it, separated by a space; empty for those of its type.
    pub who: String,
    /// Who must not do it; may be empty.
    pub not_who: String,
    /// Until when it has to be answered, milliseconds UTC; 0 where nothing says.
    pub answer_by: i64,
}

/// What a phone asks for.
#[derive(Debug, Default, Clone)]
pub struct TaskFilter {
    /// Grids; `None` for the whole community.
    pub grids: Option<Vec<String>>,
    /// Types of tasks that anybody of their type's roles does.
    pub types: Vec<String>,
    /// Sets of roles that some tasks are given to instead.
    pub who: Vec<String>,
    /// What the person is called where somebody is named who must not do a task.
    pub names: Vec<String>,
    /// States.
    pub states: Vec<&'static str>,
    /// (due, label, id) after which to go on.
    pub after: Option<(String, String, String)>,
    /// Most rows.
    pub limit: i64,
}

const COLUMNS: &str = "id, type, state, list, subject, label, grid, due, opens_on, visit_no, previous_id, submission_id, \
    updated_at, made_by, round, since, done_on, who, not_who, answer_by";

/// Adds a task; it is the latest of its round.
pub fn insert(tx: &mut dyn Tx, row: &TaskRow) -> Result<(), DbError> {
    // Tasks about nobody in particular do not follow each other.
    let is_latest = !row.subject.is_empty();
    if is_latest {
        tx.execute(
            "UPDATE task SET is_latest = ?5
              WHERE list = ?1 AND subject = ?2 AND type = ?3 AND round = ?4 AND is_latest",
            params![&row.list, &row.subject, &row.task_type, &row.round, false],
        )?;
    }
    tx.execute(
        &format!(
            "INSERT INTO task ({COLUMNS}, is_latest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
        ),
        params![
            &row.id,
            &row.task_type,
            &row.state,
            &row.list,
            &row.subject,
            &row.label,
            &row.grid,
            &row.due,
            &row.opens_on,
            row.visit_no,
            &row.previous_id,
            &row.submission_id,
            row.updated_at,
            &row.made_by,
            &row.round,
            &row.since,
            &row.done_on,
            &row.who,
            &row.not_who,
            row.answer_by,
            is_latest
        ],
    )?;
    Ok(())
}

/// Finds a task.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<TaskRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM task WHERE id = ?1");
    tx.first(&sql, params![id])?.map(|row| read(&row)).transpose()
}

/// Returns one page by due day, label and id.
pub fn page(tx: &mut dyn Tx, filter: &TaskFilter) -> Result<Vec<TaskRow>, DbError> {
    let mut selection = scope(filter);
    if let Some((due, label, id)) = &filter.after {
        let (due, label, id) = (selection.bind(due), selection.bind(label), selection.bind(id));
        let sql = format!(
            "SELECT {COLUMNS} FROM task {} AND (due, label, id) > ({due}, {label}, {id}) ORDER BY due, label, id LIMIT {}",
            selection.sql().to_owned(),
            selection.bind(filter.limit)
        );
        return tx.query(&sql, selection.params())?.iter().map(read).collect();
    }
    let limit = selection.bind(filter.limit);
    let sql = format!("SELECT {COLUMNS} FROM task {} ORDER BY due, label, id LIMIT {limit}", selection.sql());
    tx.query(&sql, selection.params())?.iter().map(read).collect()
}

/// Returns how many tasks match and when the latest of them changed.
pub fn revision(tx: &mut dyn Tx, filter: &TaskFilter) -> Result<(i64, i64), DbError> {
    let selection = scope(filter);
    let sql = format!("SELECT count(*), coalesce(max(updated_at), 0) FROM task {}", selection.sql());
    let row = tx.first(&sql, selection.params())?.ok_or(DbError::Column(0))?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Changes a task's state if it is still the expected one; returns whether it was.
pub fn change_state(tx: &mut dyn Tx, id: &str, from: &str, to: &str, now: i64) -> Result<bool, DbError> {
    let n_rows = tx.execute(
        "UPDATE task SET state = ?3, updated_at = ?4 WHERE id = ?1 AND state = ?2",
        params![id, from, to, now],
    )?;
    Ok(n_rows == 1)
}

/// Notes the latest submission of a task and the day of the visit.
pub fn set_submission(
    tx: &mut dyn Tx,
    id: &str,
    (submission_id, done_on): (&str, &str),
    now: i64,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE task SET submission_id = ?2, done_on = ?3, updated_at = ?4 WHERE id = ?1",
        params![id, submission_id, done_on, now],
    )?;
    Ok(())
}

/// Puts off a task that goes on.
pub fn set_due(tx: &mut dyn Tx, id: &str, due: &str, now: i64) -> Result<(), DbError> {
    tx.execute("UPDATE task SET due = ?2, updated_at = ?3 WHERE id = ?1", params![id, due, now])?;
    Ok(())
}

/// Returns the latest task of each type and round of a list's subjects from one id to another, by subject.
pub fn latest(tx: &mut dyn Tx, list: &str, (from, to): (&str, &str)) -> Result<Vec<TaskRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM task
          WHERE is_latest AND list = ?1 AND subject >= ?2 AND subject <= ?3 ORDER BY subject, type, round"
    );
    tx.query(&sql, params![list, from, to])?.iter().map(read).collect()
}

/// Counts by type and grid the tasks whose first round the schedule began on a day.
pub fn begun_on(tx: &mut dyn Tx, day: &str) -> Result<Vec<(String, String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT type, grid, count(*) FROM task
          WHERE made_by = 'schedule' AND opens_on = ?1 AND since = ?1 GROUP BY type, grid ORDER BY type, grid",
        params![day],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Marks the tasks that should have been answered by now and were not, each once; returns their ids.
pub fn escalate(tx: &mut dyn Tx, now: i64) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "UPDATE task SET escalated_at = ?1, updated_at = ?1
          WHERE answer_by > 0 AND escalated_at = 0 AND answer_by < ?1
            AND state IN ('planned', 'open', 'claimed', 'started', 'returned')
         RETURNING id",
        params![now],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Moves a subject's unfinished tasks to the grid it belongs to now.
pub fn follow_subject(
    tx: &mut dyn Tx,
    list: &str,
    subject: &str,
    grid: &str,
    now: i64,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE task SET grid = ?3, updated_at = ?4
          WHERE list = ?1 AND subject = ?2 AND grid <> ?3
            AND state IN ('planned', 'open', 'claimed', 'started', 'returned')",
        params![list, subject, grid, now],
    )?;
    Ok(())
}

/// Opens planned tasks whose day has come; returns how many.
pub fn open_planned(tx: &mut dyn Tx, today: &str, now: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE task SET state = 'open', updated_at = ?2 WHERE state = 'planned' AND opens_on <= ?1",
        params![today, now],
    )
}

/// Returns the tasks that a task's outcome made.
pub fn made_by(tx: &mut dyn Tx, previous_id: &str) -> Result<Vec<TaskRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM task WHERE previous_id = ?1 AND previous_id <> '' ORDER BY id");
    tx.query(&sql, params![previous_id])?.iter().map(read).collect()
}

/// Returns the tasks of a subject, newest first.
pub fn of_subject(tx: &mut dyn Tx, list: &str, subject: &str) -> Result<Vec<TaskRow>, DbError> {
    let sql =
        format!("SELECT {COLUMNS} FROM task WHERE list = ?1 AND subject = ?2 ORDER BY updated_at DESC, id");
    tx.query(&sql, params![list, subject])?.iter().map(read).collect()
}

/// Returns how many tasks of each type are neither closed nor cancelled.
pub fn count_by_type(tx: &mut dyn Tx) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT type, count(*) FROM task WHERE state NOT IN ('closed', 'cancelled', 'accepted') GROUP BY type ORDER BY type",
        params![],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

fn scope(filter: &TaskFilter) -> Selection {
    let mut selection = Selection::default();
    selection.and_in("state", filter.states.iter().copied());
    selection.and_either(
        ("who = '' AND type", filter.types.iter().map(String::as_str).collect()),
        ("who", filter.who.iter().map(String::as_str).collect()),
    );
    for name in &filter.names {
        selection.and("not_who <> ?", name);
    }
    if let Some(grids) = &filter.grids {
        selection.and_in("grid", grids.iter().map(String::as_str).chain([""]));
    }
    selection
}

fn read(row: &Row) -> Result<TaskRow, DbError> {
    Ok(TaskRow {
        id: row.get(0)?,
        task_type: row.get(1)?,
        state: row.get(2)?,
        list: row.get(3)?,
        subject: row.get(4)?,
        label: row.get(5)?,
        grid: row.get(6)?,
        due: row.get(7)?,
        opens_on: row.get(8)?,
        visit_no: row.get(9)?,
        previous_id: row.get(10)?,
        submission_id: row.get(11)?,
        updated_at: row.get(12)?,
        made_by: row.get(13)?,
        round: row.get(14)?,
        since: row.get(15)?,
        done_on: row.get(16)?,
        who: row.get(17)?,
        not_who: row.get(18)?,
        answer_by: row.get(19)?,
    })
}
