//! An XML document as a compact arena, for lists that are no tables and for expressions over any document.
//!
//! Nodes are numbered in document order: a node, its namespace declarations, its attributes, then what is inside.
//! So order is a comparison of numbers and what is below a node is the range up to its end. All character data
//! lies in one buffer in document order: the string value of an element is a slice of it.

use std::ops::Range;

#[cfg(any(test, feature = "expression"))]
use crate::document::{self, Unreadable};
use crate::document::{Kind, Node};
use crate::hash::FastMap;
use crate::xpath::NodeKind;
#[cfg(any(test, feature = "expression"))]
use crate::xpath::ast::Name;

/// The document node's number.
pub(crate) const DOCUMENT: u32 = 0;
#[cfg(any(test, feature = "expression"))]
/// The most nodes of a document.
const MAX_NODES: u32 = 4_000_000;

#[derive(Debug, Clone, Copy)]
struct Record {
    kind: NodeKind,
    /// A number in `names`.
    name: u32,
    parent: u32,
    /// The first node after all that is below this one.
    end: u32,
    /// Where its text lies: in `texts` for the document, elements and text nodes, else in `values`.
    from: u32,
    to: u32,
}

#[derive(Debug)]
struct QName {
    /// As written, with its prefix.
    written: Box<str>,
    namespace: Box<str>,
}

/// A document that does not change.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<Record>,
    names: Vec<QName>,
    texts: String,
    values: String,
}

impl Document {
    /// Reads a document without a document type declaration.
    #[cfg(test)]
    pub fn parse(text: &str) -> Result<Document, Unreadable> {
        document::read(text, MAX_NODES).map(|it| Document::of(&it))
    }

    /// Reads a document that may have a document type declaration.
    #[cfg(any(test, feature = "expression"))]
    pub fn parse_with_doctype(text: &str) -> Result<Document, Unreadable> {
        document::read_with_doctype(text, MAX_NODES).map(|it| Document::of(&it))
    }

    #[cfg(any(test, feature = "expression"))]
    fn of(source: &document::Document<'_>) -> Document {
        Builder::new(source.root().n_below()).build(source.root())
    }

    /// Takes an element and what is in it out of another document.
    pub fn of_element(element: Node<'_, '_>) -> Document {
        let mut builder = Builder::new(element.n_below() + 2);
        builder.push_in_texts(NodeKind::Document, 0, DOCUMENT, "");
        let mut document = builder.build(element);
        let (end, to) = (document.nodes.len() as u32, document.texts.len() as u32);
        let whole = &mut document.nodes[DOCUMENT as usize];
        (whole.end, whole.to) = (end, to);
        document
    }

    #[cfg(any(test, feature = "expression"))]
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    pub fn kind(&self, node: u32) -> NodeKind {
        self.record(node).kind
    }

    /// Returns the name as written; a target for a processing instruction, a prefix for a namespace.
    pub fn name(&self, node: u32) -> &str {
        &self.names[self.record(node).name as usize].written
    }

    pub fn namespace(&self, node: u32) -> &str {
        &self.names[self.record(node).name as usize].namespace
    }

    /// Returns the string value.
    pub fn text(&self, node: u32) -> &str {
        let record = self.record(node);
        let buffer = match record.kind {
            NodeKind::Document | NodeKind::Element | NodeKind::Text => &self.texts,
            _ => &self.values,
        };
        &buffer[record.from as usize..record.to as usize]
    }

    pub fn parent(&self, node: u32) -> Option<u32> {
        (node != DOCUMENT).then(|| self.record(node).parent)
    }

