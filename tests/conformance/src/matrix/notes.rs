//! `choices.toml` and `left.toml`: where we differ from others and why, and what is left of their suites.

use serde::Deserialize;

/// Where JavaRosa and ODK Web Forms disagree, or we differ from both.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// Each once, in the order of the matrix.
    #[serde(default)]
    pub choice: Vec<Choice>,
}

/// One expression and its three answers, as text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// As a form writes it.
    pub expression: String,
    /// What JavaRosa gives.
    pub javarosa: String,
    /// What ODK Web Forms gives.
    pub web_forms: String,
    /// What we give; compared with the engine, unless the expression needs a form around it.
    pub ours: String,
    /// The reason.
    pub why: String,
    /// Whether the expression means something only in a form; then no text is compared.
    #[serde(default)]
    pub needs_form: bool,
}

/// What the engine does not do of the public suites.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Each failure once.
    #[serde(default)]
    pub left: Vec<Leftover>,
}

/// One failure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leftover {
    /// `xpath`, `scenario`, `forms` or `xlsform`.
    pub suite: String,
    /// The case's id there.
    pub case: String,
    /// Who is right: `ours` or `theirs`.
    pub right: String,
    /// By which sentence of the specification, in our words.
    pub rule: String,
}

impl Choices {
    /// Reads the file.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("choices.toml: {error}"))
    }

    /// Returns one line for each choice that is not what `evaluate` comes to.
    pub fn complaints(&self, evaluate: impl Fn(&str) -> Result<String, String>) -> Vec<String> {
        let compared = self.choice.iter().filter(|it| !it.needs_form);
        compared
            .filter_map(|it| {
                let found = match evaluate(&it.expression) {
                    Ok(text) => format!("'{text}'"),
                    Err(code) => format!("refused: {code}"),
                };
                (found != it.ours)
                    .then(|| format!("choices.toml: `{}` gives {found}, not {}", it.expression, it.ours))
            })
            .collect()
    }
}

impl Left {
    /// Reads the file.
    pub fn read(text: &str) -> Result<Self, String> {
        let left: Self = toml::from_str(text).map_err(|error| format!("left.toml: {error}"))?;
        match left.left.iter().find(|it| !matches!(it.right.as_str(), "ours" | "theirs")) {
            Some(it) => Err(format!("left.toml: {}: `right` is `ours` or `theirs`", it.case)),
            None => Ok(left),
        }
    }
}
