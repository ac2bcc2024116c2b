//! The server's door: the same rules over a submission that has arrived.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Diagnostic, Env, Form, Lists};

/// What a submission says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Meta {
    /// Form id on the root element.
    pub form_id: String,
    /// Version on the root element; may be empty.
    pub version: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// `meta/deprecatedID`: the submission this one replaces; may be empty.
    pub deprecated_id: String,
    /// `meta/instanceName`; may be empty.
    pub instance_name: String,
    /// `start` as milliseconds UTC, where the form records it.
    pub started_at: Option<i64>,
    /// `end` as milliseconds UTC, where the form records it.
    pub ended_at: Option<i64>,
    /// UTC offset of the visit in minutes, from `end`, else `start`.
    pub offset_min: Option<i32>,
}

impl Meta {
    /// Reads what is needed to find the form; does not need it.
    pub fn read(_xml: &str) -> Result<Meta, Diagnostic> {
        unimplemented!()
    }
}

/// A rule that a submission breaks: a flag for the reviewer, never a reason to refuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Code, e.g. `answer.constraint`.
    pub code: String,
    /// Path with positions.
    pub reference: String,
    /// The question's label in the form's default language, or its name.
    pub question: String,
    /// The form's own message, where it has one; else empty.
    pub message: String,
}

/// One answer as a reviewer reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Path with positions.
    pub reference: String,
    /// Last step of the path.
    pub name: String,
    /// Label of the page or repeat instance the question stands on; may be empty.
    pub group: String,
    /// The question's label in the form's default language.
    pub label: String,
    /// As it stands in the submission.
    pub value: String,
    /// As a person reads it.
    pub display: String,
    /// `upload`, `select_one`, `calculate`, …: the control's name, `calculate` for what nobody was asked.
    pub control: String,
    /// Words of the `appearance` attribute.
    pub appearance: Vec<String>,
}

/// What to do with an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Add a row.
    Create,
    /// Change a row.
    Update,
    /// Change it, or add it where there is none.
    Upsert,
}

/// One change of a register that the submission asks for (ODK Entities).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntityChange {
    /// List name, e.g. `residents`.
    pub list: String,
    /// Row id.
    pub id: String,
    /// What to do.
    pub operation: Operation,
    /// Version of the row that the phone saw; `None` for a create.
    pub base_version: Option<i64>,
    /// New label; empty where it stays.
    pub label: String,
    /// Properties to set; nodes that were not relevant are absent.
    pub properties: BTreeMap<String, String>,
}

/// Everything the server wants to know of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Identity and clock.
    pub meta: Meta,
    /// Rules broken, in document order.
    pub findings: Vec<Finding>,
    /// Non-empty answers and calculations in document order.
    pub answers: Vec<Answer>,
    /// Names of the attachments that answers refer to.
    pub attachments: Vec<String>,
    /// Register changes to apply on approval.
    pub entities: Vec<EntityChange>,
}

/// Checks a submission with the visit's own clock: `end`, else `start`, else `env.now_ms`, in the visit's UTC offset.
///
/// Only a document that is no submission of this form at all is an error.
pub fn check(_xml: &str, _form: &Form, _lists: &Lists, _env: &Env) -> Result<Checked, Diagnostic> {
    unimplemented!()
}
