//! Numbers from one bound to another, single ones left out: what a row of comparisons leaves.

use crate::xpath::ast::Comparison;

/// The numbers an expression can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    low: f64,
    high: f64,
    is_low_open: bool,
    is_high_open: bool,
    /// Numbers left out.
    holes: Vec<f64>,
    /// Whether all of them are whole.
    is_whole: bool,
}

/// Most whole numbers between two bounds that are looked at one by one.
const MOST_SINGLE: f64 = 1000.0;

impl Span {
    pub(super) fn all() -> Self {
        Self::between(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// Returns the numbers from `low` to `high`, both included.
    pub(super) fn between(low: f64, high: f64) -> Self {
        Self { low, high, is_low_open: false, is_high_open: false, holes: Vec::new(), is_whole: false }
    }

    pub(super) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// Keeps the numbers for which the comparison with `bound` holds.
    pub(super) fn keep(&mut self, comparison: Comparison, bound: f64) {
        match comparison {
            Comparison::Equal => {
                self.keep(Comparison::LessOrEqual, bound);
                self.keep(Comparison::GreaterOrEqual, bound);
            }
            Comparison::NotEqual => self.holes.push(bound),
            Comparison::Less if bound <= self.high => (self.high, self.is_high_open) = (bound, true),
            Comparison::LessOrEqual if bound < self.high => (self.high, self.is_high_open) = (bound, false),
            Comparison::Greater if bound >= self.low => (self.low, self.is_low_open) = (bound, true),
            Comparison::GreaterOrEqual if bound > self.low => (self.low, self.is_low_open) = (bound, false),
            _ => {}
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let is_hole = |number: f64| self.holes.contains(&number);
        if self.is_whole {
            let first = if self.is_low_open { self.low.floor() + 1.0 } else { self.low.ceil() };
            let last = if self.is_high_open { self.high.ceil() - 1.0 } else { self.high.floor() };
            let n_between = last - first;
            return first > last
                || n_between < MOST_SINGLE
                    && (0..=n_between as u32).all(|it| is_hole(first + f64::from(it)));
        }
        self.low > self.high
            || self.low == self.high && (self.is_low_open || self.is_high_open || is_hole(self.low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_when_nothing_is_left() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let check = |span: Span, comparisons: &[(Comparison, f64)], expected| {
            let mut span = span;
            comparisons.iter().for_each(|(it, bound)| span.keep(*it, *bound));
            assert_eq!(span.is_empty(), expected, "{comparisons:?}");
        };
        check(Span::all(), &[(Greater, 10.0), (Less, 5.0)], true);
        check(Span::all(), &[(Greater, 5.0), (Less, 10.0)], false);
        check(Span::all(), &[(GreaterOrEqual, 5.0), (LessOrEqual, 5.0)], false);
        check(Span::all(), &[(GreaterOrEqual, 5.0), (LessOrEqual, 5.0), (NotEqual, 5.0)], true);
        check(Span::all(), &[(GreaterOrEqual, 5.0), (Less, 5.0)], true);
        check(Span::all(), &[(Equal, 1.0), (Equal, 2.0)], true);
        check(Span::all(), &[(Greater, 1.0), (Less, 2.0)], false);
        check(Span::all().whole(), &[(Greater, 1.0), (Less, 2.0)], true);
        check(Span::all().whole(), &[(GreaterOrEqual, 1.0), (Less, 2.0), (NotEqual, 1.0)], true);
        check(Span::between(0.0, 10.0), &[(Less, 0.0)], true);
        check(Span::between(0.0, 10.0), &[(Greater, 10.0)], true);
        check(Span::between(0.0, 10.0), &[(LessOrEqual, 0.0)], false);
    }
}
