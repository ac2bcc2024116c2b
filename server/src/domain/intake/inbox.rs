//! Visits that have their receipt wait here until they are checked and become submissions: the receipt promises that a
//! visit is kept, which takes a row and its files, and not that anybody has looked at it.
//!
//! ```text
//! door ─row + files durable─▶ receipt      inbox ─in the order of arrival─▶ the engine's check ─one transaction─▶ submission
//! ```
//!
//! Invariants: a visit leaves the inbox in the transaction that makes it a submission, and in no other way; what cannot be
//! checked becomes a submission that says so; a visit is not checked together with one that it may build on. Whoever
//! reads waits a while for the inbox to be empty ([`settled`]), so that what was acknowledged is there; while visits keep
//! coming and nobody asks, some are checked whenever the door is quiet, each second, and as soon as many wait; the door
//! waits where the inbox holds more than a reader can wait for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{sleep, timeout};
use wasm_forms::evidence::strokes;
use wasm_forms::{Env, Lists, Meta};

use super::context::{self, Asking, Context};
use super::judge::judge;
use super::{IntakeError, enter};
use crate::App;
use crate::background::{self, Niceness};
use crate::domain::account::{self, Account};
use crate::domain::seal::Sealed;
use crate::store::db::{DbError, Tx};
use crate::store::inbox::{self, InboxRow};

/// Most visits that are checked, and committed, together: the writer does nothing else for as long.
const BATCH: i64 = 16;
/// Time that the checks of all that waits may take, at the best pace that was seen: who reads then finds what was acknowledged.
/// From half of it on the door's being busy is no reason any more to leave visits there; beyond it the door lets no other in, for a
/// while.
const FULL: Duration = Duration::from_secs(40);
/// Visits that may wait, at any pace.
const FEWEST: usize = 1 << 10;
const MOST: usize = 1 << 16;
/// What a check takes before anything is known.
const USUAL_PACE: Duration = Duration::from_millis(10);
/// Visits that are checked together by which the pace is seen.
const MANY_TOGETHER: usize = 8;
/// Ids that are looked for in the visits behind, at most.
const MANY_MADE: usize = 128;
/// Longest wait of whoever reads.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait at a door behind which the inbox is full.
const FULL_AT_LONGEST: Duration = Duration::from_secs(5);
/// How often it is asked whether the door is quiet, and for how long at most.
const QUIET_STEP: Duration = Duration::from_millis(10);
const QUIET_AT_LATEST: Duration = Duration::from_secs(1);
/// Times that a visit is tried before it becomes a submission that nobody has checked.
const MAX_ATTEMPTS: i64 = 3;

/// What this process knows of its inbox.
#[derive(Debug)]
pub struct Inbox {
    /// Whether there may be something in it that nobody has begun to take out.
    is_filled: AtomicBool,
    /// Whether somebody waits for the door to be quiet.
    is_planned: AtomicBool,
    /// Visits at the door.
    n_at_door: AtomicUsize,
    /// Visits that this process put in and has not tried since.
    n_waiting: AtomicUsize,
    /// Who waits for the inbox to be empty.
    n_asking: AtomicUsize,
    /// The best pace of checks that was seen, microseconds each.
    pace_us: AtomicU64,
    /// Held by who takes out.
    turn: Mutex<LastPass>,
    /// Passes through the inbox that have begun.
    n_passes: AtomicU64,
}

/// What the last pass through the inbox came to.
#[derive(Debug, Default)]
pub struct LastPass {
    /// Which it was, counted from 1.
    number: u64,
    /// Why some stay, if they do.
    trouble: Option<DbError>,
}

impl Default for Inbox {
    /// Returns one that may hold what the last process left.
    fn default() -> Self {
        Inbox {
            is_filled: AtomicBool::new(true),
            is_planned: AtomicBool::new(false),
            n_at_door: AtomicUsize::new(0),
            n_waiting: AtomicUsize::new(0),
            n_asking: AtomicUsize::new(0),
            pace_us: AtomicU64::new(USUAL_PACE.as_micros() as u64),
            turn: Mutex::default(),
            n_passes: AtomicU64::new(0),
        }
    }
}

