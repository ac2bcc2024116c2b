//! Decimal text to binary numbers and back, right to the last bit and small.
//!
//! Reading: a number of few digits is one exact product or quotient of two exact numbers (Clinger 1990); any other is
//! divided out in whole numbers of any length and rounded once, halves to even. Writing: the shortest digits that
//! read back as the same number, without an exponent, as XPath 1.0 section 4.2 wants it.

/// The powers of ten that a binary number holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers up to here are held exactly.
const EXACT: u64 = 1 << 53;
/// More digits than these cannot change how a number is rounded, only that it is not exactly half way.
const MOST_DIGITS: usize = 800;

/// Reads `-12.50`: digits with at most one point, a minus before them; nothing else, no exponent, no white space.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |it| (true, it));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty()
        || !(whole.bytes().chain(fraction.bytes())).all(|it| it.is_ascii_digit())
    {
        return None;
    }
    let size = read(whole.as_bytes(), fraction.as_bytes());
    Some(if is_negative { -size } else { size })
}

fn read(whole: &[u8], fraction: &[u8]) -> f64 {
    let digits = || whole.iter().chain(fraction).map(|it| it - b'0').skip_while(|it| *it == 0);
    if whole.len() + fraction.len() <= 19 {
        let mantissa = digits().fold(0u64, |sum, digit| sum * 10 + u64::from(digit));
        if mantissa <= EXACT {
            // Both are exact, so the quotient is rounded once.
            return mantissa as f64 / POWERS[fraction.len()];
        }
    }
    let n_digits = digits().count();
    let mut number = Big::default();
    digits().take(MOST_DIGITS).for_each(|it| number.multiply_add(10, u32::from(it)));
    let n_cut = n_digits.saturating_sub(MOST_DIGITS);
    let exponent = n_cut as i64 - fraction.len() as i64;
    if n_cut > 0 {
        // Not exactly half way: one more digit that is not nought says so.
        number.multiply_add(10, 1);
        return quotient(number, exponent - 1);
    }
    quotient(number, exponent)
}

/// Returns `number` times ten to the power of `exponent`, rounded once.
fn quotient(mut number: Big, exponent: i64) -> f64 {
    if number.n_bits() == 0 {
        return 0.0;
    }
    if exponent > 400 {
        return f64::INFINITY;
    }
    let mut divisor = Big::default();
    divisor.multiply_add(1, 1);
    for _ in 0..exponent {
        number.multiply_add(10, 0);
    }
    for _ in exponent..0 {
        divisor.multiply_add(10, 0);
    }
    // Scaled so that the quotient has at least 65 bits, 12 more than are kept.
    let shift = 66 + divisor.n_bits() as i64 - number.n_bits() as i64;
    if shift > 0 {
        number.shift_left(shift as usize)
    } else {
        divisor.shift_left(-shift as usize)
    }
    let mut found = 0u128;
    for bit in (0..68).rev() {
        let mut part = divisor.clone();
        part.shift_left(bit);
        if number.is_at_least(&part) {
            number.subtract(&part);
            found |= 1 << bit;
        }
    }
    round(found, number.n_bits() > 0, -shift)
}

/// Returns `number` times two to the power of `exponent`; `has_rest` says that a little more was cut off.
fn round(number: u128, has_rest: bool, exponent: i64) -> f64 {
    const LEAST_EXPONENT: i64 = -1074;
    let n_bits = i64::from(128 - number.leading_zeros());
    let n_dropped = (n_bits - 53).max(LEAST_EXPONENT - exponent);
    if n_dropped > n_bits {
        return 0.0;
    }
    let kept = (number >> n_dropped) as u64;
    let (dropped, half) = (number & ((1 << n_dropped) - 1), 1u128 << (n_dropped - 1));
    let goes_up = dropped > half || dropped == half && (has_rest || kept & 1 == 1);
    scale((kept + u64::from(goes_up)) as f64, exponent + n_dropped)
}

/// Multiplies by a power of two in steps that are powers themselves.
fn scale(mut number: f64, exponent: i64) -> f64 {
    let mut rest = exponent;
    while rest != 0 {
        let step = rest.clamp(-1000, 1000);
        number *= f64::from_bits(((1023 + step) as u64) << 52);
        rest -= step;
    }
    number
}

/// A whole number of any length, its lowest digits to the base of 2^32 first.
#[derive(Clone, Default)]
struct Big(Vec<u32>);

