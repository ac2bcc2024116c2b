//! Paragraphs, headings and lists: a line is looked at once a nesting level.

use super::inline::Inline;
use super::{Element, Node, Tag};

/// Deepest nesting of lists; further markers are text.
const MAX_LISTS: u8 = 4;
/// Columns that make an item part of the item above it.
const NESTED: usize = 2;

/// Reads a whole label.
pub(super) fn read(source: &str, outputs: &[&str]) -> Vec<Node> {
    let lines: Vec<&str> = source.split('\n').map(str::trim_end).collect();
    let mut inline = Inline::new(outputs);
    let blocks = Reader { inline: &mut inline, depth: 0 }.blocks(&lines);
    match <[Block; 1]>::try_from(blocks) {
        Ok([Block::Paragraph(nodes)]) => nodes,
        Ok([Block::Other(node)]) if is_numbered_text(&node) => Inline::new(outputs).read(&joined(&lines)),
        Ok([Block::Other(node)]) => vec![node],
        Err(blocks) => blocks.into_iter().map(Block::into_node).collect(),
    }
}

/// Whether a list is one numbered item without anything further in it.
fn is_numbered_text(node: &Node) -> bool {
    let Node::Element(Element { tag: Tag::Ol, children, .. }) = node else { return false };
    matches!(&children[..], [Node::Element(item)] if item.children.len() == 1)
}

fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|it| it.trim()).filter(|it| !it.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    text
}

enum Block {
    Paragraph(Vec<Node>),
    Other(Node),
}

impl Block {
    fn into_node(self) -> Node {
        match self {
            // A tag such as `<p>` around the whole paragraph is the paragraph.
            Block::Paragraph(mut nodes) => match &nodes[..] {
                [Node::Element(only)] if only.tag.is_block() => nodes.remove(0),
                _ => Node::element(Tag::P, nodes),
            },
            Block::Other(node) => node,
        }
    }
}

struct Reader<'a, 'b> {
    inline: &'a mut Inline<'b>,
    depth: u8,
}

impl Reader<'_, '_> {
    fn blocks(&mut self, lines: &[&str]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut paragraph = 0..0;
        let mut at = 0;
        while at < lines.len() {
            let is_text = !paragraph.is_empty();
            let marker =
                Marker::of(lines[at]).filter(|it| self.depth < MAX_LISTS && (!is_text || it.may_interrupt()));
            let heading = heading(lines[at]);
            if marker.is_none() && heading.is_none() && !lines[at].is_empty() {
                paragraph = if is_text { paragraph.start..at + 1 } else { at..at + 1 };
                at += 1;
                continue;
            }
            self.paragraph(&lines[std::mem::take(&mut paragraph)], &mut blocks);
            if let Some((tag, text)) = heading {
                blocks.push(Block::Other(Node::element(tag, self.inline.read(text))));
                at += 1;
            } else if let Some(marker) = marker {
                let (list, n_lines) = self.list(&lines[at..], &marker);
                blocks.push(Block::Other(list));
                at += n_lines;
            } else {
                at += 1;
            }
        }
        self.paragraph(&lines[paragraph], &mut blocks);
        blocks
    }

    fn paragraph(&mut self, lines: &[&str], blocks: &mut Vec<Block>) {
        if !lines.is_empty() {
            blocks.push(Block::Paragraph(self.inline.read(&joined(lines))));
        }
    }

    /// Reads a list and says how many lines it takes.
    fn list(&mut self, lines: &[&str], first: &Marker<'_>) -> (Node, usize) {
        let (mut items, mut at) = (Vec::new(), 0);
        while let Some(marker) =
            lines.get(at).and_then(|it| Marker::of(it)).filter(|it| it.kind == first.kind)
        {
            let (own, n_lines) = item_lines(&marker, &lines[at..]);
            self.depth += 1;
            let blocks = self.blocks(&own);
            self.depth -= 1;
            items.push(Node::element(Tag::Li, blocks.into_iter().map(Block::into_node).collect()));
            at += n_lines;
        }
        let (tag, start) = match first.kind {
            Kind::Bullet(_) => (Tag::Ul, None),
            Kind::Number(_) => (Tag::Ol, Some(first.number)),
        };
        (Node::Element(Element { start, children: items, ..Element::new(tag) }), at)
    }
}

/// Returns the lines of an item, without what makes them part of it, and how many there are with blank ones after.
fn item_lines<'a>(marker: &Marker<'a>, lines: &[&'a str]) -> (Vec<&'a str>, usize) {
    let (mut own, mut at, mut n_blank) = (vec![marker.content], 1, 0);
    while let Some(line) = lines.get(at) {
        let is_nested = indent(line) >= marker.indent + NESTED;
        if line.is_empty() {
            n_blank += 1;
        } else if is_nested || (n_blank == 0 && Marker::of(line).is_none() && heading(line).is_none()) {
            own.extend(std::iter::repeat_n("", std::mem::take(&mut n_blank)));
            own.push(dedent(line, marker.indent + NESTED));
        } else {
            break;
        }
        at += 1;
    }
    (own, at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bullet(u8),
    Number(u8),
}

/// What begins an item of a list.
struct Marker<'a> {
    kind: Kind,
    number: u32,
    indent: usize,
    content: &'a str,
}

impl<'a> Marker<'a> {
    fn of(line: &'a str) -> Option<Marker<'a>> {
        let text = line.trim_start();
        let n_digits = text.bytes().take(10).take_while(u8::is_ascii_digit).count();
        let sign = *text.as_bytes().get(n_digits)?;
        let kind = match (n_digits, sign) {
            (0, b'-' | b'*' | b'+') => Kind::Bullet(sign),
            (1..=9, b'.' | b')') => Kind::Number(sign),
            _ => return None,
        };
        let rest = &text[n_digits + 1..];
        let content = rest.trim_start();
        let is_apart = rest.len() > content.len() && !content.is_empty();
        let number = text.bytes().take(n_digits).fold(0, |sum, it| sum * 10 + u32::from(it - b'0'));
        is_apart.then(|| Marker { kind, number, indent: indent(line), content })
    }

    /// Whether it ends a paragraph: a line of text may begin with a number by chance.
    fn may_interrupt(&self) -> bool {
        matches!(self.kind, Kind::Bullet(_)) || self.number == 1
    }
}

fn heading(line: &str) -> Option<(Tag, &str)> {
    let text = line.trim_start();
    let level = text.bytes().take(7).take_while(|it| *it == b'#').count();
    let rest = text[level..].strip_prefix([' ', '\t'])?;
    (1..=6).contains(&level).then(|| (Tag::heading(level), rest.trim()))
}

/// Returns how far a line is indented, a tab counting as four columns.
fn indent(line: &str) -> usize {
    line.bytes().map_while(columns).sum()
}

fn columns(byte: u8) -> Option<usize> {
    match byte {
        b' ' => Some(1),
        b'\t' => Some(4),
        _ => None,
    }
}

fn dedent(line: &str, wanted: usize) -> &str {
    let (mut removed, mut at) = (0, 0);
    for byte in line.bytes() {
        let Some(width) = columns(byte).filter(|_| removed < wanted) else { break };
        removed += width;
        at += 1;
    }
    &line[at..]
}
