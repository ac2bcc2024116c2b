//! The model: the instance a submission is made of, the lists beside it, binds and actions.

use std::borrow::Cow;

use super::choices::{List, Lists};
use super::codes;
use super::expression::{has_reference, is_dynamic_default, references};
use super::itext::bind_is_itext;
use super::questions::split_file;
use super::references::{Resolver, Style};
use super::report::Report;
use super::settings::Settings;
use super::text::{Text, find, yes_no};
use super::tree::{Event, Id, Kind, Node, ROOT, Tree};
use super::xml::Document;

/// Bind attributes whose expressions may read a list file.
const EXPRESSIONS: [&str; 5] = ["calculate", "constraint", "readonly", "required", "relevant"];

/// Writes the primary instance's root with everything below it.
pub(super) fn primary_instance(
    tree: &Tree,
    resolver: Resolver<'_>,
    settings: &Settings,
    document: &mut Document,
) {
    let mut instance = Instance { tree, resolver, document };
    instance.open(ROOT);
    for (key, value) in &settings.attributes {
        instance.document.attribute(key, value);
    }
    instance.document.attribute("id", &settings.form_id);
    settings.instance_xmlns.iter().for_each(|it| instance.document.attribute("xmlns", it));
    settings.version.iter().for_each(|it| instance.document.attribute("version", it));
    instance.fill(ROOT, false);
    instance.document.close();
}

struct Instance<'a> {
    tree: &'a Tree,
    resolver: Resolver<'a>,
    document: &'a mut Document,
}

impl Instance<'_> {
    /// `in_instance` says that a repeat around has its template already, so those inside need none.
    fn section(&mut self, id: Id, in_instance: bool) {
        self.open(id);
        self.fill(id, in_instance);
        self.document.close();
    }

    fn fill(&mut self, id: Id, in_instance: bool) {
        let tree = self.tree;
        for &child in &tree[id].children {
            match tree[child].kind {
                Kind::External | Kind::Attribute => {}
                Kind::Group if tree[child].is_flat => self.fill(child, in_instance),
                Kind::Repeat => {
                    if !in_instance {
                        self.template(child);
                    }
                    self.section(child, true);
                }
                Kind::Survey | Kind::Group | Kind::Entity => self.section(child, in_instance),
                Kind::Question | Kind::EntityLabel => self.leaf(child),
            }
        }
    }

    fn template(&mut self, id: Id) {
        self.document.open(&self.tree[id].name);
        self.document.attribute("jr:template", "");
        self.fill_template(id);
        self.document.close();
    }

    fn fill_template(&mut self, id: Id) {
        let tree = self.tree;
        for &child in &tree[id].children {
            match tree[child].kind {
                Kind::External => {}
                Kind::Group if tree[child].is_flat => self.fill_template(child),
                Kind::Repeat => self.template(child),
                Kind::Question | Kind::EntityLabel => self.leaf(child),
                _ => self.section(child, false),
            }
        }
    }

    fn leaf(&mut self, id: Id) {
        let node = &self.tree[id];
        self.open(id);
        if let Some(default) = &node.default
            && !is_dynamic_default(default, node.question_type)
        {
            self.document.text(default);
        }
        self.document.close();
    }

    /// Begins the element of a node, with its attributes.
    fn open(&mut self, id: Id) {
        let node = &self.tree[id];
        self.document.open(&node.name);
        for (key, value) in &node.instance {
            self.document.attribute(key, &self.resolver.paths(value, id, Style::default()));
        }
        let attributes = node.children.iter().map(|it| &self.tree[*it]);
        for it in attributes.filter(|it| it.kind == Kind::Attribute) {
            self.document.attribute(&it.name, &it.value);
        }
    }
}

/// A list file beside the submission: its id, and where it lies.
#[derive(PartialEq, Eq)]
struct File {
    id: String,
    source: String,
}

impl File {
    fn new(id: &str, source: String) -> Self {
        Self { id: id.to_owned(), source }
    }
}

/// Writes the lists the form reads, each once: files in the order of the questions, then the choices.
pub(super) fn secondary_instances(tree: &Tree, lists: &Lists, report: &mut Report, document: &mut Document) {
    let mut found: Vec<File> = Vec::new();
    let mut declared: Vec<&str> = Vec::new();
    let mut last_saved = false;
    for id in tree.document_order() {
        let node = &tree[id];
        let mut instances = pulldata_instances(node);
        match node.kind {
            Kind::Question => {
                instances.extend(file_instance(node));
                last_saved |= reads_last_saved(node);
            }
            Kind::External => {
                if declared.contains(&node.name.as_str()) {
                    report.error(codes::DUPLICATE_INSTANCE, &node.cell, &[("name", &node.name)]);
                }
                declared.push(&node.name);
                instances.push(external_instance(node));
            }
            _ => {}
        }
        for it in instances {
            match found.iter().find(|known| known.id == it.id) {
                None => found.push(it),
                Some(known) if *known == it => {}
                Some(_) => report.error(codes::DUPLICATE_INSTANCE, &node.cell, &[("name", &it.id)]),
            }
        }
    }
    if last_saved {
        let it = File::new("__last-saved", "jr://instance/last-saved".to_owned());
        if found.iter().any(|known| known.id == it.id) {
            report.error(codes::DUPLICATE_INSTANCE, &super::report::Cell::default(), &[("name", &it.id)]);
        }
        found.push(it);
    }
    for file in &found {
        document.open("instance");
        document.attribute("id", &file.id);
        document.attribute("src", &file.source);
        document.close();
    }
    for list in lists.lists.iter().filter(|it| !it.is_searched) {
        if found.iter().any(|it| it.id == list.name) {
            let at = super::report::Cell::new("choices", list.choices.first().map_or(0, |it| it.row), None);
            report.error(codes::DUPLICATE_INSTANCE, &at, &[("name", &list.name)]);
        }
        choice_instance(list, document);
    }
}

