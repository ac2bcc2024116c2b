//! A workbook as its author and the desk need it: converted, looked over as a colleague would, and compiled, with
//! everything there is to say about it at the cell it is about.

use std::collections::BTreeMap;

use super::amend::{Renamed, amend};
use super::convert::{Reading, read, report_on};
use super::places::Places;
use super::report::{Cell, Report};
use super::sheets::{self, Opened};
use super::tree::Id;
use super::{Options, Workbook, advice, codes, itemsets, nearest};
use crate::{Code, Diagnostic, Form, Place, Severity};

const CYCLE: &str = Code::FormCycle.as_str();
const EXPRESSION: &str = Code::FormExpression.as_str();
const UNKNOWN_FUNCTION: &str = Code::FormUnknownFunction.as_str();
const UNKNOWN_LIST: &str = Code::FormUnknownList.as_str();
const UNKNOWN_NODE: &str = Code::FormUnknownNode.as_str();

/// A workbook that was checked.
#[derive(Debug)]
pub struct Checked {
    /// The XForm; absent where a diagnostic is an error.
    pub xform: Option<String>,
    /// `itemsets.csv`, which goes beside the form of a workbook with external choices.
    pub itemsets: Option<String>,
    /// The form compiled from it, absent as the XForm is.
    pub form: Option<Form>,
    /// Errors and warnings, all at once, in sheet, row and column order.
    pub diagnostics: Vec<Diagnostic>,
    /// The cells that name external lists, by instance id.
    list_places: BTreeMap<String, Place>,
}

impl Checked {
    /// Returns what can be said of a file that is no workbook.
    pub(super) fn unreadable(problem: Diagnostic) -> Self {
        Self {
            xform: None,
            itemsets: None,
            form: None,
            diagnostics: vec![problem],
            list_places: BTreeMap::new(),
        }
    }

    /// Returns where the workbook names an external list that the form reads; the form as a whole where no cell does.
    #[must_use]
    pub fn place_of_list(&self, id: &str) -> Place {
        self.list_places.get(id).cloned().unwrap_or(Place::Form)
    }
}

/// Checks the bytes of a workbook. `file_stem` names a form that does not name itself.
#[must_use]
pub fn check(workbook: &[u8], file_stem: &str) -> Checked {
    match sheets::read(workbook) {
        Ok(opened) => {
            let options = Options { form_id: file_stem.to_owned(), ..Options::default() };
            check_opened(&opened, &options)
        }
        Err(unreadable) => Checked::unreadable(unreadable),
    }
}

/// Most times that a workbook is read again with its headings put right.
const MAX_ROUNDS: usize = 4;

/// Checks sheets that were read already.
#[must_use]
pub fn check_tables(workbook: &Workbook, options: &Options) -> Checked {
    check_opened(&Opened::of(workbook.clone()), options)
}

/// Checks sheets with what is to be said about how they are written.
pub(super) fn check_opened(opened: &Opened, options: &Options) -> Checked {
    let mut checked = check_once(opened, options, &[]);
    let mut headings: Vec<Diagnostic> = Vec::new();
    let mut amended = opened.clone();
    let mut renamed = Renamed::default();
    for _ in 0..MAX_ROUNDS {
        let found = amend(&mut amended.workbook, &checked.diagnostics, &mut renamed);
        if found.is_empty() {
            break;
        }
        headings.extend(found);
        checked = check_once(&amended, options, &headings);
    }
    let located = |it: &Place| opened.place(renamed.place(it.clone()));
    checked.diagnostics.iter_mut().for_each(|it| it.place = located(&it.place));
    checked.list_places.values_mut().for_each(|it| *it = located(it));
    checked
}

/// Checks a workbook of whose headings something is known already.
fn check_once(opened: &Opened, options: &Options, known: &[Diagnostic]) -> Checked {
    let mut report = report_on(opened);
    known.iter().for_each(|it| report.add(it.clone(), &Cell::of(&it.place)));
    let Some(reading) = read(&opened.workbook, options, &mut report) else {
        return Checked {
            xform: None,
            itemsets: None,
            form: None,
            diagnostics: report.finish(),
            list_places: BTreeMap::new(),
        };
    };
    let (written, drafted) = reading.write(&mut report);
    let drafted = drafted.filter(|_| opened.workbook.sheet(itemsets::SHEET).is_none());
    let xform = itemsets::within(written, &opened.workbook);
    advice::give(&reading, &mut report);
    let is_whole = !report.has_errors();
    let places = Places::of(&reading);
    let (form, mut problems) = match Form::compile_drafted(&xform, drafted) {
        Ok(form) => (Some(form), Vec::new()),
        Err(problems) => (None, problems),
    };
    problems.extend(form.iter().flat_map(|it| it.warnings().iter().cloned()));
    problems.retain(|it| is_whole || stands_alone(it));
    tell(&problems, &places, &reading, &mut report);
    let form = form.filter(|_| !report.has_errors());
    let list_places =
        form.iter().flat_map(Form::lists).map(|(id, _)| (id.to_owned(), places.cell_of_list(id).place()));
    Checked {
        list_places: list_places.collect(),
        itemsets: form.as_ref().and_then(|_| itemsets::write(&opened.workbook)),
        xform: form.is_some().then_some(xform),
        form,
        diagnostics: report.finish(),
    }
}

