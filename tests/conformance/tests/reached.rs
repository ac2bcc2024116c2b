//! What the engine has reached on the shared cases, so that it is not lost again. Raise the floors when it gets better.

use std::collections::BTreeSet;
use std::path::PathBuf;

use doorstep_conformance::matrix::Left;
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

fn report(suite: Suite, folder: &std::path::Path) -> Report {
    let mut report = Report::default();
    for case in folder::cases(suite, folder).expect("the shared cases can be read") {
        report.add(&case, &case.run(), Detail::Line);
    }
    report
}

fn check(what: &str, reached: u32, floor: u32) {
    assert!(reached >= floor, "{what}: {reached} passed, {floor} passed before");
}

#[test]
fn scenarios_pass_as_before() {
    let Some(folder) = shared("scenario") else { return };
    let report = report(Suite::Scenario, &folder);
    check("checks", report.total().checks.passed, CHECKS);
    check("rows", report.total().rows.passed, ROWS);
}

#[test]
fn forms_load_as_before() {
    let Some(folder) = shared("forms") else { return };
    check("forms", report(Suite::Forms, &folder).total().checks.passed, FORMS);
}

#[test]
fn workbooks_convert_as_before() {
    let Some(folder) = shared("xlsform") else { return };
    let mut report = Report::default();
    let mut failing = BTreeSet::new();
    for case in folder::cases(Suite::Xlsform, &folder).expect("the shared cases can be read") {
        let outcome = case.run();
        if outcome.checks.failed > 0 {
            failing.insert(case.id.clone());
        }
        report.add(&case, &outcome, Detail::Line);
    }
    check("workbooks", report.total().checks.passed, WORKBOOKS);
    let left = Left::read(include_str!("../left.toml"), "scenario").expect("left.toml can be read");
    let told = left.failure.into_iter().filter(|it| it.suite == "xlsform").map(|it| it.id);
    assert_eq!(failing, told.collect(), "left.toml has the reason of each failing workbook, and of no other");
}

const CHECKS: u32 = 1092;
const ROWS: u32 = 5722;
const FORMS: u32 = 444;
const WORKBOOKS: u32 = 3326;
