//! `cargo xtask setup`: what the machine must have. Where all is there, it costs a fraction of a second.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::stamp::Stamp;
use crate::steps::{Step, Steps};
use crate::venv::{PYXFORM, SEAWEEDFS};
use crate::{project, wasm_target};

/// The steps of [`for_building`].
pub const BUILD_STEPS: usize = 3;
/// The steps of [`for_testing`].
pub const TEST_STEPS: usize = 4;

/// Prepares for building and for testing.
pub fn all() -> Result<()> {
    let mut steps = Steps::new(BUILD_STEPS + TEST_STEPS);
    for_building(&mut steps)?;
    for_testing(&mut steps)
}

/// Prepares for building the server, the engine for the browser and the web app.
pub fn for_building(steps: &mut Steps) -> Result<()> {
    steps.run("what the server is compiled with", |step| debian_packages(step, &COMPILING))?;
    steps.run("target wasm32-unknown-unknown", wasm_target::ensure)?;
    steps.run("packages of web/", |step| npm_ci(step, "web"))
}

/// Prepares for the tests: a browser, a Chinese font for it, PostgreSQL, the browser tests' packages, the reference
/// converter, and an object store.
pub fn for_testing(steps: &mut Steps) -> Result<()> {
    steps.run("chromium, a Chinese font, PostgreSQL", |step| debian_packages(step, &NEEDS))?;
    steps.run("packages of tests/e2e/", |step| npm_ci(step, "tests/e2e"))?;
    steps.run("pyxform", |step| PYXFORM.ensure(step))?;
    steps.run("SeaweedFS", |step| SEAWEEDFS.ensure(step))
}

/// Installs a browser and a font to draw the forms with.
pub fn browser(step: &Step) -> Result<()> {
    debian_packages(step, &NEEDS[..2])
}

/// Installs exactly what a folder's package-lock.json says, if that changed since the last time.
pub fn npm_ci(step: &Step, folder: &str) -> Result<()> {
    let Some(package) = project::npm_package(folder) else {
        step.note(format_args!("skipped, there is no {folder}/package.json"));
        return Ok(());
    };
    // The stamp lies in node_modules: who removes that folder removes the stamp too.
    let modules = package.join("node_modules");
    let stamp = Stamp::of(modules.join(".installed"), &[package.join("package-lock.json")], &[])?;
    if stamp.is_fresh(&[]) {
        step.note("up to date");
        return Ok(());
    }
    step.doing("npm ci");
    // The browser is the machine's own.
    step.call(project::npm(&package, &["ci"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    stamp.store()?;
    step.note("installed");
    Ok(())
}

/// A program or font the tests need, and the Debian package that brings it.
struct Need {
    package: &'static str,
    is_there: fn() -> bool,
}

/// What the server is compiled with: SQLCipher's cryptography, and what builds its allocator.
const COMPILING: [Need; 2] = [
    Need { package: "libssl-dev", is_there: || Path::new("/usr/include/openssl/crypto.h").exists() },
    Need { package: "make", is_there: || Path::new("/usr/bin/make").exists() },
];

/// First what draws pages.
const NEEDS: [Need; 3] = [
    Need { package: "chromium", is_there: || Path::new("/usr/bin/chromium").exists() },
    Need { package: "fonts-noto-cjk", is_there: has_chinese_font },
    Need { package: "postgresql", is_there: || postgres_folder().is_some() },
];

fn debian_packages(step: &Step, needs: &[Need]) -> Result<()> {
    let missing: Vec<&str> =
        needs.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if missing.is_empty() {
        step.note("up to date");
        return Ok(());
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("this machine has no apt-get; install what these Debian packages hold: {}", missing.join(", "));
    }
    let apt = || {
        let mut command = project::program("apt-get", project::root());
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step.doing("apt-get update");
    step.call(apt().args(["update", "-q"]))?;
    step.call(apt().args(["install", "-y", "--no-install-recommends"]).args(&missing))?;
    step.note(format_args!("installed {}", missing.join(", ")));
    Ok(())
}

fn has_chinese_font() -> bool {
    [
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    ]
    .iter()
    .any(|font| Path::new(font).exists())
}

/// Returns the folder with PostgreSQL's programs, which Debian keeps out of the search path.
fn postgres_folder() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.flatten().map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").exists())
}
