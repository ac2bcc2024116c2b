//! An XML writer whose elements are text as soon as they are made. An element that has attributes or elements in it begins
//! a line of its own; text in mixed content keeps its place.

/// An element: its beginning with the attributes, and what is in it, both as they will stand in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// `<name a="1"`.
    open: String,
    n_name: usize,
    content: String,
    /// Where in the content a line begins, unless it is mixed.
    lines: Vec<usize>,
    is_mixed: bool,
    has_elements: bool,
}

impl Element {
    pub(super) fn new(name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        let mut open = String::with_capacity(name.len() + 64);
        open.push('<');
        open.push_str(name);
        Self {
            open,
            n_name: name.len(),
            content: String::new(),
            lines: Vec::new(),
            is_mixed: false,
            has_elements: false,
        }
    }

    fn name(&self) -> &str {
        &self.open[1..=self.n_name]
    }

    /// Sets an attribute, replacing one of the same name.
    pub(super) fn set(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        if let Some((from, to)) = self.attribute(name) {
            let tail = self.open.split_off(to);
            self.open.truncate(from);
            escape(value, true, &mut self.open);
            self.open.push_str(&tail);
            return;
        }
        self.open.push(' ');
        self.open.push_str(name);
        self.open.push_str("=\"");
        escape(value, true, &mut self.open);
        self.open.push('"');
    }

    /// Returns where an attribute's value begins and ends.
    fn attribute(&self, name: &str) -> Option<(usize, usize)> {
        let bytes = self.open.as_bytes();
        let next = |from: usize, wanted: u8| Some(from + bytes[from..].iter().position(|it| *it == wanted)?);
        let mut at = 1 + self.n_name;
        // ` name="value"`: no name has an equals sign in it and no value a quotation mark.
        while at < bytes.len() {
            let equals = next(at, b'=')?;
            let end = next(equals + 2, b'"')?;
            if bytes[at + 1..equals] == *name.as_bytes() {
                return Some((equals + 2, end));
            }
            at = end + 1;
        }
        None
    }

    #[must_use]
    pub(super) fn with(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.set(name, value);
        self
    }

    #[must_use]
    pub(super) fn text(mut self, text: impl AsRef<str>) -> Self {
        self.push_text(text);
        self
    }

    #[must_use]
    pub(super) fn child(mut self, child: Element) -> Self {
        self.push(child);
        self
    }

    #[must_use]
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().for_each(|it| self.push(it));
        self
    }

    pub(super) fn push(&mut self, child: Element) {
        if child.has_elements || child.open.len() > child.n_name + 1 {
            self.lines.push(self.content.len());
        }
        self.has_elements = true;
        child.write(&mut self.content);
    }

    pub(super) fn push_text(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.is_mixed |= !text.is_empty();
        escape(text, false, &mut self.content);
    }

    fn write(&self, out: &mut String) {
        const MARKS: usize = "></>\n".len();
        out.reserve(self.open.len() + self.content.len() + self.lines.len() + self.n_name + MARKS);
        out.push_str(&self.open);
        if self.content.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        if self.is_mixed || self.lines.is_empty() {
            out.push_str(&self.content);
        } else {
            let mut from = 0;
            for &line in &self.lines {
                out.push_str(&self.content[from..line]);
                out.push('\n');
                from = line;
            }
            out.push_str(&self.content[from..]);
            out.push('\n');
        }
        out.push_str("</");
        out.push_str(self.name());
        out.push('>');
    }
}

/// A document being written: what is around the many elements of a form is written as it opens and closes, so that
/// nothing large is put together twice.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    /// Names of the elements that are open.
    open: Vec<String>,
}

impl Document {
    pub(super) fn new() -> Self {
        Self { text: String::from("<?xml version=\"1.0\"?>\n"), open: Vec::new() }
    }

    /// Begins an element that holds elements alone.
    pub(super) fn open(&mut self, element: &Element) {
        self.text.push_str(&element.open);
        self.text.push_str(">\n");
        self.open.push(element.name().to_owned());
    }

    /// Writes an element into the one that is open.
    pub(super) fn push(&mut self, element: &Element) {
        element.write(&mut self.text);
        self.text.push('\n');
    }

    /// Ends the element that was opened last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.text.push_str("</");
            self.text.push_str(&name);
            self.text.push_str(">\n");
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
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

/// Appends `text` escaped. Characters that XML 1.0 cannot hold are left out; line ends in attributes stay line ends.
fn escape(text: &str, attribute: bool, out: &mut String) {
    out.reserve(text.len() + 1);
    let bytes = text.as_bytes();
    let wanted = if attribute { 2 } else { 1 };
    let (mut from, mut at) = (0, 0);
    while let Some(ahead) = bytes[at..].iter().position(|it| SPECIAL[usize::from(*it)] & wanted != 0) {
        let special = at + ahead;
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
}

#[cfg(test)]
mod tests {
    use super::{Document, Element};

    fn check(element: &Element, expected: &str) {
        let mut document = Document::new();
        document.push(element);
        assert_eq!(document.finish(), format!("<?xml version=\"1.0\"?>\n{expected}\n"));
    }

    #[test]
    fn writes_what_a_parser_reads_back() {
        check(
            &Element::new("a")
                .with("b", "x < \"y\" & z\n")
                .text("1 > 0 \u{1}，\u{ffff}& ")
                .child(Element::new("c")),
            "<a b=\"x &lt; &quot;y&quot; &amp; z&#10;\">1 &gt; 0 ，&amp; <c/></a>",
        );
    }

    #[test]
    fn begins_lines_between_elements_only() {
        let leaf = || Element::new("c").with("d", "1");
        check(
            &Element::new("a").child(Element::new("b").text("t")).child(Element::new("c")),
            "<a><b>t</b><c/></a>",
        );
        check(&Element::new("a").child(Element::new("b")).child(leaf()), "<a><b/>\n<c d=\"1\"/>\n</a>");
        check(&Element::new("a").child(leaf()).text(" t"), "<a><c d=\"1\"/> t</a>");
    }

    #[test]
    fn a_document_is_written_as_it_opens_and_closes() {
        let mut document = Document::new();
        document.open(&Element::new("a").with("b", "1"));
        document.open(&Element::new("c"));
        document.push(&Element::new("d"));
        document.close();
        document.close();
        let expected = "<?xml version=\"1.0\"?>\n<a b=\"1\">\n<c>\n<d/>\n</c>\n</a>\n";
        assert_eq!(document.finish(), expected);
    }

    #[test]
    fn an_attribute_is_there_once() {
        let element = Element::new("a").with("b", "1 c=").with("c", "\"2").with("b", "3");
        check(&element, "<a b=\"3\" c=\"&quot;2\"/>");
    }
}
