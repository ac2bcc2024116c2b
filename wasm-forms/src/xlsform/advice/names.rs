//! Bare words in expressions: texts without their quotes, questions without `${…}`.

use super::Place;
use super::notation::bare_word;
use crate::xlsform::codes;
use crate::xlsform::report::Report;
use crate::xpath::Expr;

/// Looks for bare words. In a filter and between brackets they are columns of a list.
pub(super) fn look_at(at: &Place<'_>, expr: &Expr, report: &mut Report) {
    let tree = &at.reading.tree;
    // The children of a group have names of their own there.
    if matches!(at.path, "choice_filter" | "control jr:count")
        || at.text.contains('[')
        || tree[at.node].is_section()
    {
        return;
    }
    let mut words: Vec<&str> = Vec::new();
    expr.walk(&mut |it| {
        if let Some(word) = bare_word(it).filter(|it| !words.contains(it)) {
            words.push(word);
        }
    });
    for word in words {
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
