//! Lists of rows that a form reads with `instance('residents')/root/item[…]`: choices inside the form, registers and
//! files beside it.
//!
//! A table is columnar: each column is one text and the ends of its cells. A column gets an index the first time
//! somebody asks for equality on it; from then on a question costs what it finds.

mod elements;
mod geojson;

pub(crate) use elements::{Rows, is_around_rows};

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::csv_text::Records;
use crate::document::{self, Unreadable};
use crate::hash;
use crate::xml::Document;

/// The lists of one form by instance id, e.g. `residents`.
pub type Lists = BTreeMap<String, Arc<Table>>;

/// Most columns of a list.
pub const MAX_COLUMNS: usize = 1_000;
/// Most cells of a list, those included that short rows leave out.
pub const MAX_CELLS: usize = 10_000_000;
/// Most nodes of an XML list.
const MAX_XML_NODES: u32 = 4_000_000;

/// Rows of text under named columns.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<String>,
    cells: Vec<Column>,
    n_rows: usize,
    /// Names of the elements around the rows and of a row, as expressions write them.
    names: Option<[Box<str>; 2]>,
    /// A list that is no table: then there are no rows.
    tree: Option<Document>,
}

#[derive(Debug, Default)]
struct Column {
    text: String,
    /// By row: where its cell ends in `text`.
    ends: Vec<u32>,
    /// Rows that have no such cell at all, in order.
    missing: Vec<u32>,
    index: OnceLock<Index>,
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
        let mut table = Table::with_columns(columns);
        for row in rows {
            let cell = |at: usize| row.get(at).map(String::as_str).unwrap_or_default();
            table.push_row(|at| Some(cell(at)));
        }
        table
    }

    pub(crate) fn with_columns(columns: Vec<String>) -> Self {
        let cells = columns.iter().map(|_| Column::default()).collect();
        Self { columns, cells, n_rows: 0, names: None, tree: None }
    }

    /// Adds a row; `cell` gives the text of each column, nothing where the row has no such cell.
    pub(crate) fn push_row<'a>(&mut self, cell: impl Fn(usize) -> Option<&'a str>) {
        for (at, column) in self.cells.iter_mut().enumerate() {
            match cell(at) {
                Some(text) => column.text.push_str(text),
                None => column.missing.push(self.n_rows as u32),
            }
            column.ends.push(column.text.len() as u32);
        }
        self.n_rows += 1;
    }

    /// Adds a column that no row up to here has.
    pub(crate) fn push_column(&mut self, name: &str) -> usize {
        self.columns.push(name.to_owned());
        self.cells.push(Column {
            ends: vec![0; self.n_rows],
            missing: (0..self.n_rows as u32).collect(),
            ..Column::default()
        });
        self.columns.len() - 1
    }

    /// Puts a cell into the row that is being made; returns whether the row had none in this column.
    fn put(&mut self, column: usize, text: &str) -> bool {
        let Column { text: all, ends, .. } = &mut self.cells[column];
        if ends.len() > self.n_rows {
            return false;
        }
        all.push_str(text);
        ends.push(all.len() as u32);
        true
    }

    /// Ends the row that was being made.
    fn end_row(&mut self) {
        for Column { text, ends, missing, .. } in &mut self.cells {
            if ends.len() == self.n_rows {
                missing.push(self.n_rows as u32);
                ends.push(text.len() as u32);
            }
        }
        self.n_rows += 1;
    }

    pub(crate) fn set_names(&mut self, root: &str, row: &str) {
        self.names = Some([root.into(), row.into()]);
    }

    /// Returns the name of the element around the rows.
    pub(crate) fn root_name(&self) -> &str {
        self.names.as_ref().map_or("root", |it| &it[0])
    }

    /// Returns the name of a row's element.
    pub(crate) fn row_name(&self) -> &str {
        self.names.as_ref().map_or("item", |it| &it[1])
    }

    pub(crate) fn of_tree(tree: Document) -> Self {
        Self { tree: Some(tree), ..Self::default() }
    }

    /// Returns the document of a list that is no table.
    pub(crate) fn tree(&self) -> Option<&Document> {
        self.tree.as_ref()
    }

    /// Reads the file of a list by the end of its name: `.xml`, `.geojson`, else CSV.
    pub fn from_file(name: &str, text: &str) -> Result<Self, ListError> {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        match end.to_ascii_lowercase().as_str() {
            "xml" => Self::from_xml(text),
            "geojson" => Self::from_geojson(text),
            _ => Self::from_csv(text),
        }
    }

    /// Reads an XML document. One of equal rows of plain cells becomes a table; any other stays a tree, in which
    /// nothing is indexed.
    pub fn from_xml(text: &str) -> Result<Self, ListError> {
        let problem = |line, problem: &str| ListError { line, problem: problem.to_owned() };
        let document = document::read(text, MAX_XML_NODES).map_err(|error| match error {
            Unreadable::Malformed { line, .. } => problem(u64::from(line), "not XML"),
            Unreadable::TooLarge => problem(1, "too large"),
        })?;
        Table::from_element(document.root_element()).ok_or_else(|| problem(1, "too large"))
    }

    /// Reads a GeoJSON feature collection: the columns `geometry`, `id` and the properties (ODK XForms, "Secondary
    /// Instances - External").
    pub fn from_geojson(text: &str) -> Result<Self, ListError> {
        geojson::read(text).ok_or_else(|| ListError { line: 1, problem: "no feature collection".to_owned() })
    }

    /// Reads CSV with a header row; a byte order mark is skipped, short rows are filled up with empty cells.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wasm_forms::{Lists, Table};
    ///
    /// let residents = Table::from_csv("name,label,street\nr1,李奶奶,heping\nr2,张大爷,heping\n")?;
    /// let street = residents.column("street").expect("the header names it");
    /// assert_eq!(residents.rows_where(street, "heping"), [0, 1]);
    /// assert_eq!(residents.cell(1, 1), "张大爷");
    ///
    /// // A form reads it as `instance('residents')`.
    /// let lists = Lists::from([("residents".to_owned(), Arc::new(residents))]);
    /// assert_eq!(lists["residents"].len(), 2);
    /// # Ok::<(), wasm_forms::lists::ListError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, ListError> {
        let mut records = Records::new(text);
        let mut fields = Vec::new();
        let problem = |line: u64, problem: &str| ListError { line, problem: problem.to_owned() };
        if !records.read(&mut fields) || fields.iter().all(|it| it.is_empty()) {
            return Err(problem(1, "no header"));
        }
        if fields.len() > MAX_COLUMNS {
            return Err(problem(1, "too many columns"));
        }
        let mut table = Table::with_columns(fields.iter().map(|it| it.to_string()).collect());
        while records.read(&mut fields) {
            if (table.n_rows + 1) * table.columns.len() > MAX_CELLS {
                return Err(problem(records.line, "too many cells"));
            }
            table.push_row(|at| Some(fields.get(at).map_or("", |it| it)));
        }
        Ok(table)
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
        self.cells[column].cell(row)
    }

    /// Returns whether a row has a cell in a column; a row of CSV has all, a row of XML those that are written.
    pub(crate) fn has_cell(&self, row: usize, column: usize) -> bool {
        self.cells[column].has(row)
    }

    /// Returns the rows whose cell in `column` is `value`, in order, without looking at the others.
    #[must_use]
    pub fn rows_where(&self, column: usize, value: &str) -> &[u32] {
        let column = &self.cells[column];
        column.index.get_or_init(|| Index::of(column)).rows(column, value)
    }
}

