//! `bench-growth`: what the server's commonest questions cost as the submissions it stores grow.
//!
//! Rows are generated: a year of visits to the demonstration's residents (more communities like it where one would not do),
//! each with its task, files, fingerprints, flags, history and seal, as a real one leaves them; the newest three in a
//! hundred wait for a decision. At each size a server is started, asked everything a few times to warm up, then measured:
//! the median time of an answer, and the server's own CPU time for it.
//!
//! `--folder` keeps the filled folders, and measures those that are there already: they are filled once, and `--fill-only`
//! does no more than that.

mod facts;
mod filling;
mod questions;
mod rows;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use doorstep_tests::load::server::Server;

use filling::Places;

/// In a folder of one size.
const DATA: &str = "data";
const PLACES: &str = "places.json";
pub(crate) const PASSWORD: &str = "measured-on-loopback";

/// Measures a server at several sizes and prints a table.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// The `doorstep` program.
    #[arg(long)]
    program: PathBuf,
    /// Stored submissions, growing.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// Times that each question is asked; long answers a tenth as often.
    #[arg(long, default_value_t = 30)]
    times: usize,
    /// Bytes of a visit's document and answers together.
    #[arg(long, default_value_t = 4_000)]
    document_bytes: usize,
    /// Where the temporary data folders are made.
    #[arg(long)]
    disk: Option<PathBuf>,
    /// Where data folders are kept, and found the next time.
    #[arg(long, conflicts_with = "disk")]
    folder: Option<PathBuf>,
    /// Only fills the folders.
    #[arg(long, requires = "folder")]
    fill_only: bool,
    /// Only questions whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

/// What one question cost at one size.
pub(crate) struct Cost {
    name: &'static str,
    median: Duration,
    cpu: Duration,
    /// Of one answer, as much of it as was read.
    n_bytes: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.sizes.is_sorted() && arguments.times > 0,
        "sizes grow, and a question is asked once at least"
    );
    let mut table: Vec<(usize, Vec<Cost>)> = Vec::new();
    for &size in &arguments.sizes {
        let temporary = match (&arguments.folder, &arguments.disk) {
            (Some(_), _) => None,
            (None, Some(disk)) => Some(tempfile::TempDir::with_prefix_in("doorstep-growth-", disk)?),
            (None, None) => Some(tempfile::TempDir::with_prefix("doorstep-growth-")?),
        };
        let parent = temporary.as_ref().map(tempfile::TempDir::path).or(arguments.folder.as_deref());
        let folder = parent.unwrap_or(Path::new(".")).join(size.to_string());
        fill(&arguments, &folder, size)?;
        if !arguments.fill_only {
            table.push((size, measure(&arguments, &folder)?));
        }
    }
    print!("{}", told(&table));
    Ok(())
}

/// Fills a folder unless it is there; one that was left half way has another name.
fn fill(arguments: &Arguments, folder: &Path, size: usize) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let begun = Instant::now();
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    std::fs::create_dir_all(&unfinished)?;
    let data = unfinished.join(DATA);
    Server::fill(&arguments.program, &data, PASSWORD)?;
    let places = filling::fill(&data, size, arguments.document_bytes)?;
    std::fs::write(unfinished.join(PLACES), serde_json::to_vec(&places)?)?;
    std::fs::rename(&unfinished, folder)?;
    eprintln!("{size} visits stored in {:.0?}", begun.elapsed());
    Ok(())
}

fn measure(arguments: &Arguments, folder: &Path) -> Result<Vec<Cost>> {
    let places: Places = serde_json::from_slice(&std::fs::read(folder.join(PLACES))?)?;
    let mut command = std::process::Command::new(&arguments.program);
    command.stderr(std::process::Stdio::null());
    let (mut child, url) = Server::serve(command, &folder.join(DATA))?;
    let measured =
        Server::running(&url, child.id()).and_then(|it| questions::ask_all(arguments, &it, &places));
    // Both fail only if it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    measured
}

/// Returns a table in Markdown.
fn told(table: &[(usize, Vec<Cost>)]) -> String {
    let mut text = String::new();
    let Some((_, first)) = table.first() else { return text };
    let sizes: Vec<String> = table.iter().map(|(size, _)| format!("{size}: ms (CPU ms; KiB)")).collect();
    let _ = writeln!(text, "| asked | {} | last / first |", sizes.join(" | "));
    let _ = writeln!(text, "|---|{}---|", "---|".repeat(table.len()));
    let ms = |it: Duration| it.as_secs_f64() * 1e3;
    for (i, at_first) in first.iter().enumerate() {
        let cells: Vec<String> = table
            .iter()
            .map(|(_, costs)| &costs[i])
            .map(|it| format!("{:.1} ({:.1}; {})", ms(it.median), ms(it.cpu), it.n_bytes.div_ceil(1 << 10)))
            .collect();
        let last = table.last().map_or(0.0, |(_, costs)| ms(costs[i].median));
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} |",
            at_first.name,
            cells.join(" | "),
            last / ms(at_first.median)
        );
    }
    text
}
