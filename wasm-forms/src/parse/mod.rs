//! XForm XML to a [`Definition`]: what the document says, expressions still as text.
//!
//! Source: the ODK XForms specification. Nothing is resolved here; what cannot be understood becomes a
//! [`Diagnostic`], and all of them are returned at once.

mod binds;
mod body;
mod externals;
mod itext;
mod model;
mod paths;
mod recordings;
mod sections;
mod seeds;
mod submission;

#[cfg(feature = "xlsform")]
use crate::document::Drafted;
use crate::document::{self, Document, Node, Unreadable};

pub(crate) use binds::{Action, ActionSource, Bind, Event, MAX_SUGGESTIONS};
pub(crate) use body::{BodyItem, BodyKind, Items, TextSource, expression_text};
pub(crate) use externals::ListSource;
pub(crate) use itext::{Part, Texts};
pub(crate) use model::{Model, ROOT, ScopeId, Seed, local, same_name};
pub use recordings::Recording;
pub use submission::{Method, Submission};

use crate::{Code, Diagnostic, Place};
use sections::Sections;

/// The most XML nodes a form may have.
const MAX_NODES: u32 = 4_000_000;

/// A form as its document says it.
#[derive(Debug)]
pub(crate) struct Definition {
    pub title: String,
    pub model: Model,
    pub binds: Vec<Bind>,
    pub actions: Vec<Action>,
    pub texts: Texts,
    pub lists: Vec<ListSource>,
    pub body: Vec<BodyItem>,
    pub submission: Submission,
    pub recordings: Vec<Recording>,
    /// Words of the body's `class`.
    pub body_classes: Vec<String>,
}

/// An XForm as it comes: its text, and what was noted of it where it was written here.
#[derive(Debug)]
pub(crate) enum Source<'t> {
    Text(&'t str),
    #[cfg(feature = "xlsform")]
    Drafted(&'t str, Drafted),
}

impl<'t> Source<'t> {
    fn text(&self) -> &'t str {
        match self {
            Source::Text(text) => text,
            #[cfg(feature = "xlsform")]
            Source::Drafted(text, _) => text,
        }
    }

    fn document(self, take: &mut dyn FnMut(Node<'_, 't>) -> bool) -> Result<Document<'t>, Unreadable> {
        match self {
            #[cfg(feature = "xlsform")]
            Source::Drafted(text, drafted) if drafted.len() <= MAX_NODES as usize => {
                Ok(drafted.taking(text, TAKEN_DEPTH, take))
            }
            source => document::read_taking(source.text(), MAX_NODES, TAKEN_DEPTH, take),
        }
    }
}

/// Reads a form; the definition is absent where its frame is missing.
pub(crate) fn parse(xform: Source<'_>) -> (Option<Definition>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let definition = read(xform, true, &mut problems);
    (definition, problems)
}

/// How deep the texts of a form stand, below the translations of its `itext`, and the rows of its lists.
const TAKEN_DEPTH: usize = 6;

/// Texts and rows are taken while the document is read, and not kept there: in many forms they are most of it. Where
/// something that looked like rows turns out to be none, the form is read once more with all lists kept.
fn read(xform: Source<'_>, takes_rows: bool, problems: &mut Vec<Diagnostic>) -> Option<Definition> {
    let mut texts = itext::Reader::default();
    let mut rows = externals::Reader::default();
    let mut take = |it: Node<'_, '_>| texts.take(it) || (takes_rows && rows.take(it));
    let text = xform.text();
    let document = match xform.document(&mut take) {
        Ok(document) => document,
        Err(error) => {
            problems.push(unreadable(error));
            return None;
        }
    };
    let head = part(document.root_element(), "head", problems)?;
    let model_element = part(head, "model", problems)?;
    let mut sections = Sections::of_model(model_element);
    if !rows.are_tables(sections.lists()) {
        return read(Source::Text(text), false, problems);
    }
    let Some(primary) = sections.instances.first().and_then(Node::first_element) else {
        problems.push(missing("instance"));
        return None;
    };
    let body_element = part(document.root_element(), "body", problems)?;
    sections.add_body(body_element);
    problems.extend(sections.unknown.iter().map(|it| unknown_element(*it, "model")));
    problems.extend(too_new(model_element));
    let model = Model::read(primary, problems)?;
    let paths = paths::Paths::new(&sections.binds, &model);
    let texts = texts.finish(sections.itext);
    let title = head.child("title").map(|it| it.text().unwrap_or_default().trim().to_owned());
    let lists = rows.finish(sections.lists(), problems);
    let submission = sections.submission.map(|it| Submission::read(it, problems));
    Some(Definition {
        title: title.filter(|it| !it.is_empty()).unwrap_or_else(|| model.form_id.clone()),
        binds: binds::read(&sections.binds, &model, &paths, problems),
        actions: binds::read_actions(&sections.actions, &model, &paths, problems),
        body: body::read(body_element, (&model, &lists), (&paths, &texts), problems),
        lists,
        recordings: recordings::read(&sections.recordings, &model, &paths, problems),
        submission: submission.unwrap_or_default(),
        body_classes: words(body_element, "class"),
        model,
        texts,
    })
}

#[inline(never)]
fn unreadable(error: Unreadable) -> Diagnostic {
    match error {
        Unreadable::Malformed { line, column } => {
            let problem = Diagnostic::error(Code::FormMalformed, Place::Form);
            problem.with("line", line.to_string()).with("column", column.to_string())
        }
        Unreadable::TooLarge => Diagnostic::error(Code::FormTooLarge, Place::Form),
    }
}

#[inline(never)]
fn unknown_element(element: Node<'_, '_>, place: &str) -> Diagnostic {
    let place = at(element.attribute("ref").unwrap_or_default(), place);
    Diagnostic::error(Code::FormUnknownElement, place).with("element", element.name())
}

/// Says that a form is written for entities as a later specification has them (Entities, "Versioning"): year and number
/// tell what a reader must know, the last part does not.
#[inline(never)]
fn too_new(model: Node<'_, '_>) -> Option<Diagnostic> {
    const ENTITIES: &str = "http://www.opendatakit.org/xforms/entities";
    const NEWEST: [u32; 2] = [2025, 1];
    let found = model.attribute_of(ENTITIES, "entities-version")?;
    let mut parts = found.split('.').map(|it| it.trim().parse().unwrap_or(0));
    let version = [parts.next()?, parts.next().unwrap_or(0)];
    let problem = || {
        let problem = Diagnostic::error(Code::FormEntitiesVersion, at("", "model"));
        problem.with("found", found).with("newest", format!("{}.{}", NEWEST[0], NEWEST[1]))
    };
    (version > NEWEST).then(problem)
}

/// Returns the words of an attribute.
fn words(element: Node<'_, '_>, name: &str) -> Vec<String> {
    element.attribute(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn part<'a, 'input>(
    parent: Node<'a, 'input>,
    name: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Node<'a, 'input>> {
    let found = parent.child(name);
    if found.is_none() {
        problems.push(missing(name));
    }
    found
}

/// Says that something is nested deeper than any form is.
#[inline(never)]
fn too_deep(place: Place, limit: usize) -> Diagnostic {
    Diagnostic::error(Code::FormTooDeep, place).with("limit", limit.to_string())
}

#[inline(never)]
fn missing(part: &str) -> Diagnostic {
    Diagnostic::error(Code::FormMissingPart, Place::Form).with("part", part)
}

#[inline(never)]
pub(crate) fn at(reference: &str, attribute: &str) -> Place {
    Place::Node { reference: reference.to_owned(), attribute: attribute.to_owned() }
}
