//! Residents as the desk reads them: every field with its label, the identity number masked.

use super::account::Account;
use super::{audit, certification, list};
use crate::App;
use crate::store::db::DbError;
use crate::store::{entities, submissions, tasks};

pub use crate::store::entities::{EntityFilter, EntityRow, VersionRow};
pub use crate::store::submissions::SubmissionRow;
pub use crate::store::tasks::TaskRow;

/// Fields of a resident in the order in which they are read: name, Chinese label, English label.
pub const FIELDS: [(&str, &str, &str); 27] = [
    ("full_name", "姓名", "Name"),
    ("sex", "性别", "Sex"),
    ("birth_date", "出生日期", "Date of birth"),
    ("id_masked", "证件号", "Identity number"),
    ("phone", "电话", "Phone"),
    ("address", "现在住址", "Present address"),
    ("grid", "网格", "Grid"),
    ("building", "楼栋", "Building"),
    ("benefit_kind", "领取的待遇", "Benefit"),
    ("benefit_start", "开始领取", "Benefit since"),
    ("cert_status", "认证状态", "Certification"),
    ("cert_last", "上次认证", "Last certified"),
    ("cert_due", "应在此日前认证", "Due by"),
    ("cert_channel", "认证途径", "Channel"),
    ("last_visit", "上次入户", "Last visit"),
    ("last_visit_outcome", "上次入户结果", "Outcome of the last visit"),
    ("living_alone", "独居", "Lives alone"),
    ("selfcare", "自理情况", "Self-care"),
    ("dis_kind", "残疾类别", "Disability"),
    ("dis_level", "残疾等级", "Level of disability"),
    ("hardship", "困难类型", "Hardship"),
    ("care_level", "关爱等级", "Care level"),
    ("last_care", "上次走访", "Last care visit"),
    ("guardian_name", "紧急联系人", "Emergency contact"),
    ("guardian_phone", "紧急联系人电话", "Contact's phone"),
    ("care_note", "注意事项", "Please note"),
    ("death_date", "去世日期", "Date of death"),
];

/// One field with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Property name.
    pub name: String,
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Value.
    pub value: String,
}

/// One resident with everything around it.
#[derive(Debug)]
pub struct Resident {
    /// The row.
    pub row: EntityRow,
    /// Every version, newest first.
    pub versions: Vec<VersionRow>,
    /// Its submissions, newest first.
    pub submissions: Vec<SubmissionRow>,
    /// Its tasks, newest first.
    pub tasks: Vec<TaskRow>,
}

/// Returns the non-empty fields of a row in reading order; lists without labels of their own show property names.
#[must_use]
pub fn fields(row: &EntityRow) -> Vec<Field> {
    let properties = list::properties(&row.data);
    let field = |name: &str, zh: &str, en: &str, value: &str| Field {
        name: name.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
        value: value.to_owned(),
    };
    let filled = |value: &&String| !value.is_empty();
    if row.list == "residents" {
        let known = FIELDS.iter();
        return known
            .filter_map(|(name, zh, en)| Some(field(name, zh, en, properties.get(*name).filter(filled)?)))
            .collect();
    }
    properties
        .iter()
        .filter(|(_, value)| filled(value))
        .map(|(name, value)| field(name, name, name, value))
        .collect()
}

/// Returns one page of residents by id; that it was read goes into the audit log.
pub async fn page(app: &App, by: &Account, filter: EntityFilter) -> Result<Vec<EntityRow>, DbError> {
    let today = app.today();
    let filter = match certification::due_between(&filter.status, today) {
        Some(days) => EntityFilter { status: String::new(), due_between: Some(days), ..filter },
        None => filter,
    };
    let grid = filter.grid.clone();
    let rows = app.db.read(move |tx| entities::page(tx, "residents", &filter)).await?;
    audit::note(app, &by.id, "list residents", &grid, &format!("{} rows", rows.len())).await?;
    Ok(rows)
}

/// Returns one resident; that it was read goes into the audit log.
pub async fn read(app: &App, by: &Account, id: String) -> Result<Option<Resident>, DbError> {
    let read = app.db.read(move |tx| {
        let Some(row) = entities::get(tx, "residents", &id)? else { return Ok(None) };
        Ok::<_, DbError>(Some(Resident {
            versions: entities::history(tx, "residents", &id)?,
            submissions: submissions::of_subject(tx, "residents", &id)?,
            tasks: tasks::of_subject(tx, "residents", &id)?,
            row,
        }))
    });
    let Some(resident) = read.await? else { return Ok(None) };
    audit::note(app, &by.id, "read resident", &resident.row.id, "").await?;
    Ok(Some(resident))
}
