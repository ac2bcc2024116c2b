//! Packs: a community's whole work as workbooks, read and checked as one.
//!
//! ```text
//! tasks.xlsx   sheets tasks, outcomes, roles, calendar, cards; states for people to read
//! forms/*.xlsx form workbooks (or beside tasks.xlsx)
//! lists/*      register lists, .csv or .xlsx: columns, and rows to begin with
//! texts/*.md   texts of cards and slips, named by the sheet cards
//! ```
//!
//! ```text
//! folder or zip ─files─▶ Files ─read─▶ Pack + diagnostics ─publish (domain::pack)─▶ forms, lists, the pack's tables
//!                                        └─task_types─▶ TaskTypes: what the server works by
//! ```
//!
//! `tasks.xlsx` is the one source of task types: the database keeps its tables as they were published ([`Tables`]), and
//! the server reads them again when it starts. Invariants: everything wrong is told at once, each with sheet, row and
//! column; nothing here touches a database or a clock; reading the same files gives the same diagnostics.

mod calendar;
mod cards;
mod changes;
mod check;
mod codes;
mod files;
mod lists;
mod outcomes;
mod outline;
mod roles;
mod table;
mod tables;
mod tasks;
#[cfg(test)]
mod tests;
mod workbook;

use std::collections::BTreeMap;

use rust_embed::Embed;
use wasm_forms::xlsform::Workbook;
use wasm_forms::{Diagnostic, Place, Severity};

pub use self::cards::Card;
pub use self::changes::{CellChange, RowChange, RowChangeKind, changes};
pub use self::codes::CODES;
pub use self::files::{Files, MAX_BYTES, MAX_FILES, TASKS};
pub use self::lists::RegisterList;
pub use self::outcomes::Outcome;
pub use self::outline::{Outline, Values, outline};
pub use self::roles::{Role, ToldState};
pub use self::table::Row;

pub use self::tables::Tables;
pub use self::tasks::Task;
pub use self::workbook::xlsx;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::form::{self, Conversion, FormError};
use crate::domain::task_type::{OutcomeState, Rule, TaskType, TaskTypes};

/// The pack that the program carries.
#[derive(Embed)]
#[folder = "packs/community"]
struct Community;

/// Returns the files of the community pack.
#[must_use]
pub fn community() -> Files {
    let file = |name: std::borrow::Cow<'static, str>| {
        let bytes = Community::get(&name)?.data.into_owned();
        Some((name.into_owned(), bytes))
    };
    Files::new(Community::iter().filter_map(file))
}

/// A pack that was read.
#[derive(Debug, Default)]
pub struct Pack {
    /// What of it the database keeps.
    pub tables: Tables,
    /// Kinds of work.
    pub tasks: Vec<Task>,
    /// What each outcome leads to.
    pub outcomes: Vec<Outcome>,
    /// Who does the work.
    pub roles: Vec<Role>,
    /// The life of a task, as people are told it.
    pub states: Vec<ToldState>,
    /// Working days.
    pub calendar: WorkingCalendar,
    /// Papers and messages.
    pub cards: Vec<Card>,
    /// Forms.
    pub forms: Vec<PackForm>,
    /// Form ids (file names, where a form has not got so far) of workbooks with mistakes.
    pub refused: Vec<String>,
    /// Register lists.
    pub lists: Vec<RegisterList>,
}

/// A form workbook of a pack.
#[derive(Debug, Clone)]
pub struct PackForm {
    /// Its file.
    pub file: String,
    /// The form.
    pub conversion: Conversion,
    /// What the checks ask of it.
    pub outline: Outline,
}

/// What is there besides the pack: on the server it is published to.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Forms by id.
    pub forms: BTreeMap<String, Outline>,
    /// Columns of each list by name.
    pub lists: BTreeMap<String, Vec<String>>,
    /// Texts of cards by file name.
    pub texts: BTreeMap<String, String>,
}

impl PackForm {
    /// Returns the workbook as a place.
    #[must_use]
    pub fn place(&self) -> Place {
        table::cell(&self.file, 0, "")
    }
}

impl Pack {
    /// Reads a pack and checks it as a whole. It can be published where no diagnostic is an error.
    #[must_use]
    pub fn read(files: &Files, known: &Known) -> (Pack, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let workbook = match files.get(TASKS).map(Workbook::read) {
            Some(Ok(workbook)) => workbook,
            Some(Err(problem)) => return (Pack::default(), vec![moved(problem, TASKS)]),
            None => {
                return (
                    Pack::default(),
                    vec![Diagnostic::error("pack.no_tasks", Place::Form).with("file", TASKS)],
                );
            }
        };
        table::warn_of_misspelt(&workbook, &tables::SHEETS, &mut problems);
        let lists = lists::read(files, &mut problems);
        let own = cards::texts(files);
        let texts = known.texts.iter().chain(&own).map(|(file, text)| (file.clone(), text.clone())).collect();
        let tables = Tables::new(&workbook, &lists, &texts);
        let mut pack = Pack { lists, ..Pack::from_tables(tables, &mut problems) };
        let named = cards::named(&pack.cards);
        pack.tables.texts.retain(|file, _| named.contains(file.as_str()));
        cards::warn_of_unused(&pack.cards, &own, &mut problems);
        pack.read_forms(files, known, &mut problems);
        check::check(&pack, known, &mut problems);
        (pack, in_order(problems))
    }

