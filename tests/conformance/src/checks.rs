//! What the author of a recorded test asserted, kind by kind.

use serde_json::{Value, json};

use wasm_forms::inspect::{Broken, Row, RowKind};
use wasm_forms::{Form, Method, markdown};

use crate::positions::{Event, positions};
use crate::reference;
use crate::rows::{is_random_id, kind_name, same_text};
use crate::scenario::{Live, Replay};
use crate::trace::{Step, number_text};
use crate::{Score, formatted, xml};

/// What was asserted and what holds, as texts; whether they agree.
struct Verdict {
    passed: bool,
    expected: String,
    found: String,
}

impl Verdict {
    fn equal(expected: impl Into<String>, found: impl Into<String>) -> Verdict {
        let (expected, found) = (expected.into(), found.into());
        Verdict { passed: same_text(&expected, &found), expected, found }
    }

    fn missing(what: &str) -> Verdict {
        Verdict { passed: false, expected: String::new(), found: what.to_owned() }
    }
}

/// Evaluates one check and counts it.
pub(crate) fn check(replay: &mut Replay<'_>, step: &Step, place: &str) {
    let mut verdict = verdict(replay, step);
    let kind = step.text("check");
    replay.checks_lineage = matches!(kind, "deprecated_id_from_source" | "instance_id_changed_on_edit")
        || kind == "raises" && replay.checks_lineage;
    if step.is("not") {
        verdict.passed = !verdict.passed;
        verdict.expected = format!("not {}", verdict.expected);
    }
    replay.outcome.judge(Score::Check, verdict.passed, place, &verdict.expected, &verdict.found);
}

fn verdict(replay: &mut Replay<'_>, step: &Step) -> Verdict {
    let kind = step.text("check");
    if kind == "raises" && replay.checks_lineage {
        return foreign_identity(replay, step);
    }
    if kind == "raises" {
        let raised = replay.raised.is_some();
        return Verdict {
            passed: raised,
            expected: "an error".to_owned(),
            found: replay.raised.clone().unwrap_or_else(|| "none".to_owned()),
        };
    }
    if matches!(kind, "deprecated_id_from_source" | "instance_id_changed_on_edit") {
        return identity(replay, step);
    }
    let form = replay.form.clone();
    let Some(live) = replay.live(step) else { return Verdict::missing("no session") };
    let Some(form) = form else { return Verdict::missing("no form") };
    match kind {
        "body_class" => contains(step, form.body_classes()),
        "submission_meta" => submission_meta(&form, step),
        "title" => Verdict::equal(plain(step.equals()), live.session.view().title),
        "position" | "position_event" | "position_exists" | "at_question" | "at_end_of_form" => {
            position(live, step)
        }
        "form_validity" | "form_validity_failed_ref" | "form_valid" | "submission_status" => {
            validity(live, step)
        }
        "instance_xml" => {
            let found = xml::canonical(&live.session.submission());
            let expected = xml::canonical(step.equals().as_str().unwrap_or_default());
            Verdict::equal(expected.unwrap_or_default(), found.unwrap_or_else(|error| error))
        }
        "serialized_value" => {
            let document = live.session.submission();
            let found = xml::text_at(&document, step.reference.as_deref().unwrap_or_default());
            Verdict::equal(plain(step.equals()), found.unwrap_or_else(|| "no such element".to_owned()))
        }
        "instance_id" => {
            let Some((id, namespace)) = xml::meta(&live.session.submission(), "instanceID") else {
                return Verdict::missing("no instanceID");
            };
            let is_named = namespace == step.text("meta_ns");
            let passed = is_named && (step.text("pattern") != "uuid" || is_random_id(&id));
            let expected = format!("{} in {}", step.text("pattern"), step.text("meta_ns"));
            Verdict { passed, expected, found: format!("{id} in {namespace}") }
        }
        "formatted_text" | "formatted_text_length" => formatted_text(live, step),
        _ => of_node(live, step),
    }
}

