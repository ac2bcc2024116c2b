//! Workbook to XForm: the XLSForm conventions, in Rust.
//!
//! ```text
//! bytes ─sheets─▶ Workbook ─columns─▶ Table ─┬─choices──▶ Lists ─┐
//!                                            ├─survey───▶ Tree ──┼─references, itext, model, body─▶ xml
//!                                            └─entities─▶ Tree ──┘
//! ```
//!
//! Invariants: the same workbook gives the same bytes, natively and in WebAssembly; every mistake is reported at
//! once, with sheet, row and column; nothing here reads a file, a clock or a random source.

mod body;
mod choices;
mod codes;
mod column_names;
mod columns;
mod convert;
mod entities;
mod expression;
mod functions;
mod itext;
mod loops;
mod model;
mod parameters;
mod questions;
mod range;
mod references;
mod report;
mod settings;
mod sheets;
mod sketch;
mod survey;
mod text;
mod tree;
mod trial;
mod types;
mod xml;

pub use codes::CODES;
pub use convert::{convert, convert_tables};
pub use settings::Options;
pub use sheets::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES, Sheet, Workbook};
pub use trial::{Trial, next_version, try_workbook};

use crate::Diagnostic;

/// A converted workbook.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The XForm; absent where a diagnostic is an error.
    pub xform: Option<String>,
    /// Errors and warnings, all at once, in sheet and row order.
    pub diagnostics: Vec<Diagnostic>,
}
