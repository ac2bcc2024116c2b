//! Brings a database to the schema this program knows. Migrations are embedded, portable, and never edited after
//! release.

use super::db::{Db, DbError, Tx};
use crate::params;

const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_start", include_str!("../../migrations/0001_start.sql")),
    ("0002_pack", include_str!("../../migrations/0002_pack.sql")),
    ("0003_form_files", include_str!("../../migrations/0003_form_files.sql")),
    ("0004_seal", include_str!("../../migrations/0004_seal.sql")),
    ("0005_likeness", include_str!("../../migrations/0005_likeness.sql")),
    ("0006_retention", include_str!("../../migrations/0006_retention.sql")),
    ("0008_work", include_str!("../../migrations/0008_work.sql")),
    ("0009_phone_secret", include_str!("../../migrations/0009_phone_secret.sql")),
    ("0010_uploads", include_str!("../../migrations/0010_uploads.sql")),
    ("0012_queue", include_str!("../../migrations/0012_queue.sql")),
    ("0013_settling", include_str!("../../migrations/0013_settling.sql")),
    ("0014_queue_spans", include_str!("../../migrations/0014_queue_spans.sql")),
    ("0015_inbox", include_str!("../../migrations/0015_inbox.sql")),
    ("0017_counts", include_str!("../../migrations/0017_counts.sql")),
    ("0018_notes_left", include_str!("../../migrations/0018_notes_left.sql")),
    ("0019_keep_days", include_str!("../../migrations/0019_keep_days.sql")),
];

/// Applies every migration that the database has not seen, each in the same transaction as its record.
pub async fn migrate(db: &Db) -> Result<(), DbError> {
    db.write(|tx| tx.script("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)")).await?;
    for (name, sql) in MIGRATIONS {
        db.write(|tx| apply(tx, name, sql)).await?;
    }
    Ok(())
}

fn apply(tx: &mut dyn Tx, name: &str, sql: &str) -> Result<(), DbError> {
    let is_new =
        tx.execute("INSERT INTO migration (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", params![name])?;
    if is_new == 1 { tx.script(sql) } else { Ok(()) }
}
