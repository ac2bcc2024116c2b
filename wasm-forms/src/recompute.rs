//! Brings the instance back in order after a change: only what the change made dirty is evaluated, in the order
//! of the form, each rule once. Nobody ever sees a half-updated value.

use std::cmp::Reverse;

use crate::form::{ActionValue, Choices, Form, Reader, Rule, RuleKind};
use crate::instance::{NO_NODE, Scope, State};
use crate::parse::{Event, Seed};
use crate::types::cast;
use crate::xpath::Value;
use crate::xpath::ast::ModelId;

/// The most instances that `jr:count` makes; more is a mistake in the form or an attack.
const MAX_INSTANCES: usize = 5_000;

/// Marks every rule over every node, and settles.
pub(crate) fn settle_all(form: &Form, state: &mut State) {
    for node in 0..state.tree.len() as u32 {
        mark_rules_of(form, state, node);
    }
    settle(form, state);
}

/// Sets a value; whoever reads it is marked.
pub(crate) fn set_value(form: &Form, state: &mut State, node: u32, value: String) {
    if state.tree.node(node).value != value {
        state.tree.node_mut(node).value = value;
        concern(form, state, node);
    }
}

/// Marks the rules that read the clock: time has passed.
pub(crate) fn clock_moved(form: &Form, state: &mut State) {
    for rule in &form.clock_rules {
        let mut nodes = Vec::new();
        let model = context_model(form, &form.rules[*rule as usize]);
        state.tree.below(&form.model, 0, 0, model, &mut nodes);
        nodes.into_iter().for_each(|node| mark(state, *rule, node));
    }
}

/// Evaluates what is marked until nothing is.
pub(crate) fn settle(form: &Form, state: &mut State) {
    while let Some(Reverse((rule, node))) = state.pending.pop() {
        state.is_pending.remove(&(rule, node));
        if !state.tree.node(node).is_removed {
            apply(form, state, &form.rules[rule as usize], node);
        }
    }
}

/// Adds an instance of a repeat below `parent` and runs what the form does then.
pub(crate) fn add_instance(form: &Form, state: &mut State, repeat: ModelId, parent: u32) -> u32 {
    let empty = Seed { model: repeat, ..Seed::default() };
    let template = form.model.template(repeat).unwrap_or(&empty);
    let instance = state.tree.plant(&form.model, template, parent);
    let new = state.tree.subtree(instance);
    for node in &new {
        mark_rules_of(form, state, *node);
        concern(form, state, *node);
    }
    state.changes.repeats.insert(parent);
    state.changes.visibility = true;
    run_actions(form, state, Event::NewRepeat(repeat), instance);
    instance
}

/// Removes an instance; what counted it is marked.
pub(crate) fn remove_instance(form: &Form, state: &mut State, instance: u32) {
    let parent = state.tree.node(instance).parent;
    let model = state.tree.node(instance).model;
    let removed = state.tree.remove(instance);
    for node in &removed {
        concern(form, state, *node);
    }
    // The ones behind it have another position now.
    let siblings: Vec<u32> = state.tree.children_of(parent, model).collect();
    siblings.into_iter().for_each(|it| concern(form, state, it));
    for node in &removed {
        state.changes.nodes.remove(node);
    }
    state.changes.removed.extend(removed);
    state.changes.repeats.insert(parent);
    state.changes.visibility = true;
}

/// Runs the actions of an event whose targets lie below `within`.
pub(crate) fn run_actions(form: &Form, state: &mut State, event: Event, within: u32) {
    for action in form.actions.iter().filter(|it| it.event == event) {
        let anchor = state.tree.node(within).model;
        let inside = form.model.is_within(action.target, anchor);
        let mut targets = Vec::new();
        let (from, anchor) = if inside { (within, anchor) } else { (0, 0) };
        state.tree.below(&form.model, from, anchor, action.target, &mut targets);
        for target in targets {
            let value = match &action.value {
                ActionValue::Literal(text) => Value::Text(text.clone()),
                ActionValue::Computed(expr) => evaluate(form, state, expr, target),
            };
            let text = cast(form, state, target, value);
            set_value(form, state, target, text);
        }
    }
}

fn evaluate(form: &Form, state: &mut State, expr: &crate::xpath::Expr, node: u32) -> Value {
    state.n_evaluated += 1;
    Scope { form, state }.evaluate(expr, node)
}

fn apply(form: &Form, state: &mut State, rule: &Rule, node: u32) {
    match rule.kind {
        RuleKind::Count => set_count(form, state, rule, node),
        RuleKind::Choices | RuleKind::Calculate
            if state.is_check && (rule.draws || rule.kind == RuleKind::Choices) => {}
        RuleKind::Choices => drop_stale_choices(form, state, node),
        RuleKind::Calculate => {
            let value = evaluate(form, state, &rule.expr, node);
            let text = cast(form, state, node, value);
            set_value(form, state, node, text);
        }
        RuleKind::Relevant => {
            let relevant = evaluate(form, state, &rule.expr, node).to_boolean(&Scope { form, state });
            if state.tree.node(node).own_relevant != relevant {
                state.tree.node_mut(node).own_relevant = relevant;
                spread_relevance(form, state, node);
            }
        }
        RuleKind::Readonly | RuleKind::Required | RuleKind::Constraint => judge(form, state, rule, node),
    }
}

