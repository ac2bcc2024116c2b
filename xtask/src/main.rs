//! `cargo xtask`: the project's one command runner. Each command is a file of its own; what guards the code is a
//! test that plain `cargo test` finds, so this only puts steps in order.

mod bench;
mod conformance;
mod debian;
mod fault;
mod gen_files;
mod project;
mod run;
mod setup;
mod snip;
mod stamp;
mod steps;
mod tally;
mod test;
mod venv;
mod wasm;
mod wasm_target;
mod web;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Builds, runs and tests Doorstep.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Start here: builds what changed, fills an empty data folder with a demonstration, and serves it.
    Run {
        /// Given to `doorstep serve`: `--listen ADDR`, `--data DIR`, `--tls-self-signed` …
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Every check, in the order CI runs them. Words pick steps by name, or tests.
    Test {
        /// Names of steps (fmt, clippy, rust, fault, agreement, types, web, bench, e2e); any other word picks tests by name.
        words: Vec<String>,
    },
    /// Installs what building and testing need; a no-op where all is there.
    Setup,
    /// Builds the engine for the browser into web/src/engine/wasm.
    Wasm {
        /// Only these files (`forms`, `xlsform`, …), as they are compiled, without the slow last optimisation.
        quick: Vec<String>,
    },
    /// Builds the web app into web/dist, the engine first.
    Web,
    /// Writes the generated files anew.
    Gen,
    /// Runs language-neutral cases (`xpath`, `scenario`, `forms`) of a folder against the engine; `agreement` runs all
    /// there is natively and in WebAssembly, and compares.
    Conformance(conformance::Conformance),
    /// Breaks a running server in every way that a year brings, and counts what is lost or doubled: `--long` as before a
    /// release, `--cycles`, `--submissions`, `--images`; names pick scenarios.
    Fault {
        /// Given to the breaking program; `-- --help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures. Arguments after `--` go to the measuring program.
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
}

fn main() -> ExitCode {
    match perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform() -> anyhow::Result<()> {
    match Arguments::parse().command {
        None => Ok(Arguments::command().print_help()?),
        Some(Task::Run { arguments }) => run::run(&arguments),
        Some(Task::Test { words }) => test::run(&words),
        Some(Task::Setup) => setup::all(),
        Some(Task::Wasm { quick }) => wasm::run(&quick),
        Some(Task::Web) => web::run(),
        Some(Task::Gen) => gen_files::run(),
        Some(Task::Conformance(conformance)) => conformance::run(&conformance),
        Some(Task::Fault { arguments }) => fault::run(&arguments),
        Some(Task::Bench { what }) => bench::run(&what),
    }
}
