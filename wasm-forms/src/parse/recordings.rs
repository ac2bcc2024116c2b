//! `odk:recordaudio`: sound recorded in the background while a form is filled in.
//!
//! Source: ODK XForms, "recordaudio". The engine keeps what the form wants; recording is the caller's.

use crate::document::Node;
use serde::Serialize;

use super::at;
use super::binds::report_unknown_node;
use super::model::{Model, ROOT};
use super::paths::Paths;
use crate::{Code, Diagnostic};

/// A recording that a form asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// The node that is to name the file.
    pub reference: String,
    /// When it is to begin: `odk-instance-load`, `odk-instance-first-load`.
    pub events: Vec<String>,
    /// `normal`, `low` or `voice-only`; empty where the form leaves it to the app.
    pub quality: String,
}

pub(super) fn read(
    elements: &[Node<'_, '_>],
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Recording> {
    elements.iter().filter_map(|it| recording(*it, model, paths, problems)).collect()
}

#[inline(never)]
fn recording(
    element: Node<'_, '_>,
    model: &Model,
    paths: &Paths<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Recording> {
    let path = paths.of(element);
    let Some(target) = paths.find(path, ROOT) else {
        report_unknown_node(path, "recordaudio", model, problems);
        return None;
    };
    let reference = model.path(target);
    problems.push(Diagnostic::warning(Code::FormRecording, at(&reference, "recordaudio")));
    let events = element.attr("event").unwrap_or_default().split_whitespace();
    Some(Recording {
        reference,
        events: events.map(str::to_owned).collect(),
        quality: element.attr("quality").unwrap_or_default().to_owned(),
    })
}
