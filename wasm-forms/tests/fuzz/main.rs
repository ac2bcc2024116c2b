//! No input makes the engine panic, overflow the stack, run for ever or eat the memory.
//!
//! Seeded mutations of forms, expressions, lists, documents and workbooks, each run on the stack that WebAssembly
//! has. A run is short by default; for a long one:
//!
//! ```text
//! FUZZ_ITERATIONS=100000 FUZZ_SEED=$RANDOM cargo test -p wasm-forms --release --test fuzz fuzzing -- --nocapture
//! ```
//!
//! A failure names the seed and the case, made smaller where it was a panic; it is kept below
//! `target/tmp/fuzz`. Put it into `regressions/<target>/` under a name that says what broke.
//! Where the process died, `<target>.running` is the input it died of.
//!
//! `dangers` holds what is known to break engines of this kind, each with the diagnosis it must get.
#![cfg(feature = "xlsform")]
#![cfg(not(target_family = "wasm"))]

#[path = "../support/chance.rs"]
mod chance;
mod corpus;
mod dangers;
mod exercise;
mod fuzzing;
mod harness;
mod mutate;
mod mutate_xml;
mod mutate_xpath;
mod pictures;
mod target;
mod targets;
