//! The text table: every text that has languages, media or guidance, the same ids in every language.

use super::choices::Lists;
use super::expression::has_reference;
use super::references::Resolver;
use super::text::Text;
use super::tree::{Id, Node, Tree};
use super::xml::{Document, Element};
use crate::hash::FastMap;

/// What stands for a text that a language lacks.
const MISSING: &str = "-";

/// One form of a text: `long`, `guidance`, or a kind of media; with the node its references stand at.
#[derive(Debug, Clone, Copy)]
struct Form<'a> {
    kind: &'a str,
    text: &'a str,
    context: Option<Id>,
}

/// A text of one language, by the number of its id.
#[derive(Debug)]
struct Entry<'a> {
    id: usize,
    forms: Vec<Form<'a>>,
}

/// The texts of one language in order of appearance.
#[derive(Debug)]
struct Language<'a> {
    name: &'a str,
    entries: Vec<Entry<'a>>,
    /// Where the entry of an id is, by number.
    places: Vec<Option<usize>>,
}

impl<'a> Language<'a> {
    fn new(name: &'a str) -> Self {
        Self { name, entries: Vec::new(), places: Vec::new() }
    }

    fn entry(&mut self, id: usize) -> &mut Entry<'a> {
        if self.places.len() <= id {
            self.places.resize(id + 1, None);
        }
        let at = *self.places[id].get_or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Entry { id, forms: Vec::new() });
        }
        &mut self.entries[at]
    }
}

/// Texts by language, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    languages: Vec<Language<'a>>,
    /// Ids by number.
    ids: Vec<String>,
    /// The numbers of nodes' ids, by node and what stands behind the colon.
    numbers: FastMap<(Id, &'static str), usize>,
}

impl<'a> Texts<'a> {
    /// Collects the texts of the choices, the questions and then their media.
    pub(super) fn collect(tree: &'a Tree, lists: &'a Lists, default_language: &'a str) -> Self {
        let mut texts = Self::default();
        for list in lists.lists.iter().filter(|it| it.needs_itext()) {
            for (index, choice) in list.choices.iter().enumerate() {
                texts.ids.push(format!("{}-{index}", list.name));
                let id = texts.ids.len() - 1;
                if let Some(label) = &choice.label {
                    texts.put_all(label, default_language, id, "long", None);
                }
                for (kind, media) in &choice.media {
                    texts.put_all(media, default_language, id, kind, None);
                }
            }
        }
        let order = tree.document_order();
        for id in order.iter().copied().filter(|it| has_texts(&tree[*it])) {
            texts.put_node(tree, id, default_language);
        }
        for id in order.into_iter().filter(|it| has_texts(&tree[*it])) {
            for (kind, media) in &tree[id].media {
                let number = texts.number(tree, id, "label");
                texts.put_all(media, default_language, number, kind, Some(id));
            }
        }
        texts.fill_gaps();
        texts
    }

    fn put_node(&mut self, tree: &'a Tree, id: Id, default_language: &'a str) {
        let node = &tree[id];
        let mut put = |key: &'static str, text: &'a Text, kind: &'a str| {
            let number = self.number(tree, id, key);
            self.put_all(text, default_language, number, kind, Some(id));
        };
        for key in ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"] {
            if let Some((_, text)) = node.bind.iter().find(|(it, text)| *it == key && bind_is_itext(it, text))
            {
                put(key, text, "long");
            }
        }
        if let Some(label) = node.label.as_ref().filter(|_| node.label_is_itext()) {
            put("label", label, "long");
        }
        if let Some(hint) = node.hint.as_ref().filter(|_| hint_is_itext(node)) {
            put("hint", hint, "long");
        }
        if let Some(guidance) = &node.guidance_hint {
            put("hint", guidance, "guidance");
        }
    }

    /// Returns the number of the id of one of a node's texts, a new one where it is new.
    fn number(&mut self, tree: &Tree, id: Id, key: &'static str) -> usize {
        let ids = &mut self.ids;
        *self.numbers.entry((id, key)).or_insert_with(|| {
            ids.push([tree.path(id), ":", key].concat());
            ids.len() - 1
        })
    }

    fn put_all(
        &mut self,
        text: &'a Text,
        default_language: &'a str,
        id: usize,
        kind: &'a str,
        context: Option<Id>,
    ) {
        for (language, text) in text.by_language(default_language) {
            let entry = self.language(language).entry(id);
            match entry.forms.iter_mut().find(|it| it.kind == kind) {
                Some(form) => form.text = text,
                None => entry.forms.push(Form { kind, text, context }),
            }
        }
    }

    fn language(&mut self, name: &'a str) -> &mut Language<'a> {
        let at = self.languages.iter().position(|it| it.name == name).unwrap_or_else(|| {
            self.languages.push(Language::new(name));
            self.languages.len() - 1
        });
        &mut self.languages[at]
    }

    /// Gives every language the ids and forms of all others.
    fn fill_gaps(&mut self) {
        let mut all = Language::new("");
        for entry in self.languages.iter().flat_map(|it| &it.entries) {
            add_missing_forms(all.entry(entry.id), &entry.forms);
        }
        for language in &mut self.languages {
            all.entries.iter().for_each(|it| add_missing_forms(language.entry(it.id), &it.forms));
        }
    }

    /// Writes the `itext` element, unless no text needs it.
    pub(super) fn write(&self, document: &mut Document, resolver: Resolver<'_>, default_language: &str) {
        if self.languages.is_empty() {
            return;
        }
        document.open(&Element::new("itext"));
        for language in &self.languages {
            let mut translation = Element::new("translation").with("lang", language.name);
            if language.name == default_language {
                translation.set("default", "true()");
            }
            document.open(&translation);
            for entry in &language.entries {
                document.push(&text_element(&self.ids[entry.id], &entry.forms, resolver));
            }
            document.close();
        }
        document.close();
    }
}

fn add_missing_forms<'a>(entry: &mut Entry<'a>, forms: &[Form<'a>]) {
    for form in forms {
        if !entry.forms.iter().any(|it| it.kind == form.kind) {
            entry.forms.push(Form { text: MISSING, ..*form });
        }
    }
}

fn text_element(id: &str, forms: &[Form<'_>], resolver: Resolver<'_>) -> Element {
    let mut element = Element::new("text").with("id", id);
    for form in forms {
        let folder = match form.kind {
            "long" => {
                element.push(resolver.put_text(Element::new("value"), form.text, form.context));
                continue;
            }
            "guidance" => {
                let value = Element::new("value").with("form", "guidance");
                element.push(resolver.put_text(value, form.text, form.context));
                continue;
            }
            "image" | "big-image" => "images",
            kind => kind,
        };
        if form.text != MISSING {
            let value = Element::new("value").with("form", form.kind);
            element.push(resolver.put_text(value, &format!("jr://{folder}/{}", form.text), form.context));
        }
    }
    element
}

fn has_texts(node: &Node) -> bool {
    node.is_section() || node.kind == super::tree::Kind::Question
}

/// Returns whether a bind's message comes from the text table.
pub(super) fn bind_is_itext(key: &str, text: &Text) -> bool {
    match text {
        Text::Languages(_) => matches!(key, "jr:constraintMsg" | "jr:requiredMsg" | "jr:noAppErrorString"),
        Text::Plain(text) => matches!(key, "jr:constraintMsg" | "jr:requiredMsg") && has_reference(text),
    }
}

/// Returns whether the hint comes from the text table.
pub(super) fn hint_is_itext(node: &Node) -> bool {
    matches!(node.hint, Some(Text::Languages(_))) || (node.hint.is_some() && node.guidance_hint.is_some())
}
