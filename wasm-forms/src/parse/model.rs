//! The primary instance as a model: one node a path, however many instances a repeat has.

use roxmltree::Node;

use super::NodeExt;
use crate::xpath::ast::ModelId;
use crate::{Code, Diagnostic, Place};

/// Deepest nesting of an instance.
const MAX_DEPTH: usize = 100;
/// The namespace of the attributes that only the form needs.
const JAVAROSA: &str = "http://openrosa.org/javarosa";

#[derive(Debug, Clone)]
pub(crate) struct ModelNode {
    /// Name as written, prefix included.
    pub name: Box<str>,
    pub parent: Option<ModelId>,
    pub children: Vec<ModelId>,
    /// Its place among its parent's children.
    pub place: usize,
    pub is_attribute: bool,
    pub is_repeat: bool,
    /// Whether the node or one of its ancestors is a repeat.
    pub in_repeat: bool,
}

/// A piece of the instance a session starts with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seed {
    pub model: ModelId,
    pub text: Box<str>,
    pub children: Vec<Seed>,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub form_id: String,
    pub version: String,
    /// Declarations the root element needs: prefix (empty for the default) and namespace.
    pub namespaces: Vec<(String, String)>,
    pub nodes: Vec<ModelNode>,
    /// The first instance.
    pub seed: Seed,
    /// What a new instance of each repeat starts with.
    pub templates: Vec<(ModelId, Seed)>,
}

pub(crate) const ROOT: ModelId = 0;

impl Model {
    pub fn read(root: Node<'_, '_>, problems: &mut Vec<Diagnostic>) -> Option<Model> {
        let form_id =
            root.attribute("id").or_else(|| root.tag_name().namespace()).unwrap_or_default().to_owned();
        if form_id.is_empty() {
            problems.push(Diagnostic::error(Code::FormMissingPart, Place::Form).with("part", "id"));
        }
        let mut model = Model {
            form_id,
            version: root.attribute("version").unwrap_or_default().to_owned(),
            namespaces: Vec::new(),
            nodes: Vec::new(),
            seed: Seed::default(),
            templates: Vec::new(),
        };
        model.add(None, tag(root), false);
        let seed = model.element(root, ROOT, 0, problems);
        model.seed = seed;
        model.namespaces = namespaces(root);
        Some(model)
    }

    fn add(&mut self, parent: Option<ModelId>, name: Box<str>, is_attribute: bool) -> ModelId {
        let id = self.nodes.len() as ModelId;
        let place = parent.map_or(0, |it| self.nodes[it as usize].children.len());
        let node = ModelNode {
            place,
            name,
            parent,
            children: Vec::new(),
            is_attribute,
            is_repeat: false,
            in_repeat: false,
        };
        self.nodes.push(node);
        if let Some(parent) = parent {
            self.nodes[parent as usize].children.push(id);
        }
        id
    }

    fn element(
        &mut self,
        element: Node<'_, '_>,
        id: ModelId,
        depth: usize,
        problems: &mut Vec<Diagnostic>,
    ) -> Seed {
        if depth > MAX_DEPTH {
            problems.push(super::too_deep(super::at("", "instance"), MAX_DEPTH));
            return Seed { model: id, ..Seed::default() };
        }
        let mut children = Vec::new();
        for attribute in element.attributes() {
            let only_for_form = attribute.namespace() == Some(JAVAROSA);
            if only_for_form || (id == ROOT && matches!(attribute.name(), "id" | "version")) {
                continue;
            }
            let child =
                self.child_or_add(id, qualified(element, attribute.namespace(), attribute.name()), true);
            children.push(Seed { model: child, text: attribute.value().into(), children: Vec::new() });
        }
        for child_element in element.elements() {
            let child = self.child_or_add(id, tag(child_element), false);
            let seed = self.element(child_element, child, depth + 1, problems);
            if child_element.attribute((JAVAROSA, "template")).is_some() {
                self.templates.push((child, seed));
            } else {
                children.push(seed);
            }
        }
        let is_leaf = element.first_element_child().is_none();
        let text = if is_leaf { element.text().unwrap_or_default().into() } else { Box::default() };
        Seed { model: id, text, children }
    }

    fn child_or_add(&mut self, parent: ModelId, name: Box<str>, is_attribute: bool) -> ModelId {
        self.child(parent, &name, is_attribute).unwrap_or_else(|| self.add(Some(parent), name, is_attribute))
    }

    /// Returns the child element or attribute of this name.
    pub fn child(&self, parent: ModelId, name: &str, is_attribute: bool) -> Option<ModelId> {
        let same = |id: &ModelId| {
            let node = &self.nodes[*id as usize];
            node.is_attribute == is_attribute && same_name(&node.name, name)
        };
        self.nodes[parent as usize].children.iter().copied().find(same)
    }

