//! Register lists: their facets, what of them reaches a phone, and the tables the engine checks against.
//!
//! Invariant: a full identity number never leaves through here. Phones and the engine's check see the same columns
//! ([`RESIDENT_COLUMNS`] for residents), so that both calculate the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use wasm_forms::Table;

use super::account::Account;
use super::audit;
use crate::App;
use crate::register::search_key;
use crate::store::db::{DbError, Tx};
use crate::store::entities::{self, EntityRow};
use crate::store::submissions::ChangeRow;
use crate::store::tasks;

/// Columns of `residents` that phones get: enough to find and recognise the person, no full identity number.
pub const RESIDENT_COLUMNS: [&str; 26] = [
    "name",
    "label",
    "__version",
    "full_name",
    "sex",
    "birth_date",
    "id_masked",
    "id_last4",
    "phone",
    "address",
    "grid",
    "building",
    "household_id",
    "benefit_kind",
    "cert_status",
    "cert_last",
    "cert_due",
    "cert_cycle_months",
    "living_alone",
    "selfcare",
    "guardian_name",
    "guardian_phone",
    "care_level",
    "care_interval_days",
    "last_care",
    "care_note",
];

/// Properties that stay on the server in every list.
const SERVER_ONLY: [&str; 1] = ["id_number"];

/// Properties of one row.
pub type Properties = BTreeMap<String, String>;

/// Reads a row's properties.
#[must_use]
pub fn properties(data: &str) -> Properties {
    serde_json::from_str(data).unwrap_or_default()
}

/// Writes properties as they are stored.
#[must_use]
pub fn data(properties: &Properties) -> String {
    serde_json::Value::from_iter(properties.iter().map(|(name, value)| (name.clone(), value.clone())))
        .to_string()
}

/// Returns the row of a list for its properties, with facets and search text. `grid` is for rows that name none.
#[must_use]
pub fn row(
    list: &str,
    id: &str,
    label: &str,
    version: i64,
    properties: &Properties,
    grid: &str,
    now: i64,
) -> EntityRow {
    let of = |names: &[&str]| -> String {
        names
            .iter()
            .find_map(|name| properties.get(*name).filter(|it| !it.is_empty()))
            .cloned()
            .unwrap_or_default()
    };
    let (status, due, kind) = match list {
        "residents" => (of(&["cert_status"]), of(&["cert_due"]), of(&["benefit_kind"])),
        _ => (of(&["status"]), of(&["due_date", "deadline", "reply_by", "promise"]), of(&["kind"])),
    };
    let own_grid = of(&["grid"]);
    let full_name = of(&["full_name"]);
    EntityRow {
        list: list.to_owned(),
        id: id.to_owned(),
        label: label.to_owned(),
        version,
        grid: if own_grid.is_empty() { grid.to_owned() } else { own_grid },
        building: of(&["building"]),
        status,
        due,
        kind,
        search: search_key(
            if full_name.is_empty() { label } else { &full_name },
            &[label, &of(&["building"])],
        ),
        data: data(properties),
        updated_at: now,
    }
}

/// Masks an identity number as phones show it; empty stays empty.
#[must_use]
pub fn masked(id_number: &str) -> String {
    let letters: Vec<char> = id_number.chars().collect();
    if letters.len() < 11 {
        return "*".repeat(letters.len());
    }
    let middle = letters.len() - 10;
    letters[..6].iter().chain(&vec!['*'; middle]).chain(&letters[letters.len() - 4..]).collect()
}

/// Returns a list's columns as phones see them; `None` where there is no such list.
pub fn columns(tx: &mut dyn Tx, list: &str) -> Result<Option<(Vec<String>, i64)>, DbError> {
    let Some((stored, revision)) = entities::revision(tx, list)? else { return Ok(None) };
    if list == "residents" {
        return Ok(Some((RESIDENT_COLUMNS.map(str::to_owned).to_vec(), revision)));
    }
    let mut columns: Vec<String> = ["name", "label", "__version"].map(str::to_owned).to_vec();
    let rest = stored.split_whitespace().filter(|it| !["name", "label", "__version"].contains(it));
    columns.extend(rest.filter(|it| !SERVER_ONLY.contains(it)).map(str::to_owned));
    Ok(Some((columns, revision)))
}

/// Writes a list as CSV for one phone: rows of the account's grids (and of none), residents only with a benefit or
/// a care level. Returns the text and the list's revision, or `None` where there is no such list.
pub async fn phone_csv(app: &App, account: &Account, list: String) -> Result<Option<(String, i64)>, DbError> {
    let scope = account.scope().map(<[String]>::to_vec);
    app.db.read(move |tx| csv_of(tx, &list, scope.as_deref())).await
}

