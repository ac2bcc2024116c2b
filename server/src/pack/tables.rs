//! What the database keeps of a pack: the sheets of `tasks.xlsx` as they were published, the columns of its lists and
//! its texts, as one JSON document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use wasm_forms::xlsform::{Sheet, Workbook};

use super::lists::RegisterList;

/// Sheets that belong to a pack; what else is in the workbook is for people.
pub(super) const SHEETS: [&str; 6] = ["tasks", "outcomes", "roles", "states", "calendar", "cards"];

/// The tables of one pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    sheets: Vec<Sheet>,
    /// Columns by list.
    columns: BTreeMap<String, Vec<String>>,
    /// Texts by file name.
    pub texts: BTreeMap<String, String>,
}

impl Tables {
    /// Takes what is to be kept.
    #[must_use]
    pub fn new(workbook: &Workbook, lists: &[RegisterList], texts: &BTreeMap<String, String>) -> Tables {
        Tables {
            sheets: SHEETS.iter().filter_map(|it| workbook.sheet(it)).cloned().collect(),
            columns: lists.iter().map(|it| (it.name.clone(), it.columns.clone())).collect(),
            texts: texts.clone(),
        }
    }

    /// Returns the sheets.
    #[must_use]
    pub fn workbook(&self) -> Workbook {
        Workbook { sheets: self.sheets.clone() }
    }

    /// Returns the lists without rows: those are in the registers.
    #[must_use]
    pub fn lists(&self) -> Vec<RegisterList> {
        let list = |(name, columns): (&String, &Vec<String>)| RegisterList {
            name: name.clone(),
            columns: columns.clone(),
            rows: Vec::new(),
        };
        self.columns.iter().map(list).collect()
    }

    /// Writes the document. The same tables give the same text.
    #[must_use]
    pub fn to_document(&self) -> String {
        let sheets =
            self.sheets.iter().map(|it| json!({ "name": it.name, "header": it.header, "rows": it.rows }));
        let sheets: Vec<Value> = sheets.collect();
        json!({ "sheets": sheets, "lists": self.columns, "texts": self.texts }).to_string()
    }

    /// Reads a document; `None` where it is none of ours.
    #[must_use]
    pub fn from_document(document: &str) -> Option<Tables> {
        let document: Value = serde_json::from_str(document).ok()?;
        let sheet = |it: &Value| {
            Some(Sheet {
                name: it["name"].as_str()?.to_owned(),
                header: texts(&it["header"])?,
                rows: it["rows"].as_array()?.iter().map(texts).collect::<Option<_>>()?,
            })
        };
        let columns = |(name, columns): (&String, &Value)| Some((name.clone(), texts(columns)?));
        let text = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
        let object = |name: &str| -> Option<&Map<String, Value>> { document[name].as_object() };
        Some(Tables {
            sheets: document["sheets"].as_array()?.iter().map(sheet).collect::<Option<_>>()?,
            columns: object("lists")?.iter().map(columns).collect::<Option<_>>()?,
            texts: object("texts")?.iter().map(text).collect::<Option<_>>()?,
        })
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|it| it.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let sheet = Sheet {
            name: "tasks".to_owned(),
            header: vec!["id".to_owned()],
            rows: vec![vec!["certify.self".to_owned()], Vec::new()],
        };
        let notes = Sheet { name: "说明".to_owned(), ..Sheet::default() };
        let list = RegisterList {
            name: "places".to_owned(),
            columns: vec!["name".to_owned(), "label".to_owned()],
            rows: vec![vec!["E01".to_owned()]],
        };
        let texts = [("slip.zh.md".to_owned(), "{name} 您好".to_owned())].into();
        let tables = Tables::new(&Workbook { sheets: vec![notes, sheet] }, &[list], &texts);
        assert_eq!(tables.workbook().sheets.len(), 1);
        assert_eq!(Tables::from_document(&tables.to_document()), Some(tables));
        assert_eq!(Tables::from_document("{}"), None);
    }
}