/// Returns whether a problem of a form that was written in spite of errors does not follow from them: references that
/// name nothing are left as they are, and no expression with one can be read.
fn stands_alone(problem: &Diagnostic) -> bool {
    let has_reference = problem.code == EXPRESSION && param(problem, "expression").contains("${");
    matches!(problem.place, Place::Node { .. }) && !has_reference
}

/// Adds what the engine says of the form, at the cells of the workbook.
fn tell(problems: &[Diagnostic], places: &Places<'_>, reading: &Reading, report: &mut Report) {
    for problem in problems {
        let at = match &problem.place {
            Place::Node { reference, attribute } => places.cell(reference, attribute),
            _ if problem.code == Code::FormPublicKey.as_str() => places.setting("public_key"),
            _ if problem.code == Code::FormSubmissionMethod.as_str() => places.setting("submission_url"),
            _ => Cell::default(),
        };
        // What stands in the cell was spoken of already.
        let is_told = match problem.severity {
            Severity::Error => report.has_error_at(&at),
            Severity::Warning => report.has_found_at(&at),
        };
        if at != Cell::default() && is_told {
            continue;
        }
        report.add(in_words_of_the_workbook(problem, places, reading), &at);
    }
}

/// Puts names of questions where the engine has paths.
fn in_words_of_the_workbook(problem: &Diagnostic, places: &Places<'_>, reading: &Reading) -> Diagnostic {
    match problem.code.as_str() {
        CYCLE => return cycle(problem, places, reading),
        UNKNOWN_NODE => return unknown_path(problem, reading),
        EXPRESSION => {
            let after = param(problem, "at").parse::<usize>().map_or(0, |it| it.saturating_sub(1));
            let rest: String = param(problem, "expression").chars().skip(after).collect();
            let (code, params) = advice::unreadable(param(problem, "expression"), &rest);
            return params
                .into_iter()
                .fold(same_severity(problem, code), |it, (name, value)| it.with(name, value));
        }
        UNKNOWN_LIST if param(problem, "list") == "__last-saved" => {
            return same_severity(problem, codes::LAST_SAVED_IN_TEXT);
        }
        UNKNOWN_LIST => {
            let list = param(problem, "list");
            if let Some(name) = nearest::nearest_name(list, reading.lists.names().collect::<Vec<_>>()) {
                let found = same_severity(problem, codes::MISSPELT_LIST);
                return found.with("list", list).with("nearest", name);
            }
        }
        UNKNOWN_FUNCTION if param(problem, "nearest").is_empty() => {
            let found = same_severity(problem, codes::UNKNOWN_FUNCTION);
            return found.with("function", param(problem, "function"));
        }
        _ => {}
    }
    problem.clone()
}

fn param<'a>(problem: &'a Diagnostic, name: &str) -> &'a str {
    problem.params.get(name).map_or("", String::as_str)
}

fn same_severity(problem: &Diagnostic, code: &str) -> Diagnostic {
    Diagnostic { severity: problem.severity, ..Diagnostic::error(code, Place::Form) }
}

/// A path that leads nowhere; a bare word is taken for one below the question itself.
fn unknown_path(problem: &Diagnostic, reading: &Reading) -> Diagnostic {
    let reference = param(problem, "reference");
    if let Place::Node { reference: own, .. } = &problem.place
        && let Some(word) = reference.strip_prefix(own.as_str()).and_then(|it| it.strip_prefix('/'))
        && !word.contains('/')
    {
        return same_severity(problem, codes::UNKNOWN_WORD).with("found", word);
    }
    let last = reference.rsplit('/').next().unwrap_or_default();
    let names = reading.tree.document_order().into_iter().map(|it| reading.tree[it].name.as_str());
    match nearest::nearest_name(last, names.collect::<Vec<_>>()) {
        Some(name) => {
            let found = same_severity(problem, codes::MISSPELT_PATH);
            found.with("reference", reference).with("nearest", name)
        }
        None => same_severity(problem, codes::UNKNOWN_PATH).with("reference", reference),
    }
}

/// A circle as names and rows, each name reading the next and the last one the first again.
fn cycle(problem: &Diagnostic, places: &Places<'_>, reading: &Reading) -> Diagnostic {
    let nodes: Vec<Id> = param(problem, "names").split(" → ").filter_map(|it| places.node(it)).collect();
    let tree = &reading.tree;
    let made = |code: &str| Diagnostic::error(code, Place::Form);
    if let [only] = nodes[..] {
        let inside = tree[only].bind("relevant").filter(|_| tree[only].is_section()).and_then(|it| {
            let is_inside = |name: &&str| {
                let mut below = tree.document_order().into_iter().filter(|it| tree[*it].name == **name);
                below.any(|it| tree.ancestors(it).any(|up| up == only))
            };
            super::expression::references(it).into_iter().map(|it| it.name).find(is_inside).map(str::to_owned)
        });
        let name = tree[only].name.as_str();
        return match inside {
            Some(inside) => made(codes::GROUP_NEEDS_INSIDE).with("name", name).with("other", inside),
            None => made(codes::SELF_REFERENCE).with("name", name),
        };
    }
    let names = nodes.iter().chain(nodes.first()).map(|it| tree[*it].name.as_str());
    let rows =
        nodes.iter().map(|it| places.row(*it).map_or_else(|| "–".to_owned(), |it| it.number.to_string()));
    made(codes::CYCLE)
        .with("names", names.collect::<Vec<_>>().join(" → "))
        .with("rows", rows.collect::<Vec<_>>().join(", "))
}
