//! Documents compared by what they say: the order of attributes, prefixes and white space between elements do not
//! matter.

use roxmltree::{Document, Node};

/// The namespace that a form's own elements have, written or not.
const XFORMS: &str = "http://www.w3.org/2002/xforms";

/// Returns a text that is the same for documents that say the same, or why the document cannot be read.
pub fn canonical(xml: &str) -> Result<String, String> {
    let document = Document::parse(xml).map_err(|error| error.to_string())?;
    let mut out = String::new();
    write(document.root_element(), &mut out);
    Ok(out)
}

fn write(element: Node<'_, '_>, out: &mut String) {
    *out += "<";
    *out += &qualified(element.tag_name().namespace(), element.tag_name().name());
    let mut attributes: Vec<(String, &str)> =
        element.attributes().map(|it| (qualified(it.namespace(), it.name()), it.value())).collect();
    attributes.sort();
    for (name, value) in attributes {
        *out += &format!(" {name}={value:?}");
    }
    *out += ">";
    let has_elements = element.children().any(|it| it.is_element());
    for child in element.children() {
        if child.is_element() {
            write(child, out);
        } else if let Some(text) = child.text().filter(|it| !has_elements || !it.trim().is_empty()) {
            *out += text;
        }
    }
    *out += "</>";
}

fn qualified(namespace: Option<&str>, name: &str) -> String {
    namespace.filter(|it| *it != XFORMS).map_or_else(|| name.to_owned(), |it| format!("{{{it}}}{name}"))
}

/// Returns the text of the element of this local name inside `meta`, and its namespace.
pub fn meta(xml: &str, name: &str) -> Option<(String, String)> {
    let document = Document::parse(xml).ok()?;
    let elements = || document.root_element().descendants().filter(Node::is_element);
    let meta = elements().find(|it| it.tag_name().name() == "meta")?;
    let found = meta.children().find(|it| it.is_element() && it.tag_name().name() == name)?;
    let namespace = found.tag_name().namespace().filter(|it| !it.is_empty()).unwrap_or(XFORMS);
    Some((found.text().unwrap_or_default().to_owned(), namespace.to_owned()))
}

/// Returns the text of the element at a path with positions; prefixes do not matter.
pub fn text_at(xml: &str, reference: &str) -> Option<String> {
    let document = Document::parse(xml).ok()?;
    let mut at = document.root();
    for step in reference.split('/').filter(|it| !it.is_empty()) {
        let name = step.split('[').next().unwrap_or_default();
        let name = name.rsplit_once(':').map_or(name, |(_, local)| local);
        let index = (crate::reference::position(step) as usize).checked_sub(1)?;
        let named = at.children().filter(|it| it.is_element() && it.tag_name().name() == name);
        at = named.into_iter().nth(index)?;
    }
    Some(at.text().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn compares_what_is_said() {
        let check = |a: &str, b: &str, same: bool| assert_eq!(canonical(a) == canonical(b), same, "{a} {b}");
        check("<a x='1' y='2'/>", "<a y='2' x='1'></a>", true);
        check("<a><b/> </a>", "<a>\n<b/></a>", true);
        check("<a><b> </b></a>", "<a><b/></a>", false);
        check("<p:a xmlns:p='u'/>", "<a xmlns='u'/>", true);
        check("<a xmlns='http://www.w3.org/2002/xforms'/>", "<a/>", true);
    }
}
