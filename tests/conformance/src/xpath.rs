//! Expressions over documents: one case a line, `{doc, ctx, expr, want, …}`.
//!
//! A case that JavaRosa's own table and ODK Web Forms answer differently passes with either answer, and so does the
//! same expression elsewhere: which of the two the engine gives is a choice of its own, see `choices.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use wasm_forms::Env;
use wasm_forms::expression::{ExpressionError, Place, Source};

use crate::{Case, Outcome, Score};

/// Documents by key.
pub type Documents = BTreeMap<String, String>;

/// Milliseconds UTC of the moment at which cases are evaluated: 2026-03-17T11:42:31.123-07:00.
const NOW_MS: i64 = 1_773_772_951_123;
/// These expressions were written by a test when it was loaded, with the clock of its day: they spell the days around
/// 2026-11-21, and mean that day by `today()`. File, what the expressions spell, moment.
const OWN_CLOCK: (&str, &str, i64) = ("xforms/date-comparison.test.ts", "\"2026-11-2", 1_795_287_600_000);
/// America/Phoenix.
const OFFSET_MIN: i32 = -420;

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the case wants it.
    Passed,
    /// Otherwise.
    Failed {
        /// What the case says.
        expected: String,
        /// What the engine says.
        found: String,
    },
}

/// A case and what it came to.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The file it stands in, without its ending.
    pub area: String,
    /// Its id.
    pub id: String,
    /// Its expression.
    pub expression: String,
    /// What it came to.
    pub verdict: Verdict,
}

/// The answers of JavaRosa where Web Forms disagrees, by mode and expression.
#[derive(Debug, Default)]
pub struct Disagreements(BTreeMap<String, Value>);

/// The file of a case that holds what JavaRosa gives for the same expression, where Web Forms disagrees.
pub const JAVAROSA: &str = "javarosa.json";

/// Runs a case that has its document, and JavaRosa's answer where engines disagree, among its files.
pub(crate) fn outcome(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let parsed: Value = match serde_json::from_str(&case.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            outcome.judge(Score::Check, false, "case", "JSON", &error.to_string());
            return outcome;
        }
    };
    let mut disagreements = Disagreements::default();
    if let Some(want) = case.files.get(JAVAROSA).and_then(|it| serde_json::from_str(it).ok()) {
        disagreements.0.insert(text(&parsed["expr"]).to_owned(), want);
    }
    let place = text(&parsed["expr"]);
    match check_case(&parsed, &case.files, &disagreements) {
        Verdict::Passed => outcome.judge(Score::Check, true, place, "", ""),
        Verdict::Failed { expected, found } => outcome.judge(Score::Check, false, place, &expected, &found),
    }
    outcome
}

impl Disagreements {
    /// Returns JavaRosa's answer to the expression of a case, where engines disagree about it.
    #[must_use]
    pub fn of(&self, case: &Value) -> Option<&Value> {
        self.0.get(text(&case["expr"]))
    }

    /// Notes what a case says about a disagreement.
    pub fn note(&mut self, case: &Value) {
        if case["web_forms"]["agrees"] == "no" {
            self.0.insert(text(&case["expr"]).to_owned(), case["want"].clone());
        }
    }
}

/// Reads a folder of cases and judges them all.
pub fn run(dir: &Path) -> Result<Vec<Judged>, String> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|it| format!("{}: {it}", path.display()));
    let lines = |text: String| -> Result<Vec<Value>, String> {
        let lines = text.lines().filter(|it| !it.trim().is_empty());
        lines.map(|it| serde_json::from_str(it).map_err(|error| error.to_string())).collect()
    };
    let mut documents = Documents::new();
    let mut areas = BTreeMap::new();
    for entry in std::fs::read_dir(dir).map_err(|it| format!("{}: {it}", dir.display()))? {
        let path = entry.map_err(|it| it.to_string())?.path();
        let Some(area) = path.file_name().and_then(|it| it.to_str()?.strip_suffix(".jsonl")) else {
            continue;
        };
        let cases = lines(read(&path)?)?;
        if area == "_docs" {
            documents
                .extend(cases.iter().map(|it| (text(&it["doc"]).to_owned(), text(&it["xml"]).to_owned())));
        } else {
            areas.insert(area.to_owned(), cases);
        }
    }
    let mut disagreements = Disagreements::default();
    areas.values().flatten().for_each(|it| disagreements.note(it));
    let judge = |area: &str, case: &Value| Judged {
        area: area.to_owned(),
        id: text(&case["id"]).to_owned(),
        expression: text(&case["expr"]).to_owned(),
        verdict: check_case(case, &documents, &disagreements),
    };
    Ok(areas.iter().flat_map(|(area, cases)| cases.iter().map(|it| judge(area, it))).collect())
}

/// Evaluates one case and compares.
pub fn check_case(case: &Value, documents: &Documents, disagreements: &Disagreements) -> Verdict {
    let want = &case["want"];
    let found = match evaluate(case, documents) {
        Ok(found) => found,
        Err(problem) => return Verdict::Failed { expected: want.to_string(), found: problem },
    };
    let expression = text(&case["expr"]);
    let other = (case["web_forms"]["agrees"] == "no").then(|| web_forms_want(case));
    // Web Forms writes not-a-number as empty text.
    let is_nan = other.as_ref().is_some_and(|it| it["value"] == "")
        && found.number.as_ref().is_ok_and(|it| it.is_nan());
    let other = if is_nan { Some(serde_json::json!({ "type": "number", "value": "NaN" })) } else { other };
    let javarosa = disagreements.0.get(expression).filter(|it| it["type"] == want["type"]);
    let answers = [Some(want), other.as_ref(), javarosa];
    if answers.into_iter().flatten().any(|it| found.is(it)) || found.is_in_civil_days(want) {
        Verdict::Passed
    } else {
        Verdict::Failed { expected: want.to_string(), found: found.told() }
    }
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

fn evaluate(case: &Value, documents: &Documents) -> Result<Found, String> {
    let key = text(&case["doc"]);
    let xml = documents.get(key).ok_or_else(|| format!("no document {key}"))?;
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
        ..Place::default()
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
