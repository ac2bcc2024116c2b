//! Data types: how a value of each is written, and whether a text is one at all.
//!
//! Sources: ODK XForms, "Data types" (they are those of XML Schema: an `int` has 32 bits, a `dateTime` a time), and
//! ODK Collect where that leaves a choice: a fraction is cut off an `int`, the day taken off a `dateTime`, decimals
//! are written with a point. An instance never holds a text that is no value of its node's type.

use std::borrow::Cow;

use crate::decimal;
use crate::form::Form;
use crate::instance::{Scope, State};
use crate::parse::Seed;
use crate::view::DataType;
use crate::xpath::civil;
use crate::xpath::value::write_number;
use crate::xpath::{Value, World};

/// Returns a text as a value of the type, in the way the type is written; nothing where it is none.
pub(crate) fn canonical(data_type: DataType, text: &str) -> Option<Cow<'_, str>> {
    let text = if is_text(data_type) { text } else { text.trim() };
    if text.is_empty() {
        return Some(Cow::Borrowed(text));
    }
    let own = |it: bool| it.then_some(Cow::Borrowed(text));
    match data_type {
        DataType::String | DataType::Barcode | DataType::Binary | DataType::Intent => own(true),
        DataType::Boolean => own(matches!(text, "true" | "false" | "1" | "0")),
        DataType::Int => {
            let number = plain_number(text)?.trunc();
            let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
            let is_written = text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
            fits.then(
                || if is_written { Cow::Borrowed(text) } else { Cow::Owned((number as i32).to_string()) },
            )
        }
        DataType::Decimal => with_fraction(text),
        DataType::Date => {
            let day = match text.split_once('T') {
                None => civil::parse_date(text)?,
                Some((day, clock)) => {
                    civil::parse_clock(clock)?;
                    civil::parse_date(day)?
                }
            };
            let day = civil::date_text(day);
            Some(if day == text { Cow::Borrowed(text) } else { Cow::Owned(day) })
        }
        DataType::Time => own(is_time(text)),
        DataType::DateTime => own(civil::parse_moment(text, 0).is_some()),
        DataType::Geopoint => point(text).map(Cow::Owned),
        DataType::Geotrace | DataType::Geoshape => {
            let points = text.split(';').filter(|it| !it.trim().is_empty());
            let points = points.map(point).collect::<Option<Vec<String>>>()?;
            let is_closed = points.len() > 1 && is_same_place(&points[0], &points[points.len() - 1]);
            let is_one = match data_type {
                DataType::Geotrace => points.len() >= 2 && !is_closed,
                _ => points.len() >= 3 && is_closed,
            };
            is_one.then(|| Cow::Owned(points.join(";")))
        }
    }
}

/// Returns a calculated value as the node's type writes it; what is no value of it is empty.
pub(crate) fn cast(form: &Form, state: &State, node: u32, value: Value) -> String {
    let scope = Scope { form, state };
    let data_type = form.data_types[state.tree.node(node).model as usize];
    let offset_min = scope.env().offset_min;
    let text = match (data_type, value) {
        (_, Value::Number(it)) if it.is_nan() => return String::new(),
        (DataType::Date, Value::Moment(ms)) => civil::date_text(civil::day_of(ms, offset_min)),
        (DataType::Time, Value::Moment(ms)) => time_of(ms, offset_min),
        (DataType::DateTime, Value::Date(days)) => midnight(days, offset_min),
        (_, value) => {
            let text = value.into_text(&scope);
            match data_type {
                // A moment may come as text, out of another node.
                DataType::Date => civil::parse_moment(&text, offset_min)
                    .map_or(text, |ms| civil::date_text(civil::day_of(ms, offset_min))),
                DataType::Time => {
                    civil::parse_moment(&text, offset_min).map_or(text, |ms| time_of(ms, offset_min))
                }
                DataType::DateTime => {
                    civil::parse_date(&text).map_or(text, |days| midnight(days, offset_min))
                }
                _ => text,
            }
        }
    };
    canonical(data_type, &text).map_or_else(String::new, Cow::into_owned)
}

fn time_of(ms: i64, offset_min: i32) -> String {
    let text = civil::moment_text(ms, offset_min);
    text.split_once('T').map_or_else(String::new, |(_, time)| time.to_owned())
}

fn midnight(days: i64, offset_min: i32) -> String {
    civil::moment_text(days * civil::DAY_MS - i64::from(offset_min) * 60_000, offset_min)
}

/// Puts what an instance begins with into the form of its types; texts that are no values of them go.
pub(crate) fn settle_seed(data_types: &[DataType], seed: &mut Seed) {
    let data_type = data_types[seed.model as usize];
    if !is_text(data_type) && !seed.text.is_empty() {
        seed.text = canonical(data_type, &seed.text).map_or_else(Box::default, |it| it.into_owned().into());
    }
    seed.children.iter_mut().for_each(|it| settle_seed(data_types, it));
}

fn is_text(data_type: DataType) -> bool {
    matches!(data_type, DataType::String | DataType::Barcode | DataType::Binary | DataType::Intent)
}

