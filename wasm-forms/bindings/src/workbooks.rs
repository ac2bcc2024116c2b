//! Workbooks at the desk: tried before anything is uploaded, and two versions of a form compared.

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::json::Json;
use wasm_forms::xlsform::{self, Conversion};
use wasm_forms::{Diagnostic, Form, compare};

use crate::convert::{Thrown, from_json, refused, to_json};

/// Converts a workbook and compiles its form: JSON `{xform, diagnostics}`, with what keeps it from being a form, and
/// without the advice of [`try_workbook`]. `xform` is null where it is none.
#[wasm_bindgen(js_name = convertWorkbook)]
pub fn convert_workbook(bytes: &[u8], file_stem: &str) -> String {
    let Conversion { xform, mut diagnostics, .. } = xlsform::convert(bytes, file_stem);
    let compiled = xform.as_deref().map(Form::compile);
    let is_form = matches!(compiled, Some(Ok(_)));
    diagnostics.extend(compiled.and_then(Result::err).into_iter().flatten());
    to_json(&json!({ "xform": xform.filter(|_| is_form), "diagnostics": diagnostics }))
}

/// Tries a workbook as the server will: JSON `{form, sketch, diagnostics, version_cell, is_publishable}`. `form`, and
/// `sketch` where there is none, is `{xform, form_id, version, title, languages, lists}` or null. `registers` is JSON
/// `string[]`.
#[wasm_bindgen(js_name = tryWorkbook)]
pub fn try_workbook(bytes: &[u8], file_stem: &str, registers: &str) -> Result<String, Thrown> {
    let registers = from_json(registers, texts)?;
    let trial = xlsform::try_workbook(bytes, file_stem, &registers);
    let described = |xform: &str, form: &Form| {
        json!({
            "xform": xform, "form_id": form.id(), "version": form.version(), "title": form.title(),
            "languages": form.languages(), "lists": form.lists(),
        })
    };
    Ok(to_json(&json!({
        "form": trial.xform.as_deref().zip(trial.form.as_ref()).map(|(xform, form)| described(xform, form)),
        "sketch": trial.sketch.as_ref().map(|(xform, form)| described(xform, form)),
        "diagnostics": trial.diagnostics,
        "version_cell": trial.version_cell,
        "is_publishable": trial.is_publishable(),
    })))
}

/// Returns a version that comes after those known (JSON `string[]`) on a day written `20261122`.
#[wasm_bindgen(js_name = nextVersion)]
pub fn next_version(day: &str, known: &str) -> Result<String, Thrown> {
    Ok(xlsform::next_version(day, &from_json(known, texts)?))
}

/// Compares two versions of a form: JSON `Comparison`; throws `form.refused` where one of them cannot be read.
#[wasm_bindgen(js_name = compareForms)]
pub fn compare_forms(before: &str, after: &str) -> Result<String, Thrown> {
    let compared: Result<_, Vec<Diagnostic>> = compare::compare(before, after);
    compared.map(|it| to_json(&it)).map_err(|it| refused(&it))
}

fn texts(json: &Json) -> Option<Vec<String>> {
    json.list()?.iter().map(|it| Some(it.text()?.to_owned())).collect()
}
