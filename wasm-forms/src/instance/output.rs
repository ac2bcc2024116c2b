//! The submission document. Canonical: the same instance always gives the same bytes.

use std::borrow::Cow;

use super::tree::{ROOT_NODE, Tree};
use crate::parse::Model;
use crate::xpath::ast::ModelId;

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
        let definition = self.model.node(node.model);
        self.out.push('<');
        self.out += &definition.name;
        if id == ROOT_NODE {
            self.root_attributes();
        }
        let mut has_children = false;
        for child in &definition.children {
            let child_definition = self.model.node(*child);
            if child_definition.is_attribute {
                // The root's id is the form's, whatever a rule made of it: it is written already.
                if id == ROOT_NODE && *child_definition.name == *"id" {
                    continue;
                }
                let value = self.tree.node(self.tree.at(node.frame, self.model, *child)).value();
                attribute(&child_definition.name, value, &mut self.out);
                continue;
            }
            self.tree.each_named(self.model, node.frame, *child, &mut |it| {
                has_children |= self.scope == Scope::All || self.tree.node(it).relevant;
            });
        }
        if !has_children && node.value().is_empty() {
            self.out += "/>";
            return;
        }
        self.out.push('>');
        escape(node.value(), false, &mut self.out);
        if has_children {
            self.children(node.frame, &definition.children);
        }
        self.out += "</";
        self.out += &definition.name;
        self.out.push('>');
    }

    fn children(&mut self, frame: u32, children: &[ModelId]) {
        let tree = self.tree;
        for child in children {
            let definition = self.model.node(*child);
            if definition.is_repeat {
                for instance in tree.instances(frame, self.model, *child) {
                    self.child(tree.frame(*instance).base);
                }
            } else if !definition.is_attribute {
                self.child(tree.at(frame, self.model, *child));
            }
        }
    }

    fn child(&mut self, id: u32) {
        let node = self.tree.node(id);
        let is_absent = node.value().is_empty() && self.model.reserved == Some(node.model);
        if !is_absent && (self.scope == Scope::All || node.relevant) {
            self.element(id);
        }
    }

    fn root_attributes(&mut self) {
        for (prefix, namespace) in &self.model.namespaces {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            attribute(&name, namespace, &mut self.out);
        }
        attribute("id", &self.model.form_id, &mut self.out);
    }
}

fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    *out += name;
    *out += "=\"";
    escape(value, true, out);
    out.push('"');
}

/// Characters that XML 1.0 does not allow are left out; a carriage return survives only as a reference.
fn escape(text: &str, is_attribute: bool, out: &mut String) {
    let is_plain = |it: u8| it >= b' ' && !matches!(it, b'&' | b'<' | b'>' | b'"' | 0xef);
    if text.bytes().all(is_plain) {
        *out += text;
        return;
    }
    for c in text.chars() {
        match c {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' if is_attribute => *out += "&quot;",
            '\r' => *out += "&#13;",
            '\n' | '\t' if is_attribute => *out += if c == '\n' { "&#10;" } else { "&#9;" },
            '\n' | '\t' => out.push(c),
            c if is_forbidden(c) => {}
            c => out.push(c),
        }
    }
}

/// Whether XML 1.0 has no way to write a character.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns a text without the characters that no document can hold.
pub(crate) fn writable(text: &str) -> Cow<'_, str> {
    if text.contains(is_forbidden) {
        Cow::Owned(text.chars().filter(|it| !is_forbidden(*it)).collect())
    } else {
        Cow::Borrowed(text)
    }
}
