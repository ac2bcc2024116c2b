//! A document as expressions see it, with the itext and the secondary instances that it may hold.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;

use super::{Condition, Place};
use crate::Env;
use crate::xml::{Document, same_name};
use crate::xpath::ast::{Fixed, ModelId, Name};
use crate::xpath::value::text_number;
use crate::xpath::{Expr, Node, NodeKind, ParseError, World};

const XFORMS: &str = "http://www.w3.org/2002/xforms";
const JAVAROSA: &str = "http://openrosa.org/javarosa";

pub(super) struct DocumentWorld<'a> {
    document: &'a Document,
    root: u32,
    place: &'a Place,
    chance: Cell<u64>,
    refused: RefCell<Option<String>>,
}

impl<'a> DocumentWorld<'a> {
    pub fn new(document: &'a Document, root: u32, place: &'a Place) -> Self {
        let chance = Cell::new(place.env.seed);
        Self { document, root, place, chance, refused: RefCell::new(None) }
    }

    /// Returns the first thing that was evaluated and is wrong.
    pub fn refused(&self) -> Option<String> {
        self.refused.borrow_mut().take()
    }

    /// Whether `jr:` means JavaRosa's functions where the expression calls one of them.
    pub fn check_prefixes(&self, expr: &Expr) -> Result<(), String> {
        let mut problem = None;
        expr.walk(&mut |it| {
            if let Expr::Call(function, _) = it
                && let Some((prefix, _)) = function.name().split_once(':')
                && self.place.namespaces.get(prefix).is_some_and(|it| it != JAVAROSA)
            {
                problem = Some(format!("unknown function {}", function.name()));
            }
        });
        problem.map_or(Ok(()), Err)
    }

    /// Returns all elements of a local name.
    fn elements(&self, local: &'static str) -> impl Iterator<Item = u32> + '_ {
        let name = Name::parse(local);
        let is_wanted = move |it: &u32| {
            self.document.kind(*it) == NodeKind::Element && same_name(self.document.name(*it), &name)
        };
        (0..self.document.len()).filter(is_wanted)
    }

    /// Returns the values of an itext in the current language, else in the default, else in the first one.
    fn itext_values(&self, id: &str) -> Vec<u32> {
        let translations: Vec<u32> = self.elements("translation").collect();
        let attribute = |node: u32, name: &str| self.document.attribute(node, name);
        let own = translations.iter().find(|it| {
            self.place.language.is_some() && attribute(**it, "lang") == self.place.language.as_deref()
        });
        let default = translations.iter().find(|it| attribute(**it, "default").is_some());
        let Some(translation) = own.or(default).or(translations.first()) else { return Vec::new() };
        let (text, value) = (Name::parse("text"), Name::parse("value"));
        let text =
            self.document.children_named(*translation, &text).find(|it| attribute(*it, "id") == Some(id));
        text.map_or_else(Vec::new, |it| self.document.children_named(it, &value).collect())
    }
}

fn node(index: u32) -> Node {
    Node::new(0, index)
}

impl World for DocumentWorld<'_> {
    fn kind(&self, node: Node) -> NodeKind {
        self.document.kind(node.index)
    }

    fn name(&self, node: Node) -> &str {
        self.document.name(node.index)
    }

    fn namespace(&self, node: Node) -> &str {
        self.document.namespace(node.index)
    }

    fn matches(&self, node: Node, name: &Name) -> bool {
        let written = self.document.name(node.index);
        let namespace = self.document.namespace(node.index);
        let local = written.rsplit_once(':').map_or(written, |(_, local)| local);
        let same_local = name.local() == local || name.local() == "*";
        same_local
            && match name.prefix() {
                None if self.kind(node) == NodeKind::Attribute => namespace.is_empty(),
                None => {
                    let own = self.place.default_namespace.as_deref();
                    namespace.is_empty() || namespace == XFORMS || own == Some(namespace)
                }
                Some(prefix) => match self.place.namespaces.get(prefix) {
                    Some(bound) => bound == namespace,
                    None => written.split_once(':').is_some_and(|(it, _)| it == prefix),
                },
            }
    }

