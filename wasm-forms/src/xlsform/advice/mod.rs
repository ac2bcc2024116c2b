//! What a colleague would say who looks over the whole workbook before it is published: expressions that cannot be
//! read, conditions that never hold, choices that no list has, questions that nobody can answer, texts that nobody
//! translated.
//!
//! A cell that something was said about already is passed over: one mistake, one diagnostic.

mod answerable;
mod choices;
mod conditions;
mod habits;
mod names;
mod notation;
mod span;
mod truth;

use std::collections::BTreeMap;

use super::columns::Row;
use super::convert::{Reading, each_text};
use super::expression::is_dynamic_default;
use super::references::Names;
use super::report::{Cell, Report};
use super::text::yes_no;
use super::tree::{Id, Kind};
use super::{codes, functions, nearest, translations};
use crate::xpath::{Expr, Function};
use notation::Problem;

/// Reports everything there is to say about a workbook as a whole.
pub(super) fn give(reading: &Reading, report: &mut Report) {
    translations::advise(reading, report);
    let nodes = nodes_by_row(reading);
    let names = Names::of(&reading.tree);
    for row in &reading.survey.rows {
        let node = nodes.get(&row.number).copied();
        let seen = |path: &str, text: &str, report: &mut Report| {
            if let (Some(expr), Some(node)) = (read(path, text, &row.at(path), report), node) {
                let at = Place { reading, names: &names, row, node, path, text };
                conditions::look_at(&at, &expr, report);
                choices::look_at(&at, &expr, report);
                names::look_at(&at, &expr, report);
            }
        };
        each_expression(row, reading, node, &mut |path, text| seen(path, text, report));
        if let Some(node) = node {
            answerable::look_at(
                &Place { reading, names: &names, row, node, path: "bind relevant", text: "" },
                report,
            );
            choices::look_at_default(reading, row, node, report);
        }
    }
    let others = [
        (&reading.settings_table, &["instance_name"][..]),
        (&reading.entities, &["entity_id", "create_if", "update_if"][..]),
    ];
    for (table, columns) in others {
        for row in table.iter().flat_map(|it| &it.rows) {
            for path in columns {
                row.text(path).map(|text| read(path, text, &row.at(path), report));
            }
        }
    }
}

/// An expression, and where it stands.
struct Place<'a> {
    reading: &'a Reading,
    names: &'a Names<'a>,
    row: &'a Row,
    node: Id,
    /// The column, steps joined by a space.
    path: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn cell(&self) -> Cell {
        self.row.at(self.path)
    }

    fn name(&self) -> &str {
        &self.reading.tree[self.node].name
    }
}

/// Returns the node that each row of the survey makes; of several the one with the row's name.
fn nodes_by_row(reading: &Reading) -> BTreeMap<u32, Id> {
    let tree = &reading.tree;
    let mut nodes: BTreeMap<u32, Id> = BTreeMap::new();
    for id in tree.document_order() {
        let Some(row) = super::places::row_of(tree, &reading.survey, id) else { continue };
        let is_named = |it: Id| row.text("name") == Some(tree[it].name.as_str());
        let known = nodes.entry(row.number).or_insert(id);
        if !is_named(*known) && is_named(id) {
            *known = id;
        }
    }
    nodes
}

/// Calls `seen` with the column and the text of every expression of a row.
fn each_expression(row: &Row, reading: &Reading, node: Option<Id>, seen: &mut dyn FnMut(&str, &str)) {
    const COLUMNS: [&str; 7] = [
        "bind relevant",
        "bind constraint",
        "bind calculate",
        "bind required",
        "bind readonly",
        "control jr:count",
        "choice_filter",
    ];
    for (step, value) in &row.values {
        each_text(step, value, &mut |path, text| {
            let is_dynamic = |text: &str| {
                let question = node.map(|it| &reading.tree[it]).filter(|it| it.kind == Kind::Question);
                question.is_some_and(|it| is_dynamic_default(text, it.question_type))
            };
            if COLUMNS.contains(&path) || path == "default" && is_dynamic(text) {
                seen(path, text);
            }
        });
    }
}

/// Most characters of what is a word or a sign rather than an expression: `√`, `必填`.
const MOST_OF_A_WORD: usize = 4;

/// Reads an expression; says so where it cannot be read.
fn read(path: &str, text: &str, at: &Cell, report: &mut Report) -> Option<Expr> {
    // `yes` stands for true, and the choices of a loop are put in for `%(name)s`.
    let is_other = yes_no(text).is_some() && path.starts_with("bind ") || text.contains("%(");
    if is_other || report.has_found_at(at) {
        return None;
    }
    let is_flag = matches!(path, "bind required" | "bind readonly");
    let problem = match notation::parse(text) {
        Ok(expr) if is_flag && notation::bare_word(&expr).is_some() => {
            report.warning(codes::NOT_YES_OR_NO, at, &[("found", text)]);
            return None;
        }
        Ok(expr) => return Some(expr),
        Err(problem) => problem,
    };
    if is_flag && text.chars().count() <= MOST_OF_A_WORD {
        report.error(codes::NOT_YES_OR_NO, at, &[("found", text)]);
        return None;
    }
    match problem {
        Problem::UnknownFunction(name) if matches!(name.as_str(), "and" | "or") => {
            let (found, wanted) = functions::operator_as_function(&name);
            report.error(codes::OTHER_NOTATION, at, &[("found", &found), ("wanted", &wanted)]);
        }
        Problem::UnknownFunction(name) => {
            let meant = nearest::function(&name, Function::NAMES.iter().copied()).unwrap_or_default();
            report.error(codes::UNKNOWN_FUNCTION, at, &[("function", &name), ("nearest", meant)]);
        }
        Problem::Arguments { function, found } => {
            let wanted = wanted_arguments(function);
            let found = found.to_string();
            report.error(
                codes::ARGUMENTS,
                at,
                &[("function", function), ("found", &found), ("wanted", &wanted)],
            );
        }
        Problem::TooDeep => {
            report.error(codes::TOO_LONG_EXPRESSION, at, &[]);
        }
        Problem::Unreadable { rest } => {
            let (code, params) = unreadable(text, &rest);
            let params: Vec<(&str, &str)> =
                params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            report.error(code, at, &params);
        }
    }
    None
}

/// Returns what to say of an expression that cannot be read from `rest` on.
pub(super) fn unreadable(text: &str, rest: &str) -> (&'static str, Vec<(&'static str, String)>) {
    match habits::of(text) {
        Some((found, wanted)) => (codes::OTHER_NOTATION, vec![("found", found), ("wanted", wanted)]),
        None if rest.is_empty() => (codes::UNFINISHED_EXPRESSION, vec![("found", excerpt(text))]),
        None => (codes::UNREADABLE_EXPRESSION, vec![("found", excerpt(rest))]),
    }
}

/// `2`, `1–3`, `2…`: how many arguments a function takes.
fn wanted_arguments(function: &str) -> String {
    match Function::by_name(function).map(Function::arity) {
        Some((least, most)) if least == most => least.to_string(),
        Some((least, usize::MAX)) => format!("{least}…"),
        Some((least, most)) => format!("{least}–{most}"),
        None => String::new(),
    }
}

/// Returns the beginning of a text, as long as a message can show.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
