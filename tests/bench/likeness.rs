//! `bench-likeness`: what it costs to find nearly the same photo among many, and how many are found.
//!
//! Fingerprints are random numbers with half of their bits set, as those of photos have. A database grows from size to
//! size; at each, photos that no other is like are looked up and stored, as a visit's are, and planted ones that differ
//! in a given number of bits are looked for. Beside it, the plain way: reading every fingerprint.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use doorstep::store::db::{Db, DbError};
use doorstep::store::file_key::FileKey;
use doorstep::store::likeness::{self, MOST_BITS};
use doorstep::store::migrate::migrate;
use doorstep_tests::postgres::Postgres;

/// Photos that one transaction stores while the database grows.
const BATCH: usize = 20_000;
/// Bits that planted photos differ in; two fingerprints with as many bits set differ in an even number.
const APART: [u32; 4] = [4, 6, 8, 10];
/// Above this, reading every fingerprint takes too long to wait for.
const MOST_READ: usize = 1_000_000;

/// Measures how near-duplicates are found.
#[derive(Debug, Parser)]
struct Arguments {
    /// Photos in the database, ascending.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// Photos looked up at each size.
    #[arg(long, default_value_t = 300)]
    lookups: usize,
    /// Measure a private PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
    /// Folder for the database; its disk is what is measured.
    #[arg(long)]
    disk: Option<std::path::PathBuf>,
}

/// What one size showed.
struct Line {
    size: usize,
    grow: Duration,
    /// Sorted.
    look_up: Vec<Duration>,
    /// Sorted.
    store: Vec<Duration>,
    read_all: Option<Duration>,
    /// Of 100 planted, by [`APART`].
    found: [f64; APART.len()],
    n_by_chance: usize,
    bytes: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.sizes.is_sorted() && arguments.lookups > 0, "sizes must ascend");
    let folder = match &arguments.disk {
        Some(disk) => tempfile::tempdir_in(disk)?,
        None => tempfile::tempdir()?,
    };
    let path = folder.path().join("likeness.sqlite");
    let server = if arguments.postgres { Some(Postgres::start()?) } else { None };
    let (url, at) = (server.as_ref().map(Postgres::url), path.clone());
    let open = move || match url {
        Some(url) => Db::postgres(&url),
        None => Db::sqlite(&at, &FileKey::of(&[7; 32])),
    };
    let db = tokio::task::spawn_blocking(open).await??;
    migrate(&db).await?;
    let mut next = fingerprints();
    let (mut n_stored, mut lines) = (0, Vec::new());
    for &size in &arguments.sizes {
        let begun = Instant::now();
        while n_stored < size {
            let batch: Vec<u64> = (0..BATCH.min(size - n_stored)).map(|_| next.fingerprint()).collect();
            n_stored += batch.len();
            store(&db, batch).await?;
        }
        let grow = begun.elapsed();
        eprintln!("{size} photos after {grow:.0?}");
        lines.push(Line {
            size,
            grow,
            bytes: (!arguments.postgres).then(|| size_of(&path)),
            ..measure(&db, &mut next, arguments.lookups, size).await?
        });
    }
    print(&lines, arguments.postgres);
    Ok(())
}

async fn store(db: &Db, batch: Vec<u64>) -> Result<(), DbError> {
    db.write(move |tx| batch.into_iter().try_for_each(|it| likeness::insert(tx, it))).await
}

