//! Submissions at the desk: the list, one with everything around it, its files, the decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::conflicts::{self, ConflictBody, KeptCellBody};
use super::evidence::{self, KeepingBody, PictureBody};
use super::sealing::{self, ClockBody, SealBody};
use crate::App;
use crate::api::auth::Signed;
use crate::api::error::{self, ApiError};
use crate::api::input::{Asked, Named, Valid, cursor, page_size};
use crate::api::shapes::{AnswerBody, AttachmentKind, EventKind, ReviewState, Severity, TaskState};
use crate::api::submissions::read_place;
use crate::domain::desk::{
    self, AttachmentRow, Detail, EntityRow, EventRow, FlagRow, SubmissionFilter, SubmissionRow,
};
use crate::domain::desk_files::Evidence;
use crate::domain::review::{self, Decision};
use crate::domain::{person, task_number};

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SubmissionsQuery {
    state: Option<String>,
    grid: Option<String>,
    volunteer: Option<String>,
    flag: Option<String>,
    form: Option<String>,
    /// E.g. `certified`.
    outcome: Option<String>,
    /// Text in the name, a receipt's number or its last part, a volunteer's name.
    q: Option<String>,
    /// First civil day of the visit, e.g. `2026-11-21`.
    from: Option<String>,
    /// Last civil day of the visit.
    to: Option<String>,
    /// `true` for visits without a photo only.
    without_photos: Option<bool>,
    /// `true` for those only that should have been decided by now.
    late: Option<bool>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// One page, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionsBody {
    items: Vec<RowBody>,
    #[schema(required)]
    next_cursor: Option<String>,
    /// How many the filter selects in each review state; 1001 stands for more than 1000.
    total_by_state: BTreeMap<String, i64>,
}

/// One submission in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowBody {
    #[serde(flatten)]
    core: CoreBody,
    /// Codes.
    flags: Vec<String>,
}

/// What the list and the page of one submission have in common.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoreBody {
    id: String,
    instance_id: String,
    instance_name: String,
    form_id: String,
    form_title: String,
    label: String,
    grid: String,
    volunteer: VolunteerBody,
    received_at: i64,
    visited_at: i64,
    outcome: String,
    #[schema(value_type = ReviewState)]
    review_state: String,
    n_flags: i64,
    n_photos: i64,
    receipt_number: String,
    /// Until when it has to be decided, milliseconds UTC; 0 where nothing says.
    decide_by: i64,
}

/// Who visited.
#[derive(Debug, Serialize, ToSchema)]
pub struct VolunteerBody {
    id: String,
    name: String,
}

/// One submission with everything around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetailBody {
    #[serde(flatten)]
    core: CoreBody,
    /// Why it was returned; else empty.
    reason: String,
    /// The returned submission that this one corrects.
    #[schema(required)]
    corrects_id: Option<String>,
    /// In document order.
    #[schema(value_type = Vec<AnswerBody>)]
    answers: Vec<serde_json::Value>,
    #[schema(required)]
    register: Option<RegisterBody>,
    flags: Vec<FlagBody>,
    attachments: Vec<AttachmentBody>,
    /// How long they stay; null where there are none.
    #[schema(required)]
    keeping: Option<KeepingBody>,
    history: Vec<EventBody>,
    #[schema(required)]
    task: Option<ReviewedTaskBody>,
    conflict: ConflictBody,
    /// Null where the client sent none.
    #[schema(required)]
    seal: Option<SealBody>,
    /// Null where the phone did not say when it sealed.
    #[schema(required)]
    clock: Option<ClockBody>,
    #[schema(required)]
    started_at: Option<i64>,
    #[schema(required)]
    ended_at: Option<i64>,
    offset_min: i64,
    #[schema(required)]
    previous_id: Option<String>,
    #[schema(required)]
    next_id: Option<String>,
}

/// The register's row as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisterBody {
    list: String,
    id: String,
    label: String,
    version: i64,
    fields: Vec<FieldBody>,
}

/// One field of a register.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldBody {
    name: String,
    /// By language.
    label: BTreeMap<String, String>,
    value: String,
}

/// Something to look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlagBody {
    code: String,
    reference: String,
    question: String,
    /// By language.
    text: BTreeMap<String, String>,
    #[schema(value_type = Severity)]
    severity: String,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentBody {
    name: String,
    sha256: String,
    media_type: String,
    size_bytes: i64,
    /// Pixels; null for what is no picture.
    #[schema(required)]
    width: Option<i64>,
    /// Pixels; null for what is no picture.
    #[schema(required)]
    height: Option<i64>,
    #[schema(value_type = AttachmentKind)]
    kind: String,
    question: String,
    /// What was found on it; null for what is no picture.
    #[schema(required)]
    picture: Option<PictureBody>,
}

/// Something that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    pub at: i64,
    pub by_name: String,
    #[schema(value_type = EventKind)]
    pub kind: String,
    pub text: String,
}

