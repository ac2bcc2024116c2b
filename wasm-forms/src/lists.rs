//! External lists (registers) that a form reads with `instance('residents')/root/item[…]`.
//!
//! A table is columnar text with an index per column, built the first time somebody asks for equality on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// The lists of one form by instance id, e.g. `residents`.
pub type Lists = BTreeMap<String, Arc<Table>>;

/// Most columns of a list.
pub const MAX_COLUMNS: usize = 1_000;
/// Most cells of a list, those included that short rows leave out.
pub const MAX_CELLS: usize = 10_000_000;

/// Rows of text under named columns.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<String>,
    /// All cells, column after column: cell of row `r` in column `c` is `cells[c][r]`.
    cells: Vec<Vec<Box<str>>>,
    n_rows: usize,
    indexes: Vec<OnceLock<HashMap<Box<str>, Vec<u32>>>>,
}

/// Why a text is not a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("list line {line}: {problem}")]
pub struct ListError {
    /// 1-based line.
    pub line: u64,
    /// What is wrong, for a log.
    pub problem: String,
}

impl Table {
    /// Returns a table from its columns and rows; short rows are filled up with empty cells.
    pub fn new(columns: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let mut cells: Vec<Vec<Box<str>>> = columns.iter().map(|_| Vec::new()).collect();
        let mut n_rows = 0;
        for mut row in rows {
            row.resize(columns.len(), String::new());
            for (column, cell) in cells.iter_mut().zip(row) {
                column.push(cell.into_boxed_str());
            }
            n_rows += 1;
        }
        let indexes = columns.iter().map(|_| OnceLock::new()).collect();
        Self { columns, cells, n_rows, indexes }
    }

    /// Reads CSV with a header row; a byte order mark is skipped.
    pub fn from_csv(text: &str) -> Result<Self, ListError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let problem = |error: csv::Error| ListError {
            line: error.position().map_or(1, csv::Position::line),
            problem: error.to_string(),
        };
        let columns: Vec<String> = reader.headers().map_err(problem)?.iter().map(str::to_owned).collect();
        if columns.is_empty() || columns.iter().all(String::is_empty) {
            return Err(ListError { line: 1, problem: "no header".to_owned() });
        }
        let too_large = |line: u64| ListError { line, problem: "too many columns or cells".to_owned() };
        if columns.len() > MAX_COLUMNS {
            return Err(too_large(1));
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        for record in reader.records() {
            if (rows.len() + 1) * columns.len() > MAX_CELLS {
                return Err(too_large(rows.len() as u64 + 2));
            }
            rows.push(record.map_err(problem)?.iter().map(str::to_owned).collect());
        }
        Ok(Self::new(columns, rows))
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Returns whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// Returns the column names in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns a column's number.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|it| it == name)
    }

    /// Returns a cell; `row` and `column` must exist.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        &self.cells[column][row]
    }

    /// Returns the rows whose cell in `column` is `value`, in order, without looking at the others.
    #[must_use]
    pub fn rows_where(&self, column: usize, value: &str) -> &[u32] {
        let index = self.indexes[column].get_or_init(|| {
            let mut index: HashMap<Box<str>, Vec<u32>> = HashMap::with_capacity(self.n_rows);
            for (row, cell) in self.cells[column].iter().enumerate() {
                index.entry(cell.clone()).or_default().push(row as u32);
            }
            index
        });
        index.get(value).map_or(&[], Vec::as_slice)
    }
}
