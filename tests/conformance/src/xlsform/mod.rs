//! Workbooks to convert: a case has the sheets as tables, or is a file, with what the reference converter made of it
//! and what the tests' authors asserted about that.
//!
//! Each of these is one check:
//!
//! - the form, compared as XML ([`form`]), or the refusal, where the reference refuses;
//! - `itemsets.csv`, the second artefact of a workbook with external choices;
//! - every assertion of the case ([`assertions`]).
//!
//! What a recorded assertion says about the reference's own form must hold there; one that does not is a test of the
//! test suite, and is told as a cause instead of counted.

mod assertions;
mod form;
mod nodes;
mod tables;
mod warnings;

use data_encoding::BASE64;
use serde_json::Value;
use wasm_forms::xlsform::{Conversion, Options, convert_tables, convert_with};
use wasm_forms::{Diagnostic, Severity};

use crate::forms::told;
use crate::{Case, Outcome, Score};

/// The file of a case that holds a workbook's bytes, in base64.
pub const WORKBOOK: &str = "workbook";
/// The file of a case that holds the form the reference made of it.
pub const XFORM: &str = "xform.xml";

/// Converts and compares; never fails, an unreadable case is a failed one.
pub(crate) fn run(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    match serde_json::from_str::<Value>(&case.text) {
        Ok(parsed) => judge(case, &parsed, &mut outcome),
        Err(error) => outcome.judge(Score::Check, false, "case", "JSON", &error.to_string()),
    }
    outcome
}

fn judge(case: &Case, parsed: &Value, outcome: &mut Outcome) {
    let reference = parsed["sheets"].is_object().then(|| parsed["xform"].as_str()).flatten();
    let reference = reference.or(case.files.get(XFORM).map(String::as_str));
    let conversion = match case.files.get(WORKBOOK) {
        Some(workbook) => convert_file(parsed, workbook, reference),
        None => convert_tables(&tables::workbook(parsed), &options(parsed)),
    };
    if parsed["expect"] == "error" {
        let reason = parsed["error"].as_str().unwrap_or_default();
        outcome.judge(Score::Check, is_refused(&conversion), "refusal", reason, "a form");
    } else {
        match (&conversion.xform, reference) {
            (Some(found), Some(reference)) => {
                let difference = form::difference(found, reference);
                let (expected, found) = difference.clone().unwrap_or_default();
                outcome.judge(Score::Check, difference.is_none(), "form", &expected, &found);
            }
            _ => outcome.judge(Score::Check, false, "form", "a form", &refusal(&conversion)),
        }
    }
    if let Some(itemsets) = parsed["itemsets_csv"].as_str() {
        let found = conversion.itemsets.as_deref().unwrap_or_default();
        let is_same = tables::records(itemsets) == tables::records(found);
        outcome.judge(Score::Check, is_same, "itemsets.csv", itemsets, found);
    }
    let recorded = assertions::Recorded::of(parsed, reference);
    let more = parsed["more_assertions"].as_array().into_iter().flatten();
    for assertions in std::iter::once(&parsed["assertions"]).chain(more) {
        assertions::judge(assertions, &recorded, &conversion, outcome);
    }
}

fn convert_file(parsed: &Value, workbook: &str, reference: Option<&str>) -> Conversion {
    let name = parsed["file"].as_str().unwrap_or_default();
    // Workbooks that were made from the tables of a case have no name of their own.
    let stem = if name.starts_with("gen-") { "data" } else { name.rsplit_once('.').map_or(name, |it| it.0) };
    let options = Options {
        root_name: reference.and_then(form::root_name).unwrap_or_else(|| "data".to_owned()),
        form_id: stem.to_owned(),
        ..Options::default()
    };
    let bytes = BASE64.decode(workbook.as_bytes()).unwrap_or_default();
    convert_with(&bytes, &options)
}

fn options(parsed: &Value) -> Options {
    let text = |key: &str, otherwise: &str| parsed[key].as_str().unwrap_or(otherwise).to_owned();
    Options {
        root_name: text("form_name", "data"),
        form_id: text("fallback_form_name", "data"),
        default_language: text("default_language", "default"),
    }
}

fn is_refused(conversion: &Conversion) -> bool {
    conversion.xform.is_none() && errors(conversion).next().is_some()
}

fn errors(conversion: &Conversion) -> impl Iterator<Item = &Diagnostic> {
    conversion.diagnostics.iter().filter(|it| it.severity == Severity::Error)
}

fn refusal(conversion: &Conversion) -> String {
    errors(conversion).map(told).collect::<Vec<_>>().join("; ")
}
