//! Opens a server's data and compares it with the journal.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use doorstep::blob::hashes::sha256_hex;
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::domain::verify;
use doorstep::store::db::{DbError, Tx};

use crate::journal::Entry;

/// What is stored of one submission.
struct Stored {
    receipt: String,
    files: BTreeMap<String, String>,
    /// How often the audit log says that it came in.
    n_received: i64,
}

/// What a comparison found; nothing is lost, doubled or foreign, or it would be an error.
#[derive(Debug, Default, Clone, Copy)]
pub struct Compared {
    /// Visits that had to be there, and are.
    pub n_acknowledged: usize,
    /// Visits that are there and nobody was told so.
    pub n_besides: usize,
}

/// Returns the instance ids of everything that is stored.
pub fn stored_ids(config: &Config) -> Result<BTreeSet<String>> {
    open(config, |stored| Ok(stored.into_keys().collect()))
}

/// Compares; `must` tells of which entries the data has to hold what was told. `foreign` was there before.
pub fn compare(
    config: &Config,
    entries: &BTreeMap<String, Entry>,
    foreign: &BTreeSet<String>,
    must: impl Fn(&Entry) -> bool,
) -> Result<Compared> {
    open(config, |stored| {
        let mut compared = Compared::default();
        let (mut lost, mut wrong) = (Vec::new(), Vec::new());
        for (id, entry) in entries {
            let is_due = must(entry);
            match stored.get(id) {
                None if is_due => lost.push(id),
                None => {}
                Some(it) => {
                    let is_right = it.files == entry.files
                        && it.n_received == 1
                        && (!is_due || entry.receipts.iter().eq([&it.receipt]));
                    if !is_right {
                        wrong.push(format!("{id}: {} received, {:?}, {:?}", it.n_received, it.files, entry));
                    }
                    compared.n_acknowledged += usize::from(is_due);
                    compared.n_besides += usize::from(!is_due);
                }
            }
        }
        let unknown: Vec<&String> =
            stored.keys().filter(|it| !entries.contains_key(*it) && !foreign.contains(*it)).collect();
        ensure!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
        ensure!(wrong.is_empty(), "{} doubled or with other files: {}", wrong.len(), wrong.join("; "));
        ensure!(unknown.is_empty(), "{} that nobody sent: {unknown:?}", unknown.len());
        Ok(compared)
    })
}

/// Opens the data, verifies it as `doorstep verify` does, and reads what is stored.
fn open<T>(config: &Config, look: impl FnOnce(BTreeMap<String, Stored>) -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let app = doorstep::app(config.clone(), Clock::System).await.context("the data can't be opened")?;
        let report = verify::whole(&app).await.context("the data can't be verified")?;
        ensure!(report.is_sound(), "verify finds: {:?}", report.findings);
        let stored = app.db.read(read).await?;
        for file in stored.values().flat_map(|it| it.files.values()) {
            let bytes = app.blobs.get(file).await.with_context(|| format!("file {file}"))?;
            ensure!(sha256_hex(&bytes) == *file, "file {file} holds other bytes");
        }
        let found = look(stored);
        app.db.close().await;
        found
    })
}

fn read(tx: &mut dyn Tx) -> Result<BTreeMap<String, Stored>, DbError> {
    let rows = tx.query("SELECT id, instance_id, receipt_number FROM submission", &[])?;
    let mut stored = BTreeMap::new();
    for row in &rows {
        let (id, instance_id): (String, String) = (row.get(0)?, row.get(1)?);
        let key = &[doorstep::store::db::Value::from(id)];
        let files = tx.query("SELECT name, sha256 FROM attachment WHERE submission_id = ?1", key)?;
        let received = "SELECT count(*) FROM audit WHERE action = 'receive submission' AND target = ?1";
        let n_received = tx.first(received, key)?.map_or(Ok(0), |row| row.get(0))?;
        let files = files.iter().map(|it| Ok((it.get(0)?, it.get(1)?))).collect::<Result<_, DbError>>()?;
        stored.insert(instance_id, Stored { receipt: row.get(2)?, files, n_received });
    }
    Ok(stored)
}