/// One more of something, until dropped.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl Counted<'_> {
    fn one(count: &AtomicUsize) -> Counted<'_> {
        count.fetch_add(1, Ordering::Relaxed);
        Counted(count)
    }
}

impl Inbox {
    /// Keeps what is in the inbox there until the guard is dropped.
    pub async fn pause(&self) -> MutexGuard<'_, LastPass> {
        self.turn.lock().await
    }

    /// Counts a visit at the door, after a wait where the inbox is full.
    pub(super) async fn at_door(&self) -> Counted<'_> {
        let since = Instant::now();
        while self.n_waiting.load(Ordering::Relaxed) >= self.room() && since.elapsed() < FULL_AT_LONGEST {
            sleep(QUIET_STEP).await;
        }
        Counted::one(&self.n_at_door)
    }

    /// Visits that may wait.
    fn room(&self) -> usize {
        let n = FULL.as_micros() as u64 / self.pace_us.load(Ordering::Relaxed).max(1);
        usize::try_from(n).unwrap_or(MOST).clamp(FEWEST, MOST)
    }

    /// Says how long some visits took together.
    fn took(&self, n: usize, time: Duration) {
        if n >= MANY_TOGETHER {
            let each = u64::try_from(time.as_micros()).unwrap_or(u64::MAX) / n as u64;
            self.pace_us.fetch_min(each, Ordering::Relaxed);
        }
    }

    /// Whether other visits are at the door as well.
    pub(super) fn is_in_company(&self) -> bool {
        self.n_at_door.load(Ordering::Relaxed) > 1
    }

    /// Waits until the door is quiet, many visits wait or somebody asks, a second at most.
    async fn quiet(&self) {
        let since = Instant::now();
        let is_busy = || {
            self.n_at_door.load(Ordering::Relaxed) > 0
                && self.n_asking.load(Ordering::Relaxed) == 0
                && self.n_waiting.load(Ordering::Relaxed) < self.room() / 2
        };
        while is_busy() && since.elapsed() < QUIET_AT_LATEST {
            sleep(QUIET_STEP).await;
        }
    }

    /// Says that some visits were tried. The last process may have left some that nobody counted.
    fn tried(&self, n: usize) {
        let fewer = |waiting: usize| Some(waiting.saturating_sub(n));
        let _ = self.n_waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
    }

    /// Whether everything that was acknowledged has been taken out.
    fn is_empty(&self) -> bool {
        !self.is_filled.load(Ordering::SeqCst) && self.turn.try_lock().is_ok()
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An acknowledged visit, read again.
pub(super) struct Waiting {
    pub(super) row: InboxRow,
    pub(super) by: Account,
    pub(super) meta: Meta,
    pub(super) sealed: Sealed,
    /// Its drawn signatures: name and bytes.
    pub(super) drawn: Vec<(String, Bytes)>,
}

impl Waiting {
    /// Whether it was tried often enough.
    pub(super) fn is_given_up(&self) -> bool {
        self.row.attempts >= MAX_ATTEMPTS
    }
}

/// What is known around a visit, and the lists that its form asks for.
type Around = (Context, Lists);

/// Says that a visit was put in, and has it taken out soon.
pub(super) fn filled(app: &Arc<App>) {
    app.inbox.n_waiting.fetch_add(1, Ordering::Relaxed);
    ring(app);
}

/// Has what waits taken out soon.
pub(super) fn ring(app: &Arc<App>) {
    app.inbox.is_filled.store(true, Ordering::SeqCst);
    if app.inbox.is_planned.swap(true, Ordering::SeqCst) {
        return;
    }
    let app = Arc::clone(app);
    tokio::spawn(async move {
        sleep(QUIET_STEP).await;
        app.inbox.is_planned.store(false, Ordering::SeqCst);
        let turn = app.inbox.turn.lock().await;
        let _ = take_out(&app, turn).await;
    });
}

/// Returns when everything that was acknowledged before can be read, or after some seconds.
pub async fn settled(app: &Arc<App>) {
    if app.inbox.is_empty() {
        return;
    }
    if timeout(PATIENCE, enter_all(app)).await.is_err() {
        tracing::warn!("somebody reads while visits wait in the inbox");
    }
}

/// Makes submissions of all that waits, at once, and to the end even if who asked goes away. Looks into the inbox in any
/// case: another process may have put something in. Who waits while others go through it needs no pass of their own: a visit
/// that does not work out is not tried once for each of them.
pub async fn enter_all(app: &Arc<App>) -> Result<(), DbError> {
    let app = Arc::clone(app);
    let entered = tokio::spawn(async move {
        let _asking = Counted::one(&app.inbox.n_asking);
        let n_begun = app.inbox.n_passes.load(Ordering::SeqCst);
        let last = app.inbox.turn.lock().await;
        if last.number > n_begun {
            return last.trouble.clone().map_or(Ok(()), Err);
        }
        // Only now: whose turn was before may have taken the word, and what it could not take out as well.
        app.inbox.is_filled.store(true, Ordering::SeqCst);
        take_out(&app, last).await
    });
    entered.await.map_err(|error| DbError::Other(error.to_string()))?
}

/// Makes submissions of all that waits, while the door is quiet or somebody asks for them. A visit that does not work out
/// is tried again when others come, and each minute; where nothing works out, by the next who asks.
async fn take_out(app: &Arc<App>, mut last: MutexGuard<'_, LastPass>) -> Result<(), DbError> {
    let (mut n_entered, mut passed) = (0, Ok(true));
    while passed.is_ok() && app.inbox.is_filled.swap(false, Ordering::SeqCst) {
        let number = app.inbox.n_passes.fetch_add(1, Ordering::SeqCst) + 1;
        passed = pass(app, &mut n_entered).await;
        *last = LastPass { number, trouble: trouble(&passed) };
    }
    if n_entered > 0 {
        // Once for all of them: each round of the jobs looks at everything that may be due.
        app.job_added.notify_one();
    }
    if let Err(error) = &passed {
        tracing::error!(%error, "the inbox could not be emptied");
        app.inbox.is_filled.store(true, Ordering::SeqCst);
    }
    trouble(&passed).map_or(Ok(()), Err)
}

/// Returns why some visits stay after a pass, if they do.
fn trouble(passed: &Result<bool, DbError>) -> Option<DbError> {
    match passed {
        Ok(true) => None,
        Ok(false) => Some(DbError::Other("some visits stay in the inbox".to_owned())),
        Err(error) => Some(error.clone()),
    }
}

/// Goes through the inbox once, in the order of arrival; counts what left it, and returns whether all of it did.
async fn pass(app: &Arc<App>, n_entered: &mut usize) -> Result<bool, DbError> {
    let (mut after, mut is_clean) = (String::new(), true);
    loop {
        app.inbox.quiet().await;
        let from = after.clone();
        let mut rows = app.db.read(move |tx| inbox::after(tx, &from, BATCH)).await?;
        rows.truncate(n_apart(&rows));
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        let n_rows = rows.len();
        let begun = Instant::now();
        let n_left = enter_together(app, rows).await?;
        app.inbox.took(n_left, begun.elapsed());
        app.inbox.tried(n_rows);
        *n_entered += n_left;
        is_clean &= n_left == n_rows;
    }
    // Others may have been read before they were counted; who puts one in now has another pass made.
    app.inbox.n_waiting.store(0, Ordering::Relaxed);
    Ok(is_clean)
}

/// Returns how many of the first visits can be checked together: none of them is for the task of another, corrects it, or
/// speaks of a row that it makes; one that makes very many goes alone.
fn n_apart(rows: &[InboxRow]) -> usize {
    let mut made: Vec<String> = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        if made.len() > MANY_MADE || made.iter().any(|it| row.xml.contains(it) || row.task_id == *it) {
            return n;
        }
        made.push(row.instance_id.clone());
        made.extend(Some(row.task_id.clone()).filter(|it| !it.is_empty()));
        made.extend(context::rows_made(&row.xml));
    }
    rows.len()
}

