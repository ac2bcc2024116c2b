//! Background work: jobs are rows with a lease, so a process that dies leaves its job to the next one, and every job
//! can run twice without harm. Besides the queue, a minute's round takes up a pack that another process
//! published, opens planned tasks, plans by the schedule, tells what is late, counts answers, lets files go whose time is
//! over, forgets uploads that nobody went on with, seals the audit log and forgets old sessions.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::App;
use crate::blob::BlobError;
use crate::clock::Steadiness;
use crate::domain::held;
use crate::domain::import::{self, ImportError};
use crate::domain::intake;
use crate::domain::orphans::Sweeper;
use crate::domain::photo::{self, PhotoError};
use crate::domain::retention::{self, EraseError};
use crate::domain::upload::{self, UploadError};
use crate::domain::{answers, audit, escalation, pack, schedule, task};
use crate::store::accounts;
use crate::store::db::DbError;
use crate::store::jobs::{self, JobRow};
use crate::store::queue;

const LEASE_MS: i64 = 5 * 60 * 1000;
const MAX_ATTEMPTS: i64 = 5;
/// Submissions from before there was a search that one transaction enters into it.
const ENTERED: usize = 500;
const FULL_PAUSE_MS: i64 = 60_000;
const ROUND: Duration = Duration::from_secs(60);
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Why a job did not work out.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Trying again may help.
    #[error("{0}")]
    Again(String),
    /// There is no room on the disk; it is tried for as long as there is none.
    #[error("the disk is full")]
    Full,
    /// It never will.
    #[error("{0}")]
    Never(String),
}

impl From<ImportError> for JobError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotFound | ImportError::UnknownList | ImportError::NotReady => {
                JobError::Never(error.to_string())
            }
            ImportError::Db(DbError::Full) | ImportError::Blob(BlobError::Full) => JobError::Full,
            ImportError::Db(_) | ImportError::Blob(_) => JobError::Again(error.to_string()),
        }
    }
}

impl From<PhotoError> for JobError {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::NotFound => JobError::Never(error.to_string()),
            PhotoError::Blob(BlobError::NotFound) => JobError::Again("a file is missing".to_owned()),
            PhotoError::Db(DbError::Full) | PhotoError::Blob(BlobError::Full) => JobError::Full,
            PhotoError::Db(_)
            | PhotoError::Blob(BlobError::Vault(_) | BlobError::Store(_) | BlobError::Unreachable(_)) => {
                JobError::Again(error.to_string())
            }
        }
    }
}

impl From<EraseError> for JobError {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::Db(DbError::Full) | EraseError::Blob(BlobError::Full) => JobError::Full,
            EraseError::Db(_) | EraseError::Blob(_) => JobError::Again(error.to_string()),
        }
    }
}

/// Works until [`stop`] is called; what is at work then is finished.
pub async fn run(app: Arc<App>) {
    let last = audit::last_at(&app).await.unwrap_or_default();
    let (mut clock, mut sweeper) = (Steadiness::new(app.clock.now_ms(), last), Sweeper::new());
    while !is_stopping(&app) {
        let worked = match clock.is_steady(app.clock.now_ms()) {
            true => round(&app).await,
            false => {
                tracing::warn!(
                    "the clock has jumped: nothing is planned, told late or deleted by it for a day"
                );
                whatever_the_clock_says(&app).await
            }
        };
        if let Err(error) = worked {
            tracing::error!(%error, "background round failed");
        }
        if sweeper.is_due()
            && let Err(error) = sweeper.sweep(&app).await
        {
            tracing::error!(%error, "orphans could not be swept");
        }
        if !is_stopping(&app) {
            let _ = tokio::time::timeout(ROUND, app.job_added.notified()).await;
        }
    }
}

/// Has [`run`] end soon.
pub fn stop(app: &App) {
    app.is_stopping.store(true, Ordering::Relaxed);
    app.job_added.notify_one();
}

