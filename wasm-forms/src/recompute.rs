//! Brings the instance back in order after a change: only what the change made dirty is evaluated, in the order
//! of the form, each rule once. Nobody ever sees a half-updated value.

use crate::actions;
use crate::answers::storable;
use crate::form::{Form, Reader, Rule, RuleKind};
use crate::instance::{self, ROOT_FRAME, Scope, State};
use crate::parse::{BodyKind, Event, ScopeId, Seed};
use crate::preload;
use crate::types::{cast, write_cast};
use crate::view::{Choice, Control, DataType, InstanceChange, Parts};
use crate::xpath::ast::{Expr, ModelId};
use crate::xpath::value::text_number;
use crate::xpath::{Value, eval};

/// The most instances that `jr:count` makes; more is a mistake in the form or an attack.
const MAX_INSTANCES: usize = 5_000;
/// The most nodes of an instance that `jr:count` adds to.
const MAX_NODES: usize = 200_000;
/// How often a rule that depends on itself is evaluated at one node after one change. One that has not come to rest
/// by then never will: it is left alone, and a repeat it counts gets back the number of instances it had.
const MAX_CIRCULAR: u32 = 100;

/// Marks every rule in every frame, and settles. What was put in the place of a calculation stays.
pub(crate) fn settle_all(form: &Form, state: &mut State) {
    state.is_settling_all = true;
    for frame in 0..state.tree.n_frames() as u32 {
        mark_frame(form, state, frame);
    }
    settle(form, state);
    state.is_settling_all = false;
    state.is_beginning = false;
}

/// Takes up what a person typed: its value is set, and where the type writes it in another way or it is no value of
/// the type at all, the text is kept beside it for the screen. Where the type keeps only a part of it, a whole number
/// or a day, the screen shows that part: what a person sees is what is stored.
/// Characters that no document can hold are left out.
pub(crate) fn take_answer(form: &Form, state: &mut State, node: u32, typed: &str) {
    let typed = &*instance::writable(typed);
    let value = storable(form, state, node, typed).into_owned();
    override_value(form, state, node, &value);
    if value != typed {
        let data_type = form.data_types[state.tree.node(node).model as usize];
        let is_cut = matches!(data_type, DataType::Int | DataType::Date)
            && !value.is_empty()
            && text_number(typed) != text_number(&value);
        if !is_cut {
            state.typed.insert(node, typed.into());
        }
        note(form, state, node);
    }
}

/// Puts a value in the place of whatever a calculation or a filter had made of it.
pub(crate) fn override_value(form: &Form, state: &mut State, node: u32, value: &str) {
    state.withheld.remove(&node);
    set_value(form, state, node, value);
    if form.rule_of(state.tree.node(node).model, RuleKind::Calculate).is_some() {
        state.overridden.insert(node, value.into());
    }
}

/// Takes back, when its filter is asked, a choice that was never offered.
pub(crate) fn ask_filter(form: &Form, state: &mut State, node: u32) {
    let (model, frame) = (state.tree.node(node).model, state.tree.node(node).frame);
    for number in form.rules_of.of(model) {
        let rule = &form.rules[*number as usize];
        if rule.kind == RuleKind::Choices {
            state.agenda.mark(*number, rule, frame);
        }
    }
}

/// Sets a value; whoever reads it is marked.
pub(crate) fn set_value(form: &Form, state: &mut State, node: u32, value: &str) {
    if !state.typed.is_empty() && state.typed.remove(&node).is_some() {
        note(form, state, node);
    }
    if state.tree.node(node).value() != value {
        state.discount(form, node);
        state.tree.node_mut(node).set_value(value);
        state.count(form, node);
        concern(form, state, node);
    }
}

/// Sets a value that is a number written out, so that nobody has to read it again.
fn set_number(form: &Form, state: &mut State, node: u32, text: &str, number: f64) {
    let before = state.tree.node(node).number();
    set_value(form, state, node, text);
    if !text.is_empty() && before.to_bits() != number.to_bits() {
        state.tree.node_mut(node).keep_number(number);
    }
}

/// Marks the rules that read the clock: time has passed.
pub(crate) fn clock_moved(form: &Form, state: &mut State) {
    for number in &form.clock_rules {
        let rule = &form.rules[*number as usize];
        for frame in frames_in(form, state, ROOT_FRAME, rule.scope) {
            state.agenda.mark(*number, rule, frame);
        }
    }
}

/// Evaluates what is marked until nothing is, and does what the form wants done about values that changed so.
pub(crate) fn settle(form: &Form, state: &mut State) {
    evaluate_marked(form, state);
    while actions::follow(form, state) {
        evaluate_marked(form, state);
    }
}

