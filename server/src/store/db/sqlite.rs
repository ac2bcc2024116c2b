//! A SQLite connection on a thread of its own: it does what waits together, and is what a closure sees of the file.

use std::path::Path;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::{DbError, Job, Order, Row, Tx, Value, sqlite_file};
use crate::store::file_key::FileKey;

/// Most closures that share one transaction.
const MAX_BATCH: usize = 64;
/// Negative: KiB, not pages.
const READER_CACHE_KIB: i64 = -4096;

/// A connection that writes, or one that only reads.
pub(super) struct SqliteConnection {
    connection: Connection,
    is_reader: bool,
}

impl SqliteConnection {
    /// Opens or creates the file to write it.
    pub(super) fn writer(path: &Path, key: &FileKey) -> Result<SqliteConnection, DbError> {
        Ok(SqliteConnection { connection: sqlite_file::open(path, key)?, is_reader: false })
    }

    /// Opens the file to read it.
    pub(super) fn reader(path: &Path, key: &FileKey) -> Result<SqliteConnection, DbError> {
        let connection = sqlite_file::open(path, key)?;
        connection.pragma_update(None, "query_only", true)?;
        // What a reader keeps is worth nothing as soon as somebody has written.
        connection.pragma_update(None, "cache_size", READER_CACHE_KIB)?;
        Ok(SqliteConnection { connection, is_reader: true })
    }

    /// Does what waits, all of it in one transaction each time, until it is told to stop, and returns what to drop then, or
    /// until nobody can ask any more.
    pub(super) fn work_together(&self, orders: &Receiver<Order>) -> Option<tokio::sync::mpsc::Sender<()>> {
        let mut stopped = None;
        while stopped.is_none()
            && let Ok(mut order) = orders.recv()
        {
            let mut batch = Vec::new();
            loop {
                match order {
                    Order::Work(job) => batch.push(job),
                    Order::Stop(it) => stopped = Some(it),
                }
                if stopped.is_some() || batch.len() == MAX_BATCH {
                    break;
                }
                let Ok(next) = orders.try_recv() else { break };
                order = next;
            }
            if !batch.is_empty() {
                self.run_together(batch);
            }
        }
        stopped
    }

    /// Does all of it in one transaction.
    pub(super) fn run_together(&self, mut batch: Vec<Box<dyn Job>>) {
        let done =
            if self.is_reader { self.read_together(&mut batch) } else { self.write_together(&mut batch) };
        if done.is_err() && !self.connection.is_autocommit() {
            // Nothing was promised to anyone yet; the error goes to every caller of the batch.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let done = done.map_err(DbError::from);
        for job in batch {
            job.finish(done.clone());
        }
    }

    fn read_together(&self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        self.step("BEGIN")?;
        for job in batch {
            job.run(&mut SqliteTx(&self.connection));
            // Where SQLite ended the snapshot by itself, nobody gets what another one shows.
            if self.connection.is_autocommit() {
                break;
            }
        }
        self.step("COMMIT")
    }

    fn write_together(&self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        self.step("BEGIN IMMEDIATE")?;
        for job in batch {
            self.step("SAVEPOINT work")?;
            if !job.run(&mut SqliteTx(&self.connection)) {
                self.step("ROLLBACK TO work")?;
            }
            self.step("RELEASE work")?;
        }
        self.step("COMMIT")
    }

    fn step(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

/// A connection as a closure sees it, within a transaction.
pub(super) struct SqliteTx<'c>(pub(super) &'c Connection);

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Bool(is) => ValueRef::Integer(i64::from(*is)),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let n_rows = self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))?;
        Ok(n_rows as u64)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let n_columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..n_columns).map(|index| {
                Ok(match row.get_ref(index)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Real(_) | ValueRef::Blob(_) => return Err(DbError::Column(index)),
                })
            });
            found.push(Row(cells.collect::<Result<_, DbError>>()?));
        }
        Ok(found)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.0.execute_batch(sql)?)
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return DbError::Other(error.to_string());
        };
        match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                DbError::Unique(error.to_string())
            }
            // The index of the log can't grow, which is no write to the database's own files.
            ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE => DbError::Full,
            _ => DbError::Other(error.to_string()),
        }
    }
}
