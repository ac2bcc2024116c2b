//! Comparisons (XPath 1.0, section 3.4), with dates: where one side is a date or a moment, both are compared as
//! civil days, a moment with the fraction that has passed of its day. So `today() <= now()` holds at any hour in
//! any time zone. Texts that spell a moment are read the same way by `<` and `>`.
//!
//! A path to one node that is hidden is compared as the empty text, as if the question had been left empty: then
//! `${b} = ''` and `${b} != 'yes'` hold. The specification has such a node read as empty, and so do all of ODK's
//! clients. A node-set that may have any number of nodes and has none stays what XPath says: no comparison holds.
//!
//! By `<` and `>` a boolean is compared with the values of the nodes, not with whether there are any: so do all of
//! ODK's clients.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ast::{Comparison, Expr};
use super::eval::{self, Context};
use super::functions::Gives;
use super::value::text_number;
use super::{Node, Value, World, civil};

pub(super) fn compare(comparison: Comparison, a: &Expr, b: &Expr, cx: &Context<'_>) -> bool {
    match (a.gives(), b.gives()) {
        (Gives::Number, Gives::Number) => holds(comparison, eval::number(a, cx), eval::number(b, cx)),
        (Gives::Boolean, Gives::Boolean) => {
            let number = |it| f64::from(u8::from(eval::boolean(it, cx)));
            holds(comparison, number(a), number(b))
        }
        (Gives::Text, Gives::Text) => texts(comparison, &eval::text(a, cx), &eval::text(b, cx), cx.world),
        (Gives::Nodes, Gives::Number) => {
            let b = eval::number(b, cx);
            any(a, cx, &mut |it| holds(comparison, number_of(it, cx.world), b))
        }
        (Gives::Number, Gives::Nodes) => {
            let a = eval::number(a, cx);
            any(b, cx, &mut |it| holds(comparison, a, number_of(it, cx.world)))
        }
        (Gives::Nodes, Gives::Text) => {
            let b = eval::text(b, cx);
            any(a, cx, &mut |it| texts(comparison, &text_of(it, cx.world), &b, cx.world))
        }
        (Gives::Text, Gives::Nodes) => {
            let a = eval::text(a, cx);
            any(b, cx, &mut |it| texts(comparison, &a, &text_of(it, cx.world), cx.world))
        }
        (Gives::Nodes, Gives::Nodes) => node_sets(comparison, a, b, cx),
        _ => values(comparison, &operand(a, cx), &operand(b, cx), cx.world),
    }
}

/// Returns the value to compare.
fn operand(expr: &Expr, cx: &Context<'_>) -> Value {
    let expr = eval::chosen(expr, cx);
    if eval::one_node(expr, cx) == Some(None) { Value::empty() } else { eval::evaluate(expr, cx) }
}

/// The text of the one node a path may lead to; that of none is empty.
fn text_of(node: Option<Node>, world: &dyn World) -> Cow<'_, str> {
    node.map_or(Cow::Borrowed(""), |it| world.text(it))
}

fn number_of(node: Option<Node>, world: &dyn World) -> f64 {
    node.map_or(f64::NAN, |it| world.number(it))
}

/// Whether any node of a node-set passes; one node is looked at without a list of them, and asked about even where
/// it is hidden.
fn any(expr: &Expr, cx: &Context<'_>, passes: &mut dyn FnMut(Option<Node>) -> bool) -> bool {
    let expr = eval::chosen(expr, cx);
    if let Some(one) = eval::one_node(expr, cx) {
        return passes(one);
    }
    let mut nodes = Vec::new();
    eval::nodes(expr, cx, &mut nodes);
    nodes.into_iter().any(|it| passes(Some(it)))
}

fn node_sets(comparison: Comparison, a: &Expr, b: &Expr, cx: &Context<'_>) -> bool {
    let world = cx.world;
    let b = eval::chosen(b, cx);
    if let Some(one) = eval::one_node(b, cx) {
        let right = text_of(one, world);
        return any(a, cx, &mut |it| texts(comparison, &text_of(it, world), &right, world));
    }
    let mut right = Vec::new();
    eval::nodes(b, cx, &mut right);
    let right: Vec<Cow<'_, str>> = right.into_iter().map(|it| world.text(it)).collect();
    any(a, cx, &mut |it| {
        let left = text_of(it, world);
        right.iter().any(|it| texts(comparison, &left, it, world))
    })
}

fn values(comparison: Comparison, a: &Value, b: &Value, world: &dyn World) -> bool {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    match (a, b) {
        (Value::Boolean(_), _) | (_, Value::Boolean(_)) if equality => {
            let number = |it: &Value| match it {
                Value::Nodes(nodes) => f64::from(u8::from(!nodes.is_empty())),
                other => f64::from(u8::from(other.to_boolean(world))),
            };
            holds(comparison, number(a), number(b))
        }
        (Value::Nodes(left), _) => {
            left.iter().any(|it| values(comparison, &Value::Text(world.text(*it).into_owned()), b, world))
        }
        (_, Value::Nodes(right)) => {
            right.iter().any(|it| values(comparison, a, &Value::Text(world.text(*it).into_owned()), world))
        }
        (Value::Text(a), Value::Text(b)) => texts(comparison, a, b, world),
        _ => holds(comparison, comparable(a, world), comparable(b, world)),
    }
}

fn texts(comparison: Comparison, a: &str, b: &str, world: &dyn World) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        _ => holds(comparison, comparable_text(a, world), comparable_text(b, world)),
    }
}

fn comparable(value: &Value, world: &dyn World) -> f64 {
    match value {
        Value::Moment(ms) => civil_days(*ms, world),
        Value::Text(text) => comparable_text(text, world),
        other => other.to_number(world),
    }
}

fn comparable_text(text: &str, world: &dyn World) -> f64 {
    let spells_moment = text.contains('T').then(|| civil::parse_moment(text, world.env().offset_min));
    spells_moment.flatten().map_or_else(|| text_number(text), |ms| civil_days(ms, world))
}

fn civil_days(ms: i64, world: &dyn World) -> f64 {
    (ms + i64::from(world.env().offset_min) * 60_000) as f64 / civil::DAY_MS as f64
}

fn holds(comparison: Comparison, a: f64, b: f64) -> bool {
    let order = a.partial_cmp(&b);
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}
