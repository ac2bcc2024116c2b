//! A file's cells as text, with the row and column where each stands.
//!
//! ```text
//! bytes ─┬─ zip ──archive──┬─ workbook.xml ──xlsx───┐
//!        │                 └─ *.csv ────┐           ├─grid─▶ Workbook, remarks
//!        ├─ OLE container ──excel───────┼───────────┤
//!        └─ text ──encoding─┬─ csv ─────┘           │
//!                           └─ markdown ────────────┘
//! ```
//!
//! What a file is, is told by its content. Of a zip only what is read is unpacked, and no more of it than there may be: a
//! packed bomb, a million rows or a thousand columns give a diagnostic.

mod archive;
mod encoding;
mod excel;
mod formats;
mod grid;
mod markup;
mod plain;
mod xlsx;

use std::collections::BTreeMap;

use archive::Archive;

use super::codes;
use super::report::{Cell, Report, letters, number};
use crate::{Diagnostic, Place, Severity};

/// Largest file that is opened, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Most bytes a workbook may unpack to.
pub const MAX_UNPACKED_BYTES: u64 = 64 << 20;
/// Most rows of a sheet.
pub const MAX_ROWS: usize = 50_000;
/// Most columns of a sheet.
pub const MAX_COLUMNS: usize = 500;

/// The sheets of a form, then those of a pack's task workbook; others are notes of the author.
const SHEETS: [&str; 12] = [
    "survey",
    "choices",
    "settings",
    "entities",
    "external_choices",
    "osm",
    "tasks",
    "outcomes",
    "roles",
    "states",
    "calendar",
    "cards",
];

/// A workbook as plain tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// Its sheets in their order.
    pub sheets: Vec<Sheet>,
}

/// One sheet. Cells are trimmed text; an empty text is an empty cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// As the tab shows it.
    pub name: String,
    /// Row 1 by column.
    pub header: Vec<String>,
    /// From row 2 on, by column; a row may be shorter than the header.
    pub rows: Vec<Vec<String>>,
}

/// What a file holds, and what is to be said about how it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened {
    pub workbook: Workbook,
    remarks: Vec<Remark>,
    /// Where the rows of a sheet stand in a file that holds several sheets one below the other: by sheet, the file's
    /// row of each row from the header on. The sheet's columns begin at the file's second.
    rows: BTreeMap<String, Vec<u32>>,
}

/// Something about a cell, a sheet or the file, to be reported with the rest.
#[derive(Debug, Clone)]
struct Remark {
    severity: Severity,
    code: &'static str,
    at: Cell,
    params: Vec<(&'static str, String)>,
}

/// Why a file could not be read: code, sheet (may be empty) and limit (may be empty).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unreadable {
    code: &'static str,
    sheet: String,
    limit: String,
}

impl Unreadable {
    fn new(code: &'static str) -> Self {
        Self { code, sheet: String::new(), limit: String::new() }
    }

    fn into_diagnostic(self) -> Diagnostic {
        let mut report = Report::default();
        report.error(self.code, &Cell::sheet(&self.sheet), &[("limit", &self.limit)]);
        report.finish().remove(0)
    }

    fn limit(code: &'static str, sheet: &str, limit: impl ToString) -> Self {
        Self { code, sheet: sheet.to_owned(), limit: limit.to_string() }
    }

    fn too_large(limit_bytes: u64) -> Self {
        Self::limit(codes::TOO_LARGE, "", format!("{} MB", limit_bytes >> 20))
    }
}

impl Workbook {
    /// Returns the sheet of that name, whatever its case and surrounding spaces.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|it| it.name.trim().eq_ignore_ascii_case(name))
    }

    /// Reads a workbook's file: `.xlsx`, `.xlsm`, `.xls`, `.csv` with all sheets in it, a zip of `.csv` files named like
    /// the sheets, or Markdown tables. What cannot be read says why.
    pub fn read(bytes: &[u8]) -> Result<Self, Diagnostic> {
        read(bytes).map(|it| it.workbook)
    }
}