/// The task it was for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewedTaskBody {
    id: String,
    #[serde(rename = "type")]
    task_type: String,
    /// What people know it by, e.g. `T1121-K7Q2M9`.
    number: String,
    /// By language.
    type_label: BTreeMap<String, String>,
    #[schema(value_type = TaskState)]
    state: String,
    due: String,
    visit_no: i64,
}

/// Returns one page of submissions.
#[utoipa::path(get, operation_id = "desk_submissions", path = "/api/v1/desk/submissions", tag = "desk", params(SubmissionsQuery),
    responses((status = 200, body = SubmissionsBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Asked(query): Asked<SubmissionsQuery>,
) -> Result<Json<SubmissionsBody>, ApiError> {
    let limit = page_size(query.limit, 50);
    let filter = SubmissionFilter {
        state: query.state.unwrap_or_default(),
        grid: query.grid.unwrap_or_default(),
        volunteer: query.volunteer.unwrap_or_default(),
        flag: query.flag.unwrap_or_default(),
        form: query.form.unwrap_or_default(),
        q: query.q.unwrap_or_default(),
        outcome: query.outcome.unwrap_or_default(),
        from: query.from.unwrap_or_default(),
        to: query.to.unwrap_or_default(),
        is_late: query.late.unwrap_or_default(),
        is_without_photos: query.without_photos.unwrap_or_default(),
        before: read_place(query.cursor.as_deref())?,
        limit,
    };
    let page = desk::page(&app, filter).await?;
    let last = page.rows.last().filter(|_| page.rows.len() as i64 == limit);
    let next_cursor = last.map(|it| cursor(&[&it.received_at.to_string(), &it.id]));
    let mut total_by_state: BTreeMap<String, i64> =
        review::State::ALL.iter().map(|it| (it.as_str().to_owned(), 0)).collect();
    total_by_state.extend(page.totals);
    let title = |form_id: &str| {
        page.titles.iter().find(|(id, _)| id == form_id).map_or(form_id, |(_, title)| title).to_owned()
    };
    let items = page.rows.iter().map(|it| row(it, title(&it.form_id))).collect();
    Ok(Json(SubmissionsBody { items, next_cursor, total_by_state }))
}

/// Returns one submission with everything around it.
#[utoipa::path(get, operation_id = "desk_submission", path = "/api/v1/desk/submissions/{id}", tag = "desk", params(("id" = String, Path)),
    responses((status = 200, body = DetailBody), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn read(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<Json<DetailBody>, ApiError> {
    let detail = desk::detail(&app, &signed.account, id).await?;
    Ok(Json(detail_body(&app, detail)))
}

/// A decision.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct DecisionRequest {
    decision: DecisionWord,
    /// Needed for a return and for setting aside.
    #[validate(length(max = 2000))]
    #[serde(default)]
    reason: String,
    /// Cells that an approval leaves as the register has them.
    #[validate(length(max = 500))]
    #[serde(default)]
    keep_register: Vec<KeptCellBody>,
}

/// What to do with a submission.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionWord {
    /// The visit holds.
    Approve,
    /// Back to the volunteer.
    Return,
    /// Another visit counts instead; this one stays and changes nothing.
    SetAside,
}

/// Approves a submission, returns it to the volunteer, or sets it aside for another one.
#[utoipa::path(post, path = "/api/v1/desk/submissions/{id}/decision", tag = "desk", params(("id" = String, Path)),
    request_body = DecisionRequest,
    responses((status = 200, body = DetailBody), (status = 409, body = super::super::error::ErrorBody),
              (status = 422, body = super::super::error::ErrorBody)))]
pub async fn decide(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    Valid(request): Valid<DecisionRequest>,
) -> Result<Json<DetailBody>, ApiError> {
    let decision = match request.decision {
        DecisionWord::Approve => {
            Decision::Approve(request.keep_register.into_iter().map(Into::into).collect())
        }
        DecisionWord::Return => Decision::Return(request.reason),
        DecisionWord::SetAside => Decision::SetAside(request.reason),
    };
    review::decide(&app, &signed.account, id.clone(), decision).await?;
    Ok(Json(detail_body(&app, desk::detail(&app, &signed.account, id).await?)))
}

/// A comment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct CommentRequest {
    #[validate(length(min = 1, max = 2000), custom(function = "not_blank"))]
    text: String,
}

fn not_blank(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() { Err(ValidationError::new("blank")) } else { Ok(()) }
}

