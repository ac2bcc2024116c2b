//! Expressions over documents: one case a line, `{doc, ctx, expr, want, …}`.
//!
//! A case that JavaRosa's own table and ODK Web Forms answer differently passes with either answer, and so does the
//! same expression elsewhere: which of the two the engine gives is a choice of its own, see `choices.toml`.

use std::collections::BTreeMap;

use serde_json::Value;
use wasm_forms::Env;
use wasm_forms::expression::{ExpressionError, Place, Source};

use crate::{Case, Outcome, Score};

/// The file of a case that holds its document.
pub const DOCUMENT: &str = "document.xml";
/// The file of a case that holds what JavaRosa gives for its expression, where Web Forms gives something else.
pub const JAVAROSA: &str = "javarosa.json";

/// Milliseconds UTC of the moment at which cases are evaluated: 2026-03-17T11:42:31.123-07:00.
const NOW_MS: i64 = 1_773_772_951_123;
/// These expressions were written by a test when it was loaded, with the clock of its day: they spell the days around
/// 2026-11-21, and mean that day by `today()`. File, what the expressions spell, moment.
const OWN_CLOCK: (&str, &str, i64) = ("xforms/date-comparison.test.ts", "\"2026-11-2", 1_795_287_600_000);
/// America/Phoenix.
const OFFSET_MIN: i32 = -420;

/// Returns what JavaRosa gives, by expression, where a case says that Web Forms gives something else.
pub fn javarosa_answers<'a>(cases: impl Iterator<Item = &'a Value>) -> BTreeMap<String, Value> {
    cases
        .filter(|it| it["web_forms"]["agrees"] == "no")
        .map(|it| (text(&it["expr"]).to_owned(), it["want"].clone()))
        .collect()
}

/// Evaluates one case and compares.
pub fn run(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let Ok(value) = serde_json::from_str::<Value>(&case.text) else {
        outcome.judge(Score::Check, false, "case", "a case", &case.text);
        return outcome;
    };
    let place = format!("{} at {}", text(&value["expr"]), text(&value["ctx"]));
    let wanted = value["want"].to_string();
    match evaluate(&value, case.files.get(DOCUMENT).map_or("", String::as_str)) {
        Ok(found) => {
            let passed = passes(&value, case.files.get(JAVAROSA), &found);
            outcome.judge(Score::Check, passed, &place, &wanted, &found.told());
        }
        Err(problem) => outcome.judge(Score::Check, false, &place, &wanted, &problem),
    }
    outcome
}

fn passes(case: &Value, javarosa: Option<&String>, found: &Found) -> bool {
    let want = &case["want"];
    let javarosa: Option<Value> = javarosa.and_then(|it| serde_json::from_str(it).ok());
    let javarosa = javarosa.filter(|it| it["type"] == want["type"]);
    let web_forms = (case["web_forms"]["agrees"] == "no").then(|| web_forms_want(case));
    let answers = [Some(want), javarosa.as_ref(), web_forms.as_ref()];
    let is_nan = found.number.as_ref().is_ok_and(|it| it.is_nan());
    answers.into_iter().flatten().any(|it| found.is(it))
        || found.is_in_civil_days(want)
        // Web Forms writes not-a-number as empty text.
        || is_nan && web_forms.is_some_and(|it| it["value"] == "")
}

/// What Web Forms gave, as a want.
fn web_forms_want(case: &Value) -> Value {
    let got = &case["web_forms"]["got"];
    match got.get("string") {
        Some(text) => serde_json::json!({ "type": "string", "value": text }),
        None => serde_json::json!({ "type": case["want"]["type"], "value": got, "tolerance": 1e-9 }),
    }
}

/// Every conversion of a value that a want may ask for.
struct Found {
    boolean: Result<bool, ExpressionError>,
    number: Result<f64, ExpressionError>,
    text: Result<String, ExpressionError>,
    nodes: Result<Vec<String>, ExpressionError>,
}

fn evaluate(case: &Value, xml: &str) -> Result<Found, String> {
    let source = Source::parse(xml.trim_start()).map_err(|it| it.to_string())?;
    let place = place_of(case);
    let expression = text(&case["expr"]);
    Ok(Found {
        boolean: source.boolean(expression, &place),
        number: source.number(expression, &place),
        text: source.text(expression, &place),
        nodes: source.nodes(expression, &place),
    })
}

