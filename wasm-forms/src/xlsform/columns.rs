//! A sheet's columns: aliases, languages and groups in their headers, and rows read by what a column means.
//!
//! A header such as `label::中文 (zh)` or `bind::relevant` is a path; a row is a tree of such paths. Case, spaces
//! and full-width signs in the first step do not matter; a column nobody knows keeps its header as it stands.

use std::borrow::Cow;
use std::rc::Rc;

use super::column_names::Spec;
use super::report::{Cell, Report};
use super::shared::Shared;
use super::sheets::Sheet;
use super::text::{Text, clean, collapsed};
use super::{codes, full_width, nearest};

/// Most steps of a header; `bind::jr:constraintMsg::中文 (zh)` has three.
const MAX_STEPS: usize = 6;

/// The columns of one sheet.
#[derive(Debug)]
pub(super) struct Columns {
    pub sheet: Shared,
    /// Path by column; empty where the header is empty.
    pub paths: Vec<Vec<Shared>>,
    /// The same, steps joined by a space.
    joined: Vec<String>,
}

impl Columns {
    fn parse(sheet: &Sheet, spec: &Spec, report: &mut Report) -> Self {
        let headers: Vec<String> = sheet.header.iter().map(|it| clean(&separators(it))).collect();
        let double = headers.iter().any(|it| it.contains("::"));
        let mut paths: Vec<Vec<Shared>> = Vec::new();
        for (column, header) in headers.iter().enumerate() {
            let path = if header.is_empty() { Vec::new() } else { parse_header(header, double, spec) };
            let path: Vec<Shared> = path.into_iter().map(Shared::from).collect();
            if let Some(other) = paths.iter().position(|it| !it.is_empty() && *it == path) {
                let at = Cell::new(&sheet.name, 1, Some(column));
                // Old workbooks name the form twice; the last name holds.
                if path == ["id_string"] {
                    report.warning(
                        codes::DUPLICATE_COLUMN,
                        &at,
                        &[("column", header), ("other", &headers[other])],
                    );
                    paths.push(path);
                    continue;
                }
                report.error(codes::DUPLICATE_COLUMN, &at, &[("column", header), ("other", &headers[other])]);
            }
            paths.push(path);
        }
        let joined = paths.iter().map(|it| it.join(" ")).collect();
        let columns = Self { sheet: sheet.name.clone().into(), paths, joined };
        columns.tell_full_width(sheet, spec, report);
        columns
    }

    /// Tells of headers that were read in spite of full-width signs.
    fn tell_full_width(&self, sheet: &Sheet, spec: &Spec, report: &mut Report) {
        for (column, header) in sheet.header.iter().enumerate() {
            let used = clean(&full_width::plain(&separators(header)));
            if used != clean(header) && Self::is_known(&self.paths[column], spec) {
                let at = Cell::new(&sheet.name, 1, Some(column));
                report.notice(codes::FULL_WIDTH, &at, &[("found", header), ("used", &used)]);
            }
        }
    }

    /// Returns the cell of `row` whose column means `path` (steps joined by a space), or the row as a whole.
    fn cell(&self, row: u32, path: &str) -> Cell {
        let begins = |it: &Vec<Shared>| {
            let mut steps = path.split(' ');
            !it.is_empty() && it.iter().all(|step| steps.next().is_none_or(|want| *step == want))
        };
        let exact = self.joined.iter().position(|it| it == path);
        Cell::at(&self.sheet, row, exact.or_else(|| self.paths.iter().position(begins)))
    }

    fn is_known(path: &[Shared], spec: &Spec) -> bool {
        let begins = |meaning: &str| {
            meaning.split(' ').enumerate().all(|(at, step)| path.get(at).is_some_and(|it| *it == step))
        };
        path.first().is_some_and(|it| spec.known.contains(&it.as_str()))
            || spec.aliases.iter().any(|(_, meaning)| begins(meaning))
    }

    /// Warns of columns that look like a misspelt one.
    fn warn_of_misspelt(&self, spec: &Spec, report: &mut Report) {
        for (column, path) in self.paths.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
            if Self::is_known(path, spec) {
                continue;
            }
            // A column that is there already is not meant.
            let is_there = |name: &str| {
                let meaning =
                    spec.aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, it)| *it);
                self.paths.iter().any(|it| meaning.split(' ').zip(it).all(|(a, b)| *b == a) && !it.is_empty())
            };
            let aliases = spec.aliases.iter().map(|(alias, _)| alias);
            let known: Vec<&str> =
                spec.known.iter().chain(aliases).copied().filter(|it| !is_there(it)).collect();
            if let Some(meant) = nearest::column(&snake(&path[0]), known) {
                let at = Cell::new(&self.sheet, 1, Some(column));
                report.warning(
                    codes::UNKNOWN_COLUMN,
                    &at,
                    &[("column", &path.join("::")), ("nearest", meant)],
                );
            }
        }
    }
}

