//! `cargo xtask bench engine`, `bench pages` and `bench xlsform`: our engine beside others for the same forms;
//! `bench evidence`: our photos beside those of others (`tests/bench/peers`).

use anyhow::{Result, bail};
use clap::Args;

use crate::steps::Steps;
use crate::venv::PYXFORM;
use crate::{project, setup, wasm};

/// The npm package that measures.
const PACKAGE: &str = "tests/bench/peers";
/// Where it imports the yardstick from.
const YARDSTICK: &str = "tests/bench/peers/wasm";

/// What of the engine bench to run; all of it without options.
#[derive(Debug, Args)]
pub struct Engine {
    /// Runs of each contestant on each case.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Names of cases, with commas.
    #[arg(long, default_value = "")]
    cases: String,
    /// Names of contestants, with commas.
    #[arg(long, default_value = "")]
    only: String,
    /// chromium, node, or both with a comma.
    #[arg(long, default_value = "")]
    env: String,
}

/// What of the page bench to run; all of it without options.
#[derive(Debug, Args)]
pub struct Pages {
    /// Visits of each page under each network.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Names of pages, with commas.
    #[arg(long, default_value = "")]
    only: String,
}

/// How long to measure the conversion of workbooks.
#[derive(Debug, Args)]
pub struct Xlsform {
    /// Runs of each workbook in a turn.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Turns of each contestant.
    #[arg(long, default_value_t = 3)]
    turns: usize,
}

/// How long to measure photos.
#[derive(Debug, Args)]
pub struct Photos {
    /// Runs of each contestant on each photograph.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Names of contestants, with commas.
    #[arg(long, default_value = "")]
    only: String,
    /// Pictures on this machine instead of the project's two: absolute paths, with commas.
    #[arg(long, default_value = "")]
    pictures: String,
}

/// Measures photos.
pub fn photos(chosen: &Photos) -> Result<()> {
    prepare_base(&mut Steps::new(BASE_STEPS))?;
    let Photos { runs, only, pictures } = chosen;
    start("photos/run.js", &[("--runs", &runs.to_string()), ("--only", only), ("--pictures", pictures)])
}

/// Measures loading, answering, growing and memory.
pub fn engine(chosen: &Engine) -> Result<()> {
    prepare()?;
    let Engine { runs, cases, only, env } = chosen;
    start(
        "engine/run.js",
        &[("--runs", &runs.to_string()), ("--cases", cases), ("--only", only), ("--env", env)],
    )
}

/// Measures pages.
pub fn pages(chosen: &Pages) -> Result<()> {
    prepare()?;
    start("pages/run.js", &[("--runs", &chosen.runs.to_string()), ("--only", &chosen.only)])
}

/// Measures the conversion of workbooks beside pyxform's; without it, ours alone.
pub fn xlsform(chosen: &Xlsform) -> Result<()> {
    let mut steps = Steps::new(BASE_STEPS + 2);
    prepare_base(&mut steps)?;
    steps.run("pyxform", |step| PYXFORM.ensure(step))?;
    steps.run("bench-xlsform", |step| super::build(step, "bench-xlsform"))?;
    let python = PYXFORM.python().map(|it| it.display().to_string()).unwrap_or_default();
    let native = super::built("bench-xlsform").display().to_string();
    let Xlsform { runs, turns } = chosen;
    start(
        "xlsform/run.js",
        &[
            ("--native", &native),
            ("--python", &python),
            ("--runs", &runs.to_string()),
            ("--turns", &turns.to_string()),
        ],
    )
}

/// The steps of [`prepare_base`].
const BASE_STEPS: usize = setup::BUILD_STEPS + wasm::STEPS + 2;

/// Prepares what every bench in a browser needs.
fn prepare_base(steps: &mut Steps) -> Result<()> {
    setup::for_building(steps)?;
    steps.run("chromium", setup::browser)?;
    steps.run("packages of tests/bench/peers/", |step| setup::npm_ci(step, PACKAGE))?;
    wasm::build(steps)
}

fn prepare() -> Result<()> {
    let mut steps = Steps::new(BASE_STEPS + 1);
    prepare_base(&mut steps)?;
    steps.run("yardstick in wasm", |step| {
        let target = ["--target", "wasm32-unknown-unknown", "--profile", "floor"];
        step.call(project::cargo(&["build", "--package", "rust-floor"]).args(target))?;
        let compiled = project::path("target/wasm32-unknown-unknown/floor/rust_floor.wasm");
        wasm::bind(&compiled, "rust_floor", YARDSTICK)
    })
}

fn start(program: &str, options: &[(&str, &str)]) -> Result<()> {
    let mut node = project::program("node", &project::path(PACKAGE));
    node.arg(program);
    for (name, value) in options {
        node.args([name, value]);
    }
    let status = node.status()?;
    if !status.success() {
        bail!("the measurement failed: {status}");
    }
    Ok(())
}
