//! Where things lie, and how the project's programs are started.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// Returns a path inside the workspace.
pub fn path(inside: &str) -> PathBuf {
    root().join(inside)
}

/// Returns a folder of the workspace if it holds an npm package.
pub fn npm_package(folder: &str) -> Option<PathBuf> {
    let folder = path(folder);
    folder.join("package.json").is_file().then_some(folder)
}

/// Returns a call of cargo in the workspace's root that reports how far it is.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = program("cargo", root());
    // Where its output is read by a program, cargo shows no progress unless told so, with a width.
    command.args(arguments).env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "90");
    command
}

/// Returns a call of npm in a package's folder.
pub fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program("npm", folder);
    command.args(arguments);
    for chatter in ["npm_config_audit", "npm_config_fund", "npm_config_update_notifier"] {
        command.env(chatter, "false");
    }
    command
}

/// Returns a call of a program that does not inherit what `cargo run` told us about ourselves: a nested cargo
/// would otherwise rebuild what depends on those variables.
pub fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder);
    for (variable, _) in std::env::vars_os() {
        let about_us = variable.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_"));
        if about_us || variable == "CARGO_MANIFEST_DIR" || variable == "CARGO_MANIFEST_PATH" {
            command.env_remove(variable);
        }
    }
    command
}
