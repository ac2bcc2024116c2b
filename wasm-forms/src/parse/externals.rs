//! Secondary instances: the choices inside the form and the lists beside it.

use std::borrow::Cow;
use std::sync::Arc;

use roxmltree::Node;

use super::NodeExt;
use crate::lists::{MAX_CELLS, MAX_COLUMNS, Table};
use crate::{Code, Diagnostic, Place};

/// A list that the form can read with `instance('id')`.
#[derive(Debug)]
pub(crate) struct ListSource {
    pub id: String,
    /// File name of an external list, e.g. `residents.csv`.
    pub file: Option<String>,
    /// The rows, where they stand in the form.
    pub table: Option<Arc<Table>>,
}

pub(super) fn read(model_element: Node<'_, '_>, problems: &mut Vec<Diagnostic>) -> Vec<ListSource> {
    let secondary = model_element.elements().filter(|it| it.has_tag_name_local("instance")).skip(1);
    let mut lists = Vec::new();
    for element in secondary {
        let Some(id) = element.attribute("id") else { continue };
        let source = element.attribute("src");
        let file = source.map(|it| it.rsplit('/').next().unwrap_or(it).to_owned());
        let table = match source {
            Some(_) => None,
            None => Some(Arc::new(table(element, id, problems))),
        };
        lists.push(ListSource { id: id.to_owned(), file, table });
    }
    lists
}

/// Reads `root/item/column`; anything deeper is not a list.
fn table(element: Node<'_, '_>, id: &str, problems: &mut Vec<Diagnostic>) -> Table {
    let mut table = Table::default();
    let Some(root) = element.first_element_child() else { return table };
    let mut row: Vec<Option<Cow<'_, str>>> = Vec::new();
    for item in root.elements() {
        if table.is_empty() {
            table.set_names(root.tag_name().name(), item.tag_name().name());
        }
        row.iter_mut().for_each(|it| *it = None);
        for cell in item.elements() {
            let name = cell.tag_name().name();
            if cell.first_element_child().is_some() {
                let problem = Diagnostic::error(Code::FormUnknownElement, Place::Form);
                problems.push(problem.with("element", format!("instance('{id}')//{name}")));
                return Table::default();
            }
            let column = table.column(name).unwrap_or_else(|| table.push_column(name));
            row.resize(table.columns().len(), None);
            row[column].get_or_insert_with(|| text_of(cell));
        }
        if table.columns().len() > MAX_COLUMNS || (table.len() + 1) * table.columns().len() > MAX_CELLS {
            let problem = Diagnostic::error(Code::ListTooLarge, Place::Form).with("list", id);
            let problem = problem.with("columns", MAX_COLUMNS.to_string());
            problems.push(problem.with("cells", MAX_CELLS.to_string()));
            return Table::default();
        }
        table.push_row(|at| row.get(at).and_then(Option::as_deref));
    }
    table
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
