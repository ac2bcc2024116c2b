//! The primary instance as a model: one node a path, however many instances a repeat has.

use crate::document::{Node, XML_NAMESPACE};

use crate::hash::FastMap;
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
    /// Whether there may be any number of it: a repeat of the body, or an element that stands several times in the
    /// form's own instance.
    pub is_repeat: bool,
    /// The scope it lives in; for a repeat the scope it opens.
    pub scope: ScopeId,
    /// Its place in that scope.
    pub offset: u32,
    /// The node that had this one's key in [`Model::by_key`] before it.
    next_same_key: Option<ModelId>,
    /// The hash of its path.
    path_hash: u64,
}

/// A scope's number within its form; 0 is the instance outside of all repeats.
pub(crate) type ScopeId = u32;

/// What exists once in each instance of a repeat (or once in all, for scope 0): the repeat's own node and all below
/// it down to the next repeats.
#[derive(Debug, Default)]
pub(crate) struct ScopeShape {
    /// In document order; the node that opens the scope first.
    pub nodes: Vec<ModelId>,
    /// The scope around it; its own number for scope 0.
    pub parent: ScopeId,
    pub depth: u32,
    /// Which of its parent's inner scopes it is.
    pub slot: u32,
    /// The scopes directly inside, by slot.
    pub inner: Vec<ScopeId>,
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
    /// The namespace of elements without a prefix.
    pub default_namespace: String,
    pub nodes: Vec<ModelNode>,
    /// The first instance.
    pub seed: Seed,
    /// What a new instance of each repeat starts with.
    pub templates: Vec<(ModelId, Seed)>,
    /// What the first instances of each counted repeat start with; see [`Model::set_aside`].
    pub(super) defaults: Vec<(ModelId, Vec<Seed>)>,
    /// `meta/deprecatedID` of a form that has none of its own: it exists only in a submission that is corrected.
    pub reserved: Option<ModelId>,
    /// Set by [`Model::lay_out`].
    pub scopes: Vec<ScopeShape>,
    /// The newest node of each key, which is the hash of parent and local name; the others are chained.
    by_key: FastMap<u64, ModelId>,
    /// A node of each hash of a path as it is written in full.
    by_path: FastMap<u64, ModelId>,
}

pub(crate) const ROOT: ModelId = 0;

impl Model {
    pub fn read(root: Node<'_, '_>, problems: &mut Vec<Diagnostic>) -> Option<Model> {
        let form_id = root.attribute("id").or_else(|| root.namespace()).unwrap_or_default().to_owned();
        if form_id.is_empty() {
            problems.push(Diagnostic::error(Code::FormMissingPart, Place::Form).with("part", "id"));
        }
        let mut model = Model {
            form_id,
            version: root.attribute("version").unwrap_or_default().to_owned(),
            namespaces: Vec::new(),
            default_namespace: root.default_namespace().unwrap_or_default().to_owned(),
            nodes: Vec::new(),
            seed: Seed::default(),
            templates: Vec::new(),
            defaults: Vec::new(),
            reserved: None,
            scopes: Vec::new(),
            by_key: FastMap::default(),
            by_path: FastMap::default(),
        };
        model.add(None, tag(root), false);
        let seed = model.element(root, ROOT, 0, problems);
        model.seed = seed;
        model.namespaces = namespaces(root);
        model.ensure_identity(root);
        Some(model)
    }

    /// A submission must be told from all others: a form without `meta/instanceID` gets one (OpenRosa metadata), in
    /// OpenRosa's namespace where the form declares it, else in that of the instance.
    fn ensure_identity(&mut self, root: Node<'_, '_>) {
        const OPENROSA: &str = "http://openrosa.org/xforms";
        let known = self.child(ROOT, "meta", false);
        let prefix = match known {
            Some(meta) => prefix_of(&self.node(meta).name),
            None => root.lookup_prefix(OPENROSA).unwrap_or_default().to_owned(),
        };
        let name =
            |local: &str| if prefix.is_empty() { local.into() } else { format!("{prefix}:{local}").into() };
        let meta = known.unwrap_or_else(|| self.add(Some(ROOT), name("meta"), false));
        let own = self.child(meta, "instanceID", false);
        let id = own.unwrap_or_else(|| self.add(Some(meta), name("instanceID"), false));
        if self.child(meta, "deprecatedID", false).is_none() {
            let prefix = prefix_of(&self.node(id).name);
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.reserved = Some(self.add(Some(meta), format!("{prefix}{colon}deprecatedID").into(), false));
        }
        if own.is_some() {
            return;
        }
        let id = Seed { model: id, ..Seed::default() };
        match self.seed.children.iter_mut().find(|it| it.model == meta) {
            Some(meta) => meta.children.push(id),
            None => self.seed.children.push(Seed { model: meta, text: Box::default(), children: vec![id] }),
        }
        if !prefix.is_empty() && self.namespaces.iter().all(|(it, _)| *it != prefix) {
            self.namespaces.push((prefix, OPENROSA.to_owned()));
        }
    }

