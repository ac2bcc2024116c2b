//! The steps of a conversion, one after the other; each sees what the earlier ones found, right or wrong.

use std::collections::BTreeSet;

use super::body::{self, Body};
use super::choices::{List, Lists};
use super::column_names;
use super::columns::{Map, Row, Table, Value};
use super::expression::may_refer;
use super::itext::Texts;
use super::references::{Declared, Names, Resolver};
use super::report::{Cell, Report};
use super::settings::Settings;
use super::shared::Shared;
use super::sheets::{self, Opened};
use super::survey::Survey;
use super::text::{find, is_name};
use super::tree::{Kind, Node, ROOT, Tree};
use super::xml::Document;
use super::{
    Conversion, Options, Sheet, Workbook, codes, entities, flat, full_width, functions, itemsets, model,
    nearest, notices, questions, translations,
};
use crate::document::Drafted;
use crate::hash::FastMap;

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];

/// Converts a workbook's bytes, whatever its format: `.xlsx`, `.xlsm`, `.xls`, `.csv` with all sheets in it, a zip of
/// `.csv` files, or Markdown tables. `file_stem` names a form that does not name itself.
#[must_use]
pub fn convert(workbook: &[u8], file_stem: &str) -> Conversion {
    convert_with(workbook, &Options { form_id: file_stem.to_owned(), ..Options::default() })
}

/// Converts a workbook's bytes as [`convert`] does, with all that a form can be given.
#[must_use]
pub fn convert_with(workbook: &[u8], options: &Options) -> Conversion {
    match sheets::read(workbook) {
        Ok(opened) => convert_opened(&opened, options).0,
        Err(unreadable) => Conversion { xform: None, itemsets: None, diagnostics: vec![unreadable] },
    }
}

/// Converts a workbook's bytes as [`convert`] does, and compiles the form. What keeps it from being one is told with the
/// rest, and then there is no XForm either.
#[must_use]
pub fn compile(workbook: &[u8], file_stem: &str) -> (Conversion, Option<crate::Form>) {
    let options = Options { form_id: file_stem.to_owned(), ..Options::default() };
    let (mut conversion, drafted) = match sheets::read(workbook) {
        Ok(opened) => convert_opened(&opened, &options),
        Err(unreadable) => (Conversion { xform: None, itemsets: None, diagnostics: vec![unreadable] }, None),
    };
    match conversion.xform.as_deref().map(|it| crate::Form::compile_drafted(it, drafted)) {
        Some(Ok(form)) => (conversion, Some(form)),
        Some(Err(problems)) => {
            conversion.xform = None;
            conversion.diagnostics.extend(problems);
            (conversion, None)
        }
        None => (conversion, None),
    }
}

/// Converts sheets that were read already.
///
/// ```
/// use wasm_forms::Form;
/// use wasm_forms::xlsform::{Options, Sheet, Workbook, convert_tables};
///
/// let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
/// let survey = |rows: &[[&str; 3]]| Sheet {
///     name: "survey".to_owned(),
///     header: row(["type", "name", "label"]),
///     rows: rows.iter().copied().map(row).collect(),
/// };
/// let options = Options { form_id: "visit".to_owned(), ..Options::default() };
///
/// let workbook = Workbook { sheets: vec![survey(&[["text", "name", "姓名"], ["integer", "age", "年龄"]])] };
/// let xform = convert_tables(&workbook, &options).xform.expect("the workbook is right");
/// assert_eq!(Form::compile(&xform).expect("and so is the form").id(), "visit");
///
/// // Every mistake is reported at once, with its sheet, row and column.
/// let workbook = Workbook { sheets: vec![survey(&[["txet", "name", "姓名"]])] };
/// let conversion = convert_tables(&workbook, &options);
/// assert!(conversion.xform.is_none());
/// assert_eq!(conversion.diagnostics[0].code, "workbook.misspelt_type");
/// ```
#[must_use]
pub fn convert_tables(workbook: &Workbook, options: &Options) -> Conversion {
    converted(workbook, options, report_of(workbook)).0
}

