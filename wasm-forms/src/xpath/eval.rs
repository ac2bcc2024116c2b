//! Evaluates expressions over a [`World`]. Nothing here fails: a value that makes no sense is empty or not a number.

use std::cmp::Ordering;

use super::ast::{Axis, Comparison, Expr, Operator, Path, Predicate, Start, Step, Test};
use super::functions;
use super::value::{Value, text_number};
use super::world::{Node, World};

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub world: &'a dyn World,
    /// The context node.
    pub node: Node,
    /// The node that the whole expression belongs to: `current()`.
    pub current: Node,
    /// 1-based, within a predicate.
    pub position: usize,
    pub size: usize,
}

impl<'a> Context<'a> {
    pub fn new(world: &'a dyn World, node: Node) -> Self {
        Self { world, node, current: node, position: 1, size: 1 }
    }
}

pub(crate) fn evaluate(expr: &Expr, cx: &Context<'_>) -> Value {
    match expr {
        Expr::Number(it) => Value::Number(*it),
        Expr::Text(it) => Value::Text(it.to_string()),
        Expr::Or(a, b) => Value::Boolean(evaluate(a, cx).to_boolean() || evaluate(b, cx).to_boolean()),
        Expr::And(a, b) => Value::Boolean(evaluate(a, cx).to_boolean() && evaluate(b, cx).to_boolean()),
        Expr::Compare(comparison, a, b) => {
            Value::Boolean(compare(*comparison, &evaluate(a, cx), &evaluate(b, cx), cx.world))
        }
        Expr::Arithmetic(operator, a, b) => {
            let (a, b) = (evaluate(a, cx).to_number(cx.world), evaluate(b, cx).to_number(cx.world));
            Value::Number(match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Modulo => a % b,
            })
        }
        Expr::Negate(a) => Value::Number(-evaluate(a, cx).to_number(cx.world)),
        Expr::Union(a, b) => {
            let mut nodes = nodes(evaluate(a, cx));
            nodes.extend(self::nodes(evaluate(b, cx)));
            nodes.sort_unstable();
            nodes.dedup();
            Value::Nodes(nodes)
        }
        Expr::Call(function, arguments) => functions::call(*function, arguments, cx),
        Expr::Path(path) => Value::Nodes(follow(path, cx)),
        Expr::Filter { base, predicates, steps } => {
            let mut found = nodes(evaluate(base, cx));
            for predicate in predicates {
                found = filter(found, predicate, cx);
            }
            Value::Nodes(walk(found, steps, cx))
        }
        Expr::ChoiceName { value, question } => {
            let chosen = evaluate(value, cx).into_text(cx.world);
            Value::Text(cx.world.choice_label(*question, cx.current, &chosen).unwrap_or_default())
        }
    }
}

fn nodes(value: Value) -> Vec<Node> {
    match value {
        Value::Nodes(nodes) => nodes,
        _ => Vec::new(),
    }
}

fn follow(path: &Path, cx: &Context<'_>) -> Vec<Node> {
    if let Some(fixed) = &path.fixed {
        let start = if path.start == Start::Current { cx.current } else { cx.node };
        let mut found = Vec::new();
        cx.world.follow(fixed, start, &mut found);
        return found;
    }
    let start = match &path.start {
        Start::Root => Node::Document,
        Start::Context => cx.node,
        Start::Current => cx.current,
        Start::Instance { number: Some(number), .. } => cx.world.list(*number),
        Start::Instance { number: None, .. } => return Vec::new(),
    };
    walk(vec![start], &path.steps, cx)
}

fn walk(mut from: Vec<Node>, steps: &[Step], cx: &Context<'_>) -> Vec<Node> {
    for step in steps {
        let mut to = Vec::new();
        for node in &from {
            to.extend(take_step(*node, step, cx));
        }
        if from.len() > 1 && step.axis != Axis::Child {
            to.sort_unstable();
            to.dedup();
        }
        from = to;
    }
    from
}

fn take_step(node: Node, step: &Step, cx: &Context<'_>) -> Vec<Node> {
    let mut predicates = step.predicates.as_slice();
    let mut found = Vec::new();
    let indexed = match (step.axis, predicates.first().and_then(|it| it.lookup.as_ref())) {
        (Axis::Child, Some(lookup)) => match evaluate(&lookup.value, cx) {
            // Text against text is what an index by text can answer; numbers compare as numbers.
            value @ (Value::Text(_) | Value::Nodes(_)) => {
                let single = !matches!(&value, Value::Nodes(nodes) if nodes.len() > 1);
                single && cx.world.rows_where(node, &lookup.column, &value.to_text(cx.world), &mut found)
            }
            _ => false,
        },
        _ => false,
    };
    if indexed {
        predicates = &predicates[1..];
    } else {
        candidates(node, step, cx.world, &mut found);
    }
    for predicate in predicates {
        found = filter(found, predicate, cx);
    }
    found
}

