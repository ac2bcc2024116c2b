//! A state row as a case writes it against a row of the engine.
//!
//! Compared is what a row tells a person or a receiver. An empty text is no text, and white space around a text does not
//! count: both look the same on a screen.

use serde_json::Value;

use wasm_forms::inspect::{Broken, Row, RowKind};
use wasm_forms::view::{Control, DataType};

use crate::reference::is_repeat;

/// What a row is found by: its path, and whether it stands for a repeat as a whole.
pub type Key = (String, bool);

/// Returns the key of a row.
pub fn key(row: &Row) -> Key {
    (row.reference.clone(), is_repeat(row))
}

/// Returns the key of an expected row.
pub fn expected_key(row: &Value) -> Key {
    let is_repeat = row["kind"].as_str().is_some_and(|it| it.starts_with("repeat-range"));
    (row["ref"].as_str().unwrap_or_default().to_owned(), is_repeat)
}

/// Returns the key of a reference in a list of removed rows: `#kind` marks a repeat as a whole.
pub fn removed_key(reference: &str) -> Key {
    let (path, kind) = reference.split_once('#').unwrap_or((reference, ""));
    (path.to_owned(), kind.starts_with("repeat-range"))
}

/// Returns each field that differs as `field: expected / found`.
pub fn differences(expected: &Value, found: &Row) -> Vec<String> {
    let mut differing = Vec::new();
    let mut compare = |field: &str, expected: &str, found: &str| {
        if !same_text(expected, found) {
            differing.push(format!("{field}: {expected:?} / {found:?}"));
        }
    };
    let text = |field: &str| expected[field].as_str().unwrap_or_default();
    let own = |it: &Option<String>| it.clone().unwrap_or_default();
    compare("kind", text("kind"), kind_name(found.kind));
    compare("type", text("type"), found.data_type.map_or("", type_name));
    compare("select", text("select"), select_name(found.kind));
    if expected["value_len"].is_u64() {
        let length = found.value.as_deref().unwrap_or_default().encode_utf16().count();
        compare("value_len", &expected["value_len"].to_string(), &length.to_string());
    } else {
        compare("value", text("value"), &own(&found.value));
    }
    let flag = |field: &str, usual: bool| expected[field].as_bool().unwrap_or(usual).to_string();
    compare("relevant", &flag("relevant", true), &found.relevant.to_string());
    compare("readonly", &flag("readonly", false), &found.readonly.to_string());
    compare("required", &flag("required", false), &found.required.to_string());
    compare("label", text("label").trim(), own(&found.label).trim());
    compare("hint", text("hint").trim(), own(&found.hint).trim());
    let (invalid, message) = match &found.violation {
        // That a text was refused is told by us alone; that it was, is in the value.
        Some((Broken::Type | Broken::Choice, _)) if text("value").is_empty() => ("", ""),
        Some((broken, message)) => (broken_name(*broken), message.trim()),
        None => ("", ""),
    };
    compare("invalid", text("invalid"), invalid);
    compare("message", text("message").trim(), message);
    compare("count", &number(&expected["count"]), &found.count.map_or(String::new(), |it| it.to_string()));
    compare("appearances", &words(&expected["appearances"]), &found.appearance.join(" "));
    let (wanted, had) = attributes(&expected["attrs"], &found.attributes);
    for ((name, value), (_, found)) in wanted.iter().zip(&had) {
        compare(&format!("@{name}"), value, found);
    }
    let (wanted, had) = attributes(&expected["label_media"], &found.media);
    for ((name, value), (_, found)) in wanted.iter().zip(&had) {
        compare(name, value, found);
    }
    choices(expected, found, &mut compare);
    differing
}

fn choices(expected: &Value, found: &Row, compare: &mut impl FnMut(&str, &str, &str)) {
    let own: Vec<(&str, &str)> =
        found.choices.iter().flatten().map(|it| (it.value.as_str(), it.label.trim())).collect();
    if let Some(count) = expected["choices_count"].as_u64() {
        compare("choices_count", &count.to_string(), &own.len().to_string());
        let head = pairs(&expected["choices_head"]);
        compare("choices_head", &listed(&head), &listed(&own[..head.len().min(own.len())]));
        let tail = pairs(&expected["choices_tail"]);
        compare("choices_tail", &listed(&tail), &listed(&own[own.len().saturating_sub(tail.len())..]));
    } else {
        compare("choices", &listed(&pairs(&expected["choices"])), &listed(&own));
    }
}

