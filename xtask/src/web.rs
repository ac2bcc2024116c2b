//! `cargo xtask web`: the web app as the server carries it, in `web/dist`.

use anyhow::Result;

use crate::stamp::Stamp;
use crate::steps::Steps;
use crate::{project, setup, wasm};

/// The steps of [`build`], the engine's among them.
pub const STEPS: usize = wasm::STEPS + 1;

/// Prepares the machine and builds the web app.
pub fn run() -> Result<()> {
    let mut steps = Steps::new(setup::BUILD_STEPS + STEPS);
    setup::for_building(&mut steps)?;
    build(&mut steps)
}

/// Builds the engine and the web app, unless their sources are those of the last time.
pub fn build(steps: &mut Steps) -> Result<()> {
    wasm::build(steps)?;
    steps.run("web app", |step| {
        let Some(package) = project::npm_package("web") else {
            step.note("skipped, there is no web/package.json");
            return Ok(());
        };
        let inputs = [package.clone(), project::path("server/openapi.json")];
        let stamp = Stamp::of(project::path("target/xtask/web.stamp"), &inputs, &[])?;
        if stamp.is_fresh(&[package.join("dist/index.html")]) {
            step.note("up to date");
            return Ok(());
        }
        step.call(&mut project::npm(&package, &["run", "build"]))?;
        // The build may have written types beside its sources: note what it left.
        Stamp::of(project::path("target/xtask/web.stamp"), &inputs, &[])?.store()?;
        step.note("built");
        Ok(())
    })
}
