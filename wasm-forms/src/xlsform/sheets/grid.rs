//! Cells as they come, in the order of rows, made one sheet.

use calamine::Dimensions;

use super::{MAX_COLUMNS, MAX_ROWS, Opened, Sheet, Unreadable};
use crate::Severity;
use crate::xlsform::codes;
use crate::xlsform::report::{Cell, letters};

/// After so many empty rows nothing more is expected: what stands below is forgotten scribbling.
const MAX_EMPTY_ROWS: usize = 60;
/// The same for the header's columns.
const MAX_EMPTY_COLUMNS: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// Puts a cell, rows and columns counted from 0.
    pub(super) fn put(
        &mut self,
        sheet: &str,
        row: usize,
        column: usize,
        text: String,
    ) -> Result<(), Unreadable> {
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
        let n_header = self.rows[0].len();
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            // Most rows end near where the header does; a wide header over narrow rows sets little aside.
            let length = n_header.clamp(column + 1, column + MAX_EMPTY_COLUMNS);
            cells.reserve(length - cells.len());
            cells.resize_with(column + 1, String::new);
        }
        cells[column] = text;
        Ok(())
    }

    /// Returns whether the column has a header, so that its cells mean something.
    pub(super) fn has_header(&self, column: usize) -> bool {
        self.header(column).is_some()
    }

    /// Adds the sheet to `opened`, merged cells filled or reported, and what stands far off left out.
    pub(super) fn finish(mut self, name: &str, merged: &[Dimensions], opened: &mut Opened) {
        self.cut_columns(name, opened);
        self.fill_merged(name, merged, opened);
        self.cut_rows(name, opened);
        let mut rows = self.rows.into_iter();
        let header = rows.next().unwrap_or_default();
        opened.workbook.sheets.push(Sheet { name: name.to_owned(), header, rows: rows.collect() });
    }

    fn header(&self, column: usize) -> Option<&str> {
        self.rows.first()?.get(column).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Returns whether a row, counted from 0, has a cell below a header.
    fn has_content(&self, row: usize) -> bool {
        let filled = |(column, cell): (usize, &String)| !cell.is_empty() && self.has_header(column);
        self.rows.get(row).is_some_and(|it| it.iter().enumerate().any(filled))
    }

    fn cut_columns(&mut self, name: &str, opened: &mut Opened) {
        let Some(header) = self.rows.first_mut() else { return };
        let mut end = 0;
        for column in 0..header.len() {
            if header[column].is_empty() {
                continue;
            }
            if column - end > MAX_EMPTY_COLUMNS {
                let at = Cell::new(name, 1, Some(column));
                opened.remark(Severity::Warning, codes::AFTER_GAP, at, &[("found", &header[column])]);
                header.truncate(end);
                return;
            }
            end = column + 1;
        }
    }

    fn cut_rows(&mut self, name: &str, opened: &mut Opened) {
        let mut end = 1;
        for row in 1..self.rows.len() {
            if !self.has_content(row) {
                continue;
            }
            if row - end > MAX_EMPTY_ROWS {
                let found = self.rows[row].iter().find(|it| !it.is_empty()).cloned().unwrap_or_default();
                let at = Cell::new(name, row as u32 + 1, None);
                opened.remark(Severity::Warning, codes::AFTER_GAP, at, &[("found", &found)]);
                break;
            }
            end = row + 1;
        }
        self.rows.truncate(end);
    }

    /// Excel keeps the value of merged cells in the first. A list's name merged over its choices means each of them;
    /// over any other rows that hold something, nobody can know.
    fn fill_merged(&mut self, name: &str, merged: &[Dimensions], opened: &mut Opened) {
        if merged.is_empty() {
            return;
        }
        let filled: Vec<usize> = (0..self.rows.len()).filter(|it| self.has_content(*it)).collect();
        for it in merged {
            let [(top, left), (bottom, right)] =
                [it.start, it.end].map(|(row, column)| (row as usize, column as usize));
            let below =
                filled.partition_point(|row| *row <= top)..filled.partition_point(|row| *row <= bottom);
            let is_doubtful = if top == 0 {
                // A header over several columns: which of them does it name?
                filled
                    .iter()
                    .any(|row| (left + 1..=right.min(MAX_COLUMNS)).any(|column| self.is_filled(*row, column)))
            } else {
                !below.is_empty() && (left..=right.min(MAX_COLUMNS)).any(|it| self.has_header(it))
            };
            if !is_doubtful {
                continue;
            }
            if top > 0 && left == right && self.header(left).is_some_and(is_list_name) {
                self.fill_down(left, top, &filled[below]);
                continue;
            }
            let found = format!("{}{}:{}{}", letters(left), top + 1, letters(right), bottom + 1);
            let at = Cell::new(name, top as u32 + 1, Some(left));
            opened.remark(Severity::Error, codes::MERGED_CELLS, at, &[("found", &found)]);
        }
    }

    fn is_filled(&self, row: usize, column: usize) -> bool {
        self.rows[row].get(column).is_some_and(|it| !it.is_empty())
    }

    fn fill_down(&mut self, column: usize, from: usize, rows: &[usize]) {
        let Some(text) = self.rows.get(from).and_then(|it| it.get(column)).cloned() else { return };
        for row in rows {
            let cells = &mut self.rows[*row];
            if cells.len() <= column {
                cells.resize_with(column + 1, String::new);
            }
            // Regions that overlap are none that Excel writes; going on would take as long as there are of them.
            if !cells[column].is_empty() {
                return;
            }
            cells[column].clone_from(&text);
        }
    }
}

fn is_list_name(header: &str) -> bool {
    matches!(header.trim().to_lowercase().as_str(), "list_name" | "list name")
}
