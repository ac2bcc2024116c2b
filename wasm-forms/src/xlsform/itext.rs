//! The text table: every text that has languages, media or guidance, the same ids in every language.

use std::collections::BTreeMap;

use super::choices::Lists;
use super::expression::has_reference;
use super::references::Resolver;
use super::text::Text;
use super::tree::{Id, Node, Tree};
use super::xml::Element;

/// What stands for a text that a language lacks.
const MISSING: &str = "-";

/// One form of a text: `long`, `guidance`, or a kind of media; with the node its references stand at.
#[derive(Debug, Clone)]
struct Form {
    kind: String,
    text: String,
    context: Option<Id>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    id: String,
    forms: Vec<Form>,
}

/// The texts of one language in order of appearance.
#[derive(Debug, Default)]
struct Language {
    name: String,
    entries: Vec<Entry>,
    index: BTreeMap<String, usize>,
}

impl Language {
    fn entry(&mut self, id: &str) -> &mut Entry {
        let at = *self.index.entry(id.to_owned()).or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Entry { id: id.to_owned(), forms: Vec::new() });
        }
        &mut self.entries[at]
    }
}

/// Texts by language, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Texts {
    languages: Vec<Language>,
}

impl Texts {
    /// Collects the texts of the choices, the questions and then their media.
    pub(super) fn collect(tree: &Tree, lists: &Lists, default_language: &str) -> Self {
        let mut texts = Self::default();
        for list in lists.lists.iter().filter(|it| it.needs_itext()) {
            for (index, choice) in list.choices.iter().enumerate() {
                let id = format!("{}-{index}", list.name);
                if let Some(label) = &choice.label {
                    texts.put_all(label, default_language, &id, "long", None);
                }
                for (kind, media) in &choice.media {
                    texts.put_all(media, default_language, &id, kind, None);
                }
            }
        }
        let order = tree.document_order();
        for id in order.iter().copied().filter(|it| has_texts(&tree[*it])) {
            texts.put_node(tree, id, default_language);
        }
        for id in order.into_iter().filter(|it| has_texts(&tree[*it])) {
            for (kind, media) in &tree[id].media {
                texts.put_all(media, default_language, &format!("{}:label", tree.path(id)), kind, Some(id));
            }
        }
        texts.fill_gaps();
        texts
    }

    fn put_node(&mut self, tree: &Tree, id: Id, default_language: &str) {
        let node = &tree[id];
        let path = tree.path(id);
        for key in ["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"] {
            if let Some((_, text)) = node.bind.iter().find(|(it, text)| it == key && bind_is_itext(it, text))
            {
                self.put_all(text, default_language, &format!("{path}:{key}"), "long", Some(id));
            }
        }
        if let Some(label) = node.label.as_ref().filter(|_| node.label_is_itext()) {
            self.put_all(label, default_language, &format!("{path}:label"), "long", Some(id));
        }
        if let Some(hint) = node.hint.as_ref().filter(|_| hint_is_itext(node)) {
            self.put_all(hint, default_language, &format!("{path}:hint"), "long", Some(id));
        }
        if let Some(guidance) = &node.guidance_hint {
            self.put_all(guidance, default_language, &format!("{path}:hint"), "guidance", Some(id));
        }
    }

    fn put_all(&mut self, text: &Text, default_language: &str, id: &str, kind: &str, context: Option<Id>) {
        for (language, text) in text.by_language(default_language) {
            let entry = self.entry(language, id);
            match entry.forms.iter_mut().find(|it| it.kind == kind) {
                Some(form) => text.clone_into(&mut form.text),
                None => entry.forms.push(Form { kind: kind.to_owned(), text: text.to_owned(), context }),
            }
        }
    }

    fn entry(&mut self, language: &str, id: &str) -> &mut Entry {
        let at = self.languages.iter().position(|it| it.name == language).unwrap_or_else(|| {
            self.languages.push(Language { name: language.to_owned(), ..Language::default() });
            self.languages.len() - 1
        });
        self.languages[at].entry(id)
    }

    /// Gives every language the ids and forms of all others.
    fn fill_gaps(&mut self) {
        let mut all = Language::default();
        for entry in self.languages.iter().flat_map(|it| &it.entries) {
            add_missing_forms(all.entry(&entry.id), &entry.forms);
        }
        for language in &mut self.languages {
            all.entries.iter().for_each(|it| add_missing_forms(language.entry(&it.id), &it.forms));
        }
    }

    /// Returns the `itext` element; absent where no text needs it.
    pub(super) fn element(&self, resolver: Resolver<'_>, default_language: &str) -> Option<Element> {
        let translation = |language: &Language| {
            let mut element = Element::new("translation").with("lang", &language.name);
            if language.name == default_language {
                element.set("default", "true()");
            }
            element.children(language.entries.iter().map(|it| text_element(it, resolver)))
        };
        let translations: Vec<Element> = self.languages.iter().map(translation).collect();
        (!translations.is_empty()).then(|| Element::new("itext").children(translations))
    }
}

fn add_missing_forms(entry: &mut Entry, forms: &[Form]) {
    for form in forms {
        if !entry.forms.iter().any(|it| it.kind == form.kind) {
            entry.forms.push(Form { text: MISSING.to_owned(), ..form.clone() });
        }
    }
}

fn text_element(entry: &Entry, resolver: Resolver<'_>) -> Element {
    let mut element = Element::new("text").with("id", &entry.id);
    for form in &entry.forms {
        let folder = match form.kind.as_str() {
            "long" => {
                element.push(resolver.put_text(Element::new("value"), &form.text, form.context));
                continue;
            }
            "guidance" => {
                let value = Element::new("value").with("form", "guidance");
                element.push(resolver.put_text(value, &form.text, form.context));
                continue;
            }
            "image" | "big-image" => "images",
            kind => kind,
        };
        if form.text != MISSING {
            let value = Element::new("value").with("form", &form.kind);
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
