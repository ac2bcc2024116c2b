//! The matrix: what of the specification the engine does, and the case that shows it.
//!
//! ```text
//! cases ─story─▶ reports ─┐
//! features.toml ──────────┼─▶ matrix.md
//! choices.toml, left.toml ┘
//! ```
//!
//! Invariants: a feature without a case is an error unless `features.toml` says why; a case that shows a feature
//! which `features.toml` does not have is an error. The same inputs give the same bytes.

mod features;
mod notes;
mod table;

pub use features::{Area, Features};
pub use notes::{Choice, Choices, Left, Leftover};
pub use table::{Inputs, generate};