fn pairs(choices: &Value) -> Vec<(&str, &str)> {
    let list = choices.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|it| (it[0].as_str().unwrap_or_default(), it[1].as_str().unwrap_or_default().trim()))
        .collect()
}

fn listed(choices: &[(&str, &str)]) -> String {
    choices.iter().map(|(value, label)| format!("{value}={label}")).collect::<Vec<_>>().join(", ")
}

/// Returns both sides with the same names in the same order; what one side lacks is empty.
#[expect(clippy::type_complexity, reason = "two lists of pairs, taken apart at once")]
fn attributes(
    expected: &Value,
    found: &[(String, String)],
) -> (Vec<(String, String)>, Vec<(String, String)>) {
    let wanted: Vec<(String, String)> = expected
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let names: std::collections::BTreeSet<&String> =
        wanted.iter().chain(found).map(|(name, _)| name).collect();
    let pick = |from: &[(String, String)]| -> Vec<(String, String)> {
        let value =
            |name: &String| from.iter().find(|it| it.0 == *name).map_or(String::new(), |it| it.1.clone());
        names.iter().map(|name| ((*name).clone(), value(name))).collect()
    };
    (pick(&wanted), pick(found))
}

fn number(value: &Value) -> String {
    value.as_u64().map_or(String::new(), |it| it.to_string())
}

fn words(value: &Value) -> String {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// Compares with the recording's placeholders: `{{any}}` for any text, `{{uuid}}` for an id made by chance.
pub fn same_text(expected: &str, found: &str) -> bool {
    if !expected.contains("{{") {
        return expected == found;
    }
    let mut rest = found;
    let mut pieces =
        expected.replace("{{uuid}}", "{{any}}").split("{{any}}").map(str::to_owned).collect::<Vec<_>>();
    let last = pieces.pop().unwrap_or_default();
    for (index, piece) in pieces.iter().enumerate() {
        let at = if index == 0 {
            rest.starts_with(piece.as_str()).then_some(0)
        } else {
            rest.find(piece.as_str())
        };
        let Some(at) = at else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last.as_str()) && (expected != "{{uuid}}" || is_random_id(found))
}

/// Whether a text is `uuid:` and an RFC 4122 id.
pub fn is_random_id(text: &str) -> bool {
    let Some(id) = text.strip_prefix("uuid:") else { return false };
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && id.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
}

/// Returns what a case calls a kind of row.
pub fn kind_name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Root => "root",
        RowKind::Group | RowKind::Subtree => "group",
        RowKind::OpenRepeat => "repeat-range:uncontrolled",
        RowKind::CountedRepeat => "repeat-range:controlled",
        RowKind::Instance => "repeat-instance",
        RowKind::Value => "model-value",
        RowKind::Question(control) => match control {
            Control::Input => "input",
            Control::Note => "note",
            Control::SelectOne | Control::SelectMultiple => "select",
            Control::Rank => "rank",
            Control::Upload => "upload",
            Control::Trigger => "trigger",
            Control::Range => "range",
        },
    }
}

fn select_name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Question(Control::SelectOne) => "select1",
        RowKind::Question(Control::SelectMultiple) => "select",
        _ => "",
    }
}

fn broken_name(broken: Broken) -> &'static str {
    match broken {
        Broken::Required => "required",
        Broken::Constraint => "constraint",
        Broken::Type => "type",
        Broken::Choice => "choice",
    }
}

fn type_name(data_type: DataType) -> &'static str {
    match data_type {
        DataType::String => "string",
        DataType::Int => "int",
        DataType::Decimal => "decimal",
        DataType::Boolean => "boolean",
        DataType::Date => "date",
        DataType::Time => "time",
        DataType::DateTime => "dateTime",
        DataType::Geopoint => "geopoint",
        DataType::Geotrace => "geotrace",
        DataType::Geoshape => "geoshape",
        DataType::Barcode => "barcode",
        DataType::Binary => "binary",
        DataType::Intent => "intent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_what_chance_gives() {
        assert!(same_text("{{any}}", "x") && same_text("a", "a") && !same_text("a", "b"));
        assert!(same_text("{{uuid}}", "uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301"));
        assert!(!same_text("{{uuid}}", "uuid:x"));
        assert!(same_text("<a>{{any}}</a>", "<a>1</a>") && !same_text("<a>{{any}}</a>", "<b>1</a>"));
    }
}
