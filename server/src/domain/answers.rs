//! What was answered, counted by question and value: so that whoever publishes a form knows what a question that goes, or
//! a choice, takes with it.
//!
//! Submissions are counted behind those who send them, each once; whoever asks counts the rest first. A count is of
//! submissions, not of answers: one with the question in every instance of a repeat is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::App;
use crate::store::db::DbError;
use crate::store::{answer_counts, submissions};

/// Submissions that one transaction counts.
const PAGE: i64 = 200;

/// Counts every submission that was not counted; returns how many.
pub async fn count(app: &App) -> Result<usize, DbError> {
    let mut n_counted = 0;
    loop {
        let n = app.db.write(|tx| page(tx)).await?;
        n_counted += n;
        if (n as i64) < PAGE {
            return Ok(n_counted);
        }
    }
}

fn page(tx: &mut dyn crate::store::db::Tx) -> Result<usize, DbError> {
    let rows = submissions::uncounted(tx, PAGE)?;
    let mut counts: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    for (id, form_id, answers) in &rows {
        // Somebody else counts at the same time.
        if !submissions::set_counted(tx, id)? {
            continue;
        }
        for (path, value) in answered(answers) {
            *counts.entry((form_id.clone(), path, value)).or_default() += 1;
        }
    }
    for ((form_id, path, value), n) in counts {
        answer_counts::add(tx, &form_id, (&path, &value), n)?;
    }
    Ok(rows.len())
}

/// Returns what a submission says: each path without positions, with the empty value and with each value chosen there.
fn answered(answers: &str) -> BTreeSet<(String, String)> {
    let answers: Vec<serde_json::Value> = serde_json::from_str(answers).unwrap_or_default();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let mut said = BTreeSet::new();
    for it in answers.iter().filter(|it| !text(it, "value").is_empty()) {
        let path = without_positions(&text(it, "reference"));
        said.insert((path.clone(), String::new()));
        if matches!(text(it, "control").as_str(), "select_one" | "select_multiple" | "rank") {
            let value = text(it, "value");
            said.extend(value.split_whitespace().map(|word| (path.clone(), word.to_owned())));
        }
    }
    said
}

/// Returns `/data/party/p_name` for `/data/party[2]/p_name`.
fn without_positions(reference: &str) -> String {
    let steps = reference.split('/').map(|step| step.split_once('[').map_or(step, |(name, _)| name));
    steps.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_each_thing_once_whatever_the_repeats() {
        let answer = |reference: &str, value: &str, control: &str| serde_json::json!({"reference": reference, "name": "x", "value": value, "control": control});
        let answers = serde_json::Value::from_iter([
            answer("/data/party[1]/who", "a", "input"),
            answer("/data/party[2]/who", "b c", "input"),
            answer("/data/home", "yes no", "select_multiple"),
            answer("/data/empty", "", "input"),
        ]);
        let said: Vec<String> = answered(&answers.to_string())
            .into_iter()
            .map(|(path, value)| format!("{path} {value}"))
            .collect();
        assert_eq!(said, ["/data/home ", "/data/home no", "/data/home yes", "/data/party/who "]);
    }
}
