//! Languages: columns that one lacks, cells that nobody translated, and names of languages that do not agree.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Columns, Table};
use super::convert::Reading;
use super::report::{Cell, Report};
use super::shared::Shared;
use super::{codes, nearest};

/// What can have languages, and how its header is called.
const TRANSLATABLE: [(&str, &str); 9] = [
    ("label", "label"),
    ("hint", "hint"),
    ("guidance_hint", "guidance_hint"),
    ("image", "image"),
    ("big-image", "big-image"),
    ("audio", "audio"),
    ("video", "video"),
    ("jr:constraintMsg", "constraint_message"),
    ("jr:requiredMsg", "required_message"),
];

/// How many rows a warning names.
const MAX_ROWS: usize = 5;

/// One column that holds texts in one language.
struct Translated<'a> {
    column: usize,
    /// What it holds, as its header is called.
    kind: &'static str,
    /// Empty where the header names none.
    language: &'a str,
}

fn translated(columns: &Columns) -> Vec<Translated<'_>> {
    let read = |(column, path): (usize, &'_ Vec<Shared>)| -> Option<(usize, &'static str, usize)> {
        let skipped = usize::from(path.first().is_some_and(|it| it == "media" || it == "bind"));
        let first = path.get(skipped)?;
        let (_, kind) = TRANSLATABLE.iter().find(|(known, _)| *first == *known)?;
        Some((column, *kind, skipped + 1))
    };
    let found = columns.paths.iter().enumerate().filter_map(read);
    found
        .map(|(column, kind, at)| Translated {
            column,
            kind,
            language: columns.paths[column].get(at).map_or("", Shared::as_str),
        })
        .collect()
}

/// Warns of languages that lack a column another language has; of one that is only written differently, that.
pub(super) fn warn_of_missing_columns(columns: &Columns, report: &mut Report) {
    let found = translated(columns);
    let languages: BTreeSet<&str> = found.iter().map(|it| it.language).collect();
    if languages.iter().all(|it| it.is_empty()) {
        return;
    }
    let kinds: BTreeSet<&str> = found.iter().map(|it| it.kind).collect();
    let has = |language: &str, kind: &str| found.iter().any(|it| it.language == language && it.kind == kind);
    let count = |language: &str| found.iter().filter(|it| it.language == language).count();
    let mut misspelt: BTreeMap<&str, &str> = BTreeMap::new();
    for language in languages.iter().filter(|it| !it.is_empty()) {
        let others = languages.iter().copied().filter(|it| !it.is_empty() && it != language);
        // Of two languages that share no kind of column the one with fewer is the slip.
        let never_beside = |other: &&str| kinds.iter().all(|kind| !(has(language, kind) && has(other, kind)));
        let rarer = |other: &&str| {
            (count(language), std::cmp::Reverse(*language)) < (count(other), std::cmp::Reverse(*other))
        };
        if let Some(meant) = same_language(language, others).filter(never_beside).filter(rarer) {
            misspelt.insert(language, meant);
        }
    }
    for it in &found {
        if let Some(meant) = misspelt.get(it.language) {
            let params = [("language", it.language), ("nearest", *meant)];
            report.warning(codes::MISSPELT_LANGUAGE, &Cell::new(&columns.sheet, 1, Some(it.column)), &params);
        }
    }
    for language in languages.iter().filter(|it| !misspelt.contains_key(*it)) {
        for kind in &kinds {
            let is_meant =
                |it: &Translated<'_>| misspelt.get(it.language) == Some(language) && it.kind == *kind;
            if has(language, kind) || found.iter().any(is_meant) {
                continue;
            }
            let beside = found.iter().find(|it| it.kind == *kind).map(|it| it.column);
            let params = [("language", shown(language)), ("column", *kind)];
            report.warning(codes::MISSING_TRANSLATION, &Cell::new(&columns.sheet, 1, beside), &params);
        }
    }
}

fn shown(language: &str) -> &str {
    if language.is_empty() { "default" } else { language }
}

/// Returns the language of `others` that is the same but for how it is written: case, spaces, or its code alone.
fn same_language<'a>(language: &str, others: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let code = |it: &str| -> String {
        let inside = it.split_once('(').map_or(it, |(_, rest)| rest).trim_end_matches(')');
        inside.trim().to_lowercase()
    };
    let own = code(language);
    let by_code = others.clone().find(|it| code(it) == own);
    let name = |it: &str| it.split('(').next().unwrap_or_default().trim().to_owned();
    let same_name = || {
        let has_code = |it: &str| it.contains('(');
        // Two languages with codes of their own are two languages, however near their names.
        others.clone().find(|it| has_code(it) != has_code(language) && name(it) == name(language))
    };
    let close = || {
        let plain = others.clone().filter(|it| !it.contains('(') && !language.contains('('));
        let is_long = language.chars().count() > 3;
        crate::diag::nearest(language, plain).filter(|_| is_long)
    };
    by_code.or_else(same_name).or_else(close)
}