    fn text(&self, node: Node) -> Cow<'_, str> {
        Cow::Borrowed(self.document.text(node.index))
    }

    fn number(&self, node: Node) -> f64 {
        text_number(self.document.text(node.index))
    }

    fn has_text(&self, node: Node) -> bool {
        !self.document.text(node.index).is_empty()
    }

    fn is_true(&self, node: Node) -> bool {
        self.place.condition == Condition::Node || self.has_text(node)
    }

    fn parent(&self, node: Node) -> Option<Node> {
        self.document.parent(node.index).map(self::node)
    }

    fn children(&self, node: Node, out: &mut Vec<Node>) {
        out.extend(self.document.children(node.index).map(self::node));
    }

    fn children_named(&self, node: Node, name: &Name, out: &mut Vec<Node>) {
        let children = self.document.children(node.index).map(self::node);
        out.extend(children.filter(|it| self.kind(*it) == NodeKind::Element && self.matches(*it, name)));
    }

    fn attributes(&self, node: Node, out: &mut Vec<Node>) {
        out.extend(self.document.attributes(node.index).map(self::node));
    }

    /// Those in scope: an outer one counts unless an inner one has its prefix.
    fn namespaces(&self, node: Node, out: &mut Vec<Node>) {
        if self.kind(node) != NodeKind::Element {
            return;
        }
        let from = out.len();
        for element in std::iter::successors(Some(node.index), |it| self.document.parent(*it)) {
            for declared in self.document.namespaces(element) {
                let name = self.document.name(declared);
                if !out[from..].iter().any(|it| self.name(*it) == name) {
                    out.push(self::node(declared));
                }
            }
        }
    }

    fn order(&self, a: Node, b: Node) -> Ordering {
        a.cmp(&b)
    }

    fn root(&self, _node: Node) -> Node {
        node(self.root)
    }

    fn instance_number(&self, _node: Node) -> Option<u32> {
        None
    }

    fn single(&self, _path: &Fixed, _context: Node) -> Option<Node> {
        None
    }

    fn follow(&self, _path: &Fixed, _context: Node, _out: &mut Vec<Node>) {}

    fn aggregate(&self, _aggregate: u32, _context: Node) -> f64 {
        f64::NAN
    }

    fn list(&self, _number: u16) -> Option<Node> {
        None
    }

    fn instance(&self, id: &str) -> Option<Node> {
        self.elements("instance").find(|it| self.document.attribute(*it, "id") == Some(id)).map(node)
    }

    fn rows_where(&self, _parent: Node, _column: &str, _value: &str, _out: &mut Vec<Node>) -> bool {
        false
    }

    fn by_id(&self, _any: Node, id: &str) -> Option<Node> {
        self.document.by_id(id).map(node)
    }

    fn language(&self) -> &str {
        self.place.language.as_deref().unwrap_or_default()
    }

    fn choice_label(&self, _question: ModelId, _context: Node, _value: &str) -> Option<String> {
        None
    }

    fn itext(&self, id: &str, _context: Node) -> Option<String> {
        let values = self.itext_values(id);
        let plain = values.iter().find(|it| self.document.attribute(**it, "form").is_none());
        plain.or(values.first()).map(|it| self.document.text(*it).to_owned())
    }

    fn itext_nodes(&self, id: &str, out: &mut Vec<Node>) {
        out.extend(self.itext_values(id).into_iter().map(node));
    }

    fn refuse(&self, problem: &ParseError) {
        self.refused.borrow_mut().get_or_insert_with(|| problem.to_string());
    }

    fn env(&self) -> &Env {
        &self.place.env
    }

    fn draw(&self) -> u64 {
        crate::chance::draw(&self.chance)
    }
}