fn convert_opened(opened: &Opened, options: &Options) -> (Conversion, Option<Drafted>) {
    let (conversion, drafted) = converted(&opened.workbook, options, report_on(opened));
    let diagnostics = conversion.diagnostics.into_iter().map(|it| opened.locate(it)).collect();
    (Conversion { diagnostics, ..conversion }, drafted)
}

fn converted(workbook: &Workbook, options: &Options, mut report: Report) -> (Conversion, Option<Drafted>) {
    let written = read(workbook, options, &mut report).map(|it| it.write(&mut report));
    let (xform, drafted) = written.filter(|_| !report.has_errors()).unzip();
    let itemsets = xform.as_ref().and_then(|_| itemsets::write(workbook));
    (Conversion { xform, itemsets, diagnostics: report.finish() }, drafted.flatten())
}

/// Starts a report on a workbook with what reading it told.
pub(super) fn report_on(opened: &Opened) -> Report {
    let mut report = report_of(&opened.workbook);
    opened.tell(&mut report);
    report
}

/// Starts a report on a workbook, in the order in which people read its sheets.
fn report_of(workbook: &Workbook) -> Report {
    let sheets = ["settings", "survey", "choices", "entities", "external_choices"];
    let named = |name: &str| workbook.sheet(name).map_or_else(|| name.to_owned(), |it| it.name.clone());
    Report::new(sheets.map(named))
}

/// A workbook as it was read, right or wrong.
pub(super) struct Reading {
    pub settings: Settings,
    pub settings_table: Option<Table>,
    pub survey: Table,
    pub choices: Option<Table>,
    pub entities: Option<Table>,
    pub tree: Tree,
    pub lists: Lists,
    osm_tags: Lists,
    entities_version: Option<&'static str>,
}

/// Reads every sheet; absent where there is no survey to read.
pub(super) fn read(workbook: &Workbook, options: &Options, report: &mut Report) -> Option<Reading> {
    let sheet_names: Vec<String> = workbook.sheets.iter().map(|it| it.name.clone()).collect();
    let survey_sheet = find_survey(workbook, &sheet_names, report)?;
    let read = |name: &str, spec: &column_names::Spec, language: &str, report: &mut Report| {
        workbook.sheet(name).map(|it| Table::read(it, spec, language, false, report))
    };
    let mut settings_table = read("settings", &column_names::SETTINGS, "default", report);
    let mut settings = Settings::read(settings_table.as_ref(), options, report);
    let language = &settings.default_language.clone();
    let mut choices = read("choices", &column_names::CHOICES, language, report);
    let external_table = read("external_choices", &column_names::CHOICES, language, report);
    let mut entities_table = read("entities", &column_names::ENTITIES, language, report);
    let mut table = Table::read(survey_sheet, &column_names::SURVEY, language, settings.clean_text, report);
    let names: BTreeSet<String> =
        table.rows.iter().filter_map(|it| it.text("name")).map(str::to_owned).collect();
    for table in
        [&mut table].into_iter().chain(&mut choices).chain(&mut entities_table).chain(&mut settings_table)
    {
        full_width::correct_references(table, &|it| names.contains(it), report);
    }
    settings.read_survey(&table);

    let mut lists = choices
        .as_ref()
        .map_or_else(Lists::default, |it| Lists::read(it, settings.allow_choice_duplicates, report));
    let osm_table = read("osm", &column_names::CHOICES, language, report);
    let osm_tags = osm_table.as_ref().map_or_else(Lists::default, |it| Lists::read_beside(it, report));
    let external_lists =
        external_table.as_ref().map_or_else(Lists::default, |it| Lists::read_beside(it, report));
    let declarations = entities_table.as_ref().map_or_else(Vec::new, |it| entities::read(it, report));

    if !table.has("type") {
        report.error(codes::MISSING_COLUMN, &Cell::new(&survey_sheet.name, 1, None), &[("column", "type")]);
        return None;
    }
    if table.rows.is_empty() {
        report.error(codes::EMPTY_SURVEY, &Cell::sheet(&survey_sheet.name), &[]);
    }
    let mut survey = Survey::new(&settings, &mut lists, &external_lists, sheet_names, report);
    survey.instances.extend(declarations.iter().map(|it| it.list.clone()));
    survey.read(&table);
    let Survey { mut tree, meta, save_to, mut names, .. } = survey;
    if settings.is_flat {
        flat::flatten(&mut tree, report);
    }
    let entities_version = entities::place(&mut tree, &declarations, &save_to, report);
    add_meta(&mut tree, meta, &settings);
    if settings.instance_id.is_some() {
        *names.entry("instanceID".to_owned()).or_default() += 1;
    }

    let declared = Declared { counts: &names, survey: &table };
    check_cells(&table, &column_names::SURVEY, &declared, report);
    for (table, spec) in
        [(&settings_table, &column_names::SETTINGS), (&entities_table, &column_names::ENTITIES)]
    {
        table.iter().for_each(|it| check_cells(it, spec, &declared, report));
    }
    if let Some(choices) = &choices {
        check_cells(choices, &column_names::CHOICES, &declared, report);
        translations::warn_of_missing_columns(&choices.columns, report);
    }
    translations::warn_of_missing_columns(&table.columns, report);
    notices::of_sheets(workbook, report);
    notices::of_languages([Some(&table), choices.as_ref()], report);
    mark_searched(&tree, &mut lists, report);
    mark_mentioned(&table, &mut lists);
    if let Some(choices) = &choices {
        lists.warn_of_unused(choices, report);
    }
    Some(Reading {
        settings_table,
        survey: table,
        choices,
        entities: entities_table,
        tree,
        lists,
        osm_tags,
        entities_version,
        settings,
    })
}

