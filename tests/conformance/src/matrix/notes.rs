//! `choices.toml`, `left.toml` and `known-xpath.toml`: where we differ from others and why, and what is left of their
//! suites. What the choices say is compared with the engine by the test of expressions.

use serde::Deserialize;

/// Where ODK's clients disagree with each other or with the specification.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// Each once, in the order of the matrix.
    #[serde(default)]
    pub choice: Vec<Choice>,
}

/// One expression, our answer and that of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// As a form writes it.
    pub expression: String,
    /// What we give, as text.
    pub ours: String,
    /// What others give.
    pub other: String,
    /// Why ours.
    pub reason: String,
}

/// What the engine does not do of one public suite.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Each failure once.
    #[serde(default)]
    pub failure: Vec<Leftover>,
}

/// One failure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leftover {
    /// `scenario`, `forms` or `xlsform`; the file of expressions leaves it out.
    #[serde(default)]
    pub suite: String,
    /// The case's id there.
    pub id: String,
    /// Who is right: `engine`, `case`, or `open` where the specification does not say.
    pub right: String,
    /// By which sentence of the specification, in our words.
    pub reason: String,
}

impl Choices {
    /// Reads `choices.toml`.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("choices.toml: {error}"))
    }
}

impl Left {
    /// Reads a file of failures; those that name no suite are of `suite`.
    pub fn read(text: &str, suite: &str) -> Result<Self, String> {
        let mut left: Self = toml::from_str(text).map_err(|error| format!("left of {suite}: {error}"))?;
        for it in left.failure.iter_mut().filter(|it| it.suite.is_empty()) {
            suite.clone_into(&mut it.suite);
        }
        match left.failure.iter().find(|it| !matches!(it.right.as_str(), "engine" | "case" | "open")) {
            Some(it) => Err(format!("left of {suite}: {}: `right` is `engine`, `case` or `open`", it.id)),
            None => Ok(left),
        }
    }

    /// Returns both files' failures, these first.
    #[must_use]
    pub fn and(mut self, other: Left) -> Left {
        self.failure.extend(other.failure);
        self
    }
}
