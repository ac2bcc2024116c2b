//! Forms compared as XML: the same elements, attributes and text.
//!
//! Prefixes, the order of attributes, indentation, and the order of what XForms gives no order do not matter: the
//! lists beside the submission, binds, languages, texts and the forms of a text. Actions keep theirs, for they run one
//! after the other.

use roxmltree::{Document, Node};

const XFORMS: &str = "http://www.w3.org/2002/xforms";

/// Returns the first line of each form in which they differ, expected and found; nothing where they say the same.
pub(super) fn difference(found: &str, expected: &str) -> Option<(String, String)> {
    let (expected, found) = match (lines(expected), lines(found)) {
        (Ok(expected), Ok(found)) => (expected, found),
        (Err(error), _) => return Some((format!("not well-formed: {error}"), String::new())),
        (_, Err(error)) => return Some(("a document".to_owned(), format!("not well-formed: {error}"))),
    };
    if found == expected {
        return None;
    }
    let at = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    let line = |lines: &[String]| lines.get(at).map_or("(end)", |it| it.trim()).to_owned();
    Some((line(&expected), line(&found)))
}

/// Returns the name of the element that the submission is made of.
pub(super) fn root_name(xform: &str) -> Option<String> {
    let document = Document::parse(xform).ok()?;
    let instance = document.descendants().find(|it| it.has_tag_name((XFORMS, "instance")))?;
    Some(instance.first_element_child()?.tag_name().name().to_owned())
}

/// Returns a document one node a line, in canonical order.
fn lines(xml: &str) -> Result<Vec<String>, String> {
    let document = Document::parse(xml).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    write(document.root_element(), 0, &mut lines);
    Ok(lines)
}

/// Returns an element as canonical text, for comparing it with a fragment.
pub(super) fn canonical(element: Node<'_, '_>) -> String {
    let mut lines = Vec::new();
    write(element, 0, &mut lines);
    lines.join("\n")
}

fn write(node: Node<'_, '_>, depth: usize, lines: &mut Vec<String>) {
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
    let mut attributes: Vec<String> = node
        .attributes()
        .map(|it| format!("{}={:?}", qualified(it.namespace(), it.name()), it.value()))
        .collect();
    attributes.sort();
    let name = node.tag_name();
    let tag = qualified(name.namespace(), name.name());
    lines.push(format!("{indent}<{tag} {}>", attributes.join(" ")));
    let mut children: Vec<(u8, Vec<String>)> = Vec::new();
    for child in node.children() {
        let mut below = Vec::new();
        write(child, depth + 1, &mut below);
        children.push((rank(node, child), below));
    }
    match name.name() {
        "model" => children.sort_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| if is_free(a.0) { a.1.cmp(&b.1) } else { std::cmp::Ordering::Equal })
        }),
        "itext" | "translation" | "text" if is_xform(node) => children.sort(),
        _ => {}
    }
    lines.extend(children.into_iter().flat_map(|it| it.1));
}

/// The model's parts, those of a kind together.
fn rank(parent: Node<'_, '_>, child: Node<'_, '_>) -> u8 {
    if parent.tag_name().name() != "model" || !child.is_element() {
        return 0;
    }
    let is_first = || child.prev_siblings().skip(1).all(|it| it.tag_name().name() != "instance");
    match child.tag_name().name() {
        "submission" => 1,
        "itext" => 2,
        "instance" if is_first() => 3,
        "instance" => 4,
        "bind" => 5,
        _ => 6,
    }
}

/// Whether the order within a kind is nothing.
fn is_free(rank: u8) -> bool {
    matches!(rank, 4 | 5)
}

fn is_xform(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(XFORMS)
}

fn qualified(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{{{namespace}}}{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_counts_where_it_means_something() {
        let check = |found: &str, expected: &str, same: bool| {
            let form = |model: &str| format!("<h xmlns='{XFORMS}'><model>{model}</model></h>");
            let difference = difference(&form(found), &form(expected));
            assert_eq!(difference.is_none(), same, "{found} {expected} {difference:?}");
        };
        check("<bind nodeset='a' type='int'/>", "<bind type='int' nodeset='a'></bind>", true);
        check("<bind nodeset='a'/> <bind nodeset='b'/>", "<bind nodeset='b'/><bind nodeset='a'/>", true);
        check("<instance id='a'/><instance id='b'/>", "<instance id='b'/><instance id='a'/>", false);
        check(
            "<instance/><instance id='a'/><instance id='b'/>",
            "<instance/><instance id='b'/><instance id='a'/>",
            true,
        );
        check("<setvalue ref='a'/><setvalue ref='b'/>", "<setvalue ref='b'/><setvalue ref='a'/>", false);
        check("<instance><a/><b/></instance>", "<instance><b/><a/></instance>", false);
        check("<bind>x</bind>", "<bind> x</bind>", false);
    }
}
