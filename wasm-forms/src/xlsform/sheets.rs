//! The workbook's cells as text, with the row and column where each stands.
//!
//! Sizes are checked before anything is unpacked into memory: a packed bomb, a million rows or a thousand columns
//! give a diagnostic.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader, Xls, Xlsx, XlsxError};

use super::codes;
use super::report::{Cell, Report};
use crate::Diagnostic;

/// Largest file that is opened, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Most bytes a workbook may unpack to.
pub const MAX_UNPACKED_BYTES: u64 = 64 << 20;
/// Most rows of a sheet.
pub const MAX_ROWS: usize = 50_000;
/// Most columns of a sheet.
pub const MAX_COLUMNS: usize = 500;

/// The sheets of a form, then those of a pack's task workbook.
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
}

impl Workbook {
    /// Returns the sheet of that name, whatever its case and surrounding spaces.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|it| it.name.trim().eq_ignore_ascii_case(name))
    }

    /// Reads an `.xlsx`, `.xlsm` or `.xls` file; what cannot be read says why.
    pub fn read(bytes: &[u8]) -> Result<Self, Diagnostic> {
        Self::open(bytes).map_err(Unreadable::into_diagnostic)
    }

    fn open(bytes: &[u8]) -> Result<Self, Unreadable> {
        const ZIP: &[u8] = b"PK\x03\x04";
        const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
        if bytes.len() > MAX_FILE_BYTES {
            return Err(too_large(MAX_FILE_BYTES as u64));
        }
        if bytes.starts_with(ZIP) {
            check_unpacked_size(bytes)?;
            contained(|| read_xlsx(bytes))
        } else if bytes.starts_with(COMPOUND) {
            contained(|| read_xls(bytes))
        } else {
            Err(Unreadable::new(codes::NOT_A_WORKBOOK))
        }
    }
}

/// The readers of the two formats are not ours, and some malformed files (a cell named `AAAAAAAA1`) make them panic:
/// such a file is no workbook.
fn contained(
    read: impl FnOnce() -> Result<Workbook, Unreadable> + std::panic::UnwindSafe,
) -> Result<Workbook, Unreadable> {
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err(Unreadable::new(codes::NOT_A_WORKBOOK)))
}

fn too_large(limit_bytes: u64) -> Unreadable {
    Unreadable::limit(codes::TOO_LARGE, "", format!("{} MB", limit_bytes >> 20))
}

/// Unpacks every entry into nothing, because the sizes that an archive declares may lie.
fn check_unpacked_size(bytes: &[u8]) -> Result<(), Unreadable> {
    let broken = |_| Unreadable::new(codes::NOT_A_WORKBOOK);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(_) => Unreadable::new(codes::PASSWORD),
            _ => Unreadable::new(codes::NOT_A_WORKBOOK),
        })?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())
            .map_err(|_| Unreadable::new(codes::NOT_A_WORKBOOK))?;
        left = left.checked_sub(unpacked).ok_or_else(|| too_large(MAX_UNPACKED_BYTES))?;
    }
    Ok(())
}

fn read_xlsx(bytes: &[u8]) -> Result<Workbook, Unreadable> {
    let unreadable = |error: XlsxError| match error {
        XlsxError::Password => Unreadable::new(codes::PASSWORD),
        _ => Unreadable::new(codes::NOT_A_WORKBOOK),
    };
    let mut file = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = file.sheet_names();
    let mut sheets = Vec::new();
    for name in &names {
        let mut grid = Grid::default();
        if is_read(name, names.len()) {
            let Ok(mut cells) = file.worksheet_cells_reader(name) else { continue };
            while let Some(cell) = cells.next_cell().map_err(unreadable)? {
                let text = text_of(&Data::from(match cell.get_value() {
                    DataRef::Empty => continue,
                    value => value.clone(),
                }));
                let (row, column) = cell.get_position();
                grid.put(name, row as usize, column as usize, text)?;
            }
        }
        sheets.push(grid.into_sheet(name));
    }
    Ok(Workbook { sheets })
}