impl Column {
    fn cell(&self, row: usize) -> &str {
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..self.ends[row] as usize]
    }

    fn has(&self, row: usize) -> bool {
        self.missing.is_empty() || self.missing.binary_search(&(row as u32)).is_err()
    }
}

/// The rows of each value of a column.
#[derive(Debug)]
struct Index {
    /// Open addressing by hash: a group's number and one; 0 is free. Its length is a power of two.
    groups: Vec<u32>,
    /// By group: where its rows end in `rows`.
    ends: Vec<u32>,
    /// Row numbers, group after group, in order within each.
    rows: Vec<u32>,
}

impl Index {
    fn of(column: &Column) -> Index {
        let n_rows = column.ends.len();
        let mut index =
            Index { groups: vec![0; (n_rows * 2).next_power_of_two()], ends: Vec::new(), rows: Vec::new() };
        // While the index grows, `rows` holds the first row of each group.
        let mut group_of = Vec::with_capacity(n_rows);
        for row in 0..n_rows {
            if !column.has(row) {
                group_of.push(u32::MAX);
                continue;
            }
            let (place, found) =
                index.find(column.cell(row), |group| column.cell(index.rows[group] as usize));
            group_of.push(found.unwrap_or_else(|| {
                index.rows.push(row as u32);
                index.ends.push(0);
                index.groups[place] = index.rows.len() as u32;
                index.rows.len() as u32 - 1
            }));
        }
        index.spread(&group_of);
        index
    }

