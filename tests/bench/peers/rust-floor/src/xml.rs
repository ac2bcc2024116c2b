//! XML into an arena: every element with its name, parent, text and attributes, in document order.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug)]
pub struct Node {
    /// Index into [`Document::names`].
    pub name: usize,
    /// Index into [`Document::nodes`]; none for the root.
    pub parent: Option<usize>,
    pub text: String,
    pub attributes: Vec<(usize, String)>,
}

/// All elements of a document; a parent stands before its children.
#[derive(Debug, Default)]
pub struct Document {
    pub nodes: Vec<Node>,
    pub names: Vec<String>,
}

/// Bytes of XML to an element, about: what the generated forms have.
const BYTES_PER_NODE: usize = 60;

/// Reads a document.
pub fn read(text: &str) -> Result<Document, quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    let mut document =
        Document { nodes: Vec::with_capacity(text.len() / BYTES_PER_NODE), ..Document::default() };
    let mut ids = HashMap::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(document),
            Event::Start(element) => {
                document.add(&element, open.last().copied(), &mut ids)?;
                open.push(document.nodes.len() - 1);
            }
            Event::Empty(element) => document.add(&element, open.last().copied(), &mut ids)?,
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                if let Some(&element) = open.last() {
                    document.nodes[element].text.push_str(&text);
                }
            }
            _ => {}
        }
    }
}

impl Document {
    fn add(
        &mut self,
        element: &BytesStart<'_>,
        parent: Option<usize>,
        ids: &mut HashMap<String, usize>,
    ) -> Result<(), quick_xml::Error> {
        let name = self.name(element.name().as_ref(), ids);
        let mut attributes = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute?;
            let name = self.name(attribute.key.as_ref(), ids);
            attributes.push((name, unescape(&attribute.value)?.into_owned()));
        }
        self.nodes.push(Node { name, parent, text: String::new(), attributes });
        Ok(())
    }

    fn name(&mut self, name: &str, ids: &mut HashMap<String, usize>) -> usize {
        if let Some(&id) = ids.get(name) {
            return id;
        }
        self.names.push(name.to_owned());
        ids.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}
