//! Workbook to XForm: the XLSForm conventions, in Rust.
//!
//! ```text
//! bytes ─sheets─▶ Workbook ─columns─▶ Table ─┬─choices──▶ Lists ─┐
//!                                            ├─survey───▶ Tree ──┼─references, itext, model, body─▶ xml
//!                                            └─entities─▶ Tree ──┘
//! ```
//!
//! A workbook is `.xlsx`, `.xlsm`, `.xls`, `.csv`, a zip of `.csv` files or Markdown tables, told apart by content
//! (`sheets`). What a Chinese input method leaves in its expressions is read as it was meant (`full_width`).
//!
//! What is written is noted on the way, so that [`compile`] and [`check`] need not read the XForm again. A conversion says
//! what keeps a workbook from becoming a form. [`check`] says what a colleague would say besides: it
//! converts, looks over the whole workbook (`advice`), compiles the form, and gives everything at its cell (`places`),
//! without what only follows from something else (`consequences`).
//!
//! Invariants: the same workbook gives the same bytes, natively and in WebAssembly; every mistake is reported at
//! once, with sheet, row and column; nothing here reads a file, a clock or a random source.

mod advice;
mod amend;
mod body;
mod check;
mod choices;
mod codes;
mod column_names;
mod columns;
mod consequences;
mod convert;
mod entities;
mod expression;
mod flat;
mod full_width;
mod functions;
mod itemsets;
mod itext;
mod loops;
mod model;
mod nearest;
mod noted;
mod notices;
mod parameters;
mod places;
mod questions;
mod range;
mod references;
mod report;
mod settings;
mod shared;
mod sheets;
mod sketch;
mod survey;
mod text;
mod translations;
mod tree;
mod trial;
mod types;
mod xml;

pub use check::{Checked, check, check_tables};
pub use codes::CODES;
pub use convert::{compile, convert, convert_tables, convert_with};
pub use settings::Options;
pub use sheets::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES, Sheet, Workbook};
pub use trial::{Trial, next_version, try_workbook};

use crate::Diagnostic;

/// A converted workbook.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The XForm; absent where a diagnostic is an error.
    pub xform: Option<String>,
    /// `itemsets.csv`, which goes beside the form of a workbook with external choices.
    pub itemsets: Option<String>,
    /// Errors and warnings, all at once, in sheet and row order.
    pub diagnostics: Vec<Diagnostic>,
}
