//! The sheets `roles` and `states`: who does the work, and the life of a task as people are told it.

use std::collections::BTreeSet;

use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::table::{self, Row, Spec, offer};
use crate::domain::account;
use crate::domain::task::State;

pub(super) const ROLES: Spec = Spec {
    sheet: "roles",
    is_required: true,
    required: &["role", "label::zh"],
    optional: &["label::en", "held_by"],
};
const STATES: Spec = Spec {
    sheet: "states",
    is_required: false,
    required: &["state", "label::zh"],
    optional: &["label::en", "next"],
};

/// In `held_by`: people without an account, who get a link of one row.
const LINK: &str = "link";

/// Somebody who does work.
#[derive(Debug, Clone)]
pub struct Role {
    /// The row.
    pub row: Row,
    /// Name in the pack.
    pub name: String,
    /// Accounts that hold it.
    pub accounts: Vec<account::Role>,
}

/// A state as the pack tells it to people.
#[derive(Debug, Clone)]
pub struct ToldState {
    /// The row.
    pub row: Row,
    /// The state; absent where there is no such one.
    pub state: Option<State>,
    /// What may come next.
    pub next: Vec<State>,
}

/// Reads the sheet of roles.
pub(super) fn read(workbook: &Workbook, problems: &mut Vec<Diagnostic>) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for row in table::read(workbook, &ROLES, problems) {
        let name = row.get("role").to_owned();
        let mut accounts = Vec::new();
        for word in row.words("held_by").filter(|it| *it != LINK) {
            match account::Role::parse(word) {
                Some(role) => accounts.push(role),
                None => {
                    let known = account::Role::ALL.map(account::Role::as_str).into_iter().chain([LINK]);
                    let problem =
                        Diagnostic::error("pack.unknown_word", row.at("held_by")).with("found", word);
                    problems.push(problem.with("column", "held_by").with("nearest", offer(word, known)));
                }
            }
        }
        match roles.iter().find(|it| it.name == name && !name.is_empty()) {
            Some(first) => {
                problems.push(row.error("pack.twice", "role").with("row", first.row.number.to_string()));
            }
            None => roles.push(Role { row, name, accounts }),
        }
    }
    roles
}

/// Reads the sheet of states and holds it against the one machine there is: it may leave nothing out and add nothing, and
/// every state must be reached from the first.
pub(super) fn read_states(workbook: &Workbook, problems: &mut Vec<Diagnostic>) -> Vec<ToldState> {
    let rows = table::read(workbook, &STATES, problems);
    let states: Vec<ToldState> = rows.into_iter().map(|row| told(row, problems)).collect();
    let mut reached: BTreeSet<&str> =
        states.iter().take(1).filter_map(|it| it.state).map(State::as_str).collect();
    for _ in 0..states.len() {
        let known = states.iter().filter(|it| it.state.is_some_and(|it| reached.contains(it.as_str())));
        let next: Vec<&str> = known.flat_map(|it| &it.next).map(|it| it.as_str()).collect();
        reached.extend(next);
    }
    for it in states.iter().filter(|it| it.state.is_some_and(|it| !reached.contains(it.as_str()))) {
        problems.push(it.row.error("pack.unreachable_state", "state"));
    }
    states
}

fn told(row: Row, problems: &mut Vec<Diagnostic>) -> ToldState {
    let read = |column: &str, name: &str, problems: &mut Vec<Diagnostic>| {
        let state = State::parse(name);
        if state.is_none() && !name.is_empty() {
            let problem = Diagnostic::error("pack.unknown_state", row.at(column)).with("found", name);
            problems.push(problem.with("nearest", offer(name, State::ALL.map(State::as_str))));
        }
        state
    };
    let state = read("state", row.get("state"), problems);
    let names: Vec<String> = row.words("next").map(str::to_owned).collect();
    let next: Vec<State> = names.iter().filter_map(|it| read("next", it, problems)).collect();
    if let Some(state) = state {
        for extra in next.iter().filter(|it| !state.may_become(**it)) {
            let problem = Diagnostic::error("pack.unknown_transition", row.at("next"));
            problems.push(problem.with("found", extra.as_str()).with("state", state.as_str()));
        }
        let left_out = State::ALL.into_iter().filter(|it| state.may_become(*it) && !next.contains(it));
        let left_out: Vec<&str> = left_out.map(State::as_str).collect();
        if !left_out.is_empty() {
            let problem = Diagnostic::warning("pack.left_out_transition", row.at("next"));
            problems.push(problem.with("missing", left_out.join(", ")).with("state", state.as_str()));
        }
    }
    ToldState { row, state, next }
}

impl Role {
    /// Tells a role that nobody can hold, or that no task names.
    pub(super) fn check(&self, used: &BTreeSet<&str>, problems: &mut Vec<Diagnostic>) {
        let is_used = used.contains(self.name.as_str());
        if self.row.get("held_by").is_empty() && is_used {
            problems.push(self.row.error("pack.empty_role", "held_by").with("role", &self.name));
        }
        if !is_used && !self.name.is_empty() {
            problems.push(self.row.warning("pack.unused_role", "role"));
        }
    }
}