fn evaluate_marked(form: &Form, state: &mut State) {
    let mut frames = Vec::new();
    state.rounds.clear();
    while let Some(number) = state.agenda.take(&form.rules, &mut frames) {
        let rule = &form.rules[number as usize];
        for frame in &frames {
            if state.tree.frame(*frame).is_removed {
                continue;
            }
            let node = state.tree.frame(*frame).base + rule.offset;
            match if rule.is_circular { next_round(form, state, rule, node) } else { Round::Open } {
                Round::Open => apply(form, state, rule, node),
                Round::Over { n_instances } if rule.kind == RuleKind::Count => {
                    set_instances(form, state, rule.model, node, n_instances);
                }
                Round::Over { .. } => {}
            }
        }
    }
}

/// Whether a rule that depends on itself may be evaluated once more.
enum Round {
    Open,
    /// No; there were so many instances of its node when the change began.
    Over {
        n_instances: usize,
    },
}

fn next_round(form: &Form, state: &mut State, rule: &Rule, node: u32) -> Round {
    let around = state.tree.node(node).frame;
    let is_count = rule.kind == RuleKind::Count;
    let present = if is_count { state.tree.instances(around, &form.model, rule.model).len() } else { 0 };
    let (n_rounds, n_instances) = state.rounds.entry((rule.model, node)).or_insert((0, present));
    *n_rounds += 1;
    if *n_rounds > MAX_CIRCULAR { Round::Over { n_instances: *n_instances } } else { Round::Open }
}

/// Adds an instance of a repeat in the frame `around`, at the end or as number `at`, and runs what the form does then.
pub(crate) fn add_instance(
    form: &Form,
    state: &mut State,
    repeat: ModelId,
    around: u32,
    at: Option<usize>,
) -> u32 {
    let empty = Seed { model: repeat, ..Seed::default() };
    let template = form.model.template(repeat).unwrap_or(&empty);
    let frame = plant_instance(form, state, template, around, at);
    actions::run(form, state, Event::NewRepeat(repeat), state.tree.frame(frame).base);
    frame
}

/// Adds an instance that begins as `seed` says.
fn plant_instance(form: &Form, state: &mut State, seed: &Seed, around: u32, at: Option<usize>) -> u32 {
    let repeat = seed.model;
    let first = state.tree.n_frames() as u32;
    let frame = state.tree.plant(&form.model, seed, around, at);
    state.welcome_frames(form, first);
    for new in first..state.tree.n_frames() as u32 {
        if !state.is_check {
            preload::fill(form, state, new);
        }
        mark_frame(form, state, new);
        for node in nodes_of(form, state, new) {
            state.count(form, node);
            concern(form, state, node);
        }
    }
    let at = state.tree.frame(frame).position;
    moved(form, state, repeat, around, at as usize + 1);
    note_repeat(form, state, repeat, around);
    note_instance(form, state, repeat, around, at, Some(frame));
    frame
}

/// Removes an instance; what counted it is marked.
pub(crate) fn remove_instance(form: &Form, state: &mut State, frame: u32) {
    let (around, position) = (state.tree.frame(frame).parent, state.tree.frame(frame).position);
    let repeat = state.tree.node(state.tree.frame(frame).base).model;
    for inside in state.tree.frames_below(frame) {
        for node in nodes_of(form, state, inside) {
            state.discount(form, node);
        }
    }
    for removed in state.tree.remove(&form.model, frame) {
        for node in nodes_of(form, state, removed) {
            concern(form, state, node);
        }
        for view in state.views.of_frame(removed) {
            state.views.retire(view);
        }
    }
    moved(form, state, repeat, around, position as usize);
    note_repeat(form, state, repeat, around);
    note_instance(form, state, repeat, around, position, None);
}

pub(crate) fn evaluate(form: &Form, state: &mut State, expr: &Expr, node: u32) -> Value {
    state.n_evaluated += 1;
    Scope { form, state }.evaluate(expr, node)
}

fn holds(form: &Form, state: &mut State, expr: &Expr, node: u32) -> bool {
    state.n_evaluated += 1;
    let scope = Scope { form, state };
    eval::boolean(expr, &scope.context(node))
}