    /// Returns a node.
    pub fn node(&self, id: ModelId) -> &ModelNode {
        &self.nodes[id as usize]
    }

    /// Returns the shape of a scope.
    pub fn scope(&self, id: ScopeId) -> &ScopeShape {
        &self.scopes[id as usize]
    }

    fn add(&mut self, parent: Option<ModelId>, name: Box<str>, is_attribute: bool) -> ModelId {
        let id = self.nodes.len() as ModelId;
        let place = parent.map_or(0, |it| self.nodes[it as usize].children.len());
        let around = parent.map_or(PATH, |it| self.nodes[it as usize].path_hash);
        let path_hash = [b'/'].iter().chain(name.as_bytes()).copied().fold(around, hash_step);
        if !is_attribute {
            self.by_path.entry(path_hash).or_insert(id);
        }
        let mut next_same_key = None;
        if let Some(parent) = parent {
            self.nodes[parent as usize].children.push(id);
            next_same_key = self.by_key.insert(key(parent, &name), id);
        }
        self.nodes.push(ModelNode {
            name,
            parent,
            children: Vec::new(),
            place,
            is_attribute,
            is_repeat: false,
            scope: 0,
            offset: 0,
            next_same_key,
            path_hash,
        });
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
        let mut children: Vec<Seed> = Vec::new();
        for attribute in element.attributes() {
            if attribute.namespace() == Some(JAVAROSA) {
                continue;
            }
            let child =
                self.child_or_add(id, qualified(element, attribute.namespace(), attribute.name()), true);
            children.push(Seed { model: child, text: attribute.value().into(), children: Vec::new() });
        }
        let mut seen: Vec<bool> = Vec::new();
        for child_element in element.elements() {
            let child = self.child_or_add(id, tag(child_element), false);
            seen.resize(self.nodes[id as usize].children.len(), false);
            let seed = self.element(child_element, child, depth + 1, problems);
            if child_element.attribute_of(JAVAROSA, "template").is_some() {
                self.templates.push((child, seed));
            } else {
                // The same element again, although no repeat may say so: as many as the form itself writes.
                self.nodes[child as usize].is_repeat |=
                    std::mem::replace(&mut seen[self.nodes[child as usize].place], true);
                children.push(seed);
            }
        }
        let is_leaf = element.first_element().is_none();
        let text = if is_leaf { element.text().unwrap_or_default().into() } else { Box::default() };
        Seed { model: id, text, children }
    }

    fn child_or_add(&mut self, parent: ModelId, name: Box<str>, is_attribute: bool) -> ModelId {
        self.child(parent, &name, is_attribute).unwrap_or_else(|| self.add(Some(parent), name, is_attribute))
    }

    /// Returns the child element or attribute of this name.
    pub fn child(&self, parent: ModelId, name: &str, is_attribute: bool) -> Option<ModelId> {
        let first = *self.by_key.get(&key(parent, name))?;
        let chain = std::iter::successors(Some(first), |it| self.node(*it).next_same_key);
        let is_wanted = |it: &ModelId| {
            let node = self.node(*it);
            node.parent == Some(parent) && node.is_attribute == is_attribute && same_name(&node.name, name)
        };
        chain.filter(is_wanted).last()
    }

    /// Returns the node of an absolute path as a bind or control writes it.
    pub fn find(&self, path: &str) -> Option<ModelId> {
        self.find_as_written(path).or_else(|| self.find_by_steps(path))
    }

    /// Returns the node whose path is written just so: nearly all are.
    pub fn find_as_written(&self, path: &str) -> Option<ModelId> {
        let hash = path.bytes().fold(PATH, hash_step);
        self.by_path.get(&hash).copied().filter(|it| self.is_path(*it, path))
    }

    /// Whether this is the path of a node.
    fn is_path(&self, id: ModelId, path: &str) -> bool {
        let mut rest = path.as_bytes();
        let mut at = Some(id);
        while let Some(node) = at.map(|it| self.node(it)) {
            let Some(before) = rest.strip_suffix(node.name.as_bytes()).and_then(|it| it.strip_suffix(b"/"))
            else {
                return false;
            };
            (rest, at) = (before, node.parent);
        }
        rest.is_empty()
    }

    fn find_by_steps(&self, path: &str) -> Option<ModelId> {
        let mut steps = path.trim().strip_prefix('/')?.split('/');
        if !same_name(&self.nodes[ROOT as usize].name, steps.next()?.trim()) {
            return None;
        }
        steps.try_fold(ROOT, |at, step| match step.trim().strip_prefix('@') {
            Some(name) => self.child(at, name, true),
            None => self.child(at, step.trim(), false),
        })
    }

