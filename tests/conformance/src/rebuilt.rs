//! A document put together from the state it led to.
//!
//! A recording of `restore` keeps the document that was there before, not the one that was taken up. What the one taken
//! up held, the state after it tells: every node that is relevant, with its value.

use std::fmt::Write;

use serde_json::Value;

/// The prefix that states write for nodes of the OpenROSA namespace.
const OPENROSA: &str = "xmlns:orx=\"http://openrosa.org/xforms\"";

/// Returns the instance that a full state tells of; nothing where it tells of none.
pub fn document(rows: &[Value]) -> Option<String> {
    let is_node = |it: &&Value| !it["kind"].as_str().is_some_and(|kind| kind.starts_with("repeat-range"));
    let is_relevant = |it: &&Value| it["relevant"].as_bool().unwrap_or(true);
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    for row in rows.iter().filter(is_node).filter(is_relevant) {
        let reference = row["ref"].as_str()?;
        while open.last().is_some_and(|it| !is_inside(reference, it)) {
            close(&mut open, &mut out);
        }
        let name = name_of(reference);
        let _ = write!(out, "<{name}");
        if open.is_empty() {
            let _ = write!(out, " {OPENROSA}");
        }
        for (attribute, value) in row["attrs"].as_object().into_iter().flatten() {
            let _ = write!(out, " {attribute}=\"{}\"", escaped(value.as_str().unwrap_or_default()));
        }
        let _ = write!(out, ">{}", escaped(row["value"].as_str().unwrap_or_default()));
        open.push(reference);
    }
    while !open.is_empty() {
        close(&mut open, &mut out);
    }
    (!out.is_empty()).then_some(out)
}

fn close(open: &mut Vec<&str>, out: &mut String) {
    if let Some(reference) = open.pop() {
        let _ = write!(out, "</{}>", name_of(reference));
    }
}

fn is_inside(reference: &str, around: &str) -> bool {
    reference.strip_prefix(around).is_some_and(|it| it.starts_with('/'))
}

fn name_of(reference: &str) -> &str {
    let last = reference.rsplit('/').next().unwrap_or_default();
    last.split('[').next().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn nests_as_the_references_do() {
        let rows = json!([
            {"ref": "/d", "kind": "root", "attrs": {"id": "x"}},
            {"ref": "/d/r", "kind": "repeat-range:controlled"},
            {"ref": "/d/r[1]", "kind": "repeat-instance"},
            {"ref": "/d/r[1]/a", "kind": "input", "value": "1<"},
            {"ref": "/d/b", "kind": "input", "value": "", "relevant": false},
        ]);
        let xml = document(rows.as_array().expect("a list"));
        let expected = "<d xmlns:orx=\"http://openrosa.org/xforms\" id=\"x\"><r><a>1&lt;</a></r></d>";
        assert_eq!(xml.as_deref(), Some(expected));
    }
}
