//! The desk's first page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::api::error::ApiError;
use crate::domain::dashboard::{self, GridNumbers};

/// How the community stands today.
#[derive(Debug, Serialize, ToSchema)]
pub struct DashboardBody {
    today: String,
    grids: Vec<GridNumbersBody>,
    totals: GridNumbersBody,
    /// Tasks that the pack wants answered by now and that are not.
    late_tasks: i64,
    /// Submissions that the pack wants decided by now and that are not.
    late_reviews: i64,
    /// By review state.
    submissions: BTreeMap<String, i64>,
    /// The last 30 days, days without a visit included.
    visits_by_day: Vec<DayBody>,
    /// Commonest flags of what waits for review.
    top_flags: Vec<FlagCountBody>,
}

/// One grid's numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridNumbersBody {
    grid: String,
    label: String,
    /// People who must certify.
    holders: i64,
    certified: i64,
    due_soon: i64,
    overdue: i64,
    open_tasks: i64,
}

/// Visits of one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayBody {
    day: String,
    n: i64,
}

/// How often a flag waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlagCountBody {
    code: String,
    n: i64,
}

impl From<GridNumbers> for GridNumbersBody {
    fn from(it: GridNumbers) -> Self {
        Self {
            grid: it.holders.grid,
            label: it.label,
            holders: it.holders.holders,
            certified: it.holders.certified,
            due_soon: it.holders.due_soon,
            overdue: it.holders.overdue,
            open_tasks: it.open_tasks,
        }
    }
}

/// Returns how the community stands today.
#[utoipa::path(get, operation_id = "desk_dashboard", path = "/api/v1/desk/dashboard", tag = "desk", responses((status = 200, body = DashboardBody)))]
pub async fn read(State(app): State<Arc<App>>) -> Result<Json<DashboardBody>, ApiError> {
    let page = dashboard::read(&app).await?;
    Ok(Json(DashboardBody {
        today: page.today,
        grids: page.grids.into_iter().map(Into::into).collect(),
        totals: page.totals.into(),
        late_tasks: page.late_tasks,
        late_reviews: page.late_reviews,
        submissions: page.submissions.into_iter().collect(),
        visits_by_day: page.visits_by_day.into_iter().map(|(day, n)| DayBody { day, n }).collect(),
        top_flags: page.top_flags.into_iter().map(|(code, n)| FlagCountBody { code, n }).collect(),
    }))
}
