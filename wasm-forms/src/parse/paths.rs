//! Which model node a bind, control or action means.
//!
//! Source: ODK XForms, "nodeset", "ref" and "bind". A path is absolute, or relative to the node around it: that of the
//! group or repeat for controls, the instance's root elsewhere. Predicates choose among instances, never another node.

use crate::document::Node;

use super::model::{Model, ROOT};
use crate::hash::FastMap;
use crate::xpath::ast::ModelId;

/// Nodes by path, and binds by their ids.
pub(super) struct Paths<'a> {
    model: &'a Model,
    binds: FastMap<&'a str, &'a str>,
}

impl<'a> Paths<'a> {
    pub fn new(binds: &[Node<'a, '_>], model: &'a Model) -> Paths<'a> {
        let binds = binds.iter().filter_map(|it| Some((it.attribute("id")?, written(*it)?))).collect();
        Paths { model, binds }
    }

    /// Returns the path an element names, directly or through a bind; empty where it names none.
    pub fn of<'b>(&'b self, element: Node<'b, '_>) -> &'b str {
        let bind = || element.attribute("bind").and_then(|it| self.binds.get(it.trim()).copied());
        written(element).or_else(bind).unwrap_or_default()
    }

    /// Returns the node of a path read at `around`.
    pub fn find(&self, path: &str, around: ModelId) -> Option<ModelId> {
        let plain;
        let path = if path.contains('[') {
            plain = without_predicates(path);
            plain.trim()
        } else {
            path.trim_ascii()
        };
        if path.starts_with('/') {
            return self.model.find(path);
        }
        let path = path.strip_prefix("current()/").unwrap_or(path);
        path.split('/').map(str::trim).try_fold(around, |at, step| match step {
            "" => None,
            "." => Some(at),
            ".." => self.model.nodes[at as usize].parent,
            step => match step.strip_prefix('@') {
                Some(name) => self.model.child(at, name, true),
                None => self.model.child(at, step, false),
            },
        })
    }

    /// Returns the node of a path that stands in the model, where paths begin at the instance's root.
    pub fn find_in_model(&self, path: &str) -> Option<ModelId> {
        self.find(path, ROOT)
    }
}

fn written<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    element.attribute("ref").or(element.attribute("nodeset"))
}

/// Leaves out what stands in square brackets, at any depth and with quoted brackets inside.
fn without_predicates(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let (mut depth, mut quote) = (0_u32, None);
    for c in path.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if depth > 0 => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::without_predicates;

    #[test]
    fn predicates_do_not_count() {
        assert_eq!(without_predicates("/data/r[position()=1]/a"), "/data/r/a");
        assert_eq!(without_predicates("/data/r[a[1] = ']']/a"), "/data/r/a");
        assert_eq!(without_predicates("../a"), "../a");
    }
}
