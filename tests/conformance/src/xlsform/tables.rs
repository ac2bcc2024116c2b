//! The sheets of a case as a workbook.

use serde_json::Value;
use wasm_forms::xlsform::{Sheet, Workbook};

/// Returns the workbook; sheets that a case only names are there, empty.
pub(super) fn workbook(case: &Value) -> Workbook {
    let empty = serde_json::Map::new();
    let sheets = case["sheets"].as_object().unwrap_or(&empty);
    let mut read: Vec<Sheet> = sheets.iter().map(|(name, sheet)| read_sheet(name, sheet)).collect();
    let others = case["sheet_names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in others.filter(|it| !sheets.keys().any(|known| known.eq_ignore_ascii_case(it))) {
        read.push(Sheet { name: name.to_owned(), ..Sheet::default() });
    }
    Workbook { sheets: read }
}

/// A row is an object, so a header that it has and the header row has not is one more column.
fn read_sheet(name: &str, sheet: &Value) -> Sheet {
    let header = sheet["header"].as_array().into_iter().flatten();
    let mut header: Vec<String> = header.map(|it| it.as_str().unwrap_or_default().to_owned()).collect();
    let empty = Vec::new();
    let rows = sheet["rows"].as_array().unwrap_or(&empty);
    for key in rows.iter().filter_map(Value::as_object).flat_map(|it| it.keys()) {
        if !header.contains(key) {
            header.push(key.clone());
        }
    }
    let cell = |row: &Value, column: &String| match &row[column.as_str()] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let rows = rows.iter().map(|row| header.iter().map(|it| cell(row, it)).collect()).collect();
    Sheet { name: name.to_owned(), header, rows }
}

/// Returns the fields of `itemsets.csv`, where every field stands in quotes, by record. A column that no header names
/// is the recorder's, and empty fields at the end of a record say nothing.
pub(super) fn records(csv: &str) -> Vec<Vec<&str>> {
    csv.split('\n').filter(|it| !it.is_empty()).map(record).collect()
}

fn record(line: &str) -> Vec<&str> {
    let line = line.trim_end_matches('\r');
    let inside = line.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(line);
    let mut fields: Vec<&str> = inside.split("\",\"").collect();
    while fields.last().is_some_and(|it| it.is_empty() || *it == "None") {
        fields.pop();
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn reads_records() {
        assert_eq!(records("\"a\",\"b\",\"None\"\r\n\"1\",\"2, 3\"\r\n"), [["a", "b"], ["1", "2, 3"]]);
        assert_eq!(records("\"a\"\r\n\"1\"\r\n"), records("\"a\"\n\"1\",\"\"\n"));
    }
}
