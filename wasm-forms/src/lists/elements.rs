//! XML as a list: a table where it is rows of cells, else a tree.

use std::borrow::Cow;

use crate::document::Node;

use super::{MAX_CELLS, MAX_COLUMNS, Table};
use crate::xml::Document;

impl Table {
    /// Reads what stands in a list's root element; nothing where the table would be too large.
    pub(crate) fn from_element(root: Node<'_, '_>) -> Option<Table> {
        let mut rows = Rows::default();
        if is_around_rows(root) && root.elements().all(|it| rows.push(root, it)) {
            rows.finish()
        } else {
            Some(Table::of_tree(Document::of_element(root)))
        }
    }
}

/// A table while its rows are read: all of one name, each with cells of different names that hold text alone.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    table: Table,
    is_too_large: bool,
}

impl Rows {
    /// Adds a row; returns whether it is one. Where it is not, the list is no table.
    pub fn push(&mut self, root: Node<'_, '_>, row: Node<'_, '_>) -> bool {
        /// Rows of more cells than lists have are not looked at.
        const MOST: usize = 1_000;
        let table = &mut self.table;
        if table.names.is_none() {
            table.set_names(root.name(), row.name());
        }
        if table.row_name() != row.name() || row.attributes().len() > 0 || has_text(row) {
            return false;
        }
        for (at, cell) in row.elements().enumerate() {
            if at == MOST || cell.attributes().len() > 0 || cell.first_element().is_some() {
                return false;
            }
            if self.is_too_large {
                continue;
            }
            let name = cell.name();
            // Rows have mostly the cells of the row before them.
            let same = table.columns.get(at).is_some_and(|it| it == name).then_some(at);
            let column = same.or_else(|| table.column(name)).unwrap_or_else(|| table.push_column(name));
            if !table.put(column, &text_of(cell)) {
                return false;
            }
        }
        if !self.is_too_large {
            table.end_row();
        }
        self.is_too_large |=
            table.columns.len() > MAX_COLUMNS || table.len() * table.columns.len() > MAX_CELLS;
        true
    }

    /// Returns the table; nothing where it would be too large.
    pub fn finish(self) -> Option<Table> {
        (!self.is_too_large).then_some(self.table)
    }
}

/// Whether an element may stand around the rows of a table.
pub(crate) fn is_around_rows(root: Node<'_, '_>) -> bool {
    root.attributes().len() == 0 && !has_text(root)
}

fn has_text(element: Node<'_, '_>) -> bool {
    element.children().any(|it| it.is_text() && !it.text().unwrap_or_default().trim().is_empty())
}

/// Returns the text of a cell; comments inside it do not cut it short.
fn text_of<'a>(cell: Node<'a, '_>) -> Cow<'a, str> {
    let mut texts = cell.children().filter_map(|it| it.text().filter(|_| it.is_text()));
    let first = texts.next().unwrap_or_default().trim();
    match texts.next() {
        None => Cow::Borrowed(first),
        Some(_) => Cow::Owned(cell.all_text().trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_cells_are_a_table_and_all_else_a_tree() {
        let check = |xml: &str, is_table: bool| {
            let table = Table::from_xml(xml).expect("a list");
            assert_eq!(table.tree().is_none(), is_table, "{xml}");
        };
        check("<root><item><name> a </name></item><item><name>b</name><k/></item></root>", true);
        check("<root/>", true);
        check("<root><cat><name>a</name></cat><dog><name>a</name></dog></root>", false);
        check("<root><item><name>a</name><name>b</name></item></root>", false);
        check("<root><item id='1'><name>a</name></item></root>", false);
        check("<root><item><child><name>a</name></child></item></root>", false);
        check("<root><item>a</item></root>", false);
    }
}
