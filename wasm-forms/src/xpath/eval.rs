//! Evaluates expressions over a [`World`]. Nothing here fails: a value that makes no sense is empty or not a number.

use std::cmp::Ordering;

use super::ast::{Axis, Comparison, Expr, Operator, Path, Predicate, Start, Step, Test};
use super::functions;
use super::value::{Value, text_number};
use super::world::{Node, NodeKind, World};

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
            sort(&mut nodes, cx.world);
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
        Expr::Aggregate(number) => Value::Number(cx.world.aggregate(*number, cx.node)),
        Expr::ChoiceName { value, question } => {
            let chosen = evaluate(value, cx).into_text(cx.world);
            Value::Text(cx.world.choice_label(*question, cx.current, &chosen).unwrap_or_default())
        }
    }
}

/// Puts nodes in document order, each once.
fn sort(nodes: &mut Vec<Node>, world: &dyn World) {
    nodes.sort_unstable_by(|a, b| world.order(*a, *b));
    nodes.dedup();
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
        Start::Root => cx.world.root(cx.node),
        Start::Context => cx.node,
        Start::Current => cx.current,
        Start::Instance { id, number } => {
            match number.map_or_else(|| cx.world.instance(id), |it| cx.world.list(it)) {
                Some(document) => document,
                None => return Vec::new(),
            }
        }
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
            sort(&mut to, cx.world);
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
    let from = out.len();
    match (step.axis, &step.test) {
        (Axis::Child, Test::Name(name)) => return world.children_named(node, name, out),
        (Axis::Child, Test::Text) => {
            world.children(node, out);
            if out.len() == from && world.kind(node) == NodeKind::Element && world.has_text(node) {
                // A world may have no text nodes: there a leaf stands for its text.
                return out.push(node);
            }
        }
        (Axis::Child, _) => world.children(node, out),
        (Axis::Attribute, _) => world.attributes(node, out),
        (Axis::Namespace, _) => world.namespaces(node, out),
        (Axis::Itself, _) => out.push(node),
        (Axis::Parent, _) => out.extend(world.parent(node)),
        (Axis::Descendant, _) => descend(node, world, out),
        (Axis::DescendantOrSelf, _) => {
            out.push(node);
            descend(node, world, out);
        }
        (Axis::Ancestor, _) => out.extend(above(world.parent(node), world)),
        (Axis::AncestorOrSelf, _) => out.extend(above(Some(node), world)),
        (Axis::FollowingSibling, _) => following_siblings(node, world, out),
        (Axis::PrecedingSibling, _) => preceding_siblings(node, world, out),
        (Axis::Following, _) => following(node, world, out),
        (Axis::Preceding, _) => preceding(node, world, out),
    }
    let mut kept = from;
    for index in from..out.len() {
        if passes(out[index], step, world) {
            out.swap(kept, index);
            kept += 1;
        }
    }
    out.truncate(kept);
}

fn passes(node: Node, step: &Step, world: &dyn World) -> bool {
    // The kind of node that a name means on this axis.
    let principal = match step.axis {
        Axis::Attribute => NodeKind::Attribute,
        Axis::Namespace => NodeKind::Namespace,
        _ => NodeKind::Element,
    };
    match &step.test {
        Test::Node => true,
        Test::Any => world.kind(node) == principal,
        Test::Name(name) if principal == NodeKind::Namespace => {
            name.prefix.is_none() && world.name(node) == &*name.local
        }
        Test::Name(name) => world.kind(node) == principal && world.matches(node, name),
        Test::Text => world.kind(node) == NodeKind::Text,
        Test::Comment => world.kind(node) == NodeKind::Comment,
        Test::Instruction(target) => {
            world.kind(node) == NodeKind::ProcessingInstruction
                && target.as_ref().is_none_or(|it| **it == *world.name(node))
        }
    }
}

fn above(first: Option<Node>, world: &dyn World) -> impl Iterator<Item = Node> {
    std::iter::successors(first, |it| world.parent(*it))
}

fn descend(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    let mut waiting = Vec::new();
    world.children(node, &mut waiting);
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        out.push(next);
        let from = waiting.len();
        world.children(next, &mut waiting);
        waiting[from..].reverse();
    }
}

/// Returns the children of a node's parent and where the node stands among them; attributes have no siblings.
fn siblings(node: Node, world: &dyn World) -> Option<(Vec<Node>, usize)> {
    let mut siblings = Vec::new();
    world.children(world.parent(node)?, &mut siblings);
    let at = siblings.iter().position(|it| *it == node)?;
    Some((siblings, at))
}

fn following_siblings(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    if let Some((siblings, at)) = siblings(node, world) {
        out.extend(&siblings[at + 1..]);
    }
}

fn preceding_siblings(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    if let Some((siblings, at)) = siblings(node, world) {
        out.extend(siblings[..at].iter().rev());
    }
}

/// All that begins after the node ends.
fn following(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    if matches!(world.kind(node), NodeKind::Attribute | NodeKind::Namespace) {
        // What is inside the element comes after its attributes.
        world.parent(node).into_iter().for_each(|it| descend(it, world, out));
    }
    for ancestor in above(Some(node), world) {
        let mut after = Vec::new();
        following_siblings(ancestor, world, &mut after);
        for sibling in after {
            out.push(sibling);
            descend(sibling, world, out);
        }
    }
}

/// All that ends before the node begins, nearest first.
fn preceding(node: Node, world: &dyn World, out: &mut Vec<Node>) {
    for ancestor in above(Some(node), world) {
        let mut before = Vec::new();
        preceding_siblings(ancestor, world, &mut before);
        for sibling in before {
            let from = out.len();
            out.push(sibling);
            descend(sibling, world, out);
            out[from..].reverse();
        }
    }
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
