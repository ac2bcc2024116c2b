//! The rules that no compiler checks: who may import whom, texts for every code, and what a tree must not hold.

mod codes;
mod imports;
mod source;
mod traces;

pub use source::{File, Tree};

/// One rule: what it asks, and why.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub reason: &'static str,
    pub look: fn(&Tree) -> Verdict,
}

/// What looking at a tree showed.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What the rule is about does not exist; says what that is.
    Skipped(&'static str),
    /// Every breach, `path: what`; none is as it should be.
    Checked(Vec<String>),
}

/// Every rule, in the order they are told.
pub const RULES: &[Rule] = &[
    Rule {
        name: "the engine has no clock, no I/O, no randomness, no browser",
        reason: "phone and server must reach the same result from the same arguments; give it through Env",
        look: imports::engine,
    },
    Rule {
        name: "xpath imports neither parse nor session",
        reason: "expressions see nodes through a trait, so that they can be tested without a form",
        look: imports::xpath,
    },
    Rule {
        name: "validate and evidence import nothing of the engine but code",
        reason: "they are rules about values; whoever needs one must not need a form",
        look: imports::values,
    },
    Rule {
        name: "domain names no axum, no status code, no SQL",
        reason: "the rules must read, and be tested, without HTTP and without a database",
        look: imports::domain,
    },
    Rule {
        name: "store names no axum",
        reason: "what a missing row means to a client is decided above it",
        look: imports::store,
    },
    Rule {
        name: "api never touches store",
        reason: "a rule that a request could go around is none",
        look: imports::api,
    },
    Rule {
        name: "requests are read through input.rs",
        reason: "axum refuses in plain text, without a code that a client knows",
        look: imports::requests,
    },
    Rule {
        name: "only db.rs and its folder name a database driver",
        reason: "one SQL text runs on both databases only while nothing else knows which it is",
        look: imports::drivers,
    },
    Rule {
        name: "no feature imports another; form and ui import no feature",
        reason: "what two features need moves down, or each change to one breaks the other",
        look: imports::features,
    },
    Rule {
        name: "every code has a text in every language, and every text a code",
        reason: "a person must never be shown a bare code, and nobody translates what is not used",
        look: codes::texts,
    },
    Rule {
        name: "no source file is longer than 600 lines",
        reason: "there is a second subject inside it; tests, generated code and tables are exempt",
        look: traces::long_files,
    },
    Rule {
        name: "nothing is left to do in the code",
        reason: "a note in the code is an issue nobody sees; write the limit as a fact",
        look: traces::unfinished,
    },
    Rule {
        name: "the phone's engine writes nothing as `{:?}`",
        reason: "what writes it is taken out of the phone's files: it only tells why a program stopped, where nobody reads it",
        look: traces::debug_output,
    },
    Rule {
        name: "no registry's host and no path of one machine",
        reason: "packages come from where the reader's own machine gets them",
        look: traces::places,
    },
];
