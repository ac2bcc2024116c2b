//! What a visit met that its phone could not know, beside what it found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::submissions::{CoreBody, core};
use crate::domain::conflict::{Conflict, KeptCell, MetRow, Versions};

/// What a visit met that its phone could not know.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictBody {
    /// Rows that somebody changed after the phone had seen them.
    rows: Vec<MetRowBody>,
    /// Other visits with the same form at the same door, newest first.
    visits: Vec<CoreBody>,
    /// Versions of the form, where the one in use is another than the visit's.
    #[schema(required)]
    versions: Option<VersionsBody>,
}

/// Two versions of a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionsBody {
    /// The one that the visit was filled in with, and is judged by.
    visit: String,
    /// The one in use.
    current: String,
}

/// A row that is not what the phone saw.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetRowBody {
    list: String,
    id: String,
    label: String,
    seen_version: i64,
    /// Before the visit's own change.
    version: i64,
    changed_by: String,
    changed_at: i64,
    cells: Vec<MetCellBody>,
}

/// A cell that the visit and somebody else wrote differently.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetCellBody {
    property: String,
    /// What the phone saw.
    seen: String,
    /// What the register holds.
    now: String,
    /// What the visit found.
    found: String,
}

/// A cell that stays as the register has it.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct KeptCellBody {
    list: String,
    id: String,
    property: String,
}

impl From<KeptCellBody> for KeptCell {
    fn from(KeptCellBody { list, id, property }: KeptCellBody) -> KeptCell {
        KeptCell { list, id, property }
    }
}

/// Returns what is told; the other visits are of the same form.
pub(super) fn body(conflict: &Conflict, form_title: &str) -> ConflictBody {
    ConflictBody {
        rows: conflict.rows.iter().map(row).collect(),
        visits: conflict.visits.iter().map(|it| core(it, form_title.to_owned())).collect(),
        versions: conflict.versions.as_ref().map(versions),
    }
}

fn versions(it: &Versions) -> VersionsBody {
    VersionsBody { visit: it.visit.clone(), current: it.current.clone() }
}

fn row(it: &MetRow) -> MetRowBody {
    let cell = |it: &crate::domain::conflict::MetCell| MetCellBody {
        property: it.property.clone(),
        seen: it.seen.clone(),
        now: it.now.clone(),
        found: it.found.clone(),
    };
    MetRowBody {
        list: it.list.clone(),
        id: it.id.clone(),
        label: it.label.clone(),
        seen_version: it.seen_version,
        version: it.version,
        changed_by: it.changed_by.clone(),
        changed_at: it.changed_at,
        cells: it.cells.iter().map(cell).collect(),
    }
}
