//! What the form engine does, by example: Markdown cases (`cases/*.md`) run as stories, and the matrix of features
//! made from them.
//!
//! Invariant: nothing here reads a file, a clock or a random source; the tests hand the texts in, so that the same
//! code runs natively and in WebAssembly.

pub mod matrix;
pub mod story;
