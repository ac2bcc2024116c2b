//! Workbook to XForm: the XLSForm conventions, in Rust.

use crate::Diagnostic;

/// A converted workbook.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The XForm; absent where a diagnostic is an error.
    pub xform: Option<String>,
    /// Errors and warnings, all at once, in sheet and row order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Converts the bytes of an `.xlsx` workbook. `file_stem` names a form that does not name itself.
#[must_use]
pub fn convert(_workbook: &[u8], _file_stem: &str) -> Conversion {
    unimplemented!()
}
