//! Text to an XML document, its size bounded while it is read.
//!
//! Source: XML 1.0 and Namespaces in XML. Document type declarations are refused, and with them entity bombs. Not looked
//! for: `]]>` in a text, and the two code points U+FFFE and U+FFFF.

mod text;

use super::bytes::is_in_names;
use super::{AttributeRecord, Document, Kind, Name, Node, Piece, Record, Scope};

/// Most attributes of one element: each is compared with all others.
pub(super) const MAX_ATTRIBUTES: usize = 500;
/// Deepest nesting of elements.
pub(super) const MAX_DEPTH: usize = 1_000;

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Malformed { line: u32, column: u32 },
    TooLarge,
}

/// Reads a document of at most `most_nodes` nodes: elements, texts, comments.
pub(crate) fn read(text: &str, most_nodes: u32) -> Result<Document<'_>, Unreadable> {
    Reader::new(text, most_nodes).read()
}

/// Reads a document of at most `most_nodes` nodes. Elements `depth` deep (the root is 1 deep) are shown to `take` as they
/// end; those that it takes are not kept, nor is the text before them, so that the bulk of a document need never be in
/// memory as nodes. Nor is what only lays out a form: blanks and line ends between elements.
pub(crate) fn read_taking<'t>(
    text: &'t str,
    most_nodes: u32,
    depth: usize,
    take: &mut dyn FnMut(Node<'_, 't>) -> bool,
) -> Result<Document<'t>, Unreadable> {
    let mut reader = Reader::new(text, most_nodes);
    reader.taking = Some(Taking { depth, take, before: Lengths::default() });
    reader.read()
}

/// Reads a document that may begin by saying which type it is of, without declarations of its own.
#[cfg(any(test, feature = "expression"))]
pub(crate) fn read_with_doctype(text: &str, most_nodes: u32) -> Result<Document<'_>, Unreadable> {
    let mut reader = Reader::new(text, most_nodes);
    let start = text.len() - text.trim_ascii_start().len();
    if text[start..].starts_with("<!DOCTYPE") {
        let end = text[start..].find(['>', '[']).map_or(text.len(), |it| start + it);
        reader.at = end;
        reader.expect(b'>').map_err(|it| reader.unreadable(it))?;
    }
    reader.read()
}

/// What is wrong, and where.
enum Fault {
    At(usize),
    TooLarge,
}

type Read<T> = Result<T, Fault>;

/// Who takes elements out of the document while it is read.
struct Taking<'f, 't> {
    depth: usize,
    take: &'f mut dyn FnMut(Node<'_, 't>) -> bool,
    /// How long everything was where the element began that may be taken next.
    before: Lengths,
}

#[derive(Clone, Copy, Default)]
struct Lengths {
    declarations: usize,
    scopes: usize,
    made: usize,
}

struct Reader<'f, 't> {
    bytes: &'t [u8],
    at: usize,
    most_nodes: usize,
    /// How many nodes were taken.
    n_taken: usize,
    taking: Option<Taking<'f, 't>>,
    /// Elements that are not closed yet.
    open: Vec<u32>,
    /// Whether a name of the tag being read has a prefix.
    has_prefix: bool,
    document: Document<'t>,
}

