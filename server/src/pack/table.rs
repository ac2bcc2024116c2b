//! The sheets of `tasks.xlsx` as rows that know where they stand.
//!
//! Columns are found by their headers, in any order; a language stands behind `::`, as in forms
//! (`label::中文 (zh)`). What Chinese input methods type in full width (`，；（）＝` and letters) is read as what it means.

use std::sync::Arc;

use wasm_forms::diag::nearest;
use wasm_forms::xlsform::{Sheet, Workbook};
use wasm_forms::{Diagnostic, Place};

/// A sheet as it has to be.
#[derive(Debug)]
pub(super) struct Spec {
    /// Name of the sheet.
    pub sheet: &'static str,
    /// Whether a pack is none without it.
    pub is_required: bool,
    /// Columns that must be there; every row fills them in.
    pub required: &'static [&'static str],
    /// Columns that may be there.
    pub optional: &'static [&'static str],
}

/// One row that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    sheet: Arc<str>,
    /// As Excel shows it.
    pub number: u32,
    /// Column, its place from 0, and the cell.
    cells: Vec<(&'static str, usize, String)>,
}

impl Row {
    /// Returns a cell; empty where the sheet has no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        self.cells.iter().find(|(name, ..)| *name == column).map_or("", |(.., text)| text)
    }

    /// Returns the columns that the sheet has.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.cells.iter().map(|(name, ..)| *name)
    }

    /// Returns the words of a cell, set apart by spaces, commas or `、`.
    pub fn words(&self, column: &str) -> impl Iterator<Item = &str> {
        self.get(column).split([' ', ',', ';', '、', '\n']).filter(|it| !it.is_empty())
    }

    /// Returns where a column's cell stands; the whole row where the sheet has no such column.
    #[must_use]
    pub fn at(&self, column: &str) -> Place {
        let found = self.cells.iter().find(|(name, ..)| *name == column);
        let column = found.map(|(_, at, _)| letters(*at)).unwrap_or_default();
        Place::Cell { sheet: self.sheet.to_string(), row: self.number, column }
    }

    /// Returns an error about a column's cell, with what was found there.
    #[must_use]
    pub fn error(&self, code: &str, column: &str) -> Diagnostic {
        Diagnostic::error(code, self.at(column)).with("found", self.get(column))
    }

    /// Returns a warning about a column's cell, with what was found there.
    #[must_use]
    pub fn warning(&self, code: &str, column: &str) -> Diagnostic {
        Diagnostic::warning(code, self.at(column)).with("found", self.get(column))
    }
}

/// Tells sheets whose names look like one that is read: nobody reads them as they are.
pub(super) fn warn_of_misspelt(workbook: &Workbook, known: &[&str], problems: &mut Vec<Diagnostic>) {
    let is_there = |name: &str| workbook.sheet(name).is_some();
    let missing: Vec<&str> = known.iter().copied().filter(|it| !is_there(it)).collect();
    for sheet in &workbook.sheets {
        let name = sheet.name.trim().to_lowercase();
        if let Some(meant) =
            nearest(&name, missing.iter().copied()).filter(|_| !known.contains(&name.as_str()))
        {
            let problem = Diagnostic::warning("pack.unknown_sheet", cell(&sheet.name, 0, ""));
            problems.push(problem.with("found", &sheet.name).with("nearest", meant));
        }
    }
}

/// Reads a sheet's rows; headers and cells that must be there and are not are told.
pub(super) fn read(workbook: &Workbook, spec: &Spec, problems: &mut Vec<Diagnostic>) -> Vec<Row> {
    let Some(sheet) = workbook.sheet(spec.sheet) else {
        if spec.is_required {
            let names = workbook.sheets.iter().map(|it| it.name.trim());
            let place = Place::Cell { sheet: super::files::TASKS.to_owned(), row: 0, column: String::new() };
            let problem = Diagnostic::error("pack.missing_sheet", place).with("sheet", spec.sheet);
            problems.push(problem.with("nearest", offer(spec.sheet, names)));
        }
        return Vec::new();
    };
    let columns = columns(sheet, spec, problems);
    for missing in spec.required.iter().filter(|it| !columns.iter().any(|(name, _)| name == *it)) {
        problems
            .push(Diagnostic::error("pack.missing_column", cell(spec.sheet, 1, "")).with("column", *missing));
    }
    let name: Arc<str> = spec.sheet.into();
    let mut rows = Vec::new();
    for (index, texts) in sheet.rows.iter().enumerate() {
        let text = |at: usize| texts.get(at).map_or("", String::as_str);
        if columns.iter().all(|(_, at)| text(*at).trim().is_empty()) {
            continue;
        }
        let cells = columns.iter().map(|&(column, at)| (column, at, clean(column, text(at)))).collect();
        let row = Row { sheet: Arc::clone(&name), number: index as u32 + 2, cells };
        for (column, ..) in row.cells.iter().filter(|it| spec.required.contains(&it.0) && it.2.is_empty()) {
            problems.push(row.error("pack.missing_cell", column).with("column", *column));
        }
        rows.push(row);
    }
    rows
}

