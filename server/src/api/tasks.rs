//! A phone's work.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Signed;
use super::error::ApiError;
use super::input::{Asked, cursor, page_size, read_cursor};
use super::shapes::OpenTaskState;
use crate::App;
use crate::domain::task::{self, PhoneTask};
use crate::domain::{calendar, list, task_number};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
pub struct TasksQuery {
    cursor: Option<String>,
    limit: Option<i64>,
}

/// One page of open work.
#[derive(Debug, Serialize, ToSchema)]
pub struct TasksBody {
    items: Vec<TaskBody>,
    #[schema(required)]
    next_cursor: Option<String>,
    /// Changes whenever the work does; also the ETag.
    revision: String,
}

/// Somebody to visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskBody {
    id: String,
    /// What people know it by, e.g. `T1121-K7Q2M9`.
    number: String,
    #[serde(rename = "type")]
    task_type: String,
    /// By language.
    type_label: BTreeMap<String, String>,
    form_id: String,
    #[schema(value_type = OpenTaskState)]
    state: String,
    /// Resident or place id; may be empty.
    subject: String,
    /// Name of the person or place.
    label: String,
    address: String,
    grid: String,
    grid_label: String,
    building: String,
    /// `YYYY-MM-DD`.
    due: String,
    overdue: bool,
    /// Until when it has to be answered, milliseconds UTC; 0 where nothing says.
    answer_by: i64,
    /// How many people go together.
    n_people: i64,
    visit_no: i64,
    /// Pinyin initials, whole pinyin, name and building, lower case.
    search: String,
    id_masked: String,
    phone: String,
    /// What to know before knocking.
    note: String,
    #[schema(required)]
    age: Option<i64>,
    /// Values to set when the form opens: path and value.
    prefill: Vec<(String, String)>,
    #[schema(required)]
    returned: Option<ReturnedBody>,
    updated_at: i64,
}

/// Why a visit came back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnedBody {
    reason: String,
    by_name: String,
    at: i64,
    submission_id: String,
    /// Earlier answers: path and value; files are not among them.
    answers: Vec<(String, String)>,
}

/// Returns open work of the account's grids, soonest due first.
#[utoipa::path(get, operation_id = "tasks", path = "/api/v1/tasks", tag = "volunteer", params(TasksQuery),
    responses((status = 200, body = TasksBody), (status = 304)))]
pub async fn list(
    State(app): State<Arc<App>>,
    signed: Signed,
    headers: HeaderMap,
    Asked(query): Asked<TasksQuery>,
) -> Result<Response, ApiError> {
    let after = read_cursor::<3>(query.cursor.as_deref())?.map(|[due, label, id]| (due, label, id));
    let limit = page_size(query.limit, 100);
    let (tasks, revision) = task::work(&app, &signed.account, after, limit).await?;
    let etag = format!("\"{revision}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let last = tasks.last().filter(|_| tasks.len() as i64 == limit).map(|it| &it.task);
    let next_cursor = last.map(|it| cursor(&[&it.due, &it.label, &it.id]));
    let items = tasks.into_iter().map(|it| body(&app, it)).collect();
    Ok(([(header::ETAG, etag)], Json(TasksBody { items, next_cursor, revision })).into_response())
}

fn body(app: &App, it: PhoneTask) -> TaskBody {
    let subject = it.subject.as_ref().map(|row| list::properties(&row.data)).unwrap_or_default();
    let of = |name: &str| subject.get(name).cloned().unwrap_or_default();
    let task_types = app.task_types();
    let task_type = task_types.get(&it.task.task_type);
    let today = app.today();
    let returned = it.returned.map(|row| ReturnedBody {
        answers: task::answers_to_prefill(&row.answers),
        reason: row.reason,
        by_name: row.decided_by,
        at: row.decided_at,
        submission_id: row.id,
    });
    let label = |text: fn(&crate::domain::task_type::TaskType) -> &String| {
        task_type.map(text).cloned().unwrap_or_default()
    };
    TaskBody {
        type_label: [("zh-CN".to_owned(), label(|it| &it.zh)), ("en".to_owned(), label(|it| &it.en))].into(),
        form_id: task_type.map(|it| it.form.clone()).unwrap_or_default(),
        overdue: it.task.due < calendar::text(today)
            || it.task.answer_by > 0 && it.task.answer_by < app.clock.now_ms(),
        answer_by: it.task.answer_by,
        n_people: task_type.map_or(1, |it| it.pairs),
        address: of("address"),
        building: it.subject.as_ref().map(|row| row.building.clone()).unwrap_or_default(),
        search: it.subject.as_ref().map(|row| row.search.clone()).unwrap_or_default(),
        id_masked: of("id_masked"),
        phone: of("phone"),
        note: of("care_note"),
        age: calendar::age_on(today, &of("birth_date")),
        grid_label: it.grid_label,
        prefill: it.prefill,
        returned,
        number: task_number::of(&it.task),
        id: it.task.id,
        task_type: it.task.task_type,
        state: it.task.state,
        subject: it.task.subject,
        label: it.task.label,
        grid: it.task.grid,
        due: it.task.due,
        visit_no: it.task.visit_no,
        updated_at: it.task.updated_at,
    }
}
