//! What one pack does otherwise than another, row by row: for whoever is about to publish it or go back to it.

use serde::Serialize;
use utoipa::ToSchema;

use super::table::{self, Row, Spec};
use super::{Tables, calendar, cards, outcomes, roles, tasks};

/// The sheets, and the columns that tell their rows apart.
const KEYS: [(&Spec, &[&str]); 5] = [
    (&tasks::SPEC, &["id"]),
    (&outcomes::SPEC, &["task", "outcome"]),
    (&roles::ROLES, &["role"]),
    (&calendar::SPEC, &["day", "kind"]),
    (&cards::SPEC, &["card"]),
];

/// A row that is new, gone, or says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowChange {
    /// Sheet.
    pub sheet: String,
    /// What the row is about: `certify.doorstep`, `certify.doorstep · absent`.
    pub key: String,
    /// What people call it, in the new pack; may be empty.
    pub label: String,
    /// `added`, `removed` or `changed`.
    pub kind: RowChangeKind,
    /// The cells that differ.
    pub cells: Vec<CellChange>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// A cell before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellChange {
    /// Column, as packs name it.
    pub column: String,
    /// In force now.
    pub before: String,
    /// In the other pack.
    pub after: String,
}

/// Returns what the rows of one pack's sheets say otherwise than another's, in the order of the sheets.
#[must_use]
pub fn changes(before: &Tables, after: &Tables) -> Vec<RowChange> {
    let (before, after) = (before.workbook(), after.workbook());
    let mut found = Vec::new();
    for (spec, key) in KEYS {
        let rows = |workbook| table::read(workbook, spec, &mut Vec::new());
        let (sheet, old, new) = (spec.sheet, rows(&before), rows(&after));
        let key_of = |row: &Row| key.iter().map(|it| row.get(it)).collect::<Vec<_>>().join(" · ");
        for row in &new {
            let same = old.iter().find(|it| key_of(it) == key_of(row));
            let (kind, cells) = match same {
                None => (RowChangeKind::Added, Vec::new()),
                Some(old) => (RowChangeKind::Changed, cells(old, row)),
            };
            if kind == RowChangeKind::Added || !cells.is_empty() {
                found.push(change(sheet, key_of(row), row, (kind, cells)));
            }
        }
        for row in old.iter().filter(|row| !new.iter().any(|it| key_of(it) == key_of(row))) {
            found.push(change(sheet, key_of(row), row, (RowChangeKind::Removed, Vec::new())));
        }
    }
    found
}

fn change(sheet: &str, key: String, row: &Row, (kind, cells): (RowChangeKind, Vec<CellChange>)) -> RowChange {
    let label = row.get("label::zh").to_owned();
    RowChange { sheet: sheet.to_owned(), key, label, kind, cells }
}

fn cells(old: &Row, new: &Row) -> Vec<CellChange> {
    let mut columns: Vec<&str> = old.columns().chain(new.columns()).collect();
    columns.sort_unstable();
    columns.dedup();
    let differ = columns.into_iter().filter(|it| old.get(it) != new.get(it));
    differ
        .map(|column| CellChange {
            column: column.to_owned(),
            before: old.get(column).to_owned(),
            after: new.get(column).to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{Known, Pack, community};

    #[test]
    fn tells_each_row_that_differs() {
        let before = Pack::read(&community(), &Known::default()).0.tables;
        assert_eq!(changes(&before, &before), []);
        let mut workbook = before.workbook();
        let tasks = workbook.sheets.iter_mut().find(|it| it.name == "tasks").expect("there");
        let pairs = tasks.header.iter().position(|it| it == "pairs").expect("there");
        tasks.rows[1][pairs] = "3".to_owned();
        let gone = tasks.rows.remove(0);
        let mut new = gone.clone();
        new[0] = "certify.window".to_owned();
        tasks.rows.push(new);
        let after = Tables::new(&workbook, &[], &Default::default());
        let told: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|it| {
                let cells: Vec<_> = it
                    .cells
                    .iter()
                    .map(|it| format!("{}: {} > {}", it.column, it.before, it.after))
                    .collect();
                format!("{} {} {:?} {}", it.sheet, it.key, it.kind, cells.join(", "))
            })
            .collect();
        assert_eq!(
            told,
            [
                "tasks certify.doorstep Changed pairs: 2 > 3",
                "tasks certify.window Added ",
                "tasks certify.self Removed "
            ]
        );
    }
}
