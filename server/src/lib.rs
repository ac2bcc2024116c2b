//! Doorstep's server: stores visits and photos, checks them with the phone's own engine, drives review.
//!
//! ```text
//! phone ─POST─▶ api ─▶ intake: inbox row in store (one SQL text, SQLite or PostgreSQL) + blob (files by hash) ─▶ receipt
//!   └─tus (photos, piece by piece, before it)─┘   └─▶ the engine again ─▶ submission, flags ─▶ review ─▶ registers, next tasks
//!                                                     jobs (pictures, retention, audit chain)
//! ```
//!
//! What it promises: an acknowledged visit is on disk with its files; the same visit again gets the same receipt; a
//! visit that breaks a rule is flagged, not refused; every read of personal data is in the audit log; `doorstep
//! verify` finds and names whatever was changed afterwards.
//!
//! Deliberately absent: face templates, and a connection to the ministry's systems. How long photos and signatures are
//! kept is the operator's decision: the pack sets a time for a task type, and without one nothing is deleted.

pub mod api;
pub mod background;
pub mod backup;
pub mod blob;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod durable;
pub mod jobs;
pub mod ledger;
pub mod pack;
pub mod picture;
pub mod register;
pub mod store;
pub mod vault;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{Notify, Semaphore};

use blob::Blobs;
use blob::bucket::Bucket;
use blob::hashes::Hasher;
use clock::Clock;
use config::Config;
use domain::form::FormCache;
use domain::list::ListCache;
use domain::pack::{InForce, PackError};
use domain::task_type::TaskTypes;
use store::db::{Db, DbError, Tx};
use store::file_key;
use vault::rekey::RekeyError;
use vault::visit_key::VisitKey;
use vault::{Vault, VaultError};

/// The name of the database's file in a data folder.
pub const DATABASE: &str = "doorstep.sqlite";
/// Bytes that may be arriving at the same time, in all requests together: each is in memory until it is stored.
pub const MAX_ARRIVING_BYTES: usize = 256 << 20;
/// Passwords that are looked at at the same time.
const MAX_PASSWORD_CHECKS: usize = 2;
/// Submissions that are looked at at the same time.
const MAX_CHECKS: usize = 8;

