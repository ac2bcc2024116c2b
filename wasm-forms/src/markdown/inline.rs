//! Strong and emphasised text, links and tags within a paragraph, in one pass.
//!
//! Nodes are put in a row as they come. What opens something leaves its own text in the row and a note on a stack; what
//! closes it takes the row behind that text as its children. An opener that never closes needs no undoing: its text is
//! already where it belongs. Whether an opener of a kind is on the stack at all is counted, so that no closer searches
//! in vain.

use std::borrow::Cow;

use super::html::{self, Found};
use super::{Element, MAX_HEIGHT, Node, Style, Tag, is_safe_url};

/// Stands for an output in the source; no XML document can hold this character.
pub(super) const OUTPUT: char = '\u{ffff}';

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
    outputs: &'a [&'a str],
    next_output: usize,
}

impl<'a> Inline<'a> {
    pub fn new(outputs: &'a [&'a str]) -> Self {
        Self { outputs, next_output: 0 }
    }

    /// Reads a paragraph of the form's own text.
    pub fn read(&mut self, source: &str) -> Vec<Node> {
        const MARKS: [char; 8] = ['\\', '*', '_', '[', ']', '<', '&', OUTPUT];
        let mut row = Row::new(source, MAX_HEIGHT);
        while row.text_until(&MARKS) {
            let rest = &source[row.at..];
            match rest.as_bytes()[0] {
                b'\\' => row.escape(),
                b'*' | b'_' => row.mark(),
                b'[' => row.open(BRACKET, "[", Style::default()),
                b']' => self.link(&mut row),
                b'<' => self.tag(&mut row),
                b'&' => match html::reference(rest) {
                    Some((character, length)) => row.text(character, length),
                    None => row.text('&', 1),
                },
                _ => {
                    let output = self.outputs.get(self.next_output).copied().unwrap_or_default();
                    self.next_output += 1;
                    row.element(Tag::Span, answer(output));
                    row.at += OUTPUT.len_utf8();
                }
            }
        }
        row.finish()
    }

    /// Ends a link, where an address follows; else the bracket is text.
    fn link(&mut self, row: &mut Row<'_>) {
        let address = address(&row.source[row.at + 1..]).filter(|_| row.n_open[usize::from(BRACKET)] > 0);
        let Some(address) = address else {
            row.forget_bracket();
            return row.text(']', 1);
        };
        row.at += address.len() + 3;
        let url = self.with_outputs(address).into_owned();
        let raw = format!("]({url})");
        // What leads nowhere safe keeps its text.
        let url = Some(url).filter(|it| is_safe_url(it));
        let tag = if url.is_some() { Tag::A } else { Tag::Span };
        row.close(BRACKET, &raw, |children| Element { tag, url, ..plain(tag, children) });
        // A link holds no other: brackets that are still open stay text.
        row.n_open[usize::from(BRACKET)] = 0;
    }

    fn tag(&mut self, row: &mut Row<'_>) {
        let Some((found, length)) = html::tag(&row.source[row.at..]) else { return row.text('<', 1) };
        let raw = &row.source[row.at..row.at + length];
        match found {
            Found::Open(tag, attributes) => {
                let style = html::style(&self.with_outputs(attributes));
                row.open(tag as u8, "", style);
            }
            Found::Close(tag) if row.n_open[tag as usize] > 0 => {
                let style = row.style_of(tag as u8);
                row.close(tag as u8, "", |children| Element { style, ..plain(tag, children) });
            }
            Found::Break => row.element(Tag::Br, Vec::new()),
            Found::Close(_) | Found::Unknown => {
                self.with_outputs(raw);
            }
        }
        row.at += length;
    }

    /// Puts outputs where they stand in an address or a tag.
    fn with_outputs<'t>(&mut self, raw: &'t str) -> Cow<'t, str> {
        if !raw.contains(OUTPUT) {
            return Cow::Borrowed(raw);
        }
        let mut whole = String::new();
        for (place, part) in raw.split(OUTPUT).enumerate() {
            if place > 0 {
                whole.push_str(self.outputs.get(self.next_output).copied().unwrap_or_default());
                self.next_output += 1;
            }
            whole.push_str(part);
        }
        Cow::Owned(whole)
    }
}

/// Reads what somebody answered: its strong and emphasised text, nothing else.
fn answer(source: &str) -> Vec<Node> {
    let mut row = Row::new(source, MAX_ANSWER_HEIGHT - 1);
    while row.text_until(&['*', '_']) {
        row.mark();
    }
    row.finish()
}

