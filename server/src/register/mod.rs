//! Register files: what a community keeps in Excel, read, checked and compared with the register.
//!
//! ```text
//! .xlsx / .csv ─read─▶ RegisterFile ─check─▶ Checked (good rows, problems by cell) ─diff─▶ Preview (new, changed)
//! ```
//!
//! - A file that is no register is a [`RegisterError`]; a wrong cell is a [`Diagnostic`] at its row and column
//!   letter, and the other rows stay good.
//! - An empty cell leaves what the register has; a lone dash (`-`, `/`, `—`) empties it.
//! - A row without key is matched by its identity number, or gets a new key when nobody has that number.
//! - Memory is bounded by the limits below, whatever an archive says of its own size.
//!
//! Deliberately absent: the database and the clock. What a check needs of the register comes in through [`Known`].

mod check;
mod clean;
pub mod columns;
mod diff;
mod search;
mod sheet;

use std::collections::BTreeSet;

use jiff::civil::Date;
use wasm_forms::{Diagnostic, Place};

pub use check::{Checked, CheckedRow, Known, check};
pub use diff::{ChangeKind, FieldChange, Preview, RowChange, diff};
pub use search::search_key;
pub use sheet::SheetRow;

use columns::Column;

/// Rows a file may have below its header.
pub const MAX_ROWS: usize = 100_000;
/// Columns a file may have.
pub const MAX_COLUMNS: usize = 256;
/// Cells a sheet may have, empty ones between others included: all rows with 60 columns each.
pub const MAX_CELLS: usize = 6_000_000;
/// Characters a cell may hold.
pub const MAX_CELL_CHARS: usize = 4000;
/// Text a sheet may hold.
pub const MAX_TEXT_BYTES: usize = 96 << 20;
/// What a workbook may unpack to.
pub const MAX_UNPACKED_BYTES: usize = 256 << 20;
/// Problems kept for display; more are only counted.
pub const MAX_PROBLEMS: usize = 2000;
/// Rows in which the header is looked for: titles and remarks may stand above it.
const HEADER_WITHIN: usize = 10;

/// Every code that reading and checking give.
pub const CODES: &[&str] = &[
    "register.bad_date",
    "register.bad_id_number",
    "register.bad_phone",
    "register.bad_value",
    "register.birth_date_differs",
    "register.duplicate_column",
    "register.duplicate_id_number",
    "register.duplicate_key",
    "register.empty",
    "register.encoding",
    "register.id_number_taken",
    "register.missing_column",
    "register.missing_key",
    "register.missing_name",
    "register.not_a_register",
    "register.old_workbook",
    "register.rounded_number",
    "register.sex_differs",
    "register.too_large",
    "register.too_many_columns",
    "register.too_many_rows",
    "register.unknown_column",
    "register.unknown_division",
    "register.unknown_grid",
    "register.unreadable",
];

/// A cell as the file has it, text already trimmed.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text; never empty.
    Text(String),
    /// A number.
    Number(f64),
    /// A day, from a cell that Excel shows as one.
    Date(Date),
}

/// A file whose header was understood; its rows are not checked yet.
#[derive(Debug)]
pub struct RegisterFile {
    /// Name of the sheet; `CSV` for a text file.
    pub sheet: String,
    /// 1-based row of the header.
    pub header_row: u32,
    /// What each column of the sheet is; nothing for one that is not read.
    pub columns: Vec<Option<&'static Column>>,
    /// Rows below the header that are not empty.
    pub rows: Vec<SheetRow>,
    /// What is odd about the header.
    pub problems: Vec<Diagnostic>,
}

/// Why a file is no register at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// No byte, no sheet or no row below the header.
    #[error("the file has no rows")]
    Empty,
    /// Damaged, protected or not what its beginning promises.
    #[error("the file cannot be read")]
    Unreadable,
    /// A workbook of before 2007, or one protected by a password.
    #[error("old or protected workbook, should be .xlsx or .csv")]
    OldWorkbook,
    /// More text, or a longer cell, than any register has.
    #[error("the file holds more than a register can")]
    TooLarge,
    /// More rows than [`MAX_ROWS`].
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// More columns than [`MAX_COLUMNS`].
    #[error("more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// Text in neither UTF-8 nor GB 18030.
    #[error("text is neither UTF-8 nor GB 18030")]
    Encoding,
    /// No row near the top names columns that the register knows.
    #[error("no header row")]
    NotARegister,
    /// A column that every register needs is not there.
    #[error("no column {0}")]
    MissingColumn(&'static str),
}

