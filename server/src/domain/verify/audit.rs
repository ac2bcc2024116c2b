//! The audit log's chain, row by row, and what it says has arrived.

use std::collections::BTreeMap;

use super::{Finding, Report, VerifyError, Weight};
use crate::App;
use crate::domain::audit;
use crate::store::audit as rows;

/// Rows of one read.
const PAGE: i64 = 2_000;

/// Receipt digests by submission, as the audit log has them from the day of arrival.
pub(super) type Received = BTreeMap<String, String>;

pub(super) async fn verify(app: &App, report: &mut Report) -> Result<Received, VerifyError> {
    audit::seal(app).await?;
    let mut received = Received::new();
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
            if row.action == "receive submission" {
                received.insert(row.target, row.detail);
            }
        }
    }
    let head = audit::head(app).await?;
    if head != (seq, hash) {
        error("verify.audit_cut", seq, None);
    }
    (report.n_audit_rows, report.audit_head) = head;
    Ok(received)
}
