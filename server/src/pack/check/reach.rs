//! Whether every kind of task can come about: by itself, or as what another leads to.

use std::collections::BTreeSet;

use wasm_forms::Diagnostic;

use super::World;

pub(super) fn check(world: &World, problems: &mut Vec<Diagnostic>) {
    let begin = world.pack.tasks.iter().filter(|it| it.begins_by_itself());
    let mut reached: BTreeSet<&str> = begin.map(|it| it.id.as_str()).collect();
    loop {
        let follow = world.pack.outcomes.iter().filter(|it| reached.contains(it.task.as_str()));
        let before = reached.len();
        let next: Vec<&str> = follow.map(|it| it.then.as_str()).collect();
        reached.extend(next);
        if reached.len() == before {
            break;
        }
    }
    for task in
        world.pack.tasks.iter().filter(|it| !it.made_by.is_empty() && !reached.contains(it.id.as_str()))
    {
        problems.push(task.row.error("pack.unreachable_task", "made_by").with("task", &task.id));
    }
    // Made by outcomes as well, says the row, but no outcome makes it.
    let led_to: BTreeSet<&str> = world.pack.outcomes.iter().map(|it| it.then.as_str()).collect();
    let mixed =
        world.pack.tasks.iter().filter(|it| it.begins_by_itself() && !led_to.contains(it.id.as_str()));
    for task in mixed.filter(|it| it.made_by.iter().any(|(way, _)| way == "outcome")) {
        let problem = Diagnostic::warning("pack.no_outcome_leads_here", task.row.at("made_by"));
        problems.push(problem.with("task", &task.id));
    }
}