impl<'t> Reader<'_, 't> {
    fn new(text: &'t str, most_nodes: u32) -> Self {
        let document = Document {
            text,
            nodes: vec![DOCUMENT],
            attributes: Vec::new(),
            scopes: vec![Scope { outer: 0, from: 0, to: 0 }],
            declarations: Vec::new(),
            made: String::new(),
        };
        Self {
            bytes: text.as_bytes(),
            at: 0,
            most_nodes: most_nodes as usize,
            n_taken: 0,
            taking: None,
            open: vec![0],
            has_prefix: false,
            document,
        }
    }

    fn read(mut self) -> Result<Document<'t>, Unreadable> {
        match self.content() {
            Ok(()) => {
                self.document.nodes.shrink_to_fit();
                self.document.attributes.shrink_to_fit();
                Ok(self.document)
            }
            Err(fault) => Err(self.unreadable(fault)),
        }
    }

    fn unreadable(&self, fault: Fault) -> Unreadable {
        let Fault::At(at) = fault else { return Unreadable::TooLarge };
        // Columns count characters: what is no first byte of one does not count.
        let before = &self.bytes[..at.min(self.bytes.len())];
        let line = before.rsplit(|it| *it == b'\n').next().unwrap_or_default();
        let is_first = |it: &&u8| **it & 0xc0 != 0x80;
        Unreadable::Malformed {
            line: before.iter().filter(|it| **it == b'\n').count() as u32 + 1,
            column: line.iter().filter(is_first).count() as u32 + 1,
        }
    }

    fn content(&mut self) -> Read<()> {
        if self.bytes.len() > u32::MAX as usize {
            return Err(Fault::TooLarge);
        }
        self.skip(b"\xef\xbb\xbf");
        if self.skip(b"<?xml ") || self.skip(b"<?xml\t") || self.skip(b"<?xml\n") || self.skip(b"<?xml\r") {
            self.until(b"?>")?;
        }
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'<', Some(b'/')) => self.close()?,
                (b'<', Some(b'?')) => self.instruction()?,
                (b'<', Some(b'!')) if self.bytes[self.at..].starts_with(b"<!--") => self.comment()?,
                (b'<', Some(b'!')) if self.starts_with_cdata() => self.text()?,
                (b'<', _) => self.element()?,
                _ => self.text()?,
            }
        }
        self.document.nodes[0].end = self.document.nodes.len() as u32;
        let is_whole = self.open.len() == 1 && self.document.root().first_element().is_some();
        if !is_whole {
            return Err(Fault::At(self.at));
        }
        Ok(())
    }

    fn element(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 1;
        let is_second_root =
            self.open.len() == 1 && self.document.nodes.iter().any(|it| it.kind == Kind::Element);
        if is_second_root {
            return Err(Fault::At(start));
        }
        if self.open.len() > MAX_DEPTH {
            return Err(Fault::At(start));
        }
        self.has_prefix = false;
        let name = self.name()?;
        if let Some(taking) = self.taking.as_mut().filter(|it| it.depth == self.open.len()) {
            let Document { declarations, scopes, made, .. } = &self.document;
            taking.before =
                Lengths { declarations: declarations.len(), scopes: scopes.len(), made: made.len() };
        }
        let number = self.push(Kind::Element, name, false)?;
        if self.tag(number)? {
            self.closed(number);
        } else {
            self.open.push(number);
        }
        Ok(())
    }

    /// Hands an element that has just ended to who may take it.
    fn closed(&mut self, number: u32) {
        let Some(taking) = self.taking.as_mut().filter(|it| it.depth == self.open.len()) else { return };
        let element = Node { document: &self.document, number };
        if !(taking.take)(element) {
            return;
        }
        let Document { nodes, attributes, scopes, declarations, made, .. } = &mut self.document;
        let n_nodes = nodes.len();
        let first_attribute = nodes[number as usize].first_attribute;
        nodes.truncate(number as usize);
        nodes.pop_if(|it| it.kind == Kind::Text);
        self.n_taken += n_nodes - nodes.len();
        attributes.truncate(first_attribute as usize);
        scopes.truncate(taking.before.scopes);
        declarations.truncate(taking.before.declarations);
        made.truncate(taking.before.made);
    }

    /// Reads the rest of a start tag; returns whether it is an end tag too.
    fn tag(&mut self, number: u32) -> Read<bool> {
        let first = self.document.attributes.len();
        let first_declaration = self.document.declarations.len();
        let is_closed = loop {
            let gap = self.at;
            self.spaces();
            match self.peek(0) {
                Some(b'>') => {
                    self.at += 1;
                    break false;
                }
                Some(b'/') => {
                    self.at += 1;
                    self.expect(b'>')?;
                    break true;
                }
                _ if gap == self.at => return Err(Fault::At(gap)),
                _ => self.attribute(first, first_declaration)?,
            }
        };
        if self.document.declarations.len() > first_declaration {
            let outer = self.document.nodes[number as usize].scope;
            let (from, to) = (first_declaration as u32, self.document.declarations.len() as u32);
            self.document.nodes[number as usize].scope = self.document.scopes.len() as u32;
            self.document.scopes.push(Scope { outer, from, to });
        }
        let n_attributes = self.document.attributes.len() - first;
        let record = &mut self.document.nodes[number as usize];
        record.first_attribute = first as u32;
        record.n_attributes = n_attributes as u16;
        if self.has_prefix {
            self.check_names(number)?;
        }
        Ok(is_closed)
    }

    fn attribute(&mut self, first: usize, first_declaration: usize) -> Read<()> {
        let start = self.at;
        let name = self.name()?;
        self.spaces();
        self.expect(b'=')?;
        self.spaces();
        let value = self.value()?;
        let document = &mut self.document;
        let n_all = document.attributes.len() - first + document.declarations.len() - first_declaration;
        if n_all >= MAX_ATTRIBUTES {
            return Err(Fault::TooLarge);
        }
        let is_plain = name.local == name.from;
        let prefix_end = if is_plain { name.to } else { name.local - 1 };
        if document.is_local(Name { from: name.from, local: name.from, to: prefix_end }, "xmlns") {
            let from = if is_plain { name.to } else { name.local };
            let declared = Piece { from, to: name.to, is_made: false };
            let own = &document.declarations[first_declaration..];
            let is_empty = !is_plain && value.from == value.to;
            if is_empty || own.iter().any(|(it, _)| document.piece(*it) == document.piece(declared)) {
                return Err(Fault::At(start));
            }
            document.declarations.push((declared, value));
        } else {
            let own = document.attributes.get(first..).unwrap_or_default();
            for other in own {
                let is_as_long = other.name.to - other.name.from == name.to - name.from;
                if is_as_long && document.written(other.name) == document.written(name) {
                    return Err(Fault::At(start));
                }
            }
            document.attributes.push(AttributeRecord { name, value });
        }
        Ok(())
    }

    /// Refuses prefixes that nobody declared, and one attribute under two prefixes.
    fn check_names(&self, number: u32) -> Read<()> {
        let node = Node { document: &self.document, number };
        let at = self.document.nodes[number as usize].name.from as usize;
        if !node.prefix().is_empty() && node.namespace().is_none() {
            return Err(Fault::At(at));
        }
        for attribute in node.attributes().filter(|it| !it.prefix().is_empty()) {
            let namespace = attribute.namespace();
            let same =
                |it: &super::Attribute<'_, '_>| it.name() == attribute.name() && it.namespace() == namespace;
            if namespace.is_none() || node.attributes().filter(same).count() > 1 {
                return Err(Fault::At(at));
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 2;
        let open = self.open.last().copied().unwrap_or(0);
        let nodes = self.document.nodes.as_mut_slice();
        let end = nodes.len() as u32;
        let record = &mut nodes[open as usize];
        record.end = end;
        let opened = record.name;
        if !self.takes_name(opened) {
            // What is wrong is the name, or what follows it.
            let name = self.name()?;
            if open == 0 || self.document.written(opened) != self.document.written(name) {
                return Err(Fault::At(start));
            }
        }
        self.open.pop();
        self.spaces();
        self.expect(b'>')?;
        self.closed(open);
        Ok(())
    }

    fn comment(&mut self) -> Read<()> {
        self.at += 4;
        let from = self.at;
        self.until(b"--")?;
        let comment = self.piece_from(from, self.at - 2);
        self.expect(b'>')?;
        self.push_text(Kind::Comment, comment)
    }

    fn instruction(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 2;
        let target = self.name()?;
        if self.document.written(target).eq_ignore_ascii_case("xml") {
            return Err(Fault::At(start));
        }
        let gap = self.at;
        self.spaces();
        let from = self.at;
        self.until(b"?>")?;
        let value = self.piece_from(from, self.at - 2);
        if gap == from && value.from != value.to {
            return Err(Fault::At(gap));
        }
        self.push(Kind::Instruction, target, false)?;
        self.document.attributes.push(AttributeRecord { name: target, value });
        Ok(())
    }

    fn name(&mut self) -> Read<Name> {
        let (bytes, start) = (self.bytes, self.at);
        let mut at = start;
        let mut local = start;
        let mut is_plain = true;
        while at < bytes.len() {
            match bytes[at] {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {}
                b'0'..=b'9' | b'-' | b'.' if at > local => {}
                b':' if local == start && at > start => local = at + 1,
                0x80.. => is_plain = false,
                _ => break,
            }
            at += 1;
        }
        self.at = at;
        self.has_prefix |= local > start;
        let name = Name { from: start as u32, local: local as u32, to: at as u32 };
        if local < at && (is_plain || self.document.written(name).chars().all(is_in_names)) {
            Ok(name)
        } else {
            Err(Fault::At(start))
        }
    }

    /// Moves over a name, if just this one is written here.
    fn takes_name(&mut self, name: Name) -> bool {
        let (bytes, mut at) = (self.bytes, self.at);
        for byte in &bytes[name.from as usize..name.to as usize] {
            if bytes.get(at) != Some(byte) {
                return false;
            }
            at += 1;
        }
        let is_whole = matches!(bytes.get(at), Some(b'>' | b' ' | b'\n' | b'\t' | b'\r'));
        if is_whole {
            self.at = at;
        }
        is_whole
    }

    /// Adds a node; until it is closed nothing is below it. `name` says where its name or its text stands.
    fn push(&mut self, kind: Kind, name: Name, is_made: bool) -> Read<u32> {
        let Document { nodes, attributes, .. } = &mut self.document;
        let number = nodes.len();
        if number + self.n_taken > self.most_nodes {
            return Err(Fault::TooLarge);
        }
        let parent = self.open.last().copied().unwrap_or(0);
        nodes.push(Record {
            parent,
            end: number as u32 + 1,
            name,
            first_attribute: attributes.len() as u32,
            scope: nodes.as_slice()[parent as usize].scope,
            n_attributes: 0,
            kind,
            is_made,
        });
        Ok(number as u32)
    }

    fn push_text(&mut self, kind: Kind, Piece { from, to, is_made }: Piece) -> Read<()> {
        self.push(kind, Name { from, local: from, to }, is_made).map(|_| ())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn starts_with_cdata(&self) -> bool {
        self.bytes[self.at..].starts_with(CDATA)
    }

    fn spaces(&mut self) {
        let (bytes, mut at) = (self.bytes, self.at);
        while at < bytes.len() && matches!(bytes[at], b' ' | b'\n' | b'\t' | b'\r') {
            at += 1;
        }
        self.at = at;
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.peek(0) == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(Fault::At(self.at))
    }

    fn skip(&mut self, wanted: &[u8]) -> bool {
        let is_there = self.bytes[self.at..].starts_with(wanted);
        if is_there {
            self.at += wanted.len();
        }
        is_there
    }

    /// Moves behind the next `end`.
    fn until(&mut self, end: &[u8]) -> Read<()> {
        let found = self.bytes[self.at..].windows(end.len()).position(|it| it == end);
        self.at += found.ok_or(Fault::At(self.at))? + end.len();
        Ok(())
    }
}

/// The node that holds all others.
pub(super) const DOCUMENT: Record = Record {
    parent: 0,
    end: 0,
    name: Name { from: 0, local: 0, to: 0 },
    first_attribute: 0,
    scope: 0,
    n_attributes: 0,
    kind: Kind::Document,
    is_made: false,
};

const CDATA: &[u8] = b"<![CDATA[";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_not() {
        let check = |xml: &str, line, column| {
            assert_eq!(read(xml, 10).map(|_| ()), Err(Unreadable::Malformed { line, column }), "{xml}");
        };
        check("", 1, 1);
        check("<a>\n</b>", 2, 1);
        check("<a>", 1, 4);
        check("<a/><b/>", 1, 5);
        check("<a>&b;</a>", 1, 4);
        check("<a>&#0;</a>", 1, 4);
        check("<a>\u{1}</a>", 1, 4);
        check("<a>李&</a>", 1, 5);
        check("<a b=1/>", 1, 6);
        check("<a b='1'c='2'/>", 1, 9);
        check("<a b='1' b='2'/>", 1, 10);
        check("<a b='<'/>", 1, 7);
        check("<p:a/>", 1, 2);
        check("<a p:b=''/>", 1, 2);
        check("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", 1, 2);
        check("<a xmlns:p=''/>", 1, 4);
        check("<1a/>", 1, 2);
        check("<a\u{3000}/>", 1, 2);
        check("<a:/>", 1, 2);
        check("x<a/>", 1, 1);
        check("<a/>x", 1, 5);
        check("<!DOCTYPE a><a/>", 1, 2);
        check("<a><!-- - -- --></a>", 1, 13);
        check(" <?xml version='1.0'?><a/>", 1, 2);
    }

    #[test]
    fn size_is_bounded() {
        let check = |xml: &str| assert_eq!(read(xml, 10).map(|_| ()), Err(Unreadable::TooLarge));
        check(&format!("<a>{}</a>", "<b/>".repeat(10)));
        let attributes: String = (0..501).map(|it| format!(" a{it}=''")).collect();
        check(&format!("<a{attributes}/>"));
        let deep = "<a>".repeat(2_000);
        let too_deep = Unreadable::Malformed { line: 1, column: 3 * MAX_DEPTH as u32 + 1 };
        assert_eq!(read(&deep, 10_000).map(|_| ()), Err(too_deep));
    }

    #[test]
    fn texts_and_values_read_as_the_standard_says() {
        let check = |xml: &str, expected: &str| {
            let document = read(xml, 10).expect("a document");
            let root = document.root_element();
            assert_eq!(root.attribute("v").or(root.text()).unwrap_or_default(), expected, "{xml}");
            assert!(root.children().count() < 2, "{xml}");
        };
        check("<a> b \n\tc </a>", " b \n\tc ");
        check("<a>1 &lt; 2 &amp;&#x26;&#38; 3</a>", "1 < 2 &&& 3");
        check("<a>b\r\nc\rd</a>", "b\nc\nd");
        check("<a>b<![CDATA[<c>\r\n]]]]>d</a>", "b<c>\n]]d");
        check("<a><![CDATA[]]></a>", "");
        check("<a v='b\n\tc\r\nd&#10;e'/>", "b  c d\ne");
        check("<a v=\"it's\"/>", "it's");
        check("\u{feff}<?xml version='1.0'?><!-- c --><a v='李&quot;'/>\n<!-- d -->", "李\"");
        check("<a v='12345678901234567&gt;8901234567890'/>", "12345678901234567>8901234567890");
    }
}