/// A text as the tree it is shown as.
fn formatted_text(live: &mut Live, step: &Step) -> Verdict {
    let wanted = step.reference.as_deref().unwrap_or_default();
    let Some(row) = reference::find(live.rows(), wanted).cloned() else {
        return Verdict::missing("no such node");
    };
    let nodes = match step.text("of") {
        "hint" => live.session.formatted_hint(&row.reference),
        "selected_option_labels" => {
            let value = row.value.as_deref().unwrap_or_default();
            let is_chosen =
                |it: &&wasm_forms::view::Choice| value.split_whitespace().any(|value| value == it.value);
            let chosen = row.choices.iter().flatten().filter(is_chosen);
            chosen.flat_map(|it| markdown::parse(&it.label)).collect()
        }
        _ => live.session.formatted_label(&row.reference),
    };
    let expected = if step.text("check") == "formatted_text" {
        step.rest["matches"].to_string()
    } else {
        plain(step.equals())
    };
    Verdict { passed: formatted::holds(&nodes, step), expected, found: formatted::told(&nodes) }
}

/// Whether all wanted words are there.
fn contains(step: &Step, words: &[String]) -> Verdict {
    let wanted: Vec<&str> = step.list("contains").iter().filter_map(Value::as_str).collect();
    let passed = wanted.iter().all(|it| words.iter().any(|own| own == it));
    Verdict { passed, expected: wanted.join(" "), found: words.join(" ") }
}

/// What the form says of its submissions, by the names that cases have for it.
fn submission_meta(form: &Form, step: &Step) -> Verdict {
    let Method::Post = form.submission().method;
    let found = json!({
        "submissionAction": form.submission().action,
        "submissionMethod": "post",
        "encryptionKey": form.public_key(),
    });
    let wanted = &step.rest["matches"];
    let passed = wanted.as_object().into_iter().flatten().all(|(name, value)| found.get(name) == Some(value));
    Verdict { passed, expected: wanted.to_string(), found: found.to_string() }
}

/// What an edited instance says of itself and of its source.
fn identity(replay: &mut Replay<'_>, step: &Step) -> Verdict {
    let Some(live) = replay.live(step) else { return Verdict::missing("no session") };
    let document = live.session.submission();
    let Some(source) = live.source.clone().and_then(|it| replay.live.get(&it)) else {
        return Verdict::missing("no source");
    };
    let old = xml::meta(&source.session.submission(), "instanceID").map(|it| it.0).unwrap_or_default();
    if step.text("check") == "instance_id_changed_on_edit" {
        let new = xml::meta(&document, "instanceID").map(|it| it.0).unwrap_or_default();
        return Verdict {
            passed: !new.is_empty() && new != old,
            expected: format!("another than {old}"),
            found: new,
        };
    }
    match xml::meta(&document, "deprecatedID") {
        Some((id, namespace)) => {
            Verdict::equal(format!("{old} in {}", step.text("meta_ns")), format!("{id} in {namespace}"))
        }
        None => Verdict { passed: false, expected: old, found: "no deprecatedID".to_owned() },
    }
}

/// After checks of where edited instances come from, what must raise is the same check against an instance that is
/// not the source: no other one's id may stand in `deprecatedID`.
fn foreign_identity(replay: &mut Replay<'_>, step: &Step) -> Verdict {
    let Some(live) = replay.live(step) else { return Verdict::missing("no session") };
    let deprecated = xml::meta(&live.session.submission(), "deprecatedID").map(|it| it.0).unwrap_or_default();
    let source = live.source.clone();
    let others = replay.live.iter().filter(|(name, _)| Some(*name) != source.as_ref());
    let ids = others.filter_map(|(_, it)| xml::meta(&it.session.submission(), "instanceID"));
    let is_foreign = ids.into_iter().any(|(id, _)| id == deprecated);
    let expected = "the id of its source alone".to_owned();
    Verdict { passed: !deprecated.is_empty() && !is_foreign, expected, found: deprecated }
}

