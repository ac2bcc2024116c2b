//! The expressions of the generated forms: numbers, absolute paths, `+`, `-`, `*`.

use std::collections::HashMap;

/// An expression over value slots.
#[derive(Debug)]
pub enum Expression {
    Number(f64),
    Slot(usize),
    Operation(Operator, Box<(Expression, Expression)>),
}

/// What two numbers are joined by.
#[derive(Debug, Clone, Copy)]
pub enum Operator {
    Plus,
    Minus,
    Times,
}

/// Returns an expression whose paths are slots; none where it is of another kind.
pub fn parse(text: &str, slots: &HashMap<String, usize>) -> Option<Expression> {
    let mut parser = Parser { rest: text.trim_start(), slots };
    let expression = parser.sum()?;
    parser.rest.is_empty().then_some(expression)
}

impl Expression {
    /// Returns the value; not a number where a slot has none.
    pub fn number(&self, values: &[String]) -> f64 {
        match self {
            Expression::Number(number) => *number,
            Expression::Slot(slot) => values[*slot].trim().parse().unwrap_or(f64::NAN),
            Expression::Operation(operator, sides) => {
                let (left, right) = (sides.0.number(values), sides.1.number(values));
                match operator {
                    Operator::Plus => left + right,
                    Operator::Minus => left - right,
                    Operator::Times => left * right,
                }
            }
        }
    }

    /// Calls with each slot that is read.
    pub fn for_each_slot(&self, call: &mut impl FnMut(usize)) {
        match self {
            Expression::Number(_) => {}
            Expression::Slot(slot) => call(*slot),
            Expression::Operation(_, sides) => {
                sides.0.for_each_slot(call);
                sides.1.for_each_slot(call);
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    slots: &'a HashMap<String, usize>,
}

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Option<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match self.rest.bytes().next() {
                Some(b'+') => Operator::Plus,
                Some(b'-') => Operator::Minus,
                _ => return Some(left),
            };
            self.skip(1);
            left = Expression::Operation(operator, Box::new((left, self.product()?)));
        }
    }

    fn product(&mut self) -> Option<Expression> {
        let mut left = self.operand()?;
        while self.rest.starts_with('*') {
            self.skip(1);
            left = Expression::Operation(Operator::Times, Box::new((left, self.operand()?)));
        }
        Some(left)
    }

    fn operand(&mut self) -> Option<Expression> {
        if self.rest.starts_with('/') {
            let path = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_'));
            return self.slots.get(path).map(|&slot| Expression::Slot(slot));
        }
        self.take(|c| c.is_ascii_digit() || c == '.').parse().ok().map(Expression::Number)
    }

    /// Takes the characters that fit, and the space behind them.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.rest = self.rest[end..].trim_start();
        taken
    }

    fn skip(&mut self, n: usize) {
        self.rest = self.rest[n..].trim_start();
    }
}
