//! The ledger as a workbook: a header that stays, a filter, dates that sort, ready to print on A4.

use std::io::{self, Cursor, Read, Write};

use jiff::civil::{Date, DateTime, date};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{COLUMNS, LedgerCell, LedgerError, LedgerRow};

/// Rows of a worksheet below the header.
const MAX_ROWS: u32 = 1_048_575;
const MAX_CELL_CHARS: usize = 32_767;
const A4: u8 = 9;

const CONTENT_TYPES: &str = "[Content_Types].xml";
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// Writes the workbook; returns how many rows it has.
///
/// Rows go out packed as they come and wait nowhere, least of all in a file that nobody encrypts. What is around them is
/// that of a workbook without rows; what in it depends on their number stands behind them.
pub fn write_xlsx<W: Write>(out: W, rows: impl IntoIterator<Item = LedgerRow>) -> Result<u32, LedgerError> {
    let mut archive = ZipWriter::new_stream(out);
    let mut before = Frame::around(0)?;
    let styles = Styles::of(&before.sheet)?;
    before.copy(CONTENT_TYPES, &mut archive)?;
    archive.start_file(SHEET, packed())?;
    archive.write_all(before.head()?.as_bytes())?;
    let (mut n_rows, mut xml) = (0, String::new());
    for row in rows {
        if n_rows == MAX_ROWS {
            return Err(LedgerError::TooManyRows { limit: MAX_ROWS });
        }
        n_rows += 1;
        xml.clear();
        styles.write(&mut xml, n_rows + 1, &row);
        archive.write_all(xml.as_bytes())?;
    }
    let mut behind = Frame::around(n_rows)?;
    archive.write_all(behind.tail()?.as_bytes())?;
    for name in behind.other_names() {
        behind.copy(&name, &mut archive)?;
    }
    archive.finish()?.into_inner().flush()?;
    Ok(n_rows)
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// A workbook whose rows are missing.
struct Frame {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    sheet: String,
}

impl Frame {
    /// Makes one for so many rows. Below the header stands a row of empty cells, one of each format.
    fn around(n_rows: u32) -> Result<Frame, LedgerError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.set_name("台账")?;
        lay_out(sheet)?;
        sheet.autofilter(0, 0, n_rows, COLUMNS.len() as u16 - 1)?;
        let mut archive = ZipArchive::new(Cursor::new(workbook.save_to_buffer()?))?;
        let mut sheet = String::new();
        archive.by_name(SHEET)?.read_to_string(&mut sheet)?;
        Ok(Frame { archive, sheet })
    }

    /// Returns what of the worksheet stands before its rows; how many these are is left out.
    fn head(&self) -> Result<String, LedgerError> {
        let (before, _) = self.sheet.split_once("<row r=\"2\"").ok_or_else(unknown)?;
        let (first, rest) = before.split_once("<dimension").ok_or_else(unknown)?;
        let (_, rest) = rest.split_once("/>").ok_or_else(unknown)?;
        Ok(format!("{first}{rest}"))
    }

    /// Returns what of the worksheet stands behind its rows.
    fn tail(&self) -> Result<&str, LedgerError> {
        self.sheet.find("</sheetData>").map(|at| &self.sheet[at..]).ok_or_else(unknown)
    }

    fn other_names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok).map(String::from);
        names.filter(|it| *it != CONTENT_TYPES && *it != SHEET).collect()
    }

    fn copy<W: Write>(
        &mut self,
        name: &str,
        to: &mut ZipWriter<zip::write::StreamWriter<W>>,
    ) -> Result<(), LedgerError> {
        to.start_file(name, packed())?;
        io::copy(&mut self.archive.by_name(name)?, to)?;
        Ok(())
    }
}

fn unknown() -> LedgerError {
    LedgerError::Archive(ZipError::InvalidArchive("a worksheet of another make".into()))
}

/// Columns, header and page: one page wide, the header on each.
fn lay_out(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    for (index, column) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(index as u16, column.width)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_footer("&C第 &P 页，共 &N 页");
    let header =
        Format::new().set_bold().set_align(FormatAlign::Center).set_border_bottom(FormatBorder::Thin);
    let header = header.set_text_wrap();
    for (index, column) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, index as u16, column.title, &header)?;
    }
    let top = Format::new().set_align(FormatAlign::Top);
    // `@`: Excel keeps leading zeros and long numbers as they are.
    sheet.write_blank(1, 0, &top.clone().set_num_format("@").set_text_wrap())?;
    sheet.write_blank(1, 1, &top.clone().set_num_format("yyyy-mm-dd"))?;
    sheet.write_blank(1, 2, &top.set_num_format("yyyy-mm-dd hh:mm"))?;
    Ok(())
}

