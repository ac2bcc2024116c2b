//! Data types: how a calculated value is written, and whether a typed text is a value at all.

use crate::decimal;
use crate::form::Form;
use crate::instance::{Scope, State};
use crate::view::DataType;
use crate::xpath::civil;
use crate::xpath::value::{number_text, text_number, write_number};
use crate::xpath::{Value, World};

/// Returns a calculated value as the node's type writes it; what is not a number is empty.
pub(crate) fn cast(form: &Form, state: &State, node: u32, value: Value) -> String {
    let scope = Scope { form, state };
    let data_type = form.data_types[state.tree.node(node).model as usize];
    match (data_type, &value) {
        (_, Value::Number(it)) if it.is_nan() => String::new(),
        (DataType::Int, _) => {
            let text = value.to_text(&scope);
            let number = text_number(&text);
            if number.is_finite() { number_text(number.trunc()) } else { text }
        }
        (DataType::Date, Value::Moment(ms)) => civil::date_text(civil::day_of(*ms, scope.env().offset_min)),
        (DataType::Date, _) => {
            let text = value.to_text(&scope);
            let day = civil::parse_moment(&text, scope.env().offset_min);
            day.map_or(text, |ms| civil::date_text(civil::day_of(ms, scope.env().offset_min)))
        }
        (DataType::DateTime, Value::Date(days)) => {
            let offset_min = scope.env().offset_min;
            civil::moment_text(days * civil::DAY_MS - i64::from(offset_min) * 60_000, offset_min)
        }
        (DataType::Time, Value::Moment(ms)) => {
            let text = civil::moment_text(*ms, scope.env().offset_min);
            text.split_once('T').map_or_else(String::new, |(_, time)| time.to_owned())
        }
        _ => value.into_text(&scope),
    }
}

/// Returns whether a number is written for this type as it is or cut to a whole one, so that [`write_cast`] serves.
pub(crate) fn is_written_as_number(data_type: DataType) -> bool {
    matches!(data_type, DataType::String | DataType::Int | DataType::Decimal)
}

/// Appends a calculated number as such a type writes it, without a text in between.
pub(crate) fn write_cast(data_type: DataType, number: f64, out: &mut String) {
    if number.is_nan() {
        return;
    }
    let is_whole = data_type == DataType::Int && number.is_finite();
    write_number(if is_whole { number.trunc() } else { number }, out);
}

/// Returns whether a non-empty text is a value of the type.
pub(crate) fn fits(data_type: DataType, text: &str) -> bool {
    let is_number = |it: &str| decimal::parse(it.trim()).is_some_and(f64::is_finite);
    match data_type {
        DataType::String | DataType::Barcode | DataType::Binary | DataType::Intent => true,
        DataType::Int => {
            is_number(text) && text.trim().trim_start_matches('-').bytes().all(|it| it.is_ascii_digit())
        }
        DataType::Decimal => is_number(text),
        DataType::Boolean => matches!(text, "true" | "false" | "1" | "0"),
        DataType::Date => civil::parse_date(text).is_some(),
        DataType::Time => {
            civil::split_offset(text).and_then(|(clock, _)| civil::parse_clock(clock)).is_some()
        }
        DataType::DateTime => civil::parse_moment(text, 0).is_some() || civil::parse_date(text).is_some(),
        DataType::Geopoint => is_point(text),
        DataType::Geotrace | DataType::Geoshape => {
            let points: Vec<&str> = text.split(';').map(str::trim).filter(|it| !it.is_empty()).collect();
            let least = if data_type == DataType::Geotrace { 2 } else { 3 };
            points.len() >= least && points.iter().all(|it| is_point(it))
        }
    }
}

fn is_point(text: &str) -> bool {
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(decimal::parse).collect();
    numbers.is_some_and(|it| (2..=4).contains(&it.len()) && it[0].abs() <= 90.0 && it[1].abs() <= 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_values_of_each_type() {
        let check =
            |data_type, text, expected| assert_eq!(fits(data_type, text), expected, "{data_type:?} {text}");
        check(DataType::Int, "-12", true);
        check(DataType::Int, "1.5", false);
        check(DataType::Int, "1e3", false);
        check(DataType::Decimal, "1.5", true);
        check(DataType::Decimal, "1,5", false);
        check(DataType::Date, "2026-02-29", false);
        check(DataType::DateTime, "2026-11-21T08:00:00.000+08:00", true);
        check(DataType::Time, "08:00:00.000+08:00", true);
        check(DataType::Geopoint, "36.06 103.83 1500 5", true);
        check(DataType::Geopoint, "136.06 103.83", false);
        check(DataType::Geotrace, "1 2;3 4", true);
        check(DataType::Geoshape, "1 2;3 4", false);
    }
}
