//! Binds and actions.

use crate::document::Node;

use super::at;
use super::model::{Model, ROOT, same_name};
use super::paths::Paths;
use crate::bound;
use crate::view::DataType;
use crate::xpath::ast::ModelId;
use crate::{Code, Diagnostic};

/// The rules of one model node, expressions as written.
#[derive(Debug, Default)]
pub(crate) struct Bind {
    pub model: ModelId,
    pub data_type: DataType,
    pub relevant: Option<String>,
    pub readonly: Option<String>,
    pub required: Option<String>,
    pub constraint: Option<String>,
    pub calculate: Option<String>,
    pub required_message: Option<String>,
    pub constraint_message: Option<String>,
    /// `preload` and `preloadParams`.
    pub preload: Option<(String, String)>,
    /// The entity property this value is saved to.
    pub save_to: Option<String>,
    pub max_pixels: u32,
    /// The nodes that a signature covers: what `doorstep:signs` names.
    pub signs: Vec<ModelId>,
    /// How good a recording must be; empty where the form does not say.
    pub quality: String,
    /// `saveIncomplete`.
    pub saves_incomplete: bool,
    /// What an audit log is to record; of the bind of `meta/audit` alone.
    pub audit: Vec<(String, String)>,
}

/// `setvalue` and `setgeopoint`: `target` gets a value when `event` happens.
#[derive(Debug)]
pub(crate) struct Action {
    pub event: Event,
    pub target: ModelId,
    /// The target's path as written, where it chooses among instances.
    pub choice: Option<String>,
    pub value: ActionSource,
}

/// Where an action's value comes from.
#[derive(Debug, Clone)]
pub(crate) enum ActionSource {
    Literal(String),
    /// As written.
    Expression(String),
    /// Where the device is.
    Location,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A new visit begins.
    FirstLoad,
    /// A visit is opened, new or taken up again.
    Load,
    /// This repeat gets a new instance.
    NewRepeat(ModelId),
    /// The person changes this question.
    ValueChanged(ModelId),
}

/// How many problems are told with what may have been meant.
pub(crate) const MAX_SUGGESTIONS: usize = 20;

/// The specification's types, and the names that XML Schema has for the same values.
const TYPES: [(&str, DataType); 23] = [
    ("string", DataType::String),
    ("int", DataType::Int),
    ("integer", DataType::Int),
    ("long", DataType::Int),
    ("short", DataType::Int),
    ("byte", DataType::Int),
    ("decimal", DataType::Decimal),
    ("double", DataType::Decimal),
    ("float", DataType::Decimal),
    ("boolean", DataType::Boolean),
    ("date", DataType::Date),
    ("time", DataType::Time),
    ("dateTime", DataType::DateTime),
    ("geopoint", DataType::Geopoint),
    ("geotrace", DataType::Geotrace),
    ("geoshape", DataType::Geoshape),
    ("barcode", DataType::Barcode),
    ("binary", DataType::Binary),
    ("intent", DataType::Intent),
    ("rank", DataType::String),
    ("select", DataType::String),
    ("select1", DataType::String),
    ("selectMulti", DataType::String),
];

