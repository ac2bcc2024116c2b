//! The submission document. Canonical: the same instance always gives the same bytes.

use super::tree::{ROOT_NODE, Tree};
use crate::parse::Model;

/// Which nodes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What is relevant: the submission.
    Relevant,
    /// Everything: a draft.
    All,
}

/// Writes the instance as XML without white space between elements.
pub(crate) fn write(model: &Model, tree: &Tree, scope: Scope) -> String {
    let mut writer = Writer { model, tree, scope, out: String::with_capacity(tree.len() * 24) };
    writer.element(ROOT_NODE);
    writer.out
}

struct Writer<'a> {
    model: &'a Model,
    tree: &'a Tree,
    scope: Scope,
    out: String,
}

impl Writer<'_> {
    fn element(&mut self, id: u32) {
        let node = self.tree.node(id);
        let name = &self.model.nodes[node.model as usize].name;
        self.out.push('<');
        self.out += name;
        if id == ROOT_NODE {
            self.root_attributes();
        }
        let is_attribute = |it: &u32| self.model.nodes[self.tree.node(*it).model as usize].is_attribute;
        let (attributes, children): (Vec<u32>, Vec<u32>) =
            node.children.iter().partition(|it| is_attribute(it));
        for attribute in attributes {
            let node = self.tree.node(attribute);
            let name = self.model.nodes[node.model as usize].name.clone();
            self.attribute(&name, &node.value);
        }
        let written = |it: &u32| self.scope == Scope::All || self.tree.node(*it).relevant;
        let children: Vec<u32> = children.into_iter().filter(written).collect();
        if children.is_empty() && node.value.is_empty() {
            self.out += "/>";
            return;
        }
        self.out.push('>');
        escape(&node.value, false, &mut self.out);
        children.into_iter().for_each(|it| self.element(it));
        self.out += "</";
        self.out += name;
        self.out.push('>');
    }

    fn root_attributes(&mut self) {
        for (prefix, namespace) in &self.model.namespaces {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            self.attribute(&name, namespace);
        }
        self.attribute("id", &self.model.form_id.clone());
        if !self.model.version.is_empty() {
            self.attribute("version", &self.model.version.clone());
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out += name;
        self.out += "=\"";
        escape(value, true, &mut self.out);
        self.out.push('"');
    }
}

/// Characters that XML 1.0 does not allow are left out; a carriage return survives only as a reference.
fn escape(text: &str, is_attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' if is_attribute => *out += "&quot;",
            '\r' => *out += "&#13;",
            '\n' | '\t' if is_attribute => *out += if c == '\n' { "&#10;" } else { "&#9;" },
            '\n' | '\t' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}
