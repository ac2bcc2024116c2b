//! Aggregates that are kept up to date: a sum over a thousand instances costs one addition when one of them changes.
//!
//! A tally is made the first time somebody asks for it and follows every change from then on. Whether it is kept or
//! made anew, the value is the same: sums are exact until they are read.

use crate::hash::FastMap;
use crate::xpath::sum::ExactSum;

/// What an aggregate tells of the nodes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Count,
    CountNonEmpty,
    Min,
    Max,
}

/// The contributions of all nodes of one aggregate in one frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    n_nodes: u32,
    n_empty: u32,
    n_not_numbers: u32,
    sum: ExactSum,
    /// How often each number occurs, by its bits; for extremes only.
    numbers: FastMap<u64, u32>,
    /// The extreme of those, where there are any.
    extreme: Option<f64>,
}

impl Tally {
    pub fn add(&mut self, aggregate: Aggregate, is_empty: bool, number: f64) {
        self.n_nodes += 1;
        if is_empty {
            self.n_empty += 1;
        } else if number.is_nan() {
            self.n_not_numbers += 1;
        } else {
            match aggregate {
                Aggregate::Sum => self.sum.add(number),
                Aggregate::Min | Aggregate::Max => self.note(aggregate, number),
                Aggregate::Count | Aggregate::CountNonEmpty => {}
            }
        }
    }

    pub fn take(&mut self, aggregate: Aggregate, is_empty: bool, number: f64) {
        self.n_nodes -= 1;
        if is_empty {
            self.n_empty -= 1;
        } else if number.is_nan() {
            self.n_not_numbers -= 1;
        } else {
            match aggregate {
                Aggregate::Sum => self.sum.take(number),
                Aggregate::Min | Aggregate::Max => self.forget(aggregate, number),
                Aggregate::Count | Aggregate::CountNonEmpty => {}
            }
        }
    }

    fn note(&mut self, aggregate: Aggregate, number: f64) {
        *self.numbers.entry(number.to_bits()).or_default() += 1;
        self.extreme = Some(self.extreme.map_or(number, |it| further(aggregate, it, number)));
    }

    /// Where the last of the extreme goes, another is looked for among all.
    fn forget(&mut self, aggregate: Aggregate, number: f64) {
        let bits = number.to_bits();
        let Some(n) = self.numbers.get_mut(&bits) else { return };
        *n -= 1;
        if *n == 0 {
            self.numbers.remove(&bits);
            if self.extreme.map(f64::to_bits) == Some(bits) {
                let left = self.numbers.keys().map(|it| f64::from_bits(*it));
                self.extreme = left.reduce(|a, b| further(aggregate, a, b));
            }
        }
    }

    /// Returns the value; absent for a sum that cannot be kept exactly and has to be added up in order.
    pub fn value(&self, aggregate: Aggregate) -> Option<f64> {
        Some(match aggregate {
            Aggregate::Sum if self.n_not_numbers + self.n_empty > 0 => f64::NAN,
            Aggregate::Sum => self.sum.value()?,
            Aggregate::Count => f64::from(self.n_nodes),
            Aggregate::CountNonEmpty => f64::from(self.n_nodes - self.n_empty),
            Aggregate::Min | Aggregate::Max if self.n_not_numbers + self.n_empty > 0 => f64::NAN,
            Aggregate::Min | Aggregate::Max => self.extreme.unwrap_or(f64::NAN),
        })
    }
}

/// Returns the smaller or the larger of two numbers; zero is larger than its negative.
fn further(aggregate: Aggregate, a: f64, b: f64) -> f64 {
    if a.total_cmp(&b).is_lt() == (aggregate == Aggregate::Min) { a } else { b }
}
