//! Functions of node-sets and positions.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{Arguments, Function, Gives};
use crate::xpath::value::text_number;
use crate::xpath::{Node, NodeKind, Value, World, eval};

pub(super) fn number(function: Function, args: &Arguments<'_>) -> f64 {
    let cx = &args.cx;
    match function {
        Function::Last => cx.size as f64,
        Function::Position if args.len() == 0 => cx.position as f64,
        Function::Position => args.first_node(0).map_or(f64::NAN, |it| ordinal(it, cx.world)),
        Function::CountNonEmpty => {
            args.nodes(0).into_iter().filter(|it| cx.world.has_text(*it)).count() as f64
        }
        _ => args.nodes(0).len() as f64,
    }
}

/// Which of its siblings of the same name a node is, from 1.
fn ordinal(node: Node, world: &dyn World) -> f64 {
    if let Some(ordinal) = world.instance_number(node) {
        return f64::from(ordinal);
    }
    let Some(parent) = world.parent(node) else { return 1.0 };
    let mut siblings = Vec::new();
    world.children(parent, &mut siblings);
    let name = world.name(node);
    let before = siblings.into_iter().take_while(|it| *it != node).filter(|it| world.name(*it) == name);
    (before.count() + 1) as f64
}

pub(super) fn name<'a>(function: Function, args: &Arguments<'a>) -> Cow<'a, str> {
    let world = args.cx.world;
    let node = if args.len() == 0 { Some(args.cx.node) } else { args.first_node(0) };
    let name = node.map_or("", |it| world.name(it));
    Cow::Borrowed(match function {
        Function::NamespaceUri => node.map_or("", |it| world.namespace(it)),
        Function::LocalName => name.rsplit_once(':').map_or(name, |(_, local)| local),
        _ => name,
    })
}

/// `lang(code)`: whether the nearest `xml:lang` is that language or a kind of it, whatever the case.
pub(super) fn is_in_language(args: &Arguments<'_>) -> bool {
    let world = args.cx.world;
    let wanted = args.text(0);
    let own = |node: Node| {
        let mut attributes = Vec::new();
        world.attributes(node, &mut attributes);
        attributes.into_iter().find(|it| world.name(*it) == "xml:lang")
    };
    let language = std::iter::successors(Some(args.cx.node), |it| world.parent(*it)).find_map(own);
    language.is_some_and(|it| {
        let language = world.text(it);
        let starts = language.get(..wanted.len()).is_some_and(|it| it.eq_ignore_ascii_case(&wanted));
        starts && matches!(language.as_bytes().get(wanted.len()), None | Some(b'-'))
    })
}

pub(super) fn nodes(function: Function, args: &Arguments<'_>, out: &mut Vec<Node>) {
    let world = args.cx.world;
    match function {
        Function::Id => by_id(args, out),
        Function::Instance => out.extend(world.instance(&args.text(0))),
        Function::IndexedRepeat => out.extend(indexed_repeat(args)),
        Function::Randomize => out.extend(randomize(args)),
        Function::Itext => world.itext_nodes(&args.text(0), out),
        _ => {}
    }
}

/// `id(…)`: the elements with the ids that the argument's words name, in document order.
fn by_id(args: &Arguments<'_>, out: &mut Vec<Node>) {
    let world = args.cx.world;
    let from = out.len();
    args.each_text(0, &mut |it| {
        out.extend(it.split_ascii_whitespace().filter_map(|id| world.by_id(args.cx.node, id)));
    });
    let mut found = out.split_off(from);
    eval::sort(&mut found, world);
    out.append(&mut found);
}

/// `indexed-repeat(node, repeat, index, …)`: the nodes of the first argument inside the chosen instances. An index
/// counts the instances of one repeat: those below the instance that the pair before it chose.
fn indexed_repeat(args: &Arguments<'_>) -> Vec<Node> {
    let world = args.cx.world;
    let mut wanted = args.nodes(0);
    let pairs = (1..args.len().saturating_sub(1)).step_by(2).map(|index| (index, args.nodes(index)));
    let mut pairs: Vec<(usize, Vec<Node>)> = pairs.collect();
    let depth =
        |(_, instances): &(usize, Vec<Node>)| instances.first().map_or(0, |it| above(*it, world).count());
    let mut around: Option<Node> = None;
    // The outer repeat first, whatever order they are written in.
    while let Some(outermost) = (0..pairs.len()).min_by_key(|it| depth(&pairs[*it])) {
        let (index, mut instances) = pairs.remove(outermost);
        if let Some(around) = around {
            instances.retain(|it| is_inside(*it, around, world));
        }
        let position = args.number(index + 1);
        let Some(chosen) = (position >= 1.0).then(|| instances.get(position as usize - 1)).flatten() else {
            return Vec::new();
        };
        wanted.retain(|it| is_inside(*it, *chosen, world));
        around = Some(*chosen);
    }
    wanted
}

fn above(node: Node, world: &dyn World) -> impl Iterator<Item = Node> {
    std::iter::successors(Some(node), |it| world.parent(*it))
}

fn is_inside(node: Node, outer: Node, world: &dyn World) -> bool {
    world.kind(outer) != NodeKind::Document && above(node, world).any(|it| it == outer)
}

/// Shuffles from the inside out (Fisher and Yates) with the generator of Park and Miller: the same seed gives the
/// same order in every ODK client. Without a seed the session's chance decides.
fn randomize(args: &Arguments<'_>) -> Vec<Node> {
    const MODULUS: i64 = 2_147_483_647;
    let nodes = args.nodes(0);
    let seed = if args.len() > 1 { seed(args) } else { args.cx.world.draw() as i64 };
    let mut state = seed % MODULUS;
    if state <= 0 {
        state += MODULUS - 1;
    }
    let mut shuffled: Vec<Node> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        state = state * 16_807 % MODULUS;
        let place = (state - 1) as f64 / (MODULUS - 1) as f64 * (index + 1) as f64;
        let place = (place as usize).min(index);
        shuffled.push(node);
        shuffled.swap(place, index);
    }
    shuffled
}

/// A number is its own seed, without its fraction, and nothing is 0; any other text gives the first eight bytes of
/// its SHA-256.
fn seed(args: &Arguments<'_>) -> i64 {
    let text = match args.gives(1) {
        Gives::Number | Gives::Boolean => return args.number(1) as i64,
        Gives::Any | Gives::Time => match args.value(1) {
            Value::Number(it) => return it as i64,
            other => other.into_text(args.cx.world).into(),
        },
        Gives::Text | Gives::Nodes => args.text(1),
    };
    let number = text_number(&text);
    if !number.is_nan() || text.is_empty() {
        // Not-a-number becomes 0.
        return number as i64;
    }
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).fold(0, |bits, it| bits << 8 | i64::from(*it))
}