/// Full-width colons and, around a language code, full-width parentheses.
fn separators(header: &str) -> String {
    let header = header.replace("：：", "::");
    if !header.contains('（') { header } else { header.replace('（', " (").replace('）', ")") }
}

fn snake(text: &str) -> String {
    full_width::plain(text).split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

fn parse_header(header: &str, double: bool, spec: &Spec) -> Vec<String> {
    let meaning = |name: &str| {
        let alias = spec.aliases.iter().find(|(alias, _)| *alias == name);
        alias.map(|(_, path)| *path).or_else(|| spec.known.iter().find(|it| **it == name).copied())
    };
    let whole = snake(header);
    if spec.known.contains(&whole.as_str()) && meaning(&whole) == Some(whole.as_str()) {
        return vec![whole];
    }
    let mut steps: Vec<String> = if double || header.contains("::") {
        header.splitn(MAX_STEPS, "::").map(|it| it.trim().to_owned()).collect()
    } else {
        header.splitn(MAX_STEPS, ':').map(|it| it.trim().to_owned()).collect()
    };
    if let Some(prefix) = steps.iter().position(|it| it == "jr").filter(|it| it + 1 < steps.len()) {
        let local = steps.remove(prefix + 1);
        steps[prefix] = format!("jr:{local}");
    }
    if let Some(path) = meaning(&snake(&steps[0])) {
        let path = if path == "list name" {
            vec![path.to_owned()]
        } else {
            path.split(' ').map(str::to_owned).collect()
        };
        steps.splice(0..1, path);
    }
    steps
}

/// A cell's text, or the texts of all columns below one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(Shared),
    Map(Map),
}

/// Values by step, in column order.
pub(super) type Map = Vec<(Shared, Value)>;

