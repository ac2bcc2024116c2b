//! The instance, the lists and the texts as expressions see them.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::state::State;
use super::tree::{NO_NODE, ROOT_NODE};
use crate::Env;
use crate::form::{Choices, Form, Piece, Text};
use crate::lists::Table;
use crate::view::Choice;
use crate::xpath::ast::{Fixed, ModelId, Name};
use crate::xpath::value::text_number;
use crate::xpath::{Context, Node, NodeKind, Value, World, eval};

/// A session's world at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub form: &'a Form,
    pub state: &'a State,
}

impl<'a> Scope<'a> {
    pub fn evaluate(&self, expr: &crate::xpath::Expr, node: u32) -> Value {
        eval::evaluate(expr, &Context::new(self, primary(node)))
    }

    fn table(&self, list: u16) -> &'a Table {
        &self.state.tables[usize::from(list)]
    }

    /// Returns a text in the current language; where it has none, in the form's default language.
    pub fn render(&self, text: &Text, node: u32) -> String {
        match text {
            Text::None => String::new(),
            Text::Inline(pieces) => self.pieces(pieces, node),
            Text::Itext(number) => self.itext_number(*number, node),
        }
    }

    fn itext_number(&self, number: usize, node: u32) -> String {
        let texts = &self.form.texts;
        let in_language = |language: usize| texts.texts.get(language).and_then(|it| it[number].as_deref());
        let own = in_language(self.state.language).or_else(|| in_language(texts.default));
        own.map_or_else(String::new, |it| self.pieces(it, node))
    }

    fn pieces(&self, pieces: &[Piece], node: u32) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text += plain,
                Piece::Output(expr) => text += &self.evaluate(expr, node).into_text(self),
            }
        }
        text
    }

    /// Returns how many choices a question offers.
    pub fn n_choices(&self, choices: &Choices, node: u32) -> usize {
        match choices {
            Choices::None => 0,
            Choices::Inline(items) => items.len(),
            Choices::Itemset(it) => self.rows(&it.nodeset, node).len(),
        }
    }

    fn rows(&self, nodeset: &crate::xpath::Expr, node: u32) -> Vec<Node> {
        match self.evaluate(nodeset, node) {
            Value::Nodes(rows) => rows,
            _ => Vec::new(),
        }
    }

    /// Returns the choices that pass `keep`, at most `limit`.
    pub fn choices(
        &self,
        choices: &Choices,
        node: u32,
        limit: usize,
        keep: &dyn Fn(&Choice) -> bool,
    ) -> Vec<Choice> {
        match choices {
            Choices::None => Vec::new(),
            Choices::Inline(items) => items
                .iter()
                .map(|(value, label)| Choice { value: value.clone(), label: self.render(label, node) })
                .filter(|it| keep(it))
                .take(limit)
                .collect(),
            Choices::Itemset(itemset) => self
                .rows(&itemset.nodeset, node)
                .into_iter()
                .map(|row| Choice {
                    value: self.in_row(&itemset.value, row, node),
                    label: self.in_row(&itemset.label, row, node),
                })
                .filter(|it| keep(it))
                .take(limit)
                .collect(),
        }
    }

    fn in_row(&self, expr: &crate::xpath::Expr, row: Node, node: u32) -> String {
        let context = Context { node: row, ..Context::new(self, primary(node)) };
        eval::evaluate(expr, &context).into_text(self)
    }

    /// Returns the label of one choice; a whole list is asked by index.
    pub fn label_of_choice(&self, choices: &Choices, node: u32, wanted: &str) -> Option<String> {
        if let Choices::Itemset(itemset) = choices
            && let Some(row) = self.row_of_whole_list(&itemset.nodeset, &itemset.value, wanted)
        {
            return row.map(|it| self.in_row(&itemset.label, it, node));
        }
        self.choices(choices, node, 1, &|it| it.value == wanted).pop().map(|it| it.label)
    }

    /// Where the node-set is a whole list and the value a column, the row is one index lookup away.
    fn row_of_whole_list(
        &self,
        nodeset: &crate::xpath::Expr,
        value: &crate::xpath::Expr,
        wanted: &str,
    ) -> Option<Option<Node>> {
        use crate::xpath::ast::{Expr, Path, Start, Test};
        let Expr::Path(Path { start: Start::Instance { number: Some(list), .. }, steps, .. }) = nodeset
        else {
            return None;
        };
        let Expr::Path(Path { start: Start::Context, steps: column, .. }) = value else { return None };
        let [column] = column.as_slice() else { return None };
        let Test::Name(column) = &column.test else { return None };
        if steps.iter().any(|it| !it.predicates.is_empty()) {
            return None;
        }
        let table = self.table(*list);
        let rows = table.column(&column.local).map(|it| table.rows_where(it, wanted)).unwrap_or_default();
        Some(rows.first().map(|row| self.row(*list, *row)))
    }

    fn exists(&self, node: u32) -> bool {
        self.state.tree.node(node).relevant
    }
}