    /// Returns the child nodes in order.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.record(node).end;
        let first = node + 1 + self.own(node).len() as u32;
        std::iter::successors(Some(first), |it| self.nodes.get(*it as usize).map(|it| it.end))
            .take_while(move |it| *it < end)
    }

    #[cfg(any(test, feature = "expression"))]
    /// Returns the child elements of a name.
    pub fn children_named<'a>(&'a self, node: u32, name: &'a Name) -> impl Iterator<Item = u32> + 'a {
        // Names are few and follow one another: what was just looked at is not compared again.
        let mut known = (u32::MAX, false);
        self.children(node).filter(move |it| {
            let record = self.record(*it);
            if record.kind != NodeKind::Element {
                return false;
            }
            if known.0 != record.name {
                known = (record.name, same_name(&self.names[record.name as usize].written, name));
            }
            known.1
        })
    }

    pub fn attributes(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.own(node).filter(|it| self.kind(*it) == NodeKind::Attribute)
    }

    #[cfg(any(test, feature = "expression"))]
    /// Returns an attribute's value by its name as written.
    pub fn attribute(&self, node: u32, name: &str) -> Option<&str> {
        self.attributes(node).find(|it| self.name(*it) == name).map(|it| self.text(it))
    }

    #[cfg(any(test, feature = "expression"))]
    /// Returns the namespaces that an element declares.
    pub fn namespaces(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        self.own(node).filter(|it| self.kind(*it) == NodeKind::Namespace)
    }

    #[cfg(any(test, feature = "expression"))]
    /// Returns the first element whose attribute `id` or `xml:id` this is.
    pub fn by_id(&self, id: &str) -> Option<u32> {
        let names = |it: &u32| matches!(self.name(*it), "id" | "xml:id") && self.text(*it) == id;
        (0..self.len())
            .filter(|it| self.kind(*it) == NodeKind::Attribute)
            .find(names)
            .map(|it| self.record(it).parent)
    }

    fn record(&self, node: u32) -> &Record {
        &self.nodes[node as usize]
    }

    /// The namespace declarations and attributes of an element.
    fn own(&self, node: u32) -> Range<u32> {
        let from = node + 1;
        let is_own = |it: &u32| {
            self.nodes.get(*it as usize).is_some_and(|it| {
                it.parent == node && matches!(it.kind, NodeKind::Attribute | NodeKind::Namespace)
            })
        };
        from..(from..).find(|it| !is_own(it)).unwrap_or(from)
    }
}

#[cfg(any(test, feature = "expression"))]
/// Whether a written name is the one asked for; a prefix counts only where both have one, because forms in the
/// field bind them in many ways.
pub(crate) fn same_name(written: &str, name: &Name) -> bool {
    let (prefix, local) =
        written.split_once(':').map_or((None, written), |(prefix, local)| (Some(prefix), local));
    let same_prefix = match (prefix, name.prefix()) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    same_prefix && (name.local() == local || name.local() == "*")
}

struct Builder<'d> {
    document: Document,
    /// Numbers in `names`, by name as written and namespace.
    numbers: FastMap<(&'d str, &'d str), u32>,
}

impl<'d> Builder<'d> {
    /// `n_nodes` are to come at least.
    fn new(n_nodes: usize) -> Self {
        let nameless = QName { written: "".into(), namespace: "".into() };
        let document = Document {
            nodes: Vec::with_capacity(n_nodes),
            names: vec![nameless],
            texts: String::new(),
            values: String::new(),
        };
        Self { document, numbers: FastMap::from_iter([(("", ""), 0)]) }
    }

    /// Copies a node and what is below it; elements that are open wait on a stack, so that depth does not matter.
    fn build(mut self, top: Node<'d, '_>) -> Document {
        let mut open: Vec<(u32, Node<'d, '_>)> = Vec::new();
        for node in top.descendants() {
            while let Some((number, _)) = open.pop_if(|(_, it)| node.parent() != Some(*it)) {
                self.close(number);
            }
            let parent = open.last().map_or(DOCUMENT, |(number, _)| *number);
            open.push((self.document.nodes.len() as u32, node));
            self.add(node, parent);
        }
        while let Some((number, _)) = open.pop() {
            self.close(number);
        }
        self.document.nodes.shrink_to_fit();
        self.document
    }

    fn close(&mut self, number: u32) {
        let (end, to) = (self.document.nodes.len() as u32, self.document.texts.len() as u32);
        let record = &mut self.document.nodes[number as usize];
        record.end = end;
        if matches!(record.kind, NodeKind::Document | NodeKind::Element) {
            record.to = to;
        }
    }

