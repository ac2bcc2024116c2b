//! What can be seen of an expression without a form: functions that do not exist, parentheses and quotes that do
//! not match.

use super::codes;
use super::expression::{Kind, tokens};
use super::references::nearest_name;
use super::report::{Cell, Report};

/// Functions of XPath 1.0 and ODK XForms.
const FUNCTIONS: &[&str] = &[
    "abs",
    "acos",
    "area",
    "asin",
    "atan",
    "atan2",
    "base64-decode",
    "boolean",
    "boolean-from-string",
    "ceiling",
    "checklist",
    "coalesce",
    "concat",
    "contains",
    "cos",
    "count",
    "count-non-empty",
    "count-selected",
    "current",
    "date",
    "date-time",
    "decimal-date",
    "decimal-date-time",
    "decimal-time",
    "digest",
    "distance",
    "ends-with",
    "enclosed-area",
    "exp",
    "exp10",
    "extract-signed",
    "false",
    "floor",
    "format-date",
    "format-date-time",
    "geofence",
    "here",
    "id",
    "if",
    "ifelse",
    "indexed-repeat",
    "instance",
    "int",
    "intersects",
    "is-null",
    "join",
    "jr:choice-name",
    "jr:itext",
    "lang",
    "last",
    "local-name",
    "log",
    "log10",
    "max",
    "min",
    "name",
    "namespace-uri",
    "normalize-space",
    "not",
    "now",
    "number",
    "once",
    "pi",
    "position",
    "pow",
    "property",
    "pulldata",
    "random",
    "randomize",
    "regex",
    "round",
    "search",
    "selected",
    "selected-at",
    "sin",
    "sqrt",
    "starts-with",
    "string",
    "string-length",
    "substr",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "tan",
    "thousandsep",
    "time",
    "today",
    "translate",
    "true",
    "uuid",
    "version",
    "weighted-checklist",
    // Tests of nodes and operators, which may stand in front of a parenthesis.
    "node",
    "text",
    "comment",
    "processing-instruction",
    "and",
    "or",
    "div",
    "mod",
];

/// Reports what is wrong with an expression.
pub(super) fn check(expression: &str, at: &Cell, report: &mut Report) {
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
        report.error(codes::UNBALANCED, at, &[("found", expression)]);
    }
}

/// Functions with a prefix of their own belong to an app's extensions.
fn check_name(name: &str, at: &Cell, report: &mut Report) {
    let is_foreign = name.contains(':') && !name.starts_with("jr:");
    if !is_foreign && !FUNCTIONS.contains(&name) {
        let meant = nearest_name(name, FUNCTIONS.iter().copied()).unwrap_or_default();
        report.error(codes::UNKNOWN_FUNCTION, at, &[("function", name), ("nearest", meant)]);
    }
}
