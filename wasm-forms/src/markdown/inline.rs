//! Strong and emphasised text, links and tags within a paragraph, in one pass.
//!
//! Nodes are put in a row as they come. What opens something leaves its own text in the row and a note on a stack; what
//! closes it takes the row behind that text as its children. An opener that never closes needs no undoing: its text is
//! already where it belongs. Whether an opener of a kind is on the stack at all is counted, so that no closer searches
//! in vain.

use super::html::{self, Found};
use super::{Element, MAX_HEIGHT, Node, Tag, is_safe_url};

/// Stands for an output in the source; no XML document can hold this character.
pub(super) const OUTPUT: char = '\u{1}';

/// What a stack entry waits for: a tag, or one of these.
const STAR: u8 = 20;
const STAR_STAR: u8 = 21;
const UNDER: u8 = 22;
const UNDER_UNDER: u8 = 23;
const BRACKET: u8 = 24;
const N_KINDS: usize = 25;
/// Deepest nesting of an output: its span and the marks of the answer.
const MAX_ANSWER_HEIGHT: u8 = MAX_HEIGHT / 2;

/// Reads the paragraphs of a label one after the other, and gives each output its place.
pub(super) struct Inline<'a> {
    /// What has no place yet.
    outputs: &'a [&'a str],
}

impl<'a> Inline<'a> {
    pub fn new(outputs: &'a [&'a str]) -> Self {
        Self { outputs }
    }

    /// Reads a paragraph of the form's own text.
    pub fn read(&mut self, source: &str) -> Vec<Node> {
        let mut row = Row::new(source, MAX_HEIGHT);
        while row.text_until(b"\\*_[]<&\x01") {
            match source.as_bytes()[row.at] {
                b'\\' => row.escape(),
                b'*' | b'_' => row.mark(),
                b'[' => {
                    row.open(BRACKET, "[", String::new());
                    row.at += 1;
                }
                b']' => self.link(&mut row),
                b'<' => self.tag(&mut row),
                b'&' => {
                    let (character, length) = html::reference(&source[row.at..]).unwrap_or(('&', 1));
                    row.text(character, length);
                }
                _ => {
                    let answer = answer(self.next_output());
                    row.element(Tag::Span, answer);
                    row.at += 1;
                }
            }
        }
        row.finish()
    }

    fn next_output(&mut self) -> &'a str {
        let (first, rest) = self.outputs.split_first().unwrap_or((&"", &[]));
        self.outputs = rest;
        first
    }

    /// Ends a link, where an address follows; else the bracket is text.
    fn link(&mut self, row: &mut Row<'_>) {
        let address = address(&row.source[row.at + 1..]).filter(|_| row.is_open(BRACKET));
        let Some(address) = address else {
            row.forget_bracket();
            return row.text(']', 1);
        };
        row.at += address.len() + 3;
        let url = self.with_outputs(address);
        // What leads nowhere safe keeps its text.
        let link = match is_safe_url(&url) {
            true => Element { url: Some(url), ..Element::new(Tag::A) },
            false => Element::new(Tag::Span),
        };
        row.close(BRACKET, link);
        // A link holds no other: brackets that are still open stay text.
        row.n_open[usize::from(BRACKET)] = 0;
    }

    fn tag(&mut self, row: &mut Row<'_>) {
        let Some((found, length)) = html::tag(&row.source[row.at..]) else { return row.text('<', 1) };
        let whole = self.with_outputs(&row.source[row.at..row.at + length]);
        row.at += length;
        match found {
            Found::Open(tag) => row.open(tag as u8, "", html::style(&whole)),
            Found::Close(tag) if row.is_open(tag as u8) => row.close(tag as u8, Element::new(tag)),
            Found::Break => row.element(Tag::Br, Vec::new()),
            Found::Close(_) | Found::Unknown => {}
        }
    }

    /// Puts outputs where they stand in an address or a tag.
    fn with_outputs(&mut self, raw: &str) -> String {
        let mut whole = String::with_capacity(raw.len());
        for character in raw.chars() {
            match character {
                OUTPUT => whole.push_str(self.next_output()),
                _ => whole.push(character),
            }
        }
        whole
    }
}

/// Reads what somebody answered: its strong and emphasised text, nothing else.
fn answer(source: &str) -> Vec<Node> {
    let mut row = Row::new(source, MAX_ANSWER_HEIGHT - 1);
    while row.text_until(b"*_") {
        row.mark();
    }
    row.finish()
}

/// Returns the address in round brackets that follows a link's text. Square brackets end the search, so that no part of
/// the text is searched twice.
fn address(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('(')?;
    let mut n_open = 0_u32;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b')' if n_open == 0 => return Some(&inside[..at]),
            b')' => n_open -= 1,
            b'(' => n_open += 1,
            b'[' | b']' | b'<' | b'>' | b' ' | b'\t' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Something that may still be closed.
struct Opener {
    kind: u8,
    /// Its own text in the row.
    at: usize,
    style: String,
    /// The deepest node behind it.
    height: u8,
}

struct Row<'s> {
    source: &'s str,
    at: usize,
    max_height: u8,
    nodes: Vec<Node>,
    openers: Vec<Opener>,
    /// By kind: how many openers wait.
    n_open: [u32; N_KINDS],
}

impl<'s> Row<'s> {
    fn new(source: &'s str, max_height: u8) -> Self {
        Self { source, at: 0, max_height, nodes: Vec::new(), openers: Vec::new(), n_open: [0; N_KINDS] }
    }

