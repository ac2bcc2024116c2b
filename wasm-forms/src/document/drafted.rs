//! A document that was noted while its text was written: what a reader would find in the text, without reading it.
//!
//! Invariant: nodes, attributes and namespaces are those that `reader` gives for the same text, but for line ends that
//! lay it out. Where the writer cannot vouch for that (a name that XML does not have, a prefix that nobody declared, an
//! attribute that was replaced) there is no such document, and the text is read.

use super::bytes::{is_in_names, is_no_character};
use super::reader::{DOCUMENT, MAX_ATTRIBUTES, MAX_DEPTH};
use super::{AttributeRecord, Document, Kind, Name, Node, Piece, Record, Scope};

/// See the module. Places are bytes of the text.
#[derive(Debug, Clone)]
pub(crate) struct Drafted {
    nodes: Vec<Record>,
    attributes: Vec<AttributeRecord>,
    scopes: Vec<Scope>,
    declarations: Vec<(Piece, Piece)>,
    /// The prefixes that the root declares.
    prefixes: Vec<String>,
    made: String,
    /// Elements that are open, the document first.
    open: Vec<u32>,
    is_doubtful: bool,
}

/// A text or value: where it was written, what of, and whether just so or with something escaped or left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    pub from: usize,
    pub to: usize,
    pub of: &'a [&'a str],
    pub is_plain: bool,
}

impl Drafted {
    /// Begins a document; `n_nodes` is how many it will probably have.
    pub fn with_room(n_nodes: usize) -> Self {
        let mut nodes = Vec::with_capacity(n_nodes + 1);
        nodes.push(DOCUMENT);
        Self {
            nodes,
            attributes: Vec::with_capacity(n_nodes / 2),
            scopes: vec![Scope { outer: 0, from: 0, to: 0 }],
            declarations: Vec::new(),
            prefixes: Vec::new(),
            made: String::new(),
            open: vec![0],
            is_doubtful: false,
        }
    }

    /// Says that something was written that is not noted.
    pub fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    /// Notes an element that begins; its name stands at `at`.
    pub fn open(&mut self, name: &str, at: usize) {
        let name = self.name(name, at);
        self.is_doubtful |= self.open.len() > MAX_DEPTH;
        let number = self.push(Kind::Element, name, false);
        self.open.push(number);
    }

    /// Notes an attribute of the element that began last; its name stands at `at` of all that was written.
    pub fn attribute(&mut self, name: &str, at: usize, value: Written<'_>, all: &str) {
        let written = self.piece(value);
        if name.strip_prefix("xmlns").is_some_and(|it| it.is_empty() || it.starts_with(':')) {
            return self.declare(name, at, written);
        }
        let noted = self.name(name, at);
        let own = self.own();
        let Record { n_attributes, first_attribute, .. } = &mut self.nodes[own];
        self.is_doubtful |= usize::from(*n_attributes) + self.declarations.len() >= MAX_ATTRIBUTES;
        *n_attributes += 1;
        if noted.local > noted.from {
            // They may be the same under two prefixes.
            let local = |it: Name| (it.local > it.from).then(|| &all[it.local as usize..it.to as usize]);
            let others = &self.attributes[*first_attribute as usize..];
            self.is_doubtful |= others.iter().any(|it| local(it.name) == local(noted));
        }
        self.attributes.push(AttributeRecord { name: noted, value: written });
    }

    /// Notes text in the innermost element, at the end of all that was written; what stands side by side is one text.
    pub fn text(&mut self, text: Written<'_>, all: &str) {
        let own = self.own() as u32;
        let last = self.nodes.last().filter(|it| it.kind == Kind::Text && it.parent == own);
        let Some(&Record { name: before, is_made, .. }) = last else {
            if text.from < text.to {
                let Piece { from, to, is_made } = self.piece(text);
                self.push(Kind::Text, Name { from, local: from, to }, is_made);
            }
            return;
        };
        let Piece { from, to, is_made } = match (is_made, text.is_plain) {
            (false, true) => Piece { from: before.from, to: text.to as u32, is_made },
            (false, false) => {
                let from = self.made.len() as u32;
                self.made.push_str(&all[before.from as usize..before.to as usize]);
                self.make(from, text.of)
            }
            (true, _) => self.make(before.from, text.of),
        };
        if let Some(last) = self.nodes.last_mut() {
            (last.name, last.is_made) = (Name { from, local: from, to }, is_made);
        }
    }

