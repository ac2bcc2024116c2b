//! The view of a session: body items and the nodes they show, as [`crate::view`] promises them.

use crate::answers::{chosen_are_offered, is_in_range};
use crate::form::{Choices, Form, Item, RuleKind};
use crate::instance::{ROOT_FRAME, ROOT_ITEM, ROOT_NODE, ROOT_VIEW, Scope, State};
use crate::parse::BodyKind;
use crate::types::{canonical, fits};
use crate::view::{
    AnswerState, Changes, Choice, ChoicesPatch, Control, Kind, Located, MAX_LISTED_CHOICES, NodeId,
    NodePatch, Offered, Parts, Question, Repeat, Texts, View, ViewDiff, ViewNode, ViewPatch, Violation,
};
use crate::xpath::ast::ModelId;
use crate::{Code, bound, xpath};

/// Builds view nodes.
#[derive(Clone, Copy)]
pub(crate) struct Presenter<'a> {
    pub form: &'a Form,
    pub state: &'a State,
}

impl Presenter<'_> {
    pub fn view(&self) -> View {
        let texts = &self.form.texts;
        View {
            title: self.form.title.clone(),
            form_id: self.form.model.form_id.clone(),
            version: self.form.model.version.clone(),
            languages: texts.languages.clone(),
            language: texts.languages.get(self.state.language).cloned().unwrap_or_default(),
            style: self.form.body_classes.clone(),
            pages: self.pages(),
            root: ROOT_VIEW,
            nodes: self.nodes(ROOT_VIEW),
        }
    }

    /// Returns a node and all below it in document order.
    pub fn nodes(&self, id: NodeId) -> Vec<ViewNode> {
        let mut nodes = Vec::new();
        let mut waiting = vec![id];
        while let Some(next) = waiting.pop() {
            let node = self.node(next);
            waiting.extend(node.children.iter().rev());
            nodes.push(node);
        }
        nodes
    }

    /// Returns what changes come to: whole nodes, those of new instances included.
    pub fn diff(&self, changes: &Changes) -> ViewDiff {
        let mut changed: Vec<ViewNode> = changes.changed.iter().map(|(it, _)| self.node(*it)).collect();
        for added in &changes.added {
            changed.extend(self.nodes(*added));
        }
        let pages = changes.pages.then(|| self.pages());
        ViewDiff { pages, changed, removed: changes.removed.clone() }
    }

    /// Returns what changes come to for one that keeps what it was given.
    pub fn patch(&self, changes: Changes) -> ViewPatch {
        ViewPatch {
            changed: changes.changed.iter().map(|(id, parts)| self.node_patch(*id, *parts)).collect(),
            instances: changes.instances,
            added: changes.added,
            removed: changes.removed,
            pages: changes.pages,
        }
    }

    fn node_patch(&self, id: NodeId, parts: Parts) -> NodePatch {
        let mut patch = NodePatch { id, ..NodePatch::default() };
        let Some(item) = self.shown(id).0 else { return patch };
        let (node, scope) = (self.target(id), self.scope());
        if parts.has(Parts::TEXTS) {
            patch.texts = Some(self.texts(item, node));
        }
        if let (BodyKind::Repeat, Some(model)) = (item.kind, item.model) {
            let (relevant, repeat) = self.repeat(item, model, node);
            (patch.relevant, patch.repeat) = (Some(relevant), Some(repeat));
            return patch;
        }
        if parts.has(Parts::ANSWER) {
            patch.relevant = Some(self.state.tree.node(node).relevant);
        }
        let BodyKind::Question(_) = item.kind else { return patch };
        let has_choices = parts.has(Parts::CHOICES) && !matches!(item.choices, Choices::None);
        if has_choices {
            let n_choices = scope.n_choices(&item.choices, node);
            let listed = if n_choices > MAX_LISTED_CHOICES {
                Offered::Told(Vec::new())
            } else {
                scope.offered(
                    self.state.views.shown(id).map_or(ROOT_ITEM, |(it, _)| it),
                    node,
                    usize::MAX,
                    None,
                )
            };
            patch.choices = Some(ChoicesPatch { n_choices: n_choices as u32, listed });
        }
        if has_choices || parts.has(Parts::ANSWER) {
            patch.answer = Some(self.answer(item, node));
        }
        patch
    }

    fn texts(&self, item: &Item, node: u32) -> Texts {
        let scope = self.scope();
        Texts {
            label: scope.render(&item.label, node),
            short: scope.short(&item.label, node),
            media: scope.media(&item.label, node),
            hint: scope.render(&item.hint, node),
            guidance: scope.guidance(&item.hint, node),
        }
    }

    fn answer(&self, item: &Item, node: u32) -> AnswerState {
        AnswerState {
            value: shown_value(self.state, node).to_owned(),
            display: display(&self.scope(), item, node),
            readonly: self.is_readonly(node),
            required: self.state.tree.node(node).required,
            violation: violation(&self.scope(), item, node),
        }
    }

    /// Returns the choices that a node carries.
    fn listed(&self, item: &Item, node: u32, n_choices: usize) -> Vec<Choice> {
        if n_choices > MAX_LISTED_CHOICES {
            return Vec::new();
        }
        self.scope().choices(&item.choices, node, usize::MAX, &|_| true)
    }

    /// Returns the body item and the frame that a view id shows; the root has no item.
    fn shown(&self, id: NodeId) -> (Option<&Item>, u32) {
        let (item, frame) = self.state.views.shown(id).unwrap_or((ROOT_ITEM, ROOT_FRAME));
        (self.form.body.get(item as usize), frame)
    }

    /// The instance node that a view id shows; for a repeat as a whole and for a group that only arranges, the node
    /// around it.
    pub fn target(&self, id: NodeId) -> u32 {
        let (item, frame) = self.shown(id);
        let model = &self.form.model;
        let Some(item) = item else { return ROOT_NODE };
        let shown = match (item.kind, item.model) {
            (BodyKind::Repeat, Some(repeat)) => model.node(repeat).parent.unwrap_or(0),
            _ => item.context,
        };
        // What only arranges may show a node outside of its frame.
        let depth = model.scope(model.node(shown).scope).depth;
        self.state.tree.at(self.state.tree.frame_at_depth(frame, model, depth), model, shown)
    }

    fn parent(&self, id: NodeId) -> Option<NodeId> {
        let (item, frame) = self.shown(id);
        let Some(parent) = item?.parent else { return Some(ROOT_VIEW) };
        let model = &self.form.model;
        let depth = model.scope(self.form.body[parent as usize].scope).depth;
        Some(self.state.views.id(self.form, parent, self.state.tree.frame_at_depth(frame, model, depth)))
    }

    fn children(&self, id: NodeId) -> Vec<NodeId> {
        let (item, frame) = self.shown(id);
        let items = item.map_or(&self.form.top_level, |it| &it.children);
        let mut children = Vec::with_capacity(items.len());
        let mut frames = Vec::new();
        for child in items {
            let scope = self.form.body[*child as usize].scope;
            let model = &self.form.model;
            let depth = model.scope(scope).depth;
            let from = self.state.tree.frame_at_depth(frame, model, depth);
            frames.clear();
            self.state.tree.frames_in(from, model, scope, &mut frames);
            children.extend(frames.iter().map(|it| self.state.views.id(self.form, *child, *it)));
        }
        children
    }

    /// Returns the path of a node as it is now; a repeat as a whole has no position.
    pub fn reference(&self, id: NodeId) -> String {
        let mut reference = self.state.tree.reference(&self.form.model, self.target(id));
        let item = self.shown(id).0.filter(|it| it.kind == BodyKind::Repeat);
        if let Some(repeat) = item.and_then(|it| it.model) {
            reference.push('/');
            reference += &self.form.model.node(repeat).name;
        }
        reference
    }

    pub fn node(&self, id: NodeId) -> ViewNode {
        let node = self.target(id);
        let tree = &self.state.tree;
        let mut shown = ViewNode {
            id,
            parent: self.parent(id),
            kind: Kind::Root,
            name: self.form.model.node(tree.node(node).model).name.to_string(),
            reference: self.reference(id),
            children: self.children(id),
            label: String::new(),
            short: String::new(),
            media: Vec::new(),
            hint: String::new(),
            guidance: String::new(),
            appearance: Vec::new(),
            intent: String::new(),
            relevant: tree.node(node).relevant,
            question: None,
            repeat: None,
        };
        let Some(item) = self.shown(id).0 else { return shown };
        let Texts { label, short, media, hint, guidance } = self.texts(item, node);
        (shown.label, shown.short, shown.media) = (label, short, media);
        (shown.hint, shown.guidance) = (hint, guidance);
        shown.intent.clone_from(&item.intent);
        shown.appearance.clone_from(&item.appearance);
        match item.kind {
            BodyKind::Group => shown.kind = Kind::Group,
            BodyKind::Instance => shown.kind = Kind::Instance,
            BodyKind::Repeat => {
                shown.kind = Kind::Repeat;
                if let Some(model) = item.model {
                    shown.name = self.form.model.node(model).name.to_string();
                    let (relevant, repeat) = self.repeat(item, model, node);
                    (shown.relevant, shown.repeat) = (relevant, Some(repeat));
                }
            }
            BodyKind::Question(control) => {
                shown.kind = Kind::Question;
                shown.question = Some(self.question(item, control, node));
            }
        }
        shown
    }

    fn scope(&self) -> Scope<'_> {
        Scope { form: self.form, state: self.state }
    }

    /// Returns whether a repeat is shown, and what it allows.
    fn repeat(&self, item: &Item, model: ModelId, parent: u32) -> (bool, Repeat) {
        let relevant = self.state.tree.node(parent).relevant && self.repeat_is_relevant(model, parent);
        let count = self.instances(model, parent).len() as u32;
        let can_remove = item.is_open_repeat && count > 0;
        (relevant, Repeat { count, can_add: item.is_open_repeat, can_remove })
    }

    fn instances(&self, repeat: ModelId, parent: u32) -> &[u32] {
        let tree = &self.state.tree;
        tree.instances(tree.node(parent).frame, &self.form.model, repeat)
    }

    /// A repeat is shown where its rule of relevance holds, instances or not.
    fn repeat_is_relevant(&self, model: ModelId, parent: u32) -> bool {
        let tree = &self.state.tree;
        match self.instances(model, parent).first() {
            Some(first) => tree.node(tree.frame(*first).base).relevant,
            None => {
                let rule = self.form.rule_of(model, RuleKind::Relevant);
                rule.is_none_or(|it| self.scope().evaluate(&it.expr, parent).to_boolean(&self.scope()))
            }
        }
    }

    fn question(&self, item: &Item, control: Control, node: u32) -> Question {
        let model = self.state.tree.node(node).model;
        let n_choices = self.scope().n_choices(&item.choices, node);
        let AnswerState { value, display, readonly, required, violation } = self.answer(item, node);
        Question {
            control: if item.is_note { Control::Note } else { control },
            data_type: self.form.data_types[model as usize],
            value,
            display,
            readonly,
            required,
            violation,
            choices: self.listed(item, node, n_choices),
            n_choices: n_choices as u32,
            media_type: item.media_type.clone(),
            rows: Some(item.rows).filter(|it| *it > 0),
            autoplay: item.autoplay.clone(),
            quality: item.quality.clone(),
            save_incomplete: item.saves_incomplete,
            max_pixels: self.form.max_pixels[model as usize],
            range: item.range,
            accuracy_m: item.accuracy_m,
        }
    }

    pub fn is_readonly(&self, node: u32) -> bool {
        let tree = &self.state.tree;
        let mut above = std::iter::successors(Some(node), |it| tree.parent(&self.form.model, *it));
        above.any(|it| tree.node(it).readonly)
    }

    /// One screen per group; a group that only holds other groups and repeats is opened up.
    pub fn pages(&self) -> Vec<NodeId> {
        let mut pages = Vec::new();
        for child in self.children(ROOT_VIEW) {
            self.add_pages(child, &mut pages);
        }
        pages
    }

    fn add_pages(&self, id: NodeId, pages: &mut Vec<NodeId>) {
        let Some(item) = self.shown(id).0 else { return };
        let is_one_screen = item.appearance.iter().any(|it| it == "field-list");
        let only_arranges = item.kind == BodyKind::Group
            && !is_one_screen
            && item
                .children
                .iter()
                .any(|it| !matches!(self.form.body[*it as usize].kind, BodyKind::Question(_)));
        if only_arranges {
            for child in self.children(id) {
                self.add_pages(child, pages);
            }
        } else if self.has_something_to_show(id) {
            pages.push(id);
        }
    }

    fn has_something_to_show(&self, id: NodeId) -> bool {
        let node = self.target(id);
        if !self.state.tree.node(node).relevant {
            return false;
        }
        match self.shown(id).0.map(|it| (it, it.kind)) {
            None | Some((_, BodyKind::Question(_))) => true,
            Some((item, BodyKind::Repeat)) => item.model.is_some_and(|model| {
                self.repeat_is_relevant(model, node)
                    && (item.is_open_repeat || !self.instances(model, node).is_empty())
            }),
            Some((_, BodyKind::Group | BodyKind::Instance)) => {
                self.children(id).into_iter().any(|it| self.has_something_to_show(it))
            }
        }
    }

    /// Returns every broken rule of what is shown, in document order.
    pub fn violations(&self) -> Vec<Located> {
        let mut found = Vec::new();
        for page in self.pages() {
            self.violations_below(page, page, &mut found);
        }
        found
    }

    fn violations_below(&self, id: NodeId, page: NodeId, found: &mut Vec<Located>) {
        let node = self.target(id);
        let Some(item) = self.shown(id).0.filter(|_| self.state.tree.node(node).relevant) else { return };
        let scope = self.scope();
        if matches!(item.kind, BodyKind::Question(_))
            && let Some(violation) = violation(&scope, item, node)
        {
            found.push(Located { node: id, page, label: scope.render(&item.label, node), violation });
        }
        if let (BodyKind::Repeat, Some(repeat)) = (item.kind, item.model)
            && self.state.cut.binary_search(&(repeat, self.state.tree.node(node).frame)).is_ok()
        {
            let violation = Violation { code: Code::AnswerCount.as_str().to_owned(), message: String::new() };
            found.push(Located { node: id, page, label: scope.render(&item.label, node), violation });
        }
        for child in self.children(id) {
            self.violations_below(child, page, found);
        }
    }
}

