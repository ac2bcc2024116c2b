//! What a submission asks the registers to become (ODK Entities, specification 2025.1).
//!
//! Each `meta/entity` belongs to the group or repeat around its `meta`; the values saved to it are those below
//! that group which no nearer entity claims.

use std::collections::BTreeMap;

use crate::check::{EntityChange, Operation};
use crate::form::Form;
use crate::instance::State;
use crate::xpath::ast::ModelId;

/// Returns the changes in document order.
pub(crate) fn changes(form: &Form, state: &State) -> Vec<EntityChange> {
    let mut changes = Vec::new();
    for (entity, list) in &form.entities {
        let nodes = state.tree.all(&form.model, *entity).into_iter();
        let relevant = nodes.filter(|it| state.tree.node(*it).relevant);
        changes.extend(relevant.filter_map(|it| change(form, state, it, list)));
    }
    changes
}

fn change(form: &Form, state: &State, entity: u32, list: &str) -> Option<EntityChange> {
    let model = state.tree.node(entity).model;
    let child = |name: &str, is_attribute: bool| {
        let child = form.model.child(model, name, is_attribute)?;
        let child = state.tree.at(state.tree.node(entity).frame, &form.model, child);
        Some(state.tree.node(child).value().trim().to_owned())
    };
    let attribute = |name: &str| child(name, true).unwrap_or_default();
    let holds = |name: &str| matches!(attribute(name).as_str(), "1" | "true");
    let operation = match (holds("create"), holds("update")) {
        (true, true) => Operation::Upsert,
        (true, false) => Operation::Create,
        (false, true) => Operation::Update,
        (false, false) => return None,
    };
    let id = attribute("id");
    let id = id.strip_prefix("uuid:").unwrap_or(&id).to_owned();
    if id.is_empty() {
        return None;
    }
    Some(EntityChange {
        list: list.to_owned(),
        id,
        operation,
        base_version: attribute("baseVersion").parse().ok(),
        label: child("label", false).unwrap_or_default(),
        properties: properties(form, state, entity),
    })
}

fn properties(form: &Form, state: &State, entity: u32) -> BTreeMap<String, String> {
    let own = state.tree.node(entity).model;
    let above = |it: u32| state.tree.parent(&form.model, it);
    let mut properties = BTreeMap::new();
    let Some(container) = above(entity).and_then(above) else { return properties };
    for node in state.tree.subtree(&form.model, container) {
        let node = state.tree.node(node);
        let Some(property) = form.save_to[node.model as usize].as_ref().filter(|_| node.relevant) else {
            continue;
        };
        if nearest_entity(form, node.model) == Some(own) {
            properties.insert(property.to_string(), node.value().to_owned());
        }
    }
    properties
}

fn nearest_entity(form: &Form, model: ModelId) -> Option<ModelId> {
    let above = std::iter::successors(Some(model), |it| form.model.node(*it).parent);
    above.skip(1).find_map(|group| {
        let meta = form.model.child(group, "meta", false)?;
        form.model.child(meta, "entity", false)
    })
}
