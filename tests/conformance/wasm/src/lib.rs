//! The conformance runner's calls as Node sees them: text in, text out.

use doorstep_conformance::Case;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs a case and returns its outcome, both as JSON.
#[wasm_bindgen]
pub fn run(case: &str) -> Result<String, String> {
    let case: Case = serde_json::from_str(case).map_err(|error| error.to_string())?;
    serde_json::to_string(&case.run()).map_err(|error| error.to_string())
}
