//! Secondary instances: the choices inside the form and the lists beside it.

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
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut n_cells = 0;
    for item in element.first_element_child().into_iter().flat_map(|root| root.elements().collect::<Vec<_>>())
    {
        let mut row = vec![String::new(); columns.len()];
        for cell in item.elements() {
            let name = cell.tag_name().name();
            if cell.first_element_child().is_some() {
                let problem = Diagnostic::error(Code::FormUnknownElement, Place::Form);
                problems.push(problem.with("element", format!("instance('{id}')//{name}")));
                return Table::default();
            }
            let column = columns.iter().position(|it| it == name).unwrap_or_else(|| {
                columns.push(name.to_owned());
                row.push(String::new());
                columns.len() - 1
            });
            row[column] = cell.text().unwrap_or_default().trim().to_owned();
        }
        n_cells += columns.len();
        if columns.len() > MAX_COLUMNS || n_cells > MAX_CELLS {
            let problem = Diagnostic::error(Code::ListTooLarge, Place::Form).with("list", id);
            let problem = problem.with("columns", MAX_COLUMNS.to_string());
            problems.push(problem.with("cells", MAX_CELLS.to_string()));
            return Table::default();
        }
        rows.push(row);
    }
    Table::new(columns, rows)
}