/// How the worksheet calls the formats of text, days and moments.
struct Styles {
    text: String,
    day: String,
    moment: String,
}

impl Styles {
    fn of(sheet: &str) -> Result<Styles, LedgerError> {
        let of_cell = |cell: &str| {
            let (_, rest) = sheet.split_once(&format!("<c r=\"{cell}\" s=\"")).ok_or_else(unknown)?;
            let (style, _) = rest.split_once('"').ok_or_else(unknown)?;
            Ok::<_, LedgerError>(style.to_owned())
        };
        Ok(Styles { text: of_cell("A2")?, day: of_cell("B2")?, moment: of_cell("C2")? })
    }

    /// Writes a row with its number, from 1 on.
    fn write(&self, xml: &mut String, number: u32, row: &LedgerRow) {
        *xml += &format!("<row r=\"{number}\">");
        for (column, letter) in COLUMNS.iter().zip('A'..='Z') {
            let Some(cell) = (column.cell)(row) else { continue };
            match cell {
                LedgerCell::Text(text) if text.is_empty() => {}
                LedgerCell::Text(text) => self.write_text(xml, letter, number, &text),
                LedgerCell::Day(day) => match serial(day.to_datetime(jiff::civil::Time::midnight())) {
                    Some(serial) => write_number(xml, letter, number, &self.day, serial),
                    None => self.write_text(xml, letter, number, &day.to_string()),
                },
                LedgerCell::Moment(at) => match serial(at) {
                    Some(serial) => write_number(xml, letter, number, &self.moment, serial),
                    None => self.write_text(xml, letter, number, &at.to_string()),
                },
            }
        }
        *xml += "</row>";
    }

    fn write_text(&self, xml: &mut String, letter: char, number: u32, text: &str) {
        let style = &self.text;
        *xml += &format!(
            "<c r=\"{letter}{number}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
        );
        let text = printable(text);
        for (at, c) in text.char_indices() {
            match c {
                '&' => *xml += "&amp;",
                '<' => *xml += "&lt;",
                '>' => *xml += "&gt;",
                // Excel reads `_x0041_` as the letter A.
                '_' if is_escape(&text.as_bytes()[at..]) => *xml += "_x005F_",
                _ => xml.push(c),
            }
        }
        *xml += "</t></is></c>";
    }
}

fn write_number(xml: &mut String, letter: char, number: u32, style: &str, value: f64) {
    *xml += &format!("<c r=\"{letter}{number}\" s=\"{style}\"><v>{value}</v></c>");
}

/// Whether bytes begin with what stands for one character in a worksheet.
fn is_escape(bytes: &[u8]) -> bool {
    let Some(digits) = bytes.strip_prefix(b"_x") else { return false };
    digits.len() > 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) && digits[4] == b'_'
}

/// Returns the text as a cell can hold it: without control characters, cut where a cell ends.
fn printable(text: &str) -> String {
    let can_be_written = |c: &char| (!c.is_control() || *c == '\n') && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(can_be_written).take(MAX_CELL_CHARS / 2).collect()
}

/// Years that Excel has dates for; others are written as text.
const EXCEL_YEARS: std::ops::RangeInclusive<i16> = 1900..=9999;

/// Returns a moment as Excel counts: days since the last of 1899, and their fraction. It has a 29th of February 1900.
fn serial(at: DateTime) -> Option<f64> {
    const LAST_BEFORE: Date = date(1899, 12, 31);
    const FIRST_TOO_LATE: i32 = 60;
    if !EXCEL_YEARS.contains(&at.year()) {
        return None;
    }
    let days = at.date().since(LAST_BEFORE).ok()?.get_days();
    let days = days + i32::from(days >= FIRST_TOO_LATE);
    let seconds = (i32::from(at.hour()) * 60 + i32::from(at.minute())) * 60 + i32::from(at.second());
    Some(f64::from(days) + f64::from(seconds) / 86_400.0)
}
