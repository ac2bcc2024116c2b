//! An XML writer. A document is written as its elements open and close, so that nothing of it is put together twice. An
//! element that has attributes or elements in it begins a line of its own; text in mixed content keeps its place.

use crate::document::{Drafted, HIGHS, ONES, Written, below};

/// What a node of a form takes in its text.
const USUAL_NODE_BYTES: usize = 40;

/// A document being written.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    /// The elements that are open, the innermost last.
    open: Vec<Open>,
    /// Those of the innermost element.
    attributes: Vec<Attribute>,
    /// What a reader of the text will find.
    drafted: Drafted,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    layout: Layout,
    /// Where it begins, and where its name ends.
    start: usize,
    name_end: usize,
    /// Where its content begins, once the tag has ended.
    content: Option<usize>,
    begins_line: bool,
    /// Whether an element in it does.
    has_lines: bool,
}

/// How the content of an element is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Every element in it stands on a line of its own.
    Lines,
    /// Elements begin a line where there is more to them than a name and a text.
    Sparse,
    /// Text and elements, where they were put.
    Mixed,
}

/// How long the name of an attribute is, and its value as it is written: ` name="value"`.
#[derive(Debug)]
struct Attribute {
    n_name: usize,
    n_value: usize,
}

impl Document {
    #[cfg(test)]
    pub(super) fn new() -> Self {
        Self::with_room(0)
    }

    /// Begins a document; `room_bytes` is what it will probably take.
    pub(super) fn with_room(room_bytes: usize) -> Self {
        let mut text = String::with_capacity(room_bytes);
        text.push_str("<?xml version=\"1.0\"?>\n");
        let drafted = Drafted::with_room(room_bytes / USUAL_NODE_BYTES);
        Self { text, open: Vec::new(), attributes: Vec::new(), drafted }
    }

    /// Begins an element: attributes come next, then what is in it.
    pub(super) fn open(&mut self, name: &str) {
        self.begin_line();
        self.begin_content();
        let start = self.text.len();
        self.text.push('<');
        self.text.push_str(name);
        let name_end = self.text.len();
        self.drafted.open(name, start + 1);
        let layout = Layout::Sparse;
        self.open.push(Open { layout, start, name_end, content: None, begins_line: false, has_lines: false });
        self.attributes.clear();
    }

    /// Begins an element that holds elements alone, each on a line of its own.
    pub(super) fn open_lines(&mut self, name: &str) {
        self.open(name);
        self.lay_out(Layout::Lines);
    }

    /// Says that there will be text in the element, although an element comes first.
    pub(super) fn mix(&mut self) {
        self.lay_out(Layout::Mixed);
    }

    fn lay_out(&mut self, layout: Layout) {
        self.open.last_mut().into_iter().for_each(|it| it.layout = layout);
    }

