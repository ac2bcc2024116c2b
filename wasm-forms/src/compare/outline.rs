//! A form as a list of its questions with everything that is compared.

use std::collections::BTreeMap;

use super::{Aspect, Line, Texts, wording};
use crate::parse::{
    ActionSource, Bind, BodyItem, BodyKind, Definition, Items, Part, ROOT, Seed, TextSource, expression_text,
};
use crate::texts::Said;
use crate::view::{Control, DataType};
use crate::xpath::ast::ModelId;

/// Everything of a form that is compared.
pub(super) struct Outline {
    pub version: String,
    pub title: String,
    /// One empty language where the form names none.
    pub languages: Vec<String>,
    /// The language a visit begins in.
    first: usize,
    pub entries: Vec<Entry>,
}

/// One question, group, repeat or calculation.
pub(super) struct Entry {
    /// Path below the root, which may be called anything.
    pub key: String,
    pub line: Line,
    pub texts: BTreeMap<Aspect, Texts>,
    pub rules: BTreeMap<Aspect, String>,
    /// Value and label.
    pub choices: Vec<(String, Texts)>,
}

impl Outline {
    pub(super) fn of(definition: &Definition) -> Outline {
        let languages = match &definition.texts.languages[..] {
            [] => vec![String::new()],
            named => named.to_vec(),
        };
        let first = definition.texts.default.min(languages.len() - 1);
        let reader = Reader::of(definition, &languages);
        let mut entries: Vec<Entry> = definition.body.iter().filter_map(|it| reader.shown(it)).collect();
        let is_shown = |model: ModelId| definition.body.iter().any(|it| it.model == Some(model));
        let silent = definition.binds.iter().filter(|it| it.calculate.is_some() && !is_shown(it.model));
        entries.extend(silent.map(|it| reader.calculated(it)));
        Outline {
            version: definition.model.version.clone(),
            title: definition.title.clone(),
            languages,
            first,
            entries,
        }
    }

    pub(super) fn first_language(&self) -> String {
        self.languages[self.first].clone()
    }
}

struct Reader<'a> {
    definition: &'a Definition,
    languages: &'a [String],
    root: String,
    binds: BTreeMap<ModelId, &'a Bind>,
    defaults: BTreeMap<ModelId, String>,
}

