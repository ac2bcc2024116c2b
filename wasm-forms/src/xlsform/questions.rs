//! Questions: from a row of the survey sheet to a node.

use super::codes;
use super::columns::Row;
use super::entities;
use super::expression::{Part, has_reference, is_dynamic_default, only_reference, parts};
use super::notices;
use super::parameters::{self, Parameters};
use super::range;
use super::report::Cell;
use super::survey::Survey;
use super::text::Text;
use super::tree::{Action, Event, Kind, Node};
use super::types::{self, Command};

/// Endings of list files.
const FILE_ENDINGS: [&str; 3] = [".csv", ".xml", ".geojson"];

/// Returns a list file's name without its ending, and the ending.
pub(super) fn split_file(list: &str) -> Option<(&str, &str)> {
    let dot = list.rfind('.').filter(|it| *it > 0)?;
    let ending = &list[dot..];
    FILE_ENDINGS.contains(&ending).then_some((&list[..dot], ending))
}

/// Returns a node with what its type always has.
pub(super) fn typed_node(name: &str, question_type: &str) -> Node {
    let mut node = Node::new(name, Kind::Question);
    if let Some(it) = types::find(question_type) {
        node.question_type = it.name;
        node.tag = it.tag;
        it.bind.iter().for_each(|(key, value)| node.set_bind(*key, *value));
        it.mediatype.into_iter().for_each(|it| node.set_control("mediatype", it));
        node.hint = it.hint.filter(|it| !it.is_empty()).map(|it| Text::Plain(it.into()));
    }
    node
}

/// Reads a question that has no choices.
pub(super) fn question(survey: &mut Survey<'_>, row: &Row, name: &str, question_type: &str) {
    let mut node = typed_node(name, question_type);
    if matches!(question_type, "csv-external" | "xml-external") {
        node.kind = Kind::External;
        survey.fill(&mut node, row);
        let parent = survey.parent();
        entities::take_save_to(survey, row, &mut node, parent);
        node = Node { cell: row.at("name"), kind: Kind::External, ..typed_node(name, question_type) };
        survey.instances.insert(name.split('.').next().unwrap_or(name).to_owned());
        survey.tree.add(survey.parent(), node);
        return;
    }
    survey.fill(&mut node, row);
    common(survey, row, &mut node);
    apply_parameters(survey, row, &mut node);
    if notices::is_outdated(question_type) {
        survey.report.warning(codes::OUTDATED_TYPE, &row.at("type"), &[("type", question_type)]);
    }
    node.query = row
        .text("query")
        .filter(|_| node.tag == "input" && !question_type.starts_with("geo"))
        .map(str::to_owned);
    match question_type {
        "calculate" if node.bind("calculate").is_none() && node.actions.is_empty() => {
            survey.report.error(codes::MISSING_CALCULATION, &row.at("bind calculate"), &[("name", name)]);
        }
        "image" => {
            notices::of_image(&node, row, survey.report);
            node.default = node
                .default
                .map(|it| if it.contains("jr://images/") { it } else { format!("jr://images/{it}").into() });
        }
        "start-geopoint" => node.actions.push(Action {
            name: "odk:setgeopoint",
            event: Event::FirstLoad,
            value: None,
            attributes: Vec::new(),
        }),
        "background-geopoint" => {
            if node.triggers.is_empty() {
                survey.report.error(codes::MISSING_TRIGGER, &row.at("trigger"), &[("name", name)]);
            }
            if node.bind("calculate").is_some() {
                let params = [("parameter", "calculation"), ("wanted", "")];
                survey.report.error(codes::BAD_PARAMETER, &row.at("bind calculate"), &params);
            }
        }
        "range" => check_tick_labels(survey, row, &node),
        _ => {}
    }
    add(survey, row, node);
}

/// Reads a question that picks a map feature.
pub(super) fn osm(survey: &mut Survey<'_>, row: &Row, name: &str, list: String) {
    let mut node = typed_node(name, "osm");
    survey.fill(&mut node, row);
    common(survey, row, &mut node);
    node.itemset = Some(list);
    add(survey, row, node);
}

