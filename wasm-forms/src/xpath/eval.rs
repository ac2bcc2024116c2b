//! Evaluates expressions over a [`World`]. Nothing here fails: a value that makes no sense is empty or not a number.
//!
//! There is one evaluator for each kind of value that is asked for, so that a calculation like `/data/a * 7 + 1`
//! makes neither a list of nodes nor a text: [`number`], [`boolean`], [`text`], [`nodes`], and [`evaluate`] where
//! any kind will do.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ast::{Axis, Expr, Lookup, Operator, Path, Predicate, Start, Step, Test};
use super::axes::candidates;
use super::compare::compare;
use super::functions::{self, Function, Gives};
use super::value::{Value, number_text, text_number};
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

/// Returns the value, of whatever kind it is.
pub(crate) fn evaluate(expr: &Expr, cx: &Context<'_>) -> Value {
    match expr {
        Expr::Wrong(problem) => {
            cx.world.refuse(problem);
            return Value::empty();
        }
        Expr::Call(Function::If, arguments) => return evaluate(branch(arguments, cx), cx),
        _ => {}
    }
    match expr.gives() {
        Gives::Number => Value::Number(number(expr, cx)),
        Gives::Boolean => Value::Boolean(boolean(expr, cx)),
        Gives::Text | Gives::Any => Value::Text(text(expr, cx).into_owned()),
        Gives::Nodes => {
            let mut found = Vec::new();
            nodes(expr, cx, &mut found);
            Value::Nodes(found)
        }
        Gives::Time => match expr {
            Expr::Call(function, arguments) => functions::time(*function, arguments, cx),
            _ => Value::empty(),
        },
    }
}

/// Returns the value as a number.
pub(crate) fn number(expr: &Expr, cx: &Context<'_>) -> f64 {
    match expr {
        Expr::Number(it) => *it,
        Expr::Text(it) => text_number(it),
        Expr::Arithmetic(operator, a, b) => {
            let (a, b) = (number(a, cx), number(b, cx));
            match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Modulo => a % b,
            }
        }
        Expr::Negate(a) => -number(a, cx),
        Expr::Aggregate(it) => cx.world.aggregate(*it, cx.node),
        Expr::Or(..) | Expr::And(..) | Expr::Compare(..) => f64::from(u8::from(boolean(expr, cx))),
        Expr::Path(_) | Expr::Union(..) | Expr::Filter { .. } => {
            first_node(expr, cx).map_or(f64::NAN, |it| cx.world.number(it))
        }
        Expr::ChoiceName { .. } => text_number(&text(expr, cx)),
        Expr::Call(Function::If, arguments) => number(branch(arguments, cx), cx),
        Expr::Call(function, arguments) => match function.gives() {
            Gives::Number => functions::number(*function, arguments, cx),
            Gives::Boolean => f64::from(u8::from(functions::boolean(*function, arguments, cx))),
            Gives::Text | Gives::Any => text_number(&functions::text(*function, arguments, cx)),
            Gives::Nodes => first_node(expr, cx).map_or(f64::NAN, |it| cx.world.number(it)),
            Gives::Time => functions::time(*function, arguments, cx).to_number(cx.world),
        },
        Expr::Wrong(problem) => {
            cx.world.refuse(problem);
            f64::NAN
        }
    }
}

/// Returns the value as a boolean. Where a condition names nodes, it is their text that counts, see [`any_text`].
pub(crate) fn boolean(expr: &Expr, cx: &Context<'_>) -> bool {
    match expr {
        Expr::Or(a, b) => boolean(a, cx) || boolean(b, cx),
        Expr::And(a, b) => boolean(a, cx) && boolean(b, cx),
        Expr::Compare(comparison, a, b) => compare(*comparison, a, b, cx),
        Expr::Number(_) | Expr::Arithmetic(..) | Expr::Negate(_) | Expr::Aggregate(_) => {
            is_true(number(expr, cx))
        }
        Expr::Text(it) => !it.is_empty(),
        Expr::ChoiceName { .. } => !text(expr, cx).is_empty(),
        Expr::Path(_) | Expr::Union(..) | Expr::Filter { .. } => any_text(expr, cx),
        Expr::Call(Function::If, arguments) => boolean(branch(arguments, cx), cx),
        Expr::Call(function, arguments) => match function.gives() {
            Gives::Boolean => functions::boolean(*function, arguments, cx),
            Gives::Number => is_true(functions::number(*function, arguments, cx)),
            Gives::Text | Gives::Any => !functions::text(*function, arguments, cx).is_empty(),
            Gives::Nodes => any_text(expr, cx),
            Gives::Time => functions::time(*function, arguments, cx).to_boolean(cx.world),
        },
        Expr::Wrong(problem) => {
            cx.world.refuse(problem);
            false
        }
    }
}

