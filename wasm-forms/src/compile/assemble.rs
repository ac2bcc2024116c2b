//! Puts the compiled parts together: rules in order, readers by what they read, items by where they are shown.

use super::resolve::Read;
use super::{Parts, calls, order};
use crate::form::{Facts, Form, Item, List, Reader, Rule, RuleKind};
use crate::grouped::Grouped;
use crate::parse::{self, BodyKind, Definition, Event, Model, ScopeId};
use crate::preload::Preload;
use crate::types::{is_written_as_number, settle_seed};
use crate::view::{self, DataType};
use crate::xpath::ast::ModelId;
use crate::xpath::functions::{Function, Gives};
use crate::{Code, Diagnostic};

pub(super) fn assemble(definition: Definition, parts: Parts, problems: &mut Vec<Diagnostic>) -> Option<Form> {
    let ordered = order::order(parts.rules, &definition.model, problems)?;
    let n_nodes = definition.model.nodes.len();
    let mut form = Form {
        title: definition.title,
        data_types: vec![DataType::String; n_nodes],
        facts: Vec::new(),
        rules: Vec::with_capacity(ordered.len()),
        rules_in: Grouped::default(),
        rules_of: Grouped::default(),
        readers: Grouped::default(),
        shown_by: Grouped::default(),
        clock_rules: Vec::new(),
        aggregates: parts.aggregates,
        aggregates_of: Grouped::default(),
        items_in: Grouped::default(),
        items_of: Grouped::default(),
        question_of: vec![None; n_nodes],
        texts: parts.texts,
        lists: Vec::new(),
        actions: parts.actions,
        preloads: Vec::new(),
        messages: parts.messages,
        entities: entity_nodes(&definition.model),
        save_to: vec![None; n_nodes],
        max_pixels: vec![0; n_nodes],
        signs: parts.signs,
        submission: definition.submission,
        recordings: definition.recordings,
        body_classes: definition.body_classes,
        audit: Vec::new(),
        last_saved: None,
        verify: None,
        warnings: Vec::new(),
        top_level: (0..)
            .zip(&definition.body)
            .filter(|(_, it)| it.parent.is_none())
            .map(|(at, _)| at)
            .collect(),
        body: parts.body,
        model: definition.model,
    };
    let list = |it: parse::ListSource| List { id: it.id, file: it.file, table: it.table, is_by_key: true };
    let last_saved = definition.lists.iter().find(|it| it.is_last_saved);
    form.last_saved = last_saved.map(|it| it.id.clone());
    form.lists = definition.lists.into_iter().map(list).collect();
    for list in parts.whole_lists {
        form.lists[usize::from(list)].is_by_key = false;
    }
    for bind in &definition.binds {
        form.data_types[bind.model as usize] = bind.data_type;
    }
    settle_seed(&form.data_types, &mut form.model.seed);
    for seed in form.model.instance_seeds() {
        settle_seed(&form.data_types, seed);
    }
    place_items(&mut form);
    place_rules(&mut form, ordered);
    let shown = parts.shown.into_iter().map(|(item, parts, read)| {
        let depth = anchor_depth(&form.model, read.anchor, form.body[item as usize].scope);
        (read.model, Reader { reader: item, depth, parts, reads_place: read.is_place })
    });
    form.shown_by = readers(n_nodes, &shown.collect::<Vec<_>>());
    let targets = (0..).zip(&form.aggregates).map(|(number, kept)| (kept.path.target, number));
    form.aggregates_of = Grouped::new(n_nodes, &targets.collect::<Vec<_>>());
    open_rules(&mut form, &parts.is_only_read);
    form.facts = (0..n_nodes as ModelId).map(|it| facts(&form, it)).collect();
    for action in &form.actions {
        if let Event::ValueChanged(model) = action.event {
            form.facts[model as usize].has_actions = true;
        }
    }
    for bind in definition.binds {
        if let Some((kind, parameters)) = bind.preload {
            match Preload::parse(&kind, &parameters) {
                Some(preload) => form.preloads.push((bind.model, preload)),
                None => problems.push(unknown_preload(&form.model.path(bind.model), &kind, &parameters)),
            }
        }
        form.save_to[bind.model as usize] = bind.save_to.map(String::into_boxed_str);
        form.max_pixels[bind.model as usize] = bind.max_pixels;
        form.audit.extend(bind.audit);
        if let Some(question) = form.question_of[bind.model as usize] {
            form.body[question as usize].saves_incomplete = bind.saves_incomplete;
            form.body[question as usize].quality = bind.quality;
        }
    }
    Some(form)
}

#[inline(never)]
fn unknown_preload(path: &str, kind: &str, parameters: &str) -> Diagnostic {
    let problem = Diagnostic::warning(Code::FormPreload, parse::at(path, "preload"));
    problem.with("preload", kind).with("parameters", parameters)
}

fn facts(form: &Form, model: ModelId) -> Facts {
    let is_attribute = |it: &ModelId| form.model.node(*it).is_attribute;
    let mut readers = form.readers.of(model).iter().chain(form.shown_by.of(model));
    Facts {
        is_leaf: form.model.node(model).children.iter().all(is_attribute),
        is_shown: !form.items_of.of(model).is_empty(),
        is_told: !form.shown_by.of(model).is_empty(),
        is_placed: readers.any(|it| it.reads_place),
        has_constraint: form.rule_of(model, RuleKind::Constraint).is_some(),
        is_filtered: form.rule_of(model, RuleKind::Choices).is_some(),
        has_readers: !form.readers.of(model).is_empty(),
        has_actions: false,
        is_aggregated: !form.aggregates_of.of(model).is_empty(),
    }
}