/// Warns of cells without their translation, of a default language that no column has, and of languages that the
/// choices lack altogether.
pub(super) fn advise(reading: &Reading, report: &mut Report) {
    let survey: BTreeSet<&str> = languages(&reading.survey);
    let choices: BTreeSet<&str> = reading.choices.as_ref().map(languages).unwrap_or_default();
    let all: BTreeSet<&str> = survey.union(&choices).copied().collect();
    if all.iter().all(|it| it.is_empty()) {
        return;
    }
    warn_of_default_language(reading, &all, report);
    let default = reading.settings.default_language.as_str();
    let of_survey = Languages { own: &survey, other: &choices, default };
    if let Some(table) = reading.choices.as_ref().filter(|it| !it.rows.is_empty()) {
        let of_choices = Languages { own: &choices, other: &survey, default };
        of_choices.warn_of_other_sheet(table, report);
        of_choices.warn_of_spelling(table, report);
        warn_of_cells(table, report);
    }
    of_survey.warn_of_other_sheet(&reading.survey, report);
    warn_of_cells(&reading.survey, report);
}

/// The languages of a table's labels.
fn languages(table: &Table) -> BTreeSet<&str> {
    translated(&table.columns).into_iter().filter(|it| it.kind == "label").map(|it| it.language).collect()
}

fn warn_of_default_language(reading: &Reading, all: &BTreeSet<&str>, report: &mut Report) {
    let Some(row) = reading.settings_table.as_ref().and_then(|it| it.rows.first()) else { return };
    let Some(language) = row.text("default_language").filter(|it| !it.is_empty()) else { return };
    let default = reading.settings.default_language.as_str();
    // Columns without a language are in the default one.
    if all.contains(default) || all.contains("") {
        return;
    }
    let known: Vec<&str> = all.iter().copied().collect();
    let meant = same_language(default, known.iter().copied())
        .or_else(|| nearest::nearest_name(default, known.iter().copied()));
    match meant {
        Some(meant) => {
            let params = [("language", language), ("nearest", meant)];
            report.warning(codes::MISSPELT_LANGUAGE, &row.at("default_language"), &params);
        }
        None => {
            let params = [("language", language), ("wanted", &known.join(", "))];
            report.warning(codes::UNKNOWN_LANGUAGE, &row.at("default_language"), &params);
        }
    }
}

/// The languages of one sheet and of the other.
struct Languages<'a> {
    own: &'a BTreeSet<&'a str>,
    other: &'a BTreeSet<&'a str>,
    default: &'a str,
}

impl Languages<'_> {
    fn is_own(&self, language: &str) -> bool {
        self.own.contains(language) || language == self.default && self.own.contains("")
    }

    /// Languages that only the other sheet has, whatever they are called here.
    fn warn_of_other_sheet(&self, table: &Table, report: &mut Report) {
        let at = |column| Cell::new(&table.columns.sheet, 1, column);
        let labels: Vec<_> = translated(&table.columns).into_iter().filter(|it| it.kind == "label").collect();
        for language in self.other.iter().filter(|it| !it.is_empty() && !self.is_own(it)) {
            if same_language(language, self.only_here()).is_none() {
                let params = [("language", *language), ("column", "label")];
                report.warning(codes::MISSING_TRANSLATION, &at(labels.first().map(|it| it.column)), &params);
            }
        }
    }

    /// Languages that the other sheet writes differently.
    fn warn_of_spelling(&self, table: &Table, report: &mut Report) {
        for it in translated(&table.columns).iter().filter(|it| it.kind == "label") {
            let only_there = self.other.iter().copied().filter(|it| !it.is_empty() && !self.own.contains(it));
            let is_only_here = !it.language.is_empty() && !self.other.contains(it.language);
            if let Some(meant) = same_language(it.language, only_there).filter(|_| is_only_here) {
                let params = [("language", it.language), ("nearest", meant)];
                let at = Cell::new(&table.columns.sheet, 1, Some(it.column));
                report.warning(codes::MISSPELT_LANGUAGE, &at, &params);
            }
        }
    }

    fn only_here(&self) -> impl Iterator<Item = &str> + Clone {
        self.own.iter().copied().filter(|it| !it.is_empty() && !self.other.contains(it))
    }
}

/// Cells that are empty in one language and filled in in another: one warning a column, with the rows.
fn warn_of_cells(table: &Table, report: &mut Report) {
    let columns = translated(&table.columns);
    for it in &columns {
        let beside: Vec<&Translated<'_>> =
            columns.iter().filter(|other| other.kind == it.kind && other.column != it.column).collect();
        let is_filled = |row: &u32, column: usize| table.is_filled(*row, column);
        let missing: Vec<u32> = table
            .rows
            .iter()
            .map(|row| row.number)
            .filter(|row| {
                !is_filled(row, it.column) && beside.iter().any(|other| is_filled(row, other.column))
            })
            .collect();
        let Some(first) = missing.first() else { continue };
        let named: Vec<String> = missing.iter().take(MAX_ROWS).map(u32::to_string).collect();
        let rows = named.join(", ") + if missing.len() > MAX_ROWS { ", …" } else { "" };
        let count = missing.len().to_string();
        let params =
            [("language", shown(it.language)), ("column", it.kind), ("count", &count), ("rows", &rows)];
        let at = Cell::new(&table.columns.sheet, *first, Some(it.column));
        report.warning(codes::UNTRANSLATED, &at, &params);
    }
}