pub(super) fn read(
    elements: &[Node<'_, '_>],
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Bind> {
    // A bind is large: there is room for those there are, and no more.
    let mut binds = Vec::with_capacity(elements.len());
    for &element in elements {
        let path = paths.of(element);
        let Some(id) = paths.find_in_model(path) else {
            report_unknown_node(path, "bind", model, problems);
            continue;
        };
        let type_name = element.attribute("type").unwrap_or("string");
        let local = type_name.rsplit_once(':').map_or(type_name, |(_, local)| local);
        let data_type = TYPES.iter().find(|(name, _)| *name == local).map(|(_, data_type)| *data_type);
        if data_type.is_none() {
            problems.push(unknown_type(path, type_name));
        }
        let mut bind =
            Bind { model: id, data_type: data_type.unwrap_or(DataType::String), ..Bind::default() };
        let mut preload = None;
        let mut parameters = String::new();
        for attribute in element.attributes() {
            let value = attribute.value();
            let place = match attribute.name() {
                "relevant" => &mut bind.relevant,
                "readonly" => &mut bind.readonly,
                "required" => &mut bind.required,
                "constraint" => &mut bind.constraint,
                "calculate" => &mut bind.calculate,
                "requiredMsg" => &mut bind.required_message,
                "constraintMsg" => &mut bind.constraint_message,
                "saveto" => &mut bind.save_to,
                "preload" => &mut preload,
                "preloadParams" => {
                    value.clone_into(&mut parameters);
                    continue;
                }
                "max-pixels" => {
                    bind.max_pixels = value.parse().unwrap_or(0);
                    continue;
                }
                "quality" => {
                    value.clone_into(&mut bind.quality);
                    continue;
                }
                "signs" if attribute.namespace() == Some(bound::NAMESPACE) => {
                    bind.signs = signs(value, id, path, model, paths, problems);
                    continue;
                }
                "saveIncomplete" => {
                    bind.saves_incomplete = value.trim() == "true()";
                    continue;
                }
                _ => continue,
            };
            place.get_or_insert_with(|| value.to_owned());
        }
        bind.preload = preload.map(|it| (it, parameters));
        if same_name(&model.node(id).name, "audit") {
            bind.audit = audit(element);
        }
        binds.push(bind);
    }
    binds
}

#[inline(never)]
fn unknown_type(path: &str, found: &str) -> Diagnostic {
    Diagnostic::warning(Code::FormUnknownType, at(path, "type")).with("type", found)
}

/// A signature that does not cover what it should is no evidence: a name that there is none of is an error.
#[inline(never)]
fn signs(
    value: &str,
    own: ModelId,
    path: &str,
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ModelId> {
    let mut found = Vec::new();
    for name in value.split_whitespace() {
        match paths.find(name, own) {
            Some(node) => found.push(node),
            None => {
                let problem = Diagnostic::error(Code::FormUnknownNode, at(path, "signs"));
                problems.push(problem.with("reference", name).with("nearest", model.nearest_path(name)));
            }
        }
    }
    found
}

#[inline(never)]
fn audit(bind: Node<'_, '_>) -> Vec<(String, String)> {
    const ODK: &str = "http://www.opendatakit.org/xforms";
    let settings = bind.attributes().filter(|it| it.namespace() == Some(ODK));
    settings.map(|it| (it.name().to_owned(), it.value().to_owned())).collect()
}

pub(super) fn read_actions(
    elements: &[Node<'_, '_>],
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    for element in elements {
        read_action(*element, model, paths, problems, &mut actions);
    }
    actions
}

/// Adds an action for each of its events.
#[inline(never)]
fn read_action(
    element: Node<'_, '_>,
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
    actions: &mut Vec<Action>,
) {
    let path = paths.of(element);
    let name = element.name();
    let around = element.parent_element().map_or(ROOT, |it| around(it, paths));
    let Some(target) = paths.find(path, around) else {
        return report_unknown_node(path, name, model, problems);
    };
    let value = match element.attribute("value").map(str::trim) {
        _ if name == "setgeopoint" => ActionSource::Location,
        // An empty expression empties the target.
        Some("") => ActionSource::Literal(String::new()),
        Some(expression) => ActionSource::Expression(expression.to_owned()),
        None => ActionSource::Literal(element.text().unwrap_or_default().to_owned()),
    };
    for event_name in element.attr("event").unwrap_or_default().split_whitespace() {
        match event(event_name, element, paths) {
            Ok(event) => {
                let choice = path.contains('[').then(|| path.to_owned());
                actions.push(Action { event, target, choice, value: value.clone() });
            }
            Err(Misplaced::Node(outer)) => report_unknown_node(outer, name, model, problems),
            Err(Misplaced::Event) => {
                let problem = Diagnostic::error(Code::FormUnknownElement, at(path, name));
                problems.push(problem.with("element", format!("event={event_name}")));
            }
        }
    }
}

/// Why an action can never happen.
enum Misplaced<'a> {
    /// There is no such event where it stands.
    Event,
    /// What it stands in is bound to a node that the form does not have.
    Node(&'a str),
}

fn event<'a>(name: &str, element: Node<'a, '_>, paths: &'a Paths<'_>) -> Result<Event, Misplaced<'a>> {
    let node = |element: Option<Node<'a, '_>>| {
        let element = element.ok_or(Misplaced::Event)?;
        let around = element.parent_element().map_or(ROOT, |it| around(it, paths));
        let path = paths.of(element);
        paths.find(path, around).ok_or(Misplaced::Node(path))
    };
    let repeat = || element.ancestors().find(|it| it.is_named("repeat"));
    let control = || element.parent_element().filter(|it| !it.is_named("model"));
    match name {
        // `xforms-ready` is what it was called before.
        "odk-instance-first-load" | "xforms-ready" => Ok(Event::FirstLoad),
        "odk-instance-load" => Ok(Event::Load),
        "odk-new-repeat" => node(repeat()).map(Event::NewRepeat),
        "xforms-value-changed" => node(control()).map(Event::ValueChanged),
        _ => Err(Misplaced::Event),
    }
}

/// Returns the node that relative paths inside an element start from.
pub(super) fn around(element: Node<'_, '_>, paths: &Paths<'_>) -> ModelId {
    let outer = element.parent_element().map_or(ROOT, |it| around(it, paths));
    match paths.of(element) {
        "" => outer,
        path => paths.find(path, outer).unwrap_or(outer),
    }
}

/// Says which node was not found, and which one may have been meant. Looking for that compares the path with every
/// path of the form, so only the first problems get it.
#[inline(never)]
pub(super) fn report_unknown_node(
    path: &str,
    attribute: &str,
    model: &Model,
    problems: &mut Vec<Diagnostic>,
) {
    let nearest = if problems.len() < MAX_SUGGESTIONS { model.nearest_path(path) } else { String::new() };
    let problem = Diagnostic::warning(Code::FormUnknownNode, at(path, attribute));
    problems.push(problem.with("reference", path).with("nearest", nearest));
}