/// Appends the nodes on the step's axis that pass its test, nearest first on reverse axes.
fn candidates(node: Node, step: &Step, world: &dyn World, out: &mut Vec<Node>) {
    let name = match &step.test {
        Test::Name(name) => Some(&**name),
        Test::Any | Test::Node | Test::Text => None,
    };
    let passes = |it: Node| match &step.test {
        Test::Name(name) => world.name(it) == &**name,
        Test::Any => it != Node::Document,
        Test::Node => true,
        Test::Text => false,
    };
    let from = out.len();
    match step.axis {
        Axis::Child if step.test == Test::Text => {
            // Text is not a node of its own here: a leaf stands for its text.
            let mut children = Vec::new();
            world.children(node, None, &mut children);
            if children.is_empty() && !world.text(node).is_empty() {
                out.push(node);
            }
        }
        Axis::Child => world.children(node, name, out),
        Axis::Attribute => world.attributes(node, name, out),
        Axis::Itself => out.extend(Some(node).filter(|it| passes(*it))),
        Axis::Parent => out.extend(world.parent(node).filter(|it| passes(*it))),
        Axis::Descendant | Axis::DescendantOrSelf => {
            if step.axis == Axis::DescendantOrSelf {
                out.push(node);
            }
            descend(node, world, out);
            retain_from(out, from, passes);
        }
        Axis::Ancestor | Axis::AncestorOrSelf => {
            let first = if step.axis == Axis::Ancestor { world.parent(node) } else { Some(node) };
            out.extend(std::iter::successors(first, |it| world.parent(*it)).filter(|it| passes(*it)));
        }
        Axis::FollowingSibling | Axis::PrecedingSibling => {
            let Some(parent) = world.parent(node) else { return };
            let mut siblings = Vec::new();
            world.children(parent, None, &mut siblings);
            let at = siblings.iter().position(|it| *it == node).unwrap_or(siblings.len());
            let chosen: Vec<Node> = if step.axis == Axis::FollowingSibling {
                siblings.into_iter().skip(at + 1).collect()
            } else {
                siblings.into_iter().take(at).rev().collect()
            };
            out.extend(chosen.into_iter().filter(|it| passes(*it)));
        }
    }
}

fn descend(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    let mut waiting = Vec::new();
    world.children(node, None, &mut waiting);
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        out.push(next);
        let from = waiting.len();
        world.children(next, None, &mut waiting);
        waiting[from..].reverse();
    }
}

fn retain_from(nodes: &mut Vec<Node>, from: usize, keep: impl Fn(Node) -> bool) {
    let kept: Vec<Node> = nodes[from..].iter().copied().filter(|it| keep(*it)).collect();
    nodes.truncate(from);
    nodes.extend(kept);
}

fn filter(found: Vec<Node>, predicate: &Predicate, cx: &Context<'_>) -> Vec<Node> {
    let size = found.len();
    let keeps = |index: usize, node: Node| {
        let inner = Context { node, position: index + 1, size, ..*cx };
        match evaluate(&predicate.expr, &inner) {
            Value::Number(position) => position == (index + 1) as f64,
            other => other.to_boolean(),
        }
    };
    found.into_iter().enumerate().filter(|(index, node)| keeps(*index, *node)).map(|(_, node)| node).collect()
}

/// Compares by XPath 1.0 section 3.4; a date or moment on one side makes both sides numbers.
fn compare(comparison: Comparison, a: &Value, b: &Value, world: &dyn World) -> bool {
    match (a, b) {
        (Value::Nodes(left), Value::Nodes(right)) => left.iter().any(|x| {
            let x = world.text(*x);
            right.iter().any(|y| compare_texts(comparison, &x, &world.text(*y)))
        }),
        (Value::Nodes(_), Value::Boolean(_)) | (Value::Boolean(_), Value::Nodes(_)) => {
            compare_scalars(comparison, a, b, world)
        }
        (Value::Nodes(left), _) => left
            .iter()
            .any(|it| compare_scalars(comparison, &Value::Text(world.text(*it).into_owned()), b, world)),
        (_, Value::Nodes(right)) => right
            .iter()
            .any(|it| compare_scalars(comparison, a, &Value::Text(world.text(*it).into_owned()), world)),
        _ => compare_scalars(comparison, a, b, world),
    }
}

fn compare_scalars(comparison: Comparison, a: &Value, b: &Value, world: &dyn World) -> bool {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let numeric = |it: &Value| matches!(it, Value::Number(_)) || it.is_temporal();
    match (a, b) {
        (Value::Boolean(_), _) | (_, Value::Boolean(_)) if equality => {
            (a.to_boolean() == b.to_boolean()) == (comparison == Comparison::Equal)
        }
        (Value::Text(a), Value::Text(b)) => compare_texts(comparison, a, b),
        _ if numeric(a) || numeric(b) || !equality => {
            holds(comparison, a.to_number(world).partial_cmp(&b.to_number(world)))
        }
        _ => compare_texts(comparison, &a.to_text(world), &b.to_text(world)),
    }
}

fn compare_texts(comparison: Comparison, a: &str, b: &str) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        _ => holds(comparison, text_number(a).partial_cmp(&text_number(b))),
    }
}

fn holds(comparison: Comparison, order: Option<Ordering>) -> bool {
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}
