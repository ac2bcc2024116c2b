//! The instance of one session as frames.
//!
//! A frame holds the nodes of one scope: all of the instance that stands in no repeat, or one instance of a repeat.
//! Within a scope every node has a fixed offset, so a node is `base + offset`, and a path is "climb so many frames,
//! go down so many repeats, take that offset": nothing is searched. Ids are never used twice; a removed frame keeps
//! its parent, so that what it concerned is found.

use std::cell::Cell;

use crate::parse::{Model, ROOT, ScopeId, Seed, same_name};
use crate::xpath::ast::{Fixed, ModelId};
use crate::xpath::value::{text_number, write_number};

/// The root element.
pub(crate) const ROOT_NODE: u32 = 0;
/// The frame of everything outside of repeats.
pub(crate) const ROOT_FRAME: u32 = 0;

/// A number that was not computed yet: a not-a-number no arithmetic makes.
const UNKNOWN: u64 = 0x7ff8_0bad_cafe_0001;

#[derive(Debug, Clone)]
pub(crate) struct TreeNode {
    pub model: ModelId,
    pub frame: u32,
    value: String,
    /// The value as a number, once somebody asked for it.
    number: Cell<f64>,
    /// What its own `relevant` says.
    pub own_relevant: bool,
    /// Whether it and all its ancestors are relevant.
    pub relevant: bool,
    pub readonly: bool,
    pub required: bool,
    /// Whether its constraint holds for the present value.
    pub is_valid: bool,
}

impl TreeNode {
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the value as XPath reads it as a number.
    pub fn number(&self) -> f64 {
        if self.number.get().to_bits() == UNKNOWN {
            self.number.set(text_number(&self.value));
        }
        self.number.get()
    }

    /// Keeps what the present value is as a number; the caller has just written it.
    pub fn keep_number(&mut self, number: f64) {
        self.number.set(number);
    }

