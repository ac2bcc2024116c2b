//! What can be seen of an expression without a form: functions that do not exist, parentheses and quotes that do
//! not match.

use super::expression::{Kind, tokens};
use super::report::{Cell, Report};
use super::{codes, nearest};
use crate::xpath::Function;

/// What may stand in front of a parenthesis besides operators and the engine's own functions: functions of other
/// XForms programs and tests of nodes.
const OTHERS: &[&str] = &[
    "current",
    "decimal-date",
    "enclosed-area",
    "here",
    "ifelse",
    "is-null",
    "property",
    "search",
    "thousandsep",
    "time",
    "version",
    "node",
    "text",
    "comment",
    "processing-instruction",
];
const OPERATORS: [&str; 4] = ["and", "or", "div", "mod"];

/// Reports what is wrong with an expression, which stands in a cell.
pub(super) fn check(expression: &str, at: &dyn Fn() -> Cell, report: &mut Report) {
    let mut open: Vec<Kind> = Vec::new();
    let mut balanced = true;
    for token in tokens(expression) {
        match token.kind {
            Kind::Call => {
                check_name(&token.text[..token.text.len() - 1], at, report);
                open.push(Kind::Open);
            }
            Kind::Open | Kind::BracketOpen => open.push(token.kind),
            Kind::Close => balanced &= open.pop() == Some(Kind::Open),
            Kind::BracketClose => balanced &= open.pop() == Some(Kind::BracketOpen),
            Kind::OpenQuote => balanced = false,
            _ => {}
        }
    }
    if !balanced || !open.is_empty() {
        report.error(codes::UNBALANCED, &at(), &[("found", expression)]);
    }
}

/// Functions with a prefix of their own belong to an app's extensions.
fn check_name(name: &str, at: &dyn Fn() -> Cell, report: &mut Report) {
    let is_foreign = name.contains(':') && !name.starts_with("jr:");
    let is_known =
        || OPERATORS.contains(&name) || Function::by_name(name).is_some() || OTHERS.contains(&name);
    if is_foreign || is_known() {
        return;
    }
    if matches!(name, "AND" | "And" | "OR" | "Or") {
        let (found, wanted) = operator_as_function(name);
        return report.error(codes::OTHER_NOTATION, &at(), &[("found", &found), ("wanted", &wanted)]);
    }
    let known = Function::NAMES.iter().chain(OTHERS).copied();
    let meant = nearest::function(name, known).unwrap_or_default();
    report.error(codes::UNKNOWN_FUNCTION, &at(), &[("function", name), ("nearest", meant)]);
}

/// Returns what somebody wrote who joins conditions as Excel does, and what to write instead.
pub(super) fn operator_as_function(name: &str) -> (String, String) {
    (format!("{name}(…, …)"), format!("… {} …", name.to_lowercase()))
}