impl<'a> Reader<'a> {
    fn of(definition: &'a Definition, languages: &'a [String]) -> Reader<'a> {
        let root = definition.model.node(ROOT).name.to_string();
        let mut defaults = BTreeMap::new();
        begin_with(&definition.model.seed, &mut defaults);
        for (_, template) in &definition.model.templates {
            begin_with(template, &mut defaults);
        }
        for action in &definition.actions {
            let told = match &action.value {
                ActionSource::Literal(text) => text.clone(),
                ActionSource::Expression(it) => wording::expression(it, &root),
                ActionSource::Location => "start-geopoint".to_owned(),
            };
            defaults.insert(action.target, told);
        }
        Reader {
            definition,
            languages,
            root,
            binds: definition.binds.iter().map(|it| (it.model, it)).collect(),
            defaults,
        }
    }

    /// Returns a body item that has a node of its own. A repeat counts once.
    fn shown(&self, item: &BodyItem) -> Option<Entry> {
        let model = item.model?;
        let bind = self.binds.get(&model).copied();
        let kind = match item.kind {
            BodyKind::Instance => return None,
            BodyKind::Group => "group",
            BodyKind::Repeat => "repeat",
            BodyKind::Question(control) => kind(control, item, bind),
        };
        let mut entry = self.entry(model, kind);
        if let Some(label) = &item.label {
            entry.line.label = self.told(label);
            entry.texts.insert(Aspect::Label, entry.line.label.clone());
            entry.texts.insert(Aspect::Media, self.media(label));
        }
        if let Some(hint) = &item.hint {
            entry.texts.insert(Aspect::Hint, self.told(hint));
        }
        if let Some(count) = &item.count {
            entry.rules.insert(Aspect::RepeatCount, wording::expression(count, &self.root));
        }
        self.offer(&item.items, &mut entry);
        Some(entry)
    }

    fn calculated(&self, bind: &Bind) -> Entry {
        self.entry(bind.model, "calculate")
    }

    fn entry(&self, model: ModelId, kind: &'static str) -> Entry {
        let reference = self.definition.model.path(model);
        let mut entry = Entry {
            key: reference
                .trim_start_matches('/')
                .split_once('/')
                .map_or_else(String::new, |(_, it)| it.to_owned()),
            line: Line {
                name: reference.rsplit('/').next().unwrap_or_default().to_owned(),
                reference,
                kind,
                label: Texts::new(),
            },
            texts: BTreeMap::new(),
            rules: BTreeMap::new(),
            choices: Vec::new(),
        };
        let mut rule = |aspect, source: Option<&String>| {
            let told = source
                .map(|it| wording::expression(it, &self.root))
                .filter(|it| !it.is_empty() && it != "false()");
            entry.rules.extend(told.map(|it| (aspect, it)));
        };
        if let Some(bind) = self.binds.get(&model) {
            rule(Aspect::Required, bind.required.as_ref());
            rule(Aspect::Relevant, bind.relevant.as_ref().filter(|it| it.trim() != "true()"));
            rule(Aspect::Constraint, bind.constraint.as_ref());
            rule(Aspect::Calculation, bind.calculate.as_ref());
            rule(Aspect::ReadOnly, bind.readonly.as_ref());
            let said = [
                (Aspect::RequiredMessage, &bind.required_message),
                (Aspect::ConstraintMessage, &bind.constraint_message),
            ];
            for (aspect, message) in said {
                if let Some(message) = message {
                    entry.texts.insert(aspect, self.told(&message_source(message, self.definition)));
                }
            }
            entry.rules.extend(bind.save_to.clone().map(|it| (Aspect::SaveTo, it)));
        }
        entry.rules.extend(self.defaults.get(&model).cloned().map(|it| (Aspect::Default, it)));
        entry
    }

    /// Returns a text in every language of the form.
    fn told(&self, source: &TextSource) -> Texts {
        let inline = |parts: &[Part]| wording::text(parts, &self.root);
        let in_language = |at: usize| match source {
            TextSource::Inline(parts) => inline(parts),
            TextSource::Unknown(_, fallback) => inline(fallback),
            TextSource::Itext(number) => match self.definition.texts.get(at, *number) {
                None => String::new(),
                Some(Said::Plain(text)) => inline(&[Part::Text(text.into())]),
                Some(Said::Forms(forms)) => {
                    let plain = forms.iter().find(|(form, _)| matches!(&**form, "" | "long"));
                    plain.map_or_else(String::new, |(_, parts)| inline(parts))
                }
            },
        };
        self.languages.iter().enumerate().map(|(at, it)| (it.clone(), in_language(at))).collect()
    }

    /// Returns the files that go with a text.
    fn media(&self, source: &TextSource) -> Texts {
        let TextSource::Itext(number) = source else { return Texts::new() };
        let files = |at: usize| {
            let Some(Said::Forms(forms)) = self.definition.texts.get(at, *number) else {
                return String::new();
            };
            let named = forms.iter();
            let named =
                named.filter(|(form, _)| matches!(&**form, "image" | "big-image" | "audio" | "video"));
            let file =
                |parts| wording::text(parts, &self.root).rsplit('/').next().unwrap_or_default().to_owned();
            named.map(|(_, parts)| file(parts)).collect::<Vec<_>>().join(" ")
        };
        self.languages.iter().enumerate().map(|(at, it)| (it.clone(), files(at))).collect()
    }

    fn offer(&self, items: &Items, entry: &mut Entry) {
        match items {
            Items::None => {}
            Items::Inline(items) => {
                entry.choices =
                    items.iter().map(|(value, label)| (value.clone(), self.told(label))).collect();
            }
            Items::Itemset { nodeset, value, label } => {
                let (list, filter) = list_of(nodeset);
                let told = wording::expression(&filter, &self.root);
                entry.rules.extend(Some((Aspect::ChoiceFilter, told)).filter(|(_, it)| !it.is_empty()));
                entry.choices = self.rows(list, value, label);
            }
        }
    }

    /// Returns the choices of a list inside the form; a list beside it has none to compare.
    fn rows(&self, list: &str, value: &str, label: &str) -> Vec<(String, Texts)> {
        let table = self.definition.lists.iter().find(|it| it.id == list).and_then(|it| it.table.as_deref());
        let Some(table) = table else { return Vec::new() };
        let Some(values) = table.column(value) else { return Vec::new() };
        let is_translated = label.starts_with("jr:itext(");
        let labels = table.column(label.trim_start_matches("jr:itext(").trim_end_matches(')').trim());
        let row = |at: usize| {
            let cell = labels.map_or("", |it| table.cell(at, it));
            let source = match is_translated {
                true => match self.definition.texts.number(cell) {
                    Some(number) => TextSource::Itext(number),
                    None => TextSource::Unknown(cell.into(), Vec::new()),
                },
                false => TextSource::Inline(vec![Part::Text(cell.into())]),
            };
            (table.cell(at, values).to_owned(), self.told(&source))
        };
        (0..table.len()).map(row).collect()
    }
}

