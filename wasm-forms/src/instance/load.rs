//! A document back into an instance: drafts and submissions.

use crate::document::{self, Attribute, Node, Unreadable};
use crate::parse::{Model, ROOT, Seed};
use crate::xpath::ast::ModelId;

/// Most XML nodes of a document.
const MAX_ELEMENTS: u32 = 500_000;
/// Most nodes of an instance, those included that the document leaves out.
const MAX_NODES: usize = 200_000;
const MAX_DEPTH: usize = 100;
/// Most unknown elements that are named.
const MAX_UNKNOWN: usize = 50;

/// Why a document is no instance of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoadError {
    Malformed { line: u32, column: u32 },
    OtherForm,
    TooLarge,
}

/// A document taken up.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub seed: Seed,
    /// Paths of elements that the form does not have, each once.
    pub unknown: Vec<String>,
}

/// Reads a document against the model. Nodes it lacks are added empty, so that the instance is whole; how large that
/// makes it is bounded, because a short document may name many instances of a long repeat.
pub(crate) fn load(xml: &str, model: &Model) -> Result<Loaded, LoadError> {
    read(xml, model, None)
}

/// Reads a document to go on with it: a node that it lacks, because it was not relevant, begins as in a new instance.
pub(crate) fn take_up(xml: &str, model: &Model) -> Result<Loaded, LoadError> {
    read(xml, model, Some(&model.seed))
}

fn read(xml: &str, model: &Model, defaults: Option<&Seed>) -> Result<Loaded, LoadError> {
    let document = document::read(xml, MAX_ELEMENTS).map_err(|error| match error {
        Unreadable::Malformed { line, column } => LoadError::Malformed { line, column },
        Unreadable::TooLarge => LoadError::TooLarge,
    })?;
    let root = document.root_element();
    if root.attribute("id").unwrap_or_default() != model.form_id {
        return Err(LoadError::OtherForm);
    }
    let mut loader = Loader { model, unknown: Vec::new(), n_nodes: 0 };
    let seed = loader.read(root, ROOT, 0, defaults);
    if loader.n_nodes > MAX_NODES {
        return Err(LoadError::TooLarge);
    }
    Ok(Loaded { seed, unknown: loader.unknown })
}

/// Whether an attribute says which version of the form was filled in; what is taken up is filled in with this one.
fn is_version(id: ModelId, attribute: Attribute<'_, '_>) -> bool {
    id == ROOT && attribute.name() == "version" && attribute.namespace().is_none()
}

struct Loader<'a> {
    model: &'a Model,
    unknown: Vec<String>,
    n_nodes: usize,
}

impl Loader<'_> {
    /// `like` is what the node begins with in a new instance, where that counts.
    fn read(&mut self, element: Node<'_, '_>, id: ModelId, depth: usize, like: Option<&Seed>) -> Seed {
        self.n_nodes += 1;
        let mut seed = Seed { model: id, ..Seed::default() };
        if self.n_nodes > MAX_NODES || depth > MAX_DEPTH {
            return seed;
        }
        let model = self.model;
        // By place among the model node's children.
        let mut found: Vec<Vec<Seed>> = vec![Vec::new(); model.node(id).children.len()];
        let place = |child: ModelId| model.node(child).place;
        for attribute in element.attributes() {
            if let Some(child) = model.child(id, attribute.name(), true) {
                self.n_nodes += 1;
                found[place(child)].push(Seed {
                    model: child,
                    text: if is_version(id, attribute) { &*model.version } else { attribute.value() }.into(),
                    children: Vec::new(),
                });
            }
        }
        for child_element in element.elements() {
            let name = child_element.name();
            match model.child(id, name, false) {
                Some(child) if model.node(child).is_repeat || found[place(child)].is_empty() => {
                    let like = like.and_then(|it| default_of(it, child, model));
                    found[place(child)].push(self.read(child_element, child, depth + 1, like));
                }
                _ => self.note_unknown(id, name),
            }
        }
        for (child, seeds) in model.node(id).children.iter().zip(found) {
            if seeds.is_empty() && !model.node(*child).is_repeat {
                let default = like.and_then(|it| default_of(it, *child, model)).cloned();
                self.n_nodes += default.as_ref().map_or(0, n_seeds);
                seed.children.push(default.unwrap_or_else(|| self.empty(*child)));
            }
            seed.children.extend(seeds);
        }
        if element.first_element().is_none() {
            seed.text = element.text().unwrap_or_default().into();
        }
        seed
    }

    fn empty(&mut self, id: ModelId) -> Seed {
        self.n_nodes += 1;
        let children = self.model.node(id).children.iter();
        let children = children.filter(|it| !self.model.node(**it).is_repeat).copied();
        let children: Vec<ModelId> = children.collect();
        Seed {
            model: id,
            text: Box::default(),
            children: children.into_iter().map(|it| self.empty(it)).collect(),
        }
    }

    fn note_unknown(&mut self, parent: ModelId, name: &str) {
        let path = format!("{}/{name}", self.model.path(parent));
        if self.unknown.len() < MAX_UNKNOWN && !self.unknown.contains(&path) {
            self.unknown.push(path);
        }
    }
}

fn n_seeds(seed: &Seed) -> usize {
    1 + seed.children.iter().map(n_seeds).sum::<usize>()
}

/// Returns what a child of a node begins with.
fn default_of<'a>(parent: &'a Seed, child: ModelId, model: &'a Model) -> Option<&'a Seed> {
    let own = || parent.children.iter().find(|it| it.model == child);
    if model.node(child).is_repeat { model.template(child) } else { own() }
}
