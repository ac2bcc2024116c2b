//! What an XPath selects in a form.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use wasm_forms::expression::{Condition, Place, Source};

use super::form;

/// What the prefixes of an assertion stand for.
const PREFIXES: [(&str, &str); 8] = [
    ("x", "http://www.w3.org/2002/xforms"),
    ("h", "http://www.w3.org/1999/xhtml"),
    ("ev", "http://www.w3.org/2001/xml-events"),
    ("xsd", "http://www.w3.org/2001/XMLSchema"),
    ("jr", "http://openrosa.org/javarosa"),
    ("orx", "http://openrosa.org/xforms"),
    ("odk", "http://www.opendatakit.org/xforms"),
    ("entities", "http://www.opendatakit.org/xforms/entities"),
];

/// A form that can be asked.
pub(super) struct Form<'a> {
    document: Document<'a>,
    source: Source,
    place: Place,
}

impl<'a> Form<'a> {
    pub(super) fn parse(xform: &'a str) -> Result<Self, String> {
        let document = Document::parse(xform).map_err(|error| error.to_string())?;
        let source = Source::parse(xform).map_err(|error| error.to_string())?;
        // A form may bind prefixes of its own.
        let own =
            document.root_element().namespaces().filter_map(|it| it.name().map(|name| (name, it.uri())));
        let namespaces = PREFIXES.into_iter().chain(own);
        let namespaces = namespaces.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).collect();
        // The document itself is the context, so that `.//x:bind` finds every bind.
        let place = Place { namespaces, condition: Condition::Node, ..Place::default() };
        Ok(Self { document, source, place })
    }

    /// Returns the paths of the nodes.
    pub(super) fn select(&self, xpath: &str) -> Result<Vec<String>, String> {
        self.source.nodes(xpath.trim(), &self.place).map_err(|error| error.to_string())
    }

    /// Returns the nodes as text: an element as canonical XML, anything else as its value.
    pub(super) fn texts(&self, xpath: &str) -> Result<BTreeSet<String>, String> {
        let text = |path: String| {
            self.text(&path).or_else(|| {
                self.source.text(".", &Place { context: path.clone(), ..self.place.clone() }).ok()
            })
        };
        Ok(self.select(xpath)?.into_iter().filter_map(text).collect())
    }

    /// Returns the element at a positional path as canonical XML.
    fn text(&self, path: &str) -> Option<String> {
        let mut node = self.document.root();
        for step in path.split('/').filter(|it| !it.is_empty()) {
            let index: usize = step.strip_prefix("*[")?.strip_suffix(']')?.parse().ok()?;
            node = node.children().filter(Node::is_element).nth(index.checked_sub(1)?)?;
        }
        node.is_element().then(|| form::canonical(node))
    }
}

/// Returns an expected node as [`Form::texts`] gives it: a fragment of a form, which leaves its namespaces out, as
/// canonical XML.
pub(super) fn expected(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let bound: String =
        PREFIXES[1..].iter().map(|(prefix, uri)| format!(" xmlns:{prefix}='{uri}'")).collect();
    let framed = format!("<frame xmlns='{}'{bound}>{text}</frame>", PREFIXES[0].1);
    let document = Document::parse(&framed).ok();
    let element = document.as_ref().and_then(|it| it.root_element().first_element_child());
    element.map_or_else(|| text.to_owned(), form::canonical)
}