fn read_xls(bytes: &[u8]) -> Result<Workbook, Unreadable> {
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(encrypted.len()).any(|it| it == encrypted) {
        return Err(Unreadable::new(codes::PASSWORD));
    }
    let mut file = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsError::Password => Unreadable::new(codes::PASSWORD),
        _ => Unreadable::new(codes::NOT_A_WORKBOOK),
    })?;
    let names = file.sheet_names();
    let mut sheets = Vec::new();
    for name in &names {
        let mut grid = Grid::default();
        if is_read(name, names.len()) {
            let range = file.worksheet_range(name).map_err(|_| Unreadable::new(codes::NOT_A_WORKBOOK))?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                grid.put(name, row + top as usize, column + left as usize, text_of(value))?;
            }
        }
        sheets.push(grid.into_sheet(name));
    }
    Ok(Workbook { sheets })
}

/// Other sheets are notes of the author; a lone sheet is the survey, whatever its name.
fn is_read(name: &str, n_sheets: usize) -> bool {
    n_sheets == 1 || SHEETS.iter().any(|it| name.trim().eq_ignore_ascii_case(it))
}

#[derive(Default)]
struct Grid {
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn put(&mut self, sheet: &str, row: usize, column: usize, text: String) -> Result<(), Unreadable> {
        if text.is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS {
            return Err(Unreadable::limit(codes::TOO_MANY_ROWS, sheet, MAX_ROWS));
        }
        if column >= MAX_COLUMNS {
            return Err(Unreadable::limit(codes::TOO_MANY_COLUMNS, sheet, MAX_COLUMNS));
        }
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize_with(column + 1, String::new);
        }
        cells[column] = text;
        Ok(())
    }

    fn into_sheet(self, name: &str) -> Sheet {
        let mut rows = self.rows.into_iter();
        Sheet { name: name.to_owned(), header: rows.next().unwrap_or_default(), rows: rows.collect() }
    }
}

/// Returns a cell as a person would type it: whole numbers without decimals, truth values in capitals, ISO dates.
fn text_of(value: &Data) -> String {
    match value {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.replace('\u{a0}', " ").trim().to_owned(),
        Data::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Data::Int(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(value) => {
            let (year, month, day, hour, minute, second, millis) = value.to_ymd_hms_milli();
            let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}000") };
            let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
            match value.as_f64() {
                days if days < 1.0 => time,
                days if days.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {time}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cells_as_people_type_them() {
        let check = |value: Data, expected: &str| assert_eq!(text_of(&value), expected);
        check(Data::Float(3.0), "3");
        check(Data::Float(0.25), "0.25");
        check(Data::Float(20_261_121.0), "20261121");
        check(Data::Bool(true), "TRUE");
        check(Data::String("\u{a0} a\u{a0}b ".to_owned()), "a b");
        check(Data::Error(calamine::CellErrorType::NA), "");
        let date = |value| {
            Data::DateTime(calamine::ExcelDateTime::new(value, calamine::ExcelDateTimeType::DateTime, false))
        };
        check(date(46_347.0), "2026-11-21");
        check(date(46_347.5), "2026-11-21 12:00:00");
        check(date(0.25), "06:00:00");
    }

    #[test]
    fn refuses_what_is_no_workbook() {
        let check = |bytes: &[u8], expected| assert_eq!(Workbook::read(bytes).unwrap_err().code, expected);
        check(b"", codes::NOT_A_WORKBOOK);
        check(b"type,name,label\n", codes::NOT_A_WORKBOOK);
        check(b"PK\x03\x04 and then nothing", codes::NOT_A_WORKBOOK);
        check(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", codes::NOT_A_WORKBOOK);
    }

    /// The columns of cells are counted without a bound by the reader that is not ours.
    #[test]
    fn refuses_a_cell_beyond_counting() {
        use std::io::Write;
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
        let cell = "A".repeat(20);
        let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns='{MAIN}' xmlns:r='{OFFICE}'><sheets><sheet name='survey' sheetId='1' r:id='r'/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='r' Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "<worksheet xmlns='{MAIN}'><sheetData><row r='1'><c r='{cell}1'><v>1</v></c></row></sheetData></worksheet>"
                ),
            ),
        ] {
            packed.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            packed.write_all(content.as_bytes()).unwrap();
        }
        let packed = packed.finish().unwrap().into_inner();
        assert!(Workbook::read(&packed).is_err());
    }
}
