//! The conversions of the shared conformance corpus: the same form for a good workbook, an error for a bad one.
//!
//! The corpus does not belong to this repository; where it is missing, this says so and passes.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wasm_forms::Severity;
use wasm_forms::xlsform::{Conversion, Options, Sheet, Workbook, convert, convert_tables};

/// What does not work, and why. A case that starts to work must leave this list.
const KNOWN_GAPS: &[(&str, &str)] = &[
    ("xf-1afea53317", DOUBLE_ESCAPE),
    ("xf-3e814edad4", DOUBLE_ESCAPE),
    ("xf-58b2fdd322", DOUBLE_ESCAPE),
    ("xf-89a9841bd4", DOUBLE_ESCAPE),
    ("xf-add3db1813", DOUBLE_ESCAPE),
    ("xf-c932093486", DOUBLE_ESCAPE),
    ("xf-d9968c8fe2", DOUBLE_ESCAPE),
    ("xf-dcf29c898f", DOUBLE_ESCAPE),
    (
        "xf-ebc6f1ff0d",
        "rows without a header row cannot come out of a workbook: a sheet's first row is its header",
    ),
    ("xf-06006f29ff", FLAT),
    ("flat_xlsform_test.xlsx", FLAT),
    ("repeat_date_test.xls", "a date cell is written as a date, without the time 00:00:00 that nobody typed"),
    ("extra_columns.xls", "a row far below the others is read, not dropped in silence"),
];

const DOUBLE_ESCAPE: &str =
    "the reference escapes < in a label's instance() expression twice, which no engine can read";
const FLAT: &str = "the setting `flat`, which leaves groups out of the submission, is not supported";

/// Outcome of one case: nothing, or what is different.
type Outcome = Result<(), String>;

#[derive(Default)]
struct Score {
    suites: BTreeMap<String, (usize, usize)>,
    failed: Vec<(String, String, String)>,
}

impl Score {
    fn add(&mut self, suite: &str, id: &str, outcome: Outcome) {
        let (passed, total) = self.suites.entry(suite.to_owned()).or_default();
        *total += 1;
        match outcome {
            Ok(()) => *passed += 1,
            Err(problem) => self.failed.push((suite.to_owned(), id.to_owned(), problem)),
        }
    }

    fn print(&self) {
        for (suite, (passed, total)) in &self.suites {
            println!("{suite}: {passed} of {total}");
        }
        let (passed, total) = self.suites.values().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        println!("together: {passed} of {total} ({:.1} %)", 100.0 * passed as f64 / total.max(1) as f64);
        for (suite, id, problem) in &self.failed {
            println!("- {suite}/{id}: {problem}");
        }
    }
}

#[test]
fn the_corpus_converts_as_expected() {
    let Some(corpus) = support::shared("conformance/xlsform") else { return };
    let mut score = Score::default();
    for suite in sorted(&corpus) {
        let name = suite.file_name().unwrap().to_string_lossy().into_owned();
        for file in sorted(&suite).iter().filter(|it| it.extension().is_some_and(|it| it == "json")) {
            if name != "files" {
                let case: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
                score.add(&name, case["id"].as_str().unwrap(), run_tables(&case));
            }
        }
    }
    run_files(&corpus.join("files"), &mut score);
    score.print();
    let failed: Vec<&str> = score.failed.iter().map(|(_, id, _)| id.as_str()).collect();
    let mut known: Vec<&str> = KNOWN_GAPS.iter().map(|(id, _)| *id).collect();
    known.sort_by_key(|it| failed.iter().position(|other| other == it));
    assert_eq!(failed, known);
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}

fn run_tables(case: &Value) -> Outcome {
    let text = |key: &str, otherwise: &str| case[key].as_str().unwrap_or(otherwise).to_owned();
    let options = Options {
        root_name: text("form_name", "data"),
        form_id: text("fallback_form_name", "data"),
        default_language: text("default_language", "default"),
    };
    let conversion = convert_tables(&workbook(case), &options);
    compare(&conversion, case["expect"] == "error", case["xform"].as_str(), case["error"].as_str())
}

fn compare(conversion: &Conversion, wants_error: bool, xform: Option<&str>, error: Option<&str>) -> Outcome {
    match (&conversion.xform, wants_error) {
        (None, true) => Ok(()),
        (Some(_), true) => Err(format!("should be refused: {}", error.unwrap_or_default())),
        (Some(found), false) => support::difference(found, xform.unwrap_or_default()).map_or(Ok(()), Err),
        (None, false) => {
            let errors = conversion.diagnostics.iter().filter(|it| it.severity == Severity::Error);
            Err(format!(
                "refused: {:?}",
                errors.map(|it| (&it.code, &it.place, &it.params)).collect::<Vec<_>>()
            ))
        }
    }
}

fn workbook(case: &Value) -> Workbook {
    let sheets = case["sheets"].as_object().unwrap();
    let mut read: Vec<Sheet> = sheets.iter().map(|(name, sheet)| read_sheet(name, sheet)).collect();
    let others = case["sheet_names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in others.filter(|it| !sheets.keys().any(|known| known.eq_ignore_ascii_case(it))) {
        read.push(Sheet { name: name.to_owned(), ..Sheet::default() });
    }
    Workbook { sheets: read }
}

fn read_sheet(name: &str, sheet: &Value) -> Sheet {
    let strings = |it: &Value| {
        it.as_array().into_iter().flatten().map(|it| it.as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut header: Vec<String> = strings(&sheet["header"]);
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

/// Real workbooks; other formats of the corpus are not read.
fn run_files(folder: &Path, score: &mut Score) {
    let Ok(index) = std::fs::read_to_string(folder.join("index.json")) else { return };
    let index: Value = serde_json::from_str(&index).unwrap();
    for entry in index.as_array().into_iter().flatten() {
        let name = entry["file"].as_str().unwrap_or_default();
        let path = folder.join(name);
        let is_workbook = [".xlsx", ".xlsm", ".xls"].iter().any(|it| name.ends_with(it));
        let Some(bytes) = std::fs::read(&path).ok().filter(|_| is_workbook) else { continue };
        let stem =
            if name.starts_with("gen-") { "data" } else { name.rsplit_once('.').map_or(name, |it| it.0) };
        let xform = entry["xform"].as_str().map(|it| std::fs::read_to_string(folder.join(it)).unwrap());
        let options = Options {
            root_name: root_name(xform.as_deref()),
            form_id: stem.to_owned(),
            ..Options::default()
        };
        let conversion = match Workbook::read(&bytes) {
            Ok(workbook) => convert_tables(&workbook, &options),
            Err(_) => convert(&bytes, stem),
        };
        let outcome =
            compare(&conversion, entry["expect"] == "error", xform.as_deref(), entry["error"].as_str());
        score.add("files", name, outcome);
    }
}

/// Returns the name that was asked for when the form was made.
fn root_name(xform: Option<&str>) -> String {
    let document = xform.and_then(|it| roxmltree::Document::parse(it).ok());
    let root = document.as_ref().and_then(|it| {
        let instance =
            it.descendants().find(|it| it.has_tag_name(("http://www.w3.org/2002/xforms", "instance")))?;
        Some(instance.first_element_child()?.tag_name().name().to_owned())
    });
    root.unwrap_or_else(|| "data".to_owned())
}
