//! Formatted text against the tree that a case tells of.
//!
//! A case tells the first nodes of a text, each by the fields its author cared for; children are told all or not at all.

use serde_json::Value;

use wasm_forms::markdown::Node;

use crate::trace::Step;

/// Returns whether a check of formatted text holds.
pub fn holds(nodes: &[Node], step: &Step) -> bool {
    if step.text("check") == "formatted_text_length" {
        return step.equals().as_u64() == Some(nodes.len() as u64);
    }
    let wanted = step.list("matches");
    wanted.len() <= nodes.len() && wanted.iter().zip(nodes).all(|(wanted, node)| is_like(wanted, node))
}

fn is_like(wanted: &Value, node: &Node) -> bool {
    let text = |field: &str| wanted.get(field).and_then(Value::as_str);
    if wanted.get("opaque").is_some() {
        // Too deep for the recording to tell.
        return true;
    }
    match node {
        Node::Text { text: own } => {
            text("elementName").is_none() && text("value").is_none_or(|it| it == own.as_str())
        }
        Node::Element(element) => {
            let children = wanted.get("children").and_then(Value::as_array);
            let style = wanted.get("properties").and_then(|it| it.get("style"));
            text("value").is_none()
                && text("elementName").is_none_or(|it| it == element.tag.as_str())
                && text("url").is_none_or(|it| Some(it) == element.url.as_deref())
                && style.is_none_or(|it| declarations(it) == element.style)
                && children.is_none_or(|it| {
                    it.len() == element.children.len()
                        && it.iter().zip(&element.children).all(|(wanted, child)| is_like(wanted, child))
                })
        }
    }
}

/// Returns a style as the engine writes it: `color:red;text-align:center`.
fn declarations(style: &Value) -> String {
    let declared = style.as_object().into_iter().flatten();
    let one = |(name, value): (&String, &Value)| format!("{name}:{}", value.as_str().unwrap_or_default());
    declared.map(one).collect::<Vec<_>>().join(";")
}

/// Returns the tree in one line.
pub fn told(nodes: &[Node]) -> String {
    serde_json::to_string(nodes).unwrap_or_default()
}
