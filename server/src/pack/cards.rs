//! The sheet `cards`: the papers and messages that go with the work. Each text is a Markdown file of the pack's folder
//! `texts`, one for each language; the sheet names the file, and no text stands in two places. A file that the pack in
//! force has need not be given again.

use std::collections::{BTreeMap, BTreeSet};

use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::files::Files;
use super::table::{self, Row, Spec, cell, offer};

pub(super) const SPEC: Spec = Spec {
    sheet: "cards",
    is_required: false,
    required: &["card", "label::zh", "text::zh"],
    optional: &["label::en", "text::en", "note"],
};
const FOLDER: &str = "texts/";

/// A paper or message.
#[derive(Debug, Clone)]
pub struct Card {
    /// The row.
    pub row: Row,
    /// Name, e.g. `slip`.
    pub name: String,
}

/// Returns the pack's texts by file name.
pub(super) fn texts(files: &Files) -> BTreeMap<String, String> {
    let texts = files.iter().filter_map(|(name, bytes)| {
        let name = name.strip_prefix(FOLDER).filter(|it| it.ends_with(".md") && *it != "README.md")?;
        Some((name.to_owned(), String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned()))
    });
    texts.collect()
}

/// Reads the sheet and holds it against the texts there are.
pub(super) fn read(
    workbook: &Workbook,
    texts: &BTreeMap<String, String>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    for row in table::read(workbook, &SPEC, problems) {
        let name = row.get("card").to_owned();
        if let Some(first) = cards.iter().find(|it| it.name == name) {
            problems.push(row.error("pack.twice", "card").with("row", first.row.number.to_string()));
        }
        check(&row, texts, problems);
        cards.push(Card { row, name });
    }
    cards
}

/// Returns the files that the cards name.
pub(super) fn named(cards: &[Card]) -> BTreeSet<&str> {
    cards.iter().flat_map(|it| [it.row.get("text::zh"), it.row.get("text::en")]).collect()
}

/// Tells the pack's own texts that no card names.
pub(super) fn warn_of_unused(
    cards: &[Card],
    texts: &BTreeMap<String, String>,
    problems: &mut Vec<Diagnostic>,
) {
    let named = named(cards);
    for unused in texts.keys().filter(|it| !named.contains(it.as_str())) {
        let place = cell(&format!("{FOLDER}{unused}"), 0, "");
        problems.push(Diagnostic::warning("pack.unused_text", place).with("found", unused));
    }
}

fn check(row: &Row, texts: &BTreeMap<String, String>, problems: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    for (column, language) in [("text::zh", "中文"), ("text::en", "English")] {
        let file = row.get(column);
        match texts.get(file) {
            Some(text) => found.push(text),
            None if file.is_empty() => {
                problems.push(row.warning("pack.missing_label", column).with("language", language));
            }
            None => {
                let known = offer(file, texts.keys().map(String::as_str));
                problems.push(row.error("pack.unknown_text", column).with("nearest", known));
            }
        }
    }
    if let [chinese, english] = found[..] {
        let (chinese, english) = (blanks(chinese), blanks(english));
        let differ: Vec<&str> = chinese.symmetric_difference(&english).copied().collect();
        if !differ.is_empty() {
            problems.push(row.error("pack.text_blanks", "text::en").with("names", differ.join(", ")));
        }
    }
}

/// Returns what a text leaves to be filled in: `{name}`.
fn blanks(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|it| it.0).collect()
}