fn position(live: &mut Live, step: &Step) -> Verdict {
    let wanted = step.reference.as_deref().unwrap_or_default();
    let at = live.position.clone();
    let found = format!("{} {}", at.event.name(), at.reference);
    let equals = step.equals();
    match step.text("check") {
        "position" => Verdict { passed: at.reference == wanted, expected: wanted.to_owned(), found },
        "position_event" => Verdict::equal(plain(equals), at.event.name()),
        "position_exists" => {
            let exists = positions(live.rows()).iter().any(|it| it.reference == wanted);
            Verdict::equal(plain(equals), exists.to_string())
        }
        "at_question" => {
            let wanted_here = wanted.is_empty() || at.reference == wanted;
            let is_there = at.event == Event::Question && wanted_here;
            let expected = equals.as_bool().unwrap_or(true);
            Verdict { passed: is_there == expected, expected: format!("{expected} {wanted}"), found }
        }
        _ => Verdict::equal(plain(equals), (at.event == Event::End).to_string()),
    }
}

/// Whether the form as a whole could be submitted, and what stands in the way.
fn validity(live: &mut Live, step: &Step) -> Verdict {
    let is_question = |it: &&Row| matches!(it.kind, RowKind::Question(_)) && it.violation.is_some();
    let first = live.rows().iter().find(is_question);
    let equals = plain(step.equals());
    match step.text("check") {
        "form_validity" => {
            let found = match first.and_then(|it| it.violation.as_ref()) {
                None => "ANSWER_OK",
                Some((Broken::Required, _)) => "ANSWER_REQUIRED_BUT_EMPTY",
                Some(_) => "ANSWER_CONSTRAINT_VIOLATED",
            };
            Verdict::equal(equals, found)
        }
        "form_validity_failed_ref" => {
            Verdict::equal(equals, first.map_or(String::new(), |it| it.reference.clone()))
        }
        "form_valid" => Verdict::equal(equals, first.is_none().to_string()),
        _ => Verdict::equal(equals, if first.is_none() { "ready" } else { "pending" }),
    }
}

fn of_node(live: &mut Live, step: &Step) -> Verdict {
    let kind = step.text("check");
    let wanted = step.reference.as_deref().unwrap_or_default();
    let rows = live.rows();
    if kind == "repeat_count" {
        let repeat = reference::find_repeat(rows, wanted).and_then(|it| it.count);
        return Verdict::equal(plain(step.equals()), repeat.unwrap_or(0).to_string());
    }
    if kind == "can_add_repeat" {
        let repeat = reference::find_repeat(rows, wanted);
        let can = repeat.is_some_and(|it| it.kind == RowKind::OpenRepeat);
        return Verdict::equal(plain(step.equals()), can.to_string());
    }
    let found = reference::find(rows, wanted).or_else(|| reference::find_repeat(rows, wanted));
    let Some(row) = found else { return Verdict::missing("no such node") };
    if kind.starts_with("choice") || kind == "selected_labels" {
        return choices(row, step);
    }
    let equals = plain(step.equals());
    let value = row.value.clone().unwrap_or_default();
    match kind {
        "value" => Verdict::equal(equals, value),
        "value_close" => {
            let number = step.equals().as_f64().unwrap_or(f64::NAN);
            let tolerance = step.rest.get("tolerance").and_then(Value::as_f64).unwrap_or(0.0);
            let passed = value.parse::<f64>().is_ok_and(|it| (it - number).abs() <= tolerance);
            Verdict { passed, expected: format!("{number} ± {tolerance}"), found: value }
        }
        "value_starts_with" => Verdict { passed: value.starts_with(&equals), expected: equals, found: value },
        "typed_value" => typed(&value, step),
        "relevant" => Verdict::equal(equals, row.relevant.to_string()),
        "required" => Verdict::equal(equals, row.required.to_string()),
        "readonly" => Verdict::equal(equals, row.readonly.to_string()),
        "validity" => Verdict::equal(equals, validity_name(row)),
        "message" => message(row, step),
        "label" => Verdict::equal(equals.trim(), row.label.as_deref().unwrap_or_default().trim()),
        "hint" => Verdict::equal(equals.trim(), row.hint.as_deref().unwrap_or_default().trim()),
        "node_kind" => Verdict::equal(equals, kind_name(row.kind)),
        "attribute" => {
            let name = step.text("name");
            let found = row.attributes.iter().find(|it| it.0 == name);
            Verdict::equal(equals, found.map_or(String::new(), |it| it.1.clone()))
        }
        "appearance" => contains(step, &row.appearance),
        _ => Verdict::missing(&format!("the engine does not tell {kind}")),
    }
}

