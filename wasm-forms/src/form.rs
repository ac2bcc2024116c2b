//! A compiled form: immutable, shared by all its sessions.

use crate::Diagnostic;

/// A form ready to be filled in; `Send + Sync`, shared as `Arc<Form>`.
#[derive(Debug)]
pub struct Form {}

impl Form {
    /// Compiles an XForm, or returns every reason why it cannot be used.
    pub fn compile(_xform: &str) -> Result<Form, Vec<Diagnostic>> {
        unimplemented!()
    }
    /// Returns the form's id.
    #[must_use]
    pub fn id(&self) -> &str {
        unimplemented!()
    }
    /// Returns the form's version; may be empty.
    #[must_use]
    pub fn version(&self) -> &str {
        unimplemented!()
    }
    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &str {
        unimplemented!()
    }
    /// Returns the languages in the form's order.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        unimplemented!()
    }
    /// Returns the external lists the form reads: instance id and file name (`residents`, `residents.csv`).
    #[must_use]
    pub fn lists(&self) -> Vec<(&str, &str)> {
        unimplemented!()
    }
    /// Returns warnings found while compiling.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        unimplemented!()
    }
}
