//! `${name}` to paths: absolute, or relative where both ends stand in the same repeat.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::codes;
use super::columns::Table;
use super::expression::{Part, Reference, instance_expressions, may_refer, parts};
use super::full_width;
use super::nearest::nearest_name;
use super::report::{Cell, Report};
use super::text::{find, is_plain_name, next_byte};
use super::tree::{Id, Kind, ROOT, Tree};
use super::xml::Document;
use crate::hash::FastMap;

/// How a reference is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Relative paths begin at `current()`, because the expression is a predicate of another node.
    pub from_current: bool,
    /// The path ends at the repeat's instances as a whole, so that a predicate can follow.
    pub whole_repeat: bool,
}

/// The names that rows of the survey have.
#[derive(Debug)]
pub(super) struct Declared<'a> {
    /// How many nodes have each name.
    pub counts: &'a BTreeMap<String, usize>,
    pub survey: &'a Table,
}

impl Declared<'_> {
    /// Returns the rows that have a name: `3, 8`.
    fn rows(&self, name: &str) -> String {
        let named = self.survey.rows.iter().filter(|it| it.text("name") == Some(name));
        named.map(|it| it.number.to_string()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the reference that a broken one was probably meant to be.
    fn mended(&self, found: &str) -> String {
        mended(found, self.counts.keys().map(String::as_str))
    }
}

/// Returns the reference that a broken one was probably meant to be, of those to `known` names.
pub(super) fn mended<'a>(found: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let is_sign = |c: char| matches!(c, '$' | '{' | '}') || c.is_whitespace();
    let inside = full_width::plain(found).trim_matches(is_sign).to_owned();
    let name = if is_plain_name(&inside) { Some(inside.as_str()) } else { None };
    let meant = nearest_name(&inside, known).or(name).unwrap_or("name");
    format!("${{{meant}}}")
}

/// The names of the form's nodes; a name that several have has no node.
#[derive(Debug)]
pub(super) struct Names<'t> {
    nodes: FastMap<&'t str, Option<Id>>,
}

impl<'t> Names<'t> {
    pub(super) fn of(tree: &'t Tree) -> Self {
        let mut nodes: FastMap<&str, Option<Id>> = FastMap::default();
        for id in tree.document_order() {
            let node = &tree[id];
            if node.is_section() || matches!(node.kind, Kind::Question | Kind::Entity) {
                nodes.entry(&node.name).and_modify(|it| *it = None).or_insert(Some(id));
            }
        }
        Self { nodes }
    }

    pub(super) fn get(&self, name: &str) -> Option<Id> {
        self.nodes.get(name).copied().flatten()
    }

    /// Reports the references of `text` that are broken, name nothing, or name several nodes.
    pub(super) fn check(text: &str, declared: &Declared<'_>, at: &dyn Fn() -> Cell, report: &mut Report) {
        for part in parts(text) {
            match part {
                Part::Text(_) => {}
                Part::Bad(found) => {
                    let params = [("found", found), ("wanted", &declared.mended(found))];
                    report.error(codes::MALFORMED_REFERENCE, &at(), &params);
                }
                Part::Reference(Reference { name, .. }, _) => match declared.counts.get(name) {
                    Some(1) => {}
                    Some(_) => {
                        let params = [("name", name), ("rows", &declared.rows(name))];
                        report.error(codes::AMBIGUOUS_REFERENCE, &at(), &params);
                    }
                    None => {
                        let meant = nearest_name(name, declared.counts.keys().map(String::as_str));
                        let params = [("name", name), ("nearest", meant.unwrap_or_default())];
                        report.error(codes::UNKNOWN_REFERENCE, &at(), &params);
                    }
                },
            }
        }
    }
}

/// Turns references into paths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver<'a> {
    pub tree: &'a Tree,
    pub names: &'a Names<'a>,
}

