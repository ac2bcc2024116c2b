//! The setting `flat`: groups order what is seen and leave no trace in the submission, whose questions stand side by
//! side. What a group's condition hides, each of its questions then hides by itself. Repeats stay what they are.

use std::collections::BTreeMap;

use super::codes;
use super::report::Report;
use super::text::Text;
use super::tree::{Id, Kind, Tree};

/// Takes the groups out of the submission.
pub(super) fn flatten(tree: &mut Tree, report: &mut Report) {
    let mut conditions: BTreeMap<Id, String> = BTreeMap::new();
    for id in tree.document_order() {
        let own = tree[id].bind("relevant").map(str::to_owned);
        let above = tree[id].parent.and_then(|it| conditions.get(&it)).cloned();
        let condition = match (above, own) {
            (Some(above), Some(own)) => Some(format!("{above} and ({own})")),
            (above, own) => above.or(own),
        };
        if tree[id].kind == Kind::Group && !tree[id].is_meta {
            tree[id].is_flat = true;
            conditions.extend(condition.map(|it| (id, it)));
        } else if let Some(condition) = condition {
            super::tree::set(&mut tree[id].bind, "relevant".into(), Text::Plain(condition.into()));
        }
    }
    check_names(tree, report);
}

/// Names that were apart in their groups may now meet.
fn check_names(tree: &Tree, report: &mut Report) {
    let mut seen: BTreeMap<(Option<Id>, &str), u32> = BTreeMap::new();
    for id in tree.document_order().into_iter().filter(|it| !tree[*it].is_flat) {
        let node = &tree[id];
        let first = *seen.entry((tree.ancestors(id).next(), &node.name)).or_insert(node.cell.row);
        if first != node.cell.row {
            let params = [("name", node.name.as_str()), ("row", &first.to_string())];
            report.error(codes::DUPLICATE_NAME, &node.cell, &params);
        }
    }
}
