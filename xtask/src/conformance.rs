//! `cargo xtask conformance SUITE FOLDER`: builds the conformance runner and runs it, in WebAssembly too if asked.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use wasm_bindgen_cli_support::Bindgen;

use crate::project;
use crate::steps::Steps;

/// Where the module for Node is written.
const MODULE_FOLDER: &str = "target/xtask/conformance";
const MODULE: &str = "doorstep_conformance";

/// What to run, and how much to tell.
#[derive(Debug, Args)]
pub struct Conformance {
    /// The kind of cases: `stories`, `scenario`, `forms`, `xpath` or `xlsform`.
    suite: String,
    /// The folder they lie in.
    folder: PathBuf,
    /// Shows both sides of each difference whole.
    #[arg(long)]
    verbose: bool,
    /// Runs each case in WebAssembly under Node too; a disagreement is a failure.
    #[arg(long)]
    wasm: bool,
    /// Only cases whose id or area contains this.
    #[arg(long)]
    only: Option<String>,
}

/// Builds what is needed and runs the cases.
pub fn run(conformance: &Conformance) -> Result<()> {
    let mut steps = Steps::new(1 + usize::from(conformance.wasm));
    steps.run("conformance runner", |step| {
        step.call(&mut project::cargo(&["build", "--package", "doorstep-conformance"]))?;
        Ok(())
    })?;
    let folder = std::path::absolute(&conformance.folder)?;
    let runner = project::path("target/debug/doorstep-conformance");
    let mut command = project::program(&runner.display().to_string(), project::root());
    command.arg(&conformance.suite).arg(folder);
    if conformance.verbose {
        command.arg("--verbose");
    }
    if let Some(only) = &conformance.only {
        command.args(["--only", only]);
    }
    if conformance.wasm {
        let module = build_module(&mut steps)?;
        command.arg("--wasm").arg(project::path("tests/conformance/wasm/run.mjs")).arg(module);
    }
    let status = command.status().context("cannot start the conformance runner")?;
    if !status.success() {
        bail!("the conformance runner failed: {status}");
    }
    Ok(())
}

/// Builds the runner as a module for Node and returns its JavaScript.
fn build_module(steps: &mut Steps) -> Result<PathBuf> {
    let folder = project::path(MODULE_FOLDER);
    steps.run("conformance runner for Node", |step| {
        let mut cargo = project::cargo(&["build", "--package", "doorstep-conformance-wasm"]);
        step.call(cargo.args(["--target", "wasm32-unknown-unknown"]))?;
        step.doing("bindings");
        Bindgen::new()
            .input_path(project::path("target/wasm32-unknown-unknown/debug/doorstep_conformance_wasm.wasm"))
            .out_name(MODULE)
            .nodejs(true)?
            .generate(&folder)
            .context("no bindings for the conformance runner")
    })?;
    Ok(folder.join(format!("{MODULE}.js")))
}