/// Returns the columns and rows of a list with everything in it, for whoever runs the server; that it was read is in the
/// audit log. The label follows from the other columns and is left out. `None` where there is no such list.
pub async fn whole(app: &App, list: String) -> Result<Option<(Vec<String>, Vec<Vec<String>>)>, DbError> {
    audit::note(app, "", "export list", &list, "").await?;
    app.db
        .read(move |tx| {
            let Some((stored, _)) = entities::revision(tx, &list)? else { return Ok(None) };
            let columns: Vec<String> =
                stored.split_whitespace().filter(|it| *it != "label").map(str::to_owned).collect();
            let row = |row: entities::EntityRow| {
                let mut properties = properties(&row.data);
                properties.insert("name".to_owned(), row.id);
                columns.iter().map(|it| properties.remove(it).unwrap_or_default()).collect()
            };
            let rows = entities::all(tx, &list)?.into_iter().map(row).collect();
            Ok(Some((columns, rows)))
        })
        .await
}

/// Writes a list as a phone of one grid gets it, to try a form with at the desk; that it was read is in the audit log
/// before anything is told.
pub async fn desk_csv(
    app: &App,
    by: &Account,
    list: String,
    grid: String,
) -> Result<Option<(String, i64)>, DbError> {
    let wanted = list.clone();
    let is_known = app.db.read(move |tx| Ok::<_, DbError>(columns(tx, &wanted)?.is_some())).await?;
    if !is_known || !by.covers(&grid) {
        return Ok(None);
    }
    audit::note(app, &by.id, "read list", &list, &grid).await?;
    app.db.read(move |tx| csv_of(tx, &list, Some(&[grid]))).await
}

fn csv_of(tx: &mut dyn Tx, list: &str, scope: Option<&[String]>) -> Result<Option<(String, i64)>, DbError> {
    let Some((columns, revision)) = columns(tx, list)? else { return Ok(None) };
    let rows = match scope {
        Some(grids) => entities::of_grids(tx, list, grids)?,
        None => entities::all(tx, list)?,
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    write_record(&mut csv, columns.iter())?;
    for row in rows {
        let properties = properties(&row.data);
        if list != "residents" || has_business(&row, &properties) {
            write_record(&mut csv, cells(&row.id, &row.label, row.version, &properties, &columns))?;
        }
    }
    let bytes = csv.into_inner().map_err(|error| DbError::Other(error.to_string()))?;
    Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), revision)))
}

/// Returns the grids of the community: id and label.
pub async fn grids(app: &App) -> Result<Vec<(String, String)>, DbError> {
    app.db.read(|tx| entities::labels_of_kind(tx, "places", "grid")).await
}

/// Tables of whole lists, kept until the list's revision moves.
#[derive(Debug, Default)]
pub struct ListCache(Mutex<HashMap<String, (i64, Arc<Table>)>>);

/// A row that a visit saw in an older version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// List.
    pub list: String,
    /// Row.
    pub id: String,
    /// Version that the phone had.
    pub version: i64,
}

/// Returns those rows of a list whose ids are among `keys`, as a visit saw them. For forms that read a list by key alone
/// this is as good as the whole list, and its cost does not grow with the list.
pub fn rows_of(
    tx: &mut dyn Tx,
    list: &str,
    keys: &BTreeSet<String>,
    seen: &[Seen],
) -> Result<Arc<Table>, DbError> {
    let Some((columns, _)) = columns(tx, list)? else { return Ok(Arc::new(Table::default())) };
    let mut rows = Vec::new();
    for row in entities::with_ids(tx, list, keys)? {
        let then =
            match seen.iter().find(|it| it.list == list && it.id == row.id && it.version != row.version) {
                Some(seen) => entities::at_version(tx, list, &row.id, seen.version)?,
                None => None,
            };
        rows.push(match then {
            Some(then) => cells(&row.id, &then.label, then.version, &properties(&then.data), &columns),
            None => cells(&row.id, &row.label, row.version, &properties(&row.data), &columns),
        });
    }
    Ok(Arc::new(Table::new(columns, rows)))
}

/// Returns a list as a visit saw it: today's rows, and those in `seen` as they stood in the version named there.
/// A list that does not exist is empty.
pub fn table(tx: &mut dyn Tx, cache: &ListCache, list: &str, seen: &[Seen]) -> Result<Arc<Table>, DbError> {
    let Some((columns, revision)) = columns(tx, list)? else {
        return Ok(Arc::new(Table::new(
            ["name", "label", "__version"].map(str::to_owned).to_vec(),
            Vec::new(),
        )));
    };
    let mut older = BTreeMap::new();
    for it in seen.iter().filter(|it| it.list == list) {
        let current = entities::get(tx, list, &it.id)?;
        if current.is_some_and(|row| row.version != it.version)
            && let Some(version) = entities::at_version(tx, list, &it.id, it.version)?
        {
            older.insert(it.id.clone(), version);
        }
    }
    if older.is_empty() {
        return whole_table(tx, cache, list, columns, revision);
    }
    let rows = entities::all(tx, list)?;
    let cells = rows.iter().map(|row| match older.get(&row.id) {
        Some(then) => cells(&row.id, &then.label, then.version, &properties(&then.data), &columns),
        None => cells(&row.id, &row.label, row.version, &properties(&row.data), &columns),
    });
    Ok(Arc::new(Table::new(columns.clone(), cells)))
}

