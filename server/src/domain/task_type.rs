//! Task types as data: who does them, by when, and what each outcome leads to.
//!
//! A [`TaskTypes`] is what the server works by: the current pack's tables, read once and never changed. The tables
//! themselves, and everything that is checked about them, are [`crate::pack`]'s.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Role;
use super::cadence::Cadence;
use super::calendar::WorkingCalendar;
use super::due::{Due, Period};
use super::filter::Filter;
use super::limit::Limits;

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
#[derive(Debug, Clone, Default)]
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
    /// For which of them.
    pub filter: Option<Filter>,
    /// What makes such tasks: `schedule`, `outcome`, a way to ask, or a role.
    pub made_by: Vec<String>,
    /// How often.
    pub cadence: Vec<Cadence>,
    /// Until when.
    pub due: Option<Due>,
    /// How soon it has to be answered.
    pub limits: Limits,
    /// Roles that do it.
    pub who: Vec<String>,
    /// Property of the subject that names who must not do it.
    pub not_who: Option<String>,
    /// How many go together.
    pub pairs: i64,
    /// Roles that review it; empty for whoever decides at the desk.
    pub review: Vec<String>,
    /// How many in a hundred of the visits that need no review are reviewed all the same.
    pub sampled: u64,
    /// Questions that prove it; of several in one only one is needed.
    pub evidence: Vec<Vec<String>>,
    /// How many days files of its visits are kept; for good where it is absent.
    pub keep_days: Option<i64>,
    /// What each value of the answer `outcome` leads to; `*` for any other.
    pub outcomes: BTreeMap<String, Rule>,
}

/// What one outcome leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Where the task goes.
    pub state: OutcomeState,
    /// Type of the task that follows.
    pub then: Option<String>,
    /// Until when that one is due.
    pub due: Option<Due>,
    /// How soon what happens next has to happen.
    pub limits: Limits,
    /// Most visits in a row; after that a person decides.
    pub max: Option<i64>,
    /// Roles that do the task that follows, where it is not those of its type.
    pub who: Vec<String>,
}

/// Where a submission can lead a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutcomeState {
    /// Waits for a review.
    #[default]
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

    /// Returns the types that accounts of a role do, by id; those too that only some outcome gives to the role.
    pub fn of_account(&self, role: Role) -> impl Iterator<Item = &TaskType> {
        let given = self.given_to(role);
        self.types.values().filter(move |it| self.holds_one(role, &it.who) || given.contains(it.id.as_str()))
    }

    /// Returns whether accounts of a role hold one of the pack's roles.
    #[must_use]
    pub fn holds_one(&self, role: Role, names: &[String]) -> bool {
        names.iter().any(|it| self.holders.get(it).is_some_and(|it| it.contains(&role)))
    }

    /// Returns the sets of roles that outcomes give their following tasks to and one of which accounts of a role hold,
    /// each set as tasks keep it.
    #[must_use]
    pub fn sets_held(&self, role: Role) -> BTreeSet<String> {
        let rules = self.types.values().flat_map(|it| it.outcomes.values());
        let held = rules.filter(|it| self.holds_one(role, &it.who));
        held.map(|it| it.who.join(" ")).collect()
    }

    fn given_to(&self, role: Role) -> BTreeSet<&str> {
        let rules = self.types.values().flat_map(|it| it.outcomes.values());
        rules.filter(|it| self.holds_one(role, &it.who)).filter_map(|it| it.then.as_deref()).collect()
    }

    /// Returns the type that a visit without a task begins: one of the form's that people begin and accounts of the role
    /// do.
    #[must_use]
    pub fn begun_at_the_door(&self, form_id: &str, role: Role) -> Option<&TaskType> {
        let begins =
            |it: &&TaskType| it.made_by.iter().any(|way| !matches!(way.as_str(), "schedule" | "outcome"));
        self.types.values().filter(|it| it.form == form_id && self.holds_one(role, &it.who)).find(begins)
    }

    /// Returns the types whose tasks come round by themselves, by id.
    pub fn coming_round(&self) -> impl Iterator<Item = &TaskType> {
        self.types.values().filter(|it| it.is_scheduled() || it.comes_round())
    }

    /// Returns whether what changes in a list can make tasks come round.
    #[must_use]
    pub fn concerns(&self, list: &str) -> bool {
        self.coming_round().any(|it| it.subject == list || it.asks_of(list))
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
        found.unwrap_or_default()
    }

    /// Returns whether the schedule begins such tasks by itself.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.made_by.iter().any(|it| it == "schedule") && !self.cadence.is_empty()
    }

    /// Returns the periods of a type whose tasks come so long after something.
    #[must_use]
    pub fn after(&self) -> Option<&[Period]> {
        self.cadence.iter().find_map(|it| match it {
            Cadence::After { periods, .. } => Some(periods.as_slice()),
            _ => None,
        })
    }

    /// Returns whether the filter asks what rows of another list say about a row.
    #[must_use]
    pub fn asks_of(&self, list: &str) -> bool {
        let properties = self.filter.iter().flat_map(|it| &it.properties);
        list != self.subject && properties.filter_map(|(list, _)| list.as_deref()).any(|it| it == list)
    }

    /// Returns whether the schedule goes on with such tasks once somebody began.
    #[must_use]
    pub fn comes_round(&self) -> bool {
        self.cadence.iter().any(|it| matches!(it, Cadence::Every(_)))
    }
}
