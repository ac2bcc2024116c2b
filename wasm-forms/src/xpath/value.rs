//! Values and their conversions (XPath 1.0, section 4, and ODK's dates).
//!
//! A date is a civil date: as a number it is whole days since 1970-01-01, whatever the time zone. A moment is
//! milliseconds UTC: as a number it is days with a fraction. Text that spells a date or moment converts like one.

use super::civil;
use super::{Node, World};
use crate::decimal;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(f64),
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i64),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Moment(i64),
    Nodes(Vec<Node>),
}

impl Value {
    pub fn empty() -> Self {
        Value::Text(String::new())
    }

    pub fn into_text(self, world: &dyn World) -> String {
        match self {
            Value::Text(it) => it,
            other => other.to_text(world),
        }
    }

    pub fn to_text(&self, world: &dyn World) -> String {
        match self {
            Value::Text(it) => it.clone(),
            Value::Number(it) => number_text(*it),
            Value::Boolean(it) => it.to_string(),
            Value::Date(days) => civil::date_text(*days),
            Value::Moment(ms) => civil::moment_text(*ms, world.env().offset_min),
            Value::Nodes(nodes) => nodes.first().map_or_else(String::new, |it| world.text(*it).into_owned()),
        }
    }

    pub fn to_number(&self, world: &dyn World) -> f64 {
        match self {
            Value::Text(it) => text_number(it),
            Value::Number(it) => *it,
            Value::Boolean(it) => f64::from(u8::from(*it)),
            Value::Date(days) => *days as f64,
            Value::Moment(ms) => *ms as f64 / civil::DAY_MS as f64,
            Value::Nodes(nodes) => nodes.first().map_or(f64::NAN, |it| world.number(*it)),
        }
    }

    /// Nodes are true where one of them holds text, as in [`super::eval::boolean`].
    pub fn to_boolean(&self, world: &dyn World) -> bool {
        match self {
            Value::Text(it) => !it.is_empty(),
            Value::Number(it) => *it != 0.0 && !it.is_nan(),
            Value::Boolean(it) => *it,
            Value::Date(_) | Value::Moment(_) => true,
            Value::Nodes(nodes) => nodes.iter().any(|it| world.is_true(*it)),
        }
    }
}

/// Reads a number: decimal digits without exponent, else a date or moment as days, else not a number.
pub(crate) fn text_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return f64::NAN;
    }
    if let Some(number) = decimal::parse(text) {
        return number;
    }
    match civil::parse_date(text) {
        Some(days) => days as f64,
        None => civil::parse_moment(text, 0).map_or(f64::NAN, |ms| ms as f64 / civil::DAY_MS as f64),
    }
}

/// Writes a number as XPath does: no exponent, no superfluous zeros, `-0` as `0`.
pub(crate) fn number_text(number: f64) -> String {
    let mut text = String::new();
    write_number(number, &mut text);
    text
}

/// Appends a number as [`number_text`] writes it.
pub(crate) fn write_number(number: f64, out: &mut String) {
    if number.is_nan() {
        out.push_str("NaN");
    } else if number.is_infinite() {
        out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        decimal::write(number, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_text_convert_both_ways() {
        let check = |text: &str, number: f64| {
            assert!(text_number(text) == number || number.is_nan() && text_number(text).is_nan(), "{text}")
        };
        check(" 12.50 ", 12.5);
        check("", f64::NAN);
        check("1e3", f64::NAN);
        check("1970-01-02", 1.0);
        check("1970-01-01T12:00:00.000Z", 0.5);
        assert_eq!(number_text(24334.0), "24334");
        assert_eq!(number_text(-120.0), "-120");
        assert_eq!(number_text(0.1), "0.1");
        assert_eq!(number_text(-0.0), "0");
        assert_eq!(number_text(1e21), "1000000000000000000000");
    }
}
