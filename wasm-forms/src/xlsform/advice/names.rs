//! Bare words in expressions: texts without their quotes, questions without `${…}`.

use super::Place;
use super::notation::bare_word;
use crate::xlsform::codes;
use crate::xlsform::nearest::nearest_name;
use crate::xlsform::report::Report;
use crate::xpath::Expr;

/// Looks for bare words. In a filter and between brackets they are columns of a list.
pub(super) fn look_at(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    if at.path == "choice_filter" {
        return look_at_filter(at, expr, report);
    }
    // The children of a group have names of their own there.
    let is_section = at.reading.tree[at.node].is_section();
    if at.path == "control jr:count" || at.text.contains('[') || is_section {
        return;
    }
    for word in bare_words(expr) {
        let is_choice = at.reading.lists.lists.iter().any(|it| it.choices.iter().any(|it| it.name == word));
        let is_question = at.names.get(word).is_some();
        let code = match (is_choice, is_question) {
            (true, _) => codes::UNQUOTED_TEXT,
            (false, true) => codes::BARE_NAME,
            (false, false) => continue,
        };
        report.warning(code, &at.cell(), &[("found", word)]);
    }
}

fn bare_words(expr: &Expr) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    expr.walk(&mut |it| {
        if let Some(word) = bare_word(it).filter(|it| !words.contains(it)) {
            words.push(word);
        }
    });
    words
}

/// Looks for columns that the list of a filter does not have.
fn look_at_filter(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    let question = &at.reading.tree[at.node];
    let list = question.itemset.as_deref().or(question.query.as_deref());
    let Some(list) = list.and_then(|it| at.reading.lists.get(it)).filter(|_| !at.text.contains('[')) else {
        return;
    };
    let mut columns: Vec<&str> = vec!["name", "label"];
    columns.extend(list.choices.iter().flat_map(|it| &it.extra).map(|(column, _)| column.as_str()));
    for word in bare_words(expr).into_iter().filter(|it| !columns.contains(it) && *it != "itextId") {
        let meant = nearest_name(word, columns.iter().copied()).unwrap_or_default();
        let params = [("column", word), ("list", list.name.as_str()), ("nearest", meant)];
        report.warning(codes::UNKNOWN_FILTER_COLUMN, &at.cell(), &params);
    }
}
