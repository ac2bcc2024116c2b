//! The body: what people see, as a flat list of items in document order.

use crate::decimal;
use crate::document::Node;

use super::ListSource;
use super::binds::report_unknown_node;
use super::itext::{Part, Texts, parts};
use super::model::{Model, ROOT};
use super::paths::Paths;
use super::{at, too_deep, unknown_element};
use crate::view::Control;
use crate::xpath::ast::ModelId;
use crate::{Code, Diagnostic};

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 60;

#[derive(Debug)]
pub(crate) struct BodyItem {
    pub kind: BodyKind,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    /// The bound node; absent for a group that only arranges.
    pub model: Option<ModelId>,
    pub appearance: Vec<String>,
    pub label: Option<TextSource>,
    pub hint: Option<TextSource>,
    pub items: Items,
    /// `accept` of an upload, else `mediatype`.
    pub media_type: String,
    /// Least number of rows of a text field; 0 where unset.
    pub rows: u32,
    /// `audio` or `video`: which of the label's files begins by itself.
    pub autoplay: String,
    /// `intent` of a group or question: the app that answers it.
    pub intent: String,
    /// `range`: start, end, step.
    pub range: Option<[f64; 3]>,
    /// Geopoint: accuracy to stop at and to warn above, in metres.
    pub accuracy_m: [f64; 2],
    /// Repeat: `jr:count` as written.
    pub count: Option<String>,
    /// Repeat: `jr:noAddRemove`.
    pub is_fixed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Group,
    /// The repeat as a whole; its one child is the [`BodyKind::Instance`].
    Repeat,
    /// What each instance of the repeat looks like.
    Instance,
    Question(Control),
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextSource {
    /// `jr:itext('id')`: the number of a text.
    Itext(usize),
    /// One that no language has: its id, and what stands in place.
    Unknown(Box<str>, Vec<Part>),
    /// Written in place.
    Inline(Vec<Part>),
}

/// The choices of a select.
#[derive(Debug, Default)]
pub(crate) enum Items {
    #[default]
    None,
    /// Written in place: value and label.
    Inline(Vec<(String, TextSource)>),
    /// `itemset`: node-set, value and label expressions as written.
    Itemset { nodeset: String, value: String, label: String },
}

pub(super) fn read(
    body: Node<'_, '_>,
    (model, lists): (&Model, &[ListSource]),
    (paths, texts): (&Paths<'_>, &Texts),
    problems: &mut Vec<Diagnostic>,
) -> Vec<BodyItem> {
    // An item is large: there is room for about as many as there are.
    let n_items = body.descendants().map(|it| n_items_of(it.name())).sum();
    let items = Vec::with_capacity(n_items);
    let mut reader = Reader { items, model, lists, paths, texts, problems };
    for element in body.elements() {
        reader.element(element, None, 0);
    }
    reader.items
}

/// Returns how many items an element may become.
fn n_items_of(element: &str) -> usize {
    match element {
        "group" | "input" | "select1" | "select" | "rank" | "upload" | "trigger" | "range" => 1,
        "repeat" => 2,
        _ => 0,
    }
}

struct Reader<'a> {
    items: Vec<BodyItem>,
    model: &'a Model,
    lists: &'a [ListSource],
    paths: &'a Paths<'a>,
    texts: &'a Texts,
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn element(&mut self, element: Node<'_, '_>, parent: Option<usize>, depth: usize) {
        let name = element.name();
        let control = match name {
            "group" => return self.group(element, parent, depth),
            "repeat" => return self.repeat(element, element, parent, depth),
            "input" if self.external_choices(element).is_some() => Control::SelectOne,
            "input" => Control::Input,
            "select1" => Control::SelectOne,
            "select" => Control::SelectMultiple,
            "rank" => Control::Rank,
            "upload" => Control::Upload,
            "trigger" => Control::Trigger,
            "range" => Control::Range,
            "label" | "hint" | "setvalue" | "setgeopoint" | "recordaudio" => return,
            _ => return self.problems.push(unknown_element(element, name)),
        };
        let Some(id) = self.bound(element, parent) else { return };
        let external = self.external_choices(element);
        let index = self.add(element, BodyKind::Question(control), parent, Some(id));
        let item = &mut self.items[index];
        item.items = match external {
            Some(nodeset) => Items::Itemset {
                nodeset: nodeset.to_owned(),
                value: "name".to_owned(),
                label: "label".to_owned(),
            },
            None => items(element, self.texts),
        };
        let media_type = element.attribute("accept").or(element.attribute("mediatype"));
        media_type.unwrap_or_default().clone_into(&mut item.media_type);
        item.rows = element.attribute("rows").and_then(|it| it.trim().parse().ok()).unwrap_or(0);
        element.attr("autoplay").unwrap_or_default().clone_into(&mut item.autoplay);
        let number = |name: &str| element.attribute(name).and_then(|it| decimal::parse(it.trim()));
        item.accuracy_m =
            ["accuracyThreshold", "unacceptableAccuracyThreshold"].map(|it| number(it).unwrap_or(0.0));
        if control == Control::Range {
            let ends = number("start").zip(number("end"));
            item.range = ends.map(|(start, end)| [start, end, number("step").unwrap_or(1.0)]);
            self.check_range(element);
        }
    }

    /// The choices of an input that asks a list by `query` (XLSForm's `select_one_external`), where the form brings the
    /// list. Without it the answer is typed.
    fn external_choices<'a>(&self, element: Node<'a, '_>) -> Option<&'a str> {
        let query = element.attribute("query").filter(|_| element.name() == "input")?.trim();
        let id = query.strip_prefix("instance(")?.split_once(')')?.0.trim().trim_matches(['\'', '"']);
        self.lists.iter().any(|it| it.id == id).then_some(query)
    }

    /// Tells what of a range is no number.
    #[inline(never)]
    fn check_range(&mut self, element: Node<'_, '_>) {
        for name in ["start", "end", "step"] {
            let written = element.attribute(name).filter(|it| decimal::parse(it.trim()).is_none());
            if let Some(written) = written {
                let place = at(self.paths.of(element), name);
                let problem = Diagnostic::error(Code::FormExpression, place).with("expression", written);
                self.problems.push(problem.with("expected", "a number").with("at", "1"));
            }
        }
    }

    fn group(&mut self, element: Node<'_, '_>, parent: Option<usize>, depth: usize) {
        if depth > MAX_DEPTH {
            return self.problems.push(too_deep(at("", "group"), MAX_DEPTH));
        }
        // A repeat stands in a group of its own that carries its label: one thing, not two.
        let repeats: Vec<_> = element.elements().filter(|it| it.is_named("repeat")).collect();
        let own = |it: &Node<'_, '_>| matches!(it.name(), "repeat" | "label" | "hint");
        if let [repeat] = repeats.as_slice()
            && element.elements().all(|it| own(&it))
            && (self.paths.of(element).is_empty() || self.paths.of(element) == self.paths.of(*repeat))
        {
            return self.repeat(*repeat, element, parent, depth);
        }
        let id = if self.paths.of(element).is_empty() { None } else { self.bound(element, parent) };
        let index = self.add(element, BodyKind::Group, parent, id);
        for child in element.elements() {
            self.element(child, Some(index), depth + 1);
        }
    }

    #[inline(never)]
    fn repeat(&mut self, repeat: Node<'_, '_>, labelled: Node<'_, '_>, parent: Option<usize>, depth: usize) {
        let Some(id) = self.bound(repeat, parent) else { return };
        let index = self.add(labelled, BodyKind::Repeat, parent, Some(id));
        self.items[index].count = repeat.attr("count").map(str::to_owned);
        self.items[index].is_fixed = repeat.attr("noAddRemove").is_some_and(|it| it.trim() == "true()");
        if labelled != repeat {
            self.items[index].appearance.extend(appearance(repeat));
        }
        let instance = self.add(repeat, BodyKind::Instance, Some(index), Some(id));
        // A repeat is named by the group around it.
        if repeat.child("label").is_some() {
            let place = at(self.paths.of(repeat), "repeat");
            let problem = Diagnostic::warning(Code::FormUnknownElement, place);
            self.problems.push(problem.with("element", "label"));
            self.items[instance].label = None;
            if labelled == repeat {
                self.items[index].label = None;
            }
        }
        for child in repeat.elements() {
            self.element(child, Some(instance), depth + 1);
        }
    }

    fn bound(&mut self, element: Node<'_, '_>, parent: Option<usize>) -> Option<ModelId> {
        let path = self.paths.of(element);
        let outer = std::iter::successors(parent, |it| self.items[*it].parent);
        let around = outer.into_iter().find_map(|it| self.items[it].model).unwrap_or(ROOT);
        let found = self.paths.find(path, around);
        if found.is_none() {
            report_unknown_node(path, element.name(), self.model, self.problems);
        }
        found
    }

    fn add(
        &mut self,
        element: Node<'_, '_>,
        kind: BodyKind,
        parent: Option<usize>,
        model: Option<ModelId>,
    ) -> usize {
        let index = self.items.len();
        self.items.push(BodyItem {
            kind,
            parent,
            children: Vec::new(),
            model,
            appearance: appearance(element),
            label: element.child("label").map(|it| text_source(it, self.texts)),
            hint: element.child("hint").map(|it| text_source(it, self.texts)),
            items: Items::None,
            media_type: String::new(),
            rows: 0,
            autoplay: String::new(),
            intent: element.attr("intent").unwrap_or_default().to_owned(),
            range: None,
            accuracy_m: [0.0; 2],
            count: None,
            is_fixed: false,
        });
        if let Some(parent) = parent {
            self.items[parent].children.push(index);
        }
        index
    }
}

/// Returns the words of `appearance`. A select's `search` is the old name of `autocomplete`; both are told.
fn appearance(element: Node<'_, '_>) -> Vec<String> {
    let words = element.attribute("appearance").unwrap_or_default().split_whitespace();
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    let has = |word: &str| words.iter().any(|it| it == word);
    let is_searched = matches!(element.name(), "select" | "select1") && has("search");
    // Lists that are kept beside a form are long ones.
    let is_external = element.attribute("query").is_some() && !has("minimal");
    if (is_searched || is_external) && !has("autocomplete") {
        words.insert(0, "autocomplete".to_owned());
    }
    words
}

fn text_source(element: Node<'_, '_>, texts: &Texts) -> TextSource {
    match element.attribute("ref").map(str::trim) {
        None | Some("") => TextSource::Inline(parts(element)),
        Some(reference) => expression_text(reference, texts, || parts(element)),
    }
}

/// A text that an expression gives; `fallback` is for where there is none.
pub(crate) fn expression_text<F>(
    expression: &str,
    texts: &crate::texts::Texts<F>,
    fallback: impl FnOnce() -> Vec<Part>,
) -> TextSource {
    match itext_id(expression) {
        Some(id) => match texts.number(id) {
            Some(number) => TextSource::Itext(number),
            None => TextSource::Unknown(id.into(), fallback()),
        },
        None => TextSource::Inline(vec![Part::Output(expression.into())]),
    }
}

/// Returns the id of `jr:itext('id')`.
fn itext_id(expression: &str) -> Option<&str> {
    let inside = expression.trim().strip_prefix("jr:itext(")?.strip_suffix(')')?.trim();
    let quote = inside.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
    inside.strip_prefix(quote)?.strip_suffix(quote)
}

#[inline(never)]
fn itemset_of(element: Node<'_, '_>) -> Items {
    let reference = |name: &str| element.child(name).and_then(|it| it.attribute("ref")).unwrap_or_default();
    Items::Itemset {
        nodeset: element.attribute("nodeset").unwrap_or_default().to_owned(),
        value: reference("value").to_owned(),
        label: reference("label").to_owned(),
    }
}

fn items(element: Node<'_, '_>, texts: &Texts) -> Items {
    if let Some(itemset) = element.child("itemset") {
        return itemset_of(itemset);
    }
    let inline: Vec<_> = element
        .elements()
        .filter(|it| it.is_named("item"))
        .map(|item| {
            let value = item.child("value").and_then(|it| it.text()).unwrap_or_default().trim().to_owned();
            let label = item
                .child("label")
                .map_or_else(|| TextSource::Inline(Vec::new()), |it| text_source(it, texts));
            (value, label)
        })
        .collect();
    if inline.is_empty() { Items::None } else { Items::Inline(inline) }
}
