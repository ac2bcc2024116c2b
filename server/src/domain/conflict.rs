//! What a visit met that its phone could not know: it was made while somebody else was at work too.
//!
//! | while the phone had no network | what becomes of the visit |
//! | --- | --- |
//! | another visit did the task | kept beside it, flagged `task.already_done`; it changes nothing until a person decides |
//! | the task went to another grid or person | kept, flagged `task.moved_grid` or `task.not_theirs` |
//! | the task was returned | corrects the visit that was returned |
//! | the task was closed or given up | kept, flagged `task.already_done` |
//! | the form got a newer version | judged by the version that it was filled in with, which stays; both are shown side by side |
//! | the register's row changed | flagged `entity.conflict`; whoever approves says which cells the register keeps |
//!
//! No visit is thrown away: one that is not to count is set aside with a reason, and stays.

use std::collections::BTreeSet;

use super::list::{self, Properties};
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, ChangeRow, SubmissionRow};
use crate::store::{entities, forms};

/// Visits to the same door further apart than this are not in each other's way.
const NEAR_MS: i64 = 7 * 86_400_000;
/// Most visits that are told.
const MAX_VISITS: i64 = 20;

/// Everything that a visit met.
#[derive(Debug, Default)]
pub struct Conflict {
    /// Rows that somebody changed after the phone had seen them.
    pub rows: Vec<MetRow>,
    /// Other visits with the same form at the same door, newest first.
    pub visits: Vec<SubmissionRow>,
    /// Versions of the form, where the one in use is another than the visit's.
    pub versions: Option<Versions>,
}

/// Two versions of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Versions {
    /// The one that the visit was filled in with, and is judged by.
    pub visit: String,
    /// The one in use.
    pub current: String,
}

/// A row that is not what the phone saw.
#[derive(Debug, PartialEq, Eq)]
pub struct MetRow {
    /// List.
    pub list: String,
    /// Row.
    pub id: String,
    /// Its name now.
    pub label: String,
    /// Version that the phone saw.
    pub seen_version: i64,
    /// Version now, before the visit's own change.
    pub version: i64,
    /// Who changed it last.
    pub changed_by: String,
    /// Milliseconds UTC.
    pub changed_at: i64,
    /// What the visit writes and somebody else wrote otherwise.
    pub cells: Vec<MetCell>,
}

/// One cell of such a row.
#[derive(Debug, PartialEq, Eq)]
pub struct MetCell {
    /// Property, e.g. `phone`.
    pub property: String,
    /// What the phone saw.
    pub seen: String,
    /// What the register holds now.
    pub now: String,
    /// What the visit found.
    pub found: String,
}

/// A cell that keeps what the register holds, whatever a visit found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptCell {
    /// List.
    pub list: String,
    /// Row.
    pub id: String,
    /// Property.
    pub property: String,
}

/// Returns what a stored visit met.
pub fn of(tx: &mut dyn Tx, row: &SubmissionRow, changes: &[ChangeRow]) -> Result<Conflict, DbError> {
    let rows = changes.iter().filter_map(|it| met_row(tx, row, it).transpose());
    let rows = rows.collect::<Result<_, _>>()?;
    let current = forms::current_version(tx, &row.form_id)?;
    Ok(Conflict {
        rows,
        visits: submissions::beside(tx, row, NEAR_MS, MAX_VISITS)?,
        versions: current
            .filter(|it| *it != row.form_version)
            .map(|current| Versions { visit: row.form_version.clone(), current }),
    })
}

fn met_row(tx: &mut dyn Tx, visit: &SubmissionRow, change: &ChangeRow) -> Result<Option<MetRow>, DbError> {
    let Some(seen_version) = change.base_version else { return Ok(None) };
    // What the visit itself wrote is nothing that it met.
    let versions = entities::history(tx, &change.list, &change.id)?;
    let own = versions.iter().position(|it| it.submission_id == visit.id);
    let Some(now) = versions.get(own.map_or(0, |it| it + 1)) else { return Ok(None) };
    if now.version <= seen_version {
        return Ok(None);
    }
    let seen = versions.iter().find(|it| it.version == seen_version);
    let seen = seen.map(|it| list::properties(&it.data)).unwrap_or_default();
    let cells = cells(&seen, &list::properties(&now.data), &list::properties(&change.properties));
    Ok(Some(MetRow {
        list: change.list.clone(),
        id: change.id.clone(),
        label: now.label.clone(),
        seen_version,
        version: now.version,
        changed_by: now.changed_by.clone(),
        changed_at: now.changed_at,
        cells,
    }))
}

fn cells(seen: &Properties, now: &Properties, found: &Properties) -> Vec<MetCell> {
    let cell = |it: &Properties, property: &str| it.get(property).cloned().unwrap_or_default();
    let met = found.iter().filter_map(|(property, found)| {
        let (seen, now) = (cell(seen, property), cell(now, property));
        let is_met = now != seen && now != *found;
        is_met.then(|| MetCell { property: property.clone(), seen, now, found: found.clone() })
    });
    met.collect()
}

/// Takes the cells that the register keeps out of what a visit changes; returns those that it would have changed.
pub fn keep(changes: &mut [ChangeRow], kept: &[KeptCell]) -> Vec<KeptCell> {
    let mut taken = BTreeSet::new();
    for change in changes {
        let mut properties = list::properties(&change.properties);
        let theirs = kept.iter().filter(|it| it.list == change.list && it.id == change.id);
        taken.extend(theirs.filter(|it| properties.remove(&it.property).is_some()).cloned());
        change.properties = list::data(&properties);
    }
    taken.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_both_changed_differently_is_met() {
        let seen = properties(&[("phone", "1"), ("address", "A"), ("cert_last", "2025")]);
        let now = properties(&[("phone", "2"), ("address", "A"), ("cert_last", "2026")]);
        let found = properties(&[("phone", "3"), ("address", "B"), ("cert_last", "2026")]);
        let cell = |property: &str, seen: &str, now: &str, found: &str| MetCell {
            property: property.to_owned(),
            seen: seen.to_owned(),
            now: now.to_owned(),
            found: found.to_owned(),
        };
        assert_eq!(cells(&seen, &now, &found), [cell("phone", "1", "2", "3")]);
    }

    #[test]
    fn kept_cells_leave_the_change_and_others_stay() {
        let change = ChangeRow {
            list: "residents".to_owned(),
            id: "r1".to_owned(),
            operation: "update".to_owned(),
            base_version: Some(1),
            label: String::new(),
            properties: r#"{"phone":"3","address":"B"}"#.to_owned(),
        };
        let cell = |id: &str, property: &str| KeptCell {
            list: "residents".to_owned(),
            id: id.to_owned(),
            property: property.to_owned(),
        };
        let mut changes = [change];
        let taken = keep(&mut changes, &[cell("r1", "phone"), cell("r1", "sex"), cell("r2", "address")]);
        assert_eq!(taken, [cell("r1", "phone")]);
        assert_eq!(changes[0].properties, r#"{"address":"B"}"#);
    }
}
