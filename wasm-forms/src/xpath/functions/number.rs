//! Number functions.

use super::{Arguments, Function};
use crate::xpath::Value;
use crate::xpath::value::text_number;

pub(super) fn call(function: Function, args: &Arguments<'_>) -> Option<Value> {
    let number = match function {
        Function::Number if args.len() == 0 => text_number(&args.cx.world.text(args.cx.node)),
        Function::Number => args.number(0),
        Function::Int => args.number(0).trunc(),
        Function::Floor => args.number(0).floor(),
        Function::Ceiling => args.number(0).ceil(),
        Function::Round if args.len() == 2 => round_to(args.number(0), args.number(1)),
        Function::Round => round(args.number(0)),
        Function::Abs => args.number(0).abs(),
        Function::Pow => args.number(0).powf(args.number(1)),
        Function::Sqrt => args.number(0).sqrt(),
        Function::Exp => args.number(0).exp(),
        Function::Exp10 => 10f64.powf(args.number(0)),
        Function::Log => args.number(0).ln(),
        Function::Log10 => args.number(0).log10(),
        Function::Pi => std::f64::consts::PI,
        Function::Sin => args.number(0).sin(),
        Function::Cos => args.number(0).cos(),
        Function::Tan => args.number(0).tan(),
        Function::Asin => args.number(0).asin(),
        Function::Acos => args.number(0).acos(),
        Function::Atan => args.number(0).atan(),
        Function::Atan2 => args.number(0).atan2(args.number(1)),
        Function::Sum => args.texts(0).iter().map(|it| text_number(it)).sum(),
        Function::Min => extreme(args, f64::min),
        Function::Max => extreme(args, f64::max),
        _ => return None,
    };
    Some(Value::Number(number))
}

/// XPath's rounding: halves go up.
fn round(number: f64) -> f64 {
    if number.fract() == -0.5 { number.ceil() } else { number.round() }
}

fn round_to(number: f64, places: f64) -> f64 {
    let places = places.trunc().clamp(-300.0, 300.0) as i32;
    let factor = 10f64.powi(places);
    let scaled = round(number * factor) / factor;
    if scaled.is_finite() { scaled } else { number }
}

/// The least or greatest of all values; empty ones do not count, text that is no number spoils the result.
fn extreme(args: &Arguments<'_>, choose: fn(f64, f64) -> f64) -> f64 {
    let numbers = args.texts(0).into_iter().filter(|it| !it.trim().is_empty()).map(|it| text_number(&it));
    numbers.reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { choose(a, b) }).unwrap_or(f64::NAN)
}
