//! Days: no cadence that a schedule cannot keep, nothing that is due before it is made, and every day that is asked for
//! one that somebody answers or a register holds.

use std::collections::BTreeSet;

use wasm_forms::Diagnostic;

use super::World;
use crate::domain::cadence::{Cadence, is_impossible};
use crate::domain::due::Due;
use crate::domain::limit::Limits;
use crate::pack::outline::Outline;
use crate::pack::table::{Row, offer};
use crate::pack::tasks::Task;

pub(super) fn check(world: &World, problems: &mut Vec<Diagnostic>) {
    for task in &world.pack.tasks {
        check_cadence(world, task, problems);
        check_filter(world, task, problems);
        check_limits(&task.row, &task.limits, problems);
        if let Some(due) = &task.due {
            let forms: Vec<&Outline> = forms_before(world, task);
            check_due(world, (&task.row, due), (&task.row, &forms), problems);
            check_made_in_time(task, due, problems);
        }
    }
    for outcome in &world.pack.outcomes {
        check_limits(&outcome.row, &outcome.limits, problems);
        let Some(task) = world.tasks.get(outcome.task.as_str()) else { continue };
        if let (Some(due), Some(form)) = (&outcome.due, world.form(task)) {
            check_due(world, (&outcome.row, due), (&task.row, &[form]), problems);
        }
    }
}

/// Returns the forms whose answers are there when a task is made: those of the tasks that lead to it.
fn forms_before<'a>(world: &'a World, task: &Task) -> Vec<&'a Outline> {
    let leading = world.pack.outcomes.iter().filter(|it| it.then == task.id);
    leading.filter_map(|it| world.form(world.tasks.get(it.task.as_str())?)).collect()
}

fn check_cadence(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    for cadence in &task.cadence {
        let periods = cadence.periods();
        if is_impossible(periods) {
            problems.push(task.row.error("pack.impossible_cadence", "cadence"));
        } else if let (Some(shortest), Some(Due::After(due, _))) =
            (periods.iter().map(|it| it.about_days()).min(), &task.due)
            && due.about_days() > shortest
        {
            let problem = task.row.warning("pack.due_after_next", "due");
            problems.push(problem.with("cadence", task.row.get("cadence")));
        }
        if let Cadence::Property { list, months, day } = cadence {
            world.check_property((list, months), (&task.row, "cadence"), problems);
            world.check_property((list, day), (&task.row, "cadence"), problems);
        }
    }
    let scheduled = task.made_by.iter().find(|(way, _)| way == "schedule");
    // What is made on an occasion says on which, in brackets.
    if task.row.get("cadence").is_empty() && scheduled.is_some_and(|(_, occasion)| occasion.is_empty()) {
        problems.push(task.row.error("pack.missing_cadence", "cadence").with("task", &task.id));
    }
}

fn check_filter(world: &World, task: &Task, problems: &mut Vec<Diagnostic>) {
    let subject = task.row.get("subject");
    if !world.lists.contains_key(subject) {
        return;
    }
    for (list, name) in task.filter.iter().flat_map(|it| &it.properties) {
        let list = list.as_deref().unwrap_or(subject);
        world.check_property((list, name), (&task.row, "filter"), problems);
    }
}

fn check_limits(row: &Row, limits: &Limits, problems: &mut Vec<Diagnostic>) {
    if limits.iter().any(|limit| limit.is_nothing()) {
        problems.push(row.error("pack.impossible_due", "sla"));
    }
}

/// Checks what a `due` names. `task` is the row of the task whose subject it is about, and the forms that were answered.
fn check_due(
    world: &World,
    (row, due): (&Row, &Due),
    (task, forms): (&Row, &[&Outline]),
    problems: &mut Vec<Diagnostic>,
) {
    let subject = world.lists.get(task.get("subject"));
    let mut names: BTreeSet<&str> = forms.iter().flat_map(|it| &it.names).map(String::as_str).collect();
    let answered = names.clone();
    names.extend(subject.into_iter().flatten());
    let mut needs = |name: &str, known: &BTreeSet<&str>| {
        if !known.contains(name) {
            let problem = Diagnostic::error("pack.unknown_field", row.at("due")).with("found", name);
            let nearest = offer(name, known.iter().copied());
            problems.push(problem.with("form", task.get("form")).with("nearest", nearest));
        }
    };
    match due {
        Due::Cycle if !names.contains("cert_due") => needs("next_due", &names),
        Due::Field(name) => needs(name, &answered),
        Due::After(_, Some(from)) => needs(from, &names),
        Due::Property { list, name, .. } => world.check_property((list, name), (row, "due"), problems),
        Due::Cycle | Due::After(_, None) => {}
    }
    if let Due::After(period, _) = due
        && period.is_nothing()
    {
        problems.push(row.error("pack.impossible_due", "due"));
    }
}

/// A task that is made so many days before a day cannot be due still earlier.
fn check_made_in_time(task: &Task, due: &Due, problems: &mut Vec<Diagnostic>) {
    let Due::Property { name, less_days, .. } = due else { return };
    let horizons = task.filter.iter().flat_map(|it| &it.horizons);
    for (_, days) in horizons.filter(|(property, days)| property == name && less_days > days) {
        let problem = task.row.error("pack.due_before_made", "due").with("days", days.to_string());
        problems.push(problem.with("property", name));
    }
}
