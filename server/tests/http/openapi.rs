//! The description of the API: committed, complete, and in the domain's words.

use std::collections::BTreeSet;

use doorstep::api::{open, routes};
use doorstep::domain::{account, review, task};
use serde_json::Value;

#[test]
fn the_committed_description_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = open::description_json() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &now).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "server/openapi.json is out of date: run the test with UPDATE=1 and review the change"
    );
}

#[test]
fn every_route_is_described() {
    let description = description();
    for route in routes().iter().filter(|it| it.path != "/openapi.json") {
        let method = route.method.as_str().to_lowercase();
        assert!(
            description["paths"][route.path][&method].is_object(),
            "{method} {} is not described",
            route.path
        );
    }
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let description = description();
    let paths = description["paths"].as_object().expect("paths");
    let mut seen = BTreeSet::new();
    for operation in paths.values().filter_map(Value::as_object).flat_map(|it| it.values()) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(seen.insert(id.to_owned()), "two operations are called {id}");
    }
}

#[test]
fn described_words_are_those_of_the_domain() {
    let description = description();
    let described = |name: &str| -> BTreeSet<String> {
        let words = &description["components"]["schemas"][name]["enum"];
        serde_json::from_value(words.clone()).unwrap_or_else(|_| panic!("{name} is no set of words"))
    };
    let own = |words: &[&str]| -> BTreeSet<String> { words.iter().map(|&it| it.to_owned()).collect() };
    assert_eq!(described("Role"), own(&account::Role::ALL.map(account::Role::as_str)));
    assert_eq!(described("ReviewState"), own(&review::State::ALL.map(review::State::as_str)));
    assert_eq!(described("TaskState"), own(&task::State::ALL.map(task::State::as_str)));
    assert!(described("OpenTaskState").is_subset(&described("TaskState")));
}

fn description() -> Value {
    serde_json::from_str(&open::description_json()).expect("JSON")
}