    /// Returns the node of an absolute path as a bind or control writes it.
    pub fn find(&self, path: &str) -> Option<ModelId> {
        let mut steps = path.trim().strip_prefix('/')?.split('/');
        if !same_name(&self.nodes[ROOT as usize].name, steps.next()?.trim()) {
            return None;
        }
        steps.try_fold(ROOT, |at, step| match step.trim().strip_prefix('@') {
            Some(name) => self.child(at, name, true),
            None => self.child(at, step.trim(), false),
        })
    }

    /// Returns the absolute path of a node.
    pub fn path(&self, id: ModelId) -> String {
        let node = &self.nodes[id as usize];
        let own = if node.is_attribute { format!("/@{}", node.name) } else { format!("/{}", node.name) };
        node.parent.map_or_else(String::new, |parent| self.path(parent)) + &own
    }

    /// Marks a node as a repeat; its first instance becomes the template where there is none.
    pub fn mark_repeat(&mut self, id: ModelId) {
        self.nodes[id as usize].is_repeat = true;
        if self.template(id).is_none() {
            let templates = self.templates.iter().map(|(_, seed)| seed);
            let first = [&self.seed].into_iter().chain(templates).find_map(|it| find_seed(it, id)).cloned();
            self.templates.push((id, first.unwrap_or(Seed { model: id, ..Seed::default() })));
        }
        self.mark_inside(id);
    }

    /// Returns what a new instance of a repeat starts with.
    pub fn template(&self, repeat: ModelId) -> Option<&Seed> {
        self.templates.iter().find(|(id, _)| *id == repeat).map(|(_, seed)| seed)
    }

    fn mark_inside(&mut self, id: ModelId) {
        self.nodes[id as usize].in_repeat = true;
        for child in self.nodes[id as usize].children.clone() {
            self.mark_inside(child);
        }
    }

    /// Returns the text that a node starts with.
    pub fn default_of(&self, id: ModelId) -> Option<&str> {
        let seeds = [&self.seed].into_iter().chain(self.templates.iter().map(|(_, seed)| seed));
        seeds.into_iter().find_map(|it| find_seed(it, id)).map(|it| &*it.text)
    }

    /// Returns whether `ancestor` is `id` or above it.
    pub fn is_within(&self, id: ModelId, ancestor: ModelId) -> bool {
        std::iter::successors(Some(id), |it| self.nodes[*it as usize].parent).any(|it| it == ancestor)
    }
}

fn find_seed(seed: &Seed, model: ModelId) -> Option<&Seed> {
    if seed.model == model { Some(seed) } else { seed.children.iter().find_map(|it| find_seed(it, model)) }
}

/// Whether two names are the same, with or without a prefix on either side.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let local = |it: &str| it.rsplit_once(':').map_or(0, |(prefix, _)| prefix.len() + 1);
    a == b || (a.contains(':') != b.contains(':') && a[local(a)..] == b[local(b)..])
}

fn tag(element: Node<'_, '_>) -> Box<str> {
    // An element's own prefix is kept only where it differs from the document's default namespace.
    let namespace = element.tag_name().namespace();
    if element.default_namespace() == namespace {
        return element.tag_name().name().into();
    }
    qualified(element, namespace, element.tag_name().name())
}

fn qualified(element: Node<'_, '_>, namespace: Option<&str>, name: &str) -> Box<str> {
    let prefix = namespace.and_then(|it| element.lookup_prefix(it)).filter(|it| !it.is_empty());
    prefix.map_or_else(|| name.into(), |it| format!("{it}:{name}").into())
}

/// The declarations that the submission's root needs: those of prefixes used inside, and a default of its own.
fn namespaces(root: Node<'_, '_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    const XFORMS: &str = "http://www.w3.org/2002/xforms";
    for element in root.descendants().filter(Node::is_element) {
        let own = element.tag_name().namespace().into_iter();
        for namespace in own.chain(element.attributes().filter_map(|it| it.namespace())) {
            let prefix = element.lookup_prefix(namespace).unwrap_or_default();
            let is_needed = ![JAVAROSA, XFORMS, roxmltree::NS_XML_URI].contains(&namespace);
            if is_needed && found.iter().all(|(known, _)| known != prefix) {
                found.push((prefix.to_owned(), namespace.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::same_name;

    #[test]
    fn a_prefix_may_be_left_out() {
        assert!(same_name("meta", "meta") && same_name("orx:meta", "meta") && same_name("meta", "orx:meta"));
        assert!(
            !same_name("orx:meta", "x:meta")
                && !same_name("a", "b")
                && !same_name("ab", "b")
                && !same_name("", "a")
        );
    }
}