/// Reads a question with choices, and what comes with it.
pub(super) fn select(survey: &mut Survey<'_>, row: &Row, name: &str, command: &Command) {
    let Command::Select { name: question_type, list, from_file, or_other } = command else { return };
    let mut node = typed_node(name, question_type);
    survey.fill(&mut node, row);
    common(survey, row, &mut node);
    check_list(survey, row, question_type, list, *from_file);
    if let Some((base, _)) = split_file(list) {
        survey.instances.insert(base.to_owned());
    }
    if *question_type != "select one external" {
        survey.instances.insert(list.clone());
    }
    node.parameters = read_parameters(survey, row);
    Parameters { pairs: node.parameters.clone(), row, report: survey.report }.check_select(*from_file);
    node.itemset = Some(list.clone());
    if *question_type == "select one external" {
        node.query = Some(list.clone());
    }
    if *or_other {
        check_other(survey, row, list, &node);
        let is_translated = |it: &super::choices::Choice| matches!(it.label, Some(Text::Languages(_)));
        let has_languages = matches!(node.label, Some(Text::Languages(_)))
            || survey.lists.get(list).is_some_and(|it| it.choices.iter().any(is_translated));
        if has_languages {
            survey.report.warning(codes::OTHER_UNTRANSLATED, &row.at("type"), &[("name", name)]);
        }
        survey.lists.add_other(list);
    }
    table_list(survey, row, list, &mut node);
    if survey.settings.add_none_option
        && *question_type == "select all that apply"
        && survey.lists.add_none(list)
    {
        const NONE: &str = "(.='none' or not(selected(., 'none')))";
        let constraint =
            node.bind("constraint").map_or_else(|| NONE.to_owned(), |it| format!("{it} and {NONE}"));
        node.set_bind("constraint", constraint);
    }
    add(survey, row, node);
    if *or_other {
        let mut other = typed_node(&format!("{name}_other"), "text");
        other.cell = row.at("name");
        other.label = Some(Text::Plain("Specify other.".into()));
        other.set_bind("relevant", format!("selected(../{name}, 'other')"));
        survey.tree.add(survey.parent(), other);
    }
}

fn add(survey: &mut Survey<'_>, row: &Row, mut node: Node) {
    let parent = survey.parent();
    entities::take_save_to(survey, row, &mut node, parent);
    survey.tree.add(parent, node);
}

/// Default and trigger mean the same for all questions.
fn common(survey: &mut Survey<'_>, row: &Row, node: &mut Node) {
    if node.default.as_deref().is_some_and(|it| is_dynamic_default(it, node.question_type)) {
        node.actions.push(Action::set_value(Event::FirstLoad, None));
        let parent = survey.parent();
        if survey.tree[parent].kind == Kind::Repeat || survey.tree.is_in_repeat(parent) {
            node.actions.push(Action::set_value(Event::NewRepeat, None));
        }
    }
    if let Some(trigger) = row.text("trigger").filter(|it| !it.is_empty()) {
        node.triggers = read_triggers(survey, &row.at("trigger"), trigger);
    }
}

fn read_triggers(survey: &mut Survey<'_>, at: &Cell, trigger: &str) -> Vec<String> {
    let mut names = Vec::new();
    if !trigger.contains("${") {
        let params = [("found", trigger), ("wanted", &survey.mended(trigger))];
        survey.report.error(codes::MALFORMED_REFERENCE, at, &params);
    }
    for item in trigger.split(',') {
        let mut found = parts(item).filter_map(|it| match it {
            Part::Reference(it, _) => Some(Some(it.name)),
            Part::Bad(_) => Some(None),
            Part::Text(_) => None,
        });
        match (found.next(), found.next()) {
            (Some(Some(name)), None) => names.push(name.to_owned()),
            (None, _) => {}
            _ => {
                let params = [("found", item.trim()), ("wanted", &survey.mended(item))];
                survey.report.error(codes::MALFORMED_REFERENCE, at, &params);
            }
        }
    }
    names
}

fn read_parameters(survey: &mut Survey<'_>, row: &Row) -> parameters::Pairs {
    let text = row.text("parameters").unwrap_or_default();
    parameters::parse(text).unwrap_or_else(|| {
        survey.report.error(codes::UNREADABLE_PARAMETERS, &row.at("parameters"), &[("found", text)]);
        Vec::new()
    })
}

pub(super) fn apply_parameters(survey: &mut Survey<'_>, row: &Row, node: &mut Node) {
    let pairs = read_parameters(survey, row);
    Parameters { pairs, row, report: survey.report }.apply(node);
}

