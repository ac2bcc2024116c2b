//! XML as a list: a table where it is rows of cells, else a tree.

use std::borrow::Cow;

use crate::document::Node;

use super::{MAX_CELLS, MAX_COLUMNS, Table};
use crate::xml::Document;

impl Table {
    /// Reads what stands in a list's root element; nothing where the table would be too large.
    pub(crate) fn from_element(root: Node<'_, '_>) -> Option<Table> {
        if is_table(root) { read_rows(root) } else { Some(Table::of_tree(Document::of_element(root))) }
    }
}

/// Whether an element holds rows of one name, each with cells of different names that hold text alone.
fn is_table<'a>(root: Node<'a, '_>) -> bool {
    let name = root.first_element().map(|it| it.name());
    let is_plain = |it: &Node<'_, '_>| it.attributes().len() == 0;
    let is_cell = |it: Node<'_, '_>| is_plain(&it) && it.first_element().is_none();
    let mut before: Vec<&'a str> = Vec::new();
    let mut is_row = |row: Node<'a, '_>| {
        // Rows have mostly the cells of the row before them.
        let same = row.elements().map(|it| it.name()).eq(before.iter().copied());
        if !same {
            before = row.elements().map(|it| it.name()).collect();
        }
        is_plain(&row)
            && Some(row.name()) == name
            && (same || are_different(&before))
            && !has_text(row)
            && row.elements().all(is_cell)
    };
    is_plain(&root) && !has_text(root) && root.elements().all(&mut is_row)
}

/// Whether no name stands twice; rows of more cells than lists have are not looked at.
fn are_different(names: &[&str]) -> bool {
    const MOST: usize = 1_000;
    names.len() <= MOST && names.iter().enumerate().all(|(at, it)| !names[..at].contains(it))
}

fn has_text(element: Node<'_, '_>) -> bool {
    element.children().any(|it| it.is_text() && !it.text().unwrap_or_default().trim().is_empty())
}

fn read_rows(root: Node<'_, '_>) -> Option<Table> {
    let mut table = Table::default();
    let mut row: Vec<Option<Cow<'_, str>>> = Vec::new();
    for item in root.elements() {
        if table.is_empty() {
            table.set_names(root.name(), item.name());
        }
        row.iter_mut().for_each(|it| *it = None);
        for cell in item.elements() {
            let name = cell.name();
            let column = table.column(name).unwrap_or_else(|| table.push_column(name));
            row.resize(table.columns().len(), None);
            row[column] = Some(text_of(cell));
        }
        if table.columns().len() > MAX_COLUMNS || (table.len() + 1) * table.columns().len() > MAX_CELLS {
            return None;
        }
        table.push_row(|at| row.get(at).and_then(Option::as_deref));
    }
    Some(table)
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
