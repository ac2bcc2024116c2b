//! `cargo xtask conformance SUITE FOLDER`: builds the conformance runner and runs it, in WebAssembly too if asked.
//!
//! `cargo xtask conformance agreement` runs all there is in both and compares: our own cases, forms drawn by chance, and
//! the shared cases where they lie beside the repository.

use std::path::PathBuf;
use std::process::Command;

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
    /// The kind of cases: `xpath`, `scenario`, `forms`, `stories`, `xlsform` or `replay`; `agreement` for all but the
    /// workbooks.
    suite: String,
    /// The folder they lie in.
    folder: Option<PathBuf>,
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
    let folder = match (conformance.suite.as_str(), &conformance.folder) {
        ("agreement", None) => return agreement(),
        (_, Some(folder)) => std::path::absolute(folder)?,
        (suite, None) => bail!("which folder of {suite} cases?"),
    };
    let mut steps = Steps::new(1 + usize::from(conformance.wasm));
    build_runner(&mut steps)?;
    let mut command = runner();
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

/// Runs everything natively and in WebAssembly; an error where the two differ.
fn agreement() -> Result<()> {
    let drawn = project::path(MODULE_FOLDER).join("drawn");
    let mut suites = vec![("stories", project::path("tests/conformance/cases")), ("replay", drawn.clone())];
    for suite in ["xpath", "scenario", "forms"] {
        match shared(suite) {
            Some(folder) => suites.push((suite, folder)),
            None => eprintln!("skipped: no shared/conformance/{suite} beside the repository"),
        }
    }
    let mut steps = Steps::new(3 + suites.len());
    build_runner(&mut steps)?;
    let module = build_module(&mut steps)?;
    steps.run("forms drawn by chance", |step| {
        let mut cargo = project::cargo(&["test", "--package", "wasm-forms", "--test", "properties"]);
        step.call(cargo.arg("cases_can_be_told_elsewhere").env("PROPERTIES_FOLDER", &drawn)).map(drop)
    })?;
    for (suite, folder) in suites {
        steps.run(suite, |step| {
            let mut command = runner();
            command.arg(suite).arg(folder).args(["--agree", "--wasm"]);
            command.arg(project::path("tests/conformance/wasm/run.mjs")).arg(&module);
            step.note(step.call(&mut command)?.trim());
            Ok(())
        })?;
    }
    Ok(())
}

/// Returns a folder of the shared cases.
fn shared(suite: &str) -> Option<PathBuf> {
    let shared =
        std::env::var_os("DOORSTEP_SHARED").map_or_else(|| project::path("../shared"), PathBuf::from);
    Some(shared.join("conformance").join(suite)).filter(|it| it.is_dir())
}

fn build_runner(steps: &mut Steps) -> Result<()> {
    steps.run("conformance runner", |step| {
        step.call(&mut project::cargo(&["build", "--package", "doorstep-conformance"])).map(drop)
    })
}

fn runner() -> Command {
    let runner = project::path("target/debug/doorstep-conformance");
    project::program(&runner.display().to_string(), project::root())
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
