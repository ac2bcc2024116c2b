//! Questions that nobody can answer.

use super::Place;
use super::conditions::{is_no, never_shown};
use crate::xlsform::codes;
use crate::xlsform::report::Report;
use crate::xlsform::text::yes_no;
use crate::xlsform::tree::Kind;

/// Looks at what a row says of a question besides its expressions; `at` is its condition.
pub(super) fn look_at(at: &Place<'_>, report: &mut Report) {
    if at.row.below("bind", "relevant").is_some_and(is_no) {
        never_shown(at, report);
    }
    if let Some(text) = at.row.below("bind", "constraint").filter(|it| is_no(it)) {
        report.warning(codes::CONSTRAINT_NEVER, &at.row.at("bind constraint"), &[("found", text)]);
    }
    let question = &at.reading.tree[at.node];
    let is_yes = |key: &str| question.bind(key).and_then(yes_no) == Some(true);
    let is_filled = question.bind("calculate").is_some()
        || question.default.is_some()
        || !question.actions.is_empty()
        || !question.triggers.is_empty()
        || question.bind("jr:preload").is_some();
    // A required note behind a condition is a way to stop people: they have to go back and mend something.
    let is_stop = question.question_type == "note" && question.bind("relevant").is_some();
    let is_asked = question.kind == Kind::Question && !question.tag.is_empty() && !is_stop;
    if is_asked && is_yes("required") && is_yes("readonly") && !is_filled {
        report.warning(codes::NEVER_ANSWERABLE, &at.row.at("bind required"), &[("name", &question.name)]);
    }
}
