//! What an expression may see: trees of nodes, a clock, texts and chance. The evaluator knows neither forms nor
//! sessions.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ParseError;
use super::ast::{Fixed, ModelId, Name};
use crate::Env;
use crate::signed::Verify;

/// A node of one of the world's trees. Tree 0 is the primary instance; `index` is that tree's own numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    pub tree: u32,
    pub index: u32,
}

impl Node {
    pub const fn new(tree: u32, index: u32) -> Self {
        Self { tree, index }
    }
}

/// The seven kinds of nodes of XPath 1.0, section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Document,
    Element,
    Attribute,
    Text,
    Comment,
    ProcessingInstruction,
    Namespace,
}

/// The nodes, clock and texts around an expression. Nodes that are not relevant do not exist here.
pub(crate) trait World {
    fn kind(&self, node: Node) -> NodeKind;
    /// Returns the name as written, with its prefix; a processing instruction's target, a namespace's prefix.
    fn name(&self, node: Node) -> &str;
    /// Returns the namespace URI of an element's or attribute's name; empty where it has none.
    fn namespace(&self, node: Node) -> &str;
    /// Returns whether an element or attribute passes a name test.
    fn matches(&self, node: Node, name: &Name) -> bool;
    /// Returns the string value.
    fn text(&self, node: Node) -> Cow<'_, str>;
    /// Returns the string value as a number; a world may keep it.
    fn number(&self, node: Node) -> f64;
    /// Returns whether the string value is not empty.
    fn has_text(&self, node: Node) -> bool;
    /// Returns whether the node makes a condition true; a world that knows a node's type may know better.
    fn is_true(&self, node: Node) -> bool {
        self.has_text(node)
    }
    fn parent(&self, node: Node) -> Option<Node>;
    /// Appends the child nodes in document order.
    fn children(&self, node: Node, out: &mut Vec<Node>);
    /// Appends the child elements that pass a name test, in document order.
    fn children_named(&self, node: Node, name: &Name, out: &mut Vec<Node>);
    fn attributes(&self, node: Node, out: &mut Vec<Node>);
    fn namespaces(&self, node: Node, out: &mut Vec<Node>);
    /// Compares by document order.
    fn order(&self, a: Node, b: Node) -> Ordering;
    /// Returns what `/` means from a node.
    fn root(&self, node: Node) -> Node;
    /// Returns which instance of its repeat a node is, from 1; nothing for other nodes.
    fn instance_number(&self, node: Node) -> Option<u32>;
    /// Returns the one node of a path that can lead to no other, where it exists.
    fn single(&self, path: &Fixed, context: Node) -> Option<Node>;
    /// Appends the nodes that a resolved path leads to from `context`.
    fn follow(&self, path: &Fixed, context: Node, out: &mut Vec<Node>);
    /// Returns a sum, count or other figure over many nodes that the world keeps up to date.
    fn aggregate(&self, aggregate: u32, context: Node) -> f64;
    /// Returns the document node of the form's list of this number.
    fn list(&self, number: u16) -> Option<Node>;
    /// Returns the same by id, for expressions that were not compiled against a form.
    fn instance(&self, id: &str) -> Option<Node>;
    /// Appends the children of `parent` whose `column` is `value`, by index; false where there is no such index.
    fn rows_where(&self, parent: Node, column: &str, value: &str, out: &mut Vec<Node>) -> bool;
    /// Returns the element with an id in the document of `any`.
    fn by_id(&self, any: Node, id: &str) -> Option<Node>;
    /// Returns the name of the current language.
    fn language(&self) -> &str;
    /// Returns the label of the choice of this value that `question` offers around `context`.
    fn choice_label(&self, question: ModelId, context: Node, value: &str) -> Option<String>;
    /// Returns the text of an itext id in the current language.
    fn itext(&self, id: &str, context: Node) -> Option<String>;
    /// Appends the nodes that hold an itext, where the world has them as nodes.
    fn itext_nodes(&self, _id: &str, _out: &mut Vec<Node>) {}
    /// Notes that something was evaluated that is wrong. Compiled forms hold nothing of the kind.
    fn refuse(&self, _problem: &ParseError) {}
    fn env(&self) -> &Env;
    /// Returns what verifies signatures; a form that needs it is not compiled without it.
    fn verifier(&self) -> Option<Verify>;
    /// Returns the next 64 random bits of the session.
    fn draw(&self) -> u64;
}
