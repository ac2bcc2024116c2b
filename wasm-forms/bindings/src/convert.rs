//! Between the engine's types and JSON text.

use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;
use wasm_forms::json::Json;
#[cfg(feature = "forms")]
use wasm_forms::{Diagnostic, session::SessionError, view::Located};

/// What a call throws: JSON text `{"code": …, …}`.
pub(crate) type Thrown = JsValue;

#[cfg(feature = "forms")]
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("the engine's types are plain data"))
}

/// Reads what the caller handed over as JSON; `read` gives nothing where it is something else.
pub(crate) fn from_json<T>(text: &str, read: impl Fn(&Json) -> Option<T>) -> Result<T, Thrown> {
    Json::parse(text).as_ref().and_then(read).ok_or_else(|| code("request.malformed", &[]))
}

pub(crate) fn code(code: &str, params: &[(&str, &str)]) -> Thrown {
    thrown(&Failure { code, params: Some(Params(params)), ..Failure::default() })
}

#[cfg(feature = "xlsform")]
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> Thrown {
    let params: Vec<(&str, &str)> =
        diagnostic.params.iter().map(|(name, value)| (&**name, &**value)).collect();
    code(&diagnostic.code, &params)
}

#[cfg(feature = "forms")]
pub(crate) fn refused(diagnostics: &[Diagnostic]) -> Thrown {
    thrown(&Failure { code: "form.refused", diagnostics: Some(diagnostics), ..Failure::default() })
}

#[cfg(feature = "forms")]
pub(crate) fn violations(violations: &[Located]) -> Thrown {
    thrown(&Failure { code: "answer.violations", violations: Some(violations), ..Failure::default() })
}

#[cfg(feature = "forms")]
pub(crate) fn session_error(error: SessionError) -> Thrown {
    match error {
        SessionError::Draft(reason) => code(reason.as_str(), &[]),
        SessionError::Node(node) => code("session.unknown_node", &[("node", &node.to_string())]),
    }
}

/// What is thrown, as JSON.
#[derive(Default, Serialize)]
struct Failure<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Params<'a>>,
    #[cfg(feature = "forms")]
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'a [Diagnostic]>,
    #[cfg(feature = "forms")]
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<&'a [Located]>,
}

/// Names and values, written as an object.
struct Params<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

fn thrown(failure: &Failure<'_>) -> Thrown {
    JsValue::from_str(
        &serde_json::to_string(failure).unwrap_or_else(|_| unreachable!("texts are plain data")),
    )
}
