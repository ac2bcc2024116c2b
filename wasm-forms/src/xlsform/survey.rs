//! The survey sheet: rows become the tree of groups, repeats and questions.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::{Lists, read_media};
use super::codes;
use super::columns::{Row, Table, Value, to_text};
use super::entities::SaveTo;
use super::expression::only_reference;
use super::loops;
use super::nearest;
use super::questions;
use super::report::Report;
use super::settings::{Settings, is_setting};
use super::shared::Shared;
use super::text::{is_name, yes_no};
use super::tree::{Id, Kind, Node, ROOT, Tree};
use super::types::{self, Command, Section};
use crate::hash::FastMap;

/// Reads rows; holds what the later rows need to know of the earlier ones.
pub(super) struct Survey<'a> {
    pub tree: Tree,
    pub report: &'a mut Report,
    pub lists: &'a mut Lists,
    pub external_lists: &'a Lists,
    pub settings: &'a Settings,
    /// Sheets of the workbook, for "did you mean".
    pub sheet_names: Vec<String>,
    /// How many rows have each name.
    pub names: BTreeMap<String, usize>,
    /// Nodes of the meta group that rows ask for.
    pub meta: Vec<Node>,
    /// What questions save into registers.
    pub save_to: Vec<SaveTo>,
    /// Names that `reference-geometry` may have, beside choice lists.
    pub instances: BTreeSet<String>,
    repeats: BTreeSet<String>,
    /// What the texts of the type column say that were read already: many rows have the same.
    commands: FastMap<Shared, Command>,
    stack: Vec<Frame>,
    /// The list all questions of the open table list share; empty before the first.
    pub(super) table_list: Option<String>,
}

/// Most groups in one another.
const MAX_DEPTH: usize = 50;

/// An open group.
struct Frame {
    node: Id,
    section: Section,
    /// Row by name.
    names: FastMap<String, u32>,
    /// Name as written and row by the name in lower case.
    lower_names: FastMap<String, (String, u32)>,
}

impl Frame {
    fn new(node: Id, section: Section) -> Self {
        Self { node, section, names: FastMap::default(), lower_names: FastMap::default() }
    }
}

