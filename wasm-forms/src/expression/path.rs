//! Positional paths of nodes.

use crate::xml::{DOCUMENT, Document};
use crate::xpath::NodeKind;

/// Returns the path of a node.
pub(super) fn of(document: &Document, node: u32) -> String {
    let Some(parent) = document.parent(node) else { return "/".to_owned() };
    let above = if parent == DOCUMENT { String::new() } else { of(document, parent) };
    let kind = document.kind(node);
    let number = document.children(parent).filter(|it| document.kind(*it) == kind && *it <= node).count();
    let name = document.name(node);
    match kind {
        NodeKind::Document => "/".to_owned(),
        NodeKind::Element => format!("{above}/*[{number}]"),
        NodeKind::Text => format!("{above}/text()[{number}]"),
        NodeKind::Comment => format!("{above}/comment()[{number}]"),
        NodeKind::ProcessingInstruction => format!("{above}/processing-instruction()[{number}]"),
        NodeKind::Attribute => format!("{above}/@{name}"),
        NodeKind::Namespace if name.is_empty() => format!("{above}/@xmlns"),
        NodeKind::Namespace => format!("{above}/@xmlns:{name}"),
    }
}

/// Returns the node of a path.
pub(super) fn find(document: &Document, path: &str) -> Option<u32> {
    path.split('/').filter(|it| !it.is_empty()).try_fold(DOCUMENT, |at, step| take(document, at, step))
}

fn take(document: &Document, at: u32, step: &str) -> Option<u32> {
    if step == ".." {
        return document.parent(at);
    }
    if let Some(name) = step.strip_prefix('@') {
        return document.attributes(at).find(|it| document.name(*it) == name);
    }
    let (kind, number) = step.strip_suffix(']')?.rsplit_once('[')?;
    let kind = match kind {
        "*" => NodeKind::Element,
        "text()" => NodeKind::Text,
        "comment()" => NodeKind::Comment,
        "processing-instruction()" => NodeKind::ProcessingInstruction,
        _ => return None,
    };
    let before = number.parse::<usize>().ok()?.checked_sub(1)?;
    document.children(at).filter(|it| document.kind(*it) == kind).nth(before)
}
