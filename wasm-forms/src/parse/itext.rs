//! Texts in several languages, with outputs.

use crate::document::Node;
use crate::texts;

/// A piece of a text: as it stands, or an expression to put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Box<str>),
    Output(Box<str>),
}

/// The forms of one text in one language by name: `""` for the plain one, `long`, `short`, `image`, ….
pub(crate) type Forms = Vec<(Box<str>, Vec<Part>)>;

/// All texts as written.
pub(crate) type Texts = texts::Texts<Forms>;

/// Takes texts as they end.
#[derive(Default)]
pub(super) struct Reader {
    texts: Texts,
    /// The form's `itext`, by its number in the document: the first there is.
    itext: Option<u32>,
    /// Its translations that have texts.
    translations: Vec<u32>,
}

impl Reader {
    /// Takes an element that stands as deep as texts do, if it is one.
    pub fn take(&mut self, element: Node<'_, '_>) -> bool {
        let Some(translation) = element.parent().filter(|it| it.is_named("translation")) else {
            return false;
        };
        let Some(itext) = translation.parent().filter(|it| it.is_named("itext")) else { return false };
        if *self.itext.get_or_insert(itext.number()) != itext.number() {
            return false;
        }
        if self.translations.last() != Some(&translation.number()) {
            self.translations.push(translation.number());
        }
        let language = self.translations.len() - 1;
        let id = element.attribute("id").unwrap_or_default();
        match plain(element) {
            Some(text) => self.texts.add_plain(language, id, text),
            None => self.texts.add(language, id, forms(element)),
        }
        true
    }

    /// Returns the texts, given what is left of the form's `itext`, which says the languages.
    pub fn finish(mut self, itext: Option<Node<'_, '_>>) -> Texts {
        let translations = itext.map(|it| it.elements());
        let mut empty = Vec::new();
        for translation in translations.into_iter().flatten().filter(|it| it.is_named("translation")) {
            let language = self.texts.languages.len();
            if translation.attribute("default").is_some() {
                self.texts.default = language;
            }
            self.texts.languages.push(translation.attribute("lang").unwrap_or_default().to_owned());
            if !self.translations.contains(&translation.number()) {
                empty.push(language);
            }
        }
        empty.into_iter().for_each(|it| self.texts.insert_language(it));
        self.texts.fit();
        self.texts
    }
}

/// Returns a text that has one form, the plain one, with nothing to put in.
fn plain<'d>(element: Node<'d, '_>) -> Option<&'d str> {
    let mut values = element.elements();
    let value = values.next().filter(|it| it.attribute("form").is_none_or(str::is_empty))?;
    if values.next().is_some() {
        return None;
    }
    let mut pieces = value.children();
    let text = match pieces.next() {
        None => "",
        Some(text) if text.is_text() => text.text().unwrap_or_default(),
        Some(_) => return None,
    };
    pieces.next().is_none().then(|| text.trim_ascii())
}

fn forms(element: Node<'_, '_>) -> Forms {
    element
        .elements()
        .map(|value| (value.attribute("form").unwrap_or_default().into(), parts(value)))
        .collect()
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
    parts.shrink_to_fit();
    parts
}
