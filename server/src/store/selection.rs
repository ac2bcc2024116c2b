//! Conditions of a list query that depend on what was asked for. Only fixed text becomes SQL; values are bound.

use std::fmt::Write as _;

use super::db::Value;

/// Conditions joined by `AND`, with their parameters.
#[derive(Debug, Default)]
pub struct Selection {
    sql: String,
    params: Vec<Value>,
}

impl Selection {
    /// Adds a condition in which `?` stands for the value.
    pub fn and(&mut self, condition: &'static str, value: impl Into<Value>) {
        self.params.push(value.into());
        let number = self.params.len();
        self.push(&condition.replace('?', &format!("?{number}")));
    }

    /// Adds a condition without a value.
    pub fn and_fixed(&mut self, condition: &'static str) {
        self.push(condition);
    }

    /// Adds `column IN (values)`; nothing is in an empty list.
    pub fn and_in<'a>(&mut self, column: &'static str, values: impl IntoIterator<Item = &'a str>) {
        let condition = self.within(column, values);
        self.push(&condition);
    }

    /// Adds that one of two columns is in the list beside it.
    pub fn and_either(&mut self, first: (&'static str, Vec<&str>), second: (&'static str, Vec<&str>)) {
        let (first, second) = (self.within(first.0, first.1), self.within(second.0, second.1));
        self.push(&format!("({first} OR {second})"));
    }

    /// Adds that one of two columns is like a pattern of [`containing`].
    pub fn and_like_either(&mut self, first: (&'static str, String), second: (&'static str, String)) {
        let mut like = |(column, pattern): (&'static str, String)| {
            format!("{column} LIKE {} ESCAPE '\\'", self.bind(pattern))
        };
        let (first, second) = (like(first), like(second));
        self.push(&format!("({first} OR {second})"));
    }

    fn within<'a>(&mut self, column: &'static str, values: impl IntoIterator<Item = &'a str>) -> String {
        let numbers: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        if numbers.is_empty() { "1 = 0".to_owned() } else { format!("{column} IN ({})", numbers.join(", ")) }
    }

    /// Adds that a row comes after `(first, second)` in descending order of both columns.
    pub fn and_before(&mut self, columns: &'static str, first: i64, second: &str) {
        self.params.push(first.into());
        self.params.push(second.into());
        let n = self.params.len();
        self.push(&format!("{columns} < (?{}, ?{n})", n - 1));
    }

    /// Adds that a row comes before or at `(first, second)` in descending order of both columns.
    pub fn and_from(&mut self, columns: &'static str, first: i64, second: &str) {
        let (first, second) = (self.bind(first), self.bind(second));
        self.push(&format!("{columns} >= ({first}, {second})"));
    }

    /// Binds a value that stands elsewhere in the statement and returns its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    /// Returns `WHERE …`, or nothing.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns the parameters in the order of their numbers.
    #[must_use]
    pub fn params(&self) -> &[Value] {
        &self.params
    }

    fn push(&mut self, condition: &str) {
        let word = if self.sql.is_empty() { "WHERE" } else { "AND" };
        let _ = write!(self.sql, " {word} {condition}");
    }
}

/// Returns a `LIKE` pattern for text anywhere, with `\` as the escape character.
#[must_use]
pub fn containing(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::{Selection, containing};

    #[test]
    fn numbers_parameters_in_order() {
        let mut it = Selection::default();
        it.and("a = ?", "x");
        it.and_in("grid", ["G01", "G02"]);
        it.and_before("(received_at, id)", 5, "s");
        assert_eq!(it.sql(), " WHERE a = ?1 AND grid IN (?2, ?3) AND (received_at, id) < (?4, ?5)");
        assert_eq!(it.params().len(), 5);
        it.and_either(("who = '' AND type", vec!["t"]), ("who", vec![]));
        assert!(it.sql().ends_with(" AND (who = '' AND type IN (?6) OR 1 = 0)"), "{}", it.sql());
    }

    #[test]
    fn escapes_what_like_would_read() {
        assert_eq!(containing("50%_a"), "%50\\%\\_a%");
    }
}
