//! The axes and node tests of XPath 1.0, sections 2.2 and 2.3. Nothing here recurses: documents may be deep.

use super::ast::{Axis, Step, Test};
use super::{Node, NodeKind, World};

/// Appends the nodes on the step's axis that pass its test, nearest first on reverse axes.
pub(super) fn candidates(node: Node, step: &Step, world: &dyn World, out: &mut Vec<Node>) {
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
            name.prefix().is_none() && world.name(node) == name.local()
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
