//! Secondary instances: the choices inside the form and the lists beside it.

use std::sync::Arc;

use crate::document::Node;

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
    /// Whether it is what was saved last with this form.
    pub is_last_saved: bool,
}

/// The address of what was saved last with a form.
const LAST_SAVED: &str = "jr://instance/last-saved";

pub(super) fn read(model_element: Node<'_, '_>, problems: &mut Vec<Diagnostic>) -> Vec<ListSource> {
    let secondary = model_element.elements().filter(|it| it.is_named("instance")).skip(1);
    let mut lists: Vec<ListSource> = Vec::new();
    for element in secondary {
        let Some(id) = element.attribute("id") else { continue };
        if lists.iter().any(|it| it.id == id) {
            problems.push(Diagnostic::error(Code::FormDuplicateList, Place::Form).with("list", id));
            continue;
        }
        lists.push(source(element, id, problems));
    }
    lists
}

#[inline(never)]
fn source(element: Node<'_, '_>, id: &str, problems: &mut Vec<Diagnostic>) -> ListSource {
    let address = element.attribute("src");
    let is_last_saved = address == Some(LAST_SAVED);
    let file = address.filter(|_| !is_last_saved).map(|it| it.rsplit('/').next().unwrap_or(it).to_owned());
    let table = match address {
        Some(_) => None,
        None => Some(Arc::new(table(element, id, problems))),
    };
    ListSource { id: id.to_owned(), file, table, is_last_saved }
}

/// Reads what stands in the form.
fn table(element: Node<'_, '_>, id: &str, problems: &mut Vec<Diagnostic>) -> Table {
    let Some(root) = element.first_element() else { return Table::default() };
    Table::from_element(root).unwrap_or_else(|| {
        let problem = Diagnostic::error(Code::ListTooLarge, Place::Form).with("list", id);
        let problem = problem.with("columns", MAX_COLUMNS.to_string());
        problems.push(problem.with("cells", MAX_CELLS.to_string()));
        Table::default()
    })
}
