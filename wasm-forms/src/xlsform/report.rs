//! Collects what is wrong with a workbook, each with the cell where it stands.

use super::codes;
use crate::{Diagnostic, Place, Severity};

/// A cell, or a row or sheet as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cell {
    pub sheet: String,
    /// 1-based as Excel shows it; 0 for the sheet.
    pub row: u32,
    /// 0-based; `None` for the whole row.
    pub column: Option<usize>,
}

impl Cell {
    pub(super) fn new(sheet: &str, row: u32, column: Option<usize>) -> Self {
        Self { sheet: sheet.to_owned(), row, column }
    }

    pub(super) fn sheet(sheet: &str) -> Self {
        Self::new(sheet, 0, None)
    }

    fn place(&self) -> Place {
        if self.sheet.is_empty() {
            return Place::Form;
        }
        let column = self.column.map(letters).unwrap_or_default();
        Place::Cell { sheet: self.sheet.clone(), row: self.row, column }
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

/// The diagnostics of one conversion.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<(usize, u32, Option<usize>, Diagnostic)>,
    sheets: Vec<String>,
}

impl Report {
    /// Starts a report whose diagnostics are put in the order of `sheets`.
    pub(super) fn new(sheets: impl IntoIterator<Item = String>) -> Self {
        Self { found: Vec::new(), sheets: sheets.into_iter().collect() }
    }

    /// Adds an error. Empty parameters are left out; one called `nearest` makes the code the one that offers it.
    pub(super) fn error(&mut self, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        self.push(Severity::Error, code, at, params);
    }

    /// Adds a warning, as [`Report::error`] does.
    pub(super) fn warning(&mut self, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        self.push(Severity::Warning, code, at, params);
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|(.., it)| it.severity == Severity::Error)
    }

    /// Returns the diagnostics in sheet, row and column order, each once.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        let mut diagnostics: Vec<Diagnostic> = self.found.into_iter().map(|(.., it)| it).collect();
        diagnostics.dedup();
        diagnostics
    }

    fn push(&mut self, severity: Severity, code: &'static str, at: &Cell, params: &[(&str, &str)]) {
        let filled: Vec<&(&str, &str)> = params.iter().filter(|(_, value)| !value.is_empty()).collect();
        let is_misspelt = filled.iter().any(|(name, _)| *name == "nearest");
        let code = if is_misspelt { codes::with_nearest(code) } else { code };
        let diagnostic = Diagnostic { severity, ..Diagnostic::error(code, at.place()) };
        let diagnostic = filled.into_iter().fold(diagnostic, |it, (name, value)| it.with(name, *value));
        let sheet = self.sheets.iter().position(|it| *it == at.sheet).unwrap_or(self.sheets.len());
        self.found.push((sheet, at.row, at.column, diagnostic));
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn names_columns_as_excel_does() {
        let check = |column, expected| assert_eq!(letters(column), expected);
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(701, "ZZ");
        check(702, "AAA");
    }
}
