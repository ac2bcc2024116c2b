//! Rows of the registers, every version of them, and the revision of each list.

use std::collections::BTreeSet;
use std::iter::repeat;

use super::db::{DbError, Row, Tx};
use super::selection::{Selection, containing};
use crate::params;

/// A row of `entity`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntityRow {
    /// List name, e.g. `residents`.
    pub list: String,
    /// Id within the list.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// Version, from 1.
    pub version: i64,
    /// Facets that queries filter by; empty where the list has none.
    pub grid: String,
    /// Building.
    pub building: String,
    /// Status.
    pub status: String,
    /// Day until when something is due.
    pub due: String,
    /// Kind.
    pub kind: String,
    /// Lower-case text for searching.
    pub search: String,
    /// All properties as a JSON object of texts.
    pub data: String,
    /// Milliseconds UTC.
    pub updated_at: i64,
}

/// One version of a row.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Version, from 1.
    pub version: i64,
    /// Label then.
    pub label: String,
    /// Properties then.
    pub data: String,
    /// Milliseconds UTC.
    pub changed_at: i64,
    /// Who changed it.
    pub changed_by: String,
    /// By which submission; empty for an import.
    pub submission_id: String,
}

/// What the residents' page asks for.
#[derive(Debug, Default, Clone)]
pub struct EntityFilter {
    /// Text in the search column.
    pub q: String,
    /// Grid.
    pub grid: String,
    /// Status.
    pub status: String,
    /// Holders of a benefit who fall due on the first day or later, and before the second.
    pub due_between: Option<(String, String)>,
    /// Id after which to go on.
    pub after: String,
    /// Most rows.
    pub limit: i64,
}

const COLUMNS: &str = "list, id, label, version, grid, building, status, due, kind, search, data, updated_at";

/// Finds a row.
pub fn get(tx: &mut dyn Tx, list: &str, id: &str) -> Result<Option<EntityRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM entity WHERE list = ?1 AND id = ?2");
    tx.first(&sql, params![list, id])?.map(|row| read(&row)).transpose()
}

/// Finds rows by their ids.
pub fn with_ids(tx: &mut dyn Tx, list: &str, ids: &BTreeSet<String>) -> Result<Vec<EntityRow>, DbError> {
    // Always as many placeholders, so that it is always the same statement.
    const AT_A_TIME: usize = 64;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for some in ids.chunks(AT_A_TIME) {
        let mut selection = Selection::default();
        selection.and("list = ?", list);
        selection.and_in("id", some.iter().copied().chain(repeat(some[0])).take(AT_A_TIME));
        let sql = format!("SELECT {COLUMNS} FROM entity {} ORDER BY id", selection.sql());
        rows.extend(tx.query(&sql, selection.params())?);
    }
    rows.iter().map(read).collect()
}

/// Writes a row and its version into the history.
pub fn put(tx: &mut dyn Tx, row: &EntityRow, by: &str, submission_id: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO entity (list, id, label, version, grid, building, status, due, kind, search, data, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (list, id) DO UPDATE SET label = excluded.label, version = excluded.version, grid = excluded.grid,
           building = excluded.building, status = excluded.status, due = excluded.due, kind = excluded.kind,
           search = excluded.search, data = excluded.data, updated_at = excluded.updated_at",
        params![
            &row.list, &row.id, &row.label, row.version, &row.grid, &row.building, &row.status, &row.due, &row.kind,
            &row.search, &row.data, row.updated_at
        ],
    )?;
    tx.execute(
        "INSERT INTO entity_history (list, id, version, label, data, changed_at, changed_by, submission_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![&row.list, &row.id, row.version, &row.label, &row.data, row.updated_at, by, submission_id],
    )?;
    Ok(())
}

/// Returns a list's rows by id.
pub fn all(tx: &mut dyn Tx, list: &str) -> Result<Vec<EntityRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM entity WHERE list = ?1 ORDER BY id");
    tx.query(&sql, params![list])?.iter().map(read).collect()
}

/// Returns a list's next rows by id.
pub fn after(tx: &mut dyn Tx, list: &str, id: &str, limit: i64) -> Result<Vec<EntityRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM entity WHERE list = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    tx.query(&sql, params![list, id, limit])?.iter().map(read).collect()
}

