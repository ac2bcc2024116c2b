//! Fills a fresh data folder with as many visits as are asked for, in the order of their time, as they would have come.
//!
//! The tables and indexes are the server's own. Those of the filled tables that are not part of a table are left out
//! while rows are added and made again afterwards, from their own statements; pages wait in memory meanwhile.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Result, ensure};
use doorstep::api::input::cursor;
use doorstep::config::Config;
use doorstep::domain::task_number;
use doorstep::params;
use doorstep::store::audit;
use doorstep::store::db::{DbError, Tx};
use doorstep::store::tasks;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::rows::Made;

/// Visits that one transaction writes.
const BATCH: usize = 20_000;
/// Of a hundred visits, the newest wait for a decision.
const WAITING: usize = 3;
const TABLES: &str = "'submission', 'attachment', 'flag', 'flagged', 'name_part', 'submission_event', 'entity_change', \
    'task', 'seal', 'photo', 'likeness', 'kept_evidence', 'erasure', 'audit'";

/// What questions need to know of the visits: places of the list so far from its end, some visit in the middle.
#[derive(Debug, Serialize, Deserialize)]
pub struct Places {
    /// The last fifty of all, and of those that wait, are behind these.
    pub all_50: String,
    pub all_250: String,
    pub queue_50: String,
    pub queue_250: String,
    /// A day of visits, and the first and last of thirty days.
    pub day: String,
    pub month: [String; 2],
    pub receipt: String,
    pub name: String,
    /// Its task's.
    pub number: String,
    pub id: String,
}

/// What the visits of a chain need to know of the one before.
#[derive(Default)]
struct Chains(HashMap<String, (i64, String)>);

/// Adds `n` visits to the demonstration, each with a document and answers of `n_bytes` together.
pub fn fill(data: &Path, n: usize, n_bytes: usize) -> Result<Places> {
    let runtime = tokio::runtime::Runtime::new()?;
    // The key is beside the folder, where the program looks for it.
    let config = Config { key_file: None, ..Config::in_folder(data.to_owned()) };
    runtime.block_on(doorstep::with_app(config, async |app| {
        let app_ = Arc::clone(app);
        let facts = app.db.write(move |tx| Facts::prepare(tx, &app_, n, n_bytes)).await?;
        ensure!(!facts.residents.is_empty(), "the demonstration has no residents");
        let facts = Arc::new(facts);
        let (indexes, seq) =
            app.db.write(|tx| Ok::<_, DbError>((take_indexes(tx)?, audit::head(tx)?.0))).await?;
        let chains = Arc::new(Mutex::new(Chains::default()));
        for first in (0..n).step_by(BATCH) {
            let (facts, chains) = (Arc::clone(&facts), Arc::clone(&chains));
            let numbers = first..n.min(first + BATCH);
            app.db
                .write(move |tx| {
                    let mut chains = chains.lock().map_err(|_| DbError::Stopped)?;
                    numbers.into_iter().try_for_each(|i| store(tx, &facts, &mut chains, (i, n), seq))
                })
                .await?;
        }
        for sql in indexes {
            app.db.write(move |tx| tx.script(&sql)).await?;
        }
        let heads = std::mem::take(&mut chains.lock().map_err(|_| DbError::Stopped)?.0);
        Ok(app
            .db
            .write(move |tx| {
                finish(tx, &heads, seq, n)?;
                places(tx, &facts, n)
            })
            .await?)
    }))
}

/// Drops the indexes that are no part of their tables; returns the statements that make them.
fn take_indexes(tx: &mut dyn Tx) -> Result<Vec<String>, DbError> {
    tx.script("PRAGMA cache_size = -4000000; PRAGMA wal_autocheckpoint = 200000")?;
    let of_tables = format!(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({TABLES})"
    );
    let mut statements = Vec::new();
    for row in tx.query(&of_tables, &[])? {
        tx.script(&format!("DROP INDEX {}", row.get::<String>(0)?))?;
        statements.push(row.get(1)?);
    }
    Ok(statements)
}

fn store(
    tx: &mut dyn Tx,
    facts: &Facts,
    chains: &mut Chains,
    (i, n): (usize, usize),
    seq: i64,
) -> Result<(), DbError> {
    let made = made(facts, i, n);
    let head = chains.0.entry(made.key_id().to_owned()).or_default();
    let previous = std::mem::replace(&mut head.1, made.row.digest.clone());
    head.0 += 1;
    made.store(tx, seq + 1 + i as i64, (head.0, &previous))
}

fn made(facts: &Facts, i: usize, n: usize) -> Made<'_> {
    Made::new(facts, i, &facts.moment(i, n), i >= first_waiting(n))
}

fn first_waiting(n: usize) -> usize {
    n - n * WAITING / 100
}

fn places(tx: &mut dyn Tx, facts: &Facts, n: usize) -> Result<Places, DbError> {
    let before = |i: usize| {
        let row = made(facts, i, n).row;
        cursor(&[&row.received_at.to_string(), &row.id])
    };
    let (waiting, middle) = (first_waiting(n), made(facts, n / 2, n).row);
    let task = tasks::get(tx, &middle.task_id)?;
    Ok(Places {
        all_50: before(50),
        all_250: before(250),
        queue_50: before(waiting + 50),
        queue_250: before(waiting + 250),
        month: [facts.moment(n / 2, n).day, facts.moment(n / 2 + n / 12, n).day],
        number: task.as_ref().map(task_number::of).unwrap_or_default(),
        day: middle.visited_on,
        receipt: middle.receipt_number,
        name: middle.label,
        id: middle.id,
    })
}

/// Brings in step what the visits have left behind: the heads of the chains, and what waited too long.
fn finish(
    tx: &mut dyn Tx,
    heads: &HashMap<String, (i64, String)>,
    seq: i64,
    n: usize,
) -> Result<(), DbError> {
    for (key_id, (counter, digest)) in heads {
        tx.execute(
            "UPDATE device_key SET head_counter = ?2, head_digest = ?3 WHERE id = ?1",
            params![key_id, *counter, digest],
        )?;
    }
    tx.execute(
        "UPDATE submission SET escalated_at = received_at + 1 WHERE review_state = 'received' AND substr(id, 32) = '0'",
        &[],
    )?;
    audit::move_head(tx, seq, seq + n as i64, "")?;
    Ok(())
}
