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
use super::xml::Element;

/// Bind attributes whose expressions may read a list file.
const EXPRESSIONS: [&str; 5] = ["calculate", "constraint", "readonly", "required", "relevant"];

/// Returns the primary instance's root with everything below it.
pub(super) fn primary_instance(tree: &Tree, resolver: Resolver<'_>, settings: &Settings) -> Element {
    let mut root = Instance { tree, resolver }.section(ROOT, false);
    for (key, value) in &settings.attributes {
        root.set(key, value);
    }
    root.set("id", &settings.form_id);
    settings.instance_xmlns.iter().for_each(|it| root.set("xmlns", it));
    settings.version.iter().for_each(|it| root.set("version", it));
    root
}

struct Instance<'a> {
    tree: &'a Tree,
    resolver: Resolver<'a>,
}

impl Instance<'_> {
    /// `in_instance` says that a repeat around has its template already, so those inside need none.
    fn section(&self, id: Id, in_instance: bool) -> Element {
        let mut element = self.attributes(Element::new(&self.tree[id].name), id);
        self.fill(&mut element, id, in_instance);
        element
    }

    fn fill(&self, element: &mut Element, id: Id, in_instance: bool) {
        for &child in &self.tree[id].children {
            match self.tree[child].kind {
                Kind::External => {}
                Kind::Group if self.tree[child].is_flat => self.fill(element, child, in_instance),
                Kind::Attribute => element.set(&self.tree[child].name, &self.tree[child].value),
                Kind::Repeat => {
                    if !in_instance {
                        element.push(self.template(child));
                    }
                    element.push(self.section(child, true));
                }
                Kind::Survey | Kind::Group | Kind::Entity => element.push(self.section(child, in_instance)),
                Kind::Question | Kind::EntityLabel => element.push(self.leaf(child)),
            }
        }
    }

    fn template(&self, id: Id) -> Element {
        let mut element = Element::new(&self.tree[id].name).with("jr:template", "");
        self.fill_template(&mut element, id);
        element
    }

    fn fill_template(&self, element: &mut Element, id: Id) {
        for &child in &self.tree[id].children {
            match self.tree[child].kind {
                Kind::External => {}
                Kind::Group if self.tree[child].is_flat => self.fill_template(element, child),
                Kind::Repeat => element.push(self.template(child)),
                Kind::Question | Kind::EntityLabel => element.push(self.leaf(child)),
                _ => element.push(self.section(child, false)),
            }
        }
    }

    fn leaf(&self, id: Id) -> Element {
        let node = &self.tree[id];
        let element = self.attributes(Element::new(&node.name), id);
        match &node.default {
            Some(default) if !is_dynamic_default(default, node.question_type) => element.text(default),
            _ => element,
        }
    }

    fn attributes(&self, mut element: Element, id: Id) -> Element {
        for (key, value) in &self.tree[id].instance {
            element.set(key, self.resolver.paths(value, id, Style::default()));
        }
        element
    }
}

/// A list beside the submission: its id and, for a file, where it lies.
struct Secondary {
    id: String,
    source: Option<String>,
    element: Element,
}

impl Secondary {
    fn file(id: &str, source: String) -> Self {
        let element = Element::new("instance").with("id", id).with("src", &source);
        Self { id: id.to_owned(), source: Some(source), element }
    }
}

/// Returns the lists the form reads, each once: files in the order of the questions, then the choices.
pub(super) fn secondary_instances(tree: &Tree, lists: &Lists, report: &mut Report) -> Vec<Element> {
    let mut found: Vec<Secondary> = Vec::new();
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
                Some(known) if known.source == it.source => {}
                Some(_) => report.error(codes::DUPLICATE_INSTANCE, &node.cell, &[("name", &it.id)]),
            }
        }
    }
    if last_saved {
        let it = Secondary::file("__last-saved", "jr://instance/last-saved".to_owned());
        if found.iter().any(|known| known.id == it.id) {
            report.error(codes::DUPLICATE_INSTANCE, &super::report::Cell::default(), &[("name", &it.id)]);
        }
        found.push(it);
    }
    for list in lists.lists.iter().filter(|it| !it.is_searched) {
        let at = super::report::Cell::new("choices", list.choices.first().map_or(0, |it| it.row), None);
        match found.iter().any(|it| it.id == list.name) {
            true => report.error(codes::DUPLICATE_INSTANCE, &at, &[("name", &list.name)]),
            false => {
                found.push(Secondary { id: list.name.clone(), source: None, element: choice_instance(list) });
            }
        }
    }
    found.into_iter().map(|it| it.element).collect()
}

