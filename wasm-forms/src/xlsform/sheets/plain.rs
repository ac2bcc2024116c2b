//! Workbooks as plain text: all sheets one below the other in one CSV file or Markdown table, a row's first field
//! naming the sheet that begins there; or a CSV file for each sheet.
//!
//! ```text
//! survey,,,                     | survey |      |      |       |
//! ,type,name,label              |        | type | name | label |
//! ,text,who,Who?                |        | text | who  | Who?  |
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::encoding::decode;
use super::grid::Grid;
use super::{MAX_ROWS, Opened, SHEETS, Unreadable, is_read};
use crate::csv_text::Records;
use crate::xlsform::codes;

/// A row of fields and where it stands in the file, counted as Excel counts.
type Row<'a> = (u32, Vec<Cow<'a, str>>);

/// Reads a file that is neither a zip nor an OLE container.
pub(super) fn file(bytes: &[u8]) -> Result<Opened, Unreadable> {
    let text = text(bytes)?;
    let first = text.lines().map(str::trim_start).find(|it| !it.is_empty() && !it.starts_with('#'));
    match first.unwrap_or_default() {
        first if first.starts_with('|') => below_each_other(&markdown(&text)),
        first if first.starts_with(['<', '{', '%']) => Err(Unreadable::new(codes::NOT_A_WORKBOOK)),
        _ => {
            let rows = csv(&text)?;
            let is_header =
                |it: &Cow<'_, str>| matches!(it.trim().to_lowercase().as_str(), "type" | "command");
            // A file that begins with the survey's header is the survey.
            if rows.first().is_some_and(|it| it.1.iter().any(is_header) && !is_sheet(&it.1[0])) {
                return alone("survey", &rows);
            }
            below_each_other(&rows)
        }
    }
}

/// Reads CSV files, each a sheet with its name.
pub(super) fn tables(files: &[(String, Vec<u8>)]) -> Result<Opened, Unreadable> {
    let mut opened = Opened::default();
    for (name, bytes) in files {
        let mut grid = Grid::default();
        if is_read(name, files.len()) {
            let text = text(bytes).map_err(|it| Unreadable { sheet: name.clone(), ..it })?;
            for (row, fields) in csv(&text)? {
                put(&mut grid, name, row as usize - 1, &fields)?;
            }
        }
        grid.finish(name, &[], &mut opened);
    }
    Ok(opened)
}

fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let is_binary = bytes.is_empty() || bytes.starts_with(b"%PDF") || bytes.starts_with(b"\x89PNG");
    let looks_like_text = || !bytes.iter().take(4_000).any(|it| *it == 0);
    let code = if !is_binary && looks_like_text() { codes::ENCODING } else { codes::NOT_A_WORKBOOK };
    decode(bytes).filter(|_| !is_binary).ok_or_else(|| Unreadable::new(code))
}

fn is_sheet(field: &str) -> bool {
    SHEETS.iter().any(|it| field.trim().eq_ignore_ascii_case(it))
}

fn put(grid: &mut Grid, sheet: &str, row: usize, fields: &[Cow<'_, str>]) -> Result<(), Unreadable> {
    let text = |it: &str| it.replace('\u{a0}', " ").trim().to_owned();
    fields.iter().enumerate().try_for_each(|(column, field)| grid.put(sheet, row, column, text(field)))
}

fn alone(sheet: &str, rows: &[Row<'_>]) -> Result<Opened, Unreadable> {
    let mut grid = Grid::default();
    for (row, fields) in rows {
        put(&mut grid, sheet, *row as usize - 1, fields)?;
    }
    let mut opened = Opened::default();
    grid.finish(sheet, &[], &mut opened);
    Ok(opened)
}

/// Reads sheets that stand one below the other. Rows without content are not counted as rows of a sheet.
fn below_each_other(rows: &[Row<'_>]) -> Result<Opened, Unreadable> {
    let mut names: Vec<String> = Vec::new();
    let mut grids: BTreeMap<String, (Grid, Vec<u32>)> = BTreeMap::new();
    let mut current = None;
    for (row, fields) in rows {
        let Some((first, content)) = fields.split_first() else { continue };
        let first = first.trim();
        if !first.is_empty() {
            if !names.iter().any(|it| it == first) {
                names.push(first.to_owned());
            }
            current = Some(first.to_owned());
        }
        let Some(name) = current.as_ref().filter(|_| content.iter().any(|it| !it.trim().is_empty())) else {
            continue;
        };
        let (grid, places) = grids.entry(name.clone()).or_default();
        put(grid, name, places.len(), content)?;
        places.push(*row);
    }
    if !names.iter().any(|it| is_sheet(it)) && names.len() != 1 || grids.is_empty() {
        return Err(Unreadable::new(codes::NOT_A_WORKBOOK));
    }
    let mut opened = Opened::default();
    for name in &names {
        let (grid, places) = grids.remove(name).unwrap_or_default();
        let grid = if is_read(name, names.len()) { grid } else { Grid::default() };
        grid.finish(name, &[], &mut opened);
        opened.rows.insert(name.clone(), places);
    }
    Ok(opened)
}

/// Returns the records of a CSV file.
fn csv(text: &str) -> Result<Vec<Row<'_>>, Unreadable> {
    let mut records = Records::separated(text, separator(text));
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut fields = Vec::new();
    // Line breaks inside fields make lines, but no rows.
    let mut n_breaks = 0;
    while records.read(&mut fields) {
        let breaks: usize = fields.iter().map(|it| it.matches('\n').count()).sum();
        rows.push(((records.line as usize - breaks - n_breaks) as u32, std::mem::take(&mut fields)));
        n_breaks += breaks;
        if rows.len() > SHEETS.len() * MAX_ROWS {
            return Err(Unreadable::limit(codes::TOO_MANY_ROWS, "", MAX_ROWS));
        }
    }
    Ok(rows)
}

/// Returns what stands between the fields: the most frequent of the signs that spreadsheets use.
fn separator(text: &str) -> char {
    let head: String = text.lines().take(20).collect();
    let count = |sign: &char| head.matches(*sign).count();
    // Of several the first, which is the comma.
    [',', ';', '\t'].into_iter().rev().max_by_key(count).unwrap_or(',')
}

/// Returns the rows of Markdown tables. A line that begins with `#` is a comment, as is what stands behind the last
/// bar; `\|` is a bar in a cell.
fn markdown(text: &str) -> Vec<Row<'_>> {
    let row = |(index, line): (usize, &'_ str)| {
        let line = line.trim().strip_prefix('|')?;
        let line = &line[..line.rfind('|')?];
        let is_rule = !line.is_empty()
            && line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' '))
            && line.contains("--");
        (!is_rule).then(|| (index as u32 + 1, cells(line)))
    };
    text.lines().enumerate().filter_map(row).collect()
}

fn cells(line: &str) -> Vec<Cow<'static, str>> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, cells.last_mut()) {
            ('\\', Some(cell)) if chars.peek() == Some(&'|') => {
                chars.next();
                cell.push('|');
            }
            ('|', _) => cells.push(String::new()),
            (c, Some(cell)) => cell.push(c),
            (_, None) => {}
        }
    }
    cells.into_iter().map(Cow::Owned).collect()
}
