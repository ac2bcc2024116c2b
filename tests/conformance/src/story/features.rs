//! What a form uses of the specification, read off its XML: `bind.relevant`, `control.input`, `appearance.quick`,
//! `function.if`, `type.int`, `action.setvalue`, `event.odk-new-repeat`.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

const CONTROLS: [&str; 11] = [
    "input", "select", "select1", "rank", "upload", "range", "trigger", "group", "repeat", "item", "itemset",
];
const ACTIONS: [&str; 3] = ["setvalue", "setgeopoint", "recordaudio"];

/// Returns the features in alphabetical order; nothing for what is not XML.
pub(super) fn of(xform: &str) -> Vec<String> {
    let Ok(document) = Document::parse(xform) else { return Vec::new() };
    let mut found = BTreeSet::new();
    for element in document.descendants().filter(Node::is_element) {
        note(element, &mut found);
    }
    found.into_iter().collect()
}

fn note(element: Node<'_, '_>, found: &mut BTreeSet<String>) {
    let name = element.tag_name().name();
    if CONTROLS.contains(&name) {
        found.insert(format!("control.{name}"));
    }
    if ACTIONS.contains(&name) {
        found.insert(format!("action.{name}"));
    }
    if name == "output" {
        found.insert("element.output".to_owned());
    }
    for attribute in element.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        match (name, key) {
            ("bind", "type") => {
                let local = value.rsplit_once(':').map_or(value, |it| it.1);
                found.insert(format!("type.{local}"));
            }
            ("bind", "nodeset") => {}
            ("bind", _) => {
                found.insert(format!("bind.{key}"));
            }
            (_, "appearance") => {
                found.extend(value.split_whitespace().map(|it| format!("appearance.{it}")));
            }
            (_, "event") => found.extend(value.split_whitespace().map(|it| format!("event.{it}"))),
            ("repeat", "count" | "noAddRemove") => {
                found.insert(format!("repeat.{key}"));
            }
            _ => {}
        }
        if !matches!(key, "id" | "lang" | "src" | "constraintMsg" | "requiredMsg") {
            functions(value, found);
        }
    }
}

/// Notes the names before opening brackets, outside quotes.
fn functions(expression: &str, found: &mut BTreeSet<String>) {
    let mut quote = None;
    let mut name = String::new();
    for c in expression.chars() {
        match quote {
            Some(open) => {
                if c == open {
                    quote = None;
                }
                name.clear();
            }
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '(' => {
                if !name.is_empty() && !matches!(name.as_str(), "and" | "or" | "div" | "mod") {
                    found.insert(format!("function.{name}"));
                }
                name.clear();
            }
            None if c.is_alphanumeric() || "-:_".contains(c) => name.push(c),
            None => name.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_functions_outside_quotes() {
        let check = |expression: &str, expected: &[&str]| {
            let mut found = BTreeSet::new();
            functions(expression, &mut found);
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{expression}");
        };
        check(
            "if(a and (b), 'not(1)', jr:choice-name(a, \"x\"))",
            &["function.if", "function.jr:choice-name"],
        );
        check("a[1]", &[]);
    }
}
