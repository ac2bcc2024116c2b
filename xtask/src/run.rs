//! `cargo xtask run`: from a fresh checkout to a server with a demonstration community, in one command.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::steps::{Step, Steps};
use crate::{project, setup, web};

/// Builds what changed, fills an empty data folder, and becomes the server; returns only if that fails.
pub fn run(arguments: &[String]) -> Result<()> {
    let data = data_folder(arguments)?;
    let mut steps = Steps::new(setup::BUILD_STEPS + web::STEPS + 2);
    setup::for_building(&mut steps)?;
    web::build(&mut steps)?;
    steps.run("server", build_server)?;
    steps.run("demonstration data", |step| match option(arguments, "--database") {
        Some(database) => fill_database(step, &data, database),
        None => fill(step, &data, option(arguments, "--key-file").map(Path::new)),
    })?;
    let mut serve = project::program(&server().display().to_string(), Path::new("."));
    serve.arg("serve").args(arguments);
    if option(arguments, "--data").is_none() {
        serve.arg("--data").arg(&data);
    }
    Err(serve.exec()).context("cannot start the server")
}

/// Compiles the server, optimised.
pub fn build_server(step: &Step) -> Result<()> {
    step.call(&mut project::cargo(&["build", "--release", "--package", "doorstep"]))?;
    Ok(())
}

/// Returns where [`build_server`] puts the program.
pub fn server() -> PathBuf {
    project::path("target/release/doorstep")
}

/// Returns the folder the server will use: what `--data` says, relative to where the person stands, or `data`
/// in the workspace.
fn data_folder(arguments: &[String]) -> Result<PathBuf> {
    match option(arguments, "--data") {
        Some("") => bail!("--data names no folder"),
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(project::path("data")),
    }
}

/// Returns the value of `--name value` or `--name=value`.
fn option<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.strip_prefix(name) {
            Some("") => return Some(rest.next().map_or("", String::as_str)),
            Some(value) if value.starts_with('=') => return Some(&value[1..]),
            _ => {}
        }
    }
    None
}

/// Fills a data folder that is empty or not there. It is filled under another name and moved when complete, so
/// that an interrupted start leaves no half community behind. Its key lies beside it, where no other place is named.
fn fill(step: &Step, data: &Path, key_file: Option<&Path>) -> Result<()> {
    if std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        step.note("kept what is there");
        return Ok(());
    }
    let name = data.file_name().with_context(|| format!("{} names no folder", data.display()))?;
    let beside = |ending: &str| data.with_file_name(format!("{}.{ending}", name.to_string_lossy()));
    let filling = beside("filling");
    if filling.exists() {
        std::fs::remove_dir_all(&filling)?;
    }
    std::fs::create_dir_all(&filling)?;
    let mut demo = project::program(&server().display().to_string(), project::root());
    demo.arg("demo").arg("--data").arg(&filling);
    if std::env::var_os("DOORSTEP_KEY").is_none() && std::env::var_os("DOORSTEP_KEY_FILE").is_none() {
        demo.arg("--key-file").arg(key_file.map_or_else(|| beside("key"), Path::to_owned));
    }
    let told = step.call(&mut demo)?;
    println!("{}", told.trim_end());
    std::fs::rename(&filling, data).with_context(|| format!("cannot write {}", data.display()))?;
    step.note(format_args!("written to {}", data.display()));
    Ok(())
}

/// Fills a PostgreSQL database, which only the server can tell to be empty: it leaves one with accounts alone.
fn fill_database(step: &Step, data: &Path, database: &str) -> Result<()> {
    let mut demo = project::program(&server().display().to_string(), project::root());
    let told = step.call(demo.arg("demo").arg("--data").arg(data).args(["--database", database]))?;
    println!("{}", told.trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &str, expected: Option<&str>) {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        assert_eq!(option(&arguments, "--data"), expected, "{arguments:?}");
    }

    #[test]
    fn finds_the_data_folder_among_the_servers_arguments() {
        check("--listen 0.0.0.0:80", None);
        check("--listen 0.0.0.0:80 --data d --tls-self-signed", Some("d"));
        check("--data=d", Some("d"));
        check("--database x", None);
        check("--data", Some(""));
    }
}
