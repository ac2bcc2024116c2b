//! What holds for every form and every way of filling it in, on forms and stories drawn by chance:
//!
//! - an answer leaves the same state as evaluating everything from nothing;
//! - a draft taken up writes the same draft;
//! - a session saved at any point and restored goes on as if it had not been;
//! - what `finish` accepts, `check` finds nothing in;
//! - the diffs add up to the view.
//!
//! A failure is made smaller (steps left out, questions left out, rules left out) and printed as form and story. A run
//! is short by default; for a long one, or for the case that failed:
//!
//! ```text
//! PROPERTIES_CASES=20000 PROPERTIES_SEED=7 cargo test -p wasm-forms --release --test properties -- --nocapture
//! PROPERTIES_FIRST=1234 PROPERTIES_CASES=1 cargo test -p wasm-forms --test properties
//! ```
//!
//! `PROPERTIES_FOLDER=folder` writes the cases down, to be told again in WebAssembly: `cargo xtask conformance agreement`.
#![cfg(not(target_family = "wasm"))]

mod cases;
#[path = "../support/chance.rs"]
mod chance;
mod draw;
mod export;
mod laws;
mod run;
mod shape;
mod shrink;
mod story;
mod xform;

#[test]
fn everything_from_nothing_comes_to_the_same() {
    run::holds("recompute", laws::recompute);
}

#[test]
fn a_draft_is_the_same_after_it_is_taken_up() {
    run::holds("draft", laws::draft);
}

#[test]
fn a_restored_session_goes_on_as_if_nothing_had_been() {
    run::holds("restore", laws::restore);
}

#[test]
fn what_is_finished_is_found_right() {
    run::holds("check", laws::finished);
}

#[test]
fn diffs_add_up_to_the_view() {
    run::holds("diff", laws::diffs);
}

#[test]
fn cases_can_be_told_elsewhere() {
    export::cases();
}
