//! Excel's own files, `.xlsx`, `.xlsm` and `.xls`.
//!
//! The value of a formula is the one that the spreadsheet program kept; where it kept none, or an error, the cell is
//! named. Macros are not run.

use std::io::Cursor;

use calamine::{CellErrorType, Data, DataRef, Reader, Xls, Xlsx, XlsxError};

use super::archive::Contents;
use super::grid::Grid;
use super::{Opened, Unreadable, is_read};
use crate::Severity;
use crate::xlsform::codes;
use crate::xlsform::report::Cell;

/// The readers of the two formats are not ours, and some malformed files (a cell named `AAAAAAAA1`) make them panic:
/// such a file is no workbook.
fn contained(
    read: impl FnOnce() -> Result<Opened, Unreadable> + std::panic::UnwindSafe,
) -> Result<Opened, Unreadable> {
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err(Unreadable::new(codes::NOT_A_WORKBOOK)))
}

/// Reads a workbook of 2007 and later.
pub(super) fn xlsx(bytes: &[u8], contents: &Contents) -> Result<Opened, Unreadable> {
    let (has_macros, has_merged_cells) = (contents.has_macros, contents.has_merged_cells);
    contained(move || read_xlsx(bytes, has_macros, has_merged_cells))
}

/// Reads a workbook of 97 to 2003.
pub(super) fn xls(bytes: &[u8]) -> Result<Opened, Unreadable> {
    contained(move || read_xls(bytes))
}

fn read_xlsx(bytes: &[u8], has_macros: bool, has_merged_cells: bool) -> Result<Opened, Unreadable> {
    let unreadable = |error: XlsxError| match error {
        XlsxError::Password => Unreadable::new(codes::PASSWORD),
        _ => Unreadable::new(codes::NOT_A_WORKBOOK),
    };
    let mut file = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut opened = Opened::default();
    tell_macros(has_macros, &mut opened);
    let names = file.sheet_names();
    for name in &names {
        let mut grid = Grid::default();
        let mut merged = Vec::new();
        if is_read(name, names.len()) {
            if has_merged_cells {
                merged = file.merge_cells_by_sheet_name(name).unwrap_or_default();
            }
            let Ok(mut cells) = file.worksheet_cells_reader(name) else { continue };
            while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(unreadable)? {
                let (row, column) = (cell.pos.0 as usize, cell.pos.1 as usize);
                match cell.value {
                    DataRef::Empty if cell.formula.is_none() => {}
                    DataRef::Empty => {
                        if row == 0 || grid.has_header(column) {
                            let at = Cell::new(name, row as u32 + 1, Some(column));
                            opened.remark(Severity::Error, codes::FORMULA_WITHOUT_VALUE, at, &[]);
                        }
                    }
                    DataRef::Error(error) => tell_error(name, (row, column), &error, &grid, &mut opened),
                    value => grid.put(name, row, column, text_of(&Data::from(value)))?,
                }
            }
        }
        grid.finish(name, &merged, &mut opened);
    }
    Ok(opened)
}

fn read_xls(bytes: &[u8]) -> Result<Opened, Unreadable> {
    let has_entry = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|it| it == name)
    };
    if has_entry("EncryptedPackage") {
        return Err(Unreadable::new(codes::PASSWORD));
    }
    let mut file = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsError::Password => Unreadable::new(codes::PASSWORD),
        _ => Unreadable::new(codes::NOT_A_WORKBOOK),
    })?;
    let mut opened = Opened::default();
    tell_macros(has_entry("_VBA_PROJECT"), &mut opened);
    let names = file.sheet_names();
    for name in &names {
        let mut grid = Grid::default();
        let mut merged = Vec::new();
        if is_read(name, names.len()) {
            merged = file.merge_cells_by_sheet_name(name).unwrap_or_default();
            let range = file.worksheet_range(name).map_err(|_| Unreadable::new(codes::NOT_A_WORKBOOK))?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let (row, column) = (row + top as usize, column + left as usize);
                match value {
                    Data::Error(error) => tell_error(name, (row, column), error, &grid, &mut opened),
                    value => grid.put(name, row, column, text_of(value))?,
                }
            }
        }
        grid.finish(name, &merged, &mut opened);
    }
    Ok(opened)
}

fn tell_macros(has_macros: bool, opened: &mut Opened) {
    if has_macros {
        opened.remark(Severity::Warning, codes::MACROS, Cell::default(), &[]);
    }
}

fn tell_error(
    sheet: &str,
    (row, column): (usize, usize),
    error: &CellErrorType,
    grid: &Grid,
    opened: &mut Opened,
) {
    if row == 0 || grid.has_header(column) {
        let at = Cell::new(sheet, row as u32 + 1, Some(column));
        opened.remark(Severity::Error, codes::CELL_ERROR, at, &[("found", &error.to_string())]);
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
    use crate::xlsform::Workbook;

    #[test]
    fn reads_cells_as_people_type_them() {
        let check = |value: Data, expected: &str| assert_eq!(text_of(&value), expected);
        check(Data::Float(3.0), "3");
        check(Data::Float(0.25), "0.25");
        check(Data::Float(20_261_121.0), "20261121");
        check(Data::Bool(true), "TRUE");
        check(Data::String("\u{a0} a\u{a0}b ".to_owned()), "a b");
        let date = |value| {
            Data::DateTime(calamine::ExcelDateTime::new(value, calamine::ExcelDateTimeType::DateTime, false))
        };
        check(date(46_347.0), "2026-11-21");
        check(date(46_347.5), "2026-11-21 12:00:00");
        check(date(0.25), "06:00:00");
    }

    /// The columns of cells are counted without a bound by the reader that is not ours.
    #[test]
    fn refuses_a_cell_beyond_counting() {
        use std::io::Write;
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
        let book = |cell: &str| {
            let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for (name, content) in [
                (
                    "_rels/.rels",
                    format!(
                        "<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='b' Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
                    ),
                ),
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
            Workbook::read(&packed.finish().unwrap().into_inner())
        };
        assert_eq!(book("B").unwrap().sheets[0].header, ["", "1"]);
        assert!(book(&"A".repeat(20)).is_err());
    }
}
