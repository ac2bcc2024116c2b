//! Runs cases against the form engine and says what differs: our own, told as stories in Markdown ([`story`]), and
//! recorded ones of other engines.
//!
//! ```text
//! folder ─folder─▶ Case (text and the files it names) ─Suite::run─▶ Outcome ─report─▶ table, failures, totals
//!                                                        same code in wasm ─▶ Outcome, which must be equal
//! ```
//!
//! Everything but [`folder`] and [`node`] is a function of the case alone, so that it runs in WebAssembly unchanged.
//! What a case is and how it is scored stands in the module of its suite.

mod checks;
#[cfg(not(target_arch = "wasm32"))]
pub mod folder;
mod formatted;
mod forms;
#[cfg(not(target_arch = "wasm32"))]
pub mod matrix;
#[cfg(not(target_arch = "wasm32"))]
pub mod node;
mod outcome;
mod positions;
mod rebuilt;
mod reference;
pub mod report;
mod rows;
mod scenario;
pub mod story;
mod trace;
mod xlsform;
mod xml;
pub mod xpath;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use outcome::{Failure, Outcome, Score, Tally};

/// Texts that a case names, by file name.
pub type Files = BTreeMap<String, String>;

/// One case, with all it needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// Which runner understands it.
    pub suite: Suite,
    /// Name, unique within its folder.
    pub id: String,
    /// What it is counted under.
    pub area: String,
    /// The case as its file holds it.
    pub text: String,
    /// Forms, attachments and states it refers to.
    pub files: Files,
}

/// A kind of case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// Forms with operations and the state after each: [`scenario`].
    Scenario,
    /// Forms to load: [`forms`].
    Forms,
    /// Expressions over documents: [`xpath`].
    Xpath,
    /// Our own cases in Markdown, a file each: [`story`].
    Stories,
    /// Workbooks to convert: [`xlsform`].
    Xlsform,
}

impl Case {
    /// Runs the case; never fails, an unreadable case is a failed one.
    #[must_use]
    pub fn run(&self) -> Outcome {
        match self.suite {
            Suite::Scenario => scenario::run(self),
            Suite::Forms => forms::run(self),
            Suite::Xpath => xpath::outcome(self),
            Suite::Stories => story::outcome(&self.text),
            Suite::Xlsform => xlsform::run(self),
        }
    }
}
