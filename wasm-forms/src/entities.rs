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

/// Returns the entities that are to be made although their id is no UUID: whoever processes a submission must not
/// make them (Entities, "Declaring that a form creates entities").
pub(crate) fn without_id(form: &Form, state: &State) -> Vec<u32> {
    let entities = form.entities.iter().flat_map(|(entity, _)| state.tree.all(&form.model, *entity));
    let is_nameless = |it: &u32| {
        let [creates, _] = asks(form, state, *it);
        state.tree.node(*it).relevant && creates && !is_uuid(&id_of(form, state, *it))
    };
    entities.filter(is_nameless).collect()
}

/// Returns whether an entity asks to be made, and to be changed.
fn asks(form: &Form, state: &State, entity: u32) -> [bool; 2] {
    ["create", "update"].map(|it| matches!(&*attribute(form, state, entity, it), "1" | "true"))
}

fn id_of(form: &Form, state: &State, entity: u32) -> String {
    let id = attribute(form, state, entity, "id");
    id.strip_prefix("uuid:").unwrap_or(&id).to_owned()
}

fn attribute(form: &Form, state: &State, entity: u32, name: &str) -> String {
    child(form, state, entity, name, true).unwrap_or_default()
}

fn child(form: &Form, state: &State, entity: u32, name: &str, is_attribute: bool) -> Option<String> {
    let child = form.model.child(state.tree.node(entity).model, name, is_attribute)?;
    let child = state.tree.at(state.tree.node(entity).frame, &form.model, child);
    Some(state.tree.node(child).value().trim().to_owned())
}

/// Whether a text is a version 4 UUID (RFC 4122).
fn is_uuid(text: &str) -> bool {
    let is_in_place = |(at, it): (usize, u8)| match at {
        8 | 13 | 18 | 23 => it == b'-',
        14 => it == b'4',
        19 => matches!(it, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
        _ => it.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_in_place)
}

fn change(form: &Form, state: &State, entity: u32, list: &str) -> Option<EntityChange> {
    let attribute = |name: &str| attribute(form, state, entity, name);
    let [creates, updates] = asks(form, state, entity);
    let id = id_of(form, state, entity);
    let operation = match (creates && is_uuid(&id), updates) {
        (true, true) => Operation::Upsert,
        (true, false) => Operation::Create,
        (false, true) => Operation::Update,
        (false, false) => return None,
    };
    if id.is_empty() {
        return None;
    }
    Some(EntityChange {
        list: list.to_owned(),
        id,
        operation,
        base_version: attribute("baseVersion").parse().ok(),
        trunk_version: attribute("trunkVersion").parse().ok(),
        branch_id: attribute("branchId"),
        label: child(form, state, entity, "label", false).unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::is_uuid;

    #[test]
    fn a_uuid_is_of_version_4() {
        assert!(
            is_uuid("3f2504e0-4f89-41d3-9a0c-0305e82c3301")
                && is_uuid("3F2504E0-4F89-41D3-BA0C-0305E82C3301")
        );
        for other in
            ["", "r1", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-ca0c-0305e82c3301"]
        {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
