//! The instance and the lists as trees of nodes.
//!
//! Tree 0 is the primary instance: index 0 its document, then the instance's nodes. Tree n + 1 is list n: document,
//! root element, then row by row the row and its cells. The text inside a node is the node with its highest bit set.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::scope::{DOCUMENT, PLAIN, Scope, TEXT, primary};
use super::tally::{Aggregate, Tally};
use super::tree::ROOT_NODE;
use crate::Env;
use crate::parse::{local, same_name};
use crate::signed::Verify;
use crate::view::DataType;
use crate::xml::Document;
use crate::xpath::ast::{Fixed, ModelId, Name};
use crate::xpath::sum::sum;
use crate::xpath::value::text_number;
use crate::xpath::{Node, NodeKind, World};

/// The index of a list's root element.
const LIST_ROOT: u32 = 1;

/// What a node stands for.
enum Place<'a> {
    Document,
    Primary(u32),
    ListDocument,
    ListRoot(u16),
    /// List, row.
    Row(u16, usize),
    /// List, row, column.
    Cell(u16, usize, usize),
    /// The text inside another node.
    Text(Node),
    /// A node of a list that is no table.
    Tree(&'a Document, u32),
}

impl<'a> Scope<'a> {
    fn place(&self, node: Node) -> Place<'a> {
        let list = node.tree.checked_sub(1).map(|it| it as u16);
        if let Some(document) = list.and_then(|it| self.table(it).tree()) {
            return Place::Tree(document, node.index);
        }
        if node.index & TEXT != 0 {
            return Place::Text(Node::new(node.tree, node.index & !TEXT));
        }
        let Some(list) = list else {
            return node.index.checked_sub(1).map_or(Place::Document, Place::Primary);
        };
        match node.index {
            DOCUMENT => Place::ListDocument,
            LIST_ROOT => Place::ListRoot(list),
            index => {
                let width = self.table(list).columns().len() as u32 + 1;
                let (row, within) = ((index - 2) / width, (index - 2) % width);
                match within.checked_sub(1) {
                    None => Place::Row(list, row as usize),
                    Some(column) => Place::Cell(list, row as usize, column as usize),
                }
            }
        }
    }

    fn has_children(&self, id: u32) -> bool {
        !self.form.facts[self.state.tree.node(id).model as usize].is_leaf
    }

    /// Returns the instance node, where it is one: what most expressions ask about.
    fn instance_node(&self, node: Node) -> Option<u32> {
        (node.tree == 0 && node.index & TEXT == 0).then(|| node.index.checked_sub(1)).flatten()
    }

    fn primary_children(&self, id: u32, is_attribute: bool, out: &mut Vec<Node>) {
        let (tree, model) = (&self.state.tree, &self.form.model);
        let node = tree.node(id);
        for child in &model.node(node.model).children {
            if model.node(*child).is_attribute == is_attribute {
                tree.each_named(model, node.frame, *child, &mut |it| {
                    if is_attribute || self.exists(it) {
                        out.push(primary(it));
                    }
                });
            }
        }
    }

    fn cells(&self, list: u16, row: usize, node: Node, out: &mut Vec<Node>) {
        let table = self.table(list);
        let present = (0..table.columns().len()).filter(|it| table.has_cell(row, *it));
        out.extend(present.map(|it| Node::new(node.tree, node.index + 1 + it as u32)));
    }

    /// Makes a tally of the nodes that can be seen.
    fn tally(&self, aggregate: Aggregate, nodes: &[u32]) -> Tally {
        let mut tally = Tally::default();
        for id in nodes.iter().filter(|it| self.exists(**it)) {
            let node = self.state.tree.node(*id);
            tally.add(aggregate, node.value().is_empty(), node.number());
        }
        tally
    }
}

