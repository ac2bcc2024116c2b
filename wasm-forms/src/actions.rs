//! What a form does when something happens: `setvalue` and `setgeopoint`.
//!
//! Source: ODK XForms, "Events and Actions"; XForms 1.1, `xforms-value-changed`. A change by an action or a calculation
//! sets off actions as an answer does, once all is settled. No action changes a node whose own change led to it, and a
//! calculation sets off its actions once: what a person answered is not taken from them, and no chain is endless.

use crate::form::{Action, ActionValue, Form};
use crate::instance::{self, State};
use crate::parse::Event;
use crate::recompute::{ask_filter, evaluate, frames_in, override_value};
use crate::types::cast;
use crate::xpath::Value;

/// The most changes that one change may lead to.
const MAX_CHANGES: usize = 1_000;

/// Changes of values that something is done about, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    all: Vec<Change>,
    /// How many of them their actions have followed.
    n_followed: usize,
    /// The one whose actions are running.
    present: Option<usize>,
}

#[derive(Debug, Clone)]
struct Change {
    node: u32,
    /// The change whose action this one is.
    cause: Option<usize>,
}

impl Changes {
    /// Whether the present action comes of a change of this node.
    fn are_caused_by(&self, node: u32) -> bool {
        let changes = std::iter::successors(self.present, |it| self.all[*it].cause);
        changes.into_iter().any(|it| self.all[it].node == node)
    }
}

/// Runs the actions of a question that was answered.
pub(crate) fn answered(form: &Form, state: &mut State, node: u32) {
    note(form, state, node);
    follow(form, state);
}

/// Runs the actions of the next change that nothing was done about; returns whether there was one.
pub(crate) fn follow(form: &Form, state: &mut State) -> bool {
    let Some(node) = state.changes.all.get(state.changes.n_followed).map(|it| it.node) else {
        state.changes = Changes::default();
        return false;
    };
    state.changes.present = Some(state.changes.n_followed);
    state.changes.n_followed += 1;
    if !state.tree.is_removed(node) {
        run(form, state, Event::ValueChanged(state.tree.node(node).model), node);
    }
    state.changes.present = None;
    true
}

/// Notes that a calculation changed a value.
pub(crate) fn note_calculated(form: &Form, state: &mut State, node: u32) {
    if state.changes.all.iter().all(|it| it.node != node) {
        note(form, state, node);
    }
}

fn note(form: &Form, state: &mut State, node: u32) {
    let has_actions = form.facts[state.tree.node(node).model as usize].has_actions;
    if has_actions && !state.is_check && state.changes.all.len() < MAX_CHANGES {
        state.changes.all.push(Change { node, cause: state.changes.present });
    }
}

/// Runs the actions of an event whose targets lie in the frame of `within`, or outside of it for targets elsewhere.
pub(crate) fn run(form: &Form, state: &mut State, event: Event, within: u32) {
    for action in form.actions.iter().filter(|it| it.event == event) {
        for target in targets(form, state, action, within) {
            if state.changes.are_caused_by(target) {
                continue;
            }
            let value = match &action.value {
                ActionValue::Literal(text) => Value::Text(text.clone()),
                ActionValue::Computed(expr) => evaluate(form, state, expr, target),
                ActionValue::Location => {
                    state.request(target);
                    continue;
                }
            };
            let text = cast(form, state, target, value);
            let is_changed = state.tree.node(target).value() != text;
            override_value(form, state, target, &text);
            ask_filter(form, state, target);
            if is_changed {
                note(form, state, target);
            }
        }
    }
}

/// The nodes that an action means. One that changes a value because another changed must mean one node (ODK XForms,
/// "Actions"): where there are several it means none, rather than overwrite answers of all instances.
fn targets(form: &Form, state: &mut State, action: &Action, within: u32) -> Vec<u32> {
    let targets: Vec<u32> = match &action.choice {
        Some(choice) => {
            let Value::Nodes(found) = evaluate(form, state, choice, within) else { return Vec::new() };
            let found = found.into_iter().filter_map(instance::primary_node);
            found.filter(|it| state.tree.node(*it).model == action.target).collect()
        }
        None => {
            let scope = form.model.node(action.target).scope;
            let frame = state.tree.node(within).frame;
            let common = form.model.common_scope(state.tree.frame(frame).scope, scope);
            let from = state.tree.frame_at_depth(frame, &form.model, form.model.scope(common).depth);
            let frames = frames_in(form, state, from, scope).into_iter();
            frames.map(|it| state.tree.at(it, &form.model, action.target)).collect()
        }
    };
    let is_at_load = matches!(action.event, Event::FirstLoad | Event::Load);
    if is_at_load || targets.len() == 1 { targets } else { Vec::new() }
}
