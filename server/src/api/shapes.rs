//! Shapes that only the description needs: closed sets of words that the domain stores as text, and values that are
//! passed on as JSON. Nothing here is ever built; the tests of the description compare the words with the domain's.

#![expect(dead_code, reason = "describes JSON, is never built")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// What an account may do.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Role {
    Volunteer,
    GridWorker,
    Adviser,
    Supervisor,
    Street,
    Admin,
}

/// How far the review of a submission is; `hasIssues` is what people call "returned".
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub enum ReviewState {
    Received,
    Edited,
    HasIssues,
    Approved,
    Rejected,
}

/// Where a task stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum TaskState {
    Planned,
    Open,
    Claimed,
    Started,
    Submitted,
    Returned,
    Accepted,
    Closed,
    Cancelled,
}

/// Where a task stands that somebody still has to go for.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum OpenTaskState {
    Open,
    Claimed,
    Started,
    Returned,
}

/// How much a flag or diagnostic weighs.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// What a file shows.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum AttachmentKind {
    Photo,
    Signature,
    Other,
}

/// What a picture's file tells beside the picture.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PictureExtra {
    Exif,
    Place,
    Text,
    Other,
}

/// How long a visit's files stay.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum KeepingKind {
    Always,
    Until,
    Held,
    Erased,
}

/// What happened: the first eleven to a submission, the others to a resident.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EventKind {
    Received,
    Resubmitted,
    HandedIn,
    Settled,
    Approved,
    Returned,
    Rejected,
    KeptRegister,
    Comment,
    Held,
    Released,
    Erased,
    Late,
    Register,
    Submission,
    Task,
}

/// How a version of a form became current.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum FormEventKind {
    Published,
    RolledBack,
}

/// How far an import is.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ImportState {
    Reading,
    Previewed,
    Applying,
    Applied,
    Failed,
}

/// What an import would do with a row.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ChangeKind {
    New,
    Changed,
}

/// One answer as a reviewer reads it.
#[derive(Debug, ToSchema)]
pub struct AnswerBody {
    /// Path with positions, e.g. `/data/party[2]/p_name`.
    reference: String,
    /// Last step of the path.
    name: String,
    /// Label of the page it stands on; may be empty.
    group: String,
    label: String,
    /// As it stands in the submission.
    value: String,
    /// As a person reads it.
    display: String,
    /// The control's name; `calculate` for what nobody was asked.
    control: String,
    /// Words of the `appearance` attribute.
    appearance: Vec<String>,
    /// The register's field that it goes into; absent where it does not go into the register as it is.
    #[schema(value_type = String, required = false)]
    register_field: Option<String>,
    /// What the register holds there; absent likewise.
    #[schema(value_type = String, required = false)]
    register_value: Option<String>,
    /// Whether the visit found something else; absent likewise.
    #[schema(value_type = bool, required = false)]
    differs: Option<bool>,
}

/// One problem of a form, workbook or register.
#[derive(Debug, ToSchema)]
pub struct DiagnosticBody {
    severity: Severity,
    /// Stable code, `area.problem`.
    code: String,
    place: PlaceBody,
    /// What the text of the code needs.
    params: BTreeMap<String, String>,
}

/// Where a problem stands.
#[derive(Debug, serde::Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlaceBody {
    /// The form as a whole.
    Form,
    /// A node of the XForm.
    Node {
        /// Absolute path.
        reference: String,
        /// The attribute or element that carries the problem.
        attribute: String,
    },
    /// A workbook's cell, as Excel names it.
    Cell {
        sheet: String,
        /// From 1; 0 for the sheet as a whole.
        row: u32,
        /// Letters; empty for the row as a whole.
        column: String,
    },
}

/// A phone's seal over a finished visit, version 2. Version 1, which had no key, is still taken.
#[derive(Debug, ToSchema)]
pub struct SealPart {
    /// 2.
    version: u32,
    instance_id: String,
    /// SHA-256 of the document.
    xml_sha256: String,
    /// Name, SHA-256 and size of each file.
    attachments: Vec<(String, String, u64)>,
    /// SHA-256 of the part `notes`; of no bytes where none is sent.
    notes_sha256: String,
    /// SHA-256 of the device's public key; empty where the device can't sign.
    key_id: String,
    /// The phone's clock.
    device_time_ms: i64,
    /// What the phone knows of its clock; null where it never heard the server.
    #[schema(required)]
    clock: Option<ClockPart>,
    /// Place in the chain of the key, from 1; 0 where the device can't sign.
    counter: u64,
    /// Digest of the seal before; empty for the first.
    previous: String,
    /// Digests of the seals of this visit that were refused before, oldest first.
    replaces: Vec<String>,
    /// Those seals.
    #[schema(no_recursion)]
    replaced: Vec<SealPart>,
    /// SHA-256 of the canonical bytes of all this.
    digest: String,
    /// ECDSA over P-256 with SHA-256, r and s, hex; empty where the device can't sign.
    signature: String,
    device_id: String,
}

/// The server's time minus the device's, milliseconds.
#[derive(Debug, ToSchema)]
pub struct ClockPart {
    basis: ClockBasis,
    least_ms: i64,
    likely_ms: i64,
    most_ms: i64,
}

/// How a phone knows its clock.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ClockBasis {
    Steady,
    Recalled,
    Jumped,
}

/// The bytes of a file.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct FileBytes(Vec<u8>);