    /// Returns the path that may have been meant: of the nodes whose name is nearest to the last step's, the one whose
    /// path begins most like it; empty where no name is near.
    pub fn nearest_path(&self, path: &str) -> String {
        let wanted = path.rsplit('/').next().unwrap_or(path);
        let names = self.nodes.iter().map(|it| &*it.name);
        let Some(name) = crate::diag::nearest(wanted.trim_start_matches('@'), names) else {
            return String::new();
        };
        let alike = |it: &String| it.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
        let named = (0..self.nodes.len() as ModelId).filter(|it| &*self.node(*it).name == name);
        named.map(|it| self.path(it)).max_by_key(alike).unwrap_or_default()
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
    }

    /// Gives every node its scope and its place there; to be called once all repeats are marked.
    pub fn lay_out(&mut self) {
        self.nodes[ROOT as usize].is_repeat = false;
        self.scopes = vec![ScopeShape::default()];
        // Document order, so that a scope's nodes stand as they are written.
        let mut waiting = vec![(ROOT, 0)];
        while let Some((id, around)) = waiting.pop() {
            let scope = if self.node(id).is_repeat { self.open_scope(around) } else { around };
            let node = &mut self.nodes[id as usize];
            node.scope = scope;
            node.offset = self.scopes[scope as usize].nodes.len() as u32;
            self.scopes[scope as usize].nodes.push(id);
            waiting.extend(self.nodes[id as usize].children.iter().rev().map(|it| (*it, scope)));
        }
    }

    fn open_scope(&mut self, parent: ScopeId) -> ScopeId {
        let id = self.scopes.len() as ScopeId;
        let around = &mut self.scopes[parent as usize];
        let (slot, depth) = (around.inner.len() as u32, around.depth + 1);
        around.inner.push(id);
        self.scopes.push(ScopeShape { parent, slot, depth, ..ScopeShape::default() });
        id
    }

    /// Returns the scope at `depth` around (or at) a scope.
    pub fn scope_at_depth(&self, mut scope: ScopeId, depth: u32) -> ScopeId {
        while self.scope(scope).depth > depth {
            scope = self.scope(scope).parent;
        }
        scope
    }

    /// Returns the innermost scope around both.
    pub fn common_scope(&self, a: ScopeId, b: ScopeId) -> ScopeId {
        let depth = self.scope(a).depth.min(self.scope(b).depth);
        let (mut a, mut b) = (self.scope_at_depth(a, depth), self.scope_at_depth(b, depth));
        while a != b {
            (a, b) = (self.scope(a).parent, self.scope(b).parent);
        }
        a
    }

    /// Returns what a new instance of a repeat starts with.
    pub fn template(&self, repeat: ModelId) -> Option<&Seed> {
        self.templates.iter().find(|(id, _)| *id == repeat).map(|(_, seed)| seed)
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

fn key(parent: ModelId, name: &str) -> u64 {
    crate::hash::of_text(local(name)) ^ u64::from(parent).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The hash of no path.
const PATH: u64 = 0xcbf2_9ce4_8422_2325;

/// Takes one more byte of a path into its hash (FNV-1a), so that a path's goes on from that of the path it begins with.
fn hash_step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

fn find_seed(seed: &Seed, model: ModelId) -> Option<&Seed> {
    if seed.model == model { Some(seed) } else { seed.children.iter().find_map(|it| find_seed(it, model)) }
}

fn prefix_of(name: &str) -> String {
    name.rsplit_once(':').map_or_else(String::new, |(prefix, _)| prefix.to_owned())
}

/// Returns a name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.bytes().rposition(|it| it == b':').map_or(name, |colon| &name[colon + 1..])
}

/// Whether two names are the same, with or without a prefix on either side.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a == b || {
        let (short_a, short_b) = (local(a), local(b));
        short_a == short_b && (short_a.len() == a.len()) != (short_b.len() == b.len())
    }
}

fn tag(element: Node<'_, '_>) -> Box<str> {
    // An element's own prefix is kept only where it differs from the document's default namespace.
    if element.prefix().is_empty() {
        return element.name().into();
    }
    let namespace = element.namespace();
    if element.default_namespace() == namespace {
        return element.name().into();
    }
    qualified(element, namespace, element.name())
}

fn qualified(element: Node<'_, '_>, namespace: Option<&str>, name: &str) -> Box<str> {
    let prefix = namespace.and_then(|it| element.lookup_prefix(it)).filter(|it| !it.is_empty());
    prefix.map_or_else(|| name.into(), |it| format!("{it}:{name}").into())
}

/// The declarations that the submission's root needs: those of prefixes used inside, and a default of its own.
fn namespaces(root: Node<'_, '_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    const XFORMS: &str = "http://www.w3.org/2002/xforms";
    let mut known = None;
    for element in root.descendants().filter(Node::is_element) {
        // Most elements have the namespace of the one before them.
        let own = (element.scope(), element.prefix());
        if known.replace(own) == Some(own) && element.attributes().len() == 0 {
            continue;
        }
        let own = element.namespace().into_iter();
        for namespace in own.chain(element.attributes().filter_map(|it| it.namespace())) {
            let prefix = element.lookup_prefix(namespace).unwrap_or_default();
            let is_needed = ![JAVAROSA, XFORMS, XML_NAMESPACE].contains(&namespace);
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
