//! The standard library for `wasm32-unknown-unknown`.
//!
//! rustup brings it where its server is reached. Elsewhere it is compiled from Debian's `rust-src` of exactly
//! rustc's version and copied into the sysroot, after which plain `cargo build --target` works.
//!
//! Invariant: the sysroot's folder for the target either holds the whole library or is not there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::debian::Archive;
use crate::project;
use crate::steps::Step;

const TARGET: &str = "wasm32-unknown-unknown";
/// A reachable server has the library here within seconds.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(60);
/// What the standard library needs to be one: its crates may use unstable features, and LTO needs their bitcode.
const STD_FLAGS: &str = "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes";

/// Sees to it that the target's standard library is installed.
pub fn ensure(step: &Step) -> Result<()> {
    let folder = library_folder()?;
    if is_whole(&folder) {
        step.note("up to date");
        return Ok(());
    }
    step.doing("rustup target add");
    if rustup_target_add() && is_whole(&folder) {
        step.note("installed by rustup");
        return Ok(());
    }
    let version = rustc_version()?;
    build_from_debian(step, &version, &folder)
        .with_context(|| format!("rustup could not install {TARGET}, nor could it be built from source"))?;
    step.note(format_args!("built from Debian's rust-src {version}"));
    Ok(())
}

/// Returns where rustc looks for the target's libraries.
fn library_folder() -> Result<PathBuf> {
    Ok(PathBuf::from(rustc(&["--print", "target-libdir", "--target", TARGET])?))
}

fn is_whole(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // rustup's file carries a hash, the one cargo builds does not.
        name == "libstd.rlib" || (name.starts_with("libstd-") && name.ends_with(".rlib"))
    })
}

/// Returns for instance `1.95.0`.
fn rustc_version() -> Result<String> {
    let told = rustc(&["--version"])?;
    let version = told.split_whitespace().nth(1).context("rustc --version tells no version")?;
    if version.contains('-') {
        bail!("rustc {version} is no stable release; run: rustup target add {TARGET}");
    }
    Ok(version.to_owned())
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let output =
        project::program("rustc", project::root()).args(arguments).output().context("cannot start rustc")?;
    if !output.status.success() {
        bail!("rustc {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Says whether rustup ended well within the time; where there is no rustup it did not.
fn rustup_target_add() -> bool {
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]).current_dir(project::root()).env("RUSTUP_MAX_RETRIES", "0");
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    else {
        return false;
    };
    let begun = Instant::now();
    while begun.elapsed() < RUSTUP_PATIENCE {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(100)),
            Ok(Some(status)) => return status.success(),
            Err(_) => break,
        }
    }
    // Both fail only if it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    false
}

fn build_from_debian(step: &Step, version: &str, folder: &Path) -> Result<()> {
    let tools = project::path(".toolchain");
    let archive = Archive::open(step, &tools.join("apt"))?;
    let found = archive.versions(step, "rust-src")?;
    let exact = found
        .iter()
        .find(|it| it.strip_prefix(version).is_some_and(|rest| rest.starts_with(['+', '-', '~'])))
        .with_context(|| format!("Debian has no rust-src {version}, only {}", found.join(", ")))?;
    let unpacked = tools.join(format!("rust-src-{version}"));
    archive.unpack(step, "rust-src", exact, &unpacked)?;
    let library = unpacked.join(format!("usr/src/rustc-{version}/library"));
    let built = build_std(step, &library, &tools.join("std"))?;
    install(&built, folder)?;
    std::fs::remove_dir_all(&tools).with_context(|| tools.display().to_string())
}

/// Compiles the standard library; returns the folder with its parts.
fn build_std(step: &Step, library: &Path, target_folder: &Path) -> Result<PathBuf> {
    let mut cargo = project::cargo(&["build", "--release", "--target", TARGET, "--manifest-path"]);
    cargo.arg(library.join("sysroot/Cargo.toml")).arg("--target-dir").arg(target_folder);
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", STD_FLAGS);
    step.call(&mut cargo)?;
    Ok(target_folder.join(TARGET).join("release/deps"))
}

/// Copies the libraries beside their final place and moves them there as a whole.
fn install(built: &Path, folder: &Path) -> Result<()> {
    let target = folder.parent().context("the target's folder has a parent")?;
    std::fs::create_dir_all(target).with_context(|| format!("cannot write to {}", target.display()))?;
    let fresh = target.join("lib.new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    std::fs::create_dir(&fresh)?;
    for entry in std::fs::read_dir(built)? {
        let file = entry?.path();
        if let (Some("rlib"), Some(name)) = (file.extension().and_then(|it| it.to_str()), file.file_name()) {
            std::fs::copy(&file, fresh.join(name))?;
        }
    }
    if !is_whole(&fresh) {
        bail!("{} holds no libstd", built.display());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::rename(&fresh, folder).with_context(|| format!("cannot write {}", folder.display()))
}