/// Makes submissions of some visits; returns how many worked out.
async fn enter_together(app: &Arc<App>, rows: Vec<InboxRow>) -> Result<usize, DbError> {
    let ids: Vec<String> = rows.iter().map(|it| it.id.clone()).collect();
    let mut waiting = Vec::new();
    for row in rows {
        let drawn = drawn(app, &row).await;
        waiting.push((row, drawn));
    }
    let reading = Arc::clone(app);
    let around = app
        .db
        .read(move |tx| {
            let read = waiting.into_iter().map(|(row, drawn)| {
                let around = catch_unwind(AssertUnwindSafe(|| around(tx, &reading, row, drawn)));
                around.unwrap_or_else(|_| Err(panicked().into()))
            });
            Ok::<_, DbError>(read.collect::<Vec<_>>())
        })
        .await?;
    let env = Env { now_ms: app.clock.now_ms(), offset_min: app.config.utc_offset_min, ..Env::default() };
    let judged = background::run(Niceness::Soon, move || {
        let judged = |(waiting, (context, lists)): (Waiting, Around)| {
            // A broken invariant must not take the others with it.
            catch_unwind(AssertUnwindSafe(|| judge(waiting, context, &lists, &env))).map_err(|_| panicked())
        };
        around.into_iter().map(|it| it.map_err(failed).and_then(judged)).collect::<Vec<_>>()
    });
    let judged = judged.await.map_err(|error| DbError::Other(error.to_string()))?.ok_or_else(panicked)?;
    let entered = judged.into_iter().map(async |rows| enter::store(app, rows?).await);
    // SQLite commits them together; PostgreSQL's connections, side by side, would wait for each other's counts in a circle.
    let entered = match app.config.database {
        None => join_all(entered).await,
        Some(_) => stream::iter(entered).buffered(1).collect().await,
    };
    let mut n_entered = 0;
    for (entered, id) in entered.into_iter().zip(ids) {
        match entered {
            Ok(()) => n_entered += 1,
            Err(error @ (DbError::Full | DbError::Stopped)) => return Err(error),
            Err(error) => {
                tracing::error!(%error, id, "a visit stays in the inbox");
                app.db.write(move |tx| inbox::failed(tx, &id)).await?;
            }
        }
    }
    Ok(n_entered)
}

