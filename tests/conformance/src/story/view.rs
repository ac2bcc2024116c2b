//! Judges what a story expects of one node of the view.

use serde_json::Value;

use super::expect::State;
use super::play::differs;
use super::subject::{Subject, text_of};

/// Returns what is not as expected.
pub(super) fn judge(subject: &Subject, path: &str, state: &State) -> Result<Option<String>, String> {
    match state {
        State::Value(expected) => match subject.value(path)? {
            Some(found) => Ok(differs(path, &found, expected)),
            None => Ok(Some(format!("there is no `{path}`"))),
        },
        State::Matches(pattern) => {
            let found = subject.value(path)?.ok_or_else(|| format!("there is no `{path}`"))?;
            let pattern = regex_lite::Regex::new(pattern).map_err(|error| error.to_string())?;
            Ok((!pattern.is_match(&found)).then(|| format!("{path} is {found:?}, expected to fit {pattern}")))
        }
        State::Absent => {
            let is_there = subject.node(path)?.is_some() || subject.value(path)?.is_some();
            Ok(is_there.then(|| format!("there is a `{path}`")))
        }
        State::Flag { word, holds } => {
            let found = subject.fact(path, word)?;
            let found = found.as_ref().and_then(Value::as_bool);
            Ok((found != Some(*holds)).then(|| format!("{path} is {word}: {found:?}, expected {holds}")))
        }
        State::Valid | State::Invalid { .. } => violation(subject, path, state),
        State::Shows { what, text } => match subject.fact(path, what)? {
            Some(found) => Ok(differs(&format!("{what} of {path}"), &text_of(&found), text)),
            None => Ok(Some(format!("the view tells no {what} of {path}"))),
        },
        State::Appearance(words) => {
            let found = subject.fact(path, "appearance")?.unwrap_or_default();
            Ok(differs(&format!("appearance of {path}"), &text_of(&found), &words.join(" ")))
        }
        State::Instances(n) => {
            let found = subject.fact(path, "count")?.and_then(|it| it.as_u64());
            Ok((found != Some(*n)).then(|| format!("{path} has {found:?} instances, expected {n}")))
        }
        State::Offers(n) => {
            let found = subject.fact(path, "n_choices")?.and_then(|it| it.as_u64());
            Ok((found != Some(*n)).then(|| format!("{path} offers {found:?} choices, expected {n}")))
        }
        State::Choices(values) => {
            let found: Vec<String> = subject.choices(path)?.into_iter().map(|it| it.value).collect();
            Ok(differs(&format!("choices of {path}"), &found.join(" "), &values.join(" ")))
        }
        State::Choice { value, what, text } => {
            let choices = subject.choices(path)?;
            let Some(choice) = choices.iter().find(|it| it.value == *value) else {
                return Ok(Some(format!("{path} offers no {value}")));
            };
            let choice = serde_json::to_value(choice).map_err(|error| error.to_string())?;
            let media = || super::subject::media(&choice, what);
            match choice.get(what).or_else(media) {
                Some(found) => Ok(differs(&format!("{what} of choice {value}"), &text_of(found), text)),
                None => Ok(Some(format!("the view tells no {what} of a choice"))),
            }
        }
        other => Err(format!("nothing of a node: {other:?}")),
    }
}

fn violation(subject: &Subject, path: &str, state: &State) -> Result<Option<String>, String> {
    let found = subject.fact(path, "violation")?.unwrap_or_default();
    let part = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (code, message) = (part("code"), part("message"));
    let State::Invalid { kind, message: expected } = state else {
        return Ok((!code.is_empty()).then(|| format!("{path} is invalid: {code}")));
    };
    if code != format!("answer.{kind}") {
        return Ok(Some(format!("{path} is invalid: {code:?}, expected {kind}")));
    }
    Ok(expected.as_ref().and_then(|it| differs(&format!("message of {path}"), &message, it)))
}
