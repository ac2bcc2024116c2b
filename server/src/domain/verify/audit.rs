//! The audit log's chain, row by row, and what it says has arrived, and was erased.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Report, VerifyError, Weight};
use crate::App;
use crate::domain::audit;
use crate::store::audit as rows;

/// Rows of one read.
const PAGE: i64 = 2_000;

/// What the audit log tells of submissions.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Receipt digests by submission, from the day of arrival.
    pub(super) received: BTreeMap<String, String>,
    /// Submissions whose evidence was erased because its time was over.
    pub(super) erased: BTreeSet<String>,
    /// The last place that was read.
    pub(super) last: i64,
}

/// What the log calls an arrival.
pub(super) const RECEIVED: &str = "receive submission";
/// What the log calls an erasure.
pub(super) const ERASED: &str = "erase evidence";

pub(super) async fn verify(app: &App, report: &mut Report) -> Result<Told, VerifyError> {
    audit::seal(app).await?;
    let mut told = Told::default();
    let (mut seq, mut hash) = (0, String::new());
    let mut error = |code, place: i64, row: Option<&rows::AuditRow>| {
        let (id, action) = row.map_or(("", ""), |it| (&it.id, &it.action));
        let params = [("place", place.to_string()), ("id", id.to_owned()), ("action", action.to_owned())];
        let params = params.each_ref().map(|(name, value)| (*name, value.as_str()));
        report.findings.push(Finding::new(Weight::Error, code, &params));
    };
    loop {
        let page = app.db.read(move |tx| rows::sealed_after(tx, seq, PAGE)).await?;
        if page.is_empty() {
            break;
        }
        for (row, place, stored) in page {
            // After a break the chain is followed from what stands there, so that each break is told once.
            if place != seq + 1 {
                error("verify.audit_missing", seq + 1, None);
            } else if audit::chained(&hash, place, &row) != stored {
                error("verify.audit_changed", place, Some(&row));
            }
            (seq, hash) = (place, stored);
            match row.action.as_str() {
                RECEIVED => drop(told.received.insert(row.target, row.detail)),
                ERASED => drop(told.erased.insert(row.target)),
                _ => {}
            }
        }
    }
    told.last = seq;
    let head = audit::head(app).await?;
    if head != (seq, hash) {
        error("verify.audit_cut", seq, None);
    }
    (report.n_audit_rows, report.audit_head) = head;
    Ok(told)
}
