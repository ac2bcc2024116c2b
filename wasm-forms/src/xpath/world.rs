//! What an expression may see.

use std::borrow::Cow;

use super::ast::{Fixed, ModelId};
use crate::Env;

/// A node of the primary instance or of a list. Lists are seen as the trees `root/item/column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    /// The document that holds the primary instance.
    Document,
    /// A node of the primary instance.
    Primary(u32),
    /// The document of list number.
    ListDocument(u16),
    /// The `root` element of list number.
    ListRoot(u16),
    /// A row: list, row.
    Row(u16, u32),
    /// A cell: list, row, column.
    Cell(u16, u32, u16),
}

/// The nodes, clock and texts around an expression. Nodes that are not relevant do not exist here.
pub(crate) trait World {
    /// Appends the children of `node`, all or those of one name, in document order.
    fn children(&self, node: Node, name: Option<&str>, out: &mut Vec<Node>);
    /// Appends the attributes of `node`, all or the one of this name.
    fn attributes(&self, node: Node, name: Option<&str>, out: &mut Vec<Node>);
    fn parent(&self, node: Node) -> Option<Node>;
    /// Returns which instance of its repeat a node is, from 1; nothing for other nodes.
    fn instance_number(&self, node: Node) -> Option<u32>;
    fn name(&self, node: Node) -> &str;
    /// Returns the string value.
    fn text(&self, node: Node) -> Cow<'_, str>;
    /// Appends the nodes that a resolved path leads to from `context`.
    fn follow(&self, path: &Fixed, context: Node, out: &mut Vec<Node>);
    /// Returns the document node of a list.
    fn list(&self, number: u16) -> Node;
    /// Appends the rows below `root` whose `column` is `value`, by index; false where there is no such index.
    fn rows_where(&self, root: Node, column: &str, value: &str, out: &mut Vec<Node>) -> bool;
    /// Returns the label of the choice of this value that `question` offers around `context`.
    fn choice_label(&self, question: ModelId, context: Node, value: &str) -> Option<String>;
    /// Returns the text of an itext id in the current language.
    fn itext(&self, id: &str, context: Node) -> String;
    fn env(&self) -> &Env;
    /// Returns the next 64 random bits of the session.
    fn draw(&self) -> u64;
}