impl World for Scope<'_> {
    fn kind(&self, node: Node) -> NodeKind {
        match self.place(node) {
            Place::Tree(document, it) => document.kind(it),
            Place::Document | Place::ListDocument => NodeKind::Document,
            Place::Primary(id) if self.form.model.node(self.state.tree.node(id).model).is_attribute => {
                NodeKind::Attribute
            }
            Place::Text(_) => NodeKind::Text,
            _ => NodeKind::Element,
        }
    }

    fn name(&self, node: Node) -> &str {
        match self.place(node) {
            Place::Tree(document, it) => document.name(it),
            Place::Document | Place::ListDocument | Place::Text(_) => "",
            Place::Primary(id) => &self.form.model.node(self.state.tree.node(id).model).name,
            Place::ListRoot(list) => self.table(list).root_name(),
            Place::Row(list, _) => self.table(list).row_name(),
            Place::Cell(list, _, column) => &self.table(list).columns()[column],
        }
    }

    fn namespace(&self, node: Node) -> &str {
        if let Place::Tree(document, it) = self.place(node) {
            return document.namespace(it);
        }
        let Some((prefix, _)) = self.name(node).split_once(':') else {
            let is_element = node.tree == 0 && self.kind(node) == NodeKind::Element;
            return if is_element { &self.form.model.default_namespace } else { "" };
        };
        let declared = self.form.model.namespaces.iter().find(|(it, _)| it == prefix);
        declared.map_or("", |(_, namespace)| namespace)
    }

    fn matches(&self, node: Node, name: &Name) -> bool {
        let own = self.name(node);
        match name.prefix() {
            None => local(own) == name.local(),
            Some(prefix) if name.local() == "*" => {
                own.strip_prefix(prefix).is_some_and(|it| it.starts_with(':'))
            }
            Some(_) => same_name(own, name.written()),
        }
    }

    fn text(&self, node: Node) -> Cow<'_, str> {
        let tree = &self.state.tree;
        if let Some(id) = self.instance_node(node).filter(|it| !self.has_children(*it)) {
            return Cow::Borrowed(tree.node(id).value());
        }
        match self.place(node) {
            Place::Tree(document, it) => Cow::Borrowed(document.text(it)),
            Place::Primary(id) => {
                let is_text =
                    |it: &u32| self.exists(*it) && !self.form.model.node(tree.node(*it).model).is_attribute;
                let below = tree.subtree(&self.form.model, id).into_iter().filter(is_text);
                Cow::Owned(below.map(|it| tree.node(it).value()).collect())
            }
            Place::Cell(list, row, column) => Cow::Borrowed(self.table(list).cell(row, column)),
            Place::Row(list, row) => {
                let table = self.table(list);
                Cow::Owned((0..table.columns().len()).map(|it| table.cell(row, it)).collect())
            }
            Place::Document => self.text(self.root_node()),
            Place::ListDocument => self.text(Node::new(node.tree, LIST_ROOT)),
            Place::ListRoot(list) => {
                let table = self.table(list);
                let rows =
                    (0..table.len()).flat_map(|row| (0..table.columns().len()).map(move |it| (row, it)));
                Cow::Owned(rows.map(|(row, column)| table.cell(row, column)).collect())
            }
            Place::Text(around) => self.text(around),
        }
    }

    fn number(&self, node: Node) -> f64 {
        match self.instance_node(node) {
            Some(id) if !self.has_children(id) => self.state.tree.node(id).number(),
            _ => text_number(&self.text(node)),
        }
    }

    fn has_text(&self, node: Node) -> bool {
        match self.instance_node(node) {
            Some(id) if !self.has_children(id) => !self.state.tree.node(id).value().is_empty(),
            _ => !self.text(node).is_empty(),
        }
    }

    fn is_true(&self, node: Node) -> bool {
        let is_boolean =
            |id: u32| self.form.data_types[self.state.tree.node(id).model as usize] == DataType::Boolean;
        match self.place(node) {
            Place::Primary(id) if is_boolean(id) => {
                !matches!(self.state.tree.node(id).value(), "" | "false" | "0")
            }
            _ => self.has_text(node),
        }
    }

    fn parent(&self, node: Node) -> Option<Node> {
        match self.place(node) {
            Place::Tree(document, it) => document.parent(it).map(|it| Node::new(node.tree, it)),
            Place::Document | Place::ListDocument => None,
            Place::Primary(id) => {
                let parent = self.state.tree.parent(&self.form.model, id);
                Some(parent.map_or(Node::new(0, DOCUMENT), primary))
            }
            Place::ListRoot(_) => Some(Node::new(node.tree, DOCUMENT)),
            Place::Row(..) => Some(Node::new(node.tree, LIST_ROOT)),
            Place::Cell(list, row, _) => Some(self.row(list, row as u32)),
            Place::Text(around) => Some(around),
        }
    }

    fn children(&self, node: Node, out: &mut Vec<Node>) {
        match self.place(node) {
            Place::Tree(document, it) => {
                out.extend(document.children(it).map(|it| Node::new(node.tree, it)));
            }
            Place::Document => out.push(self.root_node()),
            Place::Primary(id) if self.has_children(id) => self.primary_children(id, false, out),
            Place::ListDocument => out.push(Node::new(node.tree, LIST_ROOT)),
            Place::ListRoot(list) => {
                out.extend((0..self.table(list).len() as u32).map(|row| self.row(list, row)));
            }
            Place::Row(list, row) => self.cells(list, row, node, out),
            Place::Primary(_) | Place::Cell(..) if self.has_text(node) => {
                out.push(Node::new(node.tree, node.index | TEXT));
            }
            Place::Primary(_) | Place::Cell(..) | Place::Text(_) => {}
        }
    }

    fn children_named(&self, node: Node, name: &Name, out: &mut Vec<Node>) {
        match self.place(node) {
            Place::Primary(id) if name.local() != "*" => {
                let (tree, model) = (&self.state.tree, &self.form.model);
                let parent = tree.node(id);
                let child = match name.prefix() {
                    None => model.child(parent.model, name.local(), false),
                    Some(_) => model.child(parent.model, name.written(), false),
                };
                let Some(child) = child else { return };
                tree.each_named(model, parent.frame, child, &mut |it| {
                    if self.exists(it) {
                        out.push(primary(it));
                    }
                });
            }
            Place::Row(list, row) => {
                let table = self.table(list);
                let column = table.column(name.local()).filter(|it| table.has_cell(row, *it));
                out.extend(column.map(|it| Node::new(node.tree, node.index + 1 + it as u32)));
            }
            _ => {
                let from = out.len();
                self.children(node, out);
                let named: Vec<Node> = out.drain(from..).filter(|it| self.matches(*it, name)).collect();
                out.extend(named);
            }
        }
    }

    fn attributes(&self, node: Node, out: &mut Vec<Node>) {
        match self.place(node) {
            Place::Primary(id) => self.primary_children(id, true, out),
            Place::Tree(document, it) => {
                out.extend(document.attributes(it).map(|it| Node::new(node.tree, it)));
            }
            _ => {}
        }
    }

    fn namespaces(&self, _node: Node, _out: &mut Vec<Node>) {}

    fn order(&self, a: Node, b: Node) -> Ordering {
        let is_primary = |it: Node| it.tree == 0 && it.index != DOCUMENT;
        if !is_primary(a) || !is_primary(b) {
            let key = |it: Node| (it.tree, it.index & !TEXT, it.index & TEXT);
            return key(a).cmp(&key(b));
        }
        let place = |it: Node| self.state.tree.place(&self.form.model, (it.index & !TEXT) - 1);
        place(a).cmp(&place(b)).then((a.index & TEXT).cmp(&(b.index & TEXT)))
    }

    fn root(&self, _node: Node) -> Node {
        Node::new(0, DOCUMENT)
    }

    fn instance_number(&self, node: Node) -> Option<u32> {
        let Place::Primary(id) = self.place(node) else { return None };
        let is_repeat = self.form.model.node(self.state.tree.node(id).model).is_repeat;
        is_repeat.then(|| self.state.tree.frame_of(id).position + 1)
    }

    fn single(&self, path: &Fixed, context: Node) -> Option<Node> {
        let context = self.instance_node(context).unwrap_or(ROOT_NODE);
        let found = self.state.tree.follow_single(path, &self.form.model, context);
        // The context's own node is seen even where it is hidden: a rule may look at what it judges.
        (found == context || self.exists(found)).then(|| primary(found))
    }

    fn follow(&self, path: &Fixed, context: Node, out: &mut Vec<Node>) {
        if path.single {
            out.extend(self.single(path, context));
            return;
        }
        let context = self.instance_node(context).unwrap_or(ROOT_NODE);
        let mut found = Vec::new();
        self.state.tree.follow(path, &self.form.model, context, &mut found);
        out.extend(found.into_iter().filter(|it| *it == context || self.exists(*it)).map(primary));
    }

    fn aggregate(&self, number: u32, context: Node) -> f64 {
        let context = self.instance_node(context).unwrap_or(ROOT_NODE);
        let (tree, model) = (&self.state.tree, &self.form.model);
        let kept = &self.form.aggregates[number as usize];
        let frame = tree.frame_at_depth(tree.node(context).frame, model, kept.path.depth);
        let nodes = || {
            let mut nodes = Vec::new();
            tree.follow(&kept.path, model, context, &mut nodes);
            nodes
        };
        let mut tallies = self.state.tallies.borrow_mut();
        let tally = tallies.entry((number, frame)).or_insert_with(|| self.tally(kept.aggregate, &nodes()));
        tally.value(kept.aggregate).unwrap_or_else(|| {
            let nodes: Vec<u32> = nodes().into_iter().filter(|it| self.exists(*it)).collect();
            sum(nodes.iter().map(|it| tree.node(*it).number()))
        })
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
        let number = self.form.texts.number(id)?;
        self.itext_form(number, &PLAIN, node)
    }

    fn env(&self) -> &Env {
        &self.state.env
    }

    fn verifier(&self) -> Option<Verify> {
        self.form.verify
    }

    fn draw(&self) -> u64 {
        Scope::draw(self)
    }
}

/// How a change of a node counts in the aggregates it belongs to.
impl super::State {
    /// Takes what a node counts for out of every aggregate kept; to be called before it changes.
    pub fn discount(&mut self, form: &crate::Form, node: u32) {
        self.count_with(form, node, Tally::take);
    }

    /// Adds what a node counts for to every aggregate kept; to be called after it changed.
    pub fn count(&mut self, form: &crate::Form, node: u32) {
        self.count_with(form, node, Tally::add);
    }

    fn count_with(&mut self, form: &crate::Form, node: u32, apply: fn(&mut Tally, Aggregate, bool, f64)) {
        let own = self.tree.node(node);
        if !form.facts[own.model as usize].is_aggregated || !own.relevant || self.tree.is_removed(node) {
            return;
        }
        let (is_empty, number) = (own.value().is_empty(), own.number());
        for aggregate in form.aggregates_of.of(own.model) {
            let kept = &form.aggregates[*aggregate as usize];
            let frame = self.tree.frame_at_depth(own.frame, &form.model, kept.path.depth);
            if let Some(tally) = self.tallies.get_mut().get_mut(&(*aggregate, frame)) {
                apply(tally, kept.aggregate, is_empty, number);
            }
        }
    }
}
