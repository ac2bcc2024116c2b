//! Aggregates that are kept up to date: a sum over a thousand instances costs one addition when one of them changes.
//!
//! A tally is made the first time somebody asks for it and follows every change from then on. Whether it is kept or
//! made anew, the value is the same: sums are exact until they are read.

use std::collections::BTreeMap;

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
    /// How often each number occurs, in order; for extremes only.
    numbers: BTreeMap<Ordered, u32>,
}

/// A number that is not NaN, by size.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
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
                Aggregate::Min | Aggregate::Max => *self.numbers.entry(Ordered(number)).or_default() += 1,
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
                Aggregate::Min | Aggregate::Max => self.forget(number),
                Aggregate::Count | Aggregate::CountNonEmpty => {}
            }
        }
    }

    fn forget(&mut self, number: f64) {
        if let Some(n) = self.numbers.get_mut(&Ordered(number)) {
            *n -= 1;
            if *n == 0 {
                self.numbers.remove(&Ordered(number));
            }
        }
    }

    /// Returns the value; absent for a sum that cannot be kept exactly and has to be added up in order.
    pub fn value(&self, aggregate: Aggregate) -> Option<f64> {
        let extreme = |it: Option<(&Ordered, &u32)>| {
            if self.n_not_numbers + self.n_empty > 0 {
                f64::NAN
            } else {
                it.map_or(f64::NAN, |(number, _)| number.0)
            }
        };
        Some(match aggregate {
            Aggregate::Sum if self.n_not_numbers + self.n_empty > 0 => f64::NAN,
            Aggregate::Sum => self.sum.value()?,
            Aggregate::Count => f64::from(self.n_nodes),
            Aggregate::CountNonEmpty => f64::from(self.n_nodes - self.n_empty),
            Aggregate::Min => extreme(self.numbers.first_key_value()),
            Aggregate::Max => extreme(self.numbers.last_key_value()),
        })
    }
}
