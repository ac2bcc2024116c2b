//! Secondary instances: the choices inside the form and the lists beside it.

use std::sync::Arc;

use crate::document::Node;
use crate::lists::{MAX_CELLS, MAX_COLUMNS, Rows, Table, is_around_rows};
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

/// Takes the rows of lists in the form as they end.
#[derive(Default)]
pub(super) struct Reader {
    /// The form's own instance, by its number in the document: the first there is.
    primary: Option<u32>,
    taken: Vec<Taken>,
    /// Whether something that is no row follows rows that were taken.
    is_wrong: bool,
}

/// The rows of one list.
struct Taken {
    instance: u32,
    root: u32,
    /// Nothing where the list is no table.
    rows: Option<Rows>,
}

impl Reader {
    /// Takes an element that stands as deep as rows do, if it is one.
    pub fn take(&mut self, row: Node<'_, '_>) -> bool {
        let Some(root) = row.parent() else { return false };
        let Some(instance) = root.parent().filter(|it| it.is_named("instance")) else { return false };
        if !instance.parent().is_some_and(|it| it.is_named("model")) {
            return false;
        }
        let number = instance.number();
        if *self.primary.get_or_insert(number) == number {
            return false;
        }
        let is_first = self.taken.last().is_none_or(|it| it.instance != number);
        if is_first {
            let rows = (root.attributes().len() == 0).then(Rows::default);
            self.taken.push(Taken { instance: number, root: root.number(), rows });
        }
        let Some(taken) = self.taken.last_mut().filter(|it| it.root == root.number()) else { return false };
        let is_row = taken.rows.as_mut().is_some_and(|it| it.push(root, row));
        if !is_row {
            self.is_wrong |= !is_first && taken.rows.is_some();
            taken.rows = None;
        }
        is_row
    }

    /// Whether the rows that were taken are all there is of their lists.
    pub fn are_tables(&self, lists: &[Node<'_, '_>]) -> bool {
        let mut roots = lists.iter().filter_map(Node::first_element);
        let is_table =
            |root: Node<'_, '_>| !self.has(root) || (root.first_element().is_none() && is_around_rows(root));
        !self.is_wrong && roots.all(is_table)
    }

    fn has(&self, root: Node<'_, '_>) -> bool {
        self.taken.iter().any(|it| it.root == root.number() && it.rows.is_some())
    }

    /// Returns the lists, given their instances.
    pub fn finish(mut self, elements: &[Node<'_, '_>], problems: &mut Vec<Diagnostic>) -> Vec<ListSource> {
        let mut lists: Vec<ListSource> = Vec::new();
        for &element in elements {
            let Some(id) = element.attribute("id") else { continue };
            if lists.iter().any(|it| it.id == id) {
                problems.push(Diagnostic::error(Code::FormDuplicateList, Place::Form).with("list", id));
                continue;
            }
            lists.push(self.source(element, id, problems));
        }
        lists
    }

    #[inline(never)]
    fn source(&mut self, element: Node<'_, '_>, id: &str, problems: &mut Vec<Diagnostic>) -> ListSource {
        let address = element.attribute("src");
        let is_last_saved = address == Some(LAST_SAVED);
        let file = address.filter(|_| !is_last_saved);
        let file = file.map(|it| it.rsplit('/').next().unwrap_or(it).to_owned());
        let table = match address {
            Some(_) => None,
            None => Some(Arc::new(self.table(element, id, problems))),
        };
        ListSource { id: id.to_owned(), file, table, is_last_saved }
    }

    /// Returns what stands in the form.
    fn table(&mut self, element: Node<'_, '_>, id: &str, problems: &mut Vec<Diagnostic>) -> Table {
        let Some(root) = element.first_element() else { return Table::default() };
        let taken = self.taken.iter_mut().find(|it| it.root == root.number());
        let table = match taken.and_then(|it| it.rows.take()) {
            Some(rows) => rows.finish(),
            None => Table::from_element(root),
        };
        table.unwrap_or_else(|| {
            let problem = Diagnostic::error(Code::ListTooLarge, Place::Form).with("list", id);
            let problem = problem.with("columns", MAX_COLUMNS.to_string());
            problems.push(problem.with("cells", MAX_CELLS.to_string()));
            Table::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::{Source, parse};

    /// Rows of the first list, or nothing where it is a tree, and how many lists there are.
    fn read(lists: &str) -> (Option<usize>, usize) {
        let xform = format!(
            "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'><h:head><h:title>t</h:title>
             <model><instance><data id='d'><group><a/><b/></group><c/></data></instance>{lists}</model></h:head><h:body/></h:html>"
        );
        let (definition, problems) = parse(Source::Text(&xform));
        let definition = definition.unwrap_or_else(|| panic!("{problems:?}"));
        assert_eq!(definition.model.nodes.len(), 9, "the form's own instance is whole");
        let table = definition.lists[0].table.as_ref().expect("it stands in the form");
        (table.tree().is_none().then(|| table.len()), definition.lists.len())
    }

    #[test]
    fn rows_are_taken_and_what_only_began_like_rows_is_kept() {
        let check = |inside: &str, rows: Option<usize>| {
            let one = format!("<instance id='l'>{inside}</instance>");
            assert_eq!(read(&one), (rows, 1), "{inside}");
            let other = "<instance id='m'><root><item><name>z</name></item></root></instance>";
            assert_eq!(read(&format!("{one}{other}")), (rows, 2), "{inside} before another");
        };
        let (a, b) = ("<item><name>a</name></item>", "<item><name>b</name><k/></item>");
        check(&format!("<root>{a}{b}</root>"), Some(2));
        check(&format!("<root>\n {a}\n {b}\n</root>"), Some(2));
        check("<root/>", Some(0));
        check(&format!("<root>{a}{b}<dog><name>c</name></dog></root>"), None);
        check(&format!("<root>{a}<item id='1'><name>c</name></item></root>"), None);
        check(&format!("<root>{a}{b}text</root>"), None);
        check(&format!("<root version='1'>{a}{b}</root>"), None);
        check(&format!("<root>{a}<item><deep><name>c</name></deep></item></root>"), None);
        check(&format!("<root>{a}</root><root>{b}</root>"), Some(1));
    }
}
