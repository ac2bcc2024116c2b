//! A visit as a story: what was answered, when. Told natively and in the browser it must end in the same bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wasm_forms::view::{Located, NodeId, ViewDiff};
use wasm_forms::{Checked, Env, Form, Lists, Session, Table, check};

/// One thing a person does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Answers the question of this reference at this clock.
    Answer { reference: String, value: String, now_ms: i64 },
    /// Adds an instance to a repeat.
    Add { reference: String },
}

/// A visit from beginning to end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Story {
    /// Form id, for people.
    pub form_id: String,
    /// The XForm itself.
    pub xform: String,
    /// Lists as CSV by instance id.
    pub lists: BTreeMap<String, String>,
    /// Clock, offset and chance at the beginning.
    pub env: Env,
    /// Values the visit starts with, by path.
    pub prefill: Vec<(String, String)>,
    /// What was done.
    pub steps: Vec<Step>,
    /// The clock when the visit was finished.
    pub finish_ms: i64,
    /// Replacements in the submission before it is checked, to make findings: from, to.
    pub tampering: Vec<(String, String)>,
}

/// How a story ends.
#[derive(Debug, Serialize)]
pub struct Ending {
    /// Rules broken before the last step was taken.
    pub violations: Vec<Located>,
    /// The submission.
    pub xml: String,
    /// The untouched submission as the server sees it.
    pub checked: Checked,
    /// The tampered submission as the server sees it.
    pub tampered: Checked,
}

impl Story {
    /// Returns the compiled form and its lists.
    #[must_use]
    pub fn open(&self) -> (Arc<Form>, Arc<Lists>) {
        let form =
            Form::compile(&self.xform).unwrap_or_else(|it| panic!("{} is refused: {it:?}", self.form_id));
        let table = |csv: &str| Arc::new(Table::from_csv(csv).expect("the pack's own list"));
        let lists = self.lists.iter().map(|(id, csv)| (id.clone(), table(csv))).collect();
        (Arc::new(form), Arc::new(lists))
    }

    /// Tells the story natively.
    #[must_use]
    pub fn tell(&self) -> Ending {
        let (form, lists) = self.open();
        let mut session = Session::open(&form, &lists, self.env.clone(), &self.prefill);
        let mut ids: BTreeMap<NodeId, String> = BTreeMap::new();
        ids.extend(session.view().nodes.into_iter().map(|it| (it.id, it.reference)));
        let mut violations = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            if index + 1 == self.steps.len() {
                violations = session.violations();
            }
            let id = |reference: &str| {
                *ids.iter().find(|(_, it)| *it == reference).expect("a node on the screen").0
            };
            let diff: ViewDiff = match step {
                Step::Answer { reference, value, now_ms } => session.answer(id(reference), value, *now_ms),
                Step::Add { reference } => session.add_instance(id(reference), self.env.now_ms),
            }
            .expect("the step was taken once");
            ids.retain(|id, _| !diff.removed.contains(id));
            ids.extend(diff.changed.into_iter().map(|it| (it.id, it.reference)));
        }
        let xml = session.finish(self.finish_ms).unwrap_or_else(|it| panic!("{}: {it:#?}", self.form_id)).xml;
        let tampered = self.tampering.iter().fold(xml.clone(), |xml, (from, to)| xml.replace(from, to));
        // Another clock and another offset than the visit's: the check must not care.
        let elsewhere = Env { now_ms: self.finish_ms + 3 * 86_400_000, offset_min: 0, ..Env::default() };
        let judge = |xml: &str| check(xml, &form, &lists, &elsewhere).expect("a submission of this form");
        Ending { violations, checked: judge(&xml), tampered: judge(&tampered), xml }
    }
}
