//! Date functions: civil dates in whole days, moments in milliseconds, the visit's UTC offset from `Env`.
//!
//! As a number a civil date is whole days; a moment, and a number with a fraction, count from 1970-01-01 UTC. So
//! `date(decimal-date-time(d) + 1)` is the day after `d` in every time zone.

use super::{Arguments, Function};
use crate::decimal;
use crate::xpath::civil::{self, DAY_MS};
use crate::xpath::{Value, World};

pub(super) fn time(function: Function, args: &Arguments<'_>) -> Value {
    let world = args.cx.world;
    let env = world.env();
    match function {
        Function::Today => Value::Date(civil::day_of(env.now_ms, env.offset_min)),
        Function::Now => Value::Moment(env.now_ms),
        Function::Date => date(args.value(0), world).map_or_else(Value::empty, Value::Date),
        _ => match args.value(0) {
            value @ Value::Date(_) => value,
            value => date_or_moment(value, world).unwrap_or_else(Value::empty),
        },
    }
}

pub(super) fn number(function: Function, args: &Arguments<'_>) -> f64 {
    let world = args.cx.world;
    match function {
        // Days since 1970-01-01 UTC: a civil date is its midnight at the door.
        Function::DecimalDateTime => match args.value(0) {
            Value::Number(days) => days,
            // Text that is only a number is no moment.
            Value::Text(text) if civil::parse_date(&text).is_none() => {
                civil::parse_moment(&text, world.env().offset_min)
                    .map_or(f64::NAN, |ms| ms as f64 / DAY_MS as f64)
            }
            other => moment(other, world).map_or(f64::NAN, |ms| ms as f64 / DAY_MS as f64),
        },
        _ => decimal_time(&args.text(0), world.env().offset_min),
    }
}

/// The civil date of a value. A moment that is spelled out has the date that is written in it, in its own time zone,
/// as XML Schema has it: so it is the same day wherever and whenever it is asked.
fn date(value: Value, world: &dyn World) -> Option<i64> {
    let value = match value {
        Value::Text(_) | Value::Nodes(_) => Value::Text(value.into_text(world)),
        other => other,
    };
    let written = match &value {
        Value::Text(text) => text.split_once('T').and_then(|(day, _)| civil::parse_date(day)),
        _ => None,
    };
    match date_or_moment(value, world)? {
        Value::Date(days) => Some(days),
        Value::Moment(ms) => Some(written.unwrap_or_else(|| civil::day_of(ms, world.env().offset_min))),
        _ => None,
    }
}

fn moment(value: Value, world: &dyn World) -> Option<i64> {
    let offset_min = world.env().offset_min;
    match date_or_moment(value, world)? {
        Value::Date(days) => Some(days * DAY_MS - i64::from(offset_min) * 60_000),
        Value::Moment(ms) => Some(ms),
        _ => None,
    }
}

/// Returns a date or a moment, or nothing where the value is neither. A number is civil days; with a fraction it is
/// a moment in days UTC.
fn date_or_moment(value: Value, world: &dyn World) -> Option<Value> {
    /// Days that milliseconds in an `i64` can hold, and far beyond what a calendar can.
    const FURTHEST: f64 = 1e8;
    let of_number = |days: f64| {
        if days.abs() > FURTHEST || days.is_nan() {
            None
        } else if days.fract() == 0.0 {
            Some(Value::Date(days as i64))
        } else {
            Some(Value::Moment((days * DAY_MS as f64).round() as i64))
        }
    };
    match value {
        Value::Date(_) | Value::Moment(_) => Some(value),
        Value::Number(days) => of_number(days),
        Value::Boolean(_) => None,
        Value::Text(_) | Value::Nodes(_) => {
            let text = value.into_text(world);
            let spelled = civil::parse_date(&text).map(Value::Date);
            spelled
                .or_else(|| civil::parse_moment(&text, world.env().offset_min).map(Value::Moment))
                .or_else(|| decimal::parse(text.trim()).and_then(of_number))
        }
    }
}

/// The fraction of the civil day at the door that a moment, or a clock time with its offset, stands at.
fn decimal_time(text: &str, offset_min: i32) -> f64 {
    let fraction = |ms: i64| ms as f64 / DAY_MS as f64;
    let offset_ms = i64::from(offset_min) * 60_000;
    if text.contains('T') {
        return civil::parse_moment(text, offset_min)
            .map_or(f64::NAN, |ms| fraction((ms + offset_ms).rem_euclid(DAY_MS)));
    }
    let clock = civil::split_offset(text)
        .and_then(|(clock, own)| Some((civil::parse_clock(clock)?, own.unwrap_or(offset_min))));
    clock
        .map_or(f64::NAN, |(ms, own)| fraction((ms - i64::from(own) * 60_000 + offset_ms).rem_euclid(DAY_MS)))
}

/// How months and days of the week are called.
enum Names {
    English,
    Chinese,
}

impl Names {
    /// Those of the form's language, where it is named with its code, as `中文 (zh)`; else English ones.
    fn of(language: &str) -> Names {
        let code = language.rsplit_once('(').map_or(language, |(_, code)| code).trim();
        let is_chinese =
            code.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("zh")) || language.contains("中文");
        if is_chinese { Names::Chinese } else { Names::English }
    }

    fn month(&self, month: u32) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        match self {
            Names::English => MONTHS[(month - 1) as usize].to_owned(),
            Names::Chinese => format!("{month}月"),
        }
    }

    /// Of 0 for Sunday … 6 for Saturday.
    fn day(&self, weekday: u32) -> &'static str {
        let names = match self {
            Names::English => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
            Names::Chinese => ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        };
        names[weekday as usize]
    }
}

/// `format-date(value, pattern)` and `format-date-time`: both know all the codes.
pub(super) fn format(args: &Arguments<'_>) -> String {
    let world = args.cx.world;
    let Some(ms) = moment(args.value(0), world) else { return String::new() };
    let local = ms + i64::from(world.env().offset_min) * 60_000;
    let (day, clock) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    let (year, month, of_month) = civil::date(day);
    let (hours, minutes, seconds) = (clock / 3_600_000, clock / 60_000 % 60, clock / 1000 % 60);
    let names = Names::of(world.language());
    let mut text = String::new();
    let pattern = args.text(1);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => text += &format!("{year:04}"),
            Some('y') => text += &format!("{:02}", year.rem_euclid(100)),
            Some('m') => text += &format!("{month:02}"),
            Some('n') => text += &month.to_string(),
            Some('b') => text += &names.month(month),
            Some('d') => text += &format!("{of_month:02}"),
            Some('e') => text += &of_month.to_string(),
            Some('H') => text += &format!("{hours:02}"),
            Some('h') => text += &hours.to_string(),
            Some('M') => text += &format!("{minutes:02}"),
            Some('S') => text += &format!("{seconds:02}"),
            Some('3') => text += &format!("{:03}", clock % 1000),
            Some('a') => text += names.day(civil::weekday(day)),
            Some('%') => text.push('%'),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}
