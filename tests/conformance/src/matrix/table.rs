//! The matrix as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Area, Choices, Features, Left};
use crate::story::{Outcome, Report, Verdict};

/// Most cases that one line of the matrix names.
const MOST_LINKS: usize = 3;

/// What the matrix is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// File names and what became of their cases, in the order of the names.
    pub reports: &'a [(String, Report)],
    /// Everything that there is.
    pub features: &'a Features,
    /// Where others differ.
    pub choices: &'a Choices,
    /// What is left of other suites.
    pub left: &'a Left,
}

/// A case and the file it stands in.
type Shown<'a> = (&'a str, &'a Outcome);

/// Returns the matrix, or everything that is wrong with what it is made of.
pub fn generate(inputs: &Inputs<'_>) -> Result<String, Vec<String>> {
    let mut problems = Vec::new();
    let (shown, used) = collect(inputs, &mut problems);
    let mut out = heading(inputs.reports);
    for area in &inputs.features.area {
        write_area(area, &shown, &used, &mut out, &mut problems);
    }
    write_choices(inputs.choices, &mut out);
    write_left(inputs.left, &mut out);
    write_gaps(inputs.reports, &mut out);
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

type ByFeature<'a> = BTreeMap<String, Vec<Shown<'a>>>;

/// Returns the cases by what they say they show, and by what their forms use.
fn collect<'a>(inputs: &Inputs<'a>, problems: &mut Vec<String>) -> (ByFeature<'a>, ByFeature<'a>) {
    let (mut shown, mut used) = (ByFeature::new(), ByFeature::new());
    for (file, report) in inputs.reports {
        for case in &report.cases {
            for feature in &case.shows {
                if !inputs.features.has(feature) {
                    problems.push(format!("{file}:{}: shows an unknown feature `{feature}`", case.line));
                }
                shown.entry(feature.clone()).or_default().push((file, case));
            }
            for feature in case.uses.iter().filter(|_| case.verdict() == Verdict::Passed) {
                used.entry(feature.clone()).or_default().push((file, case));
            }
        }
    }
    (shown, used)
}

fn heading(reports: &[(String, Report)]) -> String {
    let cases = || reports.iter().flat_map(|it| &it.1.cases);
    let n_gaps = cases().filter(|it| it.known_gap.is_some()).count();
    format!(
        "# What the engine does\n\nGenerated from `cases/*.md`, `features.toml`, `choices.toml`, `left.toml` and `known-xpath.toml`; \
         `UPDATE=1 cargo test -p doorstep-conformance` writes it anew.\n\n{} cases, {} of them known gaps.\n",
        cases().count(),
        n_gaps
    )
}

fn write_area(
    area: &Area,
    shown: &ByFeature<'_>,
    used: &ByFeature<'_>,
    out: &mut String,
    problems: &mut Vec<String>,
) {
    line(out, &format!("\n## {}\n\n{}.\n", area.title, area.section));
    line(out, "| feature | supported | shown by |\n| --- | --- | --- |");
    for (name, full) in area.features.iter().zip(area.names()) {
        let cases = shown.get(&full).or_else(|| used.get(&full)).map(Vec::as_slice).unwrap_or_default();
        let known = area.no_case.get(name);
        match (cases.is_empty(), known) {
            (true, None) => problems.push(format!("features.toml: `{full}` has no case")),
            (false, Some(_)) => {
                problems.push(format!("features.toml: `{full}` has a case; take its no_case away"))
            }
            _ => {}
        }
        let supported = known.map_or_else(|| support(cases), |reason| format!("no case: {reason}"));
        line(out, &format!("| `{}` | {} | {} |", cell(name), cell(&supported), links(cases)));
    }
    for name in area.no_case.keys().filter(|it| !area.features.contains(it)) {
        problems.push(format!("features.toml: no feature `{}.{name}`", area.key));
    }
}

/// Says whether a feature works, by the cases that show it.
fn support(cases: &[Shown<'_>]) -> String {
    let reasons: BTreeSet<&str> = cases.iter().filter_map(|it| it.1.known_gap.as_deref()).collect();
    let holds = cases.iter().any(|it| it.1.known_gap.is_none());
    let told = reasons.into_iter().collect::<Vec<_>>().join("; ");
    match (holds, told.is_empty()) {
        (true, true) => "yes".to_owned(),
        (true, false) => format!("partly: {told}"),
        (false, _) => format!("no: {told}"),
    }
}

fn links(cases: &[Shown<'_>]) -> String {
    let link =
        |it: &Shown<'_>| format!("[{}](cases/{}#{})", cell(&it.1.heading), it.0, anchor(&it.1.heading));
    let (holding, others): (Vec<_>, Vec<_>) = cases.iter().partition(|it| it.1.known_gap.is_none());
    let mut links: Vec<String> = holding.into_iter().chain(others).take(MOST_LINKS).map(link).collect();
    if cases.len() > MOST_LINKS {
        links.push(format!("and {} more", cases.len() - MOST_LINKS));
    }
    links.join(", ")
}

/// The anchor that Markdown viewers give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|it| if it == ' ' { '-' } else { it }).collect()
}

fn write_choices(choices: &Choices, out: &mut String) {
    line(out, "\n## Where engines differ\n\nWhat we answer, what others answer, and why.\n");
    line(out, "| expression | ours | others | why |\n| --- | --- | --- | --- |");
    for it in &choices.choice {
        let ours = if it.ours.is_empty() { "(empty)".to_owned() } else { format!("`{}`", cell(&it.ours)) };
        let [other, reason] = [&it.other, &it.reason].map(|it| cell(it));
        line(out, &format!("| `{}` | {ours} | {other} | {reason} |", cell(&it.expression)));
    }
}

fn write_left(left: &Left, out: &mut String) {
    line(out, "\n## What is left of the public suites\n");
    line(out, "Who is right: the engine, the case, or neither by the specification (open).\n");
    line(out, "| suite | case | who is right | by which rule |\n| --- | --- | --- | --- |");
    for it in &left.failure {
        line(out, &format!("| {} | {} | {} | {} |", it.suite, cell(&it.id), it.right, cell(&it.reason)));
    }
}

fn write_gaps(reports: &[(String, Report)], out: &mut String) {
    line(out, "\n## Known gaps\n\nEach fails today; the day it works its mark must go.\n");
    let mut by_reason: BTreeMap<&str, Vec<Shown<'_>>> = BTreeMap::new();
    for (file, report) in reports {
        for case in &report.cases {
            if let Some(reason) = case.known_gap.as_deref() {
                by_reason.entry(reason).or_default().push((file, case));
            }
        }
    }
    for (reason, cases) in by_reason {
        let all: Vec<String> = cases.iter().map(|it| links(std::slice::from_ref(it))).collect();
        line(out, &format!("- {reason}: {}", all.join(", ")));
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes all that is written");
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "\\n")
}
