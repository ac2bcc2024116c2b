//! Date functions: civil dates in whole days, moments in milliseconds, the visit's UTC offset from `Env`.

use super::{Arguments, Function};
use crate::xpath::civil::{self, DAY_MS};
use crate::xpath::{Value, World};

pub(super) fn call(function: Function, args: &Arguments<'_>) -> Option<Value> {
    let world = args.cx.world;
    let env = world.env();
    Some(match function {
        Function::Today => Value::Date(civil::day_of(env.now_ms, env.offset_min)),
        Function::Now => Value::Moment(env.now_ms),
        Function::Date => date(args.value(0), world).map_or_else(Value::empty, Value::Date),
        Function::DateTime => moment(args.value(0), world).map_or_else(Value::empty, Value::Moment),
        Function::DecimalDateTime => Value::Number(decimal(&args.value(0), world)),
        Function::DecimalTime => Value::Number(decimal_time(&args.text(0), env.offset_min)),
        Function::FormatDate | Function::FormatDateTime => Value::Text(format(args)),
        _ => return None,
    })
}

fn date(value: Value, world: &dyn World) -> Option<i64> {
    let offset_min = world.env().offset_min;
    match value {
        Value::Date(days) => Some(days),
        Value::Moment(ms) => Some(civil::day_of(ms, offset_min)),
        Value::Number(days) if days.is_finite() => Some(days.floor() as i64),
        Value::Number(_) | Value::Boolean(_) => None,
        text => {
            let text = text.into_text(world);
            civil::parse_date(&text)
                .or_else(|| civil::parse_moment(&text, offset_min).map(|ms| civil::day_of(ms, offset_min)))
                .or_else(|| {
                    text.trim().parse::<f64>().ok().filter(|it| it.is_finite()).map(|it| it.floor() as i64)
                })
        }
    }
}

fn moment(value: Value, world: &dyn World) -> Option<i64> {
    let offset_min = world.env().offset_min;
    let midnight = |days: i64| days * DAY_MS - i64::from(offset_min) * 60_000;
    match value {
        Value::Date(days) => Some(midnight(days)),
        Value::Moment(ms) => Some(ms),
        Value::Number(days) if days.is_finite() => Some((days * DAY_MS as f64).round() as i64),
        Value::Number(_) | Value::Boolean(_) => None,
        text => {
            let text = text.into_text(world);
            civil::parse_moment(&text, offset_min).or_else(|| civil::parse_date(&text).map(midnight))
        }
    }
}

/// Days since 1970-01-01: whole for a civil date, with a fraction for a moment.
fn decimal(value: &Value, world: &dyn World) -> f64 {
    match value {
        Value::Text(_) | Value::Nodes(_) => {
            let text = value.to_text(world);
            match civil::parse_date(&text) {
                Some(days) => days as f64,
                None => civil::parse_moment(&text, world.env().offset_min)
                    .map_or(f64::NAN, |ms| ms as f64 / DAY_MS as f64),
            }
        }
        other => other.to_number(world),
    }
}

/// The fraction of its civil day that a moment or clock time stands at.
fn decimal_time(text: &str, offset_min: i32) -> f64 {
    let fraction = |ms: i64| ms as f64 / DAY_MS as f64;
    if text.contains('T') {
        return civil::parse_moment(text, offset_min)
            .map_or(f64::NAN, |ms| fraction((ms + i64::from(offset_min) * 60_000).rem_euclid(DAY_MS)));
    }
    civil::split_offset(text).and_then(|(clock, _)| civil::parse_clock(clock)).map_or(f64::NAN, fraction)
}

fn format(args: &Arguments<'_>) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let world = args.cx.world;
    let Some(ms) = moment(args.value(0), world) else { return String::new() };
    let local = ms + i64::from(world.env().offset_min) * 60_000;
    let (day, clock) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    let (year, month, of_month) = civil::date(day);
    let (hours, minutes, seconds) = (clock / 3_600_000, clock / 60_000 % 60, clock / 1000 % 60);
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
            Some('b') => text += MONTHS[(month - 1) as usize],
            Some('d') => text += &format!("{of_month:02}"),
            Some('e') => text += &of_month.to_string(),
            Some('H') => text += &format!("{hours:02}"),
            Some('h') => text += &hours.to_string(),
            Some('M') => text += &format!("{minutes:02}"),
            Some('S') => text += &format!("{seconds:02}"),
            Some('3') => text += &format!("{:03}", clock % 1000),
            Some('a') => text += DAYS[civil::weekday(day) as usize],
            Some('%') => text.push('%'),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}