    /// Sets an attribute of the element that has just begun, replacing one of the same name.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.attribute_of(name, &[value]);
    }

    /// Sets an attribute whose value consists of pieces.
    pub(super) fn attribute_of(&mut self, name: &str, pieces: &[&str]) {
        self.begin_line();
        if self.replace(name, pieces) {
            return;
        }
        let text = &mut self.text;
        text.push(' ');
        let at = text.len();
        text.push_str(name);
        text.push_str("=\"");
        let from = text.len();
        let mut is_plain = true;
        for piece in pieces {
            is_plain &= escape(piece, true, text);
        }
        let to = text.len();
        self.attributes.push(Attribute { n_name: name.len(), n_value: to - from });
        text.push('"');
        self.drafted.attribute(name, at, Written { from, to, of: pieces, is_plain }, &self.text);
    }

    /// Returns whether the attribute was there; it has another value then.
    fn replace(&mut self, name: &str, pieces: &[&str]) -> bool {
        let mut at = self.open.last().map_or(0, |it| it.name_end);
        for attribute in &mut self.attributes {
            let name_end = at + 1 + attribute.n_name;
            let (from, to) = (name_end + 2, name_end + 2 + attribute.n_value);
            if self.text.as_bytes()[at + 1..name_end] == *name.as_bytes() {
                let mut value = String::new();
                for piece in pieces {
                    escape(piece, true, &mut value);
                }
                self.drafted.doubt();
                attribute.n_value = value.len();
                self.text.replace_range(from..to, &value);
                return true;
            }
            at = to + 1;
        }
        false
    }

    /// Puts text into the element.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.mix();
        self.begin_content();
        let from = self.text.len();
        let is_plain = escape(text, false, &mut self.text);
        let written = Written { from, to: self.text.len(), of: &[text], is_plain };
        self.drafted.text(written, &self.text);
    }

    /// Ends the element that began last.
    pub(super) fn close(&mut self) {
        if self.open.last().is_some_and(|it| it.layout == Layout::Lines) {
            self.begin_content();
        }
        let Some(own) = self.open.pop() else { return };
        self.drafted.close();
        match own.content {
            Some(content) if content < self.text.len() => {
                if own.layout == Layout::Sparse && own.has_lines {
                    self.text.push('\n');
                }
                self.text.push_str("</");
                self.text.extend_from_within(own.start + 1..own.name_end);
                self.text.push('>');
            }
            content => {
                self.text.truncate(content.map_or(self.text.len(), |it| it - 1));
                self.text.push_str("/>");
            }
        }
        if self.open.last().is_none_or(|it| it.layout == Layout::Lines) {
            self.text.push('\n');
        }
    }

    /// Writes an element with a text and nothing else.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close();
    }

    /// Writes an element with one attribute and nothing else.
    pub(super) fn empty(&mut self, name: &str, attribute: &str, value: &str) {
        self.open(name);
        self.attribute(attribute, value);
        self.close();
    }

    /// Returns the text, and what was noted of it where that is all.
    pub(super) fn finish(self) -> (String, Option<Drafted>) {
        let drafted = self.drafted.finish(&self.text);
        (self.text, drafted)
    }

    /// Makes the innermost element begin a line, where it is one of several: there is more to it than a name.
    fn begin_line(&mut self) {
        let [.., around, own] = &mut self.open[..] else { return };
        if own.begins_line || around.layout != Layout::Sparse {
            return;
        }
        own.begins_line = true;
        around.has_lines = true;
        self.text.insert(own.start, '\n');
        own.start += 1;
        own.name_end += 1;
        own.content = own.content.map(|it| it + 1);
        self.drafted.moved();
    }

    /// Ends the tag of the innermost element.
    fn begin_content(&mut self) {
        let Some(own) = self.open.last_mut().filter(|it| it.content.is_none()) else { return };
        self.text.push('>');
        own.content = Some(self.text.len());
        if own.layout == Layout::Lines {
            self.text.push('\n');
        }
    }
}

/// By byte: whether it may have to be written otherwise in a text (1), in an attribute (2).
const SPECIAL: [u8; 256] = {
    let mut special = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = 3;
        control += 1;
    }
    special[b'\t' as usize] = 2;
    special[b'\n' as usize] = 2;
    special[b'"' as usize] = 2;
    special[b'&' as usize] = 3;
    special[b'<' as usize] = 3;
    special[b'>' as usize] = 3;
    // U+FFFE and U+FFFF begin with it.
    special[0xef] = 3;
    special
};