fn insert(map: &mut Map, path: &[Shared], text: Shared, language: &Shared) {
    let (Some(step), rest) = (path.first(), path.get(1..).unwrap_or_default()) else { return };
    let Some(index) = map.iter().position(|(it, _)| it == step) else {
        if rest.is_empty() {
            map.push((step.clone(), Value::Text(text)));
        } else {
            // Conditions or languages: mostly there are one or two.
            let mut below = Map::with_capacity(2);
            insert(&mut below, rest, text, language);
            map.push((step.clone(), Value::Map(below)));
        }
        return;
    };
    match &mut map[index].1 {
        Value::Map(below) if !rest.is_empty() => insert(below, rest, text, language),
        Value::Map(below) if below.iter().any(|(it, _)| it == language) => {}
        Value::Map(below) => below.push((language.clone(), Value::Text(text))),
        old if rest.is_empty() => *old = Value::Text(text),
        Value::Text(plain) => {
            let mut below = Map::new();
            if rest[0] != *language {
                below.push((language.clone(), Value::Text(std::mem::take(plain))));
            }
            insert(&mut below, rest, text, language);
            map[index].1 = Value::Map(below);
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// As Excel shows it.
    pub number: u32,
    pub values: Map,
    /// The columns that have text, in order.
    filled: Vec<u32>,
    columns: Rc<Columns>,
}

impl Row {
    pub(super) fn at(&self, path: &str) -> Cell {
        self.columns.cell(self.number, path)
    }

    pub(super) fn whole(&self) -> Cell {
        Cell::at(&self.columns.sheet, self.number, None)
    }

    pub(super) fn get(&self, step: &str) -> Option<&Value> {
        self.values.iter().find(|(it, _)| *it == step).map(|(_, value)| value)
    }

    /// Returns the text of a column that has no languages.
    pub(super) fn text(&self, step: &str) -> Option<&str> {
        self.shared(step).map(Shared::as_str)
    }

    /// Returns the same to be held.
    pub(super) fn shared(&self, step: &str) -> Option<&Shared> {
        match self.get(step) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn map(&self, step: &str) -> &[(Shared, Value)] {
        match self.get(step) {
            Some(Value::Map(map)) => map,
            _ => &[],
        }
    }

    /// Returns the text of a column below a group, e.g. `bind`, `relevant`.
    pub(super) fn below(&self, group: &str, step: &str) -> Option<&str> {
        self.map(group).iter().find_map(|(it, value)| match value {
            Value::Text(text) if *it == step => Some(text.as_str()),
            _ => None,
        })
    }

    /// Returns a column's text in its language or languages.
    pub(super) fn texts(&self, step: &str) -> Option<Text> {
        self.get(step).map(to_text)
    }
}

pub(super) fn to_text(value: &Value) -> Text {
    match value {
        Value::Text(text) => Text::Plain(text.clone()),
        Value::Map(map) => Text::Languages(
            map.iter()
                .filter_map(|(language, value)| match value {
                    Value::Text(text) => Some((language.clone(), text.clone())),
                    Value::Map(_) => None,
                })
                .collect(),
        ),
    }
}

/// What the text of a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// To be read by people, or something only the column itself knows.
    Text,
    Expression,
    Name,
    /// A value, or an expression.
    Default,
}

impl Role {
    fn of(path: &str, spec: &Spec) -> Self {
        let is_one = |of: &[&str]| of.contains(&path);
        match () {
            () if is_one(spec.expressions) => Role::Expression,
            () if is_one(&["name", "list name", "dataset"]) && is_one(spec.known) => Role::Name,
            () if path == "default" => Role::Default,
            () => Role::Text,
        }
    }

    /// Returns what is meant by a text with full-width signs.
    fn ascii(self, text: &str) -> Option<String> {
        match self {
            _ if text.is_ascii() => None,
            Role::Text => None,
            Role::Expression => Some(full_width::expression(text)),
            Role::Name => full_width::name(text),
            Role::Default => full_width::dynamic_default(text),
        }
    }
}

/// Columns and non-empty rows of a sheet.
#[derive(Debug)]
pub(super) struct Table {
    pub columns: Rc<Columns>,
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads `sheet`; `collapse` makes runs of spaces one.
    pub(super) fn read(
        sheet: &Sheet,
        spec: &Spec,
        language: &str,
        collapse: bool,
        report: &mut Report,
    ) -> Self {
        let columns = Rc::new(Columns::parse(sheet, spec, report));
        columns.warn_of_misspelt(spec, report);
        let roles: Vec<Role> = columns.joined.iter().map(|it| Role::of(it, spec)).collect();
        let language = Shared::from(language.to_owned());
        let mut rows = Vec::new();
        for (index, cells) in sheet.rows.iter().enumerate() {
            let n_filled = cells.iter().filter(|it| !it.is_empty()).count();
            let mut values = Map::with_capacity(n_filled);
            let mut filled = Vec::with_capacity(n_filled);
            for (column, cell) in cells.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
                let Some(path) = columns.paths.get(column).filter(|it| !it.is_empty()) else { continue };
                let text = if collapse { collapsed(cell) } else { Cow::Borrowed(cell.as_str()) };
                let text = Shared::read(&text);
                let used = roles[column].ascii(&text).filter(|it| **it != *text);
                if let Some(used) = &used {
                    let at = Cell::new(&sheet.name, index as u32 + 2, Some(column));
                    report.notice(codes::FULL_WIDTH, &at, &[("found", &text), ("used", used)]);
                }
                insert(&mut values, path, used.map_or(text, Shared::from), &language);
                filled.push(column as u32);
            }
            if !values.is_empty() {
                rows.push(Row { number: index as u32 + 2, values, filled, columns: Rc::clone(&columns) });
            }
        }
        Self { columns, rows }
    }

    /// Returns the row that Excel shows as `number`.
    pub(super) fn row(&self, number: u32) -> Option<&Row> {
        let index = self.rows.binary_search_by_key(&number, |it| it.number).ok()?;
        self.rows.get(index)
    }

    /// Returns whether the cell of a row, as Excel shows it, and a 0-based column has text.
    pub(super) fn is_filled(&self, row: u32, column: usize) -> bool {
        self.row(row).is_some_and(|it| it.filled.binary_search(&(column as u32)).is_ok())
    }

    /// Returns whether a column means `step`.
    pub(super) fn has(&self, step: &str) -> bool {
        self.columns.paths.iter().any(|it| it.first().is_some_and(|first| *first == step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::column_names::SURVEY;
    use super::*;

    #[test]
    fn reads_headers() {
        let check = |header: &str, expected: &[&str]| {
            let header = clean(&separators(header));
            assert_eq!(parse_header(&header, false, &SURVEY), expected);
        };
        check("Type", &["type"]);
        check("ｔｙｐｅ", &["type"]);
        check("Guidance Hint", &["guidance_hint"]);
        check("label::中文 (zh)", &["label", "中文 (zh)"]);
        check("label：：中文（zh）", &["label", "中文 (zh)"]);
        check("label:English", &["label", "English"]);
        check("Constraint Message::en", &["bind", "jr:constraintMsg", "en"]);
        check("media::image::fr", &["media", "image", "fr"]);
        check("bind:jr:count", &["bind", "jr:count"]);
        check("My Notes", &["My Notes"]);
    }

    #[test]
    fn joins_a_plain_column_with_its_languages() {
        let check = |columns: &[&str], expected: &[(&str, &str)]| {
            let mut map = Map::new();
            for column in columns {
                let path: Vec<Shared> = column.split("::").map(|it| it.to_owned().into()).collect();
                insert(&mut map, &path, format!("text of {column}").into(), &"default".into());
            }
            let Text::Languages(found) = to_text(&map[0].1) else { panic!("{map:?} has no languages") };
            let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, expected);
        };
        check(&["label", "label::fr"], &[("default", "text of label"), ("fr", "text of label::fr")]);
        check(&["label::fr", "label"], &[("fr", "text of label::fr"), ("default", "text of label")]);
        check(&["label", "label::default"], &[("default", "text of label::default")]);
    }
}
