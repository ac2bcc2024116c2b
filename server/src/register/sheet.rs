//! Rows of cells out of a workbook or a text file, one at a time, never more than the limits allow.

use std::io::{Cursor, Read};

use calamine::{DataRef, DataType, Reader, Xlsx};

use super::{
    Cell, MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_BYTES, MAX_UNPACKED_BYTES,
    RegisterError, clean,
};

const ZIP_MARK: &[u8] = b"PK\x03\x04";
/// First bytes of the old binary workbook (.xls) and of an encrypted .xlsx alike.
const OLE_MARK: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
const CSV_SHEET: &str = "CSV";

/// One row that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetRow {
    /// 1-based, as Excel shows it.
    pub number: u32,
    /// Cells from column A on.
    pub cells: Vec<Cell>,
}

/// One sheet's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name; `CSV` for a text file.
    pub name: String,
    /// Rows that are not empty, in order.
    pub rows: Vec<SheetRow>,
}

/// Reads the first sheet that `is_wanted` accepts by its first rows, else the first sheet.
pub fn read(
    bytes: &[u8],
    is_wanted: &dyn Fn(&[SheetRow]) -> bool,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Sheet, RegisterError> {
    if bytes.is_empty() {
        return Err(RegisterError::Empty);
    }
    if bytes.starts_with(ZIP_MARK) {
        return read_workbook(bytes, is_wanted, progress);
    }
    if bytes.starts_with(OLE_MARK) {
        return Err(RegisterError::OldWorkbook);
    }
    read_text(bytes, progress)
}

fn read_workbook(
    bytes: &[u8],
    is_wanted: &dyn Fn(&[SheetRow]) -> bool,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Sheet, RegisterError> {
    check_unpacked_size(bytes, MAX_UNPACKED_BYTES)?;
    let unreadable = |_| RegisterError::Unreadable;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = workbook.sheet_names();
    let mut wanted = names.first().ok_or(RegisterError::Empty)?.clone();
    for name in &names {
        // A chart or macro sheet has no cells to read; it cannot be the register.
        let Ok(head) = read_cells(&mut workbook, name, super::HEADER_WITHIN, &mut |_, _| {}) else {
            continue;
        };
        if is_wanted(&head) {
            wanted.clone_from(name);
            break;
        }
    }
    let rows = read_cells(&mut workbook, &wanted, usize::MAX, progress)?;
    Ok(Sheet { name: wanted, rows })
}

/// Reads at most `limit` rows of a sheet.
fn read_cells(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    limit: usize,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Vec<SheetRow>, RegisterError> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|_| RegisterError::Unreadable)?;
    // The sheet says its own size; it is shown as progress and believed in nothing else.
    let total = reader.dimensions().end.0.saturating_add(1).min(MAX_ROWS as u32);
    let mut rows = Rows::default();
    while let Some(cell) = reader.next_cell().map_err(|_| RegisterError::Unreadable)? {
        let (row, column) = cell.get_position();
        let cell = from_excel(cell.get_value());
        if cell == Cell::Empty {
            continue;
        }
        if rows.is_new(row) && rows.done.len() >= limit {
            break;
        }
        rows.put(row, column as usize, cell)?;
        if row.is_multiple_of(500) && column == 0 {
            progress(row.min(total), total);
        }
    }
    Ok(rows.done)
}

fn from_excel(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Float(value) => Cell::Number(*value),
        DataRef::Int(value) => Cell::Number(*value as f64),
        DataRef::DateTime(value) if value.is_datetime() => {
            let (year, month, day, ..) = value.to_ymd_hms_milli();
            let date = jiff::civil::Date::new(year as i16, month as i8, day as i8);
            date.map_or(Cell::Number(value.as_f64()), Cell::Date)
        }
        DataRef::DateTime(value) => Cell::Number(value.as_f64()),
        DataRef::Bool(value) => Cell::Text(if *value { "yes" } else { "no" }.to_owned()),
        // What a formula could not work out (`#N/A`) is shown as it stands and fails the column's own check.
        DataRef::Error(error) => Cell::Text(error.to_string()),
        DataRef::Empty => Cell::Empty,
        text => text.as_string().map_or(Cell::Empty, |it| from_text(&it)),
    }
}