    /// Puts the rows of each group side by side.
    fn spread(&mut self, group_of: &[u32]) {
        let grouped = || group_of.iter().enumerate().filter(|(_, group)| **group != u32::MAX);
        for (_, group) in grouped() {
            self.ends[*group as usize] += 1;
        }
        let mut sum = 0;
        let mut next: Vec<u32> = Vec::with_capacity(self.ends.len());
        for end in &mut self.ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        self.rows = vec![0; sum as usize];
        for (row, group) in grouped() {
            let at = &mut next[*group as usize];
            self.rows[*at as usize] = row as u32;
            *at += 1;
        }
    }

    /// Returns the place of a value in `groups`, and its group where there is one.
    fn find<'a>(&self, value: &str, value_of: impl Fn(usize) -> &'a str) -> (usize, Option<u32>) {
        let mask = self.groups.len() - 1;
        let mut place = hash::of_text(value) as usize & mask;
        loop {
            match self.groups[place].checked_sub(1) {
                None => return (place, None),
                Some(group) if value_of(group as usize) == value => return (place, Some(group)),
                Some(_) => place = (place + 1) & mask,
            }
        }
    }

    fn rows(&self, column: &Column, value: &str) -> &[u32] {
        if self.rows.is_empty() {
            return &[];
        }
        let first_row = |group: usize| self.rows[self.start(group)] as usize;
        let (_, found) = self.find(value, |group| column.cell(first_row(group)));
        found.map_or(&[], |group| &self.rows[self.start(group as usize)..self.ends[group as usize] as usize])
    }

    fn start(&self, group: usize) -> usize {
        group.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_any_column() {
        let rows = (0..1000).map(|row| vec![format!("n{row}"), format!("d{}", row % 7)]);
        let table = Table::new(vec!["name".to_owned(), "district".to_owned()], rows);
        assert_eq!(table.rows_where(0, "n999"), [999]);
        assert_eq!(table.rows_where(0, "n1000"), [0u32; 0]);
        let in_district: Vec<u32> = (0..1000).filter(|it| it % 7 == 3).collect();
        assert_eq!(table.rows_where(1, "d3"), in_district);
        assert_eq!(table.cell(8, 1), "d1");
        assert_eq!(Table::default().len(), 0);
    }

    #[test]
    fn a_missing_cell_is_not_an_empty_one() {
        let mut table = Table::with_columns(vec!["name".to_owned()]);
        table.push_row(|_| Some("a"));
        let district = table.push_column("district");
        table.push_row(|at| (at == 0).then_some("b"));
        table.push_row(|_| Some(""));
        assert_eq!(table.rows_where(district, ""), [2]);
        assert!(!table.has_cell(0, district) && !table.has_cell(1, district) && table.has_cell(2, district));
        assert_eq!(table.cell(1, district), "");
    }
}
