//! Residents at the desk; the identity number is masked here too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::submissions::{EventBody, RegisterBody, register};
use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Asked, Named, cursor, page_size, read_cursor};
use crate::domain::person::{self, EntityFilter, EntityRow, Resident};
use crate::domain::{certification, list};

/// Whom to list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ResidentsQuery {
    /// Name, pinyin, initials or building.
    q: Option<String>,
    grid: Option<String>,
    status: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// One page of residents.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResidentsBody {
    items: Vec<ResidentRowBody>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A resident as a list shows them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResidentRowBody {
    id: String,
    label: String,
    full_name: String,
    id_masked: String,
    phone: String,
    address: String,
    grid: String,
    cert_status: String,
    cert_due: String,
}

/// A resident with everything around them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResidentBody {
    #[serde(flatten)]
    register: RegisterBody,
    /// Newest first: versions of the row (`register`), submissions (`submission`) and tasks (`task`).
    history: Vec<EventBody>,
}

/// Returns one page of residents.
#[utoipa::path(get, operation_id = "desk_residents", path = "/api/v1/desk/residents", tag = "desk", params(ResidentsQuery),
    responses((status = 200, body = ResidentsBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    signed: Signed,
    Asked(query): Asked<ResidentsQuery>,
) -> Result<Json<ResidentsBody>, ApiError> {
    let limit = page_size(query.limit, 50);
    let after = read_cursor::<1>(query.cursor.as_deref())?.map_or_else(String::new, |[id]| id);
    let filter = EntityFilter {
        q: query.q.unwrap_or_default(),
        grid: query.grid.unwrap_or_default(),
        status: query.status.unwrap_or_default(),
        due_between: None,
        after,
        limit,
    };
    let rows = person::page(&app, &signed.account, filter).await?;
    let next_cursor = rows.last().filter(|_| rows.len() as i64 == limit).map(|it| cursor(&[&it.id]));
    Ok(Json(ResidentsBody { items: rows.iter().map(|it| row(&app, it)).collect(), next_cursor }))
}

/// Returns one resident with everything around them.
#[utoipa::path(get, operation_id = "desk_resident", path = "/api/v1/desk/residents/{id}", tag = "desk", params(("id" = String, Path)),
    responses((status = 200, body = ResidentBody), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn read(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<Json<ResidentBody>, ApiError> {
    let resident = person::read(&app, &signed.account, id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(ResidentBody { register: register(&resident.row), history: history(&app, &resident) }))
}

fn row(app: &App, it: &EntityRow) -> ResidentRowBody {
    let properties = list::properties(&it.data);
    let of = |name: &str| properties.get(name).cloned().unwrap_or_default();
    ResidentRowBody {
        id: it.id.clone(),
        label: it.label.clone(),
        full_name: of("full_name"),
        id_masked: of("id_masked"),
        phone: of("phone"),
        address: of("address"),
        grid: it.grid.clone(),
        cert_status: certification::standing(it, app.today()),
        cert_due: it.due.clone(),
    }
}

fn history(app: &App, resident: &Resident) -> Vec<EventBody> {
    let versions = resident.versions.iter().map(|it| EventBody {
        at: it.changed_at,
        by_name: it.changed_by.clone(),
        kind: "register".to_owned(),
        text: it.version.to_string(),
    });
    let submissions = resident.submissions.iter().map(|it| EventBody {
        at: it.received_at,
        by_name: it.account_name.clone(),
        kind: "submission".to_owned(),
        text: it.instance_name.clone(),
    });
    let task_types = app.task_types();
    let tasks = resident.tasks.iter().map(|it| EventBody {
        at: it.updated_at,
        by_name: String::new(),
        kind: "task".to_owned(),
        text: format!(
            "{} · {} · {}",
            task_types.get(&it.task_type).map_or(it.task_type.as_str(), |it| it.zh.as_str()),
            it.state,
            it.due
        ),
    });
    let mut history: Vec<EventBody> = versions.chain(submissions).chain(tasks).collect();
    history.sort_by_key(|it| std::cmp::Reverse(it.at));
    history
}