/// The depth of the innermost scope that is around both the anchor and the reader.
fn anchor_depth(model: &Model, anchor: ModelId, reader: ScopeId) -> u16 {
    model.scope(model.common_scope(model.node(anchor).scope, reader)).depth as u16
}

/// Finds calculations whose value may be another's: of a question that people may answer, of what an action sets.
/// Choices are open to people unless they are calculated for good.
fn open_rules(form: &mut Form, is_readonly: &[bool]) {
    for number in 0..form.rules.len() {
        let model = form.rules[number].model;
        let is_asked = form.question_of[model as usize].is_some() && !is_readonly[model as usize];
        let is_set = || form.actions.iter().any(|it| it.target == model);
        let calculation = || form.rule_of(model, RuleKind::Calculate);
        form.rules[number].is_open |= match form.rules[number].kind {
            RuleKind::Calculate => is_asked || is_set(),
            RuleKind::Choices => is_asked || is_set() || calculation().is_none_or(|it| it.is_open),
            _ => false,
        };
    }
}

/// Groups readers by what they read. They come in the order of their numbers, so that those of the same reader stand
/// side by side; the one with the widest anchor stays.
fn readers(n_nodes: usize, found: &[(ModelId, Reader)]) -> Grouped<Reader> {
    let all = Grouped::new(n_nodes, found);
    let mut kept: Vec<(ModelId, Reader)> = Vec::with_capacity(found.len());
    for model in 0..n_nodes as ModelId {
        for reader in all.of(model) {
            match kept.last_mut() {
                Some((last, it)) if *last == model && it.reader == reader.reader => *it = it.or(*reader),
                _ => kept.push((model, *reader)),
            }
        }
    }
    Grouped::new(n_nodes, &kept)
}

/// Takes the rules over in their order and notes who reads what.
fn place_rules(form: &mut Form, ordered: Vec<(Rule, Vec<Read>)>) {
    let (n_nodes, n_scopes) = (form.model.nodes.len(), form.model.scopes.len());
    let mut n_in_scope = vec![0; n_scopes];
    let (mut in_scope, mut over, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (mut rule, reads)) in (0..).zip(ordered) {
        rule.place = n_in_scope[rule.scope as usize];
        n_in_scope[rule.scope as usize] += 1;
        rule.is_number =
            rule.expr.gives() == Gives::Number && is_written_as_number(form.data_types[rule.model as usize]);
        in_scope.push((rule.scope, number));
        over.push((rule.model, number));
        reading.extend(reads.into_iter().map(|read| {
            let depth = anchor_depth(&form.model, read.anchor, rule.scope);
            let reads_place = read.is_place;
            (read.model, Reader { reader: number, depth, parts: view::Parts::default(), reads_place })
        }));
        if calls(&rule.expr, Function::reads_clock) {
            form.clock_rules.push(number);
        }
        form.rules.push(rule);
    }
    form.rules_in = Grouped::new(n_scopes, &in_scope);
    form.rules_of = Grouped::new(n_nodes, &over);
    form.readers = readers(n_nodes, &reading);
}

/// Says for every body item in which frames it is shown.
fn place_items(form: &mut Form) {
    let (n_nodes, n_scopes) = (form.model.nodes.len(), form.model.scopes.len());
    let mut n_in_scope = vec![0; n_scopes];
    let (mut in_scope, mut of) = (Vec::new(), Vec::new());
    for number in 0..form.body.len() {
        let scope = scope_of(&form.model, &form.body[number], |it| form.body[it as usize].scope);
        let item = &mut form.body[number];
        item.scope = scope;
        item.place = n_in_scope[scope as usize];
        n_in_scope[scope as usize] += 1;
        in_scope.push((scope, number as u32));
        let Some(model) = item.model else { continue };
        of.push((model, number as u32));
        if matches!(item.kind, BodyKind::Question(_)) {
            form.question_of[model as usize].get_or_insert(number as u32);
        }
    }
    form.items_in = Grouped::new(n_scopes, &in_scope);
    form.items_of = Grouped::new(n_nodes, &of);
}

/// A repeat as a whole belongs to the scope around it, an arrangement to that of the item around it.
fn scope_of(model: &Model, item: &Item, scope_of_item: impl Fn(u32) -> ScopeId) -> ScopeId {
    match (item.kind, item.model) {
        (BodyKind::Repeat, Some(it)) => model.scope(model.node(it).scope).parent,
        (_, Some(it)) => model.node(it).scope,
        (_, None) => item.parent.map_or(0, scope_of_item),
    }
}

fn entity_nodes(model: &Model) -> Vec<(ModelId, String)> {
    let is_entity = |id: &ModelId| {
        let node = model.node(*id);
        let in_meta = node.parent.is_some_and(|it| parse::same_name(&model.node(it).name, "meta"));
        !node.is_attribute && in_meta && parse::same_name(&node.name, "entity")
    };
    let nodes = (0..model.nodes.len() as ModelId).filter(is_entity);
    nodes
        .filter_map(|it| Some((it, model.default_of(model.child(it, "dataset", true)?)?.trim().to_owned())))
        .collect()
}
