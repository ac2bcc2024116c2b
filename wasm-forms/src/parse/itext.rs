//! Texts in several languages, with outputs.

use crate::document::Node;

/// A piece of a text: as it stands, or an expression to put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Box<str>),
    Output(Box<str>),
}

/// The forms of one text in one language by name: `""` for the plain one, `long`, `short`, `image`, ….
pub(crate) type Forms = Vec<(Box<str>, Vec<Part>)>;

#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub languages: Vec<String>,
    /// The language a session begins in.
    pub default: usize,
    /// By language: ids and their texts in document order.
    pub by_language: Vec<Vec<(Box<str>, Forms)>>,
}

impl Texts {
    pub(super) fn read(model_element: Node<'_, '_>) -> Texts {
        let mut texts = Texts::default();
        let Some(itext) = model_element.child("itext") else { return texts };
        for translation in itext.elements().filter(|it| it.is_named("translation")) {
            if translation.attribute("default").is_some() {
                texts.default = texts.languages.len();
            }
            texts.languages.push(translation.attribute("lang").unwrap_or_default().to_owned());
            texts.by_language.push(translation.elements().map(read_text).collect());
        }
        texts
    }
}

fn read_text(element: Node<'_, '_>) -> (Box<str>, Forms) {
    let forms =
        element.elements().map(|value| (value.attribute("form").unwrap_or_default().into(), parts(value)));
    (element.attribute("id").unwrap_or_default().into(), forms.collect())
}

/// Returns the text of an element in which nothing else stands: most texts are such.
fn only_text<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    let mut children = element.children();
    let only = children.next().filter(|it| it.is_text())?;
    if children.next().is_none() { only.text() } else { None }
}

/// Reads text with `<output value="…"/>` in it; leading and trailing white space of the whole does not count.
pub(super) fn parts(element: Node<'_, '_>) -> Vec<Part> {
    if let Some(text) = only_text(element) {
        let text = text.trim_ascii();
        return if text.is_empty() { Vec::new() } else { vec![Part::Text(text.into())] };
    }
    let mut parts: Vec<Part> = element
        .children()
        .filter_map(|child| {
            if child.is_text() {
                Some(Part::Text(child.text().unwrap_or_default().into()))
            } else if child.is_named("output") {
                child.attribute("value").or(child.attribute("ref")).map(|it| Part::Output(it.into()))
            } else {
                child.is_element().then(|| Part::Text(child.all_text().into()))
            }
        })
        .collect();
    if let Some(Part::Text(first)) = parts.first_mut() {
        *first = first.trim_ascii_start().into();
    }
    if let Some(Part::Text(last)) = parts.last_mut() {
        *last = last.trim_ascii_end().into();
    }
    parts.retain(|it| !matches!(it, Part::Text(text) if text.is_empty()));
    parts
}
