//! A pack checked as a whole: whether everything its sheets name is there, and whether every task can be made, done and
//! ended.

mod outcomes;
mod reach;
mod references;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use wasm_forms::Diagnostic;

use super::outline::Outline;
use super::table::Row;
use super::tasks::Task;
use super::{Known, Pack};

/// What the sheets may name.
struct World<'a> {
    pack: &'a Pack,
    tasks: BTreeMap<&'a str, &'a Task>,
    forms: BTreeMap<&'a str, &'a Outline>,
    /// Columns of each list.
    lists: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Checks a pack against itself and what is known besides.
pub(super) fn check(pack: &Pack, known: &Known, problems: &mut Vec<Diagnostic>) {
    let theirs = known.lists.iter().map(|(name, columns)| (name.as_str(), columns));
    let own = pack.lists.iter().map(|it| (it.name.as_str(), &it.columns));
    let mut lists: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, columns) in theirs.chain(own) {
        lists.entry(name).or_default().extend(columns.iter().map(String::as_str));
    }
    let theirs = known.forms.iter().map(|(id, outline)| (id.as_str(), outline));
    let own = pack.forms.iter().map(|it| (it.conversion.form_id.as_str(), &it.outline));
    let world = World {
        pack,
        tasks: pack.tasks.iter().map(|it| (it.id.as_str(), it)).collect(),
        forms: theirs.chain(own).collect(),
        lists,
    };
    references::check(&world, problems);
    outcomes::check(&world, problems);
    reach::check(&world, problems);
    times::check(&world, problems);
}

impl World<'_> {
    /// Returns the form of a task.
    fn form(&self, task: &Task) -> Option<&Outline> {
        self.forms.get(task.row.get("form")).copied()
    }

    /// Tells a property that its list does not have; a list that does not exist is told where it is the subject.
    fn check_property(
        &self,
        (list, name): (&str, &str),
        (row, column): (&Row, &str),
        problems: &mut Vec<Diagnostic>,
    ) {
        // What the program knows of every row without a column for it.
        const OF_EVERY_ROW: [&str; 2] = ["age", "grid"];
        match self.lists.get(list) {
            Some(columns) if columns.contains(name) || OF_EVERY_ROW.contains(&name) => {}
            Some(columns) => {
                let problem = Diagnostic::error("pack.unknown_property", row.at(column)).with("found", name);
                let nearest = super::table::offer(name, columns.iter().copied());
                problems.push(problem.with("list", list).with("nearest", nearest));
            }
            None => {
                let problem = Diagnostic::error("pack.unknown_list", row.at(column)).with("found", list);
                problems.push(problem.with("nearest", super::table::offer(list, self.lists.keys().copied())));
            }
        }
    }
}
