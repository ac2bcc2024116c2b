//! The pack that the program carries: sound, complete, and what people are told of the machine is the machine.

use std::collections::BTreeMap;

use super::*;
use crate::domain::account;
use crate::domain::task::State;

fn community_pack() -> (Pack, Vec<Diagnostic>) {
    Pack::read(&community(), &Known::default())
}

#[test]
fn the_community_pack_is_sound() {
    let (pack, diagnostics) = community_pack();
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    assert_eq!((pack.tasks.len(), pack.forms.len(), pack.lists.len()), (31, 25, 12));
    let types = pack.task_types(Vec::new());
    let doorstep = types.get("certify.doorstep").expect("there");
    assert_eq!(doorstep.rule("absent").max, Some(3));
    assert_eq!(doorstep.rule("certified").due, Some(crate::domain::due::Due::Cycle));
    assert_eq!(doorstep.rule("never heard of").state, OutcomeState::Submitted);
    let volunteers = types.of_account(account::Role::Volunteer).map(|it| it.id.as_str());
    assert!(volunteers.collect::<Vec<_>>().contains(&"care.daily"));
}

#[test]
fn people_are_told_the_machine_as_it_is() {
    let (pack, _) = community_pack();
    let told: Vec<_> = pack.states.iter().filter_map(|it| it.state).collect();
    assert_eq!(told, State::ALL);
    for it in &pack.states {
        let state = it.state.expect("told above");
        for next in State::ALL {
            assert_eq!(
                it.next.contains(&next),
                state.may_become(next),
                "{} to {}",
                state.as_str(),
                next.as_str()
            );
        }
    }
}

#[test]
fn every_task_type_says_how_long_its_files_are_kept_and_the_page_tells_it() {
    let (pack, _) = community_pack();
    let lacking: Vec<_> = pack.tasks.iter().filter(|it| it.keep_days.is_none()).map(|it| &it.id).collect();
    assert!(lacking.is_empty(), "kept for good: {lacking:?}");
    let days = |it: &tasks::Task| (it.id.clone(), it.keep_days.unwrap_or_default());
    let in_pack: BTreeMap<String, i64> = pack.tasks.iter().map(days).collect();
    let page = include_str!("../../packs/README.md");
    let (_, section) = page.split_once("How long photos and signatures are kept").expect("a section");
    let rows = section.split("\n## ").next().into_iter().flat_map(str::lines).filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.parse::<i64>().ok()?, cells.next()?))
    });
    let on_page: Vec<(String, i64)> = rows
        .flat_map(|(days, ids)| {
            ids.split('`').map(str::trim).filter(|it| !it.is_empty()).map(move |id| (id.to_owned(), days))
        })
        .collect();
    assert_eq!(on_page.len(), in_pack.len(), "each once");
    assert_eq!(on_page.into_iter().collect::<BTreeMap<_, _>>(), in_pack);
    // A visit without a task is kept by its form, which needs every type that uses it to have a time.
    let rules = crate::domain::retention::rules(&pack.task_types(Vec::new()));
    assert!(rules.values().all(Option::is_some), "{rules:?}");
    let of_forms = rules.keys().filter(|rule| rule.starts_with("form ")).count();
    assert_eq!((of_forms, rules.len()), (pack.forms.len(), pack.forms.len() + pack.tasks.len()));
    // What is certified once a year can be compared with the year before.
    assert!(in_pack["certify.doorstep"] > 366 && in_pack["certify.self"] > 366);
}

#[test]
fn the_tables_come_back_from_the_database_as_they_were() {
    let (pack, _) = community_pack();
    let document = pack.tables.to_document();
    let mut problems = Vec::new();
    let again = Pack::from_tables(Tables::from_document(&document).expect("ours"), &mut problems);
    assert_eq!(problems, []);
    assert_eq!(again.tables, pack.tables);
    let types = |pack: &Pack| format!("{:?}", pack.task_types(Vec::new()));
    assert_eq!(types(&again), types(&pack));
}

