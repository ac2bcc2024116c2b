//! The example of `packs/README.md`, read from the page: its files, and the table of what breaks it.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use doorstep::pack::Files;
use rust_xlsxwriter::Workbook;

const PAGE: &str = include_str!("../../packs/README.md");

/// Rows of cells, the header first.
pub type Table = Vec<Vec<String>>;

/// The files of the example: sheets of workbooks by name, and texts.
#[derive(Debug, Clone, Default)]
pub struct Example {
    pub workbooks: BTreeMap<String, Vec<(String, Table)>>,
    pub texts: BTreeMap<String, String>,
}

/// One line of the table of mistakes.
#[derive(Debug)]
pub struct Mistake {
    pub sheet: String,
    pub row: usize,
    pub column: String,
    pub becomes: String,
    /// Sheet, column letter and row.
    pub told_at: String,
    pub code: String,
}

impl Example {
    /// Reads the page.
    pub fn read() -> Example {
        let mut example = Example::default();
        let (mut file, mut sheet, mut fence) = (String::new(), String::new(), None::<String>);
        for line in PAGE.lines() {
            if line.starts_with("```") {
                fence = match fence {
                    None => Some(String::new()),
                    Some(text) => {
                        if file.contains('/') && !text.is_empty() {
                            example.texts.insert(file.clone(), text);
                        }
                        None
                    }
                };
            } else if let Some(text) = &mut fence {
                text.push_str(line);
                text.push('\n');
            } else if let Some(name) = line.strip_prefix("#### ") {
                sheet = name.to_owned();
                example.workbooks.entry(file.clone()).or_default().push((sheet.clone(), Table::new()));
            } else if let Some(name) = line.strip_prefix("### ") {
                (file, sheet) = (name.to_owned(), String::new());
            } else if line.starts_with("## ") {
                (file, sheet) = (String::new(), String::new());
            } else if !sheet.is_empty()
                && let Some(cells) = cells(line)
            {
                let sheets = example.workbooks.get_mut(&file).expect("its heading came first");
                sheets.last_mut().expect("its heading came first").1.push(cells);
            }
        }
        example
    }

    /// Returns a sheet of `tasks.xlsx`.
    pub fn sheet(&mut self, name: &str) -> &mut Table {
        self.sheet_of("tasks.xlsx", name)
    }

    /// Returns a sheet of a workbook.
    pub fn sheet_of(&mut self, file: &str, name: &str) -> &mut Table {
        let sheets = self.workbooks.get_mut(file).unwrap_or_else(|| panic!("the page has no {file}"));
        let found = sheets.iter_mut().find(|(known, _)| known == name);
        &mut found.unwrap_or_else(|| panic!("{file} has no {name}")).1
    }

    /// Makes the mistake.
    pub fn broken(&self, mistake: &Mistake) -> Example {
        let mut broken = self.clone();
        let sheet = broken.sheet(&mistake.sheet);
        let column = sheet[0].iter().position(|it| *it == mistake.column).expect("a column of the sheet");
        sheet[mistake.row - 1][column].clone_from(&mistake.becomes);
        broken
    }

    /// Returns the files of the pack.
    pub fn files(&self) -> Files {
        Files::new(self.contents())
    }

    /// Returns one workbook.
    pub fn workbook(&self, file: &str) -> Vec<u8> {
        workbook(&self.workbooks[file])
    }

    /// Returns the pack as a zip of its folder.
    pub fn zip(&self) -> Vec<u8> {
        let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in self.contents() {
            let options = zip::write::SimpleFileOptions::default();
            packed.start_file(format!("菜园/{name}"), options).expect("a file");
            packed.write_all(&bytes).expect("written");
        }
        packed.finish().expect("a zip").into_inner()
    }

    fn contents(&self) -> Vec<(String, Vec<u8>)> {
        let workbooks = self.workbooks.iter().map(|(name, sheets)| (name.clone(), workbook(sheets)));
        let texts = self.texts.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes()));
        workbooks.chain(texts).collect()
    }
}

/// Reads the table of mistakes.
pub fn mistakes() -> Vec<Mistake> {
    let (_, table) = PAGE.split_once("代码 code |\n").expect("the table of mistakes");
    let rows = table.lines().skip(1).map_while(cells);
    let mistake = |row: Vec<String>| {
        let [sheet, number, column, becomes, told_at, code] = row.try_into().expect("six cells");
        Mistake {
            sheet,
            row: number.parse().expect("a number"),
            column,
            becomes: if becomes == "–" { String::new() } else { becomes },
            told_at,
            code,
        }
    };
    rows.map(mistake).collect()
}

/// Returns the cells of a table's row; none of the line below the header.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<String> = inner.split('|').map(|it| it.trim().to_owned()).collect();
    (!cells.iter().all(|it| it == "---")).then_some(cells)
}

fn workbook(sheets: &[(String, Table)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, table) in sheets {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        for (row, cells) in table.iter().enumerate() {
            for (column, text) in cells.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
                sheet.write_string(row as u32, column as u16, text).expect("a cell");
            }
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}