async fn measure(db: &Db, next: &mut Random, n: usize, size: usize) -> Result<Line> {
    let (mut look_up, mut stored, mut n_by_chance) = (Vec::new(), Vec::new(), 0);
    for _ in 0..n {
        let shown = next.fingerprint();
        let begun = Instant::now();
        n_by_chance += usize::from(!db.read(move |tx| likeness::near(tx, shown)).await?.is_empty());
        look_up.push(begun.elapsed());
        let begun = Instant::now();
        store(db, vec![shown]).await?;
        stored.push(begun.elapsed());
    }
    let mut found = [0.0; APART.len()];
    for (share, n_bits) in found.iter_mut().zip(APART) {
        let mut n_found = 0;
        for _ in 0..n {
            let shown = next.fingerprint();
            let planted = next.changed(shown, n_bits);
            store(db, vec![planted]).await?;
            let near = db.read(move |tx| likeness::candidates(tx, shown)).await?;
            n_found += usize::from(near.contains(&planted));
        }
        *share = n_found as f64 * 100.0 / n as f64;
    }
    look_up.sort();
    stored.sort();
    let read_all = if size <= MOST_READ { Some(read_all(db, next.fingerprint()).await?) } else { None };
    Ok(Line { size, grow: Duration::ZERO, look_up, store: stored, read_all, found, n_by_chance, bytes: None })
}

/// The plain way.
async fn read_all(db: &Db, shown: u64) -> Result<Duration> {
    let begun = Instant::now();
    let n = db
        .read(move |tx| {
            let rows = tx.query("SELECT turn_0 FROM likeness", &[])?;
            let near = |it: &i64| (it.cast_unsigned() ^ shown).count_ones() <= MOST_BITS;
            let all: Vec<i64> = rows.iter().map(|it| it.get(0)).collect::<Result<_, DbError>>()?;
            Ok::<_, DbError>(all.iter().filter(|it| near(it)).count())
        })
        .await?;
    ensure!(n < 100, "random fingerprints are not alike");
    Ok(begun.elapsed())
}

/// Returns what the database takes on disk, with its log.
fn size_of(path: &Path) -> u64 {
    let log = path.with_extension("sqlite-wal");
    [path, log.as_path()].iter().filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum()
}

fn print(lines: &[Line], is_postgres: bool) {
    println!("{}", if is_postgres { "PostgreSQL" } else { "SQLite (encrypted)" });
    println!(
        "| photos | look-up p50 ms | p95 ms | store p50 ms | reading all ms | found of 4 bits apart % | 6 | 8 | 10 | by chance % | bytes a photo | grown in s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for it in lines {
        let at = |sorted: &[Duration], share: f64| {
            let rank = (sorted.len() as f64 * share) as usize;
            sorted.get(rank).copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        let [four, six, eight, ten] = it.found;
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {} | {four:.1} | {six:.1} | {eight:.1} | {ten:.1} | {:.2} | {} | {:.0} |",
            it.size,
            at(&it.look_up, 0.5),
            at(&it.look_up, 0.95),
            at(&it.store, 0.5),
            it.read_all.map_or("–".to_owned(), |it| format!("{:.0}", it.as_secs_f64() * 1e3)),
            it.n_by_chance as f64 * 100.0 / it.look_up.len() as f64,
            it.bytes.map_or("–".to_owned(), |bytes| (bytes / it.size as u64).to_string()),
            it.grow.as_secs_f64(),
        );
    }
}

/// Numbers that look random and are the same every time.
struct Random(u64);

fn fingerprints() -> Random {
    Random(0x2545_F491_4F6C_DD1D)
}

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    /// Returns 64 bits of which 32 are set.
    fn fingerprint(&mut self) -> u64 {
        let mut bits = 0_u64;
        while bits.count_ones() < 32 {
            bits |= 1 << self.below(64);
        }
        bits
    }

    /// Returns a fingerprint that differs in so many bits, half of them set and half not.
    fn changed(&mut self, of: u64, n_bits: u32) -> u64 {
        let mut changed = of;
        while (changed ^ of).count_ones() < n_bits {
            let bit = 1_u64 << self.below(64);
            let is_set = of & bit != 0;
            let n_alike = ((changed ^ of) & if is_set { of } else { !of }).count_ones();
            if n_alike < n_bits / 2 {
                changed ^= if changed & bit == of & bit { bit } else { 0 };
            }
        }
        changed
    }
}