fn is_stopping(app: &App) -> bool {
    app.is_stopping.load(Ordering::Relaxed)
}

/// Does everything that is due now.
pub async fn round(app: &Arc<App>) -> Result<(), DbError> {
    held::write_down(app).await?;
    // A visit that stays there holds up nothing else.
    let _ = intake::enter_all(app).await;
    run_all(app).await?;
    pack::take_up(app).await?;
    task::open_planned(app).await?;
    schedule::plan(app).await?;
    escalation::escalate(app).await?;
    answers::count(app).await?;
    while app.db.write(|tx| queue::enter_some(tx, ENTERED)).await? == ENTERED {}
    retention::let_go_due(app).await?;
    match upload::sweep(app).await {
        Ok(()) => {}
        Err(UploadError::Db(error)) => return Err(error),
        // The rest of the round does not wait for the files.
        Err(error) => tracing::warn!(%error, "uploads are not swept"),
    }
    run_all(app).await?;
    audit::seal(app).await?;
    let before = app.clock.now_ms() - WEEK_MS;
    app.db.write(move |tx| accounts::delete_sessions_before(tx, before)).await?;
    Ok(())
}

/// Does what has to be done on any day.
async fn whatever_the_clock_says(app: &Arc<App>) -> Result<(), DbError> {
    held::write_down(app).await?;
    // A visit that stays there holds up nothing else.
    let _ = intake::enter_all(app).await;
    run_all(app).await?;
    pack::take_up(app).await?;
    answers::count(app).await?;
    audit::seal(app).await
}

async fn run_all(app: &Arc<App>) -> Result<(), DbError> {
    while !is_stopping(app) && run_one(app).await? {}
    Ok(())
}

/// Takes one job and runs it; returns whether there was one.
async fn run_one(app: &Arc<App>) -> Result<bool, DbError> {
    let now = app.clock.now_ms();
    let Some(job) = app.db.write(move |tx| jobs::claim(tx, now, now + LEASE_MS)).await? else {
        return Ok(false);
    };
    match work(app, &job).await {
        Ok(()) => app.db.write(move |tx| jobs::remove(tx, &job.id)).await?,
        // What was promised to be deleted is tried for as long as it takes.
        Err(JobError::Full) => {
            let problem = JobError::Full.to_string();
            app.db.write(move |tx| jobs::put_back(tx, &job.id, now + FULL_PAUSE_MS, &problem)).await?;
        }
        Err(JobError::Again(problem)) if job.attempts < MAX_ATTEMPTS || job.kind == retention::JOB => {
            let run_at = now + 30_000 * (1 << job.attempts.min(MAX_ATTEMPTS));
            app.db.write(move |tx| jobs::put_back(tx, &job.id, run_at, &problem)).await?;
        }
        Err(error) => {
            tracing::warn!(kind = job.kind, attempts = job.attempts, %error, "job given up");
            if matches!(job.kind.as_str(), import::PREVIEW_JOB | import::APPLY_JOB) {
                import::give_up(app, job.target.clone()).await?;
            }
            if job.kind == photo::JOB {
                photo::give_up(app, job.target.clone()).await?;
            }
            app.db.write(move |tx| jobs::remove(tx, &job.id)).await?;
        }
    }
    Ok(true)
}

async fn work(app: &Arc<App>, job: &JobRow) -> Result<(), JobError> {
    match job.kind.as_str() {
        photo::JOB => Ok(photo::look_at(app, &job.target).await?),
        retention::JOB => Ok(retention::erase(app, &job.target).await?),
        upload::JOB => Ok(upload::clear_away(app, &job.target).await.map_err(EraseError::from)?),
        import::PREVIEW_JOB => Ok(import::preview(app, job.target.clone()).await?),
        import::APPLY_JOB => Ok(import::carry_out(app, job.target.clone()).await?),
        other => Err(JobError::Never(format!("unknown kind {other}"))),
    }
}
