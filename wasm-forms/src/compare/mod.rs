//! Two versions of a form side by side: which questions came, went and changed, for the person who publishes.
//!
//! Invariants: the browser and the server call this one function, so they tell the same; a question is the same one
//! where its path is, whatever the root is called; expressions are told as a workbook has them, `${name}`. The order of
//! questions, and what only the screen's layout needs, are not compared.

mod outline;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{Diagnostic, parse};
use outline::{Entry, Outline};

/// A text by language; the empty language is that of a form that names none.
pub type Texts = BTreeMap<String, String>;

/// What is different in the later of two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Version that was compared with.
    pub before_version: String,
    /// Version that was looked at.
    pub after_version: String,
    /// Title before and after, where it changed.
    pub title: Option<(String, String)>,
    /// Languages the form gained.
    pub languages_added: Vec<String>,
    /// Languages the form lost.
    pub languages_removed: Vec<String>,
    /// Questions the form gained, in its order.
    pub added: Vec<Line>,
    /// Questions the form lost, in the order of the version before.
    pub removed: Vec<Line>,
    /// Questions that differ, in the form's order.
    pub changed: Vec<Change>,
}

/// A question, group, repeat or calculation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Path without positions, e.g. `/data/pick/resident`.
    pub reference: String,
    /// Last step of the path.
    pub name: String,
    /// What a workbook calls its type: `text`, `select_one`, `image`, `calculate`, `group`, ….
    pub kind: &'static str,
    /// Label by language; may be empty.
    pub label: Texts,
}

/// A question of both versions and what is different about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As it is in the later version.
    #[serde(flatten)]
    pub line: Line,
    /// What differs; never empty.
    pub parts: Vec<Difference>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is.
    pub aspect: Aspect,
    /// Language of a text; empty for everything else.
    pub language: String,
    /// Value of the choice it is about; empty for everything else.
    pub choice: String,
    /// Before; empty where there was none.
    pub before: String,
    /// After; empty where there is none.
    pub after: String,
}

/// What can differ about a question, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The group it stands in.
    Place,
    /// Type.
    Kind,
    /// Label.
    Label,
    /// Hint.
    Hint,
    /// Picture, sound or film with the label.
    Media,
    /// Whether it has to be answered.
    Required,
    /// What is said where it is not.
    RequiredMessage,
    /// When it is asked.
    Relevant,
    /// What is accepted.
    Constraint,
    /// What is said where it is not.
    ConstraintMessage,
    /// How it is calculated.
    Calculation,
    /// What it begins with.
    Default,
    /// Whether it may be changed.
    ReadOnly,
    /// How many instances a repeat has.
    RepeatCount,
    /// Which choices are offered.
    ChoiceFilter,
    /// A choice that is new; `after` is its label.
    ChoiceAdded,
    /// A choice that is gone; `before` is its label.
    ChoiceRemoved,
    /// A choice's label.
    ChoiceLabel,
    /// The register property it is saved to.
    SaveTo,
}

/// Compares two versions of a form; fails with the reasons why one of them cannot be read at all.
pub fn compare(before: &str, after: &str) -> Result<Comparison, Vec<Diagnostic>> {
    let read = |xform: &str| {
        let (definition, problems) = parse::parse(parse::Source::Text(xform));
        definition.map(|it| Outline::of(&it)).ok_or(problems)
    };
    Ok(differences(read(before)?, read(after)?))
}

fn differences(before: Outline, after: Outline) -> Comparison {
    let pairs = pairs(&before, &after);
    let is_old = |at: usize| pairs.iter().any(|(old, _)| *old == at);
    let partner = |at: usize| pairs.iter().find(|(_, new)| *new == at).map(|(old, _)| &before.entries[*old]);
    let languages = Languages::of(&before, &after);
    let mut comparison = Comparison {
        title: (before.title != after.title).then(|| (before.title.clone(), after.title.clone())),
        languages_added: missing_from(&before.languages, &after.languages),
        languages_removed: missing_from(&after.languages, &before.languages),
        added: Vec::new(),
        removed: before
            .entries
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_old(*at))
            .map(|(_, it)| it.line.clone())
            .collect(),
        changed: Vec::new(),
        before_version: before.version.clone(),
        after_version: after.version.clone(),
    };
    for (at, entry) in after.entries.iter().enumerate() {
        match partner(at) {
            None => comparison.added.push(entry.line.clone()),
            Some(old) => {
                let parts = parts(old, entry, &languages);
                if !parts.is_empty() {
                    comparison.changed.push(Change { line: entry.line.clone(), parts });
                }
            }
        }
    }
    comparison
}

