//! Comparisons with choices that the question's list does not have.

use std::collections::BTreeSet;

use super::Place;
use super::notation::{is_own, reference};
use super::truth::{Constant, value};
use crate::xlsform::choices::List;
use crate::xlsform::codes;
use crate::xlsform::columns::Row;
use crate::xlsform::convert::Reading;
use crate::xlsform::expression::is_dynamic_default;
use crate::xlsform::nearest::nearest_name;
use crate::xlsform::report::{Cell, Report};
use crate::xlsform::tree::Id;
use crate::xpath::ast::Comparison;
use crate::xpath::{Expr, Function};

/// Most choices that a message names.
const MOST_NAMED: usize = 8;

/// Looks for choices that do not exist in an expression.
pub(super) fn look_at(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    // Inside brackets, and in a filter, `.` is another node.
    let knows_own = at.path != "choice_filter" && !at.text.contains('[');
    let mut told = BTreeSet::new();
    expr.walk(&mut |it| {
        let (subject, other) = match it {
            Expr::Compare(Comparison::Equal | Comparison::NotEqual, a, b) if value(b).is_some() => {
                (&**a, &**b)
            }
            Expr::Compare(Comparison::Equal | Comparison::NotEqual, a, b) => (&**b, &**a),
            Expr::Call(Function::Selected, arguments) => (&arguments[0], &arguments[1]),
            _ => return,
        };
        let (Some(node), Some(constant)) = (node_of(subject, at, knows_own), value(other)) else { return };
        let Some(list) = list_of(at.reading, node) else { return };
        if let Some(name) = missing(list, constant)
            && told.insert((node, name.clone()))
        {
            tell(&name, list, &at.cell(), report);
        }
    });
}

/// Looks for choices that do not exist in a default.
pub(super) fn look_at_default(reading: &Reading, row: &Row, node: Id, report: &mut Report) {
    let question = &reading.tree[node];
    let Some(default) = row.text("default").filter(|it| !is_dynamic_default(it, question.question_type))
    else {
        return;
    };
    let Some(list) = list_of(reading, node).filter(|_| !report.has_found_at(&row.at("default"))) else {
        return;
    };
    let words = default.split_whitespace();
    for word in words.filter(|_| question.question_type != "rank") {
        if let Some(name) = missing(list, Constant::Text(word)) {
            tell(&name, list, &row.at("default"), report);
        }
    }
}

fn node_of(expr: &Expr, at: &Place<'_>, knows_own: bool) -> Option<Id> {
    if is_own(expr) { Some(at.node).filter(|_| knows_own) } else { at.names.get(reference(expr)?) }
}

/// Returns the list of the choices sheet that a question offers.
fn list_of(reading: &Reading, node: Id) -> Option<&List> {
    let question = &reading.tree[node];
    let is_select = matches!(question.question_type, "select one" | "select all that apply");
    reading.lists.get(question.itemset.as_deref().filter(|_| is_select)?).filter(|it| !it.choices.is_empty())
}

/// Returns the name that is compared with, if no choice has it.
fn missing(list: &List, constant: Constant<'_>) -> Option<String> {
    match constant {
        Constant::Text(text) => {
            // `!= 'NaN'` guards a number, wherever it comes from.
            let is_no_choice = text.trim().is_empty() || text == "NaN";
            let is_known = is_no_choice || list.choices.iter().any(|it| it.name == text);
            // Several words are several choices in an order nobody can tell.
            (!is_known && !text.contains(' ')).then(|| text.to_owned())
        }
        Constant::Number(number) => {
            let is_known = list.choices.iter().any(|it| it.name.trim().parse() == Ok(number));
            (!is_known).then(|| number.to_string())
        }
    }
}

fn tell(name: &str, list: &List, at: &Cell, report: &mut Report) {
    // Many write what they see.
    let by_label = list
        .choices
        .iter()
        .find(|it| it.label.iter().flat_map(|it| it.by_language("")).any(|(_, label)| label.trim() == name));
    let names = list.choices.iter().map(|it| it.name.as_str());
    let meant = by_label.map(|it| it.name.as_str()).or_else(|| nearest_name(name, names.clone()));
    let more = if list.choices.len() > MOST_NAMED { ", …" } else { "" };
    let wanted = names.take(MOST_NAMED).collect::<Vec<_>>().join(", ") + more;
    let params = [
        ("found", name),
        ("list", list.name.as_str()),
        ("nearest", meant.unwrap_or_default()),
        ("wanted", &wanted),
    ];
    report.warning(codes::UNKNOWN_CHOICE, at, &params);
}