/// Reads a visit again, and what is known around it.
fn around(
    tx: &mut dyn Tx,
    app: &App,
    row: InboxRow,
    drawn: Vec<(String, Bytes)>,
) -> Result<(Waiting, Around), IntakeError> {
    let by = account::by_id(tx, &row.account_id)?.ok_or(IntakeError::Forbidden)?;
    let meta = Meta::read(&row.xml).map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
    let document = roxmltree::Document::parse(&row.xml).map_err(|_| IntakeError::Malformed(None))?;
    let asking = Asking { meta: &meta, document: &document, task_id: &row.task_id };
    let context = context::around(tx, app, &by, &asking)?;
    let lists = context::lists(tx, app, &context.published, &document)?;
    let sealed = Sealed::read(Some(row.seal.as_str()).filter(|it| !it.is_empty()));
    drop(document);
    Ok((Waiting { row, by, meta, sealed, drawn }, (context, lists)))
}

fn panicked() -> DbError {
    DbError::Other("a check panicked".to_owned())
}

fn failed(error: IntakeError) -> DbError {
    match error {
        IntakeError::Db(error) => error,
        other => DbError::Other(other.to_string()),
    }
}

/// Reads the drawn signatures of a visit. One that is missing is told as one that can't be read.
async fn drawn(app: &App, row: &InboxRow) -> Vec<(String, Bytes)> {
    let mut drawn = Vec::new();
    for file in row.files.iter().filter(|it| it.media_type == strokes::MEDIA_TYPE) {
        match app.blobs.get(&file.sha256).await {
            Ok(bytes) => drawn.push((file.name.clone(), bytes)),
            Err(error) => tracing::error!(%error, file.sha256, "a signature can't be read"),
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_may_wait_as_a_reader_can_wait_for() {
        let inbox = Inbox::default();
        assert_eq!(inbox.room(), 4_000);
        inbox.took(16, Duration::from_millis(32));
        assert_eq!(inbox.room(), 20_000);
        inbox.took(16, Duration::from_secs(16));
        assert_eq!(inbox.room(), 20_000, "others were busy");
        inbox.took(1, Duration::from_micros(1));
        assert_eq!(inbox.room(), 20_000, "one alone says nothing");
        inbox.took(16, Duration::ZERO);
        assert_eq!(inbox.room(), MOST);
        assert!(PATIENCE > FULL);
    }
}