/// Reads a file, with what is to be said about it.
pub(super) fn read(bytes: &[u8]) -> Result<Opened, Diagnostic> {
    open(bytes).map_err(Unreadable::into_diagnostic)
}

fn open(bytes: &[u8]) -> Result<Opened, Unreadable> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Unreadable::too_large(MAX_FILE_BYTES as u64));
    }
    if bytes.starts_with(ZIP) {
        let mut archive = Archive::open(bytes)?;
        if archive.is_excel() {
            return xlsx::read(&mut archive);
        }
        match archive.tables()? {
            tables if tables.is_empty() => Err(Unreadable::new(codes::NOT_A_WORKBOOK)),
            tables => plain::tables(&tables),
        }
    } else if bytes.starts_with(COMPOUND) {
        excel::xls(bytes)
    } else {
        plain::file(bytes)
    }
}

/// A lone sheet is the survey, whatever its name.
fn is_read(name: &str, n_sheets: usize) -> bool {
    n_sheets == 1 || SHEETS.iter().any(|it| name.trim().eq_ignore_ascii_case(it))
}

impl Opened {
    /// Returns a workbook about which there is nothing to say.
    pub(super) fn of(workbook: Workbook) -> Self {
        Self { workbook, ..Self::default() }
    }

    /// Reports what was noticed while opened.
    pub(super) fn tell(&self, report: &mut Report) {
        for it in &self.remarks {
            let params: Vec<(&str, &str)> =
                it.params.iter().map(|(key, value)| (*key, value.as_str())).collect();
            match it.severity {
                Severity::Error => report.error(it.code, &it.at, &params),
                Severity::Warning => report.warning(it.code, &it.at, &params),
            }
        }
    }

    /// Puts a diagnostic where its cell stands in the file, if the file holds several sheets one below the other.
    pub(super) fn locate(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let rows = match &diagnostic.place {
            Place::Cell { sheet, .. } => self.rows.get(sheet),
            _ => None,
        };
        if let (Some(rows), Some(row)) = (rows, diagnostic.params.get_mut("row")) {
            let moved = row.parse().ok().and_then(|it| in_file(rows, it));
            *row = moved.map_or_else(|| row.clone(), |it| it.to_string());
        }
        Diagnostic { place: self.place(diagnostic.place), ..diagnostic }
    }

    /// Returns where a cell stands in the file.
    pub(super) fn place(&self, place: Place) -> Place {
        match place {
            Place::Cell { sheet, row, column } if self.rows.contains_key(&sheet) => {
                let row = in_file(&self.rows[&sheet], row).unwrap_or(row);
                let column = number(&column).map_or(column, |it| letters(it + 1));
                Place::Cell { sheet, row, column }
            }
            other => other,
        }
    }

    fn remark(&mut self, severity: Severity, code: &'static str, at: Cell, params: &[(&'static str, &str)]) {
        let params = params.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        self.remarks.push(Remark { severity, code, at, params });
    }
}

/// Returns the file's row of a sheet's row, both counted from 1.
fn in_file(rows: &[u32], row: u32) -> Option<u32> {
    rows.get(row.checked_sub(1)? as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_workbook() {
        let check = |bytes: &[u8], expected| assert_eq!(Workbook::read(bytes).unwrap_err().code, expected);
        check(b"", codes::NOT_A_WORKBOOK);
        check(b"Dear all,\nplease find attached\n", codes::NOT_A_WORKBOOK);
        check(b"<html><table><tr><td>survey", codes::NOT_A_WORKBOOK);
        check(b"survey\0,type,name\0", codes::NOT_A_WORKBOOK);
        check(b"PK\x03\x04 and then nothing", codes::NOT_A_WORKBOOK);
        check(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", codes::NOT_A_WORKBOOK);
        check(b"%PDF-1.7 survey,type,name", codes::NOT_A_WORKBOOK);
    }
}
