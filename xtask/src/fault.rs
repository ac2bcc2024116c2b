//! `cargo xtask fault`: kills, power cuts, a bad network, a full disk, jumping clocks; nothing may be lost or doubled.

use anyhow::{Result, bail};

use crate::project;
use crate::steps::Steps;

/// Builds the server and what breaks it, as the tests are built, and runs it.
pub fn run(arguments: &[String]) -> Result<()> {
    let build = ["build", "--workspace", "--bin", "doorstep", "--example", "fault"];
    Steps::new(1).run("server and faults", |step| step.call(&mut project::cargo(&build)).map(drop))?;
    let path = |name: &str| project::path(&format!("target/debug/{name}")).display().to_string();
    let mut breaking = project::program(&path("examples/fault"), project::root());
    let status = breaking.args(["--program", &path("doorstep")]).args(arguments).status()?;
    if status.success() { Ok(()) } else { bail!("something was lost, doubled or refused: {status}") }
}