fn external_instance(node: &Node) -> File {
    let is_csv = node.question_type == "csv-external";
    let (folder, ending) = if is_csv { ("file-csv", "csv") } else { ("file", "xml") };
    File::new(&node.name, format!("jr://{folder}/{}.{ending}", node.name))
}

fn file_instance(node: &Node) -> Option<File> {
    let is_select = matches!(node.question_type, "select one" | "select all that apply" | "rank");
    let (base, ending) = split_file(node.itemset.as_deref().filter(|_| is_select)?)?;
    let folder = if ending == ".csv" { "file-csv" } else { "file" };
    Some(File::new(base, format!("jr://{folder}/{base}{ending}")))
}

/// `pulldata('file', …)` names a CSV file.
fn pulldata_instances(node: &Node) -> Vec<File> {
    let binds = EXPRESSIONS.iter().filter_map(|it| node.bind(it));
    let others = [node.choice_filter.as_deref(), node.default.as_deref()].into_iter().flatten();
    let mut instances = Vec::new();
    for expression in binds.chain(others) {
        if find(expression, "pulldata").is_none() {
            continue;
        }
        for call in expression.split("pulldata").skip(1) {
            let Some(arguments) = call.trim_start().strip_prefix('(') else { continue };
            let Some((file, _)) = arguments.split_once(',') else { continue };
            let file = file.replace(['\'', '"'], "");
            instances.push(File::new(file.trim(), format!("jr://file-csv/{}.csv", file.trim())));
        }
    }
    instances
}

fn reads_last_saved(node: &Node) -> bool {
    let binds = EXPRESSIONS.iter().filter_map(|it| node.bind(it));
    let others = [node.choice_filter.as_deref(), node.default.as_deref()].into_iter().flatten();
    let may_read = |it: &&str| find(it, "last-saved#").is_some();
    binds.chain(others).filter(may_read).any(|it| references(it).iter().any(|it| it.last_saved))
}

fn choice_instance(list: &List, document: &mut Document) {
    let in_table = list.needs_itext();
    document.open("instance");
    document.attribute("id", &list.name);
    document.open("root");
    for (index, choice) in list.choices.iter().enumerate() {
        document.open("item");
        if in_table {
            document.element("itextId", &[&*list.name, "-", &index.to_string()].concat());
        }
        document.element("name", &choice.name);
        if let Some(Text::Plain(label)) = choice.label.as_ref().filter(|_| !in_table) {
            document.element("label", label);
        }
        choice.extra.iter().for_each(|(key, value)| document.element(key, value));
        document.close();
    }
    document.close();
    document.close();
}

/// Writes binds and the actions that run when a form is opened, in document order.
pub(super) fn binds(tree: &Tree, resolver: Resolver<'_>, document: &mut Document) {
    for id in tree.document_order() {
        bind(tree, resolver, id, document);
        if matches!(tree[id].kind, Kind::Question | Kind::Attribute) {
            actions(tree, resolver, id, |event| event != Event::NewRepeat, document);
        }
    }
}

fn bind(tree: &Tree, resolver: Resolver<'_>, id: Id, document: &mut Document) {
    let node = &tree[id];
    if node.bind.is_empty() || node.kind == Kind::External || node.is_flat {
        return;
    }
    document.open("bind");
    document.attribute("nodeset", tree.path(id));
    for (key, value) in &node.bind {
        if key == "calculate" && !node.triggers.is_empty() {
            continue;
        }
        let Some(value) = bind_value(tree, id, key, value) else { continue };
        document.attribute(key, &resolver.paths(&value, id, Style::default()));
    }
    document.close();
}

fn bind_value<'a>(tree: &Tree, id: Id, key: &str, value: &'a Text) -> Option<Cow<'a, str>> {
    if bind_is_itext(key, value) {
        return Some(Cow::Owned(["jr:itext('", tree.path(id), ":", key, "')"].concat()));
    }
    let text = value.plain()?;
    let flag = if EXPRESSIONS.contains(&key) { yes_no(text) } else { None };
    Some(Cow::Borrowed(flag.map_or(text, |it| if it { "true()" } else { "false()" })))
}

/// Writes the actions of one node that run at the events `wanted`.
pub(super) fn actions(
    tree: &Tree,
    resolver: Resolver<'_>,
    id: Id,
    wanted: impl Fn(Event) -> bool,
    document: &mut Document,
) {
    let node = &tree[id];
    for action in node.actions.iter().filter(|it| wanted(it.event)) {
        document.open(action.name);
        document.attribute("ref", tree.path(id));
        document.attribute("event", action.event.name());
        if action.name == "setvalue"
            && let Some(value) = node.default.as_ref().or(action.value.as_ref())
        {
            let is_path = node.kind == Kind::Question && has_reference(value);
            let value: Cow<'_, str> =
                if is_path { resolver.paths(value, id, Style::default()) } else { value.as_str().into() };
            document.attribute("value", &value);
        }
        action.attributes.iter().for_each(|(key, value)| document.attribute(key, value));
        document.close();
    }
}
