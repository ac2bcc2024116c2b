//! Comparing XForms: the same elements, attributes and text, whatever the prefixes, attribute order and indentation.

use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

/// Returns the repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns `shared/{path}` beside the repository or above it; `None`, said aloud, where it is missing.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = repository().canonicalize().ok()?;
    let found = root.ancestors().skip(1).map(|it| it.join("shared").join(path)).find(|it| it.is_dir());
    if found.is_none() {
        println!("skipped: no ../shared/{path}");
    }
    found
}

/// Returns the document one node a line, namespaces resolved, attributes sorted, white space between elements left
/// out. The forms of one text (`itext/…/value`) are a set, so they are sorted.
pub fn canonical(xml: &str) -> Result<Vec<String>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let mut lines = Vec::new();
    write(document.root_element(), 0, &mut lines);
    Ok(lines)
}

fn write(node: Node<'_, '_>, depth: usize, lines: &mut Vec<String>) {
    let name = |namespace: Option<&str>, name: &str| match namespace {
        Some(namespace) => format!("{{{namespace}}}{name}"),
        None => name.to_owned(),
    };
    let indent = " ".repeat(depth);
    if node.is_text() {
        let text = node.text().unwrap_or_default();
        if !text.trim().is_empty() {
            lines.push(format!("{indent}{text:?}"));
        }
        return;
    }
    if !node.is_element() {
        return;
    }
    let mut attributes: Vec<String> =
        node.attributes().map(|it| format!("{}={:?}", name(it.namespace(), it.name()), it.value())).collect();
    attributes.sort();
    let tag = name(node.tag_name().namespace(), node.tag_name().name());
    lines.push(format!("{indent}<{tag} {}>", attributes.join(" ")));
    let mut children: Vec<Vec<String>> = Vec::new();
    for child in node.children() {
        let mut below = Vec::new();
        write(child, depth + 1, &mut below);
        children.push(below);
    }
    if node.tag_name().name() == "text" {
        children.sort();
    }
    lines.extend(children.into_iter().flatten());
}

/// Returns the first lines in which two documents differ, or nothing.
pub fn difference(found: &str, expected: &str) -> Option<String> {
    let (found, expected) = match (canonical(found), canonical(expected)) {
        (Ok(found), Ok(expected)) => (found, expected),
        (Err(error), _) => return Some(format!("not well-formed: {error}")),
        (_, Err(error)) => return Some(format!("expected form is not well-formed: {error}")),
    };
    if found == expected {
        return None;
    }
    let at = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    let line = |lines: &[String]| lines.get(at).map_or("(end)", |it| it.trim()).to_owned();
    Some(format!("line {at}: found {} expected {}", line(&found), line(&expected)))
}
