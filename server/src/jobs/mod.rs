//! Background work: jobs are rows with a lease, so a process that dies leaves its job to the next one, and every job
//! can run twice without harm. Besides the queue, a minute's round takes up a pack that another process
//! published, opens planned tasks, plans by the schedule, tells what is late, counts answers, lets files go whose time is
//! over, forgets uploads that nobody went on with, seals the audit log and forgets old sessions.

use std::sync::Arc;
use std::time::Duration;

use crate::App;
use crate::blob::BlobError;
use crate::domain::import::{self, ImportError};
use crate::domain::photo::{self, PhotoError};
use crate::domain::retention::{self, EraseError};
use crate::domain::upload::{self, UploadError};
use crate::domain::{answers, audit, escalation, pack, schedule, task};
use crate::store::accounts;
use crate::store::db::DbError;
use crate::store::jobs::{self, JobRow};

const LEASE_MS: i64 = 5 * 60 * 1000;
const MAX_ATTEMPTS: i64 = 5;
const ROUND: Duration = Duration::from_secs(60);
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Why a job did not work out.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Trying again may help.
    #[error("{0}")]
    Again(String),
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
            ImportError::Db(_) | ImportError::Blob(_) => JobError::Again(error.to_string()),
        }
    }
}

impl From<PhotoError> for JobError {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::NotFound => JobError::Never(error.to_string()),
            PhotoError::Blob(BlobError::NotFound) => JobError::Again("a file is missing".to_owned()),
            PhotoError::Db(_) | PhotoError::Blob(BlobError::Vault(_) | BlobError::Store(_)) => {
                JobError::Again(error.to_string())
            }
        }
    }
}

impl From<EraseError> for JobError {
    fn from(error: EraseError) -> Self {
        JobError::Again(error.to_string())
    }
}

/// Works until the process ends.
pub async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = round(&app).await {
            tracing::error!(%error, "background round failed");
        }
        let _ = tokio::time::timeout(ROUND, app.job_added.notified()).await;
    }
}

/// Does everything that is due now.
pub async fn round(app: &Arc<App>) -> Result<(), DbError> {
    while run_one(app).await? {}
    pack::take_up(app).await?;
    task::open_planned(app).await?;
    schedule::plan(app).await?;
    escalation::escalate(app).await?;
    answers::count(app).await?;
    retention::let_go_due(app).await?;
    match upload::sweep(app).await {
        Ok(()) => {}
        Err(UploadError::Db(error)) => return Err(error),
        // The rest of the round does not wait for the files.
        Err(error) => tracing::warn!(%error, "uploads are not swept"),
    }
    while run_one(app).await? {}
    audit::seal(app).await?;
    let before = app.clock.now_ms() - WEEK_MS;
    app.db.write(move |tx| accounts::delete_sessions_before(tx, before)).await?;
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
        Err(JobError::Again(problem)) if job.attempts < MAX_ATTEMPTS || job.kind == retention::JOB => {
            let run_at = now + 30_000 * (1 << job.attempts.min(MAX_ATTEMPTS));
            app.db.write(move |tx| jobs::put_back(tx, &job.id, run_at, &problem)).await?;
        }
        Err(error) => {
            tracing::warn!(kind = job.kind, attempts = job.attempts, %error, "job given up");
            if matches!(job.kind.as_str(), import::PREVIEW_JOB | import::APPLY_JOB) {
                import::give_up(app, job.target.clone()).await?;
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
