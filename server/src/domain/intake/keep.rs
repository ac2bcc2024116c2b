//! Puts an admitted visit into the inbox: one row, and its receipt.

use super::moment::Moment;
use super::{Admitted, Arrived, inbox_rows};
use crate::App;
use crate::domain::account::Account;
use crate::domain::receipt::{self, Receipt};
use crate::store::db::DbError;
use crate::store::inbox::InboxRow;
use crate::store::submissions;

/// Keeps a visit; [`DbError::Unique`] where its instance is stored already.
pub(super) async fn keep(app: &App, by: &Account, visit: &Admitted) -> Result<Receipt, DbError> {
    let Admitted { arrived, files, flags } = visit;
    let Arrived { meta, sealed, upload, .. } = arrived;
    let received_at = app.clock.now_ms();
    let moment = Moment::of(meta, sealed, received_at, app.config.utc_offset_min);
    let row = InboxRow {
        id: crate::new_id(),
        instance_id: meta.instance_id.clone(),
        receipt_number: String::new(),
        account_id: by.id.clone(),
        content_sha256: arrived.content_sha256.clone(),
        digest: arrived.digest.clone(),
        received_at,
        task_id: upload.task_id.clone(),
        xml: arrived.xml.clone(),
        seal: upload.seal.clone().unwrap_or_default(),
        notes: upload.notes.clone(),
        flags: flags.clone(),
        files: files.clone(),
        attempts: 0,
    };
    app.db
        .write(move |tx| {
            let mut row = row;
            row.receipt_number = receipt::number(tx, &moment.on, &row.digest)?;
            inbox_rows::insert(tx, &row)?;
            // Asked last: PostgreSQL's insert waits for who is just taking the same instance out, and this sees what became of it.
            if submissions::has_instance(tx, &row.instance_id)? {
                return Err(DbError::Unique(row.instance_id));
            }
            Ok(Receipt::from(&row))
        })
        .await
}
