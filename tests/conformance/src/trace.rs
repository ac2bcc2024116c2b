//! A scenario's JSON, read step by step.

use serde::Deserialize;
use serde_json::{Map, Value};

use wasm_forms::Env;
use wasm_forms::view::Control;

/// One recorded test.
#[derive(Debug, Deserialize)]
pub struct Trace {
    pub env: Moment,
    /// Paths whose state differed between two recordings.
    #[serde(default)]
    pub nondeterministic_refs: Vec<String>,
    pub steps: Vec<Step>,
    /// By session: the submission at the end, or the file that holds it.
    #[serde(default)]
    pub final_xml: Map<String, Value>,
}

/// When and where the recording was made.
#[derive(Debug, Deserialize)]
pub struct Moment {
    now: String,
}

/// One operation or assertion.
#[derive(Debug, Deserialize)]
pub struct Step {
    pub op: String,
    /// The session it concerns; a check may leave it out where there is but one.
    #[serde(default)]
    pub sc: Option<String>,
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// What belongs to this kind of step alone.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Step {
    /// Returns a text field; empty where it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.rest.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns whether a field is there and true.
    pub fn is(&self, name: &str) -> bool {
        self.rest.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns the rows of a list field.
    pub fn list(&self, name: &str) -> &[Value] {
        self.rest.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns the field `equals`, null where it is missing.
    pub fn equals(&self) -> &Value {
        self.rest.get("equals").unwrap_or(&Value::Null)
    }

    /// Returns what a failure of this step is told under.
    pub fn place(&self, number: usize) -> String {
        let check = self.text("check");
        let space = if check.is_empty() { "" } else { " " };
        let reference = self.reference.as_deref().unwrap_or_default();
        format!("step {number} {}{space}{check} {reference}", self.op)
    }
}

impl Moment {
    /// Returns the world the engine is to see.
    pub fn env(&self) -> Option<Env> {
        let (now_ms, offset_min) = read_moment(&self.now)?;
        Some(Env { now_ms, offset_min, seed: 1, ..Env::default() })
    }
}

/// Reads `2026-03-17T11:42:31.123-07:00` as milliseconds UTC and minutes of offset.
fn read_moment(text: &str) -> Option<(i64, i32)> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let clock = text.get(11..)?;
    let sign_at = 11 + clock.find(['+', '-', 'Z'])?;
    let offset = match text.get(sign_at..)? {
        "Z" => 0,
        it => {
            let minutes = it.get(1..3)?.parse::<i64>().ok()? * 60 + it.get(4..6)?.parse::<i64>().ok()?;
            if it.starts_with('-') { -minutes } else { minutes }
        }
    };
    let millis =
        text.get(19..sign_at).and_then(|it| it.strip_prefix('.')).and_then(|it| it.parse::<i64>().ok());
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let minutes = number(11, 13)? * 60 + number(14, 16)? - offset;
    let seconds = (days * 1440 + minutes) * 60 + number(17, 19)?;
    Some((seconds * 1000 + millis.unwrap_or(0), i32::try_from(offset).ok()?))
}

/// Days since 1970-01-01 in the Gregorian calendar, years from March so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1 - 719_468
}

/// Returns an answer's value as the instance holds it; `None` where the recording could not write it down.
pub fn answer(value: &Value, control: Option<Control>) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        // A trigger is acknowledged or not; elsewhere a truth is written as a number.
        Value::Bool(it) if control == Some(Control::Trigger) => if *it { "OK" } else { "" }.to_owned(),
        Value::Bool(it) => u8::from(*it).to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(number.as_f64()?),
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            if let Some(number) = fields.get("number") {
                return match number {
                    Value::String(text) => Some(text.clone()),
                    other => other.as_f64().map(number_text),
                };
            }
            if let Some(number) = fields.get("bigint") {
                return Some(number.as_str().map_or_else(|| number.to_string(), str::to_owned));
            }
            if let Some(file) = fields.get("file") {
                return file.get("name").and_then(Value::as_str).map(str::to_owned);
            }
            match fields.get("object") {
                Some(Value::Object(point)) if point.contains_key("latitude") => point_text(point),
                _ => fields.get("string")?.as_str()?.to_owned(),
            }
        }
    })
}

/// A point as the specification writes it: an accuracy without an altitude stands after a zero.
fn point_text(point: &Map<String, Value>) -> String {
    let number = |name: &str| point.get(name).and_then(Value::as_f64);
    let mut parts = vec![number("latitude").unwrap_or(0.0), number("longitude").unwrap_or(0.0)];
    match (number("altitude"), number("accuracy")) {
        (altitude, Some(accuracy)) => parts.extend([altitude.unwrap_or(0.0), accuracy]),
        (Some(altitude), None) => parts.push(altitude),
        (None, None) => {}
    }
    parts.into_iter().map(number_text).collect::<Vec<_>>().join(" ")
}

/// A number as JSON's first home writes it: no decimal point where it is whole.
pub fn number_text(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_moment_of_a_recording() {
        assert_eq!(read_moment("2026-03-17T11:42:31.123-07:00"), Some((1_773_772_951_123, -420)));
        assert_eq!(read_moment("1970-01-01T08:00:00+08:00"), Some((0, 480)));
        assert_eq!(read_moment("1970-01-01T00:00:01Z"), Some((1000, 0)));
    }

    #[test]
    fn reads_answers() {
        let check =
            |value: Value, expected: &str| assert_eq!(answer(&value, None).as_deref(), Some(expected));
        check(json!({"number": 2.5}), "2.5");
        check(json!({"bigint": "12"}), "12");
        check(json!(["a", "b"]), "a b");
        check(json!(null), "");
        check(json!(true), "1");
        check(
            json!({"string": "x", "object": {"latitude": 1.5, "longitude": 2, "accuracy": 3}}),
            "1.5 2 0 3",
        );
    }
}
