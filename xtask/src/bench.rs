//! `cargo xtask bench`: builds what is measured, optimised, and starts the measuring program.

mod peers;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::project;
use crate::run::{build_server, server};
use crate::steps::{Step, Steps};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The engine beside ODK's, Enketo and two yardsticks: loading, answering, growing, memory.
    Engine(peers::Engine),
    /// Pages that show the doorstep form, by each engine: bytes, and time to the first usable page on a slow phone.
    Pages(peers::Pages),
    /// Workbooks converted and compiled, natively and in a browser, beside pyxform, which only converts them.
    Xlsform(peers::Xlsform),
    /// Photos of 12 megapixels made small and judged in a browser, beside libraries and a bare canvas.
    Evidence(peers::Photos),
    /// How well bad photos are found: real photographs made worse step by step.
    PhotoChecks {
        /// `--pictures FOLDER…`; `-- --help` lists them.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Opening the doorstep form with registers of growing size, and what an answer costs then.
    Forms,
    /// Finding nearly the same photo among 10,000 to 10 million: time, share found, room on disk.
    Likeness {
        /// Given to the measuring program; `-- --help` lists them.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// What the server's commonest questions cost at 10,000, 100,000 and 1,000,000 stored submissions.
    Growth {
        /// Given to the measuring program; `-- --help` lists them.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Submissions a second, their latency, CPU time and memory of a server on this machine.
    Server {
        /// Given to the load generator; `-- --help` lists them.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Measures.
pub fn run(what: &What) -> Result<()> {
    match what {
        What::Engine(chosen) => peers::engine(chosen),
        What::Pages(chosen) => peers::pages(chosen),
        What::Xlsform(chosen) => peers::xlsform(chosen),
        What::Evidence(chosen) => peers::photos(chosen),
        What::PhotoChecks { arguments } => measure("bench-photo-checks", &mut Steps::new(1), arguments),
        What::Forms => measure("bench-forms", &mut Steps::new(1), &[]),
        What::Likeness { arguments } => example("bench-likeness", &mut Steps::new(1), arguments),
        What::Growth { arguments } => {
            let mut steps = Steps::new(2);
            steps.run("server", build_server)?;
            let program = ["--program".to_owned(), server().display().to_string()];
            example("bench-growth", &mut steps, &[&program, arguments.as_slice()].concat())
        }
        What::Server { arguments } => {
            let mut steps = Steps::new(2);
            steps.run("server", build_server)?;
            let program = ["--program".to_owned(), server().display().to_string()];
            measure("bench-server", &mut steps, &[&program, arguments.as_slice()].concat())
        }
    }
}

/// Builds a measuring program that uses the server as a library, optimised, and runs it.
fn example(name: &str, steps: &mut Steps, arguments: &[String]) -> Result<()> {
    let package = ["build", "--release", "--package", "doorstep-tests", "--example", name];
    steps.run(name, |step| step.call(&mut project::cargo(&package)).map(drop))?;
    let path = project::path(&format!("target/release/examples/{name}")).display().to_string();
    let status = project::program(&path, project::root()).args(arguments).status()?;
    if status.success() { Ok(()) } else { bail!("the measurement failed: {status}") }
}

/// Builds one of the measuring programs, optimised, and runs it.
fn measure(name: &str, steps: &mut Steps, arguments: &[String]) -> Result<()> {
    steps.run(name, |step| build(step, name))?;
    let path = built(name).display().to_string();
    let status = project::program(&path, project::root()).args(arguments).status()?;
    if !status.success() {
        bail!("the measurement failed: {status}");
    }
    Ok(())
}

/// Builds one of the measuring programs, optimised.
fn build(step: &Step, name: &str) -> Result<()> {
    let package = ["build", "--release", "--package", "doorstep-tests", "--bin", name];
    step.call(&mut project::cargo(&package)).map(drop)
}

/// Returns where [`build`] leaves a program.
fn built(name: &str) -> PathBuf {
    project::path(&format!("target/release/{name}"))
}
