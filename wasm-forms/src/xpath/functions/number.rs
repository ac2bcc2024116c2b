//! Number functions.

use super::{Arguments, Function};

pub(super) fn number(function: Function, args: &Arguments<'_>) -> f64 {
    match function {
        Function::Number if args.len() == 0 => args.cx.world.number(args.cx.node),
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
        Function::Sum => sum(args),
        Function::Min => extreme(args, f64::min),
        Function::Max => extreme(args, f64::max),
        // 53 random bits, all that a fraction holds.
        Function::Random => (args.cx.world.draw() >> 11) as f64 / (1u64 << 53) as f64,
        _ => f64::NAN,
    }
}

/// XPath's rounding: halves go up.
fn round(number: f64) -> f64 {
    if number.fract() == -0.5 { number.ceil() } else { number.round() }
}

/// Rounds to decimal places, or to tens and hundreds where they are negative; halves go away from zero.
fn round_to(number: f64, places: f64) -> f64 {
    let places = if places.is_nan() { 0 } else { places.trunc().clamp(-300.0, 300.0) as i32 };
    let factor = 10f64.powi(places.abs());
    let rounded =
        if places < 0 { (number / factor).round() * factor } else { (number * factor).round() / factor };
    if rounded.is_finite() { rounded } else { number }
}

/// The sum of all nodes; one that is empty or no number spoils it, as XPath 1.0 says.
fn sum(args: &Arguments<'_>) -> f64 {
    crate::xpath::sum::sum(args.nodes(0).iter().map(|it| args.cx.world.number(*it)))
}

/// The least or greatest of all values; one that is empty or no number spoils the result, as XPath 3.0 says.
fn extreme(args: &Arguments<'_>, choose: fn(f64, f64) -> f64) -> f64 {
    let mut found: Option<f64> = None;
    args.each_number(&mut |it| {
        found =
            Some(found.map_or(it, |so_far| {
                if so_far.is_nan() || it.is_nan() { f64::NAN } else { choose(so_far, it) }
            }));
    });
    found.unwrap_or(f64::NAN)
}
