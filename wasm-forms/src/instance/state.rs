//! Everything that changes while a form is filled in.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::sync::Arc;

use super::tree::Tree;
use crate::form::Form;
use crate::lists::Table;
use crate::parse::Seed;
use crate::{Env, Lists};

#[derive(Debug)]
pub(crate) struct State {
    pub tree: Tree,
    /// By the form's list number.
    pub tables: Vec<Arc<Table>>,
    pub env: Env,
    /// Where the session's chance stands.
    pub chance: Cell<u64>,
    pub language: usize,
    /// Rules still to be evaluated, first in the form's order first.
    pub pending: BinaryHeap<Reverse<(u32, u32)>>,
    pub is_pending: HashSet<(u32, u32)>,
    pub changes: Changes,
    /// Whether the instance is judged, not filled in: values drawn by chance and stale choices stay as they are.
    pub is_check: bool,
    /// Instances of a submission beyond what `jr:count` allows.
    pub extra_instances: Vec<u32>,
    /// How many expressions were evaluated since the session began.
    pub n_evaluated: u64,
}

/// What one call changed, for the view.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Nodes whose value or state changed.
    pub nodes: BTreeSet<u32>,
    /// Body items and the nodes they show whose texts or choices changed.
    pub shown: BTreeSet<(u32, u32)>,
    /// Parents of repeats that gained or lost instances.
    pub repeats: BTreeSet<u32>,
    pub removed: Vec<u32>,
    /// Whether anything came to be shown or hidden.
    pub visibility: bool,
}

impl State {
    pub fn new(form: &Form, lists: &Lists, env: Env, seed: &Seed) -> State {
        let table = |it: &crate::form::List| {
            it.table.clone().or_else(|| lists.get(&it.id).cloned()).unwrap_or_default()
        };
        State {
            tree: Tree::grow(&form.model, seed),
            tables: form.lists.iter().map(table).collect(),
            chance: Cell::new(env.seed),
            language: form.texts.default,
            env,
            pending: BinaryHeap::new(),
            is_pending: HashSet::new(),
            changes: Changes::default(),
            is_check: false,
            extra_instances: Vec::new(),
            n_evaluated: 0,
        }
    }
}