fn is_true(number: f64) -> bool {
    number != 0.0 && !number.is_nan()
}

/// Whether any of the nodes holds text.
///
/// XPath 1.0 asks only whether there is a node; an ODK form asks whether there is an answer. The specification's note
/// on XPath functions turns a node into its text before it is asked for a truth, and ODK Collect takes the value of a
/// node wherever it wants one: the `false` of a node of type boolean is false. `boolean(path)` itself stays what
/// XPath says.
fn any_text(expr: &Expr, cx: &Context<'_>) -> bool {
    if let Some(one) = one_node(expr, cx) {
        return one.is_some_and(|it| cx.world.is_true(it));
    }
    let mut found = Vec::new();
    nodes(expr, cx, &mut found);
    found.into_iter().any(|it| cx.world.is_true(it))
}

/// Returns the value as text.
pub(crate) fn text<'a>(expr: &'a Expr, cx: &Context<'a>) -> Cow<'a, str> {
    match expr {
        Expr::Text(it) => Cow::Borrowed(it),
        Expr::Number(_) | Expr::Arithmetic(..) | Expr::Negate(_) | Expr::Aggregate(_) => {
            Cow::Owned(number_text(number(expr, cx)))
        }
        Expr::Or(..) | Expr::And(..) | Expr::Compare(..) => Cow::Borrowed(boolean_text(boolean(expr, cx))),
        Expr::Path(_) | Expr::Union(..) | Expr::Filter { .. } => {
            first_node(expr, cx).map_or(Cow::Borrowed(""), |it| cx.world.text(it))
        }
        Expr::ChoiceName { value, question } => {
            let label = cx.world.choice_label(*question, cx.current, &text(value, cx));
            Cow::Owned(label.unwrap_or_default())
        }
        Expr::Call(Function::If, arguments) => text(branch(arguments, cx), cx),
        Expr::Call(function, arguments) => match function.gives() {
            Gives::Text | Gives::Any => functions::text(*function, arguments, cx),
            Gives::Number => Cow::Owned(number_text(functions::number(*function, arguments, cx))),
            Gives::Boolean => Cow::Borrowed(boolean_text(functions::boolean(*function, arguments, cx))),
            Gives::Nodes => first_node(expr, cx).map_or(Cow::Borrowed(""), |it| cx.world.text(it)),
            Gives::Time => Cow::Owned(functions::time(*function, arguments, cx).into_text(cx.world)),
        },
        Expr::Wrong(problem) => {
            cx.world.refuse(problem);
            Cow::Borrowed("")
        }
    }
}

fn boolean_text(it: bool) -> &'static str {
    if it { "true" } else { "false" }
}

/// Appends the nodes of a node-set in the order it gives them; other values have none.
pub(crate) fn nodes(expr: &Expr, cx: &Context<'_>, out: &mut Vec<Node>) {
    match expr {
        Expr::Path(path) => follow(path, cx, out),
        Expr::Union(a, b) => {
            let mut both = Vec::new();
            nodes(a, cx, &mut both);
            nodes(b, cx, &mut both);
            sort(&mut both, cx.world);
            out.append(&mut both);
        }
        Expr::Filter { base, predicates, steps } => {
            let mut found = Vec::new();
            nodes(base, cx, &mut found);
            for predicate in predicates {
                filter(&mut found, 0, predicate, cx);
            }
            walk(found, steps, cx, out);
        }
        Expr::Call(Function::If, arguments) => nodes(branch(arguments, cx), cx, out),
        Expr::Call(function, arguments) => functions::nodes(*function, arguments, cx, out),
        Expr::Wrong(problem) => cx.world.refuse(problem),
        _ => {}
    }
}

/// Returns the expression that an `if()` comes to; any other is itself.
pub(super) fn chosen<'a>(mut expr: &'a Expr, cx: &Context<'_>) -> &'a Expr {
    while let Expr::Call(Function::If, arguments) = expr {
        expr = branch(arguments, cx);
    }
    expr
}

/// The argument that `if()` chooses.
fn branch<'a>(arguments: &'a [Expr], cx: &Context<'_>) -> &'a Expr {
    &arguments[if boolean(&arguments[0], cx) { 1 } else { 2 }]
}

