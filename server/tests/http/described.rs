//! What the server answers is what its description says: looked at in every answer that any test here receives.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{Method, StatusCode};
use doorstep::api::open;
use serde_json::{Value, json};

/// Returns how a JSON answer departs from its description; nothing for what is no JSON.
pub fn departures(method: &Method, path: &str, status: StatusCode, bytes: &[u8]) -> Vec<String> {
    let (Some(operation), Ok(body)) = (operation(method, path), serde_json::from_slice(bytes)) else {
        return Vec::new();
    };
    let described = &operation["responses"][status.as_str()]["content"]["application/json"]["schema"];
    match (described, status.is_success()) {
        (Value::Null, true) => {
            vec![format!("{method} {path} answers {status} with JSON that is not described")]
        }
        (Value::Null, false) => compare(&description()["components"]["schemas"]["ErrorBody"], &body, "error"),
        (schema, _) => compare(schema, &body, path),
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let method = method.as_str().to_lowercase();
    let paths = description()["paths"].as_object()?;
    let fits = |template: &str| {
        let (a, b) = (template.split('/'), path.split('/'));
        a.clone().count() == b.clone().count() && a.zip(b).all(|(a, b)| a == b || a.starts_with('{'))
    };
    paths.iter().filter(|(template, _)| fits(template)).find_map(|(_, it)| it.get(&method))
}

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| serde_json::from_str(&open::description_json()).expect("JSON"))
}

/// Returns what of a value its schema does not tell, each with its place.
fn compare(schema: &'static Value, value: &Value, place: &str) -> Vec<String> {
    let schema = resolve(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let told: Vec<Vec<String>> = choices.iter().map(|it| compare(it, value, place)).collect();
        return told.into_iter().min_by_key(Vec::len).unwrap_or_default();
    }
    if !is_of_type(schema, value) {
        return vec![format!("{place} is {value}, described as {}", schema["type"])];
    }
    if let Some(words) = schema["enum"].as_array() {
        let is_known = words.contains(value);
        return if is_known { Vec::new() } else { vec![format!("{place} is {value}, not one of the words")] };
    }
    match value {
        Value::Array(items) => {
            let of = |i: usize| schema["prefixItems"].get(i).unwrap_or(&schema["items"]);
            let of_item = |(i, it)| compare(of(i), it, &format!("{place}[{i}]"));
            items.iter().enumerate().flat_map(of_item).collect()
        }
        Value::Object(fields) => {
            let mut shape = Shape::default();
            shape.add(schema);
            let missing = shape.required.iter().filter(|it| !fields.contains_key(**it));
            let mut told: Vec<String> = missing.map(|it| format!("{place}.{it} is missing")).collect();
            for (name, value) in fields {
                let place = format!("{place}.{name}");
                match shape.properties.get(name.as_str()).copied().or(shape.rest) {
                    Some(schema) => told.extend(compare(schema, value, &place)),
                    None => told.push(format!("{place} is not described")),
                }
            }
            told
        }
        _ => Vec::new(),
    }
}

/// An object's fields, those of all its parts together.
#[derive(Default)]
struct Shape {
    properties: BTreeMap<&'static str, &'static Value>,
    required: Vec<&'static str>,
    /// What fields of any other name hold.
    rest: Option<&'static Value>,
}

impl Shape {
    fn add(&mut self, schema: &'static Value) {
        let schema = resolve(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(part);
        }
        self.properties
            .extend(schema["properties"].as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v)));
        self.required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
        self.rest = self.rest.or(schema.get("additionalProperties"));
    }
}

fn resolve(schema: &'static Value) -> &'static Value {
    let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) else { return schema };
    &description()["components"]["schemas"][name]
}

fn is_of_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        // Parts together, e.g. `allOf`: always objects here.
        _ => value.is_object(),
    }
}

#[test]
fn a_departure_is_named() {
    let told =
        |path: &str, status, body: Value| departures(&Method::GET, path, status, body.to_string().as_bytes());
    let grids = "/api/v1/desk/grids";
    assert!(told(grids, StatusCode::OK, json!([{"grid": "G01", "label": ""}])).is_empty());
    assert_eq!(
        told(grids, StatusCode::OK, json!([{"grid": 1, "more": ""}])),
        [
            format!("{grids}[0].label is missing"),
            format!("{grids}[0].grid is 1, described as \"string\""),
            format!("{grids}[0].more is not described"),
        ]
    );
    assert_eq!(
        told(grids, StatusCode::FORBIDDEN, json!({"code": "a", "params": {}})),
        ["error.message is missing"]
    );
}
