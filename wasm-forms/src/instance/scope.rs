//! The instance, the lists and the texts as expressions see them.

use std::borrow::Cow;
use std::cell::Cell;

use super::state::State;
use super::tree::{NO_NODE, ROOT_NODE};
use crate::Env;
use crate::form::{Choices, Form, Piece, Text};
use crate::lists::Table;
use crate::view::Choice;
use crate::xpath::ast::{Fixed, ModelId};
use crate::xpath::{Context, Node, Value, World, eval};

/// A session's world at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub form: &'a Form,
    pub state: &'a State,
}

impl<'a> Scope<'a> {
    pub fn evaluate(&self, expr: &crate::xpath::Expr, node: u32) -> Value {
        eval::evaluate(expr, &Context::new(self, Node::Primary(node)))
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
        let context = Context { node: row, ..Context::new(self, Node::Primary(node)) };
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
        let rows = table.column(column).map(|it| table.rows_where(it, wanted)).unwrap_or_default();
        Some(rows.first().map(|row| Node::Row(*list, *row)))
    }

    fn exists(&self, node: u32) -> bool {
        self.state.tree.node(node).relevant
    }
}

impl World for Scope<'_> {
    fn children(&self, node: Node, name: Option<&str>, out: &mut Vec<Node>) {
        let tree = &self.state.tree;
        match node {
            Node::Document => out.push(Node::Primary(ROOT_NODE)),
            Node::Primary(id) => {
                for child in &tree.node(id).children {
                    let definition = &self.form.model.nodes[tree.node(*child).model as usize];
                    let named = name.is_none_or(|it| crate::parse::same_name(&definition.name, it));
                    if named && !definition.is_attribute && self.exists(*child) {
                        out.push(Node::Primary(*child));
                    }
                }
            }
            Node::ListDocument(list) => {
                if name.is_none_or(|it| it == "root") {
                    out.push(Node::ListRoot(list));
                }
            }
            Node::ListRoot(list) => {
                if name.is_none_or(|it| it == "item") {
                    out.extend((0..self.table(list).len() as u32).map(|row| Node::Row(list, row)));
                }
            }
            Node::Row(list, row) => {
                let table = self.table(list);
                match name {
                    Some(name) => out.extend(table.column(name).map(|it| Node::Cell(list, row, it as u16))),
                    None => out.extend((0..table.columns().len() as u16).map(|it| Node::Cell(list, row, it))),
                }
            }
            Node::Cell(..) => {}
        }
    }

    fn attributes(&self, node: Node, name: Option<&str>, out: &mut Vec<Node>) {
        let Node::Primary(id) = node else { return };
        let tree = &self.state.tree;
        for child in &tree.node(id).children {
            let definition = &self.form.model.nodes[tree.node(*child).model as usize];
            if definition.is_attribute && name.is_none_or(|it| *it == *definition.name) {
                out.push(Node::Primary(*child));
            }
        }
    }

    fn parent(&self, node: Node) -> Option<Node> {
        match node {
            Node::Document | Node::ListDocument(_) => None,
            Node::Primary(id) => {
                let parent = self.state.tree.node(id).parent;
                Some(if parent == NO_NODE { Node::Document } else { Node::Primary(parent) })
            }
            Node::ListRoot(list) => Some(Node::ListDocument(list)),
            Node::Row(list, _) => Some(Node::ListRoot(list)),
            Node::Cell(list, row, _) => Some(Node::Row(list, row)),
        }
    }

    fn instance_number(&self, node: Node) -> Option<u32> {
        let Node::Primary(id) = node else { return None };
        let node = self.state.tree.node(id);
        self.form.model.nodes[node.model as usize].is_repeat.then_some(node.position)
    }

    fn name(&self, node: Node) -> &str {
        match node {
            Node::Document | Node::ListDocument(_) => "",
            Node::Primary(id) => &self.form.model.nodes[self.state.tree.node(id).model as usize].name,
            Node::ListRoot(_) => "root",
            Node::Row(..) => "item",
            Node::Cell(list, _, column) => &self.table(list).columns()[usize::from(column)],
        }
    }

    fn text(&self, node: Node) -> Cow<'_, str> {
        let tree = &self.state.tree;
        match node {
            Node::Primary(id) if tree.node(id).children.is_empty() => Cow::Borrowed(&tree.node(id).value),
            Node::Primary(id) => {
                let leaves = tree.subtree(id).into_iter().filter(|it| self.exists(*it));
                Cow::Owned(leaves.map(|it| tree.node(it).value.as_str()).collect())
            }
            Node::Cell(list, row, column) => {
                Cow::Borrowed(self.table(list).cell(row as usize, usize::from(column)))
            }
            Node::Row(list, row) => {
                let table = self.table(list);
                Cow::Owned((0..table.columns().len()).map(|it| table.cell(row as usize, it)).collect())
            }
            Node::Document => self.text(Node::Primary(ROOT_NODE)),
            Node::ListDocument(_) | Node::ListRoot(_) => Cow::Borrowed(""),
        }
    }

    fn follow(&self, path: &Fixed, context: Node, out: &mut Vec<Node>) {
        let tree = &self.state.tree;
        let exists = |it: &u32| self.exists(*it);
        if path.single {
            out.extend(tree.single(path.target()).filter(exists).map(Node::Primary));
            return;
        }
        let Node::Primary(context) = context else { return };
        let Some(anchor) = tree.ancestor(context, path.anchor).or_else(|| tree.single(path.anchor)) else {
            return;
        };
        let mut level = vec![anchor];
        for step in &path.down {
            level = level.iter().flat_map(|it| tree.children_of(*it, *step)).collect();
        }
        // The context's own node is seen even where it is hidden: a rule may look at what it judges.
        let own = |it: &u32| *it == context || exists(it);
        out.extend(level.into_iter().filter(own).map(Node::Primary));
    }

    fn list(&self, number: u16) -> Node {
        Node::ListDocument(number)
    }

    fn rows_where(&self, root: Node, column: &str, value: &str, out: &mut Vec<Node>) -> bool {
        let Node::ListRoot(list) = root else { return false };
        let table = self.table(list);
        if let Some(column) = table.column(column) {
            out.extend(table.rows_where(column, value).iter().map(|row| Node::Row(list, *row)));
        }
        true
    }

    fn choice_label(&self, question: ModelId, context: Node, value: &str) -> Option<String> {
        let Node::Primary(context) = context else { return None };
        let item = &self.form.body[self.form.question_of[question as usize]? as usize];
        self.label_of_choice(&item.choices, context, value)
    }

    fn itext(&self, id: &str, context: Node) -> String {
        let node = if let Node::Primary(node) = context { node } else { ROOT_NODE };
        self.form.texts.numbers.get(id).map_or_else(String::new, |it| self.itext_number(*it, node))
    }

    fn env(&self) -> &Env {
        &self.state.env
    }

    fn draw(&self) -> u64 {
        draw(&self.state.chance)
    }
}

/// SplitMix64: the next 64 bits of a session's chance.
fn draw(state: &Cell<u64>) -> u64 {
    state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
    let mut bits = state.get();
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