impl Reading {
    /// Writes the XForm, and notes what is in it; of no use where the report has errors.
    pub(super) fn write(&self, report: &mut Report) -> (String, Option<Drafted>) {
        let form =
            Form { tree: &self.tree, lists: &self.lists, osm_tags: &self.osm_tags, settings: &self.settings };
        form.write(self.entities_version, report)
    }
}

/// Returns the survey sheet: the one of that name, or the only one there is.
fn find_survey<'a>(workbook: &'a Workbook, names: &[String], report: &mut Report) -> Option<&'a Sheet> {
    let only = || workbook.sheets.first().filter(|_| workbook.sheets.len() == 1);
    let found = workbook.sheet("survey").or_else(only);
    if found.is_none() {
        let meant = nearest::sheet("survey", names).unwrap_or_default();
        let at = if meant.is_empty() { Cell::default() } else { Cell::sheet(&meant) };
        report.error(codes::MISSING_SURVEY, &at, &[("sheet", "survey"), ("nearest", &meant)]);
    }
    let found = found?;
    if found.header.iter().all(String::is_empty) {
        report.error(codes::EMPTY_SURVEY, &Cell::sheet(&found.name), &[]);
        return None;
    }
    Some(found)
}

/// Adds what every submission says of itself.
fn add_meta(tree: &mut Tree, rows: Vec<Node>, settings: &Settings) {
    let mut nodes = rows;
    if let Some(preload) = &settings.instance_id {
        nodes.push(Node::calculated("instanceID", &[("readonly", "true()"), ("jr:preload", preload)]));
    }
    if let Some(name) = &settings.instance_name {
        nodes.push(Node::calculated("instanceName", &[("calculate", name)]));
    }
    if nodes.is_empty() {
        return;
    }
    let existing = tree[ROOT].children.iter().copied().find(|it| tree[*it].is_meta);
    let meta = existing.unwrap_or_else(|| {
        let mut node = Node::new("meta", Kind::Group);
        node.is_meta = true;
        tree.add(ROOT, node)
    });
    for node in nodes {
        tree.add(meta, node);
    }
}

