//! What the engine has reached on the shared cases, so that it is not lost again. Raise the floors when it gets better.
//! What fails has its reason in `left.toml`, and what has begun to pass is struck from there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use doorstep_conformance::report::{Detail, Report};
use doorstep_conformance::{Suite, folder};

/// Returns `conformance/{suite}` of the shared cases; `None`, said aloud, where they are missing.
fn shared(suite: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let given = std::env::var_os("DOORSTEP_SHARED").map(PathBuf::from);
    let beside = root.ancestors().skip(1).map(|it| it.join("shared"));
    let found =
        given.into_iter().chain(beside).map(|it| it.join("conformance").join(suite)).find(|it| it.is_dir());
    if found.is_none() {
        println!("skipped: no shared/conformance/{suite} beside the repository");
    }
    found
}

/// Returns the report of all cases, and the ids of those that failed.
fn report(suite: Suite, folder: &std::path::Path) -> (Report, BTreeSet<String>) {
    let (mut report, mut failed) = (Report::default(), BTreeSet::new());
    for case in folder::cases(suite, folder).expect("the shared cases can be read") {
        let outcome = case.run();
        report.add(&case, &outcome, Detail::Line);
        if outcome.checks.failed + outcome.rows.failed > 0 {
            failed.insert(case.id);
        }
    }
    (report, failed)
}

/// Returns the ids that `left.toml` gives a reason for.
fn left(suite: &str) -> BTreeSet<String> {
    let table: BTreeMap<String, Vec<BTreeMap<String, String>>> =
        toml::from_str(include_str!("../left.toml")).expect("a table");
    let of_suite = table["failure"].iter().filter(|it| it["suite"] == suite);
    of_suite.map(|it| it["id"].clone()).collect()
}

fn check(what: &str, reached: u32, floor: u32) {
    assert!(reached >= floor, "{what}: {reached} passed, {floor} passed before");
}

#[test]
fn scenarios_pass_as_before() {
    let Some(folder) = shared("scenario") else { return };
    let (report, failed) = report(Suite::Scenario, &folder);
    assert_eq!(failed, left("scenario"), "failures, and those that have a reason");
    check("checks", report.total().checks.passed, CHECKS);
    check("rows", report.total().rows.passed, ROWS);
}

#[test]
fn forms_load_as_before() {
    let Some(folder) = shared("forms") else { return };
    check("forms", report(Suite::Forms, &folder).0.total().checks.passed, FORMS);
}

#[test]
fn workbooks_convert_as_before() {
    let Some(folder) = shared("xlsform") else { return };
    let (report, failed) = report(Suite::Xlsform, &folder);
    assert_eq!(failed, left("xlsform"), "failures, and those that have a reason");
    check("workbooks", report.total().checks.passed, WORKBOOKS);
}

const CHECKS: u32 = 1092;
const ROWS: u32 = 5724;
const FORMS: u32 = 444;
const WORKBOOKS: u32 = 3327;
