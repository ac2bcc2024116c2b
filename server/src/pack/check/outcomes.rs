//! Outcomes: every value that the form of a task can give has a row, and every row a value.

use wasm_forms::Diagnostic;

use super::World;
use crate::domain::task_type::OutcomeState;
use crate::pack::outcomes::Outcome;
use crate::pack::outline::OUTCOME;
use crate::pack::table::offer;
use crate::pack::tasks::Task;

/// In the column `outcome`: every value without a row of its own.
const ANY: &str = "*";

pub(super) fn check(world: &World, problems: &mut Vec<Diagnostic>) {
    for task in &world.pack.tasks {
        let outcomes: Vec<&Outcome> = world.pack.outcomes.iter().filter(|it| it.task == task.id).collect();
        check_values(world, task, &outcomes, problems);
        check_end(task, &outcomes, problems);
    }
    for outcome in world.pack.outcomes.iter().filter(|it| !it.then.is_empty()) {
        let then = world.tasks.get(outcome.then.as_str());
        let has_due =
            !outcome.row.get("due").is_empty() || then.is_none_or(|it| !it.row.get("due").is_empty());
        if !has_due {
            problems.push(outcome.row.warning("pack.no_due", "due").with("task", &outcome.then));
        }
    }
}

fn check_values(world: &World, task: &Task, outcomes: &[&Outcome], problems: &mut Vec<Diagnostic>) {
    let Some(form) = world.form(task) else { return };
    let form_id = task.row.get("form");
    let has_any = outcomes.iter().any(|it| it.value == ANY);
    let Some(values) = &form.outcome else {
        for outcome in outcomes.iter().filter(|it| it.value != ANY) {
            let problem = outcome.row.error("pack.no_outcome_question", "outcome");
            problems.push(problem.with("form", form_id).with("question", OUTCOME));
        }
        if outcomes.is_empty() {
            problems.push(
                task.row.error("pack.missing_outcome", "form").with("value", ANY).with("task", &task.id),
            );
        }
        return;
    };
    for value in
        values.texts.iter().filter(|value| !has_any && !outcomes.iter().any(|it| it.value == **value))
    {
        problems
            .push(task.row.error("pack.missing_outcome", "form").with("value", value).with("task", &task.id));
    }
    if !values.is_complete {
        if !has_any {
            let problem = task.row.warning("pack.open_outcome", "form");
            problems.push(problem.with("question", OUTCOME).with("task", &task.id));
        }
        return;
    }
    for outcome in outcomes.iter().filter(|it| it.value != ANY && !values.texts.contains(&it.value)) {
        let nearest = offer(&outcome.value, values.texts.iter().map(String::as_str));
        let problem = outcome.row.warning("pack.impossible_outcome", "outcome");
        problems.push(problem.with("form", form_id).with("nearest", nearest));
    }
}

/// A task that every outcome leaves open is never done.
fn check_end(task: &Task, outcomes: &[&Outcome], problems: &mut Vec<Diagnostic>) {
    let ends = |it: &&Outcome| {
        it.state.is_none_or(|it| matches!(it, OutcomeState::Submitted | OutcomeState::Closed))
    };
    if !outcomes.is_empty() && !outcomes.iter().any(ends) {
        let row = &outcomes[0].row;
        problems.push(Diagnostic::error("pack.unreachable_end", row.at("state")).with("task", &task.id));
    }
}