/// Checks references and expressions, cell by cell, so that each mistake has its place.
fn check_cells(table: &Table, spec: &column_names::Spec, names: &Declared<'_>, report: &mut Report) {
    let is_of_entities = spec.known.contains(&"dataset");
    // What stands beside a list file is not used.
    let is_file = |row: &&Row| matches!(row.text("type"), Some("csv-external" | "xml-external"));
    // Expressions that nothing is wrong with: the same conditions stand in many rows.
    let mut right: FastMap<&str, ()> = FastMap::default();
    for row in table.rows.iter().filter(|it| !is_file(it)) {
        for (step, value) in &row.values {
            let is_choice_data =
                std::ptr::eq(spec, &column_names::CHOICES) && step != "label" && step != "media";
            let is_name = matches!(step.as_str(), "name" | "trigger" | "dataset" | "list name");
            if is_name || is_choice_data {
                continue;
            }
            each_text(step, value, &mut |path, text| {
                let is_list_label = is_of_entities && path == "label" && !text.contains('(');
                let is_expression = spec.expressions.contains(&path)
                    && !matches!(path, "parameters" | "type" | "control appearance")
                    && !is_list_label;
                if is_expression && right.contains_key(text) {
                    return;
                }
                let n_found = report.n_found();
                if may_refer(text) {
                    Names::check(text, names, &|| row.at(path), report);
                }
                if is_expression {
                    functions::check(text, &|| row.at(path), report);
                    if report.n_found() == n_found {
                        right.insert(text, ());
                    }
                }
            });
        }
    }
}

/// Calls `seen` with the texts at and below a step, each with its path.
pub(super) fn each_text<'a>(step: &'a Shared, value: &'a Value, seen: &mut dyn FnMut(&str, &'a str)) {
    const USUAL_LENGTH: usize = 48;
    match value {
        Value::Text(text) => seen(step, text),
        Value::Map(map) => {
            let mut path = String::with_capacity(USUAL_LENGTH);
            path.push_str(step);
            each_below(&mut path, map, seen);
        }
    }
}

/// `path` is that of the map, and is again when all below it was seen.
fn each_below<'a>(path: &mut String, map: &'a Map, seen: &mut dyn FnMut(&str, &'a str)) {
    let length = path.len();
    for (step, value) in map {
        path.push(' ');
        path.push_str(step);
        match value {
            Value::Text(text) => seen(path, text),
            Value::Map(map) => each_below(path, map, seen),
        }
        path.truncate(length);
    }
}

/// Calls `seen` with the texts of a value.
fn each_value(value: &Value, seen: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => seen(text),
        Value::Map(map) => map.iter().for_each(|(_, it)| each_value(it, seen)),
    }
}

/// A list searched on the device goes into the question itself, so no other question may share it.
fn mark_searched(tree: &Tree, lists: &mut Lists, report: &mut Report) {
    let is_select =
        |node: &Node| matches!(node.question_type, "select one" | "select all that apply" | "rank");
    let order = tree.document_order();
    let selects: Vec<&Node> = order.iter().map(|it| &tree[*it]).filter(|it| is_select(it)).collect();
    for node in selects.iter().filter(|it| body::is_search(it)) {
        let Some(list) = node.itemset.as_deref() else { continue };
        let shared = selects.iter().any(|it| !body::is_search(it) && it.itemset.as_deref() == Some(list));
        if shared || questions::split_file(list).is_some() {
            report.error(codes::SEARCH, &node.cell, &[("name", &node.name)]);
        }
        if let Some(list) = lists.get_mut(list) {
            list.is_searched = true;
        }
    }
}

/// A list may also be used by an expression that names it, in quotation marks or as the source of a geometry.
fn mark_mentioned(table: &Table, lists: &mut Lists) {
    const GEOMETRY: &str = "reference-geometry=";
    let mut unused: Vec<&mut List> = lists.lists.iter_mut().filter(|it| !it.is_used).collect();
    for (_, value) in table.rows.iter().flat_map(|it| &it.values) {
        if unused.is_empty() {
            return;
        }
        each_value(value, &mut |text| {
            // Every byte is looked at, so that many can be at once.
            let is_sign = |it: u8| matches!(it, b'\'' | b'"' | b'=') || !it.is_ascii();
            if !text.bytes().fold(false, |found, it| found | is_sign(it)) {
                return;
            }
            let may_mention = |it: &&mut List| it.name.is_empty() || find(text, &it.name).is_some();
            if text.is_ascii() && !unused.iter().any(may_mention) {
                return;
            }
            let text = full_width::expression(text);
            for list in &mut unused {
                let name = &list.name;
                let quoted = |quote: char| text.contains(&format!("{quote}{name}{quote}"));
                list.is_used |= quoted('\'') || quoted('"') || text.contains(&format!("{GEOMETRY}{name}"));
            }
        });
        unused.retain(|it| !it.is_used);
    }
}

