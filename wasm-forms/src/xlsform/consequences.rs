//! One mistake, one diagnostic: what only follows from another mistake is left out, because it goes away with it.

use std::collections::BTreeSet;

use super::codes;
use super::nearest::nearest_name;
use super::report::Found;
use crate::{Diagnostic, Place, Severity};

/// What others can follow from.
const CAUSES: [&str; 6] = [
    codes::BAD_NAME,
    codes::CELL_ERROR,
    codes::DUPLICATE_NAME,
    codes::FORMULA_WITHOUT_VALUE,
    codes::MISSPELT_COLUMN,
    codes::MISSPELT_LIST,
];

/// Returns what is left when the consequences of other diagnostics are taken away. A warning that stands for errors
/// becomes an error: the workbook is refused for it.
pub(super) fn leave_out(mut found: Vec<Found>) -> Vec<Found> {
    let causes: Vec<(usize, Diagnostic)> = (0..)
        .zip(&found)
        .filter(|(_, it)| CAUSES.contains(&it.diagnostic.code.as_str()))
        .map(|(index, it)| (index, it.diagnostic.clone()))
        .collect();
    let mut stands_for_errors: BTreeSet<usize> = BTreeSet::new();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut kept = Vec::with_capacity(found.len());
    for (index, it) in found.drain(..).enumerate() {
        match causes.iter().find(|(_, cause)| explains(cause, &it.diagnostic)) {
            Some((cause, _)) if it.diagnostic.severity == Severity::Error => {
                stands_for_errors.insert(*cause);
            }
            Some(_) => {}
            None if is_told_already(&it.diagnostic, &mut seen) => {}
            None => kept.push((index, it)),
        }
    }
    let with_severity = |(index, mut it): (usize, Found)| {
        if stands_for_errors.contains(&index) {
            it.diagnostic.severity = Severity::Error;
        }
        it
    };
    kept.into_iter().map(with_severity).collect()
}

/// A sheet that is missing is told once, where it is needed first.
fn is_told_already(it: &Diagnostic, seen: &mut BTreeSet<(String, String)>) -> bool {
    let is_sheet = matches!(it.code.as_str(), codes::MISSING_CHOICES | codes::MISSPELT_SHEET);
    is_sheet && !seen.insert((param(it, "sheet").to_owned(), param(it, "nearest").to_owned()))
}

fn param<'a>(it: &'a Diagnostic, name: &str) -> &'a str {
    it.params.get(name).map_or("", String::as_str)
}

fn sheet(it: &Diagnostic) -> &str {
    match &it.place {
        Place::Cell { sheet, .. } => sheet,
        _ => "",
    }
}

/// Returns whether `other` would not be there without `cause`.
fn explains(cause: &Diagnostic, other: &Diagnostic) -> bool {
    match cause.code.as_str() {
        codes::MISSPELT_COLUMN => is_for_want_of(param(cause, "nearest"), sheet(cause), other),
        // The list that was meant is used.
        codes::MISSPELT_LIST => {
            other.code == codes::UNUSED_LIST && param(other, "list") == param(cause, "nearest")
        }
        codes::DUPLICATE_NAME => {
            other.code == codes::AMBIGUOUS_REFERENCE && param(other, "name") == param(cause, "name")
        }
        // What the cell would have said is not known.
        codes::CELL_ERROR | codes::FORMULA_WITHOUT_VALUE => {
            other.place == cause.place && other.code != cause.code
        }
        codes::BAD_NAME => match other.code.as_str() {
            codes::MALFORMED_REFERENCE => {
                param(other, "found").trim_matches(['$', '{', '}', ' ']) == param(cause, "found")
            }
            // It names the question as it ought to be called.
            codes::MISSPELT_REFERENCE => param(other, "nearest") == param(cause, "found"),
            codes::MISSPELT_PATH | codes::UNKNOWN_PATH => {
                let last = param(other, "reference").rsplit('/').next().unwrap_or_default();
                nearest_name(last, [param(cause, "found")]).is_some()
            }
            _ => false,
        },
        _ => false,
    }
}

/// Returns whether a diagnostic only says that a column is missing which is there under a misspelt name.
fn is_for_want_of(column: &str, in_sheet: &str, other: &Diagnostic) -> bool {
    let is_here = sheet(other) == in_sheet;
    match other.code.as_str() {
        codes::MISSING_COLUMN => is_here && param(other, "column") == column,
        codes::MISSING_LABEL | codes::CHOICE_WITHOUT_LABEL => is_here && column == "label",
        codes::MISSING_NAME | codes::CHOICE_WITHOUT_NAME => is_here && column == "name",
        codes::MISSING_TYPE => is_here && column == "type",
        codes::MISSING_CALCULATION => is_here && matches!(column, "calculation" | "calculate"),
        codes::MISSING_TRIGGER => is_here && column == "trigger",
        // Without its list column the choices sheet has no lists.
        codes::MISSING_CHOICES | codes::MISSING_LIST => {
            matches!(column, "list_name" | "list name") && !is_here
        }
        _ => false,
    }
}
