//! Workbooks of 97 to 2003, `.xls`; and what cells of all workbooks are as texts.
//!
//! The value of a formula is the one that the spreadsheet program kept; where it kept an error, the cell is named. Macros
//! are not run.

use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xls};

use super::grid::Grid;
use super::{Opened, Unreadable, is_read};
use crate::Severity;
use crate::xlsform::codes;
use crate::xlsform::report::Cell;
use crate::xlsform::text::trimmed;

/// Reads a workbook. The reader of the format is not ours, and some malformed files make it panic: such a file is no
/// workbook.
pub(super) fn xls(bytes: &[u8]) -> Result<Opened, Unreadable> {
    let read = std::panic::catch_unwind(|| read_xls(bytes));
    read.unwrap_or_else(|_| Err(Unreadable::new(codes::NOT_A_WORKBOOK)))
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
                    Data::Error(error) => {
                        tell_error(name, (row, column), &error.to_string(), &grid, &mut opened);
                    }
                    value => grid.put(name, row, column, text_of(value))?,
                }
            }
        }
        grid.finish(name, &merged, &mut opened);
    }
    Ok(opened)
}

/// Tells that macros are not run.
pub(super) fn tell_macros(has_macros: bool, opened: &mut Opened) {
    if has_macros {
        opened.remark(Severity::Warning, codes::MACROS, Cell::default(), &[]);
    }
}

/// Tells of an error that the spreadsheet program kept for a formula, where it means something.
pub(super) fn tell_error(
    sheet: &str,
    (row, column): (usize, usize),
    error: &str,
    grid: &Grid,
    opened: &mut Opened,
) {
    if row == 0 || grid.has_header(column) {
        let at = Cell::new(sheet, row as u32 + 1, Some(column));
        opened.remark(Severity::Error, codes::CELL_ERROR, at, &[("found", error)]);
    }
}

/// Returns a cell as a person would type it: whole numbers without decimals, truth values in capitals, ISO dates.
fn text_of(value: &Data) -> String {
    match value {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => typed(text),
        Data::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Data::Int(value) => value.to_string(),
        Data::Float(value) => number(*value),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(value) => date(value),
    }
}

/// Returns a text without the spaces around it; spaces that do not break are spaces.
pub(super) fn typed(text: &str) -> String {
    // U+00A0 begins with this byte.
    if text.as_bytes().contains(&0xc2) {
        trimmed(&text.replace('\u{a0}', " ")).to_owned()
    } else {
        trimmed(text).to_owned()
    }
}

/// Returns a number as it is typed.
pub(super) fn number(value: f64) -> String {
    value.to_string()
}

/// Returns a day, a time of day, or both, as ISO 8601 writes them.
pub(super) fn date(value: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, millis) = value.to_ymd_hms_milli();
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}000") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    match value.as_f64() {
        days if days < 1.0 => time,
        days if days.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {time}"),
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
        let date = |value| {
            Data::DateTime(calamine::ExcelDateTime::new(value, calamine::ExcelDateTimeType::DateTime, false))
        };
        check(date(46_347.0), "2026-11-21");
        check(date(46_347.5), "2026-11-21 12:00:00");
        check(date(0.25), "06:00:00");
    }
}
