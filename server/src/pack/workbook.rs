//! The tables of a pack as a workbook again: what staff download, change and publish as the next pack.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};
use wasm_forms::xlsform::Sheet;

use super::tables::Tables;

/// Colours of the header: paper and ink.
const HEADER: (&str, &str) = ("#DCE9F1", "#1F3B4D");
/// Narrowest and widest column, in letters.
const WIDTH: (u32, u32) = (8, 48);

/// Writes the workbook: a sheet for each table, headers that stay, columns as wide as what stands in them.
pub fn xlsx(tables: &Tables) -> Result<Vec<u8>, XlsxError> {
    let header = Format::new()
        .set_bold()
        .set_background_color(HEADER.0)
        .set_font_color(HEADER.1)
        .set_border_bottom(FormatBorder::Medium)
        .set_align(FormatAlign::VerticalCenter);
    let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    let mut workbook = Workbook::new();
    for table in &tables.workbook().sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(table.name.trim())?;
        sheet.set_freeze_panes(1, 1)?;
        for (column, width) in widths(table).into_iter().enumerate() {
            sheet.set_column_width(column as u16, width)?;
        }
        for (row, cells) in std::iter::once(&table.header).chain(&table.rows).enumerate() {
            let format = if row == 0 { &header } else { &text };
            for (column, cell) in cells.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
                sheet.write_string_with_format(row as u32, column as u16, cell, format)?;
            }
        }
    }
    workbook.save_to_buffer()
}

/// Chinese letters are as wide as two others.
fn widths(table: &Sheet) -> Vec<u32> {
    let width = |text: &String| text.chars().map(|it| if it.is_ascii() { 1 } else { 2 }).sum::<u32>() + 2;
    let widest = |column: usize| {
        let cells = std::iter::once(&table.header).chain(&table.rows).filter_map(|row| row.get(column));
        cells.map(width).max().unwrap_or(0).clamp(WIDTH.0, WIDTH.1)
    };
    (0..table.header.len()).map(widest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let community = super::super::community();
        let read = |bytes: &[u8]| {
            let workbook = wasm_forms::xlsform::Workbook::read(bytes).expect("a workbook");
            Tables::new(&workbook, &[], &Default::default())
        };
        let tables = read(community.get(super::super::TASKS).expect("there"));
        assert_eq!(read(&xlsx(&tables).expect("written")), tables);
    }
}