fn place_of(case: &Value) -> Place {
    let bound = case["ns"].as_object().into_iter().flatten();
    let (file, spelled, own_ms) = OWN_CLOCK;
    let is_own = case["file"] == file && text(&case["expr"]).contains(spelled);
    let now_ms = if is_own { own_ms } else { NOW_MS };
    let is_gmt = matches!(text(&case["tz"]), "GMT" | "UTC");
    Place {
        context: text(&case["ctx"]).to_owned(),
        root: text(&case["root"]).to_owned(),
        namespaces: bound
            .filter_map(|(prefix, uri)| Some((prefix.clone(), uri.as_str()?.to_owned())))
            .collect(),
        default_namespace: case["default_ns"].as_str().map(str::to_owned),
        language: case["lang"].as_str().map(str::to_owned),
        env: Env { now_ms, offset_min: if is_gmt { 0 } else { OFFSET_MIN }, seed: 1, ..Env::default() },
    }
}

impl Found {
    fn is(&self, want: &Value) -> bool {
        if want["error"] == true {
            return self.text.is_err();
        }
        let value = &want["value"];
        match text(&want["type"]) {
            "boolean" => self.boolean.as_ref().ok() == value.as_bool().as_ref(),
            "number" => self.number.as_ref().is_ok_and(|it| same_number(*it, want)),
            "string" => self.text.as_ref().is_ok_and(|it| same_text(it, want)),
            "date" => self.text.as_ref().is_ok_and(|it| it.get(..10) == value.as_str()),
            "first_node" => self
                .nodes
                .as_ref()
                .is_ok_and(|it| it.first().map(String::as_str) == value.get("path").and_then(Value::as_str)),
            "nodes" => self.nodes.as_ref().is_ok_and(|it| same_nodes(it.clone(), want)),
            _ => false,
        }
    }

    /// Whether the difference is only that Web Forms adds the UTC offset where a civil date becomes a number, and
    /// JavaRosa does not: its dates are whole days.
    fn is_in_civil_days(&self, want: &Value) -> bool {
        let wanted = want["value"].as_f64().or_else(|| text(&want["value"]).parse().ok());
        let (Some(wanted), Ok(found)) = (wanted, &self.number) else { return false };
        let blur = want["round_factor"].as_f64().map_or(1e-9, |it| 1.0 / it);
        let offset_days = -f64::from(OFFSET_MIN) / 1440.0;
        found.fract() == 0.0 && (wanted - found - offset_days).abs() < blur
    }

    fn told(&self) -> String {
        match &self.text {
            Err(problem) => problem.to_string(),
            Ok(text) => format!("{text:?} {:?} {:?} {:?}", self.boolean, self.number, self.nodes),
        }
    }
}

fn same_number(found: f64, want: &Value) -> bool {
    let wanted = match &want["value"] {
        Value::String(text) => text.parse().unwrap_or(f64::NAN),
        other => other.as_f64().unwrap_or(f64::NAN),
    };
    if let Some(factor) = want["round_factor"].as_f64() {
        // Halves go up, as in the language the cases were recorded in.
        return (found * factor + 0.5).floor() / factor == wanted;
    }
    let near = |tolerance: f64| (found - wanted).abs() <= tolerance * wanted.abs().max(1.0);
    found == wanted || found.is_nan() && wanted.is_nan() || want["tolerance"].as_f64().is_some_and(near)
}

fn same_text(found: &str, want: &Value) -> bool {
    if let Some(length) = want["length"].as_u64() {
        return found.chars().count() as u64 == length;
    }
    if let Some(pattern) = want["regex"].as_str() {
        let is_any_case = want["regex_flags"].as_str().is_some_and(|it| it.contains('i'));
        let pattern = regex_lite::RegexBuilder::new(pattern).case_insensitive(is_any_case).build();
        return pattern.is_ok_and(|it| it.is_match(found));
    }
    want["value"].as_str() == Some(found)
}

fn same_nodes(mut found: Vec<String>, want: &Value) -> bool {
    let wanted = want["value"].as_array().into_iter().flatten().map(|it| text(&it["path"]).to_owned());
    let mut wanted: Vec<String> = wanted.collect();
    if want["unordered"] == true {
        found.sort_unstable();
        wanted.sort_unstable();
    }
    found == wanted
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