/// What a row of the survey becomes, in bytes of the XForm: with texts in two languages and conditions.
const USUAL_BYTES: usize = 5 << 8;
/// Most bytes that are set aside for an XForm before it is written.
const MOST_ROOM_BYTES: usize = 1 << 20;

/// What was read, ready to be written.
struct Form<'a> {
    tree: &'a Tree,
    lists: &'a Lists,
    osm_tags: &'a Lists,
    settings: &'a Settings,
}

impl Form<'_> {
    fn write(&self, entities_version: Option<&str>, report: &mut Report) -> (String, Option<Drafted>) {
        let names = Names::of(self.tree);
        let resolver = Resolver { tree: self.tree, names: &names };
        let mut document = Document::with_room((self.tree.len() * USUAL_BYTES).min(MOST_ROOM_BYTES));
        self.open_root(&mut document, entities_version.is_some());
        document.open_lines("h:head");
        document.element("h:title", &self.settings.title);
        self.write_model(&mut document, resolver, entities_version, report);
        document.close();
        let mut body = Body {
            tree: self.tree,
            lists: self.lists,
            osm_tags: self.osm_tags,
            resolver,
            report,
            document: &mut document,
            triggered: body::triggered(self.tree),
        };
        body.write(self.settings.style.as_deref());
        document.close();
        document.finish()
    }

    fn open_root(&self, document: &mut Document, has_entities: bool) {
        document.open_lines("h:html");
        for (key, value) in NAMESPACES {
            document.attribute(key, value);
        }
        if has_entities {
            document.attribute("xmlns:entities", "http://www.opendatakit.org/xforms/entities");
        }
        for (prefix, uri) in self.settings.namespaces.iter().filter(|(it, _)| is_name(it)) {
            let key = format!("xmlns:{prefix}");
            if !NAMESPACES.iter().any(|(known, _)| *known == key) {
                document.attribute(&key, uri);
            }
        }
    }

    fn write_model(
        &self,
        document: &mut Document,
        resolver: Resolver<'_>,
        entities_version: Option<&str>,
        report: &mut Report,
    ) {
        let language = &self.settings.default_language;
        document.open_lines("model");
        document.attribute("odk:xforms-version", "1.0.0");
        entities_version.into_iter().for_each(|it| document.attribute("entities:entities-version", it));
        if !self.settings.submission.is_empty() {
            document.open("submission");
            self.settings.submission.iter().for_each(|(key, value)| document.attribute(key, value));
            document.close();
        }
        Texts::collect(self.tree, self.lists, language).write(document, resolver, language);
        document.open("instance");
        model::primary_instance(self.tree, resolver, self.settings, document);
        document.close();
        model::secondary_instances(self.tree, self.lists, report, document);
        model::binds(self.tree, resolver, document);
        document.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the form of a survey and other sheets, written as lines of cells separated by `|`.
    fn xform(survey: &str, others: &[(&str, &str)]) -> String {
        let cells = |line: &str| line.split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>();
        let sheets = std::iter::once(("survey", survey)).chain(others.iter().copied()).map(|(name, text)| {
            let mut lines = text.lines().map(cells);
            Sheet { name: name.to_owned(), header: lines.next().unwrap(), rows: lines.collect() }
        });
        let conversion = convert_tables(&Workbook { sheets: sheets.collect() }, &Options::default());
        conversion.xform.unwrap_or_else(|| panic!("{:#?}", conversion.diagnostics))
    }

    /// Checks that each of `parts` stands in the form, whatever the indentation.
    fn check(survey: &str, others: &[(&str, &str)], parts: &[&str]) {
        let form: String = xform(survey, others).lines().map(str::trim).collect();
        for part in parts {
            assert!(form.contains(part), "{part} is not in {form}");
        }
    }

    #[test]
    fn a_repeat_has_a_template_and_relative_paths() {
        check(
            "type|name|label|relevant\ntext|top|T|\nbegin_repeat|r|R|\ntext|a|A|\ntext|b|B|${a} = ${top}\nend_repeat|||",
            &[],
            &[
                r#"<r jr:template=""><a/><b/></r><r><a/><b/></r>"#,
                r#"<bind nodeset="/data/r/b" type="string" relevant=" ../a  =  /data/top "/>"#,
                r#"<group ref="/data/r"><label>R</label><repeat nodeset="/data/r">"#,
            ],
        );
    }

    #[test]
    fn defaults_that_calculate_are_set_when_a_form_or_repeat_opens() {
        check(
            "type|name|label|default\nbegin_repeat|r|R|\ndate|d|D|today()\ntext|t|T|plain\nend_repeat|||",
            &[],
            &[
                r#"<setvalue ref="/data/r/d" event="odk-instance-first-load" value="today()"/>"#,
                r#"<setvalue ref="/data/r/d" event="odk-new-repeat" value="today()"/></repeat>"#,
                "<d/><t>plain</t>",
            ],
        );
    }

    #[test]
    fn a_trigger_sets_another_question() {
        check(
            "type|name|label|calculation|trigger\ntext|a|A||\ncalculate|b||${a}|${a}",
            &[],
            &[
                r#"<bind nodeset="/data/b" type="string"/>"#,
                r#"<setvalue ref="/data/b" event="xforms-value-changed" value=" /data/a "/></input>"#,
            ],
        );
    }

    #[test]
    fn every_language_has_every_text() {
        check(
            "type|name|label::中文 (zh)|label::English (en)|hint::中文 (zh)\ntext|a|甲|A|提示",
            &[("settings", "default_language\n中文 (zh)")],
            &[
                r#"<translation lang="中文 (zh)" default="true()"><text id="/data/a:label"><value>甲</value>"#,
                r#"<translation lang="English (en)"><text id="/data/a:label"><value>A</value></text>"#,
                r#"<text id="/data/a:hint"><value>-</value></text></translation></itext>"#,
            ],
        );
    }

    #[test]
    fn choices_come_from_the_form_from_files_and_from_answers() {
        let choices = [("choices", "list_name|name|label|grid\nl|1|One|G01")];
        check(
            "type|name|label|choice_filter\ntext|g|G|\nselect_one l or_other|a|A|\nselect_multiple l|b|B|grid = ${g}\n\
             select_one_from_file residents.csv|c|C|",
            &choices,
            &[
                "<item><name>1</name><label>One</label><grid>G01</grid></item>",
                "<item><name>other</name><label>Other</label></item>",
                r#"<itemset nodeset="instance('l')/root/item[grid =  /data/g ]">"#,
                r#"<bind nodeset="/data/a_other" type="string" relevant="selected(../a, 'other')"/>"#,
                r#"<instance id="residents" src="jr://file-csv/residents.csv"/>"#,
            ],
        );
    }

    #[test]
    fn an_entity_stands_beside_what_it_saves() {
        check(
            "type|name|label|save_to\nbegin_repeat|r|R|\ntext|p|P|residents#phone\nend_repeat|||",
            &[("entities", "list_name|label\nresidents|${p}")],
            &[
                r#"<meta><entity dataset="residents" create="1" id=""><label/></entity></meta></r>"#,
                r#"entities:entities-version="2025.1.0""#,
                r#"<bind nodeset="/data/r/p" type="string" entities:saveto="phone"/>"#,
                r#"<setvalue ref="/data/r/meta/entity/@id" event="odk-new-repeat" value="uuid()"/>"#,
                r#"<bind nodeset="/data/r/meta/entity/label" calculate=" ../../../p " readonly="true()" type="string"/>"#,
            ],
        );
    }

    #[test]
    fn parameters_become_attributes() {
        check(
            "type|name|label|parameters\nimage|i|I|max-pixels=1280\nrange|n|N|end=2 step=0.5\n\
             geopoint|g|G|capture-accuracy=5 warning-accuracy=20\nbegin_group|k|%|\nnote|o|${n} < 2|\nend_group|||",
            &[],
            &[
                r#"orx:max-pixels="1280""#,
                r#"<bind nodeset="/data/n" type="decimal"/>"#,
                r#"accuracyThreshold="5" unacceptableAccuracyThreshold="20""#,
                r#"<label><output value=" /data/n "/> &lt; 2 </label>"#,
            ],
        );
    }
}
