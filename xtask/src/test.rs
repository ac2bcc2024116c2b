//! `cargo xtask test`: every check, in order, each with its time; the last line is the sum.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::steps::{Step, Steps, describe};
use crate::tally::{self, Tally};
use crate::{project, setup, wasm, web as web_app};

/// A check by the name that picks it.
struct Check {
    name: &'static str,
    title: &'static str,
    /// Returns the command for tests that match the words, or why there is none.
    command: fn(&[String]) -> Result<Command, &'static str>,
    /// Whether its runner takes words that pick tests.
    has_tests: bool,
}

const CHECKS: [Check; 9] = [
    Check { name: "fmt", title: "fmt: Rust's layout", command: fmt, has_tests: false },
    Check { name: "clippy", title: "clippy: Rust's lints", command: clippy, has_tests: false },
    Check { name: "rust", title: "rust: units, stores, API, tidiness", command: rust, has_tests: true },
    Check { name: "fault", title: "fault: nothing lost, nothing doubled", command: fault, has_tests: true },
    Check {
        name: "agreement",
        title: "agreement: the engine in WebAssembly as natively",
        command: agreement,
        has_tests: false,
    },
    Check { name: "types", title: "types: the web app's types", command: types, has_tests: false },
    Check { name: "web", title: "web: the web app's units", command: web, has_tests: true },
    Check { name: "bench", title: "bench: its forms, figures and bars", command: bench, has_tests: true },
    Check { name: "e2e", title: "e2e: journeys in a browser", command: e2e, has_tests: true },
];

/// Runs the checks that the words pick: by name, or else those that have tests of such a name; all without words.
pub fn run(words: &[String]) -> Result<()> {
    let (names, filters): (Vec<String>, Vec<String>) =
        words.iter().cloned().partition(|word| CHECKS.iter().any(|check| check.name == word.as_str()));
    let chosen: Vec<&Check> = CHECKS.iter().filter(|check| is_chosen(check, &names, &filters)).collect();
    let journeys = chosen.iter().any(|check| check.name == "e2e");
    let browser = chosen.iter().any(|check| matches!(check.name, "types" | "web"));
    let n_built = if journeys {
        web_app::STEPS
    } else if browser {
        wasm::STEPS
    } else {
        0
    };
    let total = setup::BUILD_STEPS + setup::TEST_STEPS + chosen.len() + n_built;
    let mut steps = Steps::new(total);
    setup::for_building(&mut steps)?;
    setup::for_testing(&mut steps)?;
    if journeys {
        web_app::build(&mut steps)?;
    } else if browser {
        wasm::build(&mut steps)?;
    }
    let mut sum = Tally::default();
    for check in chosen {
        sum += steps.run(check.title, |step| perform(step, check, &filters))?;
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 {
        bail!("{} checks failed", sum.failed);
    }
    Ok(())
}

fn is_chosen(check: &Check, names: &[String], filters: &[String]) -> bool {
    let named = names.iter().any(|name| name == check.name);
    named || (names.is_empty() && (filters.is_empty() || check.has_tests))
}

/// Returns what the check counted; one that counts nothing counts as one.
fn perform(step: &Step, check: &Check, filters: &[String]) -> Result<Tally> {
    let mut command = match (check.command)(filters) {
        Ok(command) => command,
        Err(reason) => {
            step.note(format_args!("skipped, {reason}"));
            return Ok(Tally::default());
        }
    };
    let outcome = step.attempt(&mut command)?;
    let mut tally = if check.has_tests { tally::read(&outcome.output) } else { Tally::default() };
    if !outcome.status.success() {
        // A runner that broke before it could count is a failure too.
        tally.failed = tally.failed.max(1);
        eprintln!("\n{}\n{}", describe(&command), outcome.output);
        step.note(format_args!("FAILED, {} passed, {} failed", tally.passed, tally.failed));
    } else if check.has_tests {
        step.note(format_args!("{} passed", tally.passed));
    } else {
        tally.passed = 1;
        step.note("passed");
    }
    Ok(tally)
}

fn fmt(_: &[String]) -> Result<Command, &'static str> {
    Ok(project::cargo(&["fmt", "--all", "--check"]))
}

fn clippy(_: &[String]) -> Result<Command, &'static str> {
    Ok(project::cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

fn rust(filters: &[String]) -> Result<Command, &'static str> {
    let mut command = project::cargo(&["test", "--workspace", "--no-fail-fast", "--"]);
    command.args(filters);
    Ok(command)
}

/// Words pick tests of other runners; here they would pick scenarios by name, and there is none of most.
fn fault(filters: &[String]) -> Result<Command, &'static str> {
    if !filters.is_empty() {
        return Err("its scenarios are picked by cargo xtask fault");
    }
    let own = std::env::current_exe().map_err(|_| "this program does not know where it lies")?;
    let mut command = project::program(&own.display().to_string(), project::root());
    command.arg("fault");
    Ok(command)
}

fn agreement(_: &[String]) -> Result<Command, &'static str> {
    let own = std::env::current_exe().map_err(|_| "this program does not know where it lies")?;
    let mut command = project::program(&own.display().to_string(), project::root());
    command.args(["conformance", "agreement"]);
    Ok(command)
}

fn types(_: &[String]) -> Result<Command, &'static str> {
    let package = project::npm_package("web").ok_or("there is no web/package.json")?;
    Ok(project::npm(&package, &["run", "typecheck"]))
}

fn web(filters: &[String]) -> Result<Command, &'static str> {
    let package = project::npm_package("web").ok_or("there is no web/package.json")?;
    let mut command = project::npm(&package, &["run", "test", "--"]);
    // vitest takes one pattern of names.
    if !filters.is_empty() {
        command.arg("--testNamePattern").arg(filters.join("|")).arg("--passWithNoTests");
    }
    Ok(command)
}

/// What measures needs its npm packages; what it is made of needs Node alone.
fn bench(filters: &[String]) -> Result<Command, &'static str> {
    let package =
        project::npm_package("tests/bench/peers").ok_or("there is no tests/bench/peers/package.json")?;
    let entries =
        std::fs::read_dir(package.join("test")).map_err(|_| "there is no tests/bench/peers/test")?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut command = project::program("node", &package);
    command.arg("--test");
    command.args(filters.iter().map(|word| format!("--test-name-pattern={word}")));
    command.args(files);
    Ok(command)
}

fn e2e(filters: &[String]) -> Result<Command, &'static str> {
    let package = project::npm_package("tests/e2e").ok_or("there is no tests/e2e/package.json")?;
    let mut command = project::npm(&package, &["run", "test", "--"]);
    command.args(filters);
    Ok(command)
}
