//! `cargo xtask gen`: writes every generated file anew. Tests compare them with their sources, so this is what a
//! failed comparison asks for.

use anyhow::Result;

use crate::project;
use crate::setup;
use crate::steps::Steps;

/// Regenerates: first what Rust describes (server/openapi.json), then what follows from it.
pub fn run() -> Result<()> {
    let mut steps = Steps::new(setup::BUILD_STEPS + 2);
    setup::for_building(&mut steps)?;
    steps.run("files that Rust tests compare", |step| {
        step.call(project::cargo(&["test", "--workspace", "--quiet", "--", "is_fresh"]).env("UPDATE", "1"))?;
        Ok(())
    })?;
    steps.run("web/src/api/schema.gen.ts", |step| {
        let Some(package) = project::npm_package("web") else {
            step.note("skipped, there is no web/package.json");
            return Ok(());
        };
        if !project::path("server/openapi.json").exists() {
            step.note("skipped, there is no server/openapi.json");
            return Ok(());
        }
        let arguments = ["exec", "--", "vitest", "run", "src/api/schema.test.ts"];
        step.call(project::npm(&package, &arguments).env("UPDATE", "1"))?;
        Ok(())
    })
}