/// The task types as the project's reference tells them, outside the repository. Every one of them, every field and every
/// outcome stands in the shipped workbook.
#[test]
fn every_task_type_of_the_reference_is_in_the_workbook() {
    let Some(reference) = reference() else {
        eprintln!("skipped: the reference of task types is not there");
        return;
    };
    let reference: toml::Value = toml::from_str(&reference).expect("TOML");
    let (pack, _) = community_pack();
    let types = reference["task"].as_array().expect("tasks");
    assert_eq!(types.len(), 31);
    let mut missing = Vec::new();
    for told in types {
        let id = told["id"].as_str().expect("an id");
        let Some(task) = pack.tasks.iter().find(|it| it.id == id) else {
            missing.push(id.to_owned());
            continue;
        };
        for (field, value) in told.as_table().expect("a table").iter().filter(|(it, _)| *it != "outcome") {
            let column = if field == "zh" { "label::zh" } else { field };
            if !holds(&task.row, column, value) {
                missing.push(format!("{id} {field} = {value}, found {:?}", task.row.get(column)));
            }
        }
        let outcomes = told.get("outcome").and_then(toml::Value::as_table).into_iter().flatten();
        for (outcome, rule) in outcomes {
            let row = pack.outcomes.iter().find(|it| it.task == id && it.value == *outcome);
            let fields = rule.as_table().into_iter().flatten();
            missing.extend(
                fields
                    .filter(|(field, value)| row.is_none_or(|it| !holds(&it.row, field, value)))
                    .map(|(field, value)| format!("{id} outcome {outcome}: {field} = {value}")),
            );
        }
    }
    missing.extend(missing_words(&reference, &pack));
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Lists, roles and states of the reference that the pack lacks.
fn missing_words(reference: &toml::Value, pack: &Pack) -> Vec<String> {
    let words = |value: &toml::Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let mut missing = Vec::new();
    let lists = words(&reference["lists"]["lists"]);
    missing.extend(lists.into_iter().filter(|it| !pack.lists.iter().any(|list| list.name == *it)));
    for (role, label) in reference["roles"].as_table().into_iter().flatten() {
        let found = pack.roles.iter().find(|it| it.name == *role);
        if found.is_none_or(|it| label.as_str() != Some(it.row.get("label::zh"))) {
            missing.push(format!("role {role}"));
        }
    }
    for (state, next) in reference["states"].as_table().into_iter().flatten().filter(|(it, _)| *it != "order")
    {
        let told = pack.states.iter().find(|it| it.state.is_some_and(|it| it.as_str() == state));
        for next in words(next) {
            if told.is_none_or(|it| !it.next.iter().any(|it| it.as_str() == next)) {
                missing.push(format!("from {state} to {next}"));
            }
        }
    }
    missing
}

/// Whether a cell says what a value of the reference does.
fn holds(row: &Row, column: &str, value: &toml::Value) -> bool {
    match value {
        toml::Value::String(text) => row.get(column) == text || row.words(column).eq(text.split_whitespace()),
        toml::Value::Integer(number) => row.get(column) == number.to_string(),
        // The reference says what proves it, the workbook which question that is: `a_sat (satisfaction of each party)`.
        toml::Value::Array(words) if column == "evidence" => {
            let items = row.get(column).split(", ");
            let said = items.map(|it| it.split_once(" (").map_or(it, |(_, said)| said.trim_end_matches(')')));
            said.eq(words.iter().filter_map(toml::Value::as_str))
        }
        toml::Value::Array(words) => row.words(column).eq(words.iter().filter_map(toml::Value::as_str)),
        toml::Value::Table(pairs) => {
            let told: BTreeMap<_, _> = row.words(column).filter_map(|it| it.split_once('=')).collect();
            told == pairs.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
        }
        _ => false,
    }
}

fn reference() -> Option<String> {
    let shared = std::env::var_os("DOORSTEP_SHARED").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        std::path::PathBuf::from,
    );
    std::fs::read_to_string(shared.join("mission/task_types.toml")).ok()
}
