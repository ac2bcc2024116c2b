//! Sums that do not depend on the order of their addends.
//!
//! Addends are kept in fixed point of 68 binary places in 128 bits, so that adding and taking away again is exact;
//! the sum is rounded once, when it is read. For two addends that is what IEEE 754 gives. Addends finer or larger
//! than fit are counted, and while there are any the sum has to be added up in order by whoever has the addends.

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ExactSum {
    fixed: i128,
    n_outside: u32,
}

/// Binary places behind the point.
const PLACES: i32 = 68;
/// Addends are below 2^38 in size, so that two million of them fit.
const LARGEST: f64 = 274_877_906_944.0;

impl ExactSum {
    pub fn add(&mut self, number: f64) {
        match fixed_point(number) {
            Some(it) => self.fixed = self.fixed.wrapping_add(it),
            None => self.n_outside += 1,
        }
    }

    pub fn take(&mut self, number: f64) {
        match fixed_point(number) {
            Some(it) => self.fixed = self.fixed.wrapping_sub(it),
            None => self.n_outside = self.n_outside.saturating_sub(1),
        }
    }

    /// Returns the sum, or nothing while an addend does not fit.
    pub fn value(&self) -> Option<f64> {
        (self.n_outside == 0).then(|| self.fixed as f64 / (1i128 << PLACES) as f64)
    }
}

/// Returns the sum of numbers: exact where they all fit, else added up in order.
pub(crate) fn sum(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let mut exact = ExactSum::default();
    numbers.clone().for_each(|it| exact.add(it));
    exact.value().unwrap_or_else(|| numbers.sum())
}

fn fixed_point(number: f64) -> Option<i128> {
    if number == 0.0 {
        return Some(0);
    }
    if number.abs() >= LARGEST || !number.is_finite() {
        return None;
    }
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1075;
    let mantissa = (bits & 0x000f_ffff_ffff_ffff | 0x0010_0000_0000_0000) as i128;
    let shift = exponent + PLACES;
    let trailing = mantissa.trailing_zeros() as i32;
    let size = if shift >= 0 {
        mantissa << shift
    } else if -shift <= trailing {
        mantissa >> -shift
    } else {
        return None;
    };
    Some(if number < 0.0 { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_forgets_what_is_taken_away() {
        let mut sum = ExactSum::default();
        [0.1, 0.2, 1e9, -3.5].into_iter().for_each(|it| sum.add(it));
        [1e9, -3.5].into_iter().for_each(|it| sum.take(it));
        assert_eq!(sum.value(), Some(0.1 + 0.2));
        sum.add(1e300);
        assert_eq!(sum.value(), None);
        sum.take(1e300);
        assert_eq!(sum.value(), Some(0.1 + 0.2));
        [0.1, 0.2].into_iter().for_each(|it| sum.take(it));
        assert_eq!(sum.value(), Some(0.0));
    }

    #[test]
    fn the_order_does_not_matter() {
        let numbers = [0.1, 0.7, 1e6, 0.3, -1e6, 12.34];
        let forwards = sum(numbers.iter().copied());
        assert_eq!(forwards.to_bits(), sum(numbers.iter().rev().copied()).to_bits());
        assert!((forwards - 13.44).abs() < 1e-9);
        assert_eq!(sum([1e300, 1.0].into_iter()), 1e300);
    }
}
