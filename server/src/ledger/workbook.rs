//! The ledger as a workbook: a header that stays, a filter, dates that sort, ready to print on A4.

use std::io::Write;
use std::path::Path;

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{COLUMNS, LedgerCell, LedgerError, LedgerRow};

/// Rows of a worksheet below the header.
const MAX_ROWS: u32 = 1_048_575;
const MAX_CELL_CHARS: usize = 32_767;
const A4: u8 = 9;

/// Writes the workbook; returns how many rows it has.
///
/// Rows wait in a file of the folder `waiting`, not in memory, until the whole is packed. The file has no name at any
/// moment, so that nothing else can open it and its room is free again when the export ends, however it ends: the rows in
/// it are not encrypted. It lies where the data lies, and never in the machine's folder for temporary files.
pub fn write_xlsx<W: Write + Send>(
    out: W,
    waiting: &Path,
    rows: impl IntoIterator<Item = LedgerRow>,
) -> Result<u32, LedgerError> {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(waiting)?;
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name("台账")?;
    let formats = Formats::new();
    lay_out(sheet, &formats)?;
    let mut n_rows = 0;
    for row in rows {
        if n_rows == MAX_ROWS {
            return Err(LedgerError::TooManyRows { limit: MAX_ROWS });
        }
        n_rows += 1;
        for (index, column) in COLUMNS.iter().enumerate() {
            if let Some(cell) = (column.cell)(&row) {
                formats.write(sheet, n_rows, index as u16, &cell)?;
            }
        }
    }
    sheet.autofilter(0, 0, n_rows, COLUMNS.len() as u16 - 1)?;
    workbook.save_to_writer(out)?;
    Ok(n_rows)
}

/// Columns, header and page: one page wide, the header on each.
fn lay_out(sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
    for (index, column) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(index as u16, column.width)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_footer("&C第 &P 页，共 &N 页");
    for (index, column) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, index as u16, column.title, &formats.header)?;
    }
    Ok(())
}

struct Formats {
    header: Format,
    /// `@`: Excel keeps leading zeros and long numbers as they are.
    text: Format,
    day: Format,
    moment: Format,
}

impl Formats {
    fn new() -> Self {
        let top = Format::new().set_align(FormatAlign::Top);
        let header =
            Format::new().set_bold().set_align(FormatAlign::Center).set_border_bottom(FormatBorder::Thin);
        Self {
            header: header.set_text_wrap(),
            text: top.clone().set_num_format("@").set_text_wrap(),
            day: top.clone().set_num_format("yyyy-mm-dd"),
            moment: top.set_num_format("yyyy-mm-dd hh:mm"),
        }
    }

    fn write(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        cell: &LedgerCell<'_>,
    ) -> Result<(), XlsxError> {
        match cell {
            LedgerCell::Text(text) if text.is_empty() => {}
            LedgerCell::Text(text) => {
                sheet.write_string_with_format(row, column, printable(text), &self.text)?;
            }
            LedgerCell::Day(date) if !EXCEL_YEARS.contains(&date.year()) => {
                sheet.write_string_with_format(row, column, date.to_string(), &self.text)?;
            }
            LedgerCell::Moment(at) if !EXCEL_YEARS.contains(&at.year()) => {
                sheet.write_string_with_format(row, column, at.to_string(), &self.text)?;
            }
            LedgerCell::Day(date) => {
                sheet.write_datetime_with_format(row, column, excel_day(*date)?, &self.day)?;
            }
            LedgerCell::Moment(at) => {
                sheet.write_datetime_with_format(row, column, excel_moment(*at)?, &self.moment)?;
            }
        }
        Ok(())
    }
}

/// Returns the text as a cell can hold it: without control characters, cut where a cell ends.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(MAX_CELL_CHARS / 2).collect()
}

/// Years that Excel has dates for; others are written as text.
const EXCEL_YEARS: std::ops::RangeInclusive<i16> = 1900..=9999;

fn excel_day(date: Date) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(
        date.year().unsigned_abs(),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    )
}

fn excel_moment(at: DateTime) -> Result<ExcelDateTime, XlsxError> {
    excel_day(at.date())?.and_hms(
        u16::from(at.hour().unsigned_abs()),
        at.minute().unsigned_abs(),
        f64::from(at.second()),
    )
}
