//! The desk's first page: how the community stands today.

use std::collections::BTreeMap;

use super::calendar;
use super::certification::SOON_DAYS;
use crate::App;
use crate::store::dashboard::{self, HolderCount};
use crate::store::db::DbError;
use crate::store::entities;
use crate::store::submission_counts;

/// Days of visits shown.
const VISIT_DAYS: i64 = 30;

/// One grid's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridNumbers {
    /// Label of the grid.
    pub label: String,
    /// People by how their certification stands.
    pub holders: HolderCount,
    /// Tasks to be done.
    pub open_tasks: i64,
}

/// The whole page.
#[derive(Debug)]
pub struct Dashboard {
    /// Civil day.
    pub today: String,
    /// Grids by id.
    pub grids: Vec<GridNumbers>,
    /// Their sum.
    pub totals: GridNumbers,
    /// Tasks that should have been answered by now and were not.
    pub late_tasks: i64,
    /// Submissions that should have been decided by now and were not.
    pub late_reviews: i64,
    /// Submissions by review state.
    pub submissions: Vec<(String, i64)>,
    /// Visits of the last 30 days, days without one included.
    pub visits_by_day: Vec<(String, i64)>,
    /// Commonest flags of what waits.
    pub top_flags: Vec<(String, i64)>,
}

/// Counts everything in one snapshot.
pub async fn read(app: &App) -> Result<Dashboard, DbError> {
    let today = app.today();
    app.db
        .read(move |tx| {
            let day = |offset| calendar::text(calendar::plus_days(today, offset));
            let mut grids: BTreeMap<String, GridNumbers> = BTreeMap::new();
            for (id, label) in entities::labels_of_kind(tx, "places", "grid")? {
                grids.insert(id, GridNumbers { label, ..GridNumbers::default() });
            }
            for holders in dashboard::holders(tx, &day(0), &day(SOON_DAYS))? {
                let grid = grids.entry(holders.grid.clone()).or_default();
                grid.holders = holders;
            }
            for (grid, n) in dashboard::open_tasks(tx)? {
                grids.entry(grid).or_default().open_tasks = n;
            }
            for (id, numbers) in &mut grids {
                numbers.holders.grid.clone_from(id);
            }
            let visits: BTreeMap<String, i64> =
                submission_counts::by_day(tx, &day(1 - VISIT_DAYS))?.into_iter().collect();
            let days = (1 - VISIT_DAYS..=0)
                .map(day)
                .map(|day| (day.clone(), visits.get(&day).copied().unwrap_or(0)));
            let (late_tasks, late_reviews) = dashboard::late(tx)?;
            Ok(Dashboard {
                late_tasks,
                late_reviews,
                today: day(0),
                totals: grids.values().fold(GridNumbers::default(), sum),
                grids: grids.into_values().collect(),
                submissions: submission_counts::by_state(tx)?,
                visits_by_day: days.collect(),
                top_flags: dashboard::top_flags(tx, 8)?,
            })
        })
        .await
}

fn sum(mut total: GridNumbers, grid: &GridNumbers) -> GridNumbers {
    total.holders.holders += grid.holders.holders;
    total.holders.certified += grid.holders.certified;
    total.holders.due_soon += grid.holders.due_soon;
    total.holders.overdue += grid.holders.overdue;
    total.open_tasks += grid.open_tasks;
    total
}
