//! Reads submissions with their forms and lists, one JSON array on standard input, and writes what the server's check
//! finds in each, as one JSON array of arrays.

use std::io::Read as _;

use anyhow::Result;
use doorstep_tests::replay::Story;
use serde::Deserialize;
use wasm_forms::{Env, check};

/// A finished visit: what was told of it, and what came out.
#[derive(Debug, Deserialize)]
struct Visit {
    story: Story,
    xml: String,
}

fn main() -> Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let visits: Vec<Visit> = serde_json::from_str(&text)?;
    let mut found = Vec::new();
    for Visit { story, xml } in visits {
        let (form, lists) = story.open();
        // A server days later and elsewhere.
        let elsewhere = Env { now_ms: story.env.now_ms + 3 * 86_400_000, offset_min: 0, ..Env::default() };
        let checked = check(&xml, &form, &lists, &elsewhere);
        found.push(match checked {
            Ok(checked) => serde_json::to_value(checked.findings)?,
            Err(refused) => serde_json::json!([refused]),
        });
    }
    println!("{}", serde_json::Value::from(found));
    Ok(())
}
