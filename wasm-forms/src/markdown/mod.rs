//! The Markdown of labels, hints and messages, read into a small tree that cannot hold anything unsafe.
//!
//! Source: the styling that ODK documents for forms: headings, strong and emphasised text, links, lists, paragraphs and
//! backslash escapes of Markdown, and of HTML the tags `span`, `div`, `p`, `br`, `b`, `strong`, `i`, `em`, `u` and
//! `h1` … `h6` with `color`, `font-family` and `text-align` in their `style`. Other tags are dropped and their text
//! kept.
//!
//! Invariants:
//! - the tree holds only the elements of [`Tag`], links only to the schemes of [`is_safe_url`], styles only of three
//!   properties with checked values: a renderer that builds elements from it needs no sanitiser;
//! - no text is lost: what is no complete mark stays as it was typed;
//! - reading takes time proportional to the text, and within a paragraph elements are at most [`MAX_HEIGHT`] deep.
//!
//! Two rules differ from CommonMark on purpose. A mark of four or more asterisks or three or more underscores is text,
//! as in a masked number (`8801****8574`) or a blank to fill in. And a mark may stand beside punctuation
//! (`**核对。**然后`), because Chinese has no space after it.

mod block;
mod html;
mod inline;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use html::is_safe_url;

/// Deepest nesting of elements within a paragraph; marks beyond it are text.
pub const MAX_HEIGHT: u8 = 16;

/// A piece of formatted text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Node {
    /// Text to show; a `\n` in it is a line break.
    Text {
        /// The text.
        text: String,
    },
    /// An element with what stands in it.
    Element(Element),
}

/// An element of formatted text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Element {
    /// Which element.
    pub tag: Tag,
    /// Where a link leads; a safe address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The first number of an ordered list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// How it looks: declarations of `color`, `font-family` and `text-align`, e.g. `color:red;text-align:center`. Each
    /// value is checked, so the whole may be set as a style.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub style: String,
    /// What stands in it.
    pub children: Vec<Node>,
}

/// The elements there are; [`Tag::as_str`] is the HTML name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// A paragraph.
    P,
    /// A block without meaning of its own.
    Div,
    /// A heading of the first level.
    H1,
    /// A heading of the second level.
    H2,
    /// A heading of the third level.
    H3,
    /// A heading of the fourth level.
    H4,
    /// A heading of the fifth level.
    H5,
    /// A heading of the sixth level.
    H6,
    /// An ordered list.
    Ol,
    /// An unordered list.
    Ul,
    /// An item of a list; holds paragraphs and lists.
    Li,
    /// Text without meaning of its own; also what an `<output>` gave.
    Span,
    /// Strong text.
    Strong,
    /// Emphasised text.
    Em,
    /// Underlined text.
    U,
    /// A link.
    A,
    /// A line break.
    Br,
}

impl Tag {
    /// Returns the element's HTML name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Tag::P => "p",
            Tag::Div => "div",
            Tag::H1 => "h1",
            Tag::H2 => "h2",
            Tag::H3 => "h3",
            Tag::H4 => "h4",
            Tag::H5 => "h5",
            Tag::H6 => "h6",
            Tag::Ol => "ol",
            Tag::Ul => "ul",
            Tag::Li => "li",
            Tag::Span => "span",
            Tag::Strong => "strong",
            Tag::Em => "em",
            Tag::U => "u",
            Tag::A => "a",
            Tag::Br => "br",
        }
    }

    /// Whether the element stands on lines of its own.
    const fn is_block(self) -> bool {
        (self as u8) <= Tag::Li as u8
    }

    const fn heading(level: usize) -> Tag {
        [Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6][level - 1]
    }
}

/// A piece of a label as the form has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What the form's author wrote.
    Text(&'a str),
    /// What an `<output>` gave: it keeps its strong and emphasised text, but brings no links and no tags, and cannot end
    /// a mark of the text around it.
    Output(&'a str),
}

/// Reads a label.
///
/// A single paragraph gives its text without a paragraph around it, and a list of one numbered item is text: labels
/// often begin with their question's number.
///
/// ```
/// use wasm_forms::markdown::{Node, Tag, parse};
///
/// let nodes = parse("**请核对**证件");
/// assert!(matches!(&nodes[0], Node::Element(it) if it.tag == Tag::Strong));
/// assert_eq!(nodes[1], Node::Text { text: "证件".to_owned() });
/// ```
#[must_use]
pub fn parse(label: &str) -> Vec<Node> {
    parse_pieces(&[Piece::Text(label)])
}

/// Reads a label whose outputs are known; each becomes a [`Tag::Span`].
#[must_use]
pub fn parse_pieces(pieces: &[Piece<'_>]) -> Vec<Node> {
    let mut source = String::new();
    let mut outputs = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => source.extend(text.chars().filter(|it| *it != inline::OUTPUT)),
            Piece::Output(text) => {
                source.push(inline::OUTPUT);
                outputs.push(*text);
            }
        }
    }
    block::read(&source, &outputs)
}

/// Returns formatted text without its format: blocks and breaks on lines of their own.
#[must_use]
pub fn plain_text(nodes: &[Node]) -> String {
    let mut text = String::new();
    write_plain(nodes, &mut text);
    text.truncate(text.trim_end().len());
    text
}

fn write_plain(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text { text: more } => text.push_str(more),
            Node::Element(element) => {
                begin_line(element.tag, text);
                write_plain(&element.children, text);
                begin_line(element.tag, text);
            }
        }
    }
}

fn begin_line(tag: Tag, text: &mut String) {
    if (tag.is_block() || tag == Tag::Br) && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

impl Node {
    fn text(text: impl Into<String>) -> Node {
        Node::Text { text: text.into() }
    }

    fn element(tag: Tag, children: Vec<Node>) -> Node {
        Node::Element(Element { children, ..Element::new(tag) })
    }
}

impl Element {
    fn new(tag: Tag) -> Element {
        Element { tag, url: None, start: None, style: String::new(), children: Vec::new() }
    }
}