/// Returns the kinds of a list's rows.
pub fn kinds(tx: &mut dyn Tx, list: &str) -> Result<Vec<String>, DbError> {
    let rows = tx.query("SELECT DISTINCT kind FROM entity WHERE list = ?1 ORDER BY kind", params![list])?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Returns a list's rows that belong to one of the grids or to none, by id.
pub fn of_grids(tx: &mut dyn Tx, list: &str, grids: &[String]) -> Result<Vec<EntityRow>, DbError> {
    let mut selection = Selection::default();
    selection.and("list = ?", list);
    selection.and_in("grid", grids.iter().map(String::as_str).chain([""]));
    let sql = format!("SELECT {COLUMNS} FROM entity {} ORDER BY id", selection.sql());
    tx.query(&sql, selection.params())?.iter().map(read).collect()
}

/// Returns one page of a list by id.
pub fn page(tx: &mut dyn Tx, list: &str, filter: &EntityFilter) -> Result<Vec<EntityRow>, DbError> {
    let mut selection = Selection::default();
    selection.and("list = ?", list);
    selection.and("id > ?", &filter.after);
    if !filter.grid.is_empty() {
        selection.and("grid = ?", &filter.grid);
    }
    if !filter.status.is_empty() {
        selection.and("status = ?", &filter.status);
    }
    if let Some((from, before)) = &filter.due_between {
        selection.and("due >= ?", from);
        selection.and("due < ?", before);
        selection.and_fixed("kind <> ''");
        selection.and_fixed("status NOT IN ('deceased', 'moved', 'detained', 'abroad')");
    }
    if !filter.q.is_empty() {
        let text = containing(&filter.q.to_lowercase());
        match id_property(&filter.q) {
            Some(property) => selection.and_like_either(("search", text), ("data", containing(&property))),
            None => selection.and("search LIKE ? ESCAPE '\\'", text),
        }
    }
    let limit = selection.bind(filter.limit);
    let sql = format!("SELECT {COLUMNS} FROM entity {} ORDER BY id LIMIT {limit}", selection.sql());
    tx.query(&sql, selection.params())?.iter().map(read).collect()
}

/// Returns how a row's data hold what looks like an identity number, whole or its last four, as somebody types it.
fn id_property(typed: &str) -> Option<String> {
    const LAST: usize = 4;
    let number: String = typed.chars().filter(|it| !it.is_whitespace()).collect::<String>().to_uppercase();
    let digits = number.strip_suffix('X').unwrap_or(&number);
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    match number.len() {
        _ if !is_number => None,
        LAST => Some(format!("\"id_last4\":\"{number}\"")),
        15 | 18 => Some(format!("\"id_number\":\"{number}\"")),
        _ => None,
    }
}

/// Returns (id, label) of a list's rows of one kind, by id.
pub fn labels_of_kind(tx: &mut dyn Tx, list: &str, kind: &str) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.query(
        "SELECT id, label FROM entity WHERE list = ?1 AND kind = ?2 ORDER BY id",
        params![list, kind],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Returns (id, label) of some of a list's rows, by id.
pub fn labels_of(
    tx: &mut dyn Tx,
    list: &str,
    ids: &BTreeSet<String>,
) -> Result<Vec<(String, String)>, DbError> {
    Ok(with_ids(tx, list, ids)?.into_iter().map(|it| (it.id, it.label)).collect())
}

/// Returns a row's versions, newest first.
pub fn history(tx: &mut dyn Tx, list: &str, id: &str) -> Result<Vec<VersionRow>, DbError> {
    let rows = tx.query(
        "SELECT version, label, data, changed_at, changed_by, submission_id FROM entity_history
         WHERE list = ?1 AND id = ?2 ORDER BY version DESC",
        params![list, id],
    )?;
    rows.iter().map(read_version).collect()
}

/// Returns a row as it stood in one version.
pub fn at_version(
    tx: &mut dyn Tx,
    list: &str,
    id: &str,
    version: i64,
) -> Result<Option<VersionRow>, DbError> {
    let row = tx.first(
        "SELECT version, label, data, changed_at, changed_by, submission_id FROM entity_history
         WHERE list = ?1 AND id = ?2 AND version = ?3",
        params![list, id, version],
    )?;
    row.map(|row| read_version(&row)).transpose()
}

/// Returns a list's columns (separated by a space) and revision.
pub fn revision(tx: &mut dyn Tx, list: &str) -> Result<Option<(String, i64)>, DbError> {
    let row = tx.first("SELECT columns, revision FROM list_revision WHERE list = ?1", params![list])?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Returns every list by name, with its columns separated by a space.
pub fn lists(tx: &mut dyn Tx) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.query("SELECT list, columns FROM list_revision ORDER BY list", params![])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Returns whether a list has any row.
pub fn has_rows(tx: &mut dyn Tx, list: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT id FROM entity WHERE list = ?1 LIMIT 1", params![list])?.is_some())
}

/// Sets a list's columns and counts its revision up.
pub fn set_columns(tx: &mut dyn Tx, list: &str, columns: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO list_revision (list, columns, revision) VALUES (?1, ?2, 1)
         ON CONFLICT (list) DO UPDATE SET columns = excluded.columns, revision = list_revision.revision + 1",
        params![list, columns],
    )?;
    Ok(())
}

/// Counts a list's revision up; unknown lists get no revision.
pub fn count_revision(tx: &mut dyn Tx, list: &str) -> Result<(), DbError> {
    tx.execute("UPDATE list_revision SET revision = revision + 1 WHERE list = ?1", params![list])?;
    Ok(())
}

fn read(row: &Row) -> Result<EntityRow, DbError> {
    Ok(EntityRow {
        list: row.get(0)?,
        id: row.get(1)?,
        label: row.get(2)?,
        version: row.get(3)?,
        grid: row.get(4)?,
        building: row.get(5)?,
        status: row.get(6)?,
        due: row.get(7)?,
        kind: row.get(8)?,
        search: row.get(9)?,
        data: row.get(10)?,
        updated_at: row.get(11)?,
    })
}

fn read_version(row: &Row) -> Result<VersionRow, DbError> {
    Ok(VersionRow {
        version: row.get(0)?,
        label: row.get(1)?,
        data: row.get(2)?,
        changed_at: row.get(3)?,
        changed_by: row.get(4)?,
        submission_id: row.get(5)?,
    })
}
