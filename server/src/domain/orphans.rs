//! Files that nothing names: an upload that was cut off between its files and its row, a workbook that was refused, what a
//! power cut brought back. They are deleted when they have been so for a day at least by the clock of where they lie, and
//! were found so twice, hours apart, by the time that passed here: no wrong clock makes a file an orphan.
//!
//! A file is moved aside before it is deleted, and looked for once more in between, as in [`retention`](super::retention).
//! Whoever stores a file again makes it young again, so that one that is about to be named is no orphan.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant, SystemTime};

use futures_util::TryStreamExt as _;

use super::retention::EraseError;
use crate::App;
use crate::blob::{Aside, Moved};
use crate::store::db::{DbError, Tx};
use crate::store::{erasures, uploads};

/// Age by the store's own times from which a file that nothing names is an orphan.
const GRACE: Duration = Duration::from_secs(24 * 3600);
/// Time between two sweeps, and so between the two looks at an orphan.
const APART: Duration = Duration::from_secs(6 * 3600);
/// Files that one transaction looks up.
const BATCH: usize = 200;

/// Sweeps from time to time, and knows what it found the last time.
#[derive(Debug)]
pub struct Sweeper {
    grace: Duration,
    apart: Duration,
    /// Files that nothing named, and since when that is known.
    found: HashMap<String, Instant>,
    swept_at: Option<Instant>,
}

/// What a sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Files deleted.
    pub n_deleted: usize,
    /// Files that nothing names, to be looked at again.
    pub n_found: usize,
    /// Files deleted that were never finished.
    pub n_unfinished: usize,
}

impl Default for Sweeper {
    fn default() -> Self {
        Sweeper::new()
    }
}

impl Sweeper {
    /// Returns one that has found nothing yet.
    #[must_use]
    pub fn new() -> Sweeper {
        Sweeper::with(GRACE, APART)
    }

    /// Returns one with times of its own.
    #[must_use]
    pub fn with(grace: Duration, apart: Duration) -> Sweeper {
        Sweeper { grace, apart, found: HashMap::new(), swept_at: None }
    }

    /// Returns whether it is time again; at the start it is.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.swept_at.is_none_or(|it| it.elapsed() >= self.apart)
    }

    /// Deletes what has been an orphan for long enough, and what was never finished.
    pub async fn sweep(&mut self, app: &App) -> Result<Swept, EraseError> {
        self.swept_at = Some(Instant::now());
        let before = app.blobs.time().await? - self.grace;
        // What a crash left aside: back to its place, or gone.
        for aside in app.blobs.aside().await? {
            if aside.is_left_behind(before) {
                settle(app, &aside, before).await?;
            } else if is_named(app, &aside.sha256).await? {
                app.blobs.bring_back(&aside.sha256).await?;
            }
        }
        let mut swept = Swept { n_unfinished: app.blobs.sweep_unfinished(before).await?, ..Swept::default() };
        let mut still_found = HashMap::new();
        let mut batches = app.blobs.hashes_before(before).try_chunks(BATCH);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            for sha256 in app.db.read(move |tx| unnamed(tx, batch)).await? {
                let since = self.found.get(&sha256).copied().unwrap_or_else(Instant::now);
                if self.found.contains_key(&sha256) && since.elapsed() >= self.apart {
                    swept.n_deleted += usize::from(let_go(app, sha256, before).await?);
                } else {
                    still_found.insert(sha256, since);
                }
            }
        }
        self.found = still_found;
        swept.n_found = self.found.len();
        if swept.n_deleted + swept.n_unfinished > 0 {
            tracing::info!(swept.n_deleted, swept.n_unfinished, "orphans deleted");
        }
        Ok(swept)
    }
}

/// Returns the files of a batch that nothing names.
fn unnamed(tx: &mut dyn Tx, batch: Vec<String>) -> Result<BTreeSet<String>, DbError> {
    let (held, mut found) = (held(tx)?, BTreeSet::new());
    for sha256 in batch {
        if !held.contains(&sha256) && !erasures::is_needed(tx, &sha256)? {
            found.insert(sha256);
        }
    }
    Ok(found)
}

/// Files that are held though no row of a visit, form or import names them: what an upload under way counts on. What else
/// comes to hold files by their hash has its line here.
fn held(tx: &mut dyn Tx) -> Result<BTreeSet<String>, DbError> {
    Ok(uploads::held_hashes(tx)?.into_iter().collect())
}

/// Deletes a file unless it is named, or was stored again meanwhile; returns whether it is gone.
async fn let_go(app: &App, sha256: String, before: SystemTime) -> Result<bool, EraseError> {
    match app.blobs.move_aside(&sha256).await? {
        Moved::Aside(aside) => settle(app, &aside, before).await,
        Moved::StoredAgain => Ok(false),
        // All that is left is its small picture.
        Moved::Gone => {
            let is_named = is_named(app, &sha256).await?;
            if !is_named {
                app.blobs.delete_thumbnail(&sha256).await?;
            }
            Ok(!is_named)
        }
    }
}

/// Deletes what was moved aside, or puts it back; returns whether it is gone.
async fn settle(app: &App, aside: &Aside, before: SystemTime) -> Result<bool, EraseError> {
    if is_named(app, &aside.sha256).await? || app.blobs.is_stored_since(aside, before).await? {
        app.blobs.put_back(aside).await?;
        return Ok(false);
    }
    app.blobs.delete_aside(aside).await?;
    Ok(true)
}

async fn is_named(app: &App, sha256: &str) -> Result<bool, DbError> {
    let asked = vec![sha256.to_owned()];
    app.db.read(move |tx| Ok(unnamed(tx, asked)?.is_empty())).await
}
