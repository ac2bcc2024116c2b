//! Functions of node-sets and positions.

use super::{Arguments, Function};
use crate::xpath::{Node, Value};

pub(super) fn call(function: Function, args: &Arguments<'_>) -> Option<Value> {
    let cx = args.cx;
    Some(match function {
        Function::Last => Value::Number(cx.size as f64),
        Function::Position if args.len() == 0 => Value::Number(cx.position as f64),
        Function::Position => Value::Number(ordinal(args)),
        Function::Count => Value::Number(nodes(args, 0).len() as f64),
        Function::CountNonEmpty => Value::Number(
            nodes(args, 0).into_iter().filter(|it| !cx.world.text(*it).is_empty()).count() as f64,
        ),
        Function::Name | Function::LocalName => {
            let node = if args.len() == 0 { Some(cx.node) } else { nodes(args, 0).first().copied() };
            let name = node.map_or("", |it| cx.world.name(it));
            let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
            Value::Text(if function == Function::Name { name } else { local }.to_owned())
        }
        Function::IndexedRepeat => Value::Nodes(indexed_repeat(args)),
        Function::Randomize => Value::Nodes(randomize(args)),
        _ => return None,
    })
}

fn nodes(args: &Arguments<'_>, index: usize) -> Vec<Node> {
    match args.value(index) {
        Value::Nodes(nodes) => nodes,
        _ => Vec::new(),
    }
}

/// `position(..)`: which of its like-named siblings the node is, from 1.
fn ordinal(args: &Arguments<'_>) -> f64 {
    let world = args.cx.world;
    let Some(node) = nodes(args, 0).first().copied() else { return f64::NAN };
    if let Some(ordinal) = world.instance_number(node) {
        return f64::from(ordinal);
    }
    let Some(parent) = world.parent(node) else { return 1.0 };
    let mut siblings = Vec::new();
    world.children(parent, &mut siblings);
    let named = siblings.iter().filter(|it| world.name(**it) == world.name(node));
    named
        .copied()
        .collect::<Vec<_>>()
        .iter()
        .position(|it| *it == node)
        .map_or(f64::NAN, |it| (it + 1) as f64)
}

/// `indexed-repeat(node, repeat, index, …)`: the nodes of the first argument inside the chosen instances.
fn indexed_repeat(args: &Arguments<'_>) -> Vec<Node> {
    let world = args.cx.world;
    let mut wanted = nodes(args, 0);
    for pair in (1..args.len().saturating_sub(1)).step_by(2) {
        let index = args.number(pair + 1);
        let inside = |node: Node, instance: Node| {
            std::iter::successors(Some(node), |it| world.parent(*it)).any(|it| it == instance)
        };
        let instances = nodes(args, pair);
        let instance = (index >= 1.0).then(|| instances.get(index as usize - 1)).flatten();
        wanted.retain(|node| instance.is_some_and(|it| inside(*node, *it)));
    }
    wanted
}

/// Shuffles by the seed, where one is given, else by the session's chance (Fisher-Yates over Park-Miller).
fn randomize(args: &Arguments<'_>) -> Vec<Node> {
    let mut nodes = nodes(args, 0);
    let seed = if args.len() > 1 { args.number(1).to_bits() as i64 } else { args.cx.world.draw() as i64 };
    let mut state = seed.rem_euclid(2_147_483_647).max(1);
    for last in (1..nodes.len()).rev() {
        state = state * 16_807 % 2_147_483_647;
        let other = (state - 1) as f64 / 2_147_483_646.0 * (last + 1) as f64;
        nodes.swap(last, (other as usize).min(last));
    }
    nodes
}