    pub fn set_value(&mut self, value: &str) {
        self.value.clear();
        self.value.push_str(value);
        self.number.set(f64::from_bits(UNKNOWN));
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub scope: ScopeId,
    /// The frame around it; its own number for the root's.
    pub parent: u32,
    /// Which of the instances of its repeat it is, from 0.
    pub position: u32,
    /// The id of its first node.
    pub base: u32,
    pub is_removed: bool,
    /// By slot of the scope: the frames of the repeats directly inside, in order.
    pub inner: Box<[Vec<u32>]>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    nodes: Vec<TreeNode>,
    frames: Vec<Frame>,
    /// How many of the nodes were removed.
    n_removed: usize,
}

impl Tree {
    pub fn grow(model: &Model, seed: &Seed) -> Tree {
        let mut tree =
            Tree { nodes: Vec::with_capacity(model.nodes.len()), frames: Vec::new(), n_removed: 0 };
        tree.plant(model, seed, ROOT_FRAME, None);
        if let Some(reserved) = model.reserved.and_then(|it| tree.single(model, it)) {
            let is_there = !tree.node(reserved).value().is_empty();
            tree.node_mut(reserved).own_relevant = is_there;
            tree.node_mut(reserved).relevant = is_there;
        }
        tree
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns how many nodes there are that were not removed.
    pub fn n_alive(&self) -> usize {
        self.nodes.len() - self.n_removed
    }

    pub fn n_frames(&self) -> usize {
        self.frames.len()
    }

    pub fn node(&self, id: u32) -> &TreeNode {
        &self.nodes[id as usize]
    }

    pub fn node_mut(&mut self, id: u32) -> &mut TreeNode {
        &mut self.nodes[id as usize]
    }

    pub fn frame(&self, id: u32) -> &Frame {
        &self.frames[id as usize]
    }

    pub fn frame_of(&self, node: u32) -> &Frame {
        self.frame(self.node(node).frame)
    }

    pub fn is_removed(&self, node: u32) -> bool {
        self.frame_of(node).is_removed
    }

    /// Returns the node of a model node in a frame of its scope.
    pub fn at(&self, frame: u32, model: &Model, id: ModelId) -> u32 {
        self.frame(frame).base + model.node(id).offset
    }

    /// Returns the node of a model node that lies in no repeat.
    pub fn single(&self, model: &Model, id: ModelId) -> Option<u32> {
        let node = model.node(id);
        (node.scope == 0).then_some(node.offset)
    }

    /// Returns the frame at `depth` around (or at) a frame.
    pub fn frame_at_depth(&self, mut frame: u32, model: &Model, depth: u32) -> u32 {
        while model.scope(self.frame(frame).scope).depth > depth {
            frame = self.frame(frame).parent;
        }
        frame
    }

    /// Appends the frames of `scope` that stand in (or are) `from`, in document order.
    pub fn frames_in(&self, from: u32, model: &Model, scope: ScopeId, out: &mut Vec<u32>) {
        if self.frame(from).scope == scope {
            out.push(from);
            return;
        }
        let here = model.scope(self.frame(from).scope).depth;
        if model.scope(scope).depth <= here {
            return;
        }
        let next = model.scope_at_depth(scope, here + 1);
        if model.scope(next).parent != self.frame(from).scope {
            return;
        }
        for inner in &self.frame(from).inner[model.scope(next).slot as usize] {
            self.frames_in(*inner, model, scope, out);
        }
    }

    /// Returns all nodes of a model node in document order.
    pub fn all(&self, model: &Model, id: ModelId) -> Vec<u32> {
        let mut frames = Vec::new();
        self.frames_in(ROOT_FRAME, model, model.node(id).scope, &mut frames);
        frames.into_iter().map(|it| self.at(it, model, id)).collect()
    }

    /// Returns the model node and the frame of a path with positions, and whether it names a repeat as a whole: then
    /// the frame is the one around it. A position may be left out where there is one instance before the last step.
    pub fn locate(&self, model: &Model, reference: &str) -> Option<(ModelId, u32, bool)> {
        let mut steps = reference.trim().strip_prefix('/')?.split('/').peekable();
        let root = steps.next()?;
        if !same_name(root, &model.node(ROOT).name) {
            return None;
        }
        let (mut at, mut frame) = (ROOT, ROOT_FRAME);
        while let Some(step) = steps.next() {
            let (name, position) = match step.split_once('[') {
                Some((name, position)) => (name, Some(position.strip_suffix(']')?.parse::<usize>().ok()?)),
                None => (step, None),
            };
            at = match name.strip_prefix('@') {
                Some(name) => model.child(at, name, true)?,
                None => model.child(at, name, false)?,
            };
            if model.node(at).is_repeat {
                if position.is_none() && steps.peek().is_none() {
                    return Some((at, frame, true));
                }
                frame = *self.instances(frame, model, at).get(position.unwrap_or(1).checked_sub(1)?)?;
            } else if position.is_some_and(|it| it != 1) {
                return None;
            }
        }
        Some((at, frame, false))
    }

    /// Returns the instances of a repeat next to (or in) a frame: those whose scope opens directly inside it.
    pub fn instances(&self, frame: u32, model: &Model, repeat: ModelId) -> &[u32] {
        let scope = model.scope(model.node(repeat).scope);
        self.frame(frame).inner.get(scope.slot as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the one node that a path without repeats on its way down leads to.
    pub fn follow_single(&self, path: &Fixed, model: &Model, context: u32) -> u32 {
        if path.depth == 0 {
            return path.offset;
        }
        let frame = self.frame_at_depth(self.node(context).frame, model, path.depth);
        self.frame(frame).base + path.offset
    }

    /// Appends the nodes that a path leads to.
    pub fn follow(&self, path: &Fixed, model: &Model, context: u32, out: &mut Vec<u32>) {
        let frame = self.frame_at_depth(self.node(context).frame, model, path.depth);
        self.descend(frame, &path.slots, path.offset, out);
    }

    fn descend(&self, frame: u32, slots: &[u32], offset: u32, out: &mut Vec<u32>) {
        match slots {
            [] => out.push(self.frame(frame).base + offset),
            [slot, rest @ ..] => {
                for inner in &self.frame(frame).inner[*slot as usize] {
                    self.descend(*inner, rest, offset, out);
                }
            }
        }
    }

    /// Adds what a seed describes as a frame inside `parent`, at the end or as the instance number `at`.
    pub fn plant(&mut self, model: &Model, seed: &Seed, parent: u32, at: Option<usize>) -> u32 {
        let id = self.frames.len() as u32;
        let scope = model.node(seed.model).scope;
        let shape = model.scope(scope);
        let base = self.nodes.len() as u32;
        self.frames.push(Frame {
            scope,
            parent: if id == ROOT_FRAME { ROOT_FRAME } else { parent },
            position: 0,
            base,
            is_removed: false,
            inner: vec![Vec::new(); shape.inner.len()].into(),
        });
        self.nodes.extend(shape.nodes.iter().map(|node| TreeNode {
            model: *node,
            frame: id,
            value: String::new(),
            number: Cell::new(f64::NAN),
            own_relevant: true,
            relevant: true,
            readonly: false,
            required: false,
            is_valid: true,
        }));
        if id != ROOT_FRAME {
            let slot = shape.slot as usize;
            let siblings = &mut self.frames[parent as usize].inner[slot];
            let place = at.unwrap_or(siblings.len()).min(siblings.len());
            siblings.insert(place, id);
            self.number_instances(parent, slot, place);
            let above = model.node(seed.model).parent.map(|it| self.at(parent, model, it));
            if above.is_some_and(|it| !self.node(it).relevant) {
                self.nodes[base as usize..].iter_mut().for_each(|it| it.relevant = false);
            }
        }
        self.sow(model, seed, id);
        id
    }

    /// Fills a frame from its seed; repeats inside become frames of their own.
    fn sow(&mut self, model: &Model, seed: &Seed, frame: u32) {
        if !seed.text.is_empty() {
            let node = self.at(frame, model, seed.model);
            self.node_mut(node).set_value(&seed.text);
        }
        for child in &seed.children {
            if model.node(child.model).is_repeat {
                self.plant(model, child, frame, None);
            } else {
                self.sow(model, child, frame);
            }
        }
    }

    fn number_instances(&mut self, parent: u32, slot: usize, from: usize) {
        for index in from..self.frames[parent as usize].inner[slot].len() {
            let sibling = self.frames[parent as usize].inner[slot][index];
            self.frames[sibling as usize].position = index as u32;
        }
    }

    /// Takes a frame and all inside it out of the tree; returns them, the frame first.
    pub fn remove(&mut self, model: &Model, id: u32) -> Vec<u32> {
        let Frame { parent, position, scope, .. } = *self.frame(id);
        let slot = model.scope(scope).slot as usize;
        self.frames[parent as usize].inner[slot].remove(position as usize);
        self.number_instances(parent, slot, position as usize);
        let removed = self.frames_below(id);
        for frame in &removed {
            self.n_removed += model.scope(self.frame(*frame).scope).nodes.len();
            self.frames[*frame as usize].is_removed = true;
        }
        removed
    }

    /// Returns a frame and all inside it, outer ones first.
    pub fn frames_below(&self, id: u32) -> Vec<u32> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(frame) = found.get(next).copied() {
            found.extend(self.frame(frame).inner.iter().flatten());
            next += 1;
        }
        found
    }

    /// Returns the node above.
    pub fn parent(&self, model: &Model, id: u32) -> Option<u32> {
        let node = self.node(id);
        let parent = model.node(node.model).parent?;
        let frame = self.frame(node.frame);
        let frame = if frame.base == id { frame.parent } else { node.frame };
        Some(self.at(frame, model, parent))
    }

    /// Calls `visit` with the children of a node in document order, attributes first as the model has them.
    pub fn each_child(&self, model: &Model, id: u32, visit: &mut dyn FnMut(u32)) {
        let node = self.node(id);
        for child in &model.node(node.model).children {
            self.each_named(model, node.frame, *child, visit);
        }
    }

    /// Calls `visit` with the nodes of one child model node of a node in `frame`.
    pub fn each_named(&self, model: &Model, frame: u32, child: ModelId, visit: &mut dyn FnMut(u32)) {
        if model.node(child).is_repeat {
            self.instances(frame, model, child).iter().for_each(|it| visit(self.frame(*it).base));
        } else {
            visit(self.at(frame, model, child));
        }
    }

    /// Returns a node and all below it in document order.
    pub fn subtree(&self, model: &Model, id: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut waiting = vec![id];
        let mut children = Vec::new();
        while let Some(next) = waiting.pop() {
            found.push(next);
            self.each_child(model, next, &mut |it| children.push(it));
            waiting.extend(children.drain(..).rev());
        }
        found
    }

    /// Returns the nearest node of a model node among a node and its ancestors.
    pub fn ancestor(&self, model: &Model, id: u32, wanted: ModelId) -> Option<u32> {
        std::iter::successors(Some(id), |it| self.parent(model, *it))
            .find(|it| self.node(*it).model == wanted)
    }

    /// Returns the path of a node with positions where its repeat has instances.
    pub fn reference(&self, model: &Model, id: u32) -> String {
        let mut path = String::new();
        self.write_reference(model, id, &mut path);
        path
    }

    fn write_reference(&self, model: &Model, id: u32, path: &mut String) {
        if let Some(above) = self.parent(model, id) {
            self.write_reference(model, above, path);
        }
        let node = self.node(id);
        let definition = model.node(node.model);
        path.push('/');
        if definition.is_attribute {
            path.push('@');
        }
        *path += &definition.name;
        if definition.is_repeat {
            path.push('[');
            write_number(f64::from(self.frame(node.frame).position + 1), path);
            path.push(']');
        }
    }

    /// Returns the place of a node in document order, as positions from the root down.
    pub fn place(&self, model: &Model, id: u32) -> Vec<(usize, u32)> {
        let mut place: Vec<(usize, u32)> = std::iter::successors(Some(id), |it| self.parent(model, *it))
            .map(|it| (model.node(self.node(it).model).place, self.position(model, it)))
            .collect();
        place.reverse();
        place
    }

    fn position(&self, model: &Model, id: u32) -> u32 {
        if model.node(self.node(id).model).is_repeat { self.frame_of(id).position } else { 0 }
    }
}