impl Resolver<'_> {
    /// Returns `text`, standing at node `context`, with every reference as a path.
    pub(super) fn paths<'t>(&self, text: &'t str, context: Id, style: Style) -> Cow<'t, str> {
        if !may_refer(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(2 * text.len());
        self.put_paths(text, Some(context), style, &mut out);
        Cow::Owned(out)
    }

    fn put_paths(&self, text: &str, context: Option<Id>, style: Style, out: &mut String) {
        let source = Source::of(text);
        for part in parts(text) {
            match part {
                Part::Text(text) | Part::Bad(text) => out.push_str(text),
                Part::Reference(it, start) => self.put_path(it, source, start, (context, style), out),
            }
        }
    }

    /// Writes `text` into the element that is open, with references and `instance(…)` expressions as `output` elements.
    /// Text beside an output keeps a space at both ends of the element.
    pub(super) fn put_text(&self, text: &str, context: Option<Id>, document: &mut Document) {
        if !may_refer(text) && find(text, "instance(").is_none() {
            return document.text(text);
        }
        let outputs = self.outputs(text, context);
        let is_mixed = match &outputs[..] {
            [] => return document.text(text),
            [(start, end, _)] => *start > 0 || *end < text.len(),
            _ => true,
        };
        if is_mixed {
            document.mix();
            document.text(if outputs[0].0 > 0 { " " } else { "" });
        }
        let mut from = 0;
        for (start, end, value) in outputs {
            document.text(text.get(from..start).unwrap_or_default());
            document.empty("output", "value", &value);
            from = end;
        }
        document.text(&text[from..]);
        document.text(if is_mixed { " " } else { "" });
    }

    /// Returns what becomes an output element: where it begins and ends in `text`, and its expression.
    fn outputs(&self, text: &str, context: Option<Id>) -> Vec<(usize, usize, String)> {
        let mut outputs = Vec::new();
        let expressions = instance_expressions(text);
        for &(start, end) in &expressions {
            let mut value = String::new();
            self.put_paths(&text[start..end], context, Style::default(), &mut value);
            outputs.push((start, end, value));
        }
        let source = Source::of(text);
        for part in parts(text) {
            let Part::Reference(it, start) = part else { continue };
            if expressions.iter().any(|(from, to)| (*from..*to).contains(&start)) {
                continue;
            }
            let end = text[start..].find('}').map_or(text.len(), |it| start + it + 1);
            let mut value = String::new();
            self.put_path(it, source, start, (context, Style::default()), &mut value);
            outputs.push((start, end, value));
        }
        outputs.sort_by_key(|(start, ..)| *start);
        outputs
    }

    /// Appends the path of one reference that begins at byte `start` of `source`, spaces around it.
    fn put_path(
        &self,
        it: Reference<'_>,
        source: Source<'_>,
        start: usize,
        (context, style): (Option<Id>, Style),
        out: &mut String,
    ) {
        let Some(target) = self.names.get(it.name) else {
            return out.extend(["${", it.name, "}"]);
        };
        let absolute = self.tree.path(target);
        if it.last_saved {
            return out.extend([" instance('__last-saved')", absolute, " "]);
        }
        let end = next_byte(source.text.as_bytes(), start, b'}').map_or(start, |it| it + 1);
        let is_free =
            |_: &Id| !source.calls_indexed_repeat || may_be_relative(it.name, source.text, start, end);
        let context = context.filter(is_free);
        match context.and_then(|it| self.relative(target, it, style.whole_repeat)) {
            Some(path) => {
                let in_predicate = || source.reads_instance && is_in_predicate(source.text, start, end);
                let current = if style.from_current || in_predicate() { "current()/" } else { "" };
                out.extend([" ", current, &path, " "]);
            }
            None => out.extend([" ", absolute, " "]),
        }
    }

    /// Returns the path from `source` to `target` if a repeat holds both.
    fn relative(&self, target: Id, source: Id, whole_repeat: bool) -> Option<String> {
        let tree = self.tree;
        let is_repeat = |it: &Id| tree[*it].kind == Kind::Repeat;
        let common =
            tree.ancestors(source).filter(is_repeat).find(|it| tree.ancestors(target).any(|up| up == *it))?;
        if whole_repeat {
            let outermost = !tree.is_in_repeat(common);
            let nested = tree.nearest_repeat(source) != Some(common);
            if tree.nearest_repeat(target) == Some(common) && (outermost || nested) {
                let steps = self.steps(source, common) + 1;
                return Some(climb(steps, &tree.path_below(target, tree[common].parent)));
            }
        }
        let is_shared =
            |it: &Id| *it != ROOT && tree[*it].is_section() && tree.ancestors(target).any(|up| up == *it);
        let shared = tree.ancestors(source).find(is_shared)?;
        Some(climb(self.steps(source, shared), &tree.path_below(target, Some(shared))))
    }

    fn steps(&self, from: Id, up_to: Id) -> usize {
        self.tree.ancestors(from).take_while(|it| *it != up_to).count() + 1
    }
}

/// A text with references, and what of it decides how they are written.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    text: &'a str,
    calls_indexed_repeat: bool,
    reads_instance: bool,
}

impl<'a> Source<'a> {
    fn of(text: &'a str) -> Self {
        let calls_indexed_repeat = find(text, "indexed-repeat(").is_some();
        let reads_instance =
            find(text, "instance(").is_some_and(|it| text.len() > it + "instance(".len() + 2);
        Self { text, calls_indexed_repeat, reads_instance }
    }
}

fn climb(steps: usize, path: &str) -> String {
    format!("{}{path}", vec![".."; steps].join("/"))
}

/// The repeat and index arguments of `indexed-repeat()` must be absolute paths.
fn may_be_relative(name: &str, source: &str, start: usize, end: usize) -> bool {
    const ABSOLUTE_ARGUMENTS: [usize; 4] = [0, 1, 3, 5];
    let mut from = 0;
    while let Some(open) = find(&source[from..], "indexed-repeat(").map(|it| it + from) {
        let Some(close) = source[open..].find(')').map(|it| it + open + 1) else { return true };
        if open < start && end < close {
            let arguments = &source[open + "indexed-repeat(".len()..close - 1];
            let wanted = format!("${{{name}}}");
            let index = arguments.split(',').enumerate().filter(|(_, it)| it.contains(&wanted)).last();
            return index.is_some_and(|(index, _)| !ABSOLUTE_ARGUMENTS.contains(&index));
        }
        from = close;
    }
    true
}

/// Returns whether the reference stands between brackets.
fn is_in_predicate(source: &str, start: usize, end: usize) -> bool {
    let mut from = 0;
    while let Some(open) = source[from..].find('[').map(|it| it + from) {
        let Some(close) = source[open..].find(']').map(|it| it + open + 1) else { return false };
        if open <= start && end <= close {
            return true;
        }
        from = close;
    }
    false
}
