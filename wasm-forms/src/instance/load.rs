//! A document back into an instance: drafts and submissions.

use roxmltree::{Document, Node};

use crate::parse::{Model, NodeExt, ROOT, Seed};
use crate::xpath::ast::ModelId;

/// Most elements that a submission may have.
const MAX_NODES: u32 = 500_000;
const MAX_DEPTH: usize = 100;
/// Most unknown elements that are named.
const MAX_UNKNOWN: usize = 50;

/// Why a document is no instance of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoadError {
    Malformed { line: u32, column: u32 },
    OtherForm,
}

/// A document taken up.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub seed: Seed,
    /// Paths of elements that the form does not have, each once.
    pub unknown: Vec<String>,
}

/// Reads a document against the model. Nodes it lacks are added empty, so that the instance is whole.
pub(crate) fn load(xml: &str, model: &Model) -> Result<Loaded, LoadError> {
    let options = roxmltree::ParsingOptions { nodes_limit: MAX_NODES, ..Default::default() };
    let document = Document::parse_with_options(xml, options)
        .map_err(|error| LoadError::Malformed { line: error.pos().row, column: error.pos().col })?;
    let root = document.root_element();
    let form_id = root.attribute("id").unwrap_or_default();
    if form_id != model.form_id {
        return Err(LoadError::OtherForm);
    }
    let mut unknown = Vec::new();
    let seed = read(root, ROOT, model, 0, &mut unknown);
    Ok(Loaded { seed, unknown })
}

fn read(element: Node<'_, '_>, id: ModelId, model: &Model, depth: usize, unknown: &mut Vec<String>) -> Seed {
    // By place among the model node's children.
    let mut found: Vec<Vec<Seed>> = vec![Vec::new(); model.nodes[id as usize].children.len()];
    let place = |child: ModelId| model.nodes[child as usize].place;
    if depth < MAX_DEPTH {
        for attribute in element.attributes() {
            if let Some(child) = model.child(id, attribute.name(), true) {
                let seed = Seed { model: child, text: attribute.value().into(), children: Vec::new() };
                found[place(child)].push(seed);
            }
        }
        for child_element in element.elements() {
            let name = child_element.tag_name().name();
            match model.child(id, name, false) {
                Some(child) if model.nodes[child as usize].is_repeat || found[place(child)].is_empty() => {
                    let seed = read(child_element, child, model, depth + 1, unknown);
                    found[place(child)].push(seed);
                }
                _ if unknown.len() < MAX_UNKNOWN => {
                    let path = format!("{}/{name}", model.path(id));
                    if !unknown.contains(&path) {
                        unknown.push(path);
                    }
                }
                _ => {}
            }
        }
    }
    let mut children = Vec::new();
    for (child, seeds) in model.nodes[id as usize].children.iter().zip(found) {
        if seeds.is_empty() && !model.nodes[*child as usize].is_repeat {
            children.push(empty(*child, model));
        }
        children.extend(seeds);
    }
    let is_leaf = element.first_element_child().is_none();
    let text = if is_leaf { element.text().unwrap_or_default().into() } else { Box::default() };
    Seed { model: id, text, children }
}

fn empty(id: ModelId, model: &Model) -> Seed {
    let children =
        model.nodes[id as usize].children.iter().filter(|it| !model.nodes[**it as usize].is_repeat);
    Seed { model: id, text: Box::default(), children: children.map(|it| empty(*it, model)).collect() }
}