fn judge(form: &Form, state: &mut State, rule: &Rule, node: u32) {
    let is_empty = state.tree.node(node).value.is_empty();
    // An empty answer breaks no constraint.
    let holds = rule.kind == RuleKind::Constraint && is_empty
        || evaluate(form, state, &rule.expr, node).to_boolean(&Scope { form, state });
    let place = match rule.kind {
        RuleKind::Readonly => &mut state.tree.node_mut(node).readonly,
        RuleKind::Required => &mut state.tree.node_mut(node).required,
        _ => &mut state.tree.node_mut(node).is_valid,
    };
    if *place == holds {
        return;
    }
    *place = holds;
    state.changes.nodes.insert(node);
    if rule.kind == RuleKind::Readonly {
        // A group's is that of all below it.
        let below = state.tree.subtree(node);
        state.changes.nodes.extend(below);
    }
}

/// Hides or shows a node and what is below it; only what really changed concerns anybody.
fn spread_relevance(form: &Form, state: &mut State, node: u32) {
    let mut waiting = vec![node];
    while let Some(next) = waiting.pop() {
        let parent = state.tree.node(next).parent;
        let above = parent == NO_NODE || state.tree.node(parent).relevant;
        let relevant = above && state.tree.node(next).own_relevant;
        if state.tree.node(next).relevant != relevant {
            state.tree.node_mut(next).relevant = relevant;
            state.changes.visibility = true;
            concern(form, state, next);
            waiting.extend(state.tree.node(next).children.iter());
        }
    }
}

/// `jr:count`: as many instances as it says.
fn set_count(form: &Form, state: &mut State, rule: &Rule, parent: u32) {
    let wanted = evaluate(form, state, &rule.expr, parent);
    let wanted = wanted.to_number(&Scope { form, state });
    let wanted = if wanted.is_finite() && wanted > 0.0 { (wanted as usize).min(MAX_INSTANCES) } else { 0 };
    let present: Vec<u32> = state.tree.children_of(parent, rule.model).collect();
    for _ in present.len()..wanted {
        add_instance(form, state, rule.model, parent);
    }
    for extra in present.into_iter().skip(wanted) {
        if state.is_check {
            // What has arrived is judged, never dropped.
            state.extra_instances.push(extra);
        } else {
            remove_instance(form, state, extra);
        }
    }
}

/// A choice that a filter no longer offers is taken back.
fn drop_stale_choices(form: &Form, state: &mut State, node: u32) {
    let model = state.tree.node(node).model;
    let Some(item) = form.question_of[model as usize] else { return };
    state.changes.shown.insert((item, node));
    state.changes.nodes.insert(node);
    let value = state.tree.node(node).value.clone();
    if value.is_empty() {
        return;
    }
    let choices: &Choices = &form.body[item as usize].choices;
    state.n_evaluated += 1;
    let scope = Scope { form, state };
    let offered = |it: &&str| scope.label_of_choice(choices, node, it).is_some();
    let kept = value.split_whitespace().filter(offered).collect::<Vec<_>>().join(" ");
    set_value(form, state, node, kept);
}

/// Marks the readers of a node, and its own rules of judgement, after it changed.
fn concern(form: &Form, state: &mut State, node: u32) {
    let model = state.tree.node(node).model;
    state.changes.nodes.insert(node);
    for rule in &form.rules_of[model as usize] {
        if form.rules[*rule as usize].kind == RuleKind::Constraint {
            mark(state, *rule, node);
        }
    }
    for reader in &form.readers[model as usize] {
        let target = context_model(form, &form.rules[reader.reader as usize]);
        for reading in readers_of(form, state, node, *reader, target) {
            mark(state, reader.reader, reading);
        }
    }
    for reader in &form.shown_by[model as usize] {
        let Some(target) = form.body[reader.reader as usize].model else {
            state.changes.shown.insert((reader.reader, 0));
            continue;
        };
        for reading in readers_of(form, state, node, *reader, target) {
            state.changes.shown.insert((reader.reader, reading));
        }
    }
}

/// The node a rule is evaluated at: a count belongs to the repeat's parent.
fn context_model(form: &Form, rule: &Rule) -> ModelId {
    match rule.kind {
        RuleKind::Count => form.model.nodes[rule.model as usize].parent.unwrap_or(0),
        _ => rule.model,
    }
}

fn readers_of(form: &Form, state: &State, node: u32, reader: Reader, target: ModelId) -> Vec<u32> {
    let mut found = Vec::new();
    let anchor = if form.model.is_within(target, reader.anchor) { reader.anchor } else { 0 };
    let Some(from) = state.tree.ancestor(node, anchor) else { return found };
    if !state.tree.node(from).is_removed {
        state.tree.below(&form.model, from, anchor, target, &mut found);
    }
    found
}

fn mark_rules_of(form: &Form, state: &mut State, node: u32) {
    let model = state.tree.node(node).model;
    for rule in &form.rules_of[model as usize] {
        if form.rules[*rule as usize].kind != RuleKind::Count {
            mark(state, *rule, node);
        }
    }
    for child in &form.model.nodes[model as usize].children {
        for rule in &form.rules_of[*child as usize] {
            if form.rules[*rule as usize].kind == RuleKind::Count {
                mark(state, *rule, node);
            }
        }
    }
}

fn mark(state: &mut State, rule: u32, node: u32) {
    if state.is_pending.insert((rule, node)) {
        state.pending.push(Reverse((rule, node)));
    }
}