/// Returns the rule that a question's present value breaks.
pub(crate) fn violation(scope: &Scope<'_>, item: &Item, node: u32) -> Option<Violation> {
    let own = scope.state.tree.node(node);
    if !own.relevant {
        return None;
    }
    let messages = &scope.form.messages[own.model as usize];
    let message = |which: usize| scope.render(&messages[which], node);
    let broken = |code: Code, message: String| Some(Violation { code: code.as_str().to_owned(), message });
    if let Some(typed) = scope.state.typed.get(&node).filter(|it| !it.trim().is_empty()) {
        if !chosen_are_offered(scope, item, node, typed) {
            return broken(Code::AnswerChoice, String::new());
        }
        if own.value().is_empty() {
            let data_type = scope.form.data_types[own.model as usize];
            let is_off_scale = item.range.is_some() && canonical(data_type, typed).is_some();
            let code = if is_off_scale { Code::AnswerConstraint } else { Code::AnswerType };
            return broken(code, String::new());
        }
    }
    if own.value().is_empty() {
        return if own.required && !item.is_note { broken(Code::AnswerRequired, message(0)) } else { None };
    }
    if bound::is_void(scope.form, scope.state, node) {
        return broken(Code::SignatureVoid, String::new());
    }
    if !fits(scope.form.data_types[own.model as usize], own.value()) {
        return broken(Code::AnswerType, String::new());
    }
    if !chosen_are_offered(scope, item, node, own.value()) {
        return broken(Code::AnswerChoice, String::new());
    }
    let is_out_of_range = item.range.is_some_and(|it| !is_in_range(it, own.value()));
    if own.is_valid && !is_out_of_range { None } else { broken(Code::AnswerConstraint, message(1)) }
}

