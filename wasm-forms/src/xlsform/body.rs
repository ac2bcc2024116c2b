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
use super::xml::{Document, Element};

/// Writes controls.
pub(super) struct Body<'a> {
    pub tree: &'a Tree,
    pub lists: &'a Lists,
    pub osm_tags: &'a Lists,
    pub resolver: Resolver<'a>,
    pub report: &'a mut Report,
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
    pub(super) fn write(&mut self, document: &mut Document, style: Option<&str>) {
        let mut body = Element::new("h:body");
        style.into_iter().for_each(|it| body.set("class", it));
        document.open(&body);
        let tree = self.tree;
        for &id in &tree[ROOT].children {
            self.control(id).iter().for_each(|it| document.push(it));
        }
        document.close();
    }

    fn children(&mut self, parent: Id) -> Vec<Element> {
        let tree = self.tree;
        tree[parent].children.iter().filter_map(|it| self.control(*it)).collect()
    }

    fn control(&mut self, id: Id) -> Option<Element> {
        match self.tree[id].kind {
            Kind::Group if !self.tree[id].is_meta => Some(self.group(id)),
            Kind::Repeat => Some(self.repeat(id)),
            Kind::Question => self.question(id),
            _ => None,
        }
    }

    fn group(&mut self, id: Id) -> Element {
        let node = &self.tree[id];
        let mut element = Element::new("group");
        if !node.is_flat {
            element.set("ref", self.tree.path(id));
        }
        for (key, value) in &node.control {
            let value = if *key == "appearance" { value.as_str().into() } else { self.plain(value, id) };
            element.set(key, value);
        }
        if node.label.is_some() {
            element.push(self.label(id));
        }
        element.children(self.children(id))
    }

    fn repeat(&mut self, id: Id) -> Element {
        let path = self.tree.path(id);
        let mut repeat = Element::new("repeat").with("nodeset", path);
        for (key, value) in &self.tree[id].control {
            repeat.set(key, self.plain(value, id));
        }
        let mut repeat = repeat.children(self.children(id));
        for inner in self.tree.document_order() {
            if self.tree.nearest_repeat(inner) == Some(id) {
                let found = actions(self.tree, self.resolver, inner, |event| event == Event::NewRepeat);
                repeat = repeat.children(found);
            }
        }
        Element::new("group").with("ref", path).child(self.label(id)).child(repeat)
    }

    fn question(&mut self, id: Id) -> Option<Element> {
        let node = &self.tree[id];
        let is_silent = (node.bind("calculate").is_some() || !node.triggers.is_empty())
            && node.label.is_none()
            && node.hint.is_none();
        if node.question_type == "calculate" || is_silent {
            self.report_silent_triggers(node);
            return None;
        }
        if node.tag.is_empty() {
            return None;
        }
        let mut element = Element::new(node.tag).with("ref", self.tree.path(id));
        for (key, value) in &node.control {
            element.set(key, self.plain(value, id));
        }
        let mut element = self.label_and_hint(element, id);
        match node.question_type {
            _ if node.query.is_some() => self.query(&mut element, id),
            "select one" | "select all that apply" | "rank" => element = self.choices(element, id),
            "range" => {
                if let Some(list) = &node.itemset {
                    let label = label_reference(self.lists.get(list));
                    element.push(itemset(&format!("instance('{list}')/root/item"), "name", label));
                }
            }
            "osm" => element = element.children(self.osm_tags(node)),
            "geopoint" | "geotrace" | "geoshape" => element = self.geometry_choices(element, id),
            _ => {}
        }
        Some(element.children(self.triggered_by(id)))
    }

    fn report_silent_triggers(&mut self, node: &Node) {
        for other in self.triggered.get(&node.name).into_iter().flatten() {
            let params = [("name", node.name.as_str()), ("other", self.tree[*other].name.as_str())];
            self.report.error(codes::TRIGGER_NOT_VISIBLE, &self.tree[*other].cell, &params);
        }
    }

    fn triggered_by(&self, id: Id) -> Vec<Element> {
        let targets = self.triggered.get(&self.tree[id].name).map_or(&[][..], Vec::as_slice);
        let is_location = |it: &Id| self.tree[*it].question_type == "background-geopoint";
        let (locations, values): (Vec<Id>, Vec<Id>) = targets.iter().copied().partition(is_location);
        let action = |name: &str, target: Id| {
            Element::new(name).with("ref", self.tree.path(target)).with("event", "xforms-value-changed")
        };
        let set_value = |target: Id| {
            let mut element = action("setvalue", target);
            if let Some(value) = self.tree[target].bind("calculate") {
                element.set("value", self.plain(value, id));
            }
            element
        };
        let positions = locations.into_iter().map(|it| action("odk:setgeopoint", it));
        values.into_iter().map(set_value).chain(positions).collect()
    }

    fn plain<'t>(&self, text: &'t str, id: Id) -> Cow<'t, str> {
        self.resolver.paths(text, id, Style::default())
    }

    fn label(&self, id: Id) -> Element {
        let node = &self.tree[id];
        let element = Element::new("label");
        if node.label_is_itext() {
            return element.with("ref", format!("jr:itext('{}:label')", self.tree.path(id)));
        }
        match &node.label {
            Some(Text::Plain(label)) => self.resolver.put_text(element, label, Some(id)),
            _ => element,
        }
    }

    fn label_and_hint(&mut self, element: Element, id: Id) -> Element {
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
        let element = element.child(self.label(id));
        let hint = Element::new("hint");
        match &node.hint {
            _ if hint_is_itext(node) || node.guidance_hint.is_some() => {
                element.child(hint.with("ref", format!("jr:itext('{}:hint')", self.tree.path(id))))
            }
            Some(Text::Plain(text)) => element.child(self.resolver.put_text(hint, text, Some(id))),
            _ => element,
        }
    }

    fn query(&self, element: &mut Element, id: Id) {
        let Some(list) = &self.tree[id].query else { return };
        let filter = self.filter(id, false).map_or_else(String::new, |it| format!("[{it}]"));
        element.set("query", format!("instance('{list}')/root/item{filter}"));
    }

    fn filter(&self, id: Id, whole_repeat: bool) -> Option<Cow<'_, str>> {
        let filter = self.tree[id].choice_filter.as_deref()?;
        Some(self.resolver.paths(filter, id, Style { from_current: true, whole_repeat }))
    }

    fn choices(&self, element: Element, id: Id) -> Element {
        let node = &self.tree[id];
        let Some(source) = &node.itemset else { return element };
        if let Some(list) = self.lists.get(source).filter(|it| it.is_searched && is_search(node)) {
            return element.children(self.inline_choices(list));
        }
        let (mut nodeset, value, label) = if let Some((base, ending)) = split_file(source) {
            let (value, label) = if ending == ".geojson" { ("id", "title") } else { ("name", "label") };
            let parameter = |key, otherwise| node.parameter(key).unwrap_or(otherwise).to_owned();
            (format!("instance('{base}')/root/item"), parameter("value", value), parameter("label", label))
        } else if has_reference(source) {
            return element.child(self.answers_as_choices(source, id));
        } else {
            let label = label_reference(self.lists.get(source));
            (format!("instance('{source}')/root/item"), "name".to_owned(), label.to_owned())
        };
        if let Some(filter) = self.filter(id, false) {
            nodeset = format!("{nodeset}[{filter}]");
        }
        element.child(itemset(&self.randomized(nodeset, id), &value, &label))
    }

    /// Earlier answers of a repeat as choices.
    fn answers_as_choices(&self, source: &str, id: Id) -> Element {
        let path = self.resolver.paths(source, id, Style { from_current: false, whole_repeat: true });
        let path = path.trim();
        let (nodeset, value) = path.rsplit_once('/').unwrap_or(("", path));
        let filter = match self.filter(id, true) {
            Some(filter) => filter.replace(&format!("current()/{nodeset}"), ".").replace(nodeset, "."),
            None => format!("./{value} != ''"),
        };
        itemset(&self.randomized(format!("{nodeset}[{filter}]"), id), value, value)
    }

    fn geometry_choices(&self, element: Element, id: Id) -> Element {
        let Some(source) = &self.tree[id].itemset else { return element };
        if has_reference(source) {
            let path = self.resolver.paths(source, id, Style { from_current: false, whole_repeat: true });
            let nodeset = path.trim();
            let filter = self.filter(id, true).map_or_else(
                || "./geometry != ''".to_owned(),
                |it| it.replace(&format!("current()/{nodeset}"), ".").replace(nodeset, "."),
            );
            return element.child(itemset(&format!("{nodeset}[{filter}]"), "geometry", "geometry"));
        }
        let label = label_reference(self.lists.get(source));
        let filter = self.filter(id, false).map_or_else(String::new, |it| format!("[{it}]"));
        element.child(itemset(&format!("instance('{source}')/root/item{filter}"), "name", label))
    }

    fn osm_tags(&self, node: &Node) -> Vec<Element> {
        let list = node.itemset.as_deref().and_then(|it| self.osm_tags.get(it));
        let tag = |choice: &super::choices::Choice| {
            let label = choice.label.as_ref().and_then(Text::plain).unwrap_or_default();
            Element::new("tag").with("key", &choice.name).child(Element::new("label").text(label))
        };
        list.map_or_else(Vec::new, |it| it.choices.iter().map(tag).collect())
    }

    fn randomized(&self, nodeset: String, id: Id) -> String {
        let node = &self.tree[id];
        match (node.parameter("randomize"), node.parameter("seed")) {
            (Some("true"), Some(seed)) => format!("randomize({nodeset}, {})", self.plain(seed, id).trim()),
            (Some("true"), None) => format!("randomize({nodeset})"),
            _ => nodeset,
        }
    }

    fn inline_choices(&self, list: &List) -> Vec<Element> {
        let in_table = list.needs_itext();
        let item = |(index, choice): (usize, &super::choices::Choice)| {
            let label = Element::new("label");
            let label = match &choice.label {
                _ if in_table => label.with("ref", format!("jr:itext('{}-{index}')", list.name)),
                Some(Text::Plain(text)) => label.text(text),
                _ => label,
            };
            Element::new("item").child(label).child(Element::new("value").text(&choice.name))
        };
        list.choices.iter().enumerate().map(item).collect()
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

fn itemset(nodeset: &str, value: &str, label: &str) -> Element {
    Element::new("itemset")
        .with("nodeset", nodeset)
        .child(Element::new("value").with("ref", value))
        .child(Element::new("label").with("ref", label))
}
