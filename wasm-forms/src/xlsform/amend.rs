//! Reading on behind a misspelt heading.
//!
//! A sheet or column that nobody knows hides every mistake in it. So that all of them are told at once, the workbook is
//! read again with the heading put right; what was wrong with the heading stays an error.

use super::Workbook;
use super::codes;
use super::report::number;
use crate::{Diagnostic, Place, Severity};

/// The sheets as they were called, by their present names.
#[derive(Debug, Default)]
pub(super) struct Renamed(Vec<(String, String)>);

impl Renamed {
    /// Returns a place with the name that its sheet has in the workbook.
    pub(super) fn place(&self, place: Place) -> Place {
        let Place::Cell { sheet, row, column } = place else { return place };
        let old = self.0.iter().find(|(name, _)| *name == sheet).map(|(_, old)| old.clone());
        Place::Cell { sheet: old.unwrap_or(sheet), row, column }
    }
}

/// Puts right the headings that are errors; returns those errors with the sheets' new names, none where there is nothing
/// to put right.
pub(super) fn amend(workbook: &mut Workbook, found: &[Diagnostic], renamed: &mut Renamed) -> Vec<Diagnostic> {
    let mut errors: Vec<Diagnostic> = found.to_vec();
    errors.retain(|it| it.severity == Severity::Error && put_right(workbook, it, renamed));
    for it in &mut errors {
        if let Place::Cell { sheet, .. } = &mut it.place
            && let Some((name, _)) = renamed.0.iter().find(|(_, old)| old == sheet)
        {
            sheet.clone_from(name);
        }
    }
    errors
}

fn put_right(workbook: &mut Workbook, error: &Diagnostic, renamed: &mut Renamed) -> bool {
    let param = |name: &str| error.params.get(name).map_or("", String::as_str);
    let nearest = param("nearest");
    match (error.code.as_str(), &error.place) {
        (codes::MISSPELT_SHEET, _) => {
            let (wanted, sheet) = (param("sheet"), workbook.sheets.iter_mut().find(|it| it.name == nearest));
            let Some(sheet) = sheet.filter(|_| !wanted.is_empty()) else { return false };
            sheet.name = wanted.to_owned();
            renamed.0.push((wanted.to_owned(), nearest.to_owned()));
            true
        }
        (codes::MISSPELT_COLUMN, Place::Cell { sheet, column, .. }) => {
            let sheet = workbook.sheets.iter_mut().find(|it| it.name == *sheet);
            let header = sheet.and_then(|it| it.header.get_mut(number(column)?));
            let Some(header) = header else { return false };
            // The language stays.
            let language = header.split_once("::").map(|(_, it)| format!("::{it}"));
            *header = format!("{nearest}{}", language.unwrap_or_default());
            true
        }
        _ => false,
    }
}