/// Adds a comment for the other reviewers.
#[utoipa::path(post, path = "/api/v1/desk/submissions/{id}/comments", tag = "desk", params(("id" = String, Path)),
    request_body = CommentRequest, responses((status = 201), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn comment(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    Valid(request): Valid<CommentRequest>,
) -> Result<StatusCode, ApiError> {
    review::comment(&app, &signed.account, id, request.text).await?;
    Ok(StatusCode::CREATED)
}

fn row(it: &SubmissionRow, form_title: String) -> RowBody {
    let flags = it.flag_codes.split_whitespace().map(str::to_owned).collect();
    RowBody { core: core(it, form_title), flags }
}

pub(super) fn core(it: &SubmissionRow, form_title: String) -> CoreBody {
    CoreBody {
        id: it.id.clone(),
        instance_id: it.instance_id.clone(),
        instance_name: it.instance_name.clone(),
        form_id: it.form_id.clone(),
        form_title,
        label: it.label.clone(),
        grid: it.grid.clone(),
        volunteer: VolunteerBody { id: it.account_id.clone(), name: it.account_name.clone() },
        received_at: it.received_at,
        visited_at: it.visited_at,
        outcome: it.outcome.clone(),
        review_state: it.review_state.clone(),
        n_flags: it.n_flags,
        n_photos: it.n_photos,
        receipt_number: it.receipt_number.clone(),
        decide_by: it.decide_by,
    }
}

fn detail_body(app: &App, detail: Detail) -> DetailBody {
    let title =
        detail.form.as_ref().map_or_else(|| detail.row.form_id.clone(), |it| it.form.title().to_owned());
    // The list shows the newest first: what comes next is older.
    let (previous_id, next_id) = detail.neighbours.clone();
    DetailBody {
        answers: answers(&detail),
        register: detail.subject.as_ref().map(register),
        reason: detail.row.reason.clone(),
        corrects_id: detail.corrected.as_ref().map(|it| it.id.clone()),
        flags: detail.flags.iter().map(flag).collect(),
        attachments: detail.attachments.iter().map(|it| attachment(it, &detail.evidence)).collect(),
        keeping: detail.evidence.keeping.as_ref().map(evidence::keeping),
        history: detail.history.iter().map(event).collect(),
        task: detail.task.as_ref().map(|it| ReviewedTaskBody {
            id: it.id.clone(),
            task_type: it.task_type.clone(),
            number: task_number::of(it),
            type_label: type_label(app, &it.task_type),
            state: it.state.clone(),
            due: it.due.clone(),
            visit_no: it.visit_no,
        }),
        conflict: conflicts::body(&detail.conflict, &title),
        seal: sealing::seal(&detail),
        clock: sealing::clock(&detail.row),
        started_at: detail.row.started_at,
        ended_at: detail.row.ended_at,
        offset_min: detail.row.offset_min,
        previous_id,
        next_id,
        core: core(&detail.row, title),
    }
}

fn answers(detail: &Detail) -> Vec<serde_json::Value> {
    let mut answers: Vec<serde_json::Value> = serde_json::from_str(&detail.row.answers).unwrap_or_default();
    for answer in &mut answers {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        if let Some(registered) = desk::registered(detail, &text("reference"), &text("value")) {
            answer["register_field"] = registered.property.into();
            answer["register_value"] = registered.value.into();
            answer["differs"] = registered.differs.into();
        }
    }
    answers
}

fn type_label(app: &App, id: &str) -> BTreeMap<String, String> {
    let task_types = app.task_types();
    let found = task_types.get(id);
    let (zh, en) = found.map_or((id, id), |it| (it.zh.as_str(), it.en.as_str()));
    [("zh-CN".to_owned(), zh.to_owned()), ("en".to_owned(), en.to_owned())].into()
}

/// Returns a register's row with labelled fields.
pub fn register(row: &EntityRow) -> RegisterBody {
    let field = |it: person::Field| FieldBody {
        name: it.name,
        label: [("zh-CN".to_owned(), it.zh), ("en".to_owned(), it.en)].into(),
        value: it.value,
    };
    RegisterBody {
        list: row.list.clone(),
        id: row.id.clone(),
        label: row.label.clone(),
        version: row.version,
        fields: person::fields(row).into_iter().map(field).collect(),
    }
}

/// The form's own message, else the code's text.
fn flag(it: &FlagRow) -> FlagBody {
    let text = match it.text.as_str() {
        "" => error::messages(&it.code, &BTreeMap::new()),
        own => ["zh-CN", "en"].map(|language| (language.to_owned(), own.to_owned())).into(),
    };
    FlagBody {
        code: it.code.clone(),
        reference: it.reference.clone(),
        question: it.question.clone(),
        text,
        severity: it.severity.clone(),
    }
}

fn attachment(it: &AttachmentRow, known: &Evidence) -> AttachmentBody {
    AttachmentBody {
        name: it.name.clone(),
        sha256: it.sha256.clone(),
        media_type: it.media_type.clone(),
        size_bytes: it.size_bytes,
        width: (it.width > 0).then_some(it.width),
        height: (it.height > 0).then_some(it.height),
        kind: it.kind.clone(),
        question: it.question.clone(),
        picture: evidence::picture(known, it),
    }
}

fn event(it: &EventRow) -> EventBody {
    EventBody { at: it.at, by_name: it.by_name.clone(), kind: it.kind.clone(), text: it.text.clone() }
}