/// Returns the address in round brackets that follows a link's text. Square brackets end the search, so that no part of
/// the text is searched twice.
fn address(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('(')?;
    let mut n_open = 0_u32;
    for (at, character) in inside.char_indices() {
        match character {
            ')' if n_open == 0 => return Some(&inside[..at]),
            ')' => n_open -= 1,
            '(' => n_open += 1,
            '[' | ']' | '<' | '>' => return None,
            _ if character.is_whitespace() => return None,
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
    style: Style,
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
    fn text_until(&mut self, marks: &[char]) -> bool {
        let rest = &self.source[self.at..];
        let length = rest.find(marks).unwrap_or(rest.len());
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
        self.push(Node::element(tag, children), height);
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
        let sign = &rest[..1];
        let n = rest.len() - rest.trim_start_matches(sign).len();
        let is_star = sign == "*";
        let before = self.source[..self.at].chars().next_back();
        let after = rest[n..].chars().next();
        let is_gap = |it: Option<char>| it.is_none_or(char::is_whitespace);
        let is_word = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == OUTPUT);
        // An underscore inside a word is a letter, and so are three asterisks.
        let is_letter = !is_star || n == 3;
        let may_open = !(is_gap(after) || is_letter && is_word(before));
        let may_close = !(is_gap(before) || is_letter && is_word(after));
        let (one, two) = if is_star { (STAR, STAR_STAR) } else { (UNDER, UNDER_UNDER) };
        let kinds: &[u8] = match n {
            1 => &[one],
            2 => &[two],
            3 if is_star => &[one, two],
            _ => &[],
        };
        self.at += n;
        if may_close && !kinds.is_empty() && kinds.iter().all(|it| self.n_open[usize::from(*it)] > 0) {
            self.close_marks(kinds);
        } else if may_open && !kinds.is_empty() {
            for kind in kinds {
                self.note(*kind, &rest[..width(*kind)], Style::default());
            }
        } else {
            self.push_text(&rest[..n]);
        }
    }

    /// Closes marks, the last opened first.
    fn close_marks(&mut self, kinds: &[u8]) {
        let mut left: Vec<u8> = kinds.to_vec();
        while !left.is_empty() {
            let nearest = self.openers.iter().rev().position(|it| left.contains(&it.kind));
            let Some(nearest) = nearest else { return };
            let kind = self.openers[self.openers.len() - 1 - nearest].kind;
            left.retain(|it| *it != kind);
            let tag = if matches!(kind, STAR | UNDER) { Tag::Em } else { Tag::Strong };
            let text = if matches!(kind, STAR | STAR_STAR) { "**" } else { "__" };
            self.close(kind, &text[..width(kind)], |children| plain(tag, children));
        }
    }

    fn open(&mut self, kind: u8, text: &str, style: Style) {
        self.note(kind, text, style);
        self.at += text.len();
    }

    fn note(&mut self, kind: u8, text: &str, style: Style) {
        self.openers.push(Opener { kind, at: self.nodes.len(), style, height: 0 });
        self.n_open[usize::from(kind)] += 1;
        self.push(Node::text(text), 0);
    }

    fn style_of(&mut self, kind: u8) -> Style {
        let found = self.openers.iter_mut().rev().find(|it| it.kind == kind);
        found.map(|it| std::mem::take(&mut it.style)).unwrap_or_default()
    }

    /// Puts the row behind the last opener of a kind into an element. Openers in between stay text. What would be too
    /// deep stays as it is, with `text` for the closer.
    fn close(&mut self, kind: u8, text: &str, element: impl FnOnce(Vec<Node>) -> Element) {
        while let Some(opener) = self.openers.pop() {
            let n_open = &mut self.n_open[usize::from(opener.kind)];
            *n_open = n_open.saturating_sub(1);
            if opener.kind != kind || opener.height >= self.max_height {
                self.reaches(opener.height);
                if opener.kind == kind {
                    return self.push_text(text);
                }
                continue;
            }
            let children = merged(self.nodes.drain(opener.at + 1..));
            self.nodes.truncate(opener.at);
            return self.push(Node::Element(element(children)), opener.height + 1);
        }
    }

    /// A bracket that begins no link waits no longer, so that the brackets of a text without links are not kept.
    fn forget_bracket(&mut self) {
        if self.openers.last().is_some_and(|it| it.kind == BRACKET) {
            let height = self.openers.pop().map_or(0, |it| it.height);
            self.reaches(height);
            let n_open = &mut self.n_open[usize::from(BRACKET)];
            *n_open = n_open.saturating_sub(1);
        }
    }

    fn finish(self) -> Vec<Node> {
        merged(self.nodes.into_iter())
    }
}

fn plain(tag: Tag, children: Vec<Node>) -> Element {
    Element { tag, url: None, start: None, style: Style::default(), children }
}

const fn width(kind: u8) -> usize {
    if matches!(kind, STAR | UNDER) { 1 } else { 2 }
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