    /// Notes that the innermost element ends.
    pub fn close(&mut self) {
        let n_nodes = self.nodes.len() as u32;
        let own = self.open.pop().unwrap_or(0);
        self.nodes[own as usize].end = n_nodes;
    }

    /// Notes that a line end was put before the innermost element, in which no element ended yet.
    pub fn moved(&mut self) {
        let own = self.own();
        for record in self.nodes[own..].iter_mut().filter(|it| !it.is_made) {
            let Name { from, local, to } = &mut record.name;
            [from, local, to].into_iter().for_each(|it| *it += 1);
        }
    }

    /// Returns what was noted of a text, if it is all there is to it.
    pub fn finish(mut self, text: &str) -> Option<Self> {
        self.nodes[0].end = self.nodes.len() as u32;
        let is_whole = self.open.len() == 1 && !self.is_doubtful && u32::try_from(text.len()).is_ok();
        is_whole.then_some(self)
    }

    /// Returns how many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the document, without what `take` takes of it as it would from a reader: see
    /// [`read_taking`](super::read_taking).
    pub fn taking<'t>(
        self,
        text: &'t str,
        depth: usize,
        take: &mut dyn FnMut(Node<'_, 't>) -> bool,
    ) -> Document<'t> {
        let Drafted { nodes: all, attributes: values, scopes, declarations, made, .. } = self;
        // Most of a form is texts and rows.
        let (nodes, attributes) = (Vec::with_capacity(all.len() / 3), Vec::with_capacity(values.len() / 2));
        let mut document = Document { text, nodes, attributes, scopes, declarations, made };
        // The elements around what comes next: their new numbers, and where they end in the old ones.
        let mut around: Vec<(u32, u32)> = Vec::new();
        for (at, record) in (0..).zip(&all) {
            close_before(at, &mut around, &mut document, depth, take);
            let number = document.nodes.len() as u32;
            let first = record.first_attribute as usize;
            let own = &values[first..first + usize::from(record.n_attributes)];
            document.nodes.push(Record {
                parent: around.last().map_or(0, |it| it.0),
                end: number + 1,
                first_attribute: document.attributes.len() as u32,
                ..*record
            });
            document.attributes.extend_from_slice(own);
            if record.kind != Kind::Text {
                around.push((number, record.end));
            }
        }
        close_before(u32::MAX, &mut around, &mut document, depth, take);
        document
    }

    fn own(&self) -> usize {
        self.open.last().map_or(0, |it| *it as usize)
    }

    fn push(&mut self, kind: Kind, name: Name, is_made: bool) -> u32 {
        let number = self.nodes.len() as u32;
        let parent = self.own();
        let Record { scope, .. } = self.nodes[parent];
        self.nodes.push(Record {
            parent: parent as u32,
            end: number + 1,
            name,
            first_attribute: self.attributes.len() as u32,
            scope,
            n_attributes: 0,
            kind,
            is_made,
        });
        number
    }

    /// Notes a name, and doubts one that is none or has a prefix that the root does not declare. The root itself comes
    /// before its declarations.
    fn name(&mut self, name: &str, at: usize) -> Name {
        let whole =
            |local: usize| Name { from: at as u32, local: (at + local) as u32, to: (at + name.len()) as u32 };
        if is_usual_name(name.as_bytes()) {
            return whole(0);
        }
        let (prefix, own) = name.split_once(':').map_or((None, name), |(prefix, own)| (Some(prefix), own));
        let is_root = self.nodes.len() == 1;
        let is_declared = |it: &str| is_root || self.prefixes.iter().any(|known| known == it);
        self.is_doubtful |= !is_name(own) || prefix.is_some_and(|it| !is_name(it) || !is_declared(it));
        whole(name.len() - own.len())
    }

    /// Notes a namespace of the element that began last. Only the root's have prefixes.
    fn declare(&mut self, name: &str, at: usize, namespace: Piece) {
        let (own, to) = (self.own(), (at + name.len()) as u32);
        let prefix = name.strip_prefix("xmlns:");
        let is_root = self.open.len() == 2;
        let is_right = |it: &str| is_root && is_name(it) && namespace.from < namespace.to;
        self.is_doubtful |= prefix.is_some_and(|it| !is_right(it));
        self.prefixes.extend(prefix.map(str::to_owned));
        let declared = Piece { from: to - prefix.map_or(0, str::len) as u32, to, is_made: false };
        let outer = self.nodes[self.nodes[own].parent as usize].scope;
        if self.nodes[own].scope == outer {
            let from = self.declarations.len() as u32;
            self.nodes[own].scope = self.scopes.len() as u32;
            self.scopes.push(Scope { outer, from, to: from });
        }
        self.declarations.push((declared, namespace));
        let to = self.declarations.len() as u32;
        self.scopes.last_mut().into_iter().for_each(|it| it.to = to);
    }

    /// Notes where a text or value reads as it is meant: in the text, or in what is made.
    fn piece(&mut self, Written { from, to, of, is_plain }: Written<'_>) -> Piece {
        if is_plain {
            return Piece { from: from as u32, to: to as u32, is_made: false };
        }
        self.make(self.made.len() as u32, of)
    }

    /// Adds pieces to what is made, without the characters that no document can hold; returns all of it from `from`.
    fn make(&mut self, from: u32, of: &[&str]) -> Piece {
        for piece in of {
            // U+FFFE and U+FFFF begin with this byte.
            if piece.bytes().any(|it| is_no_character(it) || it == 0xef) {
                let is_kept = |it: &char| !matches!(it, '\u{fffe}' | '\u{ffff}') && !is_control(*it);
                self.made.extend(piece.chars().filter(is_kept));
            } else {
                self.made.push_str(piece);
            }
        }
        Piece { from, to: self.made.len() as u32, is_made: true }
    }
}

