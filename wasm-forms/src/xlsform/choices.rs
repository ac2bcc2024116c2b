//! The choices sheet: lists of choices, in the order the lists begin.

use std::collections::BTreeMap;

use super::codes;
use super::columns::{Row, Table, Value, to_text};
use super::expression::has_reference;
use super::report::{Cell, Report};
use super::shared::Shared;
use super::text::Text;

/// One choice.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub name: Shared,
    pub label: Option<Text>,
    pub media: Vec<(Shared, Text)>,
    /// Further columns, for filters.
    pub extra: Vec<(Shared, Shared)>,
    pub row: u32,
    /// Where its name stands; nowhere for one that the converter adds.
    pub cell: Cell,
}

impl Choice {
    pub(super) fn new(name: &'static str, label: Text) -> Self {
        Self {
            name: name.into(),
            label: Some(label),
            media: Vec::new(),
            extra: Vec::new(),
            row: 0,
            cell: Cell::default(),
        }
    }

    fn read(row: &Row, name: &Shared) -> Self {
        let is_own = |key: &str| matches!(key, "name" | "label" | "media" | "list name" | "sms_option");
        let extra = row.values.iter().filter_map(|(key, value)| match value {
            Value::Text(text) if !is_own(key) && is_column(key) => Some((key.clone(), text.clone())),
            _ => None,
        });
        let sms = row.shared("sms_option").map(|it| ("sms_option".into(), it.clone()));
        Self {
            name: name.clone(),
            label: row.texts("label"),
            media: read_media(row.map("media")),
            extra: extra.chain(sms).collect(),
            row: row.number,
            cell: row.at("name"),
        }
    }
}

/// Returns media by kind.
pub(super) fn read_media(media: &[(Shared, Value)]) -> Vec<(Shared, Text)> {
    media.iter().map(|(kind, value)| (kind.clone(), to_text(value))).collect::<Vec<_>>()
}

/// One list.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub name: String,
    pub choices: Vec<Choice>,
    /// A question took its choices into its own body, for `search()`.
    pub is_searched: bool,
    pub is_used: bool,
}

impl List {
    /// Returns whether the labels come from the text table.
    pub(super) fn needs_itext(&self) -> bool {
        self.choices.iter().any(|it| {
            !it.media.is_empty()
                || match &it.label {
                    Some(Text::Languages(_)) => true,
                    Some(Text::Plain(label)) => has_reference(label),
                    None => false,
                }
        })
    }
}

/// All lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub lists: Vec<List>,
}

impl Lists {
    /// Groups the rows of the choices sheet by list. Rows without a list are an author's notes.
    pub(super) fn read(table: &Table, allow_duplicates: bool, report: &mut Report) -> Self {
        let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
        Self::collect(table, report, |row, list, name, report| {
            if row.get("label").is_none() {
                report.warning(codes::CHOICE_WITHOUT_LABEL, &row.at("label"), &[("name", name)]);
            }
            let first = *seen.entry((list.to_owned(), name.to_owned())).or_insert(row.number);
            if first != row.number && !allow_duplicates {
                let params = [("name", name), ("list", list), ("row", &first.to_string())];
                report.error(codes::DUPLICATE_CHOICE, &row.at("name"), &params);
            }
        })
    }

    /// Groups the rows of a sheet whose rows go elsewhere than into the form: `external_choices`, `osm`.
    pub(super) fn read_beside(table: &Table, report: &mut Report) -> Self {
        Self::collect(table, report, |_, _, _, _| {})
    }

    fn collect(
        table: &Table,
        report: &mut Report,
        mut look_at: impl FnMut(&Row, &str, &str, &mut Report),
    ) -> Self {
        let mut lists = Self::default();
        warn_of_columns(table, report);
        if !table.rows.is_empty() && !table.has("name") {
            let at = Cell::new(&table.columns.sheet, 1, None);
            report.error(codes::MISSING_COLUMN, &at, &[("column", "name")]);
            return lists;
        }
        for row in &table.rows {
            let Some(list) = row.text("list name").map(str::trim) else { continue };
            let Some(name) = row.shared("name") else {
                report.error(codes::CHOICE_WITHOUT_NAME, &row.at("name"), &[("list", list)]);
                lists.entry(list);
                continue;
            };
            look_at(row, list, name, report);
            lists.entry(list).choices.push(Choice::read(row, name));
        }
        lists
    }

    pub(super) fn get(&self, name: &str) -> Option<&List> {
        self.lists.iter().find(|it| it.name == name)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut List> {
        self.lists.iter_mut().find(|it| it.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().map(|it| it.name.as_str())
    }

    fn entry(&mut self, name: &str) -> &mut List {
        let index = self.lists.iter().position(|it| it.name == name).unwrap_or_else(|| {
            let name = name.to_owned();
            self.lists.push(List { name, choices: Vec::new(), is_searched: false, is_used: false });
            self.lists.len() - 1
        });
        &mut self.lists[index]
    }

    /// Adds the choice "other" to a list that lacks it, in every language of the list.
    pub(super) fn add_other(&mut self, name: &str) {
        let Some(list) =
            self.get_mut(name).filter(|it| !it.choices.iter().any(|choice| choice.name == "other"))
        else {
            return;
        };
        let mut languages: Vec<(Shared, Shared)> = Vec::new();
        for choice in &list.choices {
            if let Some(Text::Languages(texts)) = &choice.label {
                for (language, _) in texts {
                    if !languages.iter().any(|(it, _)| it == language) {
                        languages.push((language.clone(), "Other".into()));
                    }
                }
            }
        }
        let label =
            if languages.is_empty() { Text::Plain("Other".into()) } else { Text::Languages(languages) };
        list.choices.push(Choice::new("other", label));
    }

    /// Adds the choice "none", as the setting `add_none_option` asks for.
    pub(super) fn add_none(&mut self, name: &str) -> bool {
        let Some(list) = self.get_mut(name) else { return false };
        let is_new = !list.choices.iter().any(|it| it.name == "none");
        if is_new {
            list.choices.push(Choice::new("none", Text::Plain("None".into())));
        }
        is_new
    }

    /// Warns of lists that nothing uses, where each begins in the choices sheet.
    pub(super) fn warn_of_unused(&self, choices: &Table, report: &mut Report) {
        for list in self.lists.iter().filter(|it| !it.is_used) {
            let row = list.choices.first().and_then(|it| choices.row(it.row));
            let at = row.map_or_else(|| Cell::sheet(&choices.columns.sheet), |it| it.at("list name"));
            report.warning(codes::UNUSED_LIST, &at, &[("list", &list.name)]);
        }
    }
}

/// Further columns become elements, so a header with a space cannot be used.
fn is_column(header: &str) -> bool {
    !header.is_empty() && !header.contains(' ')
}

fn warn_of_columns(table: &Table, report: &mut Report) {
    for (column, path) in table.columns.paths.iter().enumerate() {
        if let Some(first) = path.first().filter(|it| *it != "list name" && !is_column(it)) {
            let at = Cell::new(&table.columns.sheet, 1, Some(column));
            report.warning(codes::BAD_CHOICE_COLUMN, &at, &[("column", first)]);
        }
    }
}

/// Returns a plain map's texts; deeper columns are left out.
pub(super) fn plain_texts(map: &[(Shared, Value)]) -> Vec<(Shared, Shared)> {
    let text = |(key, value): &(Shared, Value)| match value {
        Value::Text(text) => Some((key.clone(), text.clone())),
        Value::Map(_) => None,
    };
    map.iter().filter_map(text).collect()
}
