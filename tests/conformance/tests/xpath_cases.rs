//! Holds the expression cases at what the engine reaches: a case fails only where `known-xpath.toml` says why, and one
//! that begins to pass is struck from there. Skipped, visibly, where the cases are not beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doorstep_conformance::xpath::{Verdict, run};
use wasm_forms::Env;
use wasm_forms::expression::{Place, Source};

const KNOWN: &str = include_str!("../known-xpath.toml");
const CHOICES: &str = include_str!("../choices.toml");

fn cases() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared =
        std::env::var_os("DOORSTEP_SHARED").map_or_else(|| repository.join("../shared"), PathBuf::from);
    shared.join("conformance/xpath")
}

/// Returns the tables of an array as maps of their texts.
fn tables(toml: &str, array: &str) -> Vec<BTreeMap<String, String>> {
    let table: BTreeMap<String, Vec<BTreeMap<String, String>>> = toml::from_str(toml).expect("a table");
    table[array].clone()
}

#[test]
fn expressions_give_what_the_cases_say() {
    let dir = cases();
    if !dir.is_dir() {
        println!("skipped: no cases in {}", dir.display());
        return;
    }
    let judged = run(&dir).expect("a folder of cases");
    let failures = tables(KNOWN, "failure");
    let known: BTreeMap<&str, &str> =
        failures.iter().map(|it| (it["id"].as_str(), it["reason"].as_str())).collect();
    let mut surprises = Vec::new();
    let mut n_failed = 0;
    for it in &judged {
        match (&it.verdict, known.get(it.id.as_str())) {
            (Verdict::Failed { expected, found }, None) => {
                surprises
                    .push(format!("{} {} {:?}: {expected}, found {found}", it.area, it.id, it.expression));
            }
            (Verdict::Failed { .. }, Some(_)) => n_failed += 1,
            (Verdict::Passed, Some(reason)) => surprises.push(format!("{} passes now: {reason}", it.id)),
            (Verdict::Passed, None) => {}
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    println!("{} passed, {n_failed} failed as known", judged.len() - n_failed);
}

#[test]
fn our_choices_are_what_the_engine_does() {
    let source = Source::parse("<data><empty/><a>6</a></data>").expect("a document");
    let env = Env { now_ms: 1_773_772_951_123, offset_min: -420, ..Env::default() };
    let place = Place { env, context: "/*[1]/*[2]".to_owned(), ..Place::default() };
    for choice in tables(CHOICES, "choice") {
        let expression = &choice["expression"];
        assert_eq!(source.text(expression, &place).as_ref(), Ok(&choice["ours"]), "{expression}");
        assert!(!choice["reason"].is_empty(), "{expression} without a reason");
    }
}