fn apply(form: &Form, state: &mut State, rule: &Rule, node: u32) {
    match rule.kind {
        // Nobody here can know what it came to: what has arrived is taken.
        _ if state.is_check && rule.is_open => {}
        RuleKind::Count => set_count(form, state, rule, node),
        RuleKind::Choices => filter_choices(form, state, rule, node),
        RuleKind::Calculate if !state.overridden.is_empty() && stays_overridden(state, node) => {}
        RuleKind::Calculate if rule.is_number => {
            state.n_evaluated += 1;
            let scope = Scope { form, state };
            let number = eval::number(&rule.expr, &scope.context(node));
            let data_type = form.data_types[state.tree.node(node).model as usize];
            let mut text = std::mem::take(&mut state.text);
            text.clear();
            let written = write_cast(data_type, number, &mut text);
            let is_changed = state.tree.node(node).value() != text;
            set_number(form, state, node, &text, written);
            state.text = text;
            calculated(form, state, node, is_changed);
        }
        RuleKind::Calculate => {
            let value = evaluate(form, state, &rule.expr, node);
            let text = cast(form, state, node, value);
            let is_changed = state.tree.node(node).value() != text;
            set_value(form, state, node, &text);
            calculated(form, state, node, is_changed);
        }
        RuleKind::Relevant => {
            let relevant = holds(form, state, &rule.expr, node);
            if state.tree.node(node).own_relevant != relevant {
                state.tree.node_mut(node).own_relevant = relevant;
                spread_relevance(form, state, node);
            }
        }
        RuleKind::Readonly | RuleKind::Required | RuleKind::Constraint => judge(form, state, rule, node),
    }
}

/// Whether what was put in the place of a calculation stays; where what it reads has changed, it goes.
fn stays_overridden(state: &mut State, node: u32) -> bool {
    if state.is_settling_all {
        return state.overridden.contains_key(&node);
    }
    state.overridden.remove(&node);
    false
}

/// What was calculated is chosen like an answer: only from what is offered.
fn calculated(form: &Form, state: &mut State, node: u32, is_changed: bool) {
    if is_changed && !state.is_settling_all {
        actions::note_calculated(form, state, node);
    }
    if form.facts[state.tree.node(node).model as usize].is_filtered {
        state.withheld.remove(&node);
        ask_filter(form, state, node);
    }
}

fn judge(form: &Form, state: &mut State, rule: &Rule, node: u32) {
    let is_empty = state.tree.node(node).value().is_empty();
    // An empty answer breaks no constraint.
    let holds = rule.kind == RuleKind::Constraint && is_empty || holds(form, state, &rule.expr, node);
    let own = state.tree.node_mut(node);
    let place = match rule.kind {
        RuleKind::Readonly => &mut own.readonly,
        RuleKind::Required => &mut own.required,
        _ => &mut own.is_valid,
    };
    if *place == holds {
        return;
    }
    *place = holds;
    note(form, state, node);
    if rule.kind == RuleKind::Readonly && !form.model.node(rule.model).children.is_empty() {
        // A group's is that of all below it.
        for below in state.tree.subtree(&form.model, node) {
            note(form, state, below);
        }
    }
}

/// Hides what a rule may have hidden that nobody here can evaluate: what has arrived without any value. To be called
/// before anything is evaluated.
pub(crate) fn take_relevance(form: &Form, state: &mut State) {
    for rule in form.rules.iter().filter(|it| it.is_open && it.kind == RuleKind::Relevant) {
        for frame in frames_in(form, state, ROOT_FRAME, rule.scope) {
            let node = state.tree.frame(frame).base + rule.offset;
            let below = state.tree.subtree(&form.model, node);
            if below.into_iter().all(|it| state.tree.node(it).value().is_empty()) {
                state.tree.node_mut(node).own_relevant = false;
                spread_relevance(form, state, node);
            }
        }
    }
}

/// Hides or shows a node and what is below it; only what really changed concerns anybody.
fn spread_relevance(form: &Form, state: &mut State, node: u32) {
    let mut waiting = vec![node];
    while let Some(next) = waiting.pop() {
        let above = state.tree.parent(&form.model, next).is_none_or(|it| state.tree.node(it).relevant);
        let relevant = above && state.tree.node(next).own_relevant;
        if state.tree.node(next).relevant != relevant {
            state.discount(form, next);
            state.tree.node_mut(next).relevant = relevant;
            state.count(form, next);
            state.views.changes.visibility = true;
            concern(form, state, next);
            let (model, frame) = (state.tree.node(next).model, state.tree.node(next).frame);
            for child in &form.model.node(model).children {
                state.tree.each_named(&form.model, frame, *child, &mut |it| waiting.push(it));
                if form.model.node(*child).is_repeat {
                    // It may have no instance to tell of it.
                    note_repeat(form, state, *child, frame);
                }
            }
        }
    }
}

