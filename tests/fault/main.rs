//! `fault`: breaks a running server in every way that a year brings, and counts what was lost or doubled: nothing may be.
//!
//! Phones send visits and keep a journal of what they were told. A scenario breaks something meanwhile. At the end the
//! server's data is opened and compared with the journal: every visit that was acknowledged is stored exactly once under
//! the receipt that was told, with all its files, byte by byte; whatever is stored was sent; and `doorstep verify` finds
//! nothing. README.md tells how each fault is made.

mod backup;
mod bucket;
mod chaos;
mod clock;
mod compare;
mod disk;
mod full;
mod journal;
mod kill;
mod memory;
mod phones;
mod pieces;
mod power;
mod preload;
mod proxy;
mod stand;
mod stop;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;

use stand::Template;

/// What is broken, and how often.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `doorstep` program
    #[arg(long)]
    program: PathBuf,
    /// Only these scenarios; all without any
    scenarios: Vec<String>,
    /// As often as before a release rather than as in every test run
    #[arg(long)]
    long: bool,
    /// How often the server is killed
    #[arg(long)]
    cycles: Option<usize>,
    /// Submissions through the bad network
    #[arg(long)]
    submissions: Option<usize>,
    /// Disks as they may be after a power cut
    #[arg(long)]
    images: Option<usize>,
    /// Where all choices come from; told at the beginning
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What a scenario is given.
#[derive(Debug)]
pub struct Setting<'a> {
    template: &'a Template,
    seed: u64,
    cycles: usize,
    submissions: usize,
    images: usize,
    is_long: bool,
}

/// A way of breaking things; returns what it counted.
struct Scenario {
    name: &'static str,
    run: fn(&Setting) -> Result<String>,
}

const SCENARIOS: [Scenario; 9] = [
    Scenario { name: "stop", run: stop::run },
    Scenario { name: "kill", run: kill::run },
    Scenario { name: "power", run: power::run },
    Scenario { name: "chaos", run: chaos::run },
    Scenario { name: "full", run: full::run },
    Scenario { name: "backup", run: backup::run },
    Scenario { name: "bucket", run: bucket::run },
    Scenario { name: "clock", run: clock::run },
    Scenario { name: "memory", run: memory::run },
];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let chosen: Vec<&Scenario> = SCENARIOS
        .iter()
        .filter(|it| arguments.scenarios.is_empty() || arguments.scenarios.iter().any(|name| name == it.name))
        .collect();
    let template = Template::new(&arguments.program)?;
    let usual = |short, long| if arguments.long { long } else { short };
    let setting = Setting {
        template: &template,
        seed: arguments.seed,
        cycles: arguments.cycles.unwrap_or(usual(6, 200)),
        submissions: arguments.submissions.unwrap_or(usual(120, 2000)),
        images: arguments.images.unwrap_or(usual(16, 300)),
        is_long: arguments.long,
    };
    println!("seed {}", arguments.seed);
    let mut n_failed = 0;
    for scenario in &chosen {
        let begun = Instant::now();
        let told = (scenario.run)(&setting);
        let elapsed = begun.elapsed().as_secs();
        match told {
            Ok(told) => println!("fault: {} ... ok, {told} ({elapsed} s)", scenario.name),
            Err(error) => {
                n_failed += 1;
                println!("fault: {} ... FAILED ({elapsed} s)\n  {error:#}", scenario.name);
            }
        }
    }
    let result = if n_failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {} passed; {n_failed} failed; 0 ignored", chosen.len() - n_failed);
    Ok(if n_failed == 0 && !chosen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
