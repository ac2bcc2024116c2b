//! Single values of a submission's document.

use wasm_forms::Answer;

/// Returns the text at a path with positions, `/data/party[2]/p_name`; empty where there is none.
pub(super) fn value_at<'a>(document: &'a roxmltree::Document<'_>, reference: &str) -> &'a str {
    let mut node = document.root();
    for step in reference.split('/').filter(|it| !it.is_empty()) {
        let (name, position) = match step.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']').parse().unwrap_or(1)),
            None => (step, 1usize),
        };
        let name = name.rsplit(':').next().unwrap_or(name);
        let mut same = node.children().filter(|it| it.is_element() && it.tag_name().name() == name);
        match same.nth(position.saturating_sub(1)) {
            Some(child) => node = child,
            None => return "",
        }
    }
    node.text().unwrap_or_default().trim()
}

/// Returns answers with the values that the document has. A calculation that does not come out here as it did on the phone
/// is a flag; what people are shown is what was sent.
pub(super) fn as_sent(xml: &str, answers: &[Answer]) -> Vec<Answer> {
    let Ok(document) = roxmltree::Document::parse(xml) else { return answers.to_vec() };
    let sent = answers.iter().map(|answer| match value_at(&document, &answer.reference) {
        value if value == answer.value.trim() => answer.clone(),
        value => Answer { value: value.to_owned(), display: value.to_owned(), ..answer.clone() },
    });
    sent.filter(|it| !it.value.is_empty()).collect()
}