/// Returns what stands where, and tells what stands twice or is misspelt; other columns are the author's notes.
fn columns(sheet: &Sheet, spec: &Spec, problems: &mut Vec<Diagnostic>) -> Vec<(&'static str, usize)> {
    let known = || spec.required.iter().chain(spec.optional).copied();
    let mut columns: Vec<(&'static str, usize)> = Vec::new();
    for (at, header) in sheet.header.iter().enumerate() {
        let meant = header_key(header);
        let place = cell(spec.sheet, 1, &letters(at));
        match known().find(|it| *it == meant) {
            Some(name) if columns.iter().any(|(other, _)| *other == name) => {
                problems.push(Diagnostic::error("pack.column_twice", place).with("column", header));
            }
            Some(name) => columns.push((name, at)),
            None => {
                if let Some(nearest) = nearest(&meant, known()).filter(|_| meant.len() > 2) {
                    let problem = Diagnostic::warning("pack.unknown_column", place).with("column", header);
                    problems.push(problem.with("nearest", nearest));
                }
            }
        }
    }
    columns
}

/// Returns the column that a header means: `Label::中文 （zh）` is `label::zh`, `label` is the Chinese one.
fn header_key(header: &str) -> String {
    let header = half_width(header.trim()).to_lowercase();
    let Some((name, language)) = header.split_once("::") else {
        return if header == "label" { "label::zh".to_owned() } else { header };
    };
    let code = language.rsplit_once('(').map_or(language, |(_, code)| code.trim_end_matches(')'));
    // `zh-CN` and `zh_Hans` are Chinese all the same.
    let code = code.trim().split(['-', '_']).next().unwrap_or_default();
    format!("{}::{code}", name.trim())
}

/// Labels stay as they were written; everything else is notation.
fn clean(column: &str, text: &str) -> String {
    let text = text.trim();
    if column.starts_with("label") { text.to_owned() } else { half_width(text) }
}

fn half_width(text: &str) -> String {
    let letter = |it: char| match it {
        '\u{3000}' | '\u{a0}' => ' ',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '！'..='～' => char::from_u32(it as u32 - 0xFEE0).unwrap_or(it),
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Returns a place in a sheet.
pub(super) fn cell(sheet: &str, row: u32, column: &str) -> Place {
    Place::Cell { sheet: sheet.to_owned(), row, column: column.to_owned() }
}

/// Returns the known name nearest to what was found, or the first few of all there are.
pub(super) fn offer<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const FEW: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(nearest) = nearest(found, known.iter().copied()) {
        return nearest.to_owned();
    }
    let few = known.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    if known.len() > FEW { few + " …" } else { few }
}

/// Returns the letters Excel gives a column, counted from 0.
fn letters(column: usize) -> String {
    let (mut rest, mut text) = (column + 1, String::new());
    while rest > 0 {
        rest -= 1;
        text.insert(0, char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec =
        Spec { sheet: "roles", is_required: true, required: &["role"], optional: &["label::zh", "held_by"] };

    fn texts<const N: usize>(cells: [&str; N]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn finds_columns_by_their_headers() {
        let sheet = Sheet {
            name: "Roles ".to_owned(),
            header: texts(["note", "Held_By", "label：：中文（zh-CN）", "ＲＯＬＥ"]),
            rows: vec![texts(["", "", "", ""]), texts(["", "volunteer， admin", "居民（老人）", "resident"])],
        };
        let mut problems = Vec::new();
        let rows = read(&Workbook { sheets: vec![sheet] }, &SPEC, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].number, rows[0].get("role")), (3, "resident"));
        assert_eq!(rows[0].get("label::zh"), "居民（老人）");
        assert_eq!(rows[0].words("held_by").collect::<Vec<_>>(), ["volunteer", "admin"]);
        assert_eq!(rows[0].at("role"), cell("roles", 3, "D"));
        assert_eq!(letters(26 + 1), "AB");
    }

    #[test]
    fn tells_what_is_missing() {
        let sheet = Sheet {
            name: "roles".to_owned(),
            header: texts(["held_by", "rolle"]),
            rows: vec![texts(["admin", ""])],
        };
        let mut problems = Vec::new();
        read(&Workbook { sheets: vec![sheet] }, &SPEC, &mut problems);
        read(&Workbook::default(), &SPEC, &mut problems);
        let told: Vec<&str> = problems.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(told, ["pack.unknown_column", "pack.missing_column", "pack.missing_sheet"]);
    }
}