fn check_tick_labels(survey: &mut Survey<'_>, row: &Row, node: &Node) {
    let Some(list) = &node.itemset else { return };
    let fits = survey.lists.get_mut(list).map(|found| {
        found.is_used = true;
        let names: Vec<&str> = found.choices.iter().map(|it| it.name.as_str()).collect();
        range::labels_fit(node, &names)
    });
    match fits {
        Some(true) => {}
        Some(false) => {
            let params = [("parameter", "tick_labelset"), ("found", list.as_str())];
            survey.report.error(codes::BAD_RANGE, &row.at("parameters"), &params);
        }
        None => missing_list(survey, &row.at("parameters"), list),
    }
}

pub(super) fn check_list(
    survey: &mut Survey<'_>,
    row: &Row,
    question_type: &str,
    list: &str,
    from_file: bool,
) {
    let at = row.at("type");
    if list.is_empty() {
        let written = row.text("type").unwrap_or_default();
        return survey.report.error(codes::SELECT_WITHOUT_LIST, &at, &[("type", written)]);
    }
    let is_file = split_file(list).is_some();
    if from_file {
        if !is_file || list.matches('.').count() != 1 {
            survey.report.error(codes::FILE_EXTENSION, &at, &[("found", list)]);
        }
        return;
    }
    if question_type == "select one external" {
        if survey.external_lists.get(list).is_none() {
            missing_external(survey, &at, list);
        }
        return;
    }
    if is_file || has_reference(list) {
        return;
    }
    let Some(found) = survey.lists.get_mut(list) else { return missing_list(survey, &at, list) };
    found.is_used = true;
    if question_type == "select all that apply" {
        let spaced = found.choices.iter().filter(|it| it.name.contains(' '));
        for choice in spaced {
            let params = [("found", choice.name.as_str()), ("list", list)];
            survey.report.error(codes::CHOICE_WITH_SPACE, &choice.cell, &params);
        }
    }
}

fn missing_list(survey: &mut Survey<'_>, at: &Cell, list: &str) {
    if survey.lists.lists.is_empty() {
        missing_sheet(survey, at, "choices");
    } else {
        let meant = super::nearest::nearest_name(list, survey.lists.names().collect::<Vec<_>>());
        let params = [("list", list), ("nearest", meant.unwrap_or_default())];
        survey.report.error(codes::MISSING_LIST, at, &params);
    }
}

fn missing_external(survey: &mut Survey<'_>, at: &Cell, list: &str) {
    if survey.external_lists.lists.is_empty() {
        missing_sheet(survey, at, "external_choices");
    } else {
        let meant = super::nearest::nearest_name(list, survey.external_lists.names().collect::<Vec<_>>());
        let params = [("list", list), ("nearest", meant.unwrap_or_default())];
        survey.report.error(codes::MISSING_LIST, at, &params);
    }
}

fn missing_sheet(survey: &mut Survey<'_>, at: &Cell, sheet: &str) {
    let found = super::nearest::sheet(sheet, &survey.sheet_names);
    let params = [("sheet", sheet), ("nearest", found.as_deref().unwrap_or_default())];
    survey.report.error(codes::MISSING_CHOICES, at, &params);
}

fn check_other(survey: &mut Survey<'_>, row: &Row, list: &str, node: &Node) {
    let has_list = survey.lists.get(list).is_some_and(|it| !it.choices.is_empty());
    if node.choice_filter.is_some()
        || (!has_list && only_reference(list).is_none() && split_file(list).is_some())
    {
        survey.report.error(codes::OR_OTHER, &row.at("type"), &[("name", &node.name)]);
    }
}

/// In a table list all questions share one list; the first comes with a row of the choices' labels.
fn table_list(survey: &mut Survey<'_>, row: &Row, list: &str, node: &mut Node) {
    let Some(shared) = survey.table_list.clone() else { return };
    if shared.is_empty() {
        survey.table_list = Some(list.to_owned());
        let mut header =
            typed_node(&format!("reserved_name_for_field_list_labels_{}", row.number), node.question_type);
        header.cell = row.at("name");
        header.label = Some(Text::Plain(" ".into()));
        header.set_control("appearance", "label");
        header.itemset = Some(list.to_owned());
        let parent = survey.parent();
        survey.tree.add(parent, header);
    }
    if (shared.is_empty() && node.choice_filter.is_some()) || (!shared.is_empty() && shared != list) {
        survey.report.error(codes::TABLE_LIST, &row.at("type"), &[("list", list)]);
    }
    node.set_control("appearance", "list-nolabel");
}