/// What a node of an expression stands for.
enum Place {
    Document,
    Primary(u32),
    ListDocument,
    /// The `root` element of a list.
    ListRoot(u16),
    /// A row: list, row.
    Row(u16, u32),
    /// A cell: list, row, column.
    Cell(u16, u32, usize),
}

/// The index of a tree's document node.
const DOCUMENT: u32 = u32::MAX;

fn primary(id: u32) -> Node {
    Node::new(0, id)
}

/// Lists are trees of their own: the root element is 0, then row by row the row and its cells.
impl Scope<'_> {
    fn place(&self, node: Node) -> Place {
        let Some(list) = node.tree.checked_sub(1).map(|it| it as u16) else {
            return if node.index == DOCUMENT { Place::Document } else { Place::Primary(node.index) };
        };
        match node.index {
            DOCUMENT => Place::ListDocument,
            0 => Place::ListRoot(list),
            index => {
                let width = self.table(list).columns().len() as u32 + 1;
                let (row, within) = ((index - 1) / width, (index - 1) % width);
                within.checked_sub(1).map_or(Place::Row(list, row), |it| Place::Cell(list, row, it as usize))
            }
        }
    }

    fn row(&self, list: u16, row: u32) -> Node {
        let width = self.table(list).columns().len() as u32 + 1;
        Node::new(u32::from(list) + 1, 1 + row * width)
    }

    fn child_places(&self, node: Node, keep: &dyn Fn(&str) -> bool, attributes: bool, out: &mut Vec<Node>) {
        let tree = &self.state.tree;
        match self.place(node) {
            Place::Document if !attributes => {
                out.extend(Some(primary(ROOT_NODE)).filter(|it| keep(self.name(*it))));
            }
            Place::Primary(id) => {
                for child in &tree.node(id).children {
                    let definition = &self.form.model.nodes[tree.node(*child).model as usize];
                    let exists = attributes || self.exists(*child);
                    if definition.is_attribute == attributes && exists && keep(&definition.name) {
                        out.push(primary(*child));
                    }
                }
            }
            Place::ListDocument if !attributes && keep("root") => out.push(Node::new(node.tree, 0)),
            Place::ListRoot(list) if !attributes && keep("item") => {
                out.extend((0..self.table(list).len() as u32).map(|row| self.row(list, row)));
            }
            Place::Row(list, _) if !attributes => {
                let columns = self.table(list).columns().iter().zip(1..);
                let cells = columns.filter(|(name, _)| keep(name));
                out.extend(cells.map(|(_, at)| Node::new(node.tree, node.index + at)));
            }
            _ => {}
        }
    }
}

