//! Whether a condition can hold at all, as far as its comparisons with constants show.
//!
//! A condition is taken apart into ways to hold, each a row of comparisons that hold together. It never holds if in
//! each of them something contradicts itself, and it always holds if its opposite never does. What cannot be seen
//! through (node-sets, chance, functions of other things) may be as it likes: the answer is then `Open`, never a
//! wrong one.

use super::span::Span;
use crate::xpath::ast::{Comparison, Operator};
use crate::xpath::functions::Gives;
use crate::xpath::{Expr, Function, civil};

/// Most ways to hold that are looked at.
const MOST_WAYS: usize = 256;

/// What a condition can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Always,
    Never,
    Open,
}

/// What is known of the values in a form.
pub(super) trait Facts {
    /// Returns the numbers an expression can have, and whether it surely is a number.
    fn numbers(&self, expr: &Expr) -> (Span, bool);
    /// Returns whether a path leads to one node at most.
    fn is_single(&self, path: &Expr) -> bool;
    /// Returns whether the expression may be empty text.
    fn may_be_empty(&self, expr: &Expr) -> bool;
    /// Returns whether the answer holds one word at most.
    fn is_one_word(&self, expr: &Expr) -> bool;
}

/// Judges a condition.
pub(super) fn judge(expr: &Expr, facts: &impl Facts) -> Truth {
    if !can_be(expr, true, facts) {
        Truth::Never
    } else if !can_be(expr, false, facts) {
        Truth::Always
    } else {
        Truth::Open
    }
}

fn can_be(expr: &Expr, wanted: bool, facts: &impl Facts) -> bool {
    match ways(expr, wanted, facts) {
        Some(ways) => ways.iter().any(|it| is_possible(it, facts)),
        None => true,
    }
}

/// What is compared with a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Subject<'a> {
    Of(&'a Expr),
    /// The first less the second.
    Difference(&'a Expr, &'a Expr),
}

/// A statement that holds, or whose opposite does where `holds` is false.
#[derive(Debug, Clone, Copy)]
struct Statement<'a> {
    subject: Subject<'a>,
    says: Says<'a>,
    holds: bool,
}

#[derive(Debug, Clone, Copy)]
enum Says<'a> {
    Number(Comparison, f64),
    IsText(&'a str),
    HasWord(&'a str),
    /// Something about the subject that is not looked into.
    True,
}

type Way<'a> = Vec<Statement<'a>>;

/// Returns the ways in which an expression is `wanted`; nothing where there are too many.
fn ways<'a>(expr: &'a Expr, wanted: bool, facts: &impl Facts) -> Option<Vec<Way<'a>>> {
    let either = |a: &'a Expr, b: &'a Expr| {
        let mut all = ways(a, wanted, facts)?;
        all.extend(ways(b, wanted, facts)?);
        (all.len() <= MOST_WAYS).then_some(all)
    };
    match expr {
        Expr::Or(a, b) if wanted => either(a, b),
        Expr::And(a, b) if !wanted => either(a, b),
        Expr::Or(a, b) | Expr::And(a, b) => together(ways(a, wanted, facts)?, ways(b, wanted, facts)?),
        Expr::Call(Function::Not, arguments) => ways(&arguments[0], !wanted, facts),
        Expr::Call(Function::Boolean, arguments) if arguments[0].gives() == Gives::Boolean => {
            ways(&arguments[0], wanted, facts)
        }
        Expr::Call(Function::True, _) => Some(constant(wanted)),
        Expr::Call(Function::False, _) => Some(constant(!wanted)),
        Expr::Call(Function::If, arguments) => {
            let [condition, then, otherwise] = &arguments[..] else { return None };
            let mut all = together(ways(condition, true, facts)?, ways(then, wanted, facts)?)?;
            all.extend(together(ways(condition, false, facts)?, ways(otherwise, wanted, facts)?)?);
            (all.len() <= MOST_WAYS).then_some(all)
        }
        Expr::Number(number) => Some(constant((*number != 0.0 && !number.is_nan()) == wanted)),
        Expr::Text(text) => Some(constant(text.is_empty() != wanted)),
        Expr::Compare(comparison, a, b) => Some(compare(*comparison, a, b, wanted, facts)),
        Expr::Call(Function::Selected, arguments) => match &arguments[..] {
            [subject, Expr::Text(word)] if is_fixed(subject, facts) && !word.contains(' ') => {
                let says = Says::HasWord(word);
                Some(vec![vec![Statement { subject: Subject::Of(subject), says, holds: wanted }]])
            }
            _ => Some(opaque(expr, wanted)),
        },
        _ => Some(opaque(expr, wanted)),
    }
}

