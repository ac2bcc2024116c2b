//! A small XML tree and its writer. Text in mixed content keeps its place; element content is indented.

/// An element with attributes in order of setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new() }
    }

    /// Sets an attribute, replacing one of the same name.
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name, value)),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    #[must_use]
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
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
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    pub(super) fn push(&mut self, child: Element) {
        self.children.push(Node::Element(child));
    }

    pub(super) fn push_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.children.push(Node::Text(text));
        }
    }

    /// Returns the document: declaration, then this element as root, indented by two spaces.
    pub(super) fn to_document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\"?>\n");
        self.write(&mut out, 0, true);
        out
    }

    fn write(&self, out: &mut String, depth: usize, indent: bool) {
        if indent {
            out.push_str(&"  ".repeat(depth));
        }
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        if self.children.is_empty() {
            out.push_str("/>");
        } else {
            out.push('>');
            self.write_children(out, depth);
            out.push_str("</");
            out.push_str(&self.name);
            out.push('>');
        }
        if indent {
            out.push('\n');
        }
    }

    fn write_children(&self, out: &mut String, depth: usize) {
        let mixed = self.children.iter().any(|it| matches!(it, Node::Text(_)));
        if !mixed {
            out.push('\n');
        }
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out, depth + 1, !mixed),
                Node::Text(text) => escape(text, false, out),
            }
        }
        if !mixed {
            out.push_str(&"  ".repeat(depth));
        }
    }
}

/// Appends `text` escaped. Characters that XML 1.0 cannot hold are left out; line ends in attributes stay line ends.
fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn writes_what_a_parser_reads_back() {
        let element =
            Element::new("a").with("b", "x < \"y\" & z\n").text("1 > 0 \u{1}& ").child(Element::new("c"));
        assert_eq!(
            element.to_document(),
            "<?xml version=\"1.0\"?>\n<a b=\"x &lt; &quot;y&quot; &amp; z&#10;\">1 &gt; 0 &amp; <c/></a>\n"
        );
    }

    #[test]
    fn indents_elements_only() {
        let element = Element::new("a").child(Element::new("b").text("t")).child(Element::new("c"));
        assert_eq!(element.to_document(), "<?xml version=\"1.0\"?>\n<a>\n  <b>t</b>\n  <c/>\n</a>\n");
    }
}
