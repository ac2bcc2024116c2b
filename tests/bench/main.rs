//! `bench-server`: how many visits with two photos, or documents alone, a server takes in, how long each waits, and what
//! it costs.
//!
//! Everything stays on the loopback. Each submission is a new instance about a resident of the volunteer's own
//! grids, with two photos that no other has, or without the photos that it should have. Photos are made before the clock
//! starts.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Parser;

use doorstep_tests::load::client::Client;
use doorstep_tests::load::server::{Server, Usage};
use doorstep_tests::load::visit::{self, Visit};

/// Requests before the clock starts: connections open, caches fill.
const N_WARM_UP: usize = 8;

/// Loads a server with submissions and prints a table.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `doorstep` program; started with demonstration data in a temporary folder.
    #[arg(long, required_unless_present = "url")]
    program: Option<PathBuf>,
    /// A running server instead, http://127.0.0.1:…; then --pid tells whose CPU time and memory to read.
    #[arg(long, requires = "pid")]
    url: Option<String>,
    /// Process id of the running server.
    #[arg(long)]
    pid: Option<u32>,
    /// Where the temporary data folder is made; its disk is what is measured.
    #[arg(long)]
    disk: Option<PathBuf>,
    /// A volunteer's user name.
    #[arg(long, default_value = "v01")]
    user: String,
    /// The volunteer's password; that of the whole demonstration where the server is started here.
    #[arg(long, default_value = "measured-on-loopback")]
    password: String,
    /// Clients at a time; one line of the table each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    concurrency: Vec<usize>,
    /// Submissions at each level, at most.
    #[arg(long, default_value_t = 300)]
    requests: usize,
    /// Documents alone, without photos.
    #[arg(long)]
    alone: bool,
    /// Seconds at each level, at most.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// What one level of concurrency showed.
struct Level {
    concurrency: usize,
    elapsed: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
    /// CPU time while requests were coming in, and until the jobs they caused were done.
    cpu: Duration,
    cpu_with_jobs: Duration,
    /// At the last acknowledgement.
    loaded: Usage,
    /// When the jobs were done.
    idle: Usage,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.concurrency.iter().all(|&n| n > 0) && arguments.requests > 0, "nothing to measure");
    let server = match (&arguments.program, &arguments.url, arguments.pid) {
        (_, Some(url), Some(pid)) => Server::running(url, pid)?,
        (Some(program), ..) => Server::start(program, &arguments.password, arguments.disk.as_deref())?,
        _ => bail!("neither --program nor --url and --pid"),
    };
    let client = Client::sign_in(&server.url, &arguments.user, &arguments.password)?;
    let residents = client.residents()?;
    ensure!(!residents.is_empty(), "{} has no residents in its grids", arguments.user);
    let version = client.form_version(visit::FORM)?;
    let cold = server.usage()?;
    eprintln!("{} residents in scope; {} MiB before load", residents.len(), cold.resident_mib());

    let make = if arguments.alone { Visit::alone } else { Visit::about };
    let prepare = |n| prepare(n, &|i| make(&residents[i % residents.len()], &version));
    send(&client, &prepare(N_WARM_UP)?, 1, Duration::MAX)?;
    let mut levels = Vec::new();
    for &concurrency in &arguments.concurrency {
        let begun = Instant::now();
        let visits = prepare(arguments.requests)?;
        let sizes: Vec<usize> =
            visits.iter().flat_map(|visit| &visit.photos).map(|photo| photo.bytes.len()).collect();
        let mean = sizes.iter().sum::<usize>() / sizes.len().max(1);
        let (n, n_photos, took) = (visits.len(), sizes.len(), begun.elapsed());
        eprintln!("{n} visits made in {took:.0?}, {n_photos} photos of {mean} bytes on average");
        levels.push(measure(&server, &client, &visits, concurrency, Duration::from_secs(arguments.seconds))?);
    }
    print(&levels);
    Ok(())
}

/// Makes visits by their number, on as many threads as there are cores.
fn prepare(n: usize, make: &(dyn Fn(usize) -> Result<Visit> + Sync)) -> Result<Vec<Visit>> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let made: Result<Vec<Vec<Visit>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads)
            .map(|thread| scope.spawn(move || (thread..n).step_by(n_threads).map(make).collect()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("making a visit does not panic")).collect()
    });
    Ok(made?.into_iter().flatten().collect())
}

fn measure(
    server: &Server,
    client: &Client,
    visits: &[Visit],
    concurrency: usize,
    limit: Duration,
) -> Result<Level> {
    let before = server.usage()?;
    let begun = Instant::now();
    let mut latencies = send(client, visits, concurrency, limit)?;
    let elapsed = begun.elapsed();
    let loaded = server.usage()?;
    let idle = server.wait_until_idle()?;
    latencies.sort();
    let (cpu, cpu_with_jobs) = (loaded.cpu - before.cpu, idle.cpu - before.cpu);
    Ok(Level { concurrency, elapsed, latencies, cpu, cpu_with_jobs, loaded, idle })
}

/// Sends each visit once, `concurrency` at a time, until all are sent or the time is over. Returns how long each
/// took.
fn send(client: &Client, visits: &[Visit], concurrency: usize, limit: Duration) -> Result<Vec<Duration>> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let worker = || -> Result<Vec<Duration>> {
        let client = client.with_own_connection();
        let mut latencies = Vec::new();
        while begun.elapsed() < limit {
            let Some(visit) = visits.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let (content_type, body) = visit.body();
            let sent = Instant::now();
            client.submit(&content_type, &body)?;
            latencies.push(sent.elapsed());
        }
        Ok(latencies)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..concurrency).map(|_| scope.spawn(worker)).collect();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().expect("a worker does not panic")?);
        }
        Ok(latencies)
    })
}

fn print(levels: &[Level]) {
    println!(
        "clients  requests  requests/s  p50 ms  p95 ms  p99 ms  CPU ms/request  with jobs  memory MiB  afterwards"
    );
    for level in levels {
        let n = level.latencies.len() as f64;
        let at = |share: f64| quantile(&level.latencies, share).as_secs_f64() * 1e3;
        println!(
            "{:7}  {:8}  {:10.1}  {:6.1}  {:6.1}  {:6.1}  {:14.2}  {:9.2}  {:10}  {:10}",
            level.concurrency,
            n,
            n / level.elapsed.as_secs_f64(),
            at(0.50),
            at(0.95),
            at(0.99),
            level.cpu.as_secs_f64() * 1e3 / n,
            level.cpu_with_jobs.as_secs_f64() * 1e3 / n,
            level.loaded.resident_mib(),
            level.idle.resident_mib(),
        );
    }
    if let Some(peak) = levels.iter().map(|level| level.loaded.peak_mib()).max() {
        println!("peak memory {peak} MiB");
    }
}

/// Returns the smallest value that at least this share of the sorted values does not exceed; zero of none.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        let at = |share| quantile(&values, share).as_millis();
        assert_eq!((at(0.5), at(0.95), at(0.99), at(1.0)), (50, 95, 99, 100));
        assert_eq!(quantile(&values[..1], 0.99).as_millis(), 1);
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
