//! The seam between one SQL text and two drivers. Only this file and its folder name `rusqlite` or `postgres`.
//!
//! A [`Db`] runs closures on threads of its own: a closure gets a transaction, and what it returns reaches the
//! caller only after the commit is on disk. SQLite has one writer that commits all waiting closures together
//! (one fsync for many writes, each in a savepoint of its own), a few readers, and one that looks rows up for all who
//! wait for that together; PostgreSQL has a thread for each connection. Placeholders are `?1`, `?2`; PostgreSQL sees `$1`, `$2`.

mod postgresql;
mod snapshot;
mod sqlite;
mod sqlite_file;

pub use self::snapshot::Snapshot;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use self::postgresql::PostgresConnection;
use self::sqlite::SqliteConnection;
use super::file_key::FileKey;

const SQLITE_READERS: usize = 2;
const POSTGRES_CONNECTIONS: usize = 4;

/// What a caller can act on; the rest stays opaque.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A row with this key exists already.
    #[error("not unique: {0}")]
    Unique(String),
    /// A column does not hold what the code reads from it.
    #[error("column {0} holds another type")]
    Column(usize),
    /// The database is shutting down or could not be reached.
    #[error("database stopped")]
    Stopped,
    /// There is no room left on the database's disk; nothing was changed.
    #[error("the database's disk is full")]
    Full,
    /// Anything else, for the log.
    #[error("database: {0}")]
    Other(String),
}

/// A value on its way into or out of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `BIGINT`.
    Int(i64),
    /// `BOOLEAN`.
    Bool(bool),
    /// `TEXT`.
    Text(String),
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $value:expr,)+) => {
        $(impl From<$from> for Value {
            fn from($it: $from) -> Value { $value }
        })+
    };
}
value_from! {
    i64 => |it| Value::Int(it),
    i32 => |it| Value::Int(it.into()),
    u32 => |it| Value::Int(it.into()),
    bool => |it| Value::Bool(it),
    &str => |it| Value::Text(it.to_owned()),
    String => |it| Value::Text(it),
    &String => |it| Value::Text(it.clone()),
    usize => |it| Value::Int(i64::try_from(it).unwrap_or(i64::MAX)),
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Builds the parameters of a statement.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::store::db::Value::from($value)),*] };
}

/// One row of a result.
#[derive(Debug, Clone)]
pub struct Row(Vec<Value>);

/// What a column can be read as.
pub trait FromValue: Sized {
    /// Returns the value, or `None` where the column holds something else.
    fn from_value(value: &Value) -> Option<Self>;
}
impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}
impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Int(number) = value { Some(*number) } else { None }
    }
}
impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(is) => Some(*is),
            Value::Int(number) => Some(*number != 0),
            _ => None,
        }
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl Row {
    /// Reads a column by its number, from 0.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, DbError> {
        self.0.get(index).and_then(T::from_value).ok_or(DbError::Column(index))
    }
}

/// A transaction of either database.
pub trait Tx {
    /// Runs one statement and returns how many rows it touched.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError>;
    /// Runs one statement and returns its rows.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError>;
    /// Runs several statements without parameters.
    fn script(&mut self, sql: &str) -> Result<(), DbError>;
}

impl dyn Tx + '_ {
    /// Runs one statement and returns its first row.
    pub fn first(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// A database, shared by cloning.
#[derive(Clone, Debug)]
pub struct Db {
    writes: Queue,
    reads: Queue,
    /// Of SQLite alone.
    look_ups: Option<Queue>,
}

/// What waits for one of some threads.
#[derive(Clone, Debug)]
struct Queue {
    orders: Sender<Order>,
    n_threads: usize,
}

/// What a thread is to do next.
enum Order {
    Work(Box<dyn Job>),
    /// To end; what it holds is dropped once its connection is closed.
    Stop(tokio::sync::mpsc::Sender<()>),
}

impl Db {
    /// Opens or creates a SQLite file, all of it encrypted with `key`.
    pub fn sqlite(path: &Path, key: &FileKey) -> Result<Db, DbError> {
        sqlite_file::encrypt_plain(path, key)?;
        let writer = SqliteConnection::writer(path, key)?;
        let (reads, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut readers = Vec::with_capacity(SQLITE_READERS + 1);
        let (look_ups, waiting) = channel();
        let connection = SqliteConnection::reader(path, key)?;
        readers.push(spawn("sqlite-look-up", move || {
            // The writer ends last, and says so then.
            drop(connection.work_together(&waiting));
        }));
        for _ in 0..SQLITE_READERS {
            let connection = SqliteConnection::reader(path, key)?;
            let jobs = Arc::clone(&jobs);
            readers.push(spawn("sqlite-reader", move || {
                while let Some(Order::Work(job)) = next(&jobs) {
                    connection.run_together(vec![job]);
                }
            }));
        }
        let (writes, jobs) = channel();
        spawn("sqlite-writer", move || {
            let stopped = writer.work_together(&jobs);
            // Of connections that close at the same time each takes another for the last, and the log would stay.
            readers.into_iter().for_each(|it| drop(it.join()));
            drop(writer);
            drop(stopped);
        });
        let queue = |orders, n_threads| Queue { orders, n_threads };
        let reads = queue(reads, SQLITE_READERS);
        Ok(Db { writes: queue(writes, 1), reads, look_ups: Some(queue(look_ups, 1)) })
    }

    /// Connects to PostgreSQL, or to what speaks its protocol; `url` as `postgres://user@host/database`.
    pub fn postgres(url: &str) -> Result<Db, DbError> {
        let config: postgres::Config = url.parse().map_err(|error| DbError::Other(format!("{error}")))?;
        let threads = |is_reader: bool| -> Result<Queue, DbError> {
            let (orders, jobs) = channel();
            let jobs = Arc::new(Mutex::new(jobs));
            for _ in 0..POSTGRES_CONNECTIONS {
                let mut connection = PostgresConnection::open(config.clone(), is_reader)?;
                let jobs = Arc::clone(&jobs);
                spawn("postgres", move || {
                    while let Some(Order::Work(job)) = next(&jobs) {
                        connection.run(job);
                    }
                });
            }
            Ok(Queue { orders, n_threads: POSTGRES_CONNECTIONS })
        };
        Ok(Db { writes: threads(false)?, reads: threads(true)?, look_ups: None })
    }

    /// Runs a closure in a transaction; its result arrives after the commit, and an error rolls back.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.writes, work).await
    }

    /// Runs a closure on a consistent snapshot; it cannot write.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.reads, work).await
    }

    /// As [`Db::read`], for a few rows by their keys: those that wait share a snapshot, and with it each page of SQLite's,
    /// which is read and decrypted anew after every commit. What takes long would keep the others waiting.
    pub async fn look_up<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(self.look_ups.as_ref().unwrap_or(&self.reads), work).await
    }

    /// Finishes what was asked for before and closes every connection; what is asked for later is [`DbError::Stopped`].
    /// SQLite's log goes into its file then.
    pub async fn close(&self) {
        let (stopped, mut all) = tokio::sync::mpsc::channel(1);
        for queue in [&self.reads, &self.writes].into_iter().chain(&self.look_ups) {
            for _ in 0..queue.n_threads {
                // A thread that has ended needs no order.
                let _ = queue.orders.send(Order::Stop(stopped.clone()));
            }
        }
        drop(stopped);
        all.recv().await;
    }
}