/// Returns the list that an itemset reads and what it takes of it: `instance('x')/root/item[f]` is `x` and `f`.
fn list_of(nodeset: &str) -> (&str, String) {
    let Some((before, rest)) = nodeset.split_once("instance('") else { return ("", nodeset.to_owned()) };
    let Some((list, after)) = rest.split_once('\'') else { return ("", nodeset.to_owned()) };
    let after = after.strip_prefix(')').unwrap_or(after);
    let after = after.strip_prefix("/root/item").unwrap_or(after);
    let plain = after.strip_prefix('[').and_then(|it| it.strip_suffix(']')).filter(|_| before.is_empty());
    (list, plain.map_or_else(|| format!("{before}{after}"), str::to_owned))
}

/// Returns where the text of a bind's message comes from.
fn message_source(message: &str, definition: &Definition) -> TextSource {
    if message.trim_start().starts_with("jr:itext(") {
        return expression_text(message.trim(), &definition.texts, Vec::new);
    }
    TextSource::Inline(vec![Part::Text(message.into())])
}

/// Notes what nodes begin with.
fn begin_with(seed: &Seed, defaults: &mut BTreeMap<ModelId, String>) {
    let text = seed.text.trim();
    if !text.is_empty() {
        defaults.insert(seed.model, text.to_owned());
    }
    seed.children.iter().for_each(|it| begin_with(it, defaults));
}

/// Returns what a workbook calls a question of this kind.
fn kind(control: Control, item: &BodyItem, bind: Option<&Bind>) -> &'static str {
    let is_told = bind.is_some_and(|it| {
        it.calculate.is_none() && it.readonly.as_deref().is_some_and(|it| it.trim() == "true()")
    });
    match control {
        Control::Note => "note",
        Control::Input if is_told => "note",
        Control::SelectOne => "select_one",
        Control::SelectMultiple => "select_multiple",
        Control::Rank => "rank",
        Control::Trigger => "acknowledge",
        Control::Range => "range",
        Control::Upload => upload(item),
        Control::Input => match bind.map_or(DataType::String, |it| it.data_type) {
            DataType::String | DataType::Intent => "text",
            DataType::Int => "integer",
            DataType::Decimal => "decimal",
            DataType::Boolean => "boolean",
            DataType::Date => "date",
            DataType::Time => "time",
            DataType::DateTime => "datetime",
            DataType::Geopoint => "geopoint",
            DataType::Geotrace => "geotrace",
            DataType::Geoshape => "geoshape",
            DataType::Barcode => "barcode",
            DataType::Binary => "file",
        },
    }
}

fn upload(item: &BodyItem) -> &'static str {
    match item.media_type.split('/').next() {
        Some("image") if item.appearance.iter().any(|it| it == "signature") => "signature",
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}
