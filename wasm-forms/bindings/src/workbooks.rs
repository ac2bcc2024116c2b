//! Workbooks at the desk: tried before anything is uploaded, and two versions of a form compared.

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::json::Json;
use wasm_forms::xlsform::{self, Conversion};
use wasm_forms::{Diagnostic, Form, compare};

use crate::convert::{Thrown, from_json, refused, to_json};
use crate::text::{Text, handed_out};

/// What a workbook became. The form's text is handed over on its own: as part of the JSON it would be written and read
/// once more.
#[wasm_bindgen]
pub struct ReadWorkbook {
    said: String,
    xform: Option<String>,
}

#[wasm_bindgen]
impl ReadWorkbook {
    /// Returns all but the text, as JSON; see the call that gave it.
    pub fn said(&self) -> String {
        self.said.clone()
    }

    /// Returns the XForm and forgets it; nothing where there is none.
    #[wasm_bindgen(js_name = takeXform)]
    pub fn take_xform(&mut self) -> Option<Text> {
        self.xform.take().map(|it| handed_out(&it))
    }
}

/// Converts a workbook and compiles its form: JSON `Diagnostic[]`, what keeps it from being a form, without the advice of
/// [`try_workbook`]. The XForm is there where it is a form.
#[wasm_bindgen(js_name = convertWorkbook)]
pub fn convert_workbook(bytes: &[u8], file_stem: &str) -> ReadWorkbook {
    let (Conversion { xform, diagnostics, .. }, _) = xlsform::compile(bytes, file_stem);
    ReadWorkbook { said: to_json(&diagnostics), xform }
}

/// Tries a workbook as the server will: JSON `{form, sketch, diagnostics, version_cell, is_publishable}`. `form`, and
/// `sketch` where there is none, is `{form_id, version, title, languages, lists}` or null, and the XForm is that of the one
/// there is. `registers` is JSON `string[]`.
#[wasm_bindgen(js_name = tryWorkbook)]
pub fn try_workbook(bytes: &[u8], file_stem: &str, registers: &str) -> Result<ReadWorkbook, Thrown> {
    let registers = from_json(registers, texts)?;
    let trial = xlsform::try_workbook(bytes, file_stem, &registers);
    let described = |form: &Form| {
        json!({
            "form_id": form.id(), "version": form.version(), "title": form.title(),
            "languages": form.languages(), "lists": form.lists(),
        })
    };
    let said = to_json(&json!({
        "form": trial.form.as_ref().filter(|_| trial.xform.is_some()).map(described),
        "sketch": trial.sketch.as_ref().map(|(_, form)| described(form)),
        "diagnostics": trial.diagnostics,
        "version_cell": trial.version_cell,
        "is_publishable": trial.is_publishable(),
    }));
    let of_form = trial.xform.filter(|_| trial.form.is_some());
    Ok(ReadWorkbook { said, xform: of_form.or(trial.sketch.map(|(xform, _)| xform)) })
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
