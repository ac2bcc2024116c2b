//! Forms drawn by chance and what was done with them, as `tests/conformance/src/replay.rs` reads them.

use serde_json::{Value, json};

use crate::run::{Case, setting};
use crate::story::{Step, env};
use crate::xform;

/// How many cases are written.
const N_CASES: u64 = 200;

/// Writes cases where somebody names a folder for them.
pub fn cases() {
    let Some(folder) = std::env::var_os("PROPERTIES_FOLDER").map(std::path::PathBuf::from) else {
        println!("not written: PROPERTIES_FOLDER names no folder");
        return;
    };
    std::fs::create_dir_all(&folder).expect("PROPERTIES_FOLDER names a folder that can be made");
    let seed = setting("PROPERTIES_SEED", 1);
    for number in 0..setting("PROPERTIES_CASES", N_CASES) {
        let text = told(&Case::draw(seed, number)).to_string();
        std::fs::write(folder.join(format!("{number:05}.json")), text).expect("the folder can be written to");
    }
}

fn told(case: &Case) -> Value {
    let step = |it: &Step| match it {
        Step::Answer(reference, value) => json!({ "do": "answer", "reference": reference, "value": value }),
        Step::Add(reference) => json!({ "do": "add", "reference": reference }),
        Step::Remove(reference) => json!({ "do": "remove", "reference": reference }),
        Step::Language(name) => json!({ "do": "language", "name": name }),
    };
    json!({
        "xform": xform::write(&case.shape), "lists": { "people": xform::PEOPLE },
        "env": env(), "steps": case.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
