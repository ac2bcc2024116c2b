//! The register lists of a pack: one file for each in its folder `lists`, CSV or a workbook of one sheet. The first line names the columns; rows
//! below it begin a register that is empty, and never touch one that is not.

use std::collections::BTreeSet;

use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::files::Files;
use super::table::cell;

const FOLDER: &str = "lists/";
/// Columns that every list has.
const NEEDED: [&str; 2] = ["name", "label"];
/// Most rows that a pack may bring for one list.
const MAX_ROWS: usize = 50_000;

/// A register list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterList {
    /// Name, as forms and tasks call it.
    pub name: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Rows to begin with, by column.
    pub rows: Vec<Vec<String>>,
}

/// Reads every list.
pub(super) fn read(files: &Files, problems: &mut Vec<Diagnostic>) -> Vec<RegisterList> {
    let mut lists: Vec<RegisterList> = Vec::new();
    for (file, bytes) in files.iter() {
        let Some((name, kind)) = file.strip_prefix(FOLDER).and_then(|it| it.rsplit_once('.')) else {
            continue;
        };
        let list = match kind {
            "csv" => from_text(name, file, bytes, problems),
            "xlsx" | "xls" => from_workbook(name, file, bytes, problems),
            _ => continue,
        };
        if lists.iter().any(|it| it.name == list.name) {
            problems.push(Diagnostic::error("pack.name_twice", cell(file, 0, "")).with("found", name));
            continue;
        }
        check(&list, file, problems);
        lists.push(list);
    }
    lists
}

fn from_workbook(name: &str, file: &str, bytes: &[u8], problems: &mut Vec<Diagnostic>) -> RegisterList {
    let mut told = RegisterList { name: name.to_owned(), ..RegisterList::default() };
    match Workbook::read(bytes) {
        Ok(mut workbook) if !workbook.sheets.is_empty() => {
            let sheet = workbook.sheets.swap_remove(0);
            (told.columns, told.rows) = (sheet.header, sheet.rows);
        }
        _ => problems.push(Diagnostic::error("pack.unreadable_list", cell(file, 1, ""))),
    }
    told
}

fn from_text(name: &str, file: &str, bytes: &[u8], problems: &mut Vec<Diagnostic>) -> RegisterList {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let mut told = RegisterList { name: name.to_owned(), ..RegisterList::default() };
    match reader.headers() {
        Ok(headers) => told.columns = headers.iter().map(|it| it.trim().to_owned()).collect(),
        Err(_) => problems.push(Diagnostic::error("pack.unreadable_list", cell(file, 1, ""))),
    }
    for (index, record) in reader.records().enumerate() {
        let number = index as u32 + 2;
        let Ok(record) = record else {
            problems.push(Diagnostic::error("pack.unreadable_list", cell(file, number, "")));
            break;
        };
        if index >= MAX_ROWS {
            let problem = Diagnostic::error("pack.too_many_rows", cell(file, number, ""));
            problems.push(problem.with("limit", MAX_ROWS.to_string()));
            break;
        }
        told.rows.push(record.iter().map(|it| it.trim().to_owned()).collect());
    }
    told
}

fn check(list: &RegisterList, file: &str, problems: &mut Vec<Diagnostic>) {
    check_columns(list, file, problems);
    let Some(at) = list.columns.iter().position(|it| it == "name") else { return };
    let mut ids = BTreeSet::new();
    for (index, row) in list.rows.iter().enumerate().filter(|(_, row)| row.iter().any(|it| !it.is_empty())) {
        let number = index as u32 + 2;
        let id = row.get(at).cloned().unwrap_or_default();
        if id.is_empty() || !ids.insert(id.clone()) {
            let code = if id.is_empty() { "pack.missing_cell" } else { "pack.name_twice" };
            let problem = Diagnostic::error(code, cell(file, number, "")).with("column", "name");
            problems.push(problem.with("found", id));
        }
    }
}

fn check_columns(list: &RegisterList, file: &str, problems: &mut Vec<Diagnostic>) {
    for needed in NEEDED.iter().filter(|it| !list.columns.iter().any(|column| column == *it)) {
        problems.push(Diagnostic::error("pack.missing_column", cell(file, 1, "")).with("column", *needed));
    }
    let mut seen = BTreeSet::new();
    for column in &list.columns {
        let is_name = column.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && column.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
        if !is_name {
            problems.push(Diagnostic::error("pack.bad_column", cell(file, 1, "")).with("found", column));
        }
        if !seen.insert(column) {
            problems.push(Diagnostic::error("pack.column_twice", cell(file, 1, "")).with("column", column));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_csv(csv: &[u8], expected: &[&str]) {
        let files = Files::new([
            ("tasks.xlsx".to_owned(), Vec::new()),
            ("lists/places.csv".to_owned(), csv.to_vec()),
        ]);
        let mut problems = Vec::new();
        let lists = read(&files, &mut problems);
        assert_eq!(problems.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), expected);
        assert_eq!(lists[0].name, "places");
    }

    #[test]
    fn reads_a_list_and_tells_what_is_wrong_with_it() {
        check_csv("\u{feff}name,label,kind\nE01,东区 1 号楼,building\n".as_bytes(), &[]);
        check_csv(&encoding_rs::GB18030.encode("name,label\nE01,东区\n").0, &[]);
        check_csv(
            b"name,kind\nE01,building\nE01,building\n,x\n",
            &["pack.missing_column", "pack.name_twice", "pack.missing_cell"],
        );
        check_csv("name,label,类别,kind,kind\n".as_bytes(), &["pack.bad_column", "pack.column_twice"]);
    }
}