async fn submit<T, E, F>(queue: &Queue, work: F) -> Result<T, E>
where
    F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Pending { work: Some(work), result: None, reply };
    queue.orders.send(Order::Work(Box::new(job))).map_err(|_| DbError::Stopped)?;
    answer.await.map_err(|_| DbError::Stopped)?
}

/// A closure waiting for its transaction.
trait Job: Send {
    /// Runs it; returns whether its changes are to be kept.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Answers the caller, after the commit.
    fn finish(self: Box<Self>, committed: Result<(), DbError>);
}

struct Pending<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Pending<T, E, F>
where
    F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A broken invariant in one closure must not take the writer down with it.
        self.result = catch_unwind(AssertUnwindSafe(|| work(tx))).ok();
        matches!(self.result, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, committed: Result<(), DbError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (_, Some(Err(error))) => Err(error),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(DbError::Other("a transaction panicked".to_owned()).into()),
        };
        // The caller may have gone away; its work stays done.
        let _ = self.reply.send(result);
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body).expect("the system has threads at start")
}

fn next(jobs: &Mutex<Receiver<Order>>) -> Option<Order> {
    jobs.lock().ok()?.recv().ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Db, DbError, FileKey};

    #[tokio::test]
    async fn a_database_that_is_no_longer_used_leaves_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("a.sqlite"), folder.path().join("a.sqlite-wal"));
        for round in 0..200 {
            let db = Db::sqlite(&path, &FileKey::of(&[7; 32])).unwrap();
            let fill = "CREATE TABLE IF NOT EXISTS t (a TEXT); INSERT INTO t VALUES ('b')";
            db.write(move |tx| tx.script(fill)).await.unwrap();
            db.read(|tx| tx.query("SELECT 1", &[]).map(drop)).await.unwrap();
            assert!(log.exists(), "written to the log first");
            drop(db);
            let patience = Instant::now() + Duration::from_secs(20);
            while log.exists() {
                assert!(Instant::now() < patience, "round {round}: the log stays");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    #[tokio::test]
    async fn a_database_that_is_closed_has_done_what_was_asked_for_and_does_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let db = Db::sqlite(&path, &FileKey::of(&[7; 32])).unwrap();
        db.write(|tx| tx.script("CREATE TABLE t (a BIGINT)")).await.unwrap();
        let write =
            |n: i64| db.write(move |tx| tx.execute("INSERT INTO t VALUES (?1)", crate::params![n]).map(drop));
        let before = futures_util::future::join_all((0..100).map(write));
        // Asked for in this order: the writes are begun before the closing is.
        let (before, ()) = tokio::join!(before, db.close());
        assert!(before.iter().all(Result::is_ok) && !folder.path().join("a.sqlite-wal").exists());
        assert_eq!(write(0).await, Err(DbError::Stopped));
        assert_eq!(db.read(|tx| tx.query("SELECT 1", &[]).map(drop)).await, Err(DbError::Stopped));
        db.close().await;
        let db = Db::sqlite(&path, &FileKey::of(&[7; 32])).unwrap();
        let n: i64 = db.read(|tx| tx.first("SELECT count(*) FROM t", &[])?.unwrap().get(0)).await.unwrap();
        assert_eq!(n, 100);
    }
}
