//! Task types as data: who does them, by when, and what each outcome leads to.
//!
//! A [`TaskTypes`] is what the server works by: the current pack's tables, read once and never changed. The tables
//! themselves, and everything that is checked about them, are [`crate::pack`]'s.

use std::collections::BTreeMap;

use super::account::Role;
use super::calendar::WorkingCalendar;
use super::due::Due;

/// Every task type of a pack, with the lists, roles and days they are told in.
#[derive(Debug, Clone, Default)]
pub struct TaskTypes {
    types: BTreeMap<String, TaskType>,
    lists: Vec<String>,
    /// Accounts that hold each role of the pack.
    holders: BTreeMap<String, Vec<Role>>,
    calendar: WorkingCalendar,
}

/// One kind of work.
#[derive(Debug, Clone)]
pub struct TaskType {
    /// E.g. `certify.doorstep`.
    pub id: String,
    /// What people call it.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Form to fill in.
    pub form: String,
    /// List of the subjects.
    pub subject: String,
    /// Until when.
    pub due: Option<Due>,
    /// Roles that do it.
    pub who: Vec<String>,
    /// How many days files of its visits are kept; for good where it is absent.
    pub keep_days: Option<i64>,
    /// What each value of the answer `outcome` leads to; `*` for any other.
    pub outcomes: BTreeMap<String, Rule>,
}

/// What one outcome leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where the task goes.
    pub state: OutcomeState,
    /// Type of the task that follows.
    pub then: Option<String>,
    /// Until when that one is due.
    pub due: Option<Due>,
    /// Most visits in a row; after that a person decides.
    pub max: Option<i64>,
}

/// Where a submission can lead a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeState {
    /// Waits for a review.
    Submitted,
    /// Needs none.
    Closed,
    /// Goes on: more is to come.
    Open,
    /// Somebody is at it.
    Started,
}

impl OutcomeState {
    /// Every one of them.
    pub const ALL: [OutcomeState; 4] =
        [OutcomeState::Submitted, OutcomeState::Closed, OutcomeState::Open, OutcomeState::Started];

    /// Returns the name in packs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            OutcomeState::Submitted => "submitted",
            OutcomeState::Closed => "closed",
            OutcomeState::Open => "open",
            OutcomeState::Started => "started",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<OutcomeState> {
        OutcomeState::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl TaskTypes {
    /// Puts together what the server works by.
    pub fn new(
        types: impl IntoIterator<Item = TaskType>,
        lists: Vec<String>,
        holders: BTreeMap<String, Vec<Role>>,
        calendar: WorkingCalendar,
    ) -> TaskTypes {
        let types = types.into_iter().map(|it| (it.id.clone(), it)).collect();
        TaskTypes { types, lists, holders, calendar }
    }

    /// Returns the registers that forms can read.
    #[must_use]
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// Returns the working days.
    #[must_use]
    pub fn calendar(&self) -> &WorkingCalendar {
        &self.calendar
    }

    /// Returns every type, by id.
    pub fn all(&self) -> impl Iterator<Item = &TaskType> {
        self.types.values()
    }

    /// Returns a type by id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&TaskType> {
        self.types.get(id)
    }

    /// Returns the types that accounts of a role do, by id.
    pub fn of_account(&self, role: Role) -> impl Iterator<Item = &TaskType> {
        let holds = move |who: &String| self.holders.get(who).is_some_and(|it| it.contains(&role));
        self.types.values().filter(move |it| it.who.iter().any(holds))
    }

    /// Returns the types that use a form, by id.
    pub fn of_form<'a>(&'a self, form_id: &'a str) -> impl Iterator<Item = &'a TaskType> {
        self.types.values().filter(move |it| it.form == form_id)
    }
}

impl TaskType {
    /// Returns what an outcome leads to; without a rule of its own, a review.
    #[must_use]
    pub fn rule(&self, outcome: &str) -> Rule {
        let found = self.outcomes.get(outcome).or_else(|| self.outcomes.get("*")).cloned();
        found.unwrap_or(Rule { state: OutcomeState::Submitted, then: None, due: None, max: None })
    }
}