impl<'a> Survey<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        lists: &'a mut Lists,
        external_lists: &'a Lists,
        sheet_names: Vec<String>,
        report: &'a mut Report,
    ) -> Self {
        Self {
            tree: Tree::new(&settings.root_name),
            report,
            lists,
            external_lists,
            settings,
            sheet_names,
            names: BTreeMap::new(),
            meta: Vec::new(),
            save_to: Vec::new(),
            instances: BTreeSet::new(),
            repeats: BTreeSet::new(),
            commands: FastMap::default(),
            stack: vec![Frame::new(ROOT, Section::Group)],
            table_list: None,
        }
    }

    /// Reads every row; what is wrong with one does not keep the others from being read.
    pub(super) fn read(&mut self, table: &Table) {
        self.tree.reserve(table.rows.len());
        for row in &table.rows {
            if row.text("disabled").is_some() {
                self.report.warning(codes::DISABLED, &row.at("disabled"), &[]);
                if row.text("disabled").and_then(yes_no) == Some(true) {
                    continue;
                }
            }
            self.row(row);
        }
        while self.stack.len() > 1 {
            let Some(frame) = self.stack.pop() else { break };
            let node = &self.tree[frame.node];
            let kind = match frame.section {
                Section::Group => "end_group",
                Section::Repeat => "end_repeat",
                Section::Loop(_) => "end_loop",
            };
            self.report.error(codes::GROUP_NOT_CLOSED, &node.cell, &[("name", &node.name), ("type", kind)]);
        }
        loops::expand(&mut self.tree, self.lists, &mut self.names);
        self.check_repeats();
        self.check_geometry_references(table);
        self.check_triggers(table);
    }

    /// Submissions name a repeat's table by its name alone, so two repeats cannot share one.
    fn check_repeats(&mut self) {
        for id in self.tree.document_order() {
            let Node { name, kind, cell, .. } = &self.tree[id];
            if *kind != Kind::Repeat {
                continue;
            }
            if *name == self.settings.root_name || !self.repeats.insert(name.clone()) {
                self.report.error(codes::DUPLICATE_REPEAT, cell, &[("name", name)]);
            }
        }
    }

    pub(super) fn parent(&self) -> Id {
        self.stack.last().map_or(ROOT, |it| it.node)
    }

    fn row(&mut self, row: &Row) {
        let Some(type_text) = row.shared("type").filter(|it| !it.is_empty()) else {
            return self.row_without_type(row);
        };
        if is_setting(type_text) {
            return;
        }
        let command = self.command(row, type_text);
        if let Command::End(section) = command {
            if row.below("bind", "entities:saveto").is_some() {
                self.report.error(codes::SAVE_TO_GROUP, &row.at("bind entities:saveto"), &[]);
            }
            return self.end(row, &section, type_text);
        }
        if command == Command::Question("audit") {
            return self.audit(row);
        }
        let Some(name) = self.name_of(row, type_text, &command) else { return };
        match command {
            Command::Begin(section) => self.begin(row, &name, section),
            Command::Select { .. } => questions::select(self, row, &name, &command),
            Command::Question(question_type) => questions::question(self, row, &name, question_type),
            Command::Osm { list } => questions::osm(self, row, &name, list),
            Command::End(_) | Command::Unknown => {}
        }
    }

    /// Reads the type column; a row of an unknown type is read on as what was probably meant, so that one slip is one
    /// error.
    fn command(&mut self, row: &Row, type_text: &Shared) -> Command {
        if let Some(known) = self.commands.get(&**type_text) {
            return known.clone();
        }
        let command = types::command(type_text);
        if command != Command::Unknown {
            self.commands.insert(type_text.clone(), command.clone());
            return command;
        }
        let meant = nearest::type_cell(type_text);
        let params = [("type", type_text.as_str()), ("nearest", meant.as_deref().unwrap_or_default())];
        self.report.error(codes::UNKNOWN_TYPE, &row.at("type"), &params);
        meant.map_or(Command::Unknown, |it| types::command(&it))
    }

    fn row_without_type(&mut self, row: &Row) {
        if row.get("name").is_none() && row.get("label").is_none() {
            self.report.warning(codes::SKIPPED_ROW, &row.whole(), &[]);
        } else {
            let name = row.text("name").unwrap_or_default();
            self.report.error(codes::MISSING_TYPE, &row.at("type"), &[("name", name)]);
        }
    }

    /// Returns the row's name if the row can have a node, and takes note of it.
    fn name_of(&mut self, row: &Row, type_text: &str, command: &Command) -> Option<String> {
        let name = match row.text("name") {
            Some(name) => name.to_owned(),
            None if *command == Command::Question("note") => format!("generated_note_name_{}", row.number),
            None => {
                if *command == Command::Unknown {
                    // What it is has to be known first.
                    return None;
                }
                self.report.error(codes::MISSING_NAME, &row.at("name"), &[("type", type_text)]);
                // The group is opened all the same, so that its end row has a beginning.
                return matches!(command, Command::Begin(_)).then(|| format!("unnamed_{}", row.number));
            }
        };
        if !is_name(&name) {
            self.report.error(codes::BAD_NAME, &row.at("name"), &[("found", &name)]);
        }
        // Nobody answers a list file, so nothing can refer to it.
        if !matches!(command, Command::Question("csv-external" | "xml-external")) {
            *self.names.entry(name.clone()).or_default() += 1;
        }
        let frame = self.stack.last_mut()?;
        let lower = name.to_lowercase();
        if name == "meta" {
            self.report.error(codes::RESERVED_NAME, &row.at("name"), &[("found", &name)]);
        } else if let Some(first) = frame.names.get(&name) {
            let params = [("name", name.as_str()), ("row", &first.to_string())];
            self.report.error(codes::DUPLICATE_NAME, &row.at("name"), &params);
        } else if let Some((other, first)) = frame.lower_names.get(&lower) {
            let params = [("name", name.as_str()), ("other", other), ("row", &first.to_string())];
            self.report.warning(codes::DUPLICATE_NAME_CASE, &row.at("name"), &params);
        }
        frame.names.entry(name.clone()).or_insert(row.number);
        frame.lower_names.entry(lower).or_insert_with(|| (name.clone(), row.number));
        // Under a name that can be written, so that the others can be looked at.
        Some(if is_name(&name) { name } else { format!("unnamed_{}", row.number) })
    }

    fn begin(&mut self, row: &Row, name: &str, section: Section) {
        let repeat = section == Section::Repeat;
        if row.below("bind", "entities:saveto").is_some() {
            self.report.error(codes::SAVE_TO_GROUP, &row.at("bind entities:saveto"), &[]);
        }
        let mut node = self.node_of(row, name, if repeat { Kind::Repeat } else { Kind::Group });
        if repeat && row.get("label").is_none() && row.get("media").is_none() {
            self.report.warning(codes::MISSING_LABEL, &row.at("label"), &[("name", name)]);
        }
        self.count_node(&mut node);
        if let Section::Loop(list) = &section {
            questions::check_list(self, row, "", list, false);
            node.itemset = Some(list.clone());
        }
        row.shared("intent").into_iter().for_each(|it| node.set_control("intent", it));
        let note = self.table_list_note(&mut node, row);
        if self.stack.len() > MAX_DEPTH {
            self.report.error(codes::TOO_DEEP, &row.at("type"), &[("limit", &MAX_DEPTH.to_string())]);
            return self.stack.push(Frame::new(self.parent(), section));
        }
        let id = self.tree.add(self.parent(), node);
        if let Some(note) = note {
            self.tree.add(id, note);
        }
        self.stack.push(Frame::new(id, section));
    }

    /// A count that is an expression gets a calculated node in front of the repeat.
    fn count_node(&mut self, node: &mut Node) {
        let Some(count) = node.control("jr:count").map(str::to_owned) else { return };
        if only_reference(&count).is_none() {
            let name = format!("{}_count", node.name);
            let mut counter = Node::calculated(&name, &[("readonly", "true()"), ("calculate", &count)]);
            counter.cell = node.cell.clone();
            let parent = self.parent();
            if self.tree[parent].children.iter().any(|it| self.tree[*it].name == name) {
                self.report.error(codes::DUPLICATE_NAME, &node.cell, &[("name", &name)]);
            }
            self.tree.add(parent, counter);
            node.set_control("jr:count", format!("${{{name}}}"));
        }
    }

    /// A table list's own label and hint become a note, because the group shows the choices' labels.
    fn table_list_note(&mut self, node: &mut Node, row: &Row) -> Option<Node> {
        let appearance = node.control("appearance")?.to_owned();
        let words: Vec<&str> = appearance.split_whitespace().collect();
        if !words.contains(&"table-list") {
            return None;
        }
        self.table_list = Some(String::new());
        let others = words.iter().filter(|it| **it != "table-list").copied();
        let appearance: Vec<&str> = std::iter::once("field-list").chain(others).collect();
        node.set_control("appearance", appearance.join(" "));
        if node.label.is_none() && node.hint.is_none() {
            return None;
        }
        let mut note = questions::typed_node(&format!("generated_table_list_label_{}", row.number), "note");
        note.cell = row.at("label");
        note.label = node.label.take();
        note.hint = node.hint.take();
        Some(note)
    }

    fn end(&mut self, row: &Row, section: &Section, type_text: &str) {
        let open = self.stack.iter().skip(1).rposition(|it| section.closes(&it.section));
        if self.stack.len() > 1 && self.stack.last().is_some_and(|it| section.closes(&it.section)) {
            self.stack.pop();
            self.table_list = None;
            return;
        }
        self.report.error(codes::END_WITHOUT_BEGIN, &row.at("type"), &[("found", type_text)]);
        // What was opened since the matching begin row is taken as closed, so that one slip is one error.
        if let Some(position) = open {
            self.stack.truncate(position + 1);
        }
    }

    fn audit(&mut self, row: &Row) {
        if let Some(found) = row.text("name").filter(|it| *it != "audit") {
            self.report.error(codes::AUDIT_NAME, &row.at("name"), &[("found", found)]);
        }
        let mut node = questions::typed_node("audit", "audit");
        self.fill(&mut node, row);
        questions::apply_parameters(self, row, &mut node);
        self.meta.push(node);
    }

    fn node_of(&self, row: &Row, name: &str, kind: Kind) -> Node {
        let mut node = Node::new(name, kind);
        self.fill(&mut node, row);
        node
    }

    /// Copies what the row's columns say onto the node.
    pub(super) fn fill(&self, node: &mut Node, row: &Row) {
        node.cell = row.at("name");
        node.label_cell = row.at("label");
        node.label = row.texts("label").or(node.label.take());
        node.hint = row.texts("hint").or(node.hint.take());
        if node.kind == Kind::Question {
            node.guidance_hint = row.texts("guidance_hint");
        }
        node.media = read_media(row.map("media"));
        for (key, value) in row.map("bind") {
            super::tree::set(&mut node.bind, key.clone(), to_text(value));
        }
        let texts = |group: &str| {
            let text = |(key, value): &(Shared, Value)| match value {
                Value::Text(text) => Some((key.clone(), text.clone())),
                Value::Map(_) => None,
            };
            row.map(group).iter().filter_map(text).collect::<Vec<_>>()
        };
        for (key, value) in texts("control") {
            node.set_control(key, value);
        }
        node.instance = texts("instance");
        node.default = row.shared("default").cloned();
        node.choice_filter = row.shared("choice_filter").cloned();
        if node.control("appearance") == Some("label") && node.label.is_none() {
            node.label = Some(super::text::Text::Plain(" ".into()));
        }
    }

    fn check_triggers(&mut self, table: &Table) {
        let questions: BTreeSet<String> = self.question_names();
        for id in self.tree.document_order() {
            let node = &self.tree[id];
            for trigger in &node.triggers {
                if !questions.contains(trigger) {
                    let meant = super::nearest::nearest_name(trigger, questions.iter().map(String::as_str));
                    let params = [("name", trigger.as_str()), ("nearest", meant.unwrap_or_default())];
                    let at =
                        table.row(node.cell.row).map_or_else(|| node.cell.clone(), |it| it.at("trigger"));
                    self.report.error(codes::UNKNOWN_REFERENCE, &at, &params);
                }
            }
        }
    }

    /// Returns the reference that a broken one was probably meant to be, of those to earlier rows.
    pub(super) fn mended(&self, reference: &str) -> String {
        super::references::mended(reference, self.names.keys().map(String::as_str))
    }

    fn question_names(&self) -> BTreeSet<String> {
        let is_question = |it: &&Id| matches!(self.tree[**it].kind, Kind::Question | Kind::External);
        self.tree.document_order().iter().filter(is_question).map(|it| self.tree[*it].name.clone()).collect()
    }

    fn check_geometry_references(&mut self, table: &Table) {
        for id in self.tree.document_order() {
            let node = &self.tree[id];
            let is_location = matches!(node.question_type, "geopoint" | "geotrace" | "geoshape");
            let Some(target) = node.itemset.as_deref().filter(|_| is_location) else { continue };
            let is_repeat = only_reference(target).is_some_and(|it| self.repeats.contains(it));
            let known = self.instances.contains(target) || self.lists.get(target).is_some() || is_repeat;
            if !known {
                let params =
                    [("parameter", "reference-geometry"), ("found", target), ("wanted", "${repeat}")];
                let at = table.row(node.cell.row).map_or_else(|| node.cell.clone(), |it| it.at("parameters"));
                self.report.error(codes::BAD_PARAMETER, &at, &params);
            }
        }
    }
}