fn from_text(raw: &str) -> Cell {
    let text = clean::text(raw);
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

/// Unpacks every part once, counting: what an archive says of its own size is not to be trusted.
pub fn check_unpacked_size(bytes: &[u8], limit: usize) -> Result<(), RegisterError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| RegisterError::Unreadable)?;
    let (mut left, mut chunk) = (limit, vec![0; 64 * 1024]);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| RegisterError::Unreadable)?;
        loop {
            let n = part.read(&mut chunk).map_err(|_| RegisterError::Unreadable)?;
            if n == 0 {
                break;
            }
            left = left.checked_sub(n).ok_or(RegisterError::TooLarge)?;
        }
    }
    Ok(())
}

fn read_text(bytes: &[u8], progress: &mut dyn FnMut(u32, u32)) -> Result<Sheet, RegisterError> {
    // One kind of line end, the last line ended: the reader's line count is then exact.
    let mut text = decode(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    text.push('\n');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let total = text.bytes().filter(|it| *it == b'\n').count().min(MAX_ROWS) as u32;
    let (mut rows, mut record) = (Rows::default(), csv::StringRecord::new());
    // Excel's row number: lines so far, less the line breaks inside cells, which begin no row.
    let mut n_inner_breaks = 0;
    while reader.read_record(&mut record).map_err(|_| RegisterError::Unreadable)? {
        n_inner_breaks += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        let row = (reader.position().line().saturating_sub(n_inner_breaks + 2)) as u32;
        for (column, cell) in record.iter().enumerate() {
            rows.put(row, column, from_text(cell))?;
        }
        if row.is_multiple_of(500) {
            progress(row.min(total), total);
        }
    }
    Ok(Sheet { name: CSV_SHEET.to_owned(), rows: rows.done })
}

/// Returns the text of UTF-8 (with or without mark), UTF-16 with a mark, or GB 18030.
fn decode(bytes: &[u8]) -> Result<String, RegisterError> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, is_broken) = encoding.decode(bytes);
        return if is_broken { Err(RegisterError::Encoding) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return if text.contains('\0') { Err(RegisterError::NotARegister) } else { Ok(text.to_owned()) };
    }
    let (text, is_broken) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    // Pictures and documents read as GB 18030 hold characters that no text does.
    let is_text =
        !is_broken && !text.chars().take(4096).any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'));
    if is_text { Ok(text.into_owned()) } else { Err(RegisterError::Encoding) }
}

/// Returns which of comma, tab and semicolon is commonest outside quotes in the first lines.
fn delimiter(text: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    for byte in text.lines().take(super::HEADER_WITHIN).flat_map(str::bytes) {
        is_quoted ^= byte == b'"';
        if let Some(count) = counts.iter_mut().find(|it| it.0 == byte && !is_quoted) {
            count.1 += 1;
        }
    }
    counts.iter().rev().max_by_key(|it| it.1).map_or(b',', |it| it.0)
}

#[derive(Default)]
struct Rows {
    done: Vec<SheetRow>,
    n_cells: usize,
    text_bytes: usize,
}

impl Rows {
    fn is_new(&self, row: u32) -> bool {
        self.done.last().is_none_or(|last| last.number != row + 1)
    }

    fn put(&mut self, row: u32, column: usize, cell: Cell) -> Result<(), RegisterError> {
        if cell == Cell::Empty {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(RegisterError::TooManyColumns);
        }
        if self.is_new(row) {
            if self.done.len() > MAX_ROWS {
                return Err(RegisterError::TooManyRows);
            }
            self.done.push(SheetRow { number: row + 1, cells: Vec::new() });
        }
        if let Cell::Text(text) = &cell {
            self.text_bytes += text.len();
            if self.text_bytes > MAX_TEXT_BYTES || text.chars().nth(MAX_CELL_CHARS).is_some() {
                return Err(RegisterError::TooLarge);
            }
        }
        let Some(last) = self.done.last_mut() else { return Ok(()) };
        if last.cells.len() <= column {
            self.n_cells += column + 1 - last.cells.len();
            if self.n_cells > MAX_CELLS {
                return Err(RegisterError::TooLarge);
            }
            last.cells.resize(column + 1, Cell::Empty);
        }
        last.cells[column] = cell;
        Ok(())
    }
}