impl Big {
    fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn n_bits(&self) -> usize {
        let top = self.0.iter().rposition(|it| *it != 0);
        top.map_or(0, |at| at * 32 + (32 - self.0[at].leading_zeros() as usize))
    }

    fn shift_left(&mut self, n_bits: usize) {
        let within = n_bits % 32;
        if within > 0 {
            self.multiply_add(1 << within, 0);
        }
        self.0.splice(0..0, std::iter::repeat_n(0, n_bits / 32));
    }

    fn digit(&self, at: usize) -> u32 {
        self.0.get(at).copied().unwrap_or(0)
    }

    fn is_at_least(&self, other: &Big) -> bool {
        let longest = self.0.len().max(other.0.len());
        let differing = (0..longest).rev().find(|at| self.digit(*at) != other.digit(*at));
        differing.is_none_or(|at| self.digit(at) > other.digit(at))
    }

    fn subtract(&mut self, other: &Big) {
        let mut borrow = 0i64;
        for at in 0..self.0.len() {
            let difference = i64::from(self.digit(at)) - i64::from(other.digit(at)) + borrow;
            self.0[at] = difference as u32;
            borrow = difference >> 32;
        }
    }
}

/// Appends a finite number without an exponent: `0.0000001`, `1000000000000000000000`.
pub(crate) fn write(number: f64, out: &mut String) {
    if number.abs() < EXACT as f64 && number.trunc() == number {
        return write_whole(number as i64, out);
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(number);
    let (sign, shortest) = shortest.strip_prefix('-').map_or(("", shortest), |it| ("-", it));
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = if fraction == "0" { "" } else { fraction };
    // Where the point stands among the digits, counted from the first.
    let exponent: i64 = exponent.parse().expect("written by a formatter of numbers");
    let point = whole.len() as i64 + exponent;
    let digits = || whole.bytes().chain(fraction.bytes()).map(char::from);
    let n_digits = (whole.len() + fraction.len()) as i64;
    out.push_str(sign);
    if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', -point as usize));
        out.extend(digits().skip(usize::from(whole == "0")));
        return;
    }
    for (at, digit) in (0..).zip(digits()) {
        if at == point {
            out.push('.');
        }
        out.push(digit);
    }
    out.extend(std::iter::repeat_n('0', (point - n_digits).max(0) as usize));
}

fn write_whole(number: i64, out: &mut String) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: f64) -> String {
        let mut text = String::new();
        write(number, &mut text);
        text
    }

    #[test]
    fn reads_as_the_standard_library_does() {
        let mut state = 1u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for _ in 0..20_000 {
            let n_whole = draw() % 25;
            let n_fraction = draw() % 40;
            let mut digits =
                |n: u64| (0..n).map(|_| char::from(b'0' + (draw() % 10) as u8)).collect::<String>();
            let written = format!("{}.{}", digits(n_whole), digits(n_fraction));
            assert_eq!(parse(&written), written.parse().ok(), "{written}");
        }
        for written in ["0", "-0", "9007199254740993", "0.1", "123456789012345678901234567890", ".5", "5."] {
            assert_eq!(parse(written), written.parse().ok(), "{written}");
        }
        let tiny = format!("0.{}4940656458412465", "0".repeat(323));
        assert_eq!(parse(&tiny), Some(5e-324));
        assert_eq!(parse(&format!("1{}", "0".repeat(400))), Some(f64::INFINITY));
        assert_eq!(parse(&format!("0.5{}1", "0".repeat(900))), Some(0.5));
        for wrong in ["", "-", ".", "1e3", " 1", "1.2.3", "+1", "--1", "１"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn writes_the_shortest_digits_without_an_exponent() {
        for (number, expected) in [
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (24334.0, "24334"),
            (-120.0, "-120"),
            (1e21, "1000000000000000000000"),
            (1.5e-7, "0.00000015"),
            (123456.789, "123456.789"),
            (1.5e300, &format!("15{}", "0".repeat(299))),
            (-0.0, "0"),
        ] {
            assert_eq!(text(number), expected);
        }
        let mut bits = 7u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(11);
            let number = f64::from_bits(bits);
            if number.is_finite() {
                // Half way between two shortest texts either will do.
                let (ours, standard) = (text(number), number.to_string());
                assert_eq!((parse(&ours), ours.len()), (Some(number), standard.len()), "{standard}");
            }
        }
    }
}
