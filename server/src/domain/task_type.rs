//! Task types as data: who does them, by when, and what each outcome leads to. Read from a pack's `task_types.toml`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::calendar;

/// Every task type of a pack, by id.
#[derive(Debug, Clone)]
pub struct TaskTypes {
    types: BTreeMap<String, TaskType>,
    lists: Vec<String>,
}

/// One kind of work.
#[derive(Debug, Clone, Deserialize)]
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
    /// Until when, in the file's notation.
    #[serde(default)]
    pub due: String,
    /// Roles that do it.
    #[serde(default)]
    pub who: Vec<String>,
    /// What each value of the answer `outcome` leads to; `*` for any other.
    #[serde(default)]
    outcome: BTreeMap<String, Rule>,
}

/// What one outcome leads to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// `submitted` waits for a review, `closed` does not, `open` goes on.
    pub state: String,
    /// Type of the task that follows.
    #[serde(default)]
    pub then: Option<String>,
    /// Until when that one is due.
    #[serde(default)]
    pub due: Option<String>,
    /// Most visits in a row; after that a person decides.
    #[serde(default)]
    pub max: Option<i64>,
}

/// Until when a task is due, read from the file's notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// `cycle`: when the new cycle ends.
    Cycle,
    /// `field:next_visit`: the day that was answered there.
    Field(String),
    /// `P3D`, `PT2H` (the same day).
    Days(i64),
    /// `P1M`, `P1Y`.
    Months(i64),
    /// `20wd`, `20wd from death_date`.
    WorkingDays(i64, Option<String>),
    /// `residents.cert_due - P10D`: a property of the subject, less some days.
    Property(String, i64),
}

/// Why a `task_types.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("task types: {0}")]
pub struct TaskTypeError(String);

#[derive(Deserialize)]
struct File {
    lists: Registers,
    task: Vec<TaskType>,
}

#[derive(Deserialize)]
struct Registers {
    lists: Vec<String>,
}

impl TaskTypes {
    /// Reads the file and checks every rule of it.
    pub fn parse(text: &str) -> Result<TaskTypes, TaskTypeError> {
        let file: File = toml::from_str(text).map_err(|error| TaskTypeError(error.to_string()))?;
        let types: BTreeMap<_, _> = file.task.into_iter().map(|it| (it.id.clone(), it)).collect();
        for it in types.values() {
            for (outcome, rule) in &it.outcome {
                let fault = |problem: &str| TaskTypeError(format!("{} outcome {outcome}: {problem}", it.id));
                if !matches!(rule.state.as_str(), "submitted" | "closed" | "open" | "started") {
                    return Err(fault("unknown state"));
                }
                if rule.then.as_ref().is_some_and(|then| !types.contains_key(then)) {
                    return Err(fault("unknown task type"));
                }
                if rule.due.as_ref().is_some_and(|due| Due::parse(due).is_none()) {
                    return Err(fault("unreadable due"));
                }
            }
        }
        Ok(TaskTypes { types, lists: file.lists.lists })
    }

    /// Returns the registers that forms can read.
    #[must_use]
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// Returns a type by id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&TaskType> {
        self.types.get(id)
    }

    /// Returns the types that somebody with one of these roles does, by id.
    pub fn of_roles<'a>(&'a self, roles: &'a [&str]) -> impl Iterator<Item = &'a TaskType> {
        self.types.values().filter(|it| it.who.iter().any(|who| roles.contains(&who.as_str())))
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
        let found = self.outcome.get(outcome).or_else(|| self.outcome.get("*")).cloned();
        found.unwrap_or_else(|| Rule { state: "submitted".to_owned(), then: None, due: None, max: None })
    }
}

impl Due {
    /// Reads the file's notation.
    #[must_use]
    pub fn parse(text: &str) -> Option<Due> {
        let text = text.trim();
        if text == "cycle" {
            return Some(Due::Cycle);
        }
        if let Some(field) = text.strip_prefix("field:") {
            return Some(Due::Field(field.to_owned()));
        }
        if let Some((number, rest)) = text.split_once("wd") {
            let from = rest.trim().strip_prefix("from ").map(str::to_owned);
            return Some(Due::WorkingDays(number.parse().ok()?, from));
        }
        if let Some(period) = text.strip_prefix('P') {
            return period_due(period);
        }
        let (property, less) = text.split_once(" - ").unwrap_or((text, "P0D"));
        let (_, property) = property.split_once('.')?;
        let Some(Due::Days(days)) = Due::parse(less) else { return None };
        Some(Due::Property(property.trim().to_owned(), days))
    }

    /// Returns the day, given the day of the visit and what was answered or registered; today where that is empty.
    pub fn day(&self, today: Date, value_of: impl Fn(&str) -> Option<String>) -> Date {
        let named = |name: &str| value_of(name).and_then(|it| calendar::parse(it.get(..10)?));
        match self {
            Due::Cycle => {
                named("cert_due").or_else(|| named("next_due")).unwrap_or(calendar::plus_months(today, 12))
            }
            Due::Field(name) => named(name).unwrap_or(calendar::plus_days(today, 7)),
            Due::Days(days) => calendar::plus_days(today, *days),
            Due::Months(months) => calendar::plus_months(today, *months),
            Due::WorkingDays(days, from) => {
                calendar::plus_working_days(from.as_deref().and_then(named).unwrap_or(today), *days)
            }
            Due::Property(name, less) => named(name).map_or(today, |day| calendar::plus_days(day, -less)),
        }
    }
}

fn period_due(period: &str) -> Option<Due> {
    if let Some(hours) = period.strip_prefix('T') {
        return hours.strip_suffix('H')?.parse::<i64>().ok().map(|it| Due::Days(it / 24));
    }
    let (number, unit) = period.split_at(period.len().checked_sub(1)?);
    let number: i64 = number.parse().ok()?;
    match unit {
        "D" => Some(Due::Days(number)),
        "M" => Some(Due::Months(number)),
        "Y" => Some(Due::Months(number * 12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_notation_of_due() {
        let check = |text: &str, expected: &str| {
            let today = calendar::parse("2026-11-20").expect("a day");
            let values = |name: &str| match name {
                "next_visit" => Some("2026-11-28".to_owned()),
                "death_date" => Some("2026-11-16".to_owned()),
                "cert_due" => Some("2027-11-20".to_owned()),
                _ => None,
            };
            let day = Due::parse(text)
                .map_or_else(|| "unreadable".to_owned(), |due| due.day(today, values).to_string());
            assert_eq!(day, expected, "{text}");
        };
        check("cycle", "2027-11-20");
        check("field:next_visit", "2026-11-28");
        check("P3D", "2026-11-23");
        check("PT2H", "2026-11-20");
        check("P1M", "2026-12-20");
        check("2wd", "2026-11-24");
        check("20wd from death_date", "2026-12-14");
        check("residents.cert_due - P10D", "2027-11-10");
        check("soon", "unreadable");
    }

    #[test]
    fn the_community_pack_is_sound() {
        let types = TaskTypes::parse(include_str!("../../packs/community/task_types.toml")).expect("sound");
        let doorstep = types.get("certify.doorstep").expect("there");
        assert_eq!(doorstep.rule("absent").max, Some(3));
        assert_eq!(doorstep.rule("certified").due.as_deref(), Some("cycle"));
        assert_eq!(doorstep.rule("never heard of").state, "submitted");
    }
}