fn external_instance(node: &Node) -> Secondary {
    let is_csv = node.question_type == "csv-external";
    let (folder, ending) = if is_csv { ("file-csv", "csv") } else { ("file", "xml") };
    Secondary::file(&node.name, format!("jr://{folder}/{}.{ending}", node.name))
}

fn file_instance(node: &Node) -> Option<Secondary> {
    let is_select = matches!(node.question_type, "select one" | "select all that apply" | "rank");
    let (base, ending) = split_file(node.itemset.as_deref().filter(|_| is_select)?)?;
    let folder = if ending == ".csv" { "file-csv" } else { "file" };
    Some(Secondary::file(base, format!("jr://{folder}/{base}{ending}")))
}

/// `pulldata('file', …)` names a CSV file.
fn pulldata_instances(node: &Node) -> Vec<Secondary> {
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
            instances.push(Secondary::file(file.trim(), format!("jr://file-csv/{}.csv", file.trim())));
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

fn choice_instance(list: &List) -> Element {
    let in_table = list.needs_itext();
    let item = |(index, choice): (usize, &super::choices::Choice)| {
        let mut item = Element::new("item");
        if in_table {
            item.push(Element::new("itextId").text(format!("{}-{index}", list.name)));
        }
        item.push(Element::new("name").text(&choice.name));
        if let Some(Text::Plain(label)) = choice.label.as_ref().filter(|_| !in_table) {
            item.push(Element::new("label").text(label));
        }
        item.children(choice.extra.iter().map(|(key, value)| Element::new(key).text(value)))
    };
    let root = Element::new("root").children(list.choices.iter().enumerate().map(item));
    Element::new("instance").with("id", &list.name).child(root)
}

/// Puts binds and the actions that run when a form is opened, in document order.
pub(super) fn binds(tree: &Tree, resolver: Resolver<'_>, mut put: impl FnMut(&Element)) {
    for id in tree.document_order() {
        bind(tree, resolver, id).iter().for_each(&mut put);
        if matches!(tree[id].kind, Kind::Question | Kind::Attribute) {
            actions(tree, resolver, id, |event| event != Event::NewRepeat).iter().for_each(&mut put);
        }
    }
}

fn bind(tree: &Tree, resolver: Resolver<'_>, id: Id) -> Option<Element> {
    let node = &tree[id];
    if node.bind.is_empty() || node.kind == Kind::External || node.is_flat {
        return None;
    }
    let mut element = Element::new("bind").with("nodeset", tree.path(id));
    for (key, value) in &node.bind {
        if key == "calculate" && !node.triggers.is_empty() {
            continue;
        }
        let Some(value) = bind_value(tree, id, key, value) else { continue };
        element.set(key, resolver.paths(&value, id, Style::default()));
    }
    Some(element)
}

fn bind_value<'a>(tree: &Tree, id: Id, key: &str, value: &'a Text) -> Option<Cow<'a, str>> {
    if bind_is_itext(key, value) {
        return Some(Cow::Owned(["jr:itext('", tree.path(id), ":", key, "')"].concat()));
    }
    let text = value.plain()?;
    let flag = if EXPRESSIONS.contains(&key) { yes_no(text) } else { None };
    Some(Cow::Borrowed(flag.map_or(text, |it| if it { "true()" } else { "false()" })))
}

/// Returns the actions of one node that run at the events `wanted`.
pub(super) fn actions(
    tree: &Tree,
    resolver: Resolver<'_>,
    id: Id,
    wanted: impl Fn(Event) -> bool,
) -> Vec<Element> {
    let node = &tree[id];
    let element = |action: &super::tree::Action| {
        let mut element =
            Element::new(action.name).with("ref", tree.path(id)).with("event", action.event.name());
        if action.name == "setvalue"
            && let Some(value) = node.default.as_ref().or(action.value.as_ref())
        {
            let is_path = node.kind == Kind::Question && has_reference(value);
            element.set(
                "value",
                if is_path { resolver.paths(value, id, Style::default()) } else { value.as_str().into() },
            );
        }
        action.attributes.iter().for_each(|(key, value)| element.set(key, value));
        element
    };
    node.actions.iter().filter(|it| wanted(it.event)).map(element).collect()
}