/// What stands in a field: the text as it was typed, else the value.
fn shown_value(state: &State, node: u32) -> &str {
    state.typed.get(&node).map_or(state.tree.node(node).value(), |it| it)
}

/// Returns a value as a person reads it.
pub(crate) fn display(scope: &Scope<'_>, item: &Item, node: u32) -> String {
    let value = shown_value(scope.state, node);
    if value.is_empty() || matches!(item.choices, Choices::None) {
        return readable(value);
    }
    let label = |it: &str| scope.label_of_choice(&item.choices, node, it).unwrap_or_else(|| it.to_owned());
    match item.kind {
        BodyKind::Question(Control::SelectMultiple | Control::Rank) => {
            value.split_whitespace().map(label).collect::<Vec<_>>().join("、")
        }
        _ => label(value),
    }
}

/// A moment without its seconds and offset.
fn readable(value: &str) -> String {
    match value.split_once('T') {
        Some((day, time)) if xpath::civil::parse_date(day).is_some() && time.len() >= 5 => {
            format!("{day} {}", time.get(..5).unwrap_or(time))
        }
        _ => value.to_owned(),
    }
}

/// Returns at most `limit` choices of a body item whose label contains `query`, ignoring case.
pub(crate) fn search(scope: &Scope<'_>, item: u32, node: u32, query: &str, limit: usize) -> Offered {
    let query = folded(query.trim());
    let contains = |label: &str| folded(label).contains(&query);
    scope.offered(item, node, limit, if query.is_empty() { None } else { Some(&contains) })
}

/// Returns a text without the difference of capital letters, for the alphabets that have one within a fixed distance:
/// Latin with its accents, Greek, Cyrillic. The standard library's tables for all others are too heavy for what a
/// phone downloads.
fn folded(text: &str) -> String {
    let fold = |it: char| match it {
        '\u{d7}' => it,
        'A'..='Z' | 'À'..='Þ' | 'Α'..='Ω' | 'А'..='Я' => char::from_u32(it as u32 + 32).unwrap_or(it),
        'Ѐ'..='Џ' => char::from_u32(it as u32 + 80).unwrap_or(it),
        'Ā'..='Ķ' | 'Ŋ'..='Ŷ' => char::from_u32(it as u32 | 1).unwrap_or(it),
        _ => it,
    };
    text.chars().map(fold).collect()
}
