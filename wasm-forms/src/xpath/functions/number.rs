//! Number functions.
//!
//! Invariant: the same bits natively and in WebAssembly. A platform's own sines and powers differ in the last place, so
//! they come from one library for both.

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
        Function::Pow => libm::pow(args.number(0), args.number(1)),
        Function::Sqrt => args.number(0).sqrt(),
        Function::Exp => exp(args.number(0)),
        Function::Exp10 => libm::pow(10.0, args.number(0)),
        Function::Log => libm::log(args.number(0)),
        Function::Log10 => libm::log10(args.number(0)),
        Function::Pi => std::f64::consts::PI,
        Function::Sin => libm::sin(args.number(0)),
        Function::Cos => libm::cos(args.number(0)),
        Function::Tan => libm::tan(args.number(0)),
        Function::Asin => libm::asin(args.number(0)),
        Function::Acos => libm::acos(args.number(0)),
        Function::Atan => libm::atan(args.number(0)),
        Function::Atan2 => libm::atan2(args.number(0), args.number(1)),
        Function::Sum => sum(args),
        Function::Min => extreme(args, f64::min),
        Function::Max => extreme(args, f64::max),
        // 53 random bits, all that a fraction holds.
        Function::Random => (args.cx.world.draw() >> 11) as f64 / (1u64 << 53) as f64,
        _ => f64::NAN,
    }
}

/// The exponential function, within 0.6 units of the last place: the library's is off by one where JavaScript's is not,
/// at 1 for one.
fn exp(x: f64) -> f64 {
    // ln 2 in two parts; whole multiples of the first are exact.
    const LN2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    if !(-745.2..=709.79).contains(&x) {
        return if x.is_nan() {
            x
        } else if x > 0.0 {
            f64::INFINITY
        } else {
            0.0
        };
    }
    // e^x is 2^k e^r, and r small.
    let k = (x * std::f64::consts::LOG2_E).round();
    let (near, correction) = (x - k * LN2[0], k * LN2[1]);
    let r = near - correction;
    let lost = (near - r) - correction;
    // e^r is 1 + r + r² (1/2 + r/6 + …); what the sum of the first two loses is added to the small rest.
    let rest = (3..=14).rev().fold(1.0, |sum, n| 1.0 + sum * r / f64::from(n)) * r * r / 2.0;
    let whole = 1.0 + r;
    let rounded = r - (whole - 1.0);
    libm::scalbn(whole + (rounded + lost + rest), k as i32)
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

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn the_exponential_function_is_right_to_the_last_place() {
        // Correctly rounded values.
        let cases = [
            (0.0, 1.0),
            (1.0, std::f64::consts::E),
            (-1.0, 0.367_879_441_171_442_33),
            (2.0, 7.389_056_098_930_65),
            (0.5, 1.648_721_270_700_128_2),
            (10.0, 22_026.465_794_806_718),
            (-20.0, 2.061_153_622_438_558e-9),
            (100.0, 2.688_117_141_816_135_4e43),
            (709.0, 8.218_407_461_554_972e307),
            (-745.0, 5e-324),
            (710.0, f64::INFINITY),
            (-746.0, 0.0),
        ];
        for (x, expected) in cases {
            assert_eq!(exp(x), expected, "exp({x})");
        }
        assert!(exp(f64::NAN).is_nan());
        assert_eq!([exp(f64::INFINITY), exp(f64::NEG_INFINITY)], [f64::INFINITY, 0.0]);
    }
}