/// The ways of what is so or not whatever is answered.
fn constant<'a>(holds: bool) -> Vec<Way<'a>> {
    if holds { vec![Vec::new()] } else { Vec::new() }
}

fn opaque(expr: &Expr, holds: bool) -> Vec<Way<'_>> {
    // What is drawn twice may come out differently.
    if draws(expr) {
        return anything();
    }
    vec![vec![Statement { subject: Subject::Of(expr), says: Says::True, holds }]]
}

fn together<'a>(left: Vec<Way<'a>>, right: Vec<Way<'a>>) -> Option<Vec<Way<'a>>> {
    if left.len() * right.len() > MOST_WAYS {
        return None;
    }
    let join = |a: &Way<'a>| right.iter().map(|b| [&a[..], &b[..]].concat()).collect::<Vec<_>>();
    Some(left.iter().flat_map(join).collect())
}

fn compare<'a>(
    comparison: Comparison,
    a: &'a Expr,
    b: &'a Expr,
    wanted: bool,
    facts: &impl Facts,
) -> Vec<Way<'a>> {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if let (Some(a), Some(b)) = (value(a), value(b)) {
        return match (a, b) {
            (Constant::Text(a), Constant::Text(b)) if is_equality => {
                constant(((a == b) == (comparison == Comparison::Equal)) == wanted)
            }
            (a, b) => constant(holds(comparison, a.number(), b.number()) == wanted),
        };
    }
    let (subject, other, comparison) =
        if value(a).is_some() { (b, a, turned(comparison)) } else { (a, b, comparison) };
    if !is_fixed(subject, facts) {
        return anything();
    }
    let statement = |says| vec![vec![Statement { subject: Subject::Of(subject), says, holds: wanted }]];
    match value(other) {
        Some(Constant::Text(text)) if is_equality => {
            let holds = (comparison == Comparison::Equal) == wanted;
            vec![vec![Statement { subject: Subject::Of(subject), says: Says::IsText(text), holds }]]
        }
        // Dates as text are compared as moments.
        Some(Constant::Text(text)) if text.parse::<f64>().is_err() => anything(),
        Some(constant) => statement(Says::Number(comparison, constant.number())),
        None if is_fixed(other, facts) => {
            let is_turned = format!("{subject:?}") > format!("{other:?}");
            let (first, second) = if is_turned { (other, subject) } else { (subject, other) };
            let comparison = if is_turned { turned(comparison) } else { comparison };
            let subject = Subject::Difference(first, second);
            vec![vec![Statement { subject, says: Says::Number(comparison, 0.0), holds: wanted }]]
        }
        None => anything(),
    }
}

/// The ways of what may be as it likes.
fn anything<'a>() -> Vec<Way<'a>> {
    vec![Vec::new()]
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

fn holds(comparison: Comparison, a: f64, b: f64) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        Comparison::Less => a < b,
        Comparison::LessOrEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
    }
}

/// A value that stands in the expression itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Constant<'a> {
    Number(f64),
    Text(&'a str),
}

impl Constant<'_> {
    fn number(self) -> f64 {
        match self {
            Constant::Number(number) => number,
            Constant::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        }
    }
}

