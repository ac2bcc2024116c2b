//! The body: what a person sees, in the order of the survey.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::choices::{List, Lists};
use super::codes;
use super::expression::has_reference;
use super::itext::hint_is_itext;
use super::model::actions;
use super::questions::split_file;
use super::references::{Resolver, Style};
use super::report::Report;
use super::text::{Text, find};
use super::tree::{Event, Id, Kind, Node, ROOT, Tree};
use super::xml::Document;

/// Writes controls.
pub(super) struct Body<'a> {
    pub tree: &'a Tree,
    pub lists: &'a Lists,
    pub osm_tags: &'a Lists,
    pub resolver: Resolver<'a>,
    pub report: &'a mut Report,
    pub document: &'a mut Document,
    /// Questions set when another changes, by the name of that other one.
    pub triggered: BTreeMap<String, Vec<Id>>,
}

/// Returns the questions that other questions trigger, by the name of the trigger.
pub(super) fn triggered(tree: &Tree) -> BTreeMap<String, Vec<Id>> {
    let mut triggered: BTreeMap<String, Vec<Id>> = BTreeMap::new();
    for id in tree.document_order() {
        for name in &tree[id].triggers {
            triggered.entry(name.clone()).or_default().push(id);
        }
    }
    triggered
}

impl Body<'_> {
    /// Writes the `h:body` element.
    pub(super) fn write(&mut self, style: Option<&str>) {
        self.document.open_lines("h:body");
        style.into_iter().for_each(|it| self.document.attribute("class", it));
        self.children(ROOT);
        self.document.close();
    }

    fn children(&mut self, parent: Id) {
        let tree = self.tree;
        for &id in &tree[parent].children {
            match tree[id].kind {
                Kind::Group if !tree[id].is_meta => self.group(id),
                Kind::Repeat => self.repeat(id),
                Kind::Question => self.question(id),
                _ => {}
            }
        }
    }

    fn group(&mut self, id: Id) {
        let node = &self.tree[id];
        self.document.open("group");
        if !node.is_flat {
            self.document.attribute("ref", self.tree.path(id));
        }
        for (key, value) in &node.control {
            let value = if *key == "appearance" { value.as_str().into() } else { self.plain(value, id) };
            self.document.attribute(key, &value);
        }
        if node.label.is_some() {
            self.label(id);
        }
        self.children(id);
        self.document.close();
    }

    fn repeat(&mut self, id: Id) {
        let path = self.tree.path(id);
        self.document.open("group");
        self.document.attribute("ref", path);
        self.label(id);
        self.document.open("repeat");
        self.document.attribute("nodeset", path);
        self.controls(id);
        self.children(id);
        for inner in self.tree.document_order() {
            if self.tree.nearest_repeat(inner) == Some(id) {
                let is_wanted = |event| event == Event::NewRepeat;
                actions(self.tree, self.resolver, inner, is_wanted, self.document);
            }
        }
        self.document.close();
        self.document.close();
    }

    /// Sets the attributes that a row has for its control.
    fn controls(&mut self, id: Id) {
        for (key, value) in &self.tree[id].control {
            let value = self.plain(value, id);
            self.document.attribute(key, &value);
        }
    }

    fn question(&mut self, id: Id) {
        let node = &self.tree[id];
        let is_silent = (node.bind("calculate").is_some() || !node.triggers.is_empty())
            && node.label.is_none()
            && node.hint.is_none();
        if node.question_type == "calculate" || is_silent {
            return self.report_silent_triggers(node);
        }
        if node.tag.is_empty() {
            return;
        }
        self.document.open(node.tag);
        self.document.attribute("ref", self.tree.path(id));
        self.controls(id);
        self.query(id);
        self.label_and_hint(id);
        match node.question_type {
            _ if node.query.is_some() => {}
            "select one" | "select all that apply" | "rank" => self.choices(id),
            "range" => {
                if let Some(list) = &node.itemset {
                    let label = label_reference(self.lists.get(list));
                    self.itemset(&format!("instance('{list}')/root/item"), "name", label);
                }
            }
            "osm" => self.osm_tags(node),
            "geopoint" | "geotrace" | "geoshape" => self.geometry_choices(id),
            _ => {}
        }
        self.triggered_by(id);
        self.document.close();
    }

    fn report_silent_triggers(&mut self, node: &Node) {
        for other in self.triggered.get(&node.name).into_iter().flatten() {
            let params = [("name", node.name.as_str()), ("other", self.tree[*other].name.as_str())];
            self.report.error(codes::TRIGGER_NOT_VISIBLE, &self.tree[*other].cell, &params);
        }
    }

    fn triggered_by(&mut self, id: Id) {
        let targets = self.triggered.get(&self.tree[id].name).map_or(&[][..], Vec::as_slice);
        let is_location = |it: &Id| self.tree[*it].question_type == "background-geopoint";
        let (locations, values): (Vec<Id>, Vec<Id>) = targets.iter().copied().partition(is_location);
        for target in values {
            self.open_action("setvalue", target);
            if let Some(value) = self.tree[target].bind("calculate") {
                self.document.attribute("value", &self.resolver.paths(value, id, Style::default()));
            }
            self.document.close();
        }
        for target in locations {
            self.open_action("odk:setgeopoint", target);
            self.document.close();
        }
    }

    fn open_action(&mut self, name: &str, target: Id) {
        self.document.open(name);
        self.document.attribute("ref", self.tree.path(target));
        self.document.attribute("event", "xforms-value-changed");
    }

    fn plain<'t>(&self, text: &'t str, id: Id) -> Cow<'t, str> {
        self.resolver.paths(text, id, Style::default())
    }

    fn label(&mut self, id: Id) {
        let node = &self.tree[id];
        self.document.open("label");
        if node.label_is_itext() {
            self.refer_to_text(id, ":label");
        } else if let Some(Text::Plain(label)) = &node.label {
            self.resolver.put_text(label, Some(id), self.document);
        }
        self.document.close();
    }

    fn refer_to_text(&mut self, id: Id, ending: &str) {
        self.document.attribute_of("ref", &["jr:itext('", self.tree.path(id), ending, "')"]);
    }

    fn label_and_hint(&mut self, id: Id) {
        let node = &self.tree[id];
        let has_label = node.label.is_some() || !node.media.is_empty();
        if !has_label && node.hint.is_none() {
            let at = if node.label_cell.sheet.is_empty() { &node.cell } else { &node.label_cell };
            self.report.error(codes::MISSING_LABEL, at, &[("name", &node.name)]);
        }
        let has_media = |kind: &str| node.media.iter().any(|(it, _)| it == kind);
        if has_media("big-image") && !has_media("image") {
            self.report.error(codes::BIG_IMAGE_ALONE, &node.cell, &[("name", &node.name)]);
        }
        self.label(id);
        match &node.hint {
            _ if hint_is_itext(node) || node.guidance_hint.is_some() => {
                self.document.open("hint");
                self.refer_to_text(id, ":hint");
                self.document.close();
            }
            Some(Text::Plain(text)) => {
                self.document.open("hint");
                self.resolver.put_text(text, Some(id), self.document);
                self.document.close();
            }
            _ => {}
        }
    }

    fn query(&mut self, id: Id) {
        let Some(list) = &self.tree[id].query else { return };
        let filter = self.filter(id, false).map_or_else(String::new, |it| format!("[{it}]"));
        self.document.attribute_of("query", &["instance('", list, "')/root/item", &filter]);
    }

    fn filter(&self, id: Id, whole_repeat: bool) -> Option<Cow<'_, str>> {
        let filter = self.tree[id].choice_filter.as_deref()?;
        Some(self.resolver.paths(filter, id, Style { from_current: true, whole_repeat }))
    }

    fn choices(&mut self, id: Id) {
        let node = &self.tree[id];
        let Some(source) = &node.itemset else { return };
        if let Some(list) = self.lists.get(source).filter(|it| it.is_searched && is_search(node)) {
            return self.inline_choices(list);
        }
        let (mut nodeset, value, label) = if let Some((base, ending)) = split_file(source) {
            let (value, label) = if ending == ".geojson" { ("id", "title") } else { ("name", "label") };
            let parameter = |key, otherwise| node.parameter(key).unwrap_or(otherwise).to_owned();
            (format!("instance('{base}')/root/item"), parameter("value", value), parameter("label", label))
        } else if has_reference(source) {
            return self.answers_as_choices(source, id);
        } else {
            let label = label_reference(self.lists.get(source));
            (format!("instance('{source}')/root/item"), "name".to_owned(), label.to_owned())
        };
        if let Some(filter) = self.filter(id, false) {
            nodeset = format!("{nodeset}[{filter}]");
        }
        let nodeset = self.randomized(nodeset, id);
        self.itemset(&nodeset, &value, &label);
    }

    /// Earlier answers of a repeat as choices.
    fn answers_as_choices(&mut self, source: &str, id: Id) {
        let path = self.resolver.paths(source, id, Style { from_current: false, whole_repeat: true });
        let path = path.trim();
        let (nodeset, value) = path.rsplit_once('/').unwrap_or(("", path));
        let filter = match self.filter(id, true) {
            Some(filter) => filter.replace(&format!("current()/{nodeset}"), ".").replace(nodeset, "."),
            None => format!("./{value} != ''"),
        };
        let nodeset = self.randomized(format!("{nodeset}[{filter}]"), id);
        self.itemset(&nodeset, value, value);
    }

    fn geometry_choices(&mut self, id: Id) {
        let Some(source) = &self.tree[id].itemset else { return };
        if has_reference(source) {
            let path = self.resolver.paths(source, id, Style { from_current: false, whole_repeat: true });
            let nodeset = path.trim();
            let filter = self.filter(id, true).map_or_else(
                || "./geometry != ''".to_owned(),
                |it| it.replace(&format!("current()/{nodeset}"), ".").replace(nodeset, "."),
            );
            return self.itemset(&format!("{nodeset}[{filter}]"), "geometry", "geometry");
        }
        let label = label_reference(self.lists.get(source));
        let filter = self.filter(id, false).map_or_else(String::new, |it| format!("[{it}]"));
        self.itemset(&format!("instance('{source}')/root/item{filter}"), "name", label);
    }

    fn itemset(&mut self, nodeset: &str, value: &str, label: &str) {
        self.document.open("itemset");
        self.document.attribute("nodeset", nodeset);
        self.document.empty("value", "ref", value);
        self.document.empty("label", "ref", label);
        self.document.close();
    }

    fn osm_tags(&mut self, node: &Node) {
        let list = node.itemset.as_deref().and_then(|it| self.osm_tags.get(it));
        for choice in list.into_iter().flat_map(|it| &it.choices) {
            self.document.open("tag");
            self.document.attribute("key", &choice.name);
            let label = choice.label.as_ref().and_then(Text::plain);
            self.document.element("label", label.unwrap_or_default());
            self.document.close();
        }
    }

    fn randomized(&self, nodeset: String, id: Id) -> String {
        let node = &self.tree[id];
        match (node.parameter("randomize"), node.parameter("seed")) {
            (Some("true"), Some(seed)) => format!("randomize({nodeset}, {})", self.plain(seed, id).trim()),
            (Some("true"), None) => format!("randomize({nodeset})"),
            _ => nodeset,
        }
    }

    fn inline_choices(&mut self, list: &List) {
        let in_table = list.needs_itext();
        for (index, choice) in list.choices.iter().enumerate() {
            self.document.open("item");
            let label = choice.label.as_ref().and_then(Text::plain);
            match in_table {
                true => self.document.empty("label", "ref", &format!("jr:itext('{}-{index}')", list.name)),
                false => self.document.element("label", label.unwrap_or_default()),
            }
            self.document.element("value", &choice.name);
            self.document.close();
        }
    }
}

/// Returns whether the question's choices are searched on the device: `search(…)` in its appearance.
pub(super) fn is_search(node: &Node) -> bool {
    let appearance = node.control("appearance").unwrap_or_default();
    find(appearance, "search(").is_some_and(|it| appearance[it..].contains(')'))
}

fn label_reference(list: Option<&List>) -> &'static str {
    if list.is_some_and(List::needs_itext) { "jr:itext(itextId)" } else { "label" }
}