fn whole_table(
    tx: &mut dyn Tx,
    cache: &ListCache,
    list: &str,
    columns: Vec<String>,
    revision: i64,
) -> Result<Arc<Table>, DbError> {
    let known = |cache: &ListCache| {
        let tables = cache.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tables.get(list).filter(|(known, _)| *known == revision).map(|(_, table)| Arc::clone(table))
    };
    if let Some(table) = known(cache) {
        return Ok(table);
    }
    let rows = entities::all(tx, list)?;
    let cells =
        rows.iter().map(|row| cells(&row.id, &row.label, row.version, &properties(&row.data), &columns));
    let table = Arc::new(Table::new(columns.clone(), cells));
    let mut tables = cache.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    tables.insert(list.to_owned(), (revision, Arc::clone(&table)));
    Ok(table)
}

/// Applies one change that a submission asked for. A row whose version moved since the visit still gets the change:
/// the reviewer saw the flag `entity.conflict` and approved.
pub fn apply_change(
    tx: &mut dyn Tx,
    change: &ChangeRow,
    by: &str,
    submission_id: &str,
    now: i64,
) -> Result<(), DbError> {
    let current = entities::get(tx, &change.list, &change.id)?;
    // What is to be changed must be there, what is to be made must not: neither is ever put over another row.
    let fits = match change.operation.as_str() {
        "update" => current.is_some(),
        "create" => current.is_none(),
        _ => true,
    };
    if !fits {
        return Ok(());
    }
    let mut merged = current.as_ref().map(|row| properties(&row.data)).unwrap_or_default();
    merged.extend(properties(&change.properties));
    let label = match &current {
        Some(row) if change.label.is_empty() => row.label.clone(),
        _ => change.label.clone(),
    };
    let grid = match &current {
        Some(row) => row.grid.clone(),
        None => grid_of_subject(tx, &merged)?,
    };
    let version = current.map_or(1, |row| row.version + 1);
    let changed = row(&change.list, &change.id, &label, version, &merged, &grid, now);
    entities::put(tx, &changed, by, submission_id)?;
    tasks::follow_subject(tx, &changed.list, &changed.id, &changed.grid, now)?;
    entities::count_revision(tx, &change.list)
}

/// Returns the grid of the resident or place that a row is about; empty where it is about none.
pub fn grid_of_subject(tx: &mut dyn Tx, properties: &Properties) -> Result<String, DbError> {
    for (property, list) in [("subject", "residents"), ("place", "places")] {
        if let Some(id) = properties.get(property).filter(|it| !it.is_empty())
            && let Some(row) = entities::get(tx, list, id)?
        {
            return Ok(row.grid);
        }
    }
    Ok(String::new())
}

/// Returns whether a resident has business with the volunteers at all.
fn has_business(row: &EntityRow, properties: &Properties) -> bool {
    !row.kind.is_empty() || properties.get("care_level").is_some_and(|it| !it.is_empty())
}

fn cells(id: &str, label: &str, version: i64, properties: &Properties, columns: &[String]) -> Vec<String> {
    let cell = |column: &String| match column.as_str() {
        "name" => id.to_owned(),
        "label" => label.to_owned(),
        "__version" => version.to_string(),
        other => properties.get(other).cloned().unwrap_or_default(),
    };
    columns.iter().map(cell).collect()
}

fn write_record(
    csv: &mut csv::Writer<Vec<u8>>,
    cells: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<(), DbError> {
    csv.write_record(cells).map_err(|error| DbError::Other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_people_by_pinyin_name_and_building() {
        let properties = [("full_name", "孔月芳"), ("building", "E01")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let row = row("residents", "r1", "孔月芳 · 东区 1-1-402", 1, &properties.into(), "", 0);
        for typed in ["kyf", "kongyuefang", "孔月", "1-1-402", "e01"] {
            assert!(row.search.contains(typed), "{typed} in {}", row.search);
        }
    }

    #[test]
    fn masks_all_but_the_ends() {
        assert_eq!(masked("88010119520315130X"), "880101********130X");
        assert_eq!(masked("1234"), "****");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn phones_have_no_column_for_the_whole_number() {
        assert!(SERVER_ONLY.iter().all(|it| !RESIDENT_COLUMNS.contains(it)));
    }
}