/// Returns whether a number is written for this type without further ado, so that [`write_cast`] serves.
pub(crate) fn is_written_as_number(data_type: DataType) -> bool {
    matches!(data_type, DataType::String | DataType::Int | DataType::Decimal)
}

/// Appends a calculated number as such a type writes it, without a text in between; returns the number that was
/// written, if any was.
pub(crate) fn write_cast(data_type: DataType, number: f64, out: &mut String) -> f64 {
    match data_type {
        _ if number.is_nan() => {}
        DataType::Int => {
            let whole = number.trunc();
            if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole) {
                write_number(whole, out);
            }
            return whole;
        }
        DataType::Decimal if !number.is_finite() => {}
        DataType::Decimal => {
            write_number(number, out);
            if number.fract() == 0.0 {
                out.push_str(".0");
            }
        }
        _ => write_number(number, out),
    }
    number
}

/// Returns whether a non-empty text of a submission is a value of the type as it stands.
pub(crate) fn fits(data_type: DataType, text: &str) -> bool {
    match data_type {
        DataType::Int => canonical(data_type, text).is_some_and(|it| it == text.trim()),
        DataType::Date => civil::parse_date(text).is_some(),
        _ => canonical(data_type, text).is_some(),
    }
}

/// Reads a number without an exponent.
fn plain_number(text: &str) -> Option<f64> {
    decimal::parse(text.strip_prefix('+').unwrap_or(text))
}

fn with_fraction(text: &str) -> Option<Cow<'_, str>> {
    plain_number(text)?;
    let has_fraction = text.split_once('.').is_some_and(|(_, fraction)| !fraction.is_empty());
    Some(if has_fraction {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{}.0", text.trim_end_matches('.')))
    })
}

fn is_time(text: &str) -> bool {
    civil::split_offset(text).and_then(|(clock, _)| civil::parse_clock(clock)).is_some()
}

/// Returns `latitude longitude [altitude [accuracy]]`; four zeros are how a device says that it found nothing.
fn point(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let numbers = parts.iter().map(|it| plain_number(it)).collect::<Option<Vec<f64>>>()?;
    let is_place = (2..=4).contains(&numbers.len()) && numbers[0].abs() <= 90.0 && numbers[1].abs() <= 180.0;
    let is_nowhere = numbers.len() == 4 && numbers.iter().all(|it| *it == 0.0);
    let written = parts.iter().map(|it| with_fraction(it)).collect::<Option<Vec<_>>>()?;
    (is_place && !is_nowhere).then(|| written.join(" "))
}

/// Whether two points have the same latitude and longitude, at whatever height.
fn is_same_place(a: &str, b: &str) -> bool {
    let place = |it: &str| it.split(' ').take(2).map(decimal::parse).collect::<Vec<_>>();
    place(a) == place(b)
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
        check(DataType::Int, "2147483648", false);
        check(DataType::Decimal, "1.5", true);
        check(DataType::Decimal, "1,5", false);
        check(DataType::Date, "2026-02-29", false);
        check(DataType::DateTime, "2026-11-21T08:00:00.000+08:00", true);
        check(DataType::DateTime, "2026-11-21", false);
        check(DataType::Time, "08:00:00.000+08:00", true);
        check(DataType::Geopoint, "36.06 103.83 1500 5", true);
        check(DataType::Geopoint, "136.06 103.83", false);
        check(DataType::Geotrace, "1 2;3 4", true);
        check(DataType::Geotrace, "1 2;3 4;1.0 2.00 7 0", false);
        check(DataType::Geoshape, "1 2;3 4", false);
        check(DataType::Geoshape, "1 2;3 4;5 6", false);
        check(DataType::Geoshape, "1 2;3 4;5 6;1.0 2 7 0", true);
    }

    #[test]
    fn values_are_written_as_their_types_are() {
        let check = |data_type, text, expected: Option<&str>| {
            assert_eq!(canonical(data_type, text).as_deref(), expected, "{data_type:?} {text}");
        };
        check(DataType::Int, "10.9", Some("10"));
        check(DataType::Int, "007", Some("007"));
        check(DataType::Int, "-2147483649", None);
        check(DataType::Decimal, "23", Some("23.0"));
        check(DataType::Decimal, "23.", Some("23.0"));
        check(DataType::Decimal, "-.5", Some("-.5"));
        check(DataType::Decimal, "Infinity", None);
        check(DataType::Date, "2025-12-21T14:30:00", Some("2025-12-21"));
        check(DataType::Date, "2025-3-7", Some("2025-03-07"));
        check(DataType::Date, "2025-03-07T14:30:00Z", None);
        check(DataType::Time, "24:00:00", None);
        check(DataType::Geopoint, "36.06 103.83 1500 5", Some("36.06 103.83 1500.0 5.0"));
        check(DataType::Geopoint, "0 0 0 0", None);
        check(DataType::Geotrace, "1 2; 3.5 4;", Some("1.0 2.0;3.5 4.0"));
        check(DataType::String, " as it is ", Some(" as it is "));
        check(DataType::Int, "", Some(""));
    }
}