/// Returns where the first byte from `at` stands that is special; eight are looked at together.
fn next_special(bytes: &[u8], mut at: usize, wanted: u8) -> Option<usize> {
    let is_special = |it: &u8| SPECIAL[usize::from(*it)] & wanted != 0;
    while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(eight);
        // `"` and `&` differ in one bit, and so do `<` and `>`.
        let quotes = (word | (ONES * 4)) ^ (ONES * u64::from(b'&'));
        let angles = (word | (ONES * 2)) ^ (ONES * u64::from(b'>'));
        let found = if word & HIGHS == 0 {
            // No byte has its highest bit, so only those have that are too small; and some above the first of these.
            (word.wrapping_sub(ONES * 0x20) | quotes.wrapping_sub(ONES) | angles.wrapping_sub(ONES)) & HIGHS
        } else {
            below(word, 0x20) | below(quotes, 1) | below(angles, 1) | below(word ^ (ONES * 0xef), 1)
        };
        if found != 0 {
            let first = (found.trailing_zeros() / 8) as usize;
            if is_special(&eight[first]) {
                return Some(at + first);
            }
            at += first + 1;
        } else {
            at += 8;
        }
    }
    bytes[at..].iter().position(is_special).map(|it| at + it)
}

/// Appends `text` escaped; returns whether it is written just as it is. Characters that XML 1.0 cannot hold are left out;
/// line ends in attributes stay line ends.
fn escape(text: &str, attribute: bool, out: &mut String) -> bool {
    out.reserve(text.len() + 1);
    let bytes = text.as_bytes();
    let wanted = if attribute { 2 } else { 1 };
    let (mut from, mut at) = (0, 0);
    while let Some(special) = next_special(bytes, at, wanted) {
        at = special + 1;
        let (length, instead) = match bytes[special] {
            b'&' => (1, "&amp;"),
            b'<' => (1, "&lt;"),
            b'>' => (1, "&gt;"),
            b'"' => (1, "&quot;"),
            b'\n' => (1, "&#10;"),
            b'\r' => (1, "&#13;"),
            b'\t' => (1, "&#9;"),
            0..=0x1f => (1, ""),
            _ if matches!(bytes[at..], [0xbf, 0xbe | 0xbf, ..]) => (3, ""),
            _ => continue,
        };
        out.push_str(&text[from..special]);
        out.push_str(instead);
        at = special + length;
        from = at;
    }
    out.push_str(&text[from..]);
    from == 0
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::document::{self, read_taking};

    fn written(write: impl Fn(&mut Document)) -> (String, Option<document::Drafted>) {
        let mut document = Document::new();
        write(&mut document);
        document.finish()
    }

    fn check(write: impl Fn(&mut Document), expected: &str) {
        let (text, drafted) = written(write);
        assert_eq!(text, format!("<?xml version=\"1.0\"?>\n{expected}\n"));
        let read = read_taking(&text, 100, 9, &mut |_| false).expect("a document");
        if let Some(drafted) = drafted {
            assert_eq!(nodes(&drafted.taking(&text, 9, &mut |_| false)), nodes(&read), "{text}");
        }
    }

    /// Returns all that there is in a document, but for line ends that lay it out.
    fn nodes(document: &document::Document<'_>) -> Vec<String> {
        let described = |it: document::Node<'_, '_>| {
            let attributes = it.attributes().map(|it| (it.qualified_name(), it.namespace(), it.value()));
            let (attributes, text) = (attributes.collect::<Vec<_>>(), it.text().filter(|_| it.is_text()));
            let depth = it.ancestors().count();
            format!("{:?}", (depth, it.kind(), it.qualified_name(), it.namespace(), attributes, text))
        };
        let all = document.root_element().descendants();
        all.filter(|it| !it.is_text() || it.text() != Some("\n")).map(described).collect()
    }

    #[test]
    fn what_is_noted_is_what_a_reader_finds() {
        let check = |inside: fn(&mut Document), expected, is_noted| {
            let write = |it: &mut Document| {
                it.open("h:a");
                it.attribute("xmlns:h", "u");
                it.attribute("xmlns", "v & w");
                inside(it);
                it.close();
            };
            let expected = format!("<h:a xmlns:h=\"u\" xmlns=\"v &amp; w\"{expected}");
            check(write, &expected);
            assert_eq!(written(write).1.is_some(), is_noted, "{expected}");
        };
        check(|it| it.empty("b", "h:c", "1"), ">\n<b h:c=\"1\"/>\n</h:a>", true);
        check(|it| it.element("姓名", "李\t\n"), "><姓名>李\t\n</姓名></h:a>", true);
        let own_namespace = |it: &mut Document| it.empty("b", "xmlns", "x");
        check(own_namespace, ">\n<b xmlns=\"x\"/>\n</h:a>", true);
        let texts = |it: &mut Document| {
            it.open("b");
            it.text("1");
            it.text(" <");
            it.text("2\r");
            it.empty("c", "d", "\u{2}'");
            it.text("3");
            it.text("");
            it.text("4");
            it.close();
        };
        check(texts, ">\n<b>1 &lt;2&#13;<c d=\"'\"/>34</b>\n</h:a>", true);
        let replaced = |it: &mut Document| {
            it.attribute("b", "1");
            it.attribute("b", "2");
        };
        check(replaced, " b=\"2\"/>", false);
    }

    #[test]
    fn what_is_no_document_is_not_noted() {
        let check = |name: &str| {
            let element = written(|it| it.element(name, ""));
            assert!(element.1.is_none(), "{name}");
            let attribute = written(|it| it.empty("a", name, "1"));
            assert!(attribute.1.is_none(), "{name}");
        };
        ["a b", "1a", "", "a:b:c", ":a", "a:", "-", "a\u{3000}", "xmlns:p:q"].into_iter().for_each(check);
        assert!(written(|it| it.empty("a", "p:b", "1")).1.is_none());
        assert!(written(|it| it.empty("a", "xmlns:p", "")).1.is_none());
    }

    #[test]
    fn writes_what_a_parser_reads_back() {
        let expected = "<a b=\"x &lt; &quot;y&quot; &amp; z&#10;\">1 &gt; 0 ，&amp; <c/></a>";
        check(
            |it| {
                it.open("a");
                it.attribute("b", "x < \"y\" & z\n");
                it.text("1 > 0 \u{1}，\u{ffff}& ");
                it.element("c", "");
                it.close();
            },
            expected,
        );
    }

    #[test]
    fn begins_lines_between_elements_only() {
        let check = |inside: fn(&mut Document), expected| {
            let write = |it: &mut Document| {
                it.open("a");
                inside(it);
                it.close();
            };
            check(write, expected);
        };
        let both = |it: &mut Document| {
            it.element("b", "t");
            it.element("c", "\u{1}");
        };
        check(both, "<a><b>t</b><c/></a>");
        let with_attribute = |it: &mut Document| {
            it.element("b", "");
            it.empty("c", "d", "1");
        };
        check(with_attribute, "<a><b/>\n<c d=\"1\"/>\n</a>");
        let with_element = |it: &mut Document| {
            it.element("b", "");
            it.open("c");
            it.element("d", "");
            it.element("e", "");
            it.close();
        };
        check(with_element, "<a><b/>\n<c><d/><e/></c>\n</a>");
        let mixed = |it: &mut Document| {
            it.mix();
            it.empty("c", "d", "1");
            it.text(" t");
        };
        check(mixed, "<a><c d=\"1\"/> t</a>");
    }

    #[test]
    fn every_element_has_a_line_where_that_is_asked_for() {
        let expected = "<a b=\"1\">\n<c>\n<d/>\n</c>\n<e>\n</e>\n</a>";
        check(
            |it| {
                it.open_lines("a");
                it.attribute("b", "1");
                it.open_lines("c");
                it.element("d", "");
                it.close();
                it.open_lines("e");
                it.close();
                it.close();
            },
            expected,
        );
    }

    #[test]
    fn an_attribute_is_there_once() {
        check(
            |it| {
                it.open("a");
                it.attribute("b", "1 c=");
                it.attribute_of("c", &["\"", "2"]);
                it.attribute("b", "3");
                it.attribute("c", "4");
                it.close();
            },
            "<a b=\"3\" c=\"4\"/>",
        );
    }
}