/// `jr:count`: as many instances as it says.
fn set_count(form: &Form, state: &mut State, rule: &Rule, parent: u32) {
    let wanted = evaluate(form, state, &rule.expr, parent);
    let scope = Scope { form, state };
    let is_nan = matches!(wanted, Value::Number(it) if it.is_nan());
    if is_nan || wanted.to_text(&scope).trim().is_empty() {
        // Nothing is said yet, or for the moment: what there is stays.
        return;
    }
    let wanted = wanted.to_number(&scope);
    let wanted = if wanted.is_finite() && wanted > 0.0 { wanted as usize } else { 0 };
    let n_made = set_instances(form, state, rule.model, parent, wanted.min(MAX_INSTANCES));
    let around = state.tree.node(parent).frame;
    state.note_cut(rule.model, around, n_made < wanted);
}

/// Makes as many instances as are wanted and the instance as a whole has room for; returns how many that are.
fn set_instances(form: &Form, state: &mut State, repeat: ModelId, parent: u32, wanted: usize) -> usize {
    let around = state.tree.node(parent).frame;
    let present = state.tree.instances(around, &form.model, repeat).to_vec();
    let mut n_made = present.len().max(wanted);
    for number in present.len()..wanted {
        if state.tree.n_alive() >= MAX_NODES {
            n_made = number;
            break;
        }
        let Some(seed) = form.model.default_instance(repeat, number) else {
            add_instance(form, state, repeat, around, None);
            continue;
        };
        let frame = plant_instance(form, state, seed, around, None);
        if !state.is_beginning {
            actions::run(form, state, Event::NewRepeat(repeat), state.tree.frame(frame).base);
        }
    }
    for extra in present.into_iter().skip(wanted).rev() {
        let first = state.tree.frame(extra).base;
        if state.is_check && (first as usize) < state.n_arrived {
            // What has arrived is judged, never dropped.
            state.extra_instances.push(first);
        } else {
            remove_instance(form, state, extra);
        }
    }
    n_made
}

/// A choice that a filter no longer offers is taken back, and given back when the filter offers it again: a slip in
/// one question does not cost the answers to others. A ranking is of all that is offered.
fn filter_choices(form: &Form, state: &mut State, rule: &Rule, node: u32) {
    note_parts(form, state, node, Parts::CHOICES);
    let Some(item) = form.question_of[state.tree.node(node).model as usize] else { return };
    let item = &form.body[item as usize];
    // A filter that looks at the answer itself would take it and give it back without end.
    let withheld = state.withheld.get(&node).filter(|_| !rule.is_circular);
    let chosen = withheld.map_or_else(|| state.tree.node(node).value(), AsRef::as_ref).to_owned();
    if chosen.is_empty() {
        return;
    }
    state.n_evaluated += 1;
    let scope = Scope { form, state };
    let offered = |it: &&str| scope.offers(&item.choices, node, it);
    let mut kept: Vec<String> = chosen.split_whitespace().filter(offered).map(str::to_owned).collect();
    if item.kind == BodyKind::Question(Control::Rank) {
        let is_new = |it: &Choice| !chosen.split_whitespace().any(|known| known == it.value);
        let new = scope.choices(&item.choices, node, usize::MAX, &is_new);
        kept.extend(new.into_iter().map(|it| it.value));
    }
    let kept = kept.join(" ");
    if state.tree.node(node).value() != kept {
        set_value(form, state, node, &kept);
    }
    if kept == chosen {
        state.withheld.remove(&node);
    } else {
        state.withheld.insert(node, chosen.into());
    }
}

/// Marks the readers of a node, and its own rules of judgement, after it changed.
fn concern(form: &Form, state: &mut State, node: u32) {
    let (model, frame) = (state.tree.node(node).model, state.tree.node(node).frame);
    let facts = form.facts[model as usize];
    if facts.is_shown {
        note(form, state, node);
    }
    if facts.has_constraint && !state.tree.frame(frame).is_removed {
        for number in form.rules_of.of(model) {
            let rule = &form.rules[*number as usize];
            if rule.kind == RuleKind::Constraint {
                state.agenda.mark(*number, rule, frame);
            }
        }
    }
    if facts.has_readers {
        for reader in form.readers.of(model) {
            mark_reader(form, state, *reader, frame);
        }
    }
    if facts.is_told {
        for reader in form.shown_by.of(model) {
            note_reader(form, state, *reader, frame);
        }
    }
}

/// Marks a rule that reads what changed in a frame.
fn mark_reader(form: &Form, state: &mut State, reader: Reader, frame: u32) {
    let rule = &form.rules[reader.reader as usize];
    if rule.scope == 0 {
        state.agenda.mark(reader.reader, rule, ROOT_FRAME);
        return;
    }
    for reading in frames_of_reader(form, state, frame, reader, rule.scope) {
        state.agenda.mark(reader.reader, rule, reading);
    }
}

