//! Names: every form, list, role, task and question that a sheet names is there.

use std::collections::BTreeSet;

use wasm_forms::Diagnostic;

use super::World;
use crate::domain::intake::COMPANIONS;
use crate::pack::table::{Row, offer};
use crate::pack::tasks::{self, Task};

pub(super) fn check(world: &World, problems: &mut Vec<Diagnostic>) {
    let roles: Vec<&str> = world.pack.roles.iter().map(|it| it.name.as_str()).collect();
    let mut used = BTreeSet::new();
    for task in &world.pack.tasks {
        task.check_makers(&roles, problems);
        check_form(world, task, problems);
        check_subject(world, task, problems);
        check_roles(&task.row, "who", &roles, problems);
        check_roles(&task.row, "review", &roles, problems);
        used.extend(task.who.iter().chain(&task.review).map(String::as_str));
        used.extend(task.made_by.iter().map(|(way, _)| way.as_str()));
        check_evidence(world, task, problems);
        check_pairs(world, task, problems);
        if let Some((list, name)) = &task.not_who {
            world.check_property((list, name), (&task.row, "not_who"), problems);
        }
    }
    for outcome in &world.pack.outcomes {
        check_roles(&outcome.row, "who", &roles, problems);
        used.extend(outcome.row.words("who"));
        for (column, id) in [("task", &outcome.task), ("then", &outcome.then)] {
            if !id.is_empty() && !world.tasks.contains_key(id.as_str()) {
                let known = offer(id, world.tasks.keys().copied());
                problems.push(outcome.row.error("pack.unknown_task", column).with("nearest", known));
            }
        }
    }
    for role in &world.pack.roles {
        role.check(&used, problems);
    }
    let named: BTreeSet<&str> = world.pack.tasks.iter().map(|it| it.row.get("form")).collect();
    for form in world.pack.forms.iter().filter(|it| !named.contains(it.conversion.form_id.as_str())) {
        let problem = Diagnostic::warning("pack.unused_form", form.place());
        problems.push(problem.with("form", &form.conversion.form_id));
    }
}

fn check_form(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    let id = task.row.get("form");
    if id.is_empty() || world.forms.contains_key(id) {
        return;
    }
    // The form is there, but has mistakes of its own, which are told.
    if world.pack.refused.iter().any(|it| it == id) {
        return;
    }
    let known = offer(id, world.forms.keys().copied());
    problems.push(task.row.error("pack.unknown_form", "form").with("nearest", known));
}

fn check_subject(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    let list = task.row.get("subject");
    if list.is_empty() {
        return;
    }
    if !world.lists.contains_key(list) {
        let known = offer(list, world.lists.keys().copied());
        problems.push(task.row.error("pack.unknown_list", "subject").with("nearest", known));
        return;
    }
    // A form that is to be about rows that are there already has to know them.
    let is_about_rows =
        !task.row.get("filter").is_empty() || task.made_by.iter().all(|(way, _)| way == "schedule");
    let Some(form) = world.form(task).filter(|_| is_about_rows) else { return };
    if !form.reads.contains(list) && !form.writes.contains(list) {
        let problem = task.row.error("pack.subject_not_read", "subject");
        problems.push(problem.with("form", task.row.get("form")));
    }
}

fn check_roles(row: &Row, column: &str, roles: &[&str], problems: &mut Vec<Diagnostic>) {
    let is_share = |word: &str| column == "review" && tasks::share(word).is_some();
    for role in row.words(column).filter(|it| !roles.contains(it) && !is_share(it)) {
        let problem = Diagnostic::error("pack.unknown_role", row.at(column)).with("found", role);
        problems.push(problem.with("nearest", offer(role, roles.iter().copied())));
    }
}

fn check_evidence(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    let Some(form) = world.form(task) else { return };
    for name in task.evidence.iter().flatten().filter(|it| !form.names.contains(*it)) {
        let problem = Diagnostic::error("pack.unknown_field", task.row.at("evidence")).with("found", name);
        let nearest = offer(name, form.names.iter().map(String::as_str));
        problems.push(problem.with("form", task.row.get("form")).with("nearest", nearest));
    }
}

/// Who came along is what a question says; without it nobody can tell that somebody went alone.
fn check_pairs(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    let Some(form) = world.form(task).filter(|_| task.pairs > 1) else { return };
    if !form.names.contains(COMPANIONS) {
        let problem = task.row.warning("pack.no_companions", "pairs");
        problems.push(problem.with("form", task.row.get("form")).with("question", COMPANIONS));
    }
}
