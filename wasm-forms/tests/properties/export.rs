//! Stories that end in a submission, as `tests/src/replay.rs` reads them.

use serde_json::{Value, json};

use crate::run::{Case, compile, setting};
use crate::story::{MONDAY, Screen, Step, env};
use crate::xform;

/// How many stories are written.
const N_STORIES: usize = 50;
/// Forms that are drawn to find them.
const MAX_DRAWN: u64 = 2_000;

/// Writes stories where somebody asks for them; without that, sees that some can be told.
pub fn stories() {
    let seed = setting("PROPERTIES_SEED", 1);
    let asked = std::env::var_os("PROPERTIES_STORIES");
    let n = if asked.is_some() { N_STORIES } else { 5 };
    let stories: Vec<Value> = (0..MAX_DRAWN).filter_map(|it| story(&Case::draw(seed, it))).take(n).collect();
    assert_eq!(stories.len(), n, "too few drawn forms can be finished");
    match asked {
        Some(path) => {
            let text = serde_json::to_string_pretty(&stories).expect("stories are JSON");
            std::fs::write(path, text).expect("PROPERTIES_STORIES names a file that can be written");
        }
        None => println!("not written: PROPERTIES_STORIES names no file"),
    }
}

fn story(case: &Case) -> Option<Value> {
    let form = compile(&case.shape).ok()?;
    let mut screen = Screen::open(&form);
    let mut steps = Vec::new();
    for step in &case.steps {
        let told = match step {
            Step::Answer(reference, value) => {
                json!({ "do": "answer", "reference": reference, "value": value, "now_ms": MONDAY })
            }
            Step::Add(reference) => json!({ "do": "add", "reference": reference }),
            // Stories know no other step.
            Step::Remove(_) | Step::Language(_) => continue,
        };
        if screen.take(step) {
            steps.push(told);
        }
    }
    screen.session.finish(MONDAY).ok()?;
    let lists = json!({ "people": xform::PEOPLE });
    let env = serde_json::to_value(env()).ok()?;
    Some(json!({
        "form_id": form.id(), "xform": xform::write(&case.shape), "lists": lists, "env": env, "prefill": [],
        "steps": steps, "finish_ms": MONDAY, "tampering": [["</", " </"]],
    }))
}