/// Returns the value of an expression that depends on nothing.
pub(super) fn value(expr: &Expr) -> Option<Constant<'_>> {
    let number = |it: &Expr| value(it).map(Constant::number);
    let found = match expr {
        Expr::Text(text) => return Some(Constant::Text(text)),
        Expr::Number(number) => *number,
        Expr::Negate(a) => -number(a)?,
        Expr::Arithmetic(operator, a, b) => {
            let (a, b) = (number(a)?, number(b)?);
            match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Modulo => a % b,
            }
        }
        Expr::Call(Function::Number, arguments) if arguments.len() == 1 => number(&arguments[0])?,
        Expr::Call(Function::Date, arguments) => match &arguments[0] {
            Expr::Text(text) => civil::parse_date(text)? as f64,
            _ => return None,
        },
        _ => return None,
    };
    Some(Constant::Number(found))
}

/// Returns whether an expression has one value while nothing is answered.
fn is_fixed(expr: &Expr, facts: &impl Facts) -> bool {
    match expr {
        Expr::Path(_) => facts.is_single(expr),
        Expr::Call(..) | Expr::Arithmetic(..) | Expr::Negate(_) => {
            matches!(expr.gives(), Gives::Number | Gives::Text | Gives::Time) && !draws(expr)
        }
        _ => false,
    }
}

fn draws(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |it| found |= matches!(it, Expr::Call(function, _) if function.draws()));
    found
}

/// Returns whether all statements can hold together.
fn is_possible(way: &[Statement<'_>], facts: &impl Facts) -> bool {
    way.iter().enumerate().all(|(index, it)| {
        // Each subject is looked at once, where it comes first.
        let is_first = way[..index].iter().all(|other| other.subject != it.subject);
        let about: Vec<&Statement<'_>> = way.iter().filter(|other| other.subject == it.subject).collect();
        !is_first || agrees(it.subject, &about, facts)
    })
}

/// Returns whether statements about one subject can hold together.
fn agrees(subject: Subject<'_>, about: &[&Statement<'_>], facts: &impl Facts) -> bool {
    let text_of = |wanted: bool| {
        about.iter().filter(move |it| it.holds == wanted).filter_map(|it| match it.says {
            Says::IsText(text) => Some(text),
            _ => None,
        })
    };
    let words = |wanted: bool| {
        about.iter().filter(move |it| it.holds == wanted).filter_map(|it| match it.says {
            Says::HasWord(word) => Some(word),
            _ => None,
        })
    };
    let is_true = |wanted: bool| about.iter().any(|it| it.holds == wanted && matches!(it.says, Says::True));
    if is_true(true) && is_true(false) {
        return false;
    }
    let may_be_empty = match subject {
        Subject::Of(expr) => facts.may_be_empty(expr),
        Subject::Difference(..) => true,
    };
    if let Some(text) = text_of(true).next() {
        let number = Constant::Text(text).number();
        return (may_be_empty || !text.is_empty())
            && about.iter().all(|it| {
                let is_so = match it.says {
                    Says::Number(comparison, bound) => holds(comparison, number, bound),
                    Says::IsText(other) => other == text,
                    Says::HasWord(word) => text.split_whitespace().any(|it| it == word),
                    Says::True => it.holds,
                };
                is_so == it.holds
            });
    }
    let one_word = matches!(subject, Subject::Of(expr) if facts.is_one_word(expr));
    let contradicts = |word: &str| {
        words(false).any(|it| it == word)
            || one_word && (words(true).any(|it| it != word) || text_of(false).any(|it| it == word))
    };
    !words(true).any(contradicts) && (words(true).next().is_some() || has_number(subject, about, facts))
}

/// Returns whether a number, or no number at all, fits every comparison.
fn has_number(subject: Subject<'_>, about: &[&Statement<'_>], facts: &impl Facts) -> bool {
    let (mut span, is_number) = match subject {
        Subject::Of(expr) => facts.numbers(expr),
        Subject::Difference(..) => (Span::all(), false),
    };
    let mut wants_number = is_number;
    for it in about {
        let Says::Number(comparison, bound) = it.says else { continue };
        // What is no number is unequal to every number, and neither less nor greater.
        wants_number |= (comparison == Comparison::NotEqual) != it.holds;
        if bound.is_nan() {
            if it.holds == (comparison != Comparison::NotEqual) {
                return false;
            }
            continue;
        }
        span.keep(if it.holds { comparison } else { opposite(comparison) }, bound);
    }
    !wants_number || !span.is_empty()
}