fn validity_name(row: &Row) -> &'static str {
    match row.violation {
        None => "OK",
        Some((Broken::Required, _)) => "REQUIRED_BUT_EMPTY",
        Some(_) => "CONSTRAINT_VIOLATED",
    }
}

/// The message of one kind of rule is there while that rule is broken.
fn message(row: &Row, step: &Step) -> Verdict {
    let found = row.violation.as_ref().filter(|(broken, _)| match step.text("which") {
        "required" => *broken == Broken::Required,
        "constraint" => *broken == Broken::Constraint,
        _ => true,
    });
    Verdict::equal(plain(step.equals()).trim(), found.map_or("", |it| it.1.trim()))
}

fn typed(value: &str, step: &Step) -> Verdict {
    let numbers: Vec<f64> = value.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    if let Some(point) = step.rest.get("geopoint") {
        let part = |index: usize| numbers.get(index).copied();
        let names = ["latitude", "longitude", "altitude", "accuracy"];
        let passed = names.iter().enumerate().all(|(at, name)| point[*name].as_f64() == part(at));
        return Verdict { passed, expected: point.to_string(), found: value.to_owned() };
    }
    if let Some(number) = step.rest.get("number").and_then(Value::as_f64) {
        let passed = numbers == [number];
        return Verdict { passed, expected: number_text(number), found: value.to_owned() };
    }
    if let Some(list) = step.rest.get("list").and_then(Value::as_array) {
        let wanted: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        return Verdict::equal(wanted.join(" "), value);
    }
    Verdict::equal(step.text("string"), value)
}

fn choices(row: &Row, step: &Step) -> Verdict {
    let own = row.choices.as_deref().unwrap_or_default();
    let labels = || own.iter().map(|it| it.label.trim().to_owned()).collect::<Vec<_>>();
    let equals = step.equals();
    match step.text("check") {
        "choice_count" => Verdict::equal(plain(equals), own.len().to_string()),
        "choices_empty" => Verdict::equal(plain(equals), own.is_empty().to_string()),
        "choice_labels" => Verdict::equal(list(equals), labels().join(", ")),
        "selected_labels" => {
            let value = row.value.as_deref().unwrap_or_default();
            let chosen = own.iter().filter(|it| value.split_whitespace().any(|value| value == it.value));
            Verdict::equal(list(equals), chosen.map(|it| it.label.trim()).collect::<Vec<_>>().join(", "))
        }
        "choice_present" => {
            let (value, label) = (step.rest.get("value"), step.rest.get("label"));
            let is_it = |it: &wasm_forms::view::Choice| {
                value.is_none_or(|wanted| plain(wanted) == it.value)
                    && label.is_none_or(|wanted| plain(wanted).trim() == it.label.trim())
            };
            let expected = format!("{} {}", step.text("value"), step.text("label"));
            Verdict { passed: own.iter().any(is_it), expected, found: labels().join(", ") }
        }
        "choices_contain" => contained(own, step),
        other => Verdict::missing(&format!("unknown check {other}")),
    }
}

fn contained(own: &[wasm_forms::view::Choice], step: &Step) -> Verdict {
    let wanted = step.list("choices");
    let place = |it: &Value| {
        own.iter().position(|choice| {
            it["value"].as_str() == Some(&choice.value)
                && it["label"].as_str().is_none_or(|label| label.trim() == choice.label.trim())
        })
    };
    let places: Option<Vec<usize>> = wanted.iter().map(place).collect();
    let passed = places.is_some_and(|it| !step.is("ordered") || it.is_sorted());
    let expected = wanted.iter().map(|it| format!("{}={}", plain(&it["value"]), plain(&it["label"])));
    Verdict {
        passed,
        expected: expected.collect::<Vec<_>>().join(", "),
        found: own.iter().map(|it| format!("{}={}", it.value, it.label)).collect::<Vec<_>>().join(", "),
    }
}

fn list(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|it| plain(it).trim().to_owned()).collect::<Vec<_>>().join(", ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or(String::new(), number_text),
        other => other.to_string(),
    }
}