    fn add(&mut self, node: Node<'d, '_>, parent: u32) {
        let text = node.text().unwrap_or_default();
        match node.kind() {
            Kind::Document => self.push_in_texts(NodeKind::Document, 0, parent, ""),
            Kind::Text => self.push_in_texts(NodeKind::Text, 0, parent, text),
            Kind::Comment => self.push_in_values(NodeKind::Comment, 0, parent, text),
            Kind::Instruction => {
                let name = self.name(node.qualified_name(), "");
                self.push_in_values(NodeKind::ProcessingInstruction, name, parent, text);
            }
            Kind::Element => self.add_element(node, parent),
        }
    }

    fn add_element(&mut self, node: Node<'d, '_>, parent: u32) {
        let number = self.document.nodes.len() as u32;
        let name = self.name(node.qualified_name(), node.namespace().unwrap_or_default());
        self.push_in_texts(NodeKind::Element, name, parent, "");
        for (prefix, namespace) in node.declarations() {
            let name = self.name(prefix, "");
            self.push_in_values(NodeKind::Namespace, name, number, namespace);
        }
        for attribute in node.attributes() {
            let name = self.name(attribute.qualified_name(), attribute.namespace().unwrap_or_default());
            self.push_in_values(NodeKind::Attribute, name, number, attribute.value());
        }
    }

    fn name(&mut self, written: &'d str, namespace: &'d str) -> u32 {
        let names = &mut self.document.names;
        *self.numbers.entry((written, namespace)).or_insert_with(|| {
            names.push(QName { written: written.into(), namespace: namespace.into() });
            names.len() as u32 - 1
        })
    }

    fn push_in_texts(&mut self, kind: NodeKind, name: u32, parent: u32, text: &str) {
        let from = self.document.texts.len() as u32;
        self.document.texts += text;
        self.push(kind, name, parent, from..self.document.texts.len() as u32);
    }

    fn push_in_values(&mut self, kind: NodeKind, name: u32, parent: u32, value: &str) {
        let from = self.document.values.len() as u32;
        self.document.values += value;
        self.push(kind, name, parent, from..self.document.values.len() as u32);
    }

    fn push(&mut self, kind: NodeKind, name: u32, parent: u32, text: Range<u32>) {
        let end = self.document.nodes.len() as u32 + 1;
        self.document.nodes.push(Record { kind, name, parent, end, from: text.start, to: text.end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str, expected: &[&str]) {
        let document = Document::parse(xml).expect("a document");
        let show = |it: u32| format!("{:?} {}={}", document.kind(it), document.name(it), document.text(it));
        assert_eq!((0..document.len()).map(show).collect::<Vec<_>>(), expected, "{xml}");
    }

    #[test]
    fn nodes_are_numbered_in_document_order() {
        check(
            "<a x='1' p:y='2' xmlns:p='u'>t<b>u</b><!--c--><?i v?><p:c/>w</a>",
            &[
                "Document =tuw",
                "Element a=tuw",
                "Namespace p=u",
                "Attribute x=1",
                "Attribute p:y=2",
                "Text =t",
                "Element b=u",
                "Text =u",
                "Comment =c",
                "ProcessingInstruction i=v",
                "Element p:c=",
                "Text =w",
            ],
        );
    }

    #[test]
    fn children_and_names_are_found() {
        let document =
            Document::parse("<a i='1'><b/>t<p:b xmlns:p='u'><b/></p:b><c/></a>").expect("a document");
        let named = |name| document.children_named(1, &Name::parse(name)).collect::<Vec<_>>();
        assert_eq!(document.children(1).collect::<Vec<_>>(), [3, 4, 5, 8]);
        assert_eq!(named("b"), [3, 5]);
        assert_eq!(named("p:b"), [3, 5]);
        assert_eq!(named("q:b"), [3]);
        assert_eq!(document.attribute(1, "i"), Some("1"));
        assert_eq!(document.by_id("1"), None);
        assert_eq!(document.parent(7), Some(5));
        assert_eq!(document.namespace(5), "u");
    }

    #[test]
    fn depth_does_not_matter() {
        let depth = 900;
        let xml = "<a>".repeat(depth) + "x" + &"</a>".repeat(depth);
        let document = Document::parse(&xml).expect("a document");
        assert_eq!((document.len() as usize, document.text(DOCUMENT)), (depth + 2, "x"));
    }

    #[test]
    fn entity_bombs_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>";
        assert!(Document::parse(bomb).is_err());
    }
}