/// By byte: whether it may stand in a name of ASCII letters, digits and signs.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    table
};

/// Whether this is such a name, without a prefix, as nearly all are.
fn is_usual_name(name: &[u8]) -> bool {
    let starts = |it: &u8| it.is_ascii_alphabetic() || *it == b'_';
    name.first().is_some_and(starts) && name.iter().all(|it| IN_NAMES[usize::from(*it)])
}

/// Whether this is any other name without a prefix.
fn is_name(name: &str) -> bool {
    let starts = |it: char| !it.is_ascii() || it.is_ascii_alphabetic() || it == '_';
    let goes_on = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    name.starts_with(starts)
        && name.chars().all(|it| if it.is_ascii() { goes_on(it) } else { is_in_names(it) })
}

fn is_control(it: char) -> bool {
    u8::try_from(it).is_ok_and(is_no_character)
}

/// Ends the elements that end before a node, the innermost first.
fn close_before<'t>(
    at: u32,
    around: &mut Vec<(u32, u32)>,
    document: &mut Document<'t>,
    depth: usize,
    take: &mut dyn FnMut(Node<'_, 't>) -> bool,
) {
    while let Some((number, _)) = around.pop_if(|it| it.1 <= at) {
        document.nodes[number as usize].end = document.nodes.len() as u32;
        if around.len() == depth && take(Node { document, number }) {
            let first_attribute = document.nodes[number as usize].first_attribute;
            document.nodes.truncate(number as usize);
            document.nodes.pop_if(|it| it.kind == Kind::Text);
            document.attributes.truncate(first_attribute as usize);
        }
    }
}
