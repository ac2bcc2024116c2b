//! Collects what is wrong with a workbook, each with the cell where it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::shared::Shared;
use super::{codes, consequences};
use crate::{Diagnostic, Place, Severity};

/// A cell, or a row or sheet as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cell {
    pub sheet: Shared,
    /// 1-based as Excel shows it; 0 for the sheet.
    pub row: u32,
    /// 0-based; `None` for the whole row.
    pub column: Option<usize>,
}

impl Cell {
    pub(super) fn new(sheet: &str, row: u32, column: Option<usize>) -> Self {
        Self { sheet: sheet.to_owned().into(), row, column }
    }

    /// Returns a cell of a sheet whose name is at hand.
    pub(super) fn at(sheet: &Shared, row: u32, column: Option<usize>) -> Self {
        Self { sheet: sheet.clone(), row, column }
    }

    pub(super) fn sheet(sheet: &str) -> Self {
        Self::new(sheet, 0, None)
    }

    /// Returns the cell that a place names; the form as a whole where it names none.
    pub(super) fn of(place: &Place) -> Self {
        match place {
            Place::Cell { sheet, row, column } => Self::new(sheet, *row, number(column)),
            _ => Self::default(),
        }
    }

    pub(super) fn place(&self) -> Place {
        if self.sheet.is_empty() {
            return Place::Form;
        }
        let column = self.column.map(letters).unwrap_or_default();
        Place::Cell { sheet: self.sheet.to_string(), row: self.row, column }
    }
}

/// Returns the letters Excel gives the 0-based `column`: A, …, Z, AA, ….
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut text = Vec::new();
    while rest > 0 {
        rest -= 1;
        text.push(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 26] as char);
        rest /= 26;
    }
    text.iter().rev().collect()
}

/// Returns the 0-based column of Excel's letters; nothing for an empty text.
pub(super) fn number(letters: &str) -> Option<usize> {
    let digit = |it: u8| usize::from(it - b'A') + 1;
    let is_short = (1..=4).contains(&letters.len()) && letters.bytes().all(|it| it.is_ascii_uppercase());
    is_short.then(|| letters.bytes().fold(0, |sum, it| sum * 26 + digit(it)) - 1)
}

/// One diagnostic with its cell; they are sorted by the order of the sheets, then rows, then columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    sheet: usize,
    row: u32,
    column: Option<usize>,
    pub diagnostic: Diagnostic,
}

impl Found {
    fn cell(&self) -> (usize, u32, Option<usize>) {
        (self.sheet, self.row, self.column)
    }
}

/// The diagnostics of one conversion.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<Found>,
    /// Where something was found, and whether an error was.
    cells: BTreeMap<(usize, u32, Option<usize>), bool>,
    /// What is said of a cell only where nothing is wrong with it.
    notices: Vec<Found>,
    sheets: Vec<String>,
}

impl Report {
    /// Starts a report whose diagnostics are put in the order of `sheets`.
    pub(super) fn new(sheets: impl IntoIterator<Item = String>) -> Self {
        Self { sheets: sheets.into_iter().collect(), ..Self::default() }
    }

    /// Adds an error. Empty parameters are left out; one called `nearest` makes the code the one that offers it.
    pub(super) fn error(&mut self, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        self.push(Severity::Error, code, at, params);
    }

    /// Adds a warning, as [`Report::error`] does.
    pub(super) fn warning(&mut self, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        self.push(Severity::Warning, code, at, params);
    }

    /// Adds a warning about how a cell was read. It goes where the cell is wrong, and keeps
    /// nobody from looking at it.
    pub(super) fn notice(&mut self, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        let diagnostic = Diagnostic::warning(code, Place::Form);
        let diagnostic = params.iter().fold(diagnostic, |it, (name, value)| it.with(name, *value));
        let found = self.found_at(diagnostic, at);
        self.notices.push(found);
    }

    /// Adds a diagnostic that was made elsewhere, at its cell.
    pub(super) fn add(&mut self, diagnostic: Diagnostic, at: &Cell) {
        let found = self.found_at(diagnostic, at);
        *self.cells.entry(found.cell()).or_default() |= found.diagnostic.severity == Severity::Error;
        self.found.push(found);
    }

    fn found_at(&self, diagnostic: Diagnostic, at: &Cell) -> Found {
        let diagnostic = Diagnostic { place: at.place(), ..diagnostic };
        Found { sheet: self.number(at), row: at.row, column: at.column, diagnostic }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|it| it.diagnostic.severity == Severity::Error)
    }

    /// Returns how much was found so far.
    pub(super) fn n_found(&self) -> usize {
        self.found.len() + self.notices.len()
    }

    /// Returns whether something was found at the cell already.
    pub(super) fn has_found_at(&self, at: &Cell) -> bool {
        self.cells.contains_key(&(self.number(at), at.row, at.column))
    }

    /// Returns whether an error was found at the cell already.
    pub(super) fn has_error_at(&self, at: &Cell) -> bool {
        self.cells.get(&(self.number(at), at.row, at.column)) == Some(&true)
    }

    /// Returns the sheet's number in the order of the report; sheets it does not know come last.
    fn number(&self, at: &Cell) -> usize {
        self.sheets.iter().position(|it| **it == *at.sheet).unwrap_or(self.sheets.len())
    }

    /// Returns the diagnostics in sheet, row and column order, each once, without those that another explains.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let mut found = consequences::leave_out(self.found);
        let is_wrong = |it: &&Found| {
            it.diagnostic.severity == Severity::Error || it.diagnostic.code == codes::MISSPELT_LANGUAGE
        };
        let wrong: BTreeSet<_> = found.iter().filter(is_wrong).map(Found::cell).collect();
        found.extend(self.notices.into_iter().filter(|it| !wrong.contains(&it.cell())));
        found.sort();
        let mut diagnostics: Vec<Diagnostic> = found.into_iter().map(|it| it.diagnostic).collect();
        diagnostics.dedup();
        diagnostics
    }

    fn push(&mut self, severity: Severity, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        let filled: Vec<&(&str, &str)> = params.iter().filter(|(_, value)| !value.is_empty()).collect();
        let is_misspelt = filled.iter().any(|(name, _)| *name == "nearest");
        let code = if is_misspelt { codes::with_nearest(code) } else { code };
        let diagnostic = Diagnostic { severity, ..Diagnostic::error(code, Place::Form) };
        self.add(filled.into_iter().fold(diagnostic, |it, (name, value)| it.with(name, *value)), at);
    }
}

#[cfg(test)]
mod tests {
    use super::{letters, number};

    #[test]
    fn names_columns_as_excel_does() {
        let check = |column, expected| {
            assert_eq!(letters(column), expected);
            assert_eq!(number(expected), Some(column));
        };
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(701, "ZZ");
        check(702, "AAA");
    }
}
