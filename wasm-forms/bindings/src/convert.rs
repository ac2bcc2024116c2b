//! Between the engine's types and JSON text.

#[cfg(feature = "forms")]
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
#[cfg(feature = "forms")]
use wasm_forms::{
    Diagnostic,
    session::SessionError,
    view::{Changes, Located},
};

/// What a call throws: JSON text `{"code": …, …}`.
pub(crate) type Thrown = JsValue;

#[cfg(feature = "forms")]
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the engine's types are plain data")
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Thrown> {
    serde_json::from_str(text).map_err(|error| code("request.malformed", &[("problem", &error.to_string())]))
}

/// Returns the ids an interface has to look at again, new instances last.
#[cfg(feature = "forms")]
pub(crate) fn ids(changes: Changes) -> Vec<u32> {
    let mut ids = changes.changed;
    ids.extend(changes.added);
    ids
}

pub(crate) fn code(code: &str, params: &[(&str, &str)]) -> Thrown {
    let params: serde_json::Map<String, Value> =
        params.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
    thrown(&json!({ "code": code, "params": params }))
}

#[cfg(feature = "xlsform")]
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> Thrown {
    thrown(&json!({ "code": diagnostic.code, "params": diagnostic.params }))
}

#[cfg(feature = "forms")]
pub(crate) fn refused(diagnostics: &[Diagnostic]) -> Thrown {
    thrown(&json!({ "code": "form.refused", "diagnostics": diagnostics }))
}

#[cfg(feature = "forms")]
pub(crate) fn violations(violations: &[Located]) -> Thrown {
    thrown(&json!({ "code": "answer.violations", "violations": violations }))
}

#[cfg(feature = "forms")]
pub(crate) fn session_error(error: SessionError) -> Thrown {
    match error {
        SessionError::Draft(reason) => code(reason.as_str(), &[]),
        SessionError::Node(node) => code("session.unknown_node", &[("node", &node.to_string())]),
    }
}

fn thrown(value: &Value) -> Thrown {
    JsValue::from_str(&value.to_string())
}
