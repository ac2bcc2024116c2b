//! Everything that changes while a form is filled in.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::agenda::Agenda;
use super::tally::Tally;
use super::tree::{ROOT_FRAME, Tree};
use super::views::Views;
use crate::actions::Changes;
use crate::evidence::binding::Binding;
use crate::form::Form;
use crate::hash::FastMap;
use crate::lists::Table;
use crate::parse::Seed;
use crate::{Env, Lists};

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub tree: Tree,
    /// By the form's list number.
    pub tables: Vec<Arc<Table>>,
    pub env: Env,
    /// Where the session's chance stands.
    pub chance: Cell<u64>,
    pub language: usize,
    pub agenda: Agenda,
    /// By model node and context of a rule that depends on itself: how often it was evaluated since the last change,
    /// and how many instances there were before.
    pub rounds: FastMap<(u32, u32), (u32, usize)>,
    pub views: Views,
    /// Aggregates that somebody asked for, by number and frame.
    pub tallies: RefCell<FastMap<(u32, u32), Tally>>,
    /// Whether the instance is judged, not filled in: values drawn by chance and stale choices stay as they are.
    pub is_check: bool,
    /// Whether the instance is being made: the instances of repeats that the form writes are not new.
    pub is_beginning: bool,
    /// First nodes of instances of a submission beyond what `jr:count` allows.
    pub extra_instances: Vec<u32>,
    /// Repeats that are to have more instances than are made, and the frames around them, in order.
    pub cut: Vec<(u32, u32)>,
    /// By node: what a person typed, where the instance holds it in another form, or nothing because it is no value
    /// of the node's type.
    pub typed: FastMap<u32, Box<str>>,
    /// By node: what was chosen before a filter took some of it away; it comes back with the filter.
    pub withheld: FastMap<u32, Box<str>>,
    /// By node that has a calculation: what a person answered there, or an action set, since it was last calculated.
    pub overridden: FastMap<u32, Box<str>>,
    /// By signature: what it was given under, where the form says what it covers.
    pub signed: FastMap<u32, Binding>,
    /// Whether all is evaluated because the session needs it, not because anything changed: then what was put in the
    /// place of a calculation stays.
    pub is_settling_all: bool,
    /// How many nodes an instance to be checked arrived with.
    pub n_arrived: usize,
    /// A text to write into, kept so that calculations need no new one.
    pub text: String,
    /// Changes of values that set off actions.
    pub changes: Changes,
    /// Nodes that wait for the device's location, in the order in which they were asked for.
    pub awaited: Vec<u32>,
    /// Those of them that the caller has not been told of.
    pub untold: Vec<u32>,
    /// How many expressions were evaluated since the session began.
    pub n_evaluated: u64,
}

impl State {
    pub fn new(form: &Form, lists: &Lists, env: Env, seed: &Seed) -> State {
        let env = env.bounded();
        let table = |it: &crate::form::List| {
            it.table.clone().or_else(|| lists.get(&it.id).cloned()).unwrap_or_default()
        };
        let mut state = State {
            tree: Tree::grow(&form.model, seed),
            tables: form.lists.iter().map(table).collect(),
            chance: Cell::new(env.seed),
            language: form.texts.default,
            env,
            agenda: Agenda::new(form.rules.len()),
            rounds: FastMap::default(),
            views: Views::new(),
            tallies: RefCell::default(),
            is_check: false,
            is_beginning: true,
            extra_instances: Vec::new(),
            cut: Vec::new(),
            typed: FastMap::default(),
            withheld: FastMap::default(),
            overridden: FastMap::default(),
            signed: FastMap::default(),
            is_settling_all: false,
            n_arrived: 0,
            text: String::new(),
            changes: Changes::default(),
            awaited: Vec::new(),
            untold: Vec::new(),
            n_evaluated: 0,
        };
        state.n_arrived = state.tree.len();
        state.welcome_frames(form, ROOT_FRAME);
        state
    }

    /// Notes whether a repeat in the frame `around` is to have more instances than are made.
    pub fn note_cut(&mut self, repeat: u32, around: u32, is_cut: bool) {
        if !is_cut && self.cut.is_empty() {
            return;
        }
        match self.cut.binary_search(&(repeat, around)) {
            Ok(at) if !is_cut => drop(self.cut.remove(at)),
            Err(at) if is_cut => self.cut.insert(at, (repeat, around)),
            _ => {}
        }
    }

    /// Notes that a node wants the device's location.
    pub fn request(&mut self, node: u32) {
        if !self.is_check && !self.untold.contains(&node) {
            self.awaited.retain(|it| *it != node);
            self.awaited.push(node);
            self.untold.push(node);
        }
    }

    /// Makes room for the frames from `first` on.
    pub fn welcome_frames(&mut self, form: &Form, first: u32) {
        for frame in first..self.tree.n_frames() as u32 {
            let scope = self.tree.frame(frame).scope;
            self.agenda.add_frame(form.rules_in.of(scope).len());
            self.views.add_frame(form, scope);
        }
    }
}