/// Notes that the screen must look again at a body item whose texts or choices read what changed in a frame.
fn note_reader(form: &Form, state: &mut State, reader: Reader, frame: u32) {
    let item = &form.body[reader.reader as usize];
    for reading in frames_of_reader(form, state, frame, reader, item.scope) {
        let view = state.views.id(form, reader.reader, reading);
        state.views.note(view, reader.parts);
        if let (BodyKind::Repeat, Some(repeat)) = (item.kind, item.model) {
            // With no instance to tell of it, this may show or hide it.
            let is_bare = state.tree.instances(reading, &form.model, repeat).is_empty();
            state.views.changes.visibility |= is_bare;
        }
    }
}

/// Notes that the screen must look at a node's answer again.
fn note(form: &Form, state: &mut State, node: u32) {
    note_parts(form, state, node, Parts::ANSWER);
}

fn note_parts(form: &Form, state: &mut State, node: u32, parts: Parts) {
    let own = state.tree.node(node);
    for item in form.items_of.of(own.model) {
        // A repeat as a whole is shown by the frame around it.
        let is_around = form.body[*item as usize].scope != state.tree.frame(own.frame).scope;
        let frame = if is_around { state.tree.frame(own.frame).parent } else { own.frame };
        let view = state.views.id(form, *item, frame);
        state.views.note(view, parts);
    }
}

fn note_repeat(form: &Form, state: &mut State, repeat: ModelId, around: u32) {
    state.views.changes.visibility = true;
    for item in form.items_of.of(repeat) {
        if form.body[*item as usize].scope == state.tree.frame(around).scope {
            let view = state.views.id(form, *item, around);
            state.views.note(view, Parts::REPEAT);
        }
    }
}

/// Notes that an instance came as number `at` of a repeat, or that the one there went.
fn note_instance(form: &Form, state: &mut State, repeat: ModelId, around: u32, at: u32, came: Option<u32>) {
    for item in form.items_of.of(repeat) {
        let shown = &form.body[*item as usize];
        if shown.kind == BodyKind::Repeat && shown.scope == state.tree.frame(around).scope {
            let added = shown.children.first().zip(came).map(|(it, frame)| state.views.id(form, *it, frame));
            let repeat = state.views.id(form, *item, around);
            state.views.note_instance(InstanceChange { repeat, at, added });
        }
    }
}

/// Instances from number `from` on have another position now, which concerns nobody but those who read it. Whoever
/// reads the instance that came or went, or how many there are, was told by that one.
fn moved(form: &Form, state: &mut State, repeat: ModelId, around: u32, from: usize) {
    if !form.facts[repeat as usize].is_placed {
        return;
    }
    let moved: Vec<u32> = state.tree.instances(around, &form.model, repeat)[from..].to_vec();
    let depth = form.model.scope(form.model.node(repeat).scope).depth;
    // A reader that all instances have in common hears of the first.
    let first = &moved[..moved.len().min(1)];
    let concerned = |reader: &Reader| if u32::from(reader.depth) < depth { first } else { &moved };
    for reader in form.readers.of(repeat).iter().filter(|it| it.reads_place) {
        concerned(reader).iter().for_each(|it| mark_reader(form, state, *reader, *it));
    }
    for reader in form.shown_by.of(repeat).iter().filter(|it| it.reads_place) {
        concerned(reader).iter().for_each(|it| note_reader(form, state, *reader, *it));
    }
}

fn frames_of_reader(form: &Form, state: &State, frame: u32, reader: Reader, scope: ScopeId) -> Vec<u32> {
    let from = state.tree.frame_at_depth(frame, &form.model, reader.depth.into());
    if state.tree.frame(from).is_removed { Vec::new() } else { frames_in(form, state, from, scope) }
}

pub(crate) fn frames_in(form: &Form, state: &State, from: u32, scope: ScopeId) -> Vec<u32> {
    let mut frames = Vec::new();
    state.tree.frames_in(from, &form.model, scope, &mut frames);
    frames
}

fn nodes_of(form: &Form, state: &State, frame: u32) -> std::ops::Range<u32> {
    let frame = state.tree.frame(frame);
    frame.base..frame.base + form.model.scope(frame.scope).nodes.len() as u32
}

fn mark_frame(form: &Form, state: &mut State, frame: u32) {
    for number in form.rules_in.of(state.tree.frame(frame).scope) {
        state.agenda.mark(*number, &form.rules[*number as usize], frame);
    }
}