/// Returns the first node in document order.
pub(crate) fn first_node(expr: &Expr, cx: &Context<'_>) -> Option<Node> {
    if let Some(one) = one_node(expr, cx) {
        return one;
    }
    let mut found = Vec::new();
    nodes(expr, cx, &mut found);
    match expr {
        // Their order is their own.
        Expr::Call(..) => found.first().copied(),
        _ => found.into_iter().min_by(|a, b| cx.world.order(*a, *b)),
    }
}

/// Returns the only node there can be, or that there is none; nothing where there may be several.
pub(super) fn one_node(expr: &Expr, cx: &Context<'_>) -> Option<Option<Node>> {
    let Expr::Path(path) = expr else { return None };
    let start = start_of(path, cx);
    if let Some(fixed) = &path.fixed {
        return fixed.single.then(|| cx.world.single(fixed, start));
    }
    match (&path.start, path.steps.as_slice()) {
        (Start::Context | Start::Current, []) => Some(Some(start)),
        (Start::Context, [step]) if step.test == Test::Node && step.predicates.is_empty() => {
            match step.axis {
                Axis::Itself => Some(Some(start)),
                Axis::Parent => cx.world.parent(start).map(Some),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The node a resolved path is followed from: the instance's own, where the context is a row of a list.
fn start_of(path: &Path, cx: &Context<'_>) -> Node {
    match path.start {
        Start::Current => cx.current,
        Start::Root if cx.node.tree != 0 => cx.current,
        _ => cx.node,
    }
}

fn follow(path: &Path, cx: &Context<'_>, out: &mut Vec<Node>) {
    let world = cx.world;
    let start = start_of(path, cx);
    if let Some(fixed) = &path.fixed {
        if fixed.single {
            out.extend(world.single(fixed, start));
        } else {
            world.follow(fixed, start, out);
        }
        return;
    }
    let start = match &path.start {
        Start::Root => Some(world.root(cx.node)),
        Start::Context | Start::Current => Some(start),
        // No path that is followed was left so.
        Start::Written { .. } => None,
        Start::Instance { id, number } => number.map_or_else(|| world.instance(id), |it| world.list(it)),
    };
    walk(start.into_iter().collect(), &path.steps, cx, out);
}

/// Takes the steps from all of `from` and appends where they lead, each node once, in document order.
fn walk(mut from: Vec<Node>, steps: &[Step], cx: &Context<'_>, out: &mut Vec<Node>) {
    // Whether no node of `from` holds another: then their children come in order, each once.
    let mut is_flat = from.len() <= 1;
    for step in steps {
        let mut to = Vec::new();
        for node in &from {
            take_step(*node, step, cx, &mut to);
        }
        let keeps_order = matches!(step.axis, Axis::Child | Axis::Attribute | Axis::Itself | Axis::Namespace);
        let is_reverse = matches!(
            step.axis,
            Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling
        );
        if is_reverse || from.len() > 1 && !(keeps_order && is_flat) {
            sort(&mut to, cx.world);
        }
        is_flat &= keeps_order;
        from = to;
    }
    out.append(&mut from);
}

/// Puts nodes in document order, each once.
pub(super) fn sort(nodes: &mut Vec<Node>, world: &dyn World) {
    let is_before = |pair: &[Node]| world.order(pair[0], pair[1]) == Ordering::Less;
    if nodes.windows(2).all(is_before) {
        return;
    }
    let mut sorted = vec![Node::new(0, 0); nodes.len()];
    let mut width = 1;
    while width < nodes.len() {
        for from in (0..nodes.len()).step_by(2 * width) {
            let (middle, until) = ((from + width).min(nodes.len()), (from + 2 * width).min(nodes.len()));
            merge(&nodes[from..middle], &nodes[middle..until], world, &mut sorted[from..until]);
        }
        std::mem::swap(nodes, &mut sorted);
        width *= 2;
    }
    nodes.dedup();
}

/// Merges two runs in document order.
fn merge<'a>(mut a: &'a [Node], mut b: &'a [Node], world: &dyn World, out: &mut [Node]) {
    for place in out {
        let takes_a = match (a.first(), b.first()) {
            (Some(x), Some(y)) => world.order(*x, *y) != Ordering::Greater,
            (first, _) => first.is_some(),
        };
        let from = if takes_a { &mut a } else { &mut b };
        *place = from[0];
        *from = &from[1..];
    }
}

fn take_step(node: Node, step: &Step, cx: &Context<'_>, out: &mut Vec<Node>) {
    let from = out.len();
    let mut predicates = step.predicates.as_slice();
    if look_up(node, step, cx, out) {
        if predicates[0].is_lookup_alone() {
            predicates = &predicates[1..];
        }
    } else {
        candidates(node, step, cx.world, out);
    }
    for predicate in predicates {
        filter(out, from, predicate, cx);
    }
}

/// Answers `[column = value]` by index, where the world has one.
fn look_up(node: Node, step: &Step, cx: &Context<'_>, out: &mut Vec<Node>) -> bool {
    let (Axis::Child, Some(lookup)) = (step.axis, step.predicates.first().and_then(|it| it.lookup.as_ref()))
    else {
        return false;
    };
    match wanted(lookup, cx) {
        Wanted::Text(text) => cx.world.rows_where(node, &lookup.column, &text, out),
        Wanted::Nothing => cx.world.rows_where(node, &lookup.column, "", &mut Vec::new()),
        Wanted::Several => false,
    }
}

/// What the rows of a lookup have in their column.
pub(crate) enum Wanted<'a> {
    Text(Cow<'a, str>),
    /// The value is an empty node-set: nothing equals it.
    Nothing,
    /// Of several texts any one, or a number: no index by text can answer that.
    Several,
}

/// Returns what a lookup looks for, as the comparison that it stands for has it: numbers compare as numbers, and one
/// node that is hidden is the empty text.
pub(crate) fn wanted<'a>(lookup: &'a Lookup, cx: &Context<'a>) -> Wanted<'a> {
    match lookup.value.gives() {
        Gives::Text => Wanted::Text(text(&lookup.value, cx)),
        Gives::Nodes => {
            let value = chosen(&lookup.value, cx);
            if let Some(one) = one_node(value, cx) {
                return Wanted::Text(one.map_or(Cow::Borrowed(""), |it| cx.world.text(it)));
            }
            let mut found = Vec::new();
            nodes(value, cx, &mut found);
            match found.as_slice() {
                [] => Wanted::Nothing,
                [one] => Wanted::Text(cx.world.text(*one)),
                _ => Wanted::Several,
            }
        }
        _ => Wanted::Several,
    }
}

/// Keeps of `found[from..]` what passes a predicate.
fn filter(found: &mut Vec<Node>, from: usize, predicate: &Predicate, cx: &Context<'_>) {
    let size = found.len() - from;
    if let Some(position) = wanted_position(&predicate.expr, size) {
        let chosen = (position >= 1.0 && position <= size as f64 && position.fract() == 0.0)
            .then(|| found[from + position as usize - 1]);
        found.truncate(from);
        found.extend(chosen);
        return;
    }
    let mut kept = from;
    for index in from..found.len() {
        let node = found[index];
        let inner = Context { node, position: index - from + 1, size, ..*cx };
        if passes(&predicate.expr, &inner) {
            found[kept] = node;
            kept += 1;
        }
    }
    found.truncate(kept);
}

/// The position that a predicate asks for, where it can be told without looking at the nodes.
fn wanted_position(expr: &Expr, size: usize) -> Option<f64> {
    use super::ast::Comparison;
    match expr {
        Expr::Number(it) => Some(*it),
        Expr::Call(Function::Last, _) => Some(size as f64),
        Expr::Compare(Comparison::Equal, a, b) => match (&**a, &**b) {
            (Expr::Call(Function::Position, none), wanted)
            | (wanted, Expr::Call(Function::Position, none))
                if none.is_empty() && matches!(wanted, Expr::Number(_) | Expr::Call(Function::Last, _)) =>
            {
                wanted_position(wanted, size)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether a node passes a predicate: a number is a position, a path asks whether there is such a node.
fn passes(expr: &Expr, cx: &Context<'_>) -> bool {
    match expr.gives() {
        Gives::Number => number(expr, cx) == cx.position as f64,
        Gives::Nodes => exists(expr, cx),
        Gives::Any => match evaluate(expr, cx) {
            Value::Number(position) => position == cx.position as f64,
            Value::Nodes(nodes) => !nodes.is_empty(),
            other => other.to_boolean(cx.world),
        },
        _ => boolean(expr, cx),
    }
}

/// Whether a node-set holds a node at all.
pub(crate) fn exists(expr: &Expr, cx: &Context<'_>) -> bool {
    if let Some(one) = one_node(expr, cx) {
        return one.is_some();
    }
    let mut found = Vec::new();
    nodes(expr, cx, &mut found);
    !found.is_empty()
}