impl World for Scope<'_> {
    fn kind(&self, node: Node) -> NodeKind {
        match self.place(node) {
            Place::Document | Place::ListDocument => NodeKind::Document,
            Place::Primary(id) => {
                let model = self.state.tree.node(id).model as usize;
                if self.form.model.nodes[model].is_attribute {
                    NodeKind::Attribute
                } else {
                    NodeKind::Element
                }
            }
            _ => NodeKind::Element,
        }
    }

    fn name(&self, node: Node) -> &str {
        match self.place(node) {
            Place::Document | Place::ListDocument => "",
            Place::Primary(id) => &self.form.model.nodes[self.state.tree.node(id).model as usize].name,
            Place::ListRoot(_) => "root",
            Place::Row(..) => "item",
            Place::Cell(list, _, column) => &self.table(list).columns()[column],
        }
    }

    fn namespace(&self, _node: Node) -> &str {
        ""
    }

    fn matches(&self, node: Node, name: &Name) -> bool {
        crate::parse::same_name(self.name(node), &name.written())
    }

    fn text(&self, node: Node) -> Cow<'_, str> {
        let tree = &self.state.tree;
        match self.place(node) {
            Place::Primary(id) if tree.node(id).children.is_empty() => Cow::Borrowed(&tree.node(id).value),
            Place::Primary(id) => {
                let leaves = tree.subtree(id).into_iter().filter(|it| self.exists(*it));
                Cow::Owned(leaves.map(|it| tree.node(it).value.as_str()).collect())
            }
            Place::Cell(list, row, column) => Cow::Borrowed(self.table(list).cell(row as usize, column)),
            Place::Row(list, row) => {
                let table = self.table(list);
                Cow::Owned((0..table.columns().len()).map(|it| table.cell(row as usize, it)).collect())
            }
            Place::Document => self.text(primary(ROOT_NODE)),
            Place::ListDocument | Place::ListRoot(_) => Cow::Borrowed(""),
        }
    }

    fn number(&self, node: Node) -> f64 {
        text_number(&self.text(node))
    }

    fn has_text(&self, node: Node) -> bool {
        !self.text(node).is_empty()
    }

    fn parent(&self, node: Node) -> Option<Node> {
        let document = Node::new(node.tree, DOCUMENT);
        match self.place(node) {
            Place::Document | Place::ListDocument => None,
            Place::Primary(id) => {
                let parent = self.state.tree.node(id).parent;
                Some(if parent == NO_NODE { document } else { primary(parent) })
            }
            Place::ListRoot(_) => Some(document),
            Place::Row(..) => Some(Node::new(node.tree, 0)),
            Place::Cell(list, row, _) => Some(self.row(list, row)),
        }
    }

    fn children(&self, node: Node, out: &mut Vec<Node>) {
        self.child_places(node, &|_| true, false, out);
    }

    fn children_named(&self, node: Node, name: &Name, out: &mut Vec<Node>) {
        let written = name.written();
        self.child_places(node, &|it| crate::parse::same_name(it, &written), false, out);
    }

    fn attributes(&self, node: Node, out: &mut Vec<Node>) {
        self.child_places(node, &|_| true, true, out);
    }

    fn namespaces(&self, _node: Node, _out: &mut Vec<Node>) {}

    fn order(&self, a: Node, b: Node) -> Ordering {
        let key = |it: Node| (it.tree, it.index.wrapping_add(1));
        key(a).cmp(&key(b))
    }

    fn root(&self, _node: Node) -> Node {
        Node::new(0, DOCUMENT)
    }

    fn instance_number(&self, node: Node) -> Option<u32> {
        let Place::Primary(id) = self.place(node) else { return None };
        let node = self.state.tree.node(id);
        self.form.model.nodes[node.model as usize].is_repeat.then_some(node.position)
    }

    fn single(&self, path: &Fixed, _context: Node) -> Option<Node> {
        self.state.tree.single(path.target()).filter(|it| self.exists(*it)).map(primary)
    }

    fn follow(&self, path: &Fixed, context: Node, out: &mut Vec<Node>) {
        if path.single {
            out.extend(self.single(path, context));
            return;
        }
        let tree = &self.state.tree;
        let exists = |it: &u32| self.exists(*it);
        let Place::Primary(context) = self.place(context) else { return };
        let Some(anchor) = tree.ancestor(context, path.anchor).or_else(|| tree.single(path.anchor)) else {
            return;
        };
        let mut level = vec![anchor];
        for step in &path.down {
            level = level.iter().flat_map(|it| tree.children_of(*it, *step)).collect();
        }
        // The context's own node is seen even where it is hidden: a rule may look at what it judges.
        let own = |it: &u32| *it == context || exists(it);
        out.extend(level.into_iter().filter(own).map(primary));
    }

    fn aggregate(&self, _aggregate: u32, _context: Node) -> f64 {
        f64::NAN
    }

    fn list(&self, number: u16) -> Option<Node> {
        Some(Node::new(u32::from(number) + 1, DOCUMENT))
    }

    fn instance(&self, id: &str) -> Option<Node> {
        let number = self.form.lists.iter().position(|it| it.id == id)?;
        self.list(number as u16)
    }

    fn rows_where(&self, parent: Node, column: &str, value: &str, out: &mut Vec<Node>) -> bool {
        let Place::ListRoot(list) = self.place(parent) else { return false };
        let table = self.table(list);
        if let Some(column) = table.column(column) {
            out.extend(table.rows_where(column, value).iter().map(|row| self.row(list, *row)));
        }
        true
    }

    fn by_id(&self, _any: Node, _id: &str) -> Option<Node> {
        None
    }

    fn language(&self) -> &str {
        self.form.texts.languages.get(self.state.language).map_or("", |it| it)
    }

    fn choice_label(&self, question: ModelId, context: Node, value: &str) -> Option<String> {
        let Place::Primary(context) = self.place(context) else { return None };
        let item = &self.form.body[self.form.question_of[question as usize]? as usize];
        self.label_of_choice(&item.choices, context, value)
    }

    fn itext(&self, id: &str, context: Node) -> Option<String> {
        let node = if let Place::Primary(node) = self.place(context) { node } else { ROOT_NODE };
        self.form.texts.numbers.get(id).map(|it| self.itext_number(*it, node))
    }

    fn env(&self) -> &Env {
        &self.state.env
    }

    fn draw(&self) -> u64 {
        crate::chance::draw(&self.state.chance)
    }
}
