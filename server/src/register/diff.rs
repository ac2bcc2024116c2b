//! What an import would change, before anybody decides to apply it.

use std::collections::BTreeMap;

use super::Checked;

/// Whether the register knows the resident already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Not yet.
    New,
    /// Yes, and something differs.
    Changed,
}

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Technical column name.
    pub name: &'static str,
    /// What the register has; empty for nothing.
    pub before: String,
    /// What it would have.
    pub after: String,
}

/// One resident that the import would add or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// The resident's key.
    pub key: String,
    /// 1-based row in the file.
    pub number: u32,
    /// The name, and the address where there is one.
    pub label: String,
    /// Added or changed.
    pub kind: ChangeKind,
    /// Only fields that differ, in the order of the file's columns.
    pub fields: Vec<FieldChange>,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Residents to add or change, in the order of the file.
    pub changes: Vec<RowChange>,
    /// Residents to add.
    pub n_new: usize,
    /// Residents to change.
    pub n_changed: usize,
    /// Rows that say what the register says.
    pub n_unchanged: usize,
    /// Rows that were left out as bad.
    pub n_bad: usize,
}

/// Follows from name and address; a file that was exported with it may come back with it.
const DERIVED: &str = "label";

/// Compares good rows with the register; `existing` returns a resident's fields by key.
pub fn diff(existing: &dyn Fn(&str) -> Option<BTreeMap<String, String>>, checked: &Checked) -> Preview {
    let mut preview = Preview { n_bad: checked.n_bad, ..Preview::default() };
    for row in &checked.rows {
        let known = existing(&row.key);
        let kind = if known.is_some() { ChangeKind::Changed } else { ChangeKind::New };
        let before = known.unwrap_or_default();
        let defaults = row.defaults.iter().filter(|_| kind == ChangeKind::New);
        let mut fields = Vec::new();
        for (name, after) in row.fields.iter().chain(defaults).filter(|(name, _)| *name != DERIVED) {
            let before = before.get(*name).map_or("", String::as_str);
            if before != after {
                fields.push(FieldChange { name, before: before.to_owned(), after: after.clone() });
            }
        }
        match kind {
            ChangeKind::New => preview.n_new += 1,
            ChangeKind::Changed if fields.is_empty() => {
                preview.n_unchanged += 1;
                continue;
            }
            ChangeKind::Changed => preview.n_changed += 1,
        }
        let get =
            |name: &str| row.field(name).or_else(|| before.get(name).map(String::as_str)).unwrap_or_default();
        let label = [get("full_name"), get("address")].into_iter().filter(|it| !it.is_empty());
        let label = label.collect::<Vec<_>>().join(" · ");
        preview.changes.push(RowChange { key: row.key.clone(), number: row.number, label, kind, fields });
    }
    preview
}
