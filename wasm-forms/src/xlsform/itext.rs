//! The text table: every text that has languages, media or guidance, the same ids in every language.

use super::choices::Lists;
use super::expression::has_reference;
use super::references::Resolver;
use super::text::Text;
use super::tree::{Id, Node, Tree};
use super::xml::Document;
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

/// A text of one language, by the number of its id. Nearly all have one form.
#[derive(Debug)]
struct Entry<'a> {
    id: usize,
    form: Form<'a>,
    others: Vec<Form<'a>>,
}

impl<'a> Entry<'a> {
    fn forms(&self) -> impl Iterator<Item = &Form<'a>> {
        std::iter::once(&self.form).chain(&self.others)
    }
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
    fn with_room(name: &'a str, n_texts: usize) -> Self {
        Self { name, entries: Vec::with_capacity(n_texts), places: Vec::with_capacity(n_texts) }
    }

    /// Adds a form to a text, unless the text has one of the same kind: that is returned.
    fn add(&mut self, id: usize, form: Form<'a>) -> Option<&mut Form<'a>> {
        if self.places.len() <= id {
            self.places.resize(id + 1, None);
        }
        let Some(at) = self.places[id] else {
            self.places[id] = Some(self.entries.len());
            self.entries.push(Entry { id, form, others: Vec::new() });
            return None;
        };
        let Entry { form: first, others, .. } = &mut self.entries[at];
        if first.kind == form.kind {
            return Some(first);
        }
        match others.iter().position(|it| it.kind == form.kind) {
            Some(known) => Some(&mut others[known]),
            None => {
                others.push(form);
                None
            }
        }
    }
}

/// Texts by language, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    languages: Vec<Language<'a>>,
    /// Ids by number.
    ids: Vec<String>,
    /// How many texts a language will probably have.
    room: usize,
    /// The numbers of nodes' ids, by node and what stands behind the colon.
    numbers: FastMap<(Id, &'static str), usize>,
}

impl<'a> Texts<'a> {
    /// Collects the texts of the choices, the questions and then their media.
    pub(super) fn collect(tree: &'a Tree, lists: &'a Lists, default_language: &'a str) -> Self {
        let n_choices: usize = lists.lists.iter().map(|it| it.choices.len()).sum();
        let room = 2 * tree.len() + n_choices;
        let mut texts = Self { ids: Vec::with_capacity(room), room, ..Self::default() };
        for list in lists.lists.iter().filter(|it| it.needs_itext()) {
            for (index, choice) in list.choices.iter().enumerate() {
                texts.ids.push([&*list.name, "-", &index.to_string()].concat());
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
            let known = self.language(language).add(id, Form { kind, text, context });
            known.into_iter().for_each(|it| it.text = text);
        }
    }

    fn language(&mut self, name: &'a str) -> &mut Language<'a> {
        let at = self.languages.iter().position(|it| it.name == name).unwrap_or_else(|| {
            // All languages together take no more than a few times that.
            let room = self.room / (self.languages.len() + 1);
            self.languages.push(Language::with_room(name, room));
            self.languages.len() - 1
        });
        &mut self.languages[at]
    }

    /// Gives every language the ids and forms of all others.
    fn fill_gaps(&mut self) {
        let mut all = Language::with_room("", self.ids.len());
        for entry in self.languages.iter().flat_map(|it| &it.entries) {
            for form in entry.forms() {
                all.add(entry.id, *form);
            }
        }
        for language in &mut self.languages {
            for entry in &all.entries {
                for form in entry.forms() {
                    language.add(entry.id, Form { text: MISSING, ..*form });
                }
            }
        }
    }

    /// Writes the `itext` element, unless no text needs it.
    pub(super) fn write(&self, document: &mut Document, resolver: Resolver<'_>, default_language: &str) {
        if self.languages.is_empty() {
            return;
        }
        document.open_lines("itext");
        for language in &self.languages {
            document.open_lines("translation");
            document.attribute("lang", language.name);
            if language.name == default_language {
                document.attribute("default", "true()");
            }
            for entry in &language.entries {
                write_text(&self.ids[entry.id], entry, resolver, document);
            }
            document.close();
        }
        document.close();
    }
}

fn write_text(id: &str, entry: &Entry<'_>, resolver: Resolver<'_>, document: &mut Document) {
    document.open("text");
    document.attribute("id", id);
    for form in entry.forms() {
        let folder = match form.kind {
            "long" | "guidance" => None,
            "image" | "big-image" => Some("images"),
            kind => Some(kind),
        };
        if folder.is_some() && form.text == MISSING {
            continue;
        }
        document.open("value");
        if form.kind != "long" {
            document.attribute("form", form.kind);
        }
        match folder {
            None => resolver.put_text(form.text, form.context, document),
            Some(it) => resolver.put_text(&format!("jr://{it}/{}", form.text), form.context, document),
        }
        document.close();
    }
    document.close();
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
