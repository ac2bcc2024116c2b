//! Outcomes as people read them: areas, failures, totals.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Case, Failure, Outcome, Score, Suite, Tally};

/// The longest text of a failure that is told without being asked for more.
const BRIEF: usize = 160;

/// The outcomes of a folder.
#[derive(Debug, Default)]
pub struct Report {
    areas: BTreeMap<String, Outcome>,
    total: Outcome,
    lines: String,
}

/// How much is told of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One line.
    Line,
    /// Both sides whole.
    Difference,
}

impl Report {
    /// Counts a case and keeps what is to be told of it.
    pub fn add(&mut self, case: &Case, outcome: &Outcome, detail: Detail) {
        for sum in [self.areas.entry(case.area.clone()).or_default(), &mut self.total] {
            sum.checks.add(outcome.checks);
            sum.rows.add(outcome.rows);
            sum.submissions.add(outcome.submissions);
        }
        for failure in &outcome.failures {
            self.lines += &told(case, failure, detail);
        }
    }

    /// Returns what all cases came to.
    #[must_use]
    pub fn total(&self) -> &Outcome {
        &self.total
    }

    /// Returns the table, the failures and the totals.
    #[must_use]
    pub fn text(&self, suite: Suite) -> String {
        let mut text = String::new();
        let width = self.areas.keys().map(|it| it.chars().count()).max().unwrap_or(0).max(4);
        let columns = |it: &Outcome| match suite {
            Suite::Scenario => format!("{}  {}  {}", cell(it.checks), cell(it.rows), cell(it.submissions)),
            Suite::Forms | Suite::Xpath | Suite::Stories | Suite::Replay | Suite::Xlsform => cell(it.checks),
        };
        let head = match suite {
            Suite::Scenario => "  checks        rows          submissions",
            Suite::Forms | Suite::Xpath | Suite::Stories | Suite::Replay | Suite::Xlsform => {
                "  passed / failed"
            }
        };
        let _ = writeln!(text, "{:width$}{head}", "area");
        for (area, outcome) in &self.areas {
            let _ = writeln!(text, "{area:width$}  {}", columns(outcome));
        }
        text.push('\n');
        text += &self.lines;
        let Tally { passed, failed } = self.total.checks;
        match suite {
            Suite::Scenario => {
                let Tally { passed: ended, failed: differing } = self.total.submissions;
                let _ = writeln!(text, "submissions: {ended} passed, {differing} failed (not scored)");
                let _ = writeln!(text, "checks: {passed} passed, {failed} failed");
                let Tally { passed, failed } = self.total.rows;
                let _ = writeln!(text, "rows: {passed} passed, {failed} failed");
            }
            Suite::Forms | Suite::Xpath | Suite::Stories | Suite::Replay | Suite::Xlsform => {
                let _ = writeln!(text, "{passed} passed, {failed} failed");
            }
        }
        text
    }
}

fn cell(tally: Tally) -> String {
    format!("{:5} / {:<4}", tally.passed, tally.failed)
}

fn told(case: &Case, failure: &Failure, detail: Detail) -> String {
    let score = match failure.score {
        Score::Check => "check",
        Score::Row => "row",
        Score::Submission => "submission",
        Score::Cause => "cause",
    };
    let head = format!("{} {} {score}: {}", case.area, case.id, failure.place);
    match detail {
        Detail::Line if failure.expected.is_empty() => format!("{head}: {}\n", brief(&failure.found)),
        Detail::Line => {
            format!("{head}: expected {}, found {}\n", brief(&failure.expected), brief(&failure.found))
        }
        Detail::Difference => {
            format!("{head}\n    expected {}\n    found    {}\n", failure.expected, failure.found)
        }
    }
}

/// One line, and not a long one.
fn brief(text: &str) -> String {
    let line = text.replace(['\n', '\r'], "⏎");
    match line.char_indices().nth(BRIEF) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
