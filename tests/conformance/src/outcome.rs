//! What running a case came to.

use serde::{Deserialize, Serialize};

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// What the author of a case asserted.
    pub checks: Tally,
    /// What one engine's state was, row by row.
    pub rows: Tally,
    /// The submissions at the end of a case; told, not scored.
    pub submissions: Tally,
    /// Each failure, in order.
    pub failures: Vec<Failure>,
    /// What the engine said, where that is all there is to compare.
    #[serde(default)]
    pub said: Vec<String>,
}

/// Passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How many passed.
    pub passed: u32,
    /// How many failed.
    pub failed: u32,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it counts for.
    pub score: Score,
    /// Where in the case: `step 4 check value /data/a`.
    pub place: String,
    /// What the case says.
    pub expected: String,
    /// What the engine says.
    pub found: String,
}

/// What a failure counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// One of [`Outcome::checks`].
    Check,
    /// One of [`Outcome::rows`].
    Row,
    /// One of [`Outcome::submissions`].
    Submission,
    /// Nothing by itself: why later checks and rows fail.
    Cause,
}

impl Outcome {
    /// Counts one comparison, and keeps it where it failed.
    pub fn compare(&mut self, score: Score, place: &str, expected: &str, found: &str) {
        self.judge(score, expected == found, place, expected, found);
    }

    /// Counts one comparison made by the caller.
    pub fn judge(&mut self, score: Score, passed: bool, place: &str, expected: &str, found: &str) {
        let tally = match score {
            Score::Check => Some(&mut self.checks),
            Score::Row => Some(&mut self.rows),
            Score::Submission => Some(&mut self.submissions),
            Score::Cause => None,
        };
        match tally {
            Some(tally) if passed => tally.passed += 1,
            Some(tally) => tally.failed += 1,
            None => {}
        }
        if !passed {
            let [place, expected, found] = [place, expected, found].map(str::to_owned);
            self.failures.push(Failure { score, place, expected, found });
        }
    }

    /// Notes why what follows fails.
    pub fn cause(&mut self, place: &str, found: &str) {
        self.judge(Score::Cause, false, place, "", found);
    }
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}
