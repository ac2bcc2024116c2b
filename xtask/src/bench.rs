//! `cargo xtask bench`: builds what is measured, optimised, and starts the measuring program.

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::project;
use crate::run::{build_server, server};
use crate::steps::Steps;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Submissions a second, their latency, CPU time and memory of a server on this machine.
    Server {
        /// Given to the load generator; `-- --help` lists them.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Measures.
pub fn run(what: &What) -> Result<()> {
    let What::Server { arguments } = what;
    let mut steps = Steps::new(2);
    steps.run("server", build_server)?;
    steps.run("load generator", |step| {
        step.call(&mut project::cargo(&[
            "build",
            "--release",
            "--package",
            "doorstep-tests",
            "--bin",
            "bench-server",
        ]))?;
        Ok(())
    })?;
    let mut bench = project::program(
        &project::path("target/release/bench-server").display().to_string(),
        project::root(),
    );
    let status = bench.arg("--program").arg(server()).args(arguments).status()?;
    if !status.success() {
        bail!("the measurement failed: {status}");
    }
    Ok(())
}
