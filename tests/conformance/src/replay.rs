//! A form and what was done with it, told once more: everything the engine says on the way, so that native and
//! WebAssembly can be compared byte by byte. `wasm-forms/tests/properties` writes such cases.
//!
//! A step at a node that is not there is refused by the engine, which is one of the things it says.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wasm_forms::{Env, Form, Lists, Session, Table, check};

use crate::{Outcome, Score};

#[derive(Debug, Deserialize)]
struct Told {
    xform: String,
    /// CSV by instance id.
    lists: BTreeMap<String, String>,
    env: Env,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Step {
    Answer { reference: String, value: String },
    Add { reference: String },
    Remove { reference: String },
    Language { name: String },
}

pub(crate) fn outcome(text: &str) -> Outcome {
    let mut outcome = Outcome::default();
    match tell(text) {
        Ok(said) => {
            outcome.judge(Score::Check, true, "story", "", "");
            outcome.said = said;
        }
        Err(problem) => outcome.judge(Score::Check, false, "story", "a story", &problem),
    }
    outcome
}

fn tell(text: &str) -> Result<Vec<String>, String> {
    let told: Told = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let form = Arc::new(Form::compile(&told.xform).map_err(|problems| json(&problems))?);
    let mut lists = Lists::new();
    for (id, csv) in &told.lists {
        lists.insert(id.clone(), Arc::new(Table::from_csv(csv).map_err(|error| error.problem)?));
    }
    let lists = Arc::new(lists);
    let mut session = Session::open(&form, &lists, told.env.clone(), &[]);
    let mut said = vec![json(&form.warnings()), json(&session.view())];
    for step in &told.steps {
        said.push(take(&mut session, step, told.env.now_ms));
    }
    said.push(session.draft());
    said.push(json(&session.view()));
    said.push(session.submission());
    said.push(session.n_evaluated().to_string());
    match session.finish(told.env.now_ms) {
        Ok(finished) => {
            said.push(json(&finished));
            let checked = check(&finished.xml, &form, &lists, &told.env);
            said.push(checked.map_or_else(|problem| json(&problem), |it| json(&it)));
        }
        Err(missing) => said.push(json(&missing)),
    }
    Ok(said)
}

fn take(session: &mut Session, step: &Step, now_ms: i64) -> String {
    let diff = match step {
        Step::Language { name } => Ok(session.set_language(name)),
        Step::Answer { reference, value } => {
            let id = session.find(reference).unwrap_or(u32::MAX);
            session.answer(id, value, now_ms)
        }
        Step::Add { reference } => {
            let id = session.find(reference).unwrap_or(u32::MAX);
            session.add_instance(id, now_ms)
        }
        Step::Remove { reference } => {
            let id = session.find(reference).unwrap_or(u32::MAX);
            session.remove_instance(id, now_ms)
        }
    };
    diff.map_or_else(|error| error.to_string(), |it| json(&it))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}
