//! Constraints and conditions that never or always hold, and answers that name themselves.

use super::notation::{is_own, parse, reference};
use super::span::Span;
use super::truth::{Facts, Truth, judge};
use super::{Place, excerpt};
use crate::xlsform::codes;
use crate::xlsform::expression::references;
use crate::xlsform::report::Report;
use crate::xlsform::text::yes_no;
use crate::xlsform::tree::{Id, Kind, Tree};
use crate::xpath::{Expr, Function};

/// Looks at the condition in a cell, if it is one.
pub(super) fn look_at(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    match at.path {
        "bind constraint" => constraint(at, expr, report),
        "bind relevant" => relevant(at, expr, report),
        _ => {}
    }
}

fn constraint(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    let own = format!("${{{}}}", at.name());
    let names_itself = references(at.text).iter().any(|it| it.name == at.name() && !it.last_saved);
    // Once under the name of the question or as `.`, it is the same answer.
    let with_dots = names_itself.then(|| parse(&at.text.replace(&own, ".")).ok()).flatten();
    let facts = Standpoint { tree: &at.reading.tree, at: at.node, is_answered: true, place: at };
    let found = excerpt(at.text);
    match judge(with_dots.as_ref().unwrap_or(expr), &facts) {
        Truth::Never => report.warning(codes::CONSTRAINT_NEVER, &at.cell(), &[("found", &found)]),
        Truth::Always => report.warning(codes::CONSTRAINT_ALWAYS, &at.cell(), &[("found", &found)]),
        Truth::Open if names_itself => {
            report.warning(codes::CONSTRAINT_NAMES_ITSELF, &at.cell(), &[("name", at.name())]);
        }
        Truth::Open => {}
    }
}

fn relevant(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    let facts = Standpoint { tree: &at.reading.tree, at: at.node, is_answered: false, place: at };
    match judge(expr, &facts) {
        Truth::Never => never_shown(at, report),
        Truth::Always if !references(at.text).is_empty() => {
            report.warning(codes::RELEVANT_ALWAYS, &at.cell(), &[("found", &excerpt(at.text))]);
        }
        Truth::Always | Truth::Open => {}
    }
}

/// Reports a question or group that never comes up.
pub(super) fn never_shown(at: &Place<'_>, report: &mut Report) {
    let tree = &at.reading.tree;
    let is_inside = |it: &Id| tree.ancestors(*it).any(|up| up == at.node);
    let is_question = |it: &Id| tree[*it].kind == Kind::Question;
    let count = tree.document_order().into_iter().filter(is_inside).filter(is_question).count();
    match count {
        0 => report.warning(codes::RELEVANT_NEVER, &at.cell(), &[("name", at.name())]),
        _ => {
            let params = [("name", at.name()), ("count", &count.to_string())];
            report.warning(codes::GROUP_NEVER_SHOWN, &at.cell(), &params);
        }
    }
}

/// Returns whether a condition is written as a plain no.
pub(super) fn is_no(text: &str) -> bool {
    yes_no(text) == Some(false)
}

/// What can be known of answers from where an expression stands.
struct Standpoint<'a> {
    tree: &'a Tree,
    at: Id,
    /// Whether the question itself has an answer: a constraint judges no empty ones.
    is_answered: bool,
    place: &'a Place<'a>,
}

impl Standpoint<'_> {
    /// Returns the node an expression names, if it is `.` or a reference to one node.
    fn node(&self, expr: &Expr) -> Option<Id> {
        if is_own(expr) { Some(self.at) } else { self.place.names.get(reference(expr)?) }
    }

    fn n_choices(&self, node: Id) -> f64 {
        let list = self.tree[node].itemset.as_deref().and_then(|it| self.place.reading.lists.get(it));
        list.map_or(f64::INFINITY, |it| it.choices.len() as f64)
    }
}

impl Facts for Standpoint<'_> {
    fn numbers(&self, expr: &Expr) -> (Span, bool) {
        if let Expr::Call(function, arguments) = expr {
            let own = arguments.first().filter(|it| self.is_answered && is_own(it));
            let at_least = if own.is_some() { 1.0 } else { 0.0 };
            return match function {
                Function::StringLength => (Span::between(at_least, f64::INFINITY).whole(), true),
                Function::CountSelected => {
                    let most = arguments
                        .first()
                        .and_then(|it| self.node(it))
                        .map_or(f64::INFINITY, |it| self.n_choices(it));
                    (Span::between(at_least, most).whole(), true)
                }
                Function::Count | Function::CountNonEmpty => {
                    (Span::between(0.0, f64::INFINITY).whole(), true)
                }
                Function::Position => (Span::between(1.0, f64::INFINITY).whole(), true),
                _ => (Span::all(), false),
            };
        }
        let Some(node) = self.node(expr) else { return (Span::all(), false) };
        let node = &self.tree[node];
        let is_number = self.is_answered && is_own(expr);
        let bound =
            |key, otherwise: f64| node.parameter(key).and_then(|it| it.parse().ok()).unwrap_or(otherwise);
        match node.question_type {
            "integer" => (Span::all().whole(), is_number),
            "decimal" => (Span::all(), is_number),
            "range" => {
                let (start, end) = (bound("start", 0.0), bound("end", 10.0));
                let span = Span::between(start.min(end), start.max(end));
                (if node.bind("type") == Some("int") { span.whole() } else { span }, is_number)
            }
            _ => (Span::all(), false),
        }
    }

    fn is_single(&self, path: &Expr) -> bool {
        if is_own(path) {
            return true;
        }
        let Some(node) = self.node(path) else { return false };
        let is_around = |repeat: Id| self.at == repeat || self.tree.ancestors(self.at).any(|it| it == repeat);
        self.tree[node].kind == Kind::Question && self.tree.nearest_repeat(node).is_none_or(is_around)
    }

    fn may_be_empty(&self, expr: &Expr) -> bool {
        !(self.is_answered && is_own(expr))
    }

    fn is_one_word(&self, expr: &Expr) -> bool {
        self.node(expr).is_some_and(|it| self.tree[it].question_type == "select one")
    }
}
