//! A Markdown file of cases, run against the engine.
//!
//! ```text
//! file ─markdown─▶ Case ─tables─▶ XForm ─subject─▶ the engine
//!                    └───language─▶ Step ─play──────▶ Outcome
//! ```
//!
//! A case is a heading, the rule in prose, a form, and a story: lines `action => expectations`. The language stands
//! in [`language`]; every word it does not know is an error with the line.

mod document;
mod expect;
mod expect_entity;
mod features;
mod language;
mod markdown;
mod play;
mod subject;
mod tables;
mod view;
mod words;

use serde::Serialize;

use crate::Score;

/// What became of a file's cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The file's title.
    pub title: String,
    /// Its cases in order.
    pub cases: Vec<Outcome>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The case's heading.
    pub heading: String,
    /// The heading's line in the file.
    pub line: usize,
    /// What the case says it shows: `bind.relevant`, `function.if`.
    pub shows: Vec<String>,
    /// What its form uses besides.
    pub uses: Vec<String>,
    /// Why the engine is known not to do this yet.
    pub known_gap: Option<String>,
    /// Everything that was not as told; empty for a case that holds.
    pub failures: Vec<Failure>,
}

/// One line of a case that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Line in the file.
    pub line: usize,
    /// What was expected and what was found.
    pub text: String,
}

impl Failure {
    fn new(line: usize, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }
}

/// Whether a case came out as its author said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Holds.
    Passed,
    /// Does not hold, and is known not to.
    KnownGap,
    /// Does not hold.
    Failed,
    /// Holds although it is marked as a gap: the mark must go.
    GapClosed,
}

impl Outcome {
    /// Returns whether the case came out as its author said.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.failures.is_empty(), self.known_gap.is_some()) {
            (true, false) => Verdict::Passed,
            (true, true) => Verdict::GapClosed,
            (false, true) => Verdict::KnownGap,
            (false, false) => Verdict::Failed,
        }
    }
}

impl Report {
    /// Returns one line for everything that did not come out as told: `line: heading: what`.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for case in &self.cases {
            match case.verdict() {
                Verdict::Passed | Verdict::KnownGap => {}
                Verdict::Failed => complaints.extend(
                    case.failures.iter().map(|it| format!("{}: {}: {}", it.line, case.heading, it.text)),
                ),
                Verdict::GapClosed => complaints.push(format!(
                    "{}: {}: works now; take the known_gap mark away",
                    case.line, case.heading
                )),
            }
        }
        complaints
    }

    /// Returns one line for each way in which a known gap fails: `line: heading: what`.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let known = self.cases.iter().filter(|it| it.verdict() == Verdict::KnownGap);
        known
            .flat_map(|case| case.failures.iter().map(move |it| (case, it)))
            .map(|(case, it)| format!("{}: {}: {}", it.line, case.heading, it.text))
            .collect()
    }
}

/// Runs a file as one case of the runner: each story is a check, and a known gap that fails is as it should be.
#[must_use]
pub fn outcome(markdown: &str) -> crate::Outcome {
    let mut outcome = crate::Outcome::default();
    let report = match run(markdown) {
        Ok(report) => report,
        Err(it) => {
            outcome.judge(Score::Check, false, &format!("line {}", it.line), "a file of cases", &it.text);
            return outcome;
        }
    };
    for case in &report.cases {
        let verdict = case.verdict();
        let passed = matches!(verdict, Verdict::Passed | Verdict::KnownGap);
        let found: Vec<String> = case.failures.iter().map(|it| format!("{}: {}", it.line, it.text)).collect();
        let expected = case.known_gap.as_deref().map_or("holds", |_| "a known gap");
        outcome.judge(Score::Check, passed, &case.heading, expected, &found.join("; "));
        if verdict == Verdict::KnownGap {
            outcome.cause(&case.heading, &found.join("; "));
        }
    }
    outcome
}

/// Runs every case of a file; a file that cannot be read is an error with its line.
pub fn run(markdown: &str) -> Result<Report, Failure> {
    let document = markdown::read(markdown)?;
    // What no engine could run is wrong with the file, whatever a case's marks say.
    for case in &document.cases {
        play::readable(case)?;
    }
    let cases = document.cases.iter().map(play::run).collect();
    Ok(Report { title: document.title, cases })
}
