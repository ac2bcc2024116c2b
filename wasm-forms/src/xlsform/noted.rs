//! What was noted of a form while it was written, held against what stands in its text.

use crate::parse::{Source, parse};

impl Source<'_> {
    /// Whether what was noted of a form gives the definition that its text gives.
    pub fn is_as_written(&self) -> bool {
        let said = |source: Source<'_>| format!("{:?}", parse(source));
        match self {
            Source::Text(_) => true,
            Source::Drafted(text, drafted) => {
                said(Source::Drafted(text, drafted.clone())) == said(Source::Text(text))
            }
        }
    }
}