impl RegisterError {
    /// Returns the stable code; its text is in the web app's `i18n`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "register.empty",
            Self::Unreadable => "register.unreadable",
            Self::OldWorkbook => "register.old_workbook",
            Self::TooLarge => "register.too_large",
            Self::TooManyRows => "register.too_many_rows",
            Self::TooManyColumns => "register.too_many_columns",
            Self::Encoding => "register.encoding",
            Self::NotARegister => "register.not_a_register",
            Self::MissingColumn(_) => "register.missing_column",
        }
    }

    /// Returns the error as a diagnostic about the file as a whole, with what its text needs.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let place = Place::Cell { sheet: String::new(), row: 0, column: String::new() };
        let diagnostic = Diagnostic::error(self.code(), place);
        match self {
            Self::TooManyRows => diagnostic.with("limit", MAX_ROWS.to_string()),
            Self::TooManyColumns => diagnostic.with("limit", MAX_COLUMNS.to_string()),
            Self::MissingColumn(name) => {
                let title = columns::find(name).and_then(|it| it.titles.first()).unwrap_or(name);
                diagnostic.with("column", *title)
            }
            Self::Empty
            | Self::Unreadable
            | Self::OldWorkbook
            | Self::TooLarge
            | Self::Encoding
            | Self::NotARegister => diagnostic,
        }
    }
}

/// Reads a residents register out of an .xlsx or .csv file (comma, tab or semicolon; UTF-8, UTF-16 or GB 18030).
///
/// What the file is shows in its first bytes, so its name is not asked. `progress` gets rows done and rows
/// expected, every few hundred rows and at the end.
pub fn read(bytes: &[u8], progress: &mut dyn FnMut(u32, u32)) -> Result<RegisterFile, RegisterError> {
    let sheet = sheet::read(bytes, &|head| header_index(head).is_some(), progress)?;
    let mut rows = sheet.rows;
    if rows.is_empty() {
        return Err(RegisterError::Empty);
    }
    let head = &rows[..rows.len().min(HEADER_WITHIN)];
    let index = header_index(head).ok_or(RegisterError::NotARegister)?;
    let header = rows.drain(..=index).next_back().ok_or(RegisterError::NotARegister)?;
    // Some registers name each column twice: technical names, then titles for people.
    if rows.first().is_some_and(|row| n_known(row) >= 2 && n_known(row) * 2 >= row.cells.len()) {
        rows.remove(0);
    }
    let mut file = RegisterFile {
        sheet: sheet.name,
        header_row: header.number,
        columns: Vec::new(),
        rows,
        problems: Vec::new(),
    };
    file.name_columns(&header);
    if !file.has("full_name") {
        return Err(RegisterError::MissingColumn("full_name"));
    }
    // A register with keys of its own can do without identity numbers.
    if !file.has("id_number") && !file.has("name") {
        return Err(RegisterError::MissingColumn("id_number"));
    }
    if file.rows.is_empty() {
        return Err(RegisterError::Empty);
    }
    let n_rows = file.rows.len() as u32;
    progress(n_rows, n_rows);
    Ok(file)
}

impl RegisterFile {
    /// Returns where a cell stands; `column` counts from 0, nothing for the row as a whole.
    #[must_use]
    pub fn place(&self, row: u32, column: Option<usize>) -> Place {
        Place::Cell { sheet: self.sheet.clone(), row, column: column.map(letters).unwrap_or_default() }
    }

    fn has(&self, name: &str) -> bool {
        self.columns.iter().flatten().any(|it| it.name == name)
    }

    fn name_columns(&mut self, header: &SheetRow) {
        let mut seen = BTreeSet::new();
        for (index, cell) in header.cells.iter().enumerate() {
            let Cell::Text(title) = cell else {
                self.columns.push(None);
                continue;
            };
            let column = columns::find(title);
            let is_first = column.is_none_or(|it| seen.insert(it.name));
            let place = self.place(header.number, Some(index));
            match column {
                None => {
                    let problem = Diagnostic::warning("register.unknown_column", place).with("found", title);
                    self.problems.push(problem.with("nearest", columns::nearest(title).unwrap_or_default()));
                }
                Some(_) if is_first => {}
                Some(_) => {
                    self.problems
                        .push(Diagnostic::warning("register.duplicate_column", place).with("found", title));
                }
            }
            self.columns.push(column.filter(|_| is_first));
        }
    }
}

/// Returns which of the first rows is the header: the first with two known titles, a name or key among them.
fn header_index(head: &[SheetRow]) -> Option<usize> {
    head.iter().position(|row| {
        let is_person = |it: &&Column| matches!(it.name, "full_name" | "id_number");
        n_known(row) >= 2 && titles(row).filter_map(columns::find).any(|it| is_person(&it))
    })
}

fn n_known(row: &SheetRow) -> usize {
    titles(row).filter(|it| columns::find(it).is_some()).count()
}

fn titles(row: &SheetRow) -> impl Iterator<Item = &str> {
    row.cells.iter().filter_map(|cell| match cell {
        Cell::Text(title) => Some(title.as_str()),
        Cell::Empty | Cell::Number(_) | Cell::Date(_) => None,
    })
}

/// Returns the letters by which Excel calls a column: 0 is `A`, 26 is `AA`.
fn letters(column: usize) -> String {
    let last = char::from(b'A' + (column % 26) as u8);
    if column < 26 { last.to_string() } else { format!("{}{last}", letters(column / 26 - 1)) }
}

#[cfg(test)]
mod tests;