/// Returns which entries are the same question: by path, else by a name that is alone on both sides.
fn pairs(before: &Outline, after: &Outline) -> Vec<(usize, usize)> {
    let by_key: BTreeMap<&str, usize> =
        before.entries.iter().enumerate().map(|(at, it)| (it.key.as_str(), at)).collect();
    let mut pairs: Vec<(usize, usize)> = after
        .entries
        .iter()
        .enumerate()
        .filter_map(|(new, it)| Some((*by_key.get(it.key.as_str())?, new)))
        .collect();
    let (old_taken, new_taken): (BTreeSet<usize>, BTreeSet<usize>) = pairs.iter().copied().unzip();
    let alone = |outline: &Outline, taken: &BTreeSet<usize>| -> BTreeMap<String, Option<usize>> {
        let mut by_name = BTreeMap::new();
        for (at, entry) in outline.entries.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
            by_name.entry(entry.line.name.clone()).and_modify(|it| *it = None).or_insert(Some(at));
        }
        by_name
    };
    let old = alone(before, &old_taken);
    for (name, new) in alone(after, &new_taken) {
        if let (Some(new), Some(Some(old))) = (new, old.get(&name)) {
            pairs.push((*old, new));
        }
    }
    pairs
}

/// Which language of the version before each language of the later one is compared with.
struct Languages(Vec<(String, String)>);

impl Languages {
    /// Languages of the same name; where there is none, the ones the versions begin in.
    fn of(before: &Outline, after: &Outline) -> Languages {
        let shared: Vec<_> = after.languages.iter().filter(|it| before.languages.contains(it)).collect();
        if shared.is_empty() {
            return Languages(vec![(before.first_language(), after.first_language())]);
        }
        Languages(shared.into_iter().map(|it| (it.clone(), it.clone())).collect())
    }

    /// Returns texts that differ: language, before, after.
    fn differences(&self, before: &Texts, after: &Texts) -> Vec<(String, String, String)> {
        let text = |texts: &Texts, language: &str| texts.get(language).cloned().unwrap_or_default();
        let both = self.0.iter().map(|(old, new)| (new.clone(), text(before, old), text(after, new)));
        both.filter(|(_, old, new)| old != new).collect()
    }
}

fn missing_from(known: &[String], languages: &[String]) -> Vec<String> {
    languages.iter().filter(|it| !it.is_empty() && !known.contains(it)).cloned().collect()
}

fn parts(before: &Entry, after: &Entry, languages: &Languages) -> Vec<Difference> {
    let plain = |aspect, before: &str, after: &str| Difference {
        aspect,
        language: String::new(),
        choice: String::new(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let mut parts = Vec::new();
    if before.key != after.key {
        parts.push(plain(Aspect::Place, &before.line.reference, &after.line.reference));
    }
    if before.line.kind != after.line.kind {
        parts.push(plain(Aspect::Kind, before.line.kind, after.line.kind));
    }
    let aspects: BTreeSet<Aspect> = before.texts.keys().chain(after.texts.keys()).copied().collect();
    let none = Texts::new();
    for aspect in aspects {
        let (old, new) =
            (before.texts.get(&aspect).unwrap_or(&none), after.texts.get(&aspect).unwrap_or(&none));
        for (language, before, after) in languages.differences(old, new) {
            parts.push(Difference { language, ..plain(aspect, &before, &after) });
        }
    }
    let aspects: BTreeSet<Aspect> = before.rules.keys().chain(after.rules.keys()).copied().collect();
    for aspect in aspects {
        let text = |entry: &Entry| entry.rules.get(&aspect).cloned().unwrap_or_default();
        let (old, new) = (text(before), text(after));
        if old != new {
            parts.push(plain(aspect, &old, &new));
        }
    }
    parts.extend(choices(before, after, languages));
    parts.sort_by_key(|it| it.aspect);
    parts
}

/// Returns choices that came, went and were worded anew.
fn choices(before: &Entry, after: &Entry, languages: &Languages) -> Vec<Difference> {
    let find =
        |entry: &Entry, value: &str| entry.choices.iter().find(|it| it.0 == value).map(|it| it.1.clone());
    let part = |aspect, language: String, choice: &str, before: String, after: String| Difference {
        aspect,
        language,
        choice: choice.to_owned(),
        before,
        after,
    };
    let first = |texts: &Texts, language: &str| {
        texts.get(language).or_else(|| texts.values().next()).cloned().unwrap_or_default()
    };
    let (old_language, new_language) = languages.0.first().cloned().unwrap_or_default();
    let mut parts = Vec::new();
    for (value, label) in &before.choices {
        if find(after, value).is_none() {
            let label = first(label, &old_language);
            parts.push(part(Aspect::ChoiceRemoved, String::new(), value, label, String::new()));
        }
    }
    for (value, label) in &after.choices {
        match find(before, value) {
            None => {
                let label = first(label, &new_language);
                parts.push(part(Aspect::ChoiceAdded, String::new(), value, String::new(), label));
            }
            Some(old) => {
                for (language, before, after) in languages.differences(&old, label) {
                    parts.push(part(Aspect::ChoiceLabel, language, value, before, after));
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests;
