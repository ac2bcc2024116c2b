//! An arena of nodes. Ids are never used twice; a removed node keeps its parent so that what it concerned is found.

use crate::parse::{Model, Seed};
use crate::xpath::ast::ModelId;

/// No such node.
pub(crate) const NO_NODE: u32 = u32::MAX;

#[derive(Debug, Clone)]
pub(crate) struct TreeNode {
    pub model: ModelId,
    pub parent: u32,
    pub children: Vec<u32>,
    /// Which of its siblings of the same model node it is, from 1.
    pub position: u32,
    pub value: String,
    /// What its own `relevant` says.
    pub own_relevant: bool,
    /// Whether it and all its ancestors are relevant.
    pub relevant: bool,
    pub readonly: bool,
    pub required: bool,
    /// Whether its constraint holds for the present value.
    pub is_valid: bool,
    pub is_removed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<TreeNode>,
    /// By model node outside of repeats: its one node.
    single: Vec<u32>,
}

pub(crate) const ROOT_NODE: u32 = 0;

impl Tree {
    pub fn grow(model: &Model, seed: &Seed) -> Tree {
        let mut tree =
            Tree { nodes: Vec::with_capacity(model.nodes.len()), single: vec![NO_NODE; model.nodes.len()] };
        tree.plant(model, seed, NO_NODE);
        tree
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn node(&self, id: u32) -> &TreeNode {
        &self.nodes[id as usize]
    }

    pub fn node_mut(&mut self, id: u32) -> &mut TreeNode {
        &mut self.nodes[id as usize]
    }

    /// Returns the node of a model node that lies in no repeat.
    pub fn single(&self, model: ModelId) -> Option<u32> {
        Some(self.single[model as usize]).filter(|it| *it != NO_NODE)
    }

    /// Adds a seed below `parent`, after the last child of the same model node, else as the form orders them.
    pub fn plant(&mut self, model: &Model, seed: &Seed, parent: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(TreeNode {
            model: seed.model,
            parent,
            children: Vec::with_capacity(seed.children.len()),
            position: 1,
            value: seed.text.to_string(),
            own_relevant: true,
            relevant: parent == NO_NODE || self.node(parent).relevant,
            readonly: false,
            required: false,
            is_valid: true,
            is_removed: false,
        });
        if !model.nodes[seed.model as usize].in_repeat {
            self.single[seed.model as usize] = id;
        }
        if parent != NO_NODE {
            let at = self.place_for(seed.model, parent);
            let before = at.checked_sub(1).map(|it| self.node(self.node(parent).children[it]));
            let before = before.filter(|it| it.model == seed.model).map_or(0, |it| it.position);
            self.nodes[id as usize].position = before + 1;
            self.nodes[parent as usize].children.insert(at, id);
        }
        for child in &seed.children {
            self.plant(model, child, id);
        }
        id
    }

    fn place_for(&self, model: ModelId, parent: u32) -> usize {
        // Model numbers grow in document order among siblings.
        let children = &self.node(parent).children;
        children.iter().rposition(|it| self.node(*it).model <= model).map_or(0, |it| it + 1)
    }

    /// Takes a node and all below it out of the tree; returns them, the node first.
    pub fn remove(&mut self, id: u32) -> Vec<u32> {
        let parent = self.node(id).parent;
        self.nodes[parent as usize].children.retain(|it| *it != id);
        let siblings: Vec<u32> = self.children_of(parent, self.node(id).model).collect();
        for (index, sibling) in siblings.into_iter().enumerate() {
            self.nodes[sibling as usize].position = index as u32 + 1;
        }
        let removed = self.subtree(id);
        for node in &removed {
            self.nodes[*node as usize].is_removed = true;
        }
        removed
    }

    /// Returns a node and all below it in document order.
    pub fn subtree(&self, id: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut waiting = vec![id];
        while let Some(next) = waiting.pop() {
            found.push(next);
            waiting.extend(self.node(next).children.iter().rev());
        }
        found
    }

    pub fn children_of(&self, id: u32, model: ModelId) -> impl Iterator<Item = u32> + '_ {
        self.node(id).children.iter().copied().filter(move |it| self.node(*it).model == model)
    }

    /// Returns the nearest node of a model node among a node and its ancestors.
    pub fn ancestor(&self, id: u32, model: ModelId) -> Option<u32> {
        let parent = |it: &u32| Some(self.node(*it).parent).filter(|it| *it != NO_NODE);
        std::iter::successors(Some(id), parent).find(|it| self.node(*it).model == model)
    }

    /// Appends the nodes of `target` below (or at) `from`, whose model node is `anchor`.
    pub fn below(&self, model: &Model, from: u32, anchor: ModelId, target: ModelId, out: &mut Vec<u32>) {
        if let Some(single) = self.single(target) {
            out.push(single);
            return;
        }
        let mut chain: Vec<ModelId> = Vec::new();
        let mut at = target;
        while at != anchor {
            chain.push(at);
            match model.nodes[at as usize].parent {
                Some(parent) => at = parent,
                None => return,
            }
        }
        let mut level = vec![from];
        for step in chain.into_iter().rev() {
            level = level.iter().flat_map(|it| self.children_of(*it, step)).collect();
        }
        out.extend(level);
    }

    /// Returns the path of a node with positions where its repeat has instances.
    pub fn reference(&self, model: &Model, id: u32) -> String {
        let node = self.node(id);
        let definition = &model.nodes[node.model as usize];
        let above = if node.parent == NO_NODE { String::new() } else { self.reference(model, node.parent) };
        let sign = if definition.is_attribute { "@" } else { "" };
        if definition.is_repeat && node.parent != NO_NODE {
            return format!("{above}/{}[{}]", definition.name, node.position);
        }
        format!("{above}/{sign}{}", definition.name)
    }
}
