//! Puts the compiled parts together: rules in order, readers by what they read, items by where they are shown.

use super::{Parts, calls, order};
use crate::Diagnostic;
use crate::form::{Form, Item, List, Reader};
use crate::parse::{self, BodyKind, Definition, Model, ScopeId};
use crate::view::DataType;
use crate::xpath::ast::ModelId;
use crate::xpath::functions::Function;

pub(super) fn assemble(definition: Definition, parts: Parts, problems: &mut Vec<Diagnostic>) -> Option<Form> {
    let ordered = order::order(parts.rules, &definition.model, problems)?;
    let (n_nodes, n_scopes) = (definition.model.nodes.len(), definition.model.scopes.len());
    let mut form = Form {
        title: definition.title,
        data_types: vec![DataType::String; n_nodes],
        rules: Vec::with_capacity(ordered.len()),
        rules_in: vec![Vec::new(); n_scopes],
        rules_of: vec![Vec::new(); n_nodes],
        readers: vec![Vec::new(); n_nodes],
        shown_by: vec![Vec::new(); n_nodes],
        clock_rules: Vec::new(),
        aggregates: parts.aggregates,
        aggregates_of: vec![Vec::new(); n_nodes],
        items_in: vec![Vec::new(); n_scopes],
        items_of: vec![Vec::new(); n_nodes],
        question_of: vec![None; n_nodes],
        texts: parts.texts,
        lists: Vec::new(),
        actions: parts.actions,
        preloads: Vec::new(),
        messages: parts.messages,
        entities: entity_nodes(&definition.model),
        save_to: vec![None; n_nodes],
        max_pixels: vec![0; n_nodes],
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
    form.lists = definition.lists.into_iter().map(list).collect();
    for list in parts.whole_lists {
        form.lists[usize::from(list)].is_by_key = false;
    }
    place_items(&mut form);
    for (mut rule, reads) in ordered {
        let number = form.rules.len() as u32;
        let in_scope = &mut form.rules_in[rule.scope as usize];
        rule.place = in_scope.len() as u32;
        in_scope.push(number);
        form.rules_of[rule.model as usize].push(number);
        for read in reads {
            let depth = anchor_depth(&form.model, read.anchor, rule.scope);
            form.readers[read.model as usize].push(Reader { reader: number, depth });
        }
        if calls(&rule.expr, Function::reads_clock) {
            form.clock_rules.push(number);
        }
        form.rules.push(rule);
    }
    for (item, read) in parts.shown {
        let depth = anchor_depth(&form.model, read.anchor, form.body[item as usize].scope);
        form.shown_by[read.model as usize].push(Reader { reader: item, depth });
    }
    for readers in form.readers.iter_mut().chain(&mut form.shown_by) {
        readers.sort_unstable();
        readers.dedup_by_key(|it| it.reader);
    }
    for (number, kept) in (0..).zip(&form.aggregates) {
        form.aggregates_of[kept.path.target as usize].push(number);
    }
    for bind in definition.binds {
        form.data_types[bind.model as usize] = bind.data_type;
        form.preloads.extend(bind.preload.map(|(kind, parameter)| (bind.model, kind, parameter)));
        form.save_to[bind.model as usize] = bind.save_to.map(String::into_boxed_str);
        form.max_pixels[bind.model as usize] = bind.max_pixels;
    }
    Some(form)
}

/// The depth of the innermost scope that is around both the anchor and the reader.
fn anchor_depth(model: &Model, anchor: ModelId, reader: ScopeId) -> u32 {
    model.scope(model.common_scope(model.node(anchor).scope, reader)).depth
}

/// Says for every body item in which frames it is shown.
fn place_items(form: &mut Form) {
    for number in 0..form.body.len() {
        let scope = scope_of(&form.model, &form.body[number], |it| form.body[it as usize].scope);
        let in_scope = &mut form.items_in[scope as usize];
        let item = &mut form.body[number];
        item.scope = scope;
        // The root's own view comes before the first of scope 0.
        item.place = in_scope.len() as u32;
        in_scope.push(number as u32);
        let Some(model) = item.model else { continue };
        form.items_of[model as usize].push(number as u32);
        if matches!(item.kind, BodyKind::Question(_)) {
            form.question_of[model as usize].get_or_insert(number as u32);
        }
    }
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