/// Everything a request needs, shared by all of them.
#[derive(Debug)]
pub struct App {
    /// Settings.
    pub config: Config,
    /// Rows.
    pub db: Db,
    /// Files.
    pub blobs: Blobs,
    /// Opens visits that come as a file.
    pub visit_key: VisitKey,
    /// Time.
    pub clock: Clock,
    /// The pack that is in force.
    pub pack: InForce,
    /// Compiled forms.
    pub forms: FormCache,
    /// Whole lists for the engine's check.
    pub lists: ListCache,
    /// How far the imports at work here are.
    pub import_progress: domain::import::Progress,
    /// Rings when a job was added.
    pub job_added: Notify,
    /// Whether the process is about to end: background work begins nothing more.
    pub is_stopping: AtomicBool,
    /// What could not be written down yet because the disk is full.
    pub held: domain::held::Held,
    /// Room for what is arriving, in KiB.
    pub uploads: Arc<Semaphore>,
    /// Files that arrive piece by piece at this moment.
    pub uploading: domain::upload::Writers,
    /// Hashes files as they arrive.
    pub hasher: Hasher,
    /// Limits submissions looked at at the same time.
    pub checks: Semaphore,
    /// Visits that have their receipt and wait to be checked.
    pub inbox: domain::intake::Inbox,
    /// Limits passwords looked at at the same time.
    pub password_checks: Semaphore,
    /// Limits attempts to sign in.
    pub sign_in_limit: api::auth::SignInLimit,
}

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The database can't be opened.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store can't be opened.
    #[error(transparent)]
    Blob(#[from] blob::BlobError),
    /// The keys that the data is encrypted with are missing or others.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// One of the server's own keys can't be read.
    #[error(transparent)]
    FileKey(#[from] RekeyError),
    /// The pack that the program carries can't be published.
    #[error("community pack: {0}")]
    Pack(#[from] PackError),
}

/// Opens the stores, brings the database up to date, and returns what every request shares.
pub async fn app(config: Config, clock: Clock) -> Result<Arc<App>, StartError> {
    std::fs::create_dir_all(&config.data)?;
    let blobs = open_blobs(&config).await?;
    let db = open_database(&config, &blobs).await?;
    let app = Arc::new(App {
        visit_key: VisitKey::of_folder(blobs.vault(), &config.data)?,
        blobs,
        pack: InForce::default(),
        forms: FormCache::default(),
        lists: ListCache::default(),
        import_progress: domain::import::Progress::default(),
        job_added: Notify::new(),
        is_stopping: AtomicBool::new(false),
        held: domain::held::Held::default(),
        uploads: Arc::new(Semaphore::new(MAX_ARRIVING_BYTES >> 10)),
        uploading: domain::upload::Writers::default(),
        hasher: Hasher::default(),
        checks: Semaphore::new(MAX_CHECKS),
        inbox: domain::intake::Inbox::default(),
        password_checks: Semaphore::new(MAX_PASSWORD_CHECKS),
        sign_in_limit: api::auth::SignInLimit::new(),
        db,
        clock,
        config,
    });
    match bring_up_to_date(&app).await {
        Ok(()) => Ok(app),
        Err(error) => {
            app.db.close().await;
            Err(error)
        }
    }
}

async fn bring_up_to_date(app: &Arc<App>) -> Result<(), StartError> {
    store::migrate::migrate(&app.db).await?;
    domain::pack::install(app).await?;
    domain::pack::take_up(app).await?;
    Ok(())
}

/// Opens the stores for one piece of work, and closes the database before it returns: a process that ends while SQLite's
/// threads are still at work takes away from under them what they encrypt with.
pub async fn with_app<T, E: From<StartError>>(
    config: Config,
    work: impl AsyncFnOnce(&Arc<App>) -> Result<T, E>,
) -> Result<T, E> {
    let app = app(config, Clock::System).await?;
    let done = work(&app).await;
    app.db.close().await;
    done
}

/// Returns an id that sorts by the time it was made.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

impl App {
    /// Returns the task types in force.
    #[must_use]
    pub fn task_types(&self) -> Arc<TaskTypes> {
        self.pack.task_types()
    }

    /// Returns the civil day now.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        domain::calendar::day_at(self.clock.now_ms(), self.config.utc_offset_min)
    }

    /// Returns the version of a form that new visits use.
    pub fn current_version(&self, tx: &mut dyn Tx, form_id: &str) -> Result<Option<String>, DbError> {
        store::forms::current_version(tx, form_id)
    }
}

async fn open_database(config: &Config, blobs: &Blobs) -> Result<Db, StartError> {
    if let Some(url) = config.database.clone() {
        return Ok(blocking(move || Db::postgres(&url)).await?);
    }
    let key = file_key::of_folder(blobs.vault(), &config.data)?;
    let path = config.data.join(DATABASE);
    Ok(blocking(move || Db::sqlite(&path, &key)).await?)
}

async fn blocking(open: impl FnOnce() -> Result<Db, DbError> + Send + 'static) -> Result<Db, DbError> {
    tokio::task::spawn_blocking(open).await.map_err(|error| DbError::Other(error.to_string()))?
}

/// Opens the files with the keys they were encrypted with.
pub async fn open_blobs(config: &Config) -> Result<Blobs, StartError> {
    let blobs = match &config.bucket {
        Some(name) => {
            let bucket = Bucket::open(name, &config.store)?;
            let vault = open_vault(config, bucket.is_in_use().await?)?;
            Blobs::bucket(bucket, vault)
        }
        None => {
            let folder = config.data.join("blobs");
            let vault = open_vault(config, Blobs::is_in_use(&folder))?;
            Blobs::folder(&folder, vault)?
        }
    };
    blobs.check_keys().await?;
    Ok(blobs)
}

/// Opens the keys; makes them where nothing was encrypted yet.
fn open_vault(config: &Config, is_in_use: bool) -> Result<Vault, VaultError> {
    match Vault::open(config.keys())? {
        Some(vault) => Ok(vault),
        None if is_in_use => Err(VaultError::UnknownKey(config.keys().to_string())),
        None => Vault::create(config.keys()),
    }
}
