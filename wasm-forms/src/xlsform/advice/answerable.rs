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
    let question = &at.reading.tree[at.node];
    let is_yes = |key: &str| question.bind(key).and_then(yes_no) == Some(true);
    let is_filled = question.bind("calculate").is_some()
        || question.default.is_some()
        || !question.actions.is_empty()
        || !question.triggers.is_empty()
        || question.bind("jr:preload").is_some();
    let is_asked = question.kind == Kind::Question && !question.tag.is_empty();
    if is_asked && is_yes("required") && is_yes("readonly") && !is_filled {
        report.warning(codes::NEVER_ANSWERABLE, &at.row.at("bind required"), &[("name", &question.name)]);
    }
}
