//! What is wrong with a form, where, and what to do about it.

use std::collections::BTreeMap;

use serde::Serialize;

/// Whether the form can be published all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Cannot be published.
    Error,
    /// Can be published; somebody should look.
    Warning,
}

/// Where the problem stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// The form as a whole.
    Form,
    /// A node of the XForm and the attribute or element that carries the problem.
    Node {
        /// Absolute path, e.g. `/data/pick/resident`.
        reference: String,
        /// `calculate`, `relevant`, `constraint`, `label`, …
        attribute: String,
    },
    /// A workbook's cell, as Excel names it.
    Cell {
        /// Sheet name.
        sheet: String,
        /// 1-based row as Excel shows it; 0 for the sheet as a whole.
        row: u32,
        /// Column letters, e.g. `C`; empty for the row as a whole.
        column: String,
    },
}

/// One problem of a form, workbook or list, for its author.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code; its text is in the web app's `i18n`.
    pub code: String,
    /// Where it stands.
    pub place: Place,
    /// What the text of the code needs: found value, nearest known name, ….
    pub params: BTreeMap<String, String>,
}

impl Diagnostic {
    /// Returns an error without parameters.
    pub fn error(code: impl AsRef<str>, place: Place) -> Self {
        Self::new(Severity::Error, code.as_ref(), place)
    }

    /// Returns a warning without parameters.
    pub fn warning(code: impl AsRef<str>, place: Place) -> Self {
        Self::new(Severity::Warning, code.as_ref(), place)
    }

    #[inline(never)]
    fn new(severity: Severity, code: &str, place: Place) -> Self {
        Self { severity, code: code.to_owned(), place, params: BTreeMap::new() }
    }

    /// Returns the diagnostic with one more parameter for its text.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.with_text(name, value.into())
    }

    #[inline(never)]
    fn with_text(mut self, name: &str, value: String) -> Self {
        self.params.insert(name.to_owned(), value);
        self
    }
}

impl AsRef<str> for crate::Code {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Returns the known name nearest to `found` (at most a third of its letters wrong), for "did you mean".
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found: Vec<char> = found.chars().collect();
    let mut limit = (found.len() / 3).max(1);
    let mut nearest: Option<(usize, &str)> = None;
    for name in known {
        let Some(distance) = edit_distance(&found, name, limit) else { continue };
        if nearest.is_none_or(|it| (distance, name) < it) {
            nearest = Some((distance, name));
            // No other matters that is farther away.
            limit = distance;
        }
    }
    nearest.map(|(_, name)| name)
}

/// Returns how many letters have to be changed, unless it is more than `limit`.
fn edit_distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.chars().count()) > limit {
        return None;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut least = row[0];
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
            least = least.min(row[j + 1]);
        }
        if least > limit {
            return None;
        }
    }
    Some(row[b.len()]).filter(|it| *it <= limit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_name_that_was_meant() {
        let check = |found, expected| assert_eq!(nearest(found, ["name", "phone", "address"]), expected);
        check("nmae", None);
        check("nam", Some("name"));
        check("adress", Some("address"));
        check("zzz", None);
    }
}
