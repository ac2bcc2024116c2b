//! The sheet `outcomes`: what each value of a form's `outcome` leads to; `*` stands for every value without a row.

use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::table::{self, Row, Spec, offer};
use super::tasks::{DUES, SLAS, positive, read_cell};
use crate::domain::due::Due;
use crate::domain::limit::Limits;
use crate::domain::task::State;
use crate::domain::task_type::OutcomeState;

pub(super) const SPEC: Spec = Spec {
    sheet: "outcomes",
    is_required: true,
    required: &["task", "outcome", "state"],
    optional: &["then", "due", "sla", "max", "who", "label::zh", "label::en"],
};

/// What one outcome leads to, as its row tells it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The row.
    pub row: Row,
    /// Id of the task type.
    pub task: String,
    /// Value of the form's `outcome`, or `*`.
    pub value: String,
    /// Where the task goes; absent where the cell cannot be read.
    pub state: Option<OutcomeState>,
    /// Type of the task that follows; may be empty.
    pub then: String,
    /// Until when that one is due.
    pub due: Option<Due>,
    /// The limit for what happens next.
    pub limits: Limits,
    /// Most visits in a row.
    pub max: Option<i64>,
    /// Roles that do the following task, where it is not those of its type.
    pub who: Vec<String>,
}

/// Reads the sheet.
pub(super) fn read(workbook: &Workbook, problems: &mut Vec<Diagnostic>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for row in table::read(workbook, &SPEC, problems) {
        let outcome = outcome(row, problems);
        let same = |it: &&Outcome| it.task == outcome.task && it.value == outcome.value;
        match outcomes.iter().find(same).filter(|it| !it.value.is_empty()) {
            Some(first) => {
                let twice = outcome.row.error("pack.twice", "outcome");
                problems.push(twice.with("row", first.row.number.to_string()));
            }
            None => outcomes.push(outcome),
        }
    }
    outcomes
}

fn outcome(row: Row, problems: &mut Vec<Diagnostic>) -> Outcome {
    Outcome {
        task: row.get("task").to_owned(),
        value: row.get("outcome").to_owned(),
        state: state(&row, problems),
        then: row.get("then").to_owned(),
        due: read_cell(&row, "due", DUES, Due::parse, problems),
        limits: read_cell(&row, "sla", SLAS, Limits::parse, problems).unwrap_or_default(),
        max: read_cell(&row, "max", "3", positive, problems),
        who: row.words("who").map(str::to_owned).collect(),
        row,
    }
}

/// Reads where a submission leads: not every state of a task is one that a submission can bring about.
fn state(row: &Row, problems: &mut Vec<Diagnostic>) -> Option<OutcomeState> {
    let name = row.get("state");
    let state = OutcomeState::parse(name);
    if state.is_none() && !name.is_empty() {
        let names = OutcomeState::ALL.map(OutcomeState::as_str);
        let problem = match State::parse(name) {
            Some(_) => row.error("pack.state_not_by_outcome", "state").with("wanted", names.join(", ")),
            None => row.error("pack.unknown_state", "state").with("nearest", offer(name, names)),
        };
        problems.push(problem);
    }
    state
}