    /// Reads the tables that a database keeps. They were checked when they were published.
    #[must_use]
    pub fn from_tables(tables: Tables, problems: &mut Vec<Diagnostic>) -> Pack {
        let workbook = tables.workbook();
        Pack {
            tasks: tasks::read(&workbook, problems),
            outcomes: outcomes::read(&workbook, problems),
            roles: roles::read(&workbook, problems),
            states: roles::read_states(&workbook, problems),
            calendar: calendar::working(&calendar::read(&workbook, problems)),
            cards: cards::read(&workbook, &tables.texts, problems),
            lists: tables.lists(),
            tables,
            ..Pack::default()
        }
    }

    /// Checks tables that were published before against what there is now.
    #[must_use]
    pub fn check_again(&self, known: &Known) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        check::check(self, known, &mut problems);
        in_order(problems)
    }

    fn read_forms(&mut self, files: &Files, known: &Known, problems: &mut Vec<Diagnostic>) {
        let own = self.lists.iter().map(|it| it.name.clone());
        let registers: Vec<String> = known.lists.keys().cloned().chain(own).collect();
        let is_workbook = |name: &str| {
            name != TASKS
                && !name.starts_with("lists/")
                && [".xlsx", ".xlsm", ".xls"].iter().any(|it| name.ends_with(it))
        };
        for (file, bytes) in files.iter().filter(|(name, _)| is_workbook(name)) {
            let name = file.rsplit('/').next().unwrap_or(file);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            match form::convert(bytes, stem, &registers) {
                Ok(conversion) => {
                    problems.extend(conversion.diagnostics.iter().map(|it| moved(it.clone(), file)));
                    self.add_form(
                        PackForm { file: file.to_owned(), outline: outline(conversion.xform()), conversion },
                        problems,
                    );
                }
                Err(FormError::Refused(refused)) => {
                    self.refused.push(stem.to_owned());
                    problems.extend(refused.into_iter().map(|it| moved(it, file)));
                }
                Err(error) => {
                    self.refused.push(stem.to_owned());
                    let problem = Diagnostic::error("form.refused", table::cell(file, 0, ""));
                    problems.push(problem.with("problem", error.to_string()));
                }
            }
        }
    }

    fn add_form(&mut self, form: PackForm, problems: &mut Vec<Diagnostic>) {
        let id = &form.conversion.form_id;
        if let Some(other) = self.forms.iter().find(|it| it.conversion.form_id == *id) {
            let problem = Diagnostic::error("pack.form_twice", form.place()).with("form", id);
            problems.push(problem.with("other", &other.file));
            return;
        }
        self.forms.push(form);
    }

    /// Returns what the server works by. `lists` are its registers.
    #[must_use]
    pub fn task_types(&self, lists: Vec<String>) -> TaskTypes {
        let holders = self.roles.iter().map(|it| (it.name.clone(), it.accounts.clone())).collect();
        TaskTypes::new(self.tasks.iter().map(|it| self.task_type(it)), lists, holders, self.calendar.clone())
    }

    fn task_type(&self, task: &Task) -> TaskType {
        let (zh, en) = (task.row.get("label::zh"), task.row.get("label::en"));
        let outcomes = self.outcomes.iter().filter(|it| it.task == task.id);
        TaskType {
            id: task.id.clone(),
            zh: zh.to_owned(),
            en: if en.is_empty() { zh } else { en }.to_owned(),
            form: task.row.get("form").to_owned(),
            subject: task.row.get("subject").to_owned(),
            filter: task.filter.clone(),
            made_by: task.made_by.iter().map(|(way, _)| way.clone()).collect(),
            cadence: task.cadence.clone(),
            due: task.due.clone(),
            limits: task.limits.clone(),
            who: task.who.clone(),
            not_who: task.not_who.as_ref().map(|(_, property)| property.clone()),
            pairs: task.pairs,
            review: task.review.clone(),
            sampled: task.sampled,
            evidence: task.evidence.clone(),
            keep_days: task.keep_days,
            outcomes: outcomes.map(|it| (it.value.clone(), rule(it))).collect(),
        }
    }
}

fn rule(outcome: &Outcome) -> Rule {
    Rule {
        state: outcome.state.unwrap_or(OutcomeState::Submitted),
        then: Some(outcome.then.clone()).filter(|it| !it.is_empty()),
        due: outcome.due.clone(),
        limits: outcome.limits.clone(),
        max: outcome.max,
        who: outcome.who.clone(),
    }
}

/// Returns whether a pack with these diagnostics can be published.
#[must_use]
pub fn is_sound(diagnostics: &[Diagnostic]) -> bool {
    !diagnostics.iter().any(|it| it.severity == Severity::Error)
}

/// Returns a diagnostic about a workbook as one about that file of the pack: `forms/inspection.xlsx › survey`.
pub(crate) fn moved(problem: Diagnostic, file: &str) -> Diagnostic {
    let place = match problem.place {
        Place::Cell { sheet, row, column } => {
            Place::Cell { sheet: format!("{file} › {sheet}"), row, column }
        }
        Place::Form => table::cell(file, 0, ""),
        Place::Node { reference, attribute } => {
            table::cell(&format!("{file} › {reference} {attribute}"), 0, "")
        }
    };
    Diagnostic { place, ..problem }
}

/// Sorts diagnostics by sheet, row and column, each once.
fn in_order(mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    use tables::SHEETS;
    problems.sort_by_cached_key(|it| match &it.place {
        Place::Cell { sheet, row, column } => {
            let at = SHEETS.iter().position(|known| known == sheet).map_or(1 + SHEETS.len(), |it| 1 + it);
            (at, sheet.clone(), *row, column.len(), column.clone(), it.clone())
        }
        _ => (0, String::new(), 0, 0, String::new(), it.clone()),
    });
    problems.dedup();
    problems
}