    fn push(&mut self, node: Node, height: u8) {
        self.nodes.push(node);
        self.reaches(height);
    }

    fn reaches(&mut self, height: u8) {
        if let Some(around) = self.openers.last_mut() {
            around.height = around.height.max(height);
        }
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Node::text(text), 0);
        }
    }

    /// Takes the text up to the next of these marks; `false` at the end.
    fn text_until(&mut self, marks: &[u8]) -> bool {
        let rest = &self.source[self.at..];
        let length = rest.bytes().position(|it| marks.contains(&it)).unwrap_or(rest.len());
        self.push_text(&rest[..length]);
        self.at += length;
        self.at < self.source.len()
    }

    fn text(&mut self, character: char, length: usize) {
        self.push_text(character.encode_utf8(&mut [0; 4]));
        self.at += length;
    }

    fn element(&mut self, tag: Tag, children: Vec<Node>) {
        let height = if children.is_empty() { 1 } else { MAX_ANSWER_HEIGHT };
        self.push(Node::Element(Element { children, ..Element::new(tag) }), height);
    }

    /// A backslash makes the punctuation after it text.
    fn escape(&mut self) {
        let escaped = self.source[self.at + 1..].chars().next().filter(char::is_ascii_punctuation);
        match escaped {
            Some(character) => self.text(character, 2),
            None => self.text('\\', 1),
        }
    }

    /// A run of asterisks or underscores.
    fn mark(&mut self) {
        let rest = &self.source[self.at..];
        let sign = rest.as_bytes()[0];
        let n = rest.bytes().take_while(|it| *it == sign).count();
        let is_star = sign == b'*';
        let before = self.source[..self.at].chars().next_back().unwrap_or(' ');
        let after = rest[n..].chars().next().unwrap_or(' ');
        let is_word = |it: char| it.is_alphanumeric() || it == OUTPUT;
        // An underscore inside a word is a letter, and so are three asterisks.
        let is_letter = !is_star || n == 3;
        let may_open = !(after.is_whitespace() || is_letter && is_word(before));
        let may_close = !(before.is_whitespace() || is_letter && is_word(after));
        let kinds: &[u8] = match (n, is_star) {
            (1, true) => &[STAR],
            (2, true) => &[STAR_STAR],
            (3, true) => &[STAR, STAR_STAR],
            (1, false) => &[UNDER],
            (2, false) => &[UNDER_UNDER],
            _ => &[],
        };
        self.at += n;
        let are_open = kinds.iter().all(|it| self.is_open(*it));
        if kinds.is_empty() || !(may_open || may_close && are_open) {
            self.push_text(&rest[..n]);
        } else if may_close && are_open {
            self.close_marks(kinds);
        } else {
            for kind in kinds {
                self.open(*kind, own_text(*kind), String::new());
            }
        }
    }

    /// Closes marks, the last opened first.
    fn close_marks(&mut self, kinds: &[u8]) {
        for _ in kinds {
            let nearest = self.openers.iter().rev().map(|it| it.kind).find(|it| kinds.contains(it));
            let Some(kind) = nearest else { return };
            let tag = if matches!(kind, STAR | UNDER) { Tag::Em } else { Tag::Strong };
            self.close(kind, Element::new(tag));
        }
    }

    fn is_open(&self, kind: u8) -> bool {
        self.n_open[usize::from(kind)] > 0
    }

    fn open(&mut self, kind: u8, text: &str, style: String) {
        self.openers.push(Opener { kind, at: self.nodes.len(), style, height: 0 });
        self.n_open[usize::from(kind)] += 1;
        self.push(Node::text(text), 0);
    }

    /// Takes the last opener away.
    fn pop(&mut self) -> Option<Opener> {
        let opener = self.openers.pop()?;
        let n_open = &mut self.n_open[usize::from(opener.kind)];
        *n_open = n_open.saturating_sub(1);
        Some(opener)
    }

    /// Puts the row behind the last opener of a kind into an element. Openers in between stay text. What would be too
    /// deep stays as it is.
    fn close(&mut self, kind: u8, mut element: Element) {
        while let Some(opener) = self.pop() {
            let is_it = opener.kind == kind;
            if is_it && opener.height < self.max_height {
                element.children = merged(self.nodes.drain(opener.at..).skip(1));
                element.style = opener.style;
                return self.push(Node::Element(element), opener.height + 1);
            }
            self.reaches(opener.height);
            if is_it {
                return self.push_text(own_text(kind));
            }
        }
    }

    /// A bracket that begins no link waits no longer, so that the brackets of a text without links are not kept.
    fn forget_bracket(&mut self) {
        if self.openers.last().is_some_and(|it| it.kind == BRACKET) {
            let height = self.pop().map_or(0, |it| it.height);
            self.reaches(height);
        }
    }

    fn finish(self) -> Vec<Node> {
        merged(self.nodes.into_iter())
    }
}

/// What a mark looks like; a tag looks like nothing.
const fn own_text(kind: u8) -> &'static str {
    match kind {
        STAR => "*",
        STAR_STAR => "**",
        UNDER => "_",
        UNDER_UNDER => "__",
        _ => "",
    }
}

/// Joins texts that stand side by side, and leaves out empty ones.
fn merged(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut whole: Vec<Node> = Vec::new();
    for node in nodes {
        match (whole.last_mut(), node) {
            (_, Node::Text { text }) if text.is_empty() => {}
            (Some(Node::Text { text }), Node::Text { text: more }) => text.push_str(&more),
            (_, node) => whole.push(node),
        }
    }
    whole
}
