//! `doorstep-conformance SUITE FOLDER`: runs cases and prints what they come to.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use doorstep_conformance::node::Node;
use doorstep_conformance::report::{Detail, Report};
use doorstep_conformance::{Case, Failure, Outcome, Score, Suite, folder};

/// Runs language-neutral cases against the form engine.
#[derive(Debug, Parser)]
struct Arguments {
    suite: SuiteName,
    /// A folder of the suite's cases.
    folder: PathBuf,
    /// Shows both sides of each difference whole.
    #[arg(long)]
    verbose: bool,
    /// Only cases whose id or area contains this.
    #[arg(long)]
    only: Option<String>,
    /// Runs each case in Node too, with this script and this module, and compares the outcomes.
    #[arg(long, num_args = 2, value_names = ["SCRIPT", "MODULE"])]
    wasm: Option<Vec<PathBuf>>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SuiteName {
    Scenario,
    Forms,
    Xpath,
    Stories,
    Xlsform,
}

fn main() -> ExitCode {
    match perform(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: &Arguments) -> Result<()> {
    let suite = match arguments.suite {
        SuiteName::Scenario => Suite::Scenario,
        SuiteName::Forms => Suite::Forms,
        SuiteName::Xpath => Suite::Xpath,
        SuiteName::Stories => Suite::Stories,
        SuiteName::Xlsform => Suite::Xlsform,
    };
    let mut node = match arguments.wasm.as_deref() {
        Some([script, module]) => Some(Node::start(script, module)?),
        _ => None,
    };
    let detail = if arguments.verbose { Detail::Difference } else { Detail::Line };
    let mut report = Report::default();
    for case in folder::cases(suite, &arguments.folder)? {
        let is_wanted = |it: &String| case.id.contains(it.as_str()) || case.area.contains(it.as_str());
        if !arguments.only.as_ref().is_none_or(is_wanted) {
            continue;
        }
        let mut outcome = outcome_of(&case);
        if let Some(node) = &mut node {
            compare(&mut outcome, node.run(&case));
        }
        report.add(&case, &outcome, detail);
    }
    print!("{}", report.text(suite));
    Ok(())
}

/// A panic is a failure of the engine, not of the runner.
fn outcome_of(case: &Case) -> Outcome {
    std::panic::catch_unwind(|| case.run()).unwrap_or_else(|_| {
        let mut outcome = Outcome::default();
        outcome.judge(Score::Check, false, "case", "an outcome", "a panic");
        outcome
    })
}

/// A disagreement between native and WebAssembly is one more failed check.
fn compare(outcome: &mut Outcome, in_wasm: Result<Outcome>) {
    let (expected, found) = match in_wasm {
        Ok(in_wasm) if in_wasm == *outcome => return,
        Ok(in_wasm) => {
            let only_there: Vec<&Failure> =
                in_wasm.failures.iter().filter(|it| !outcome.failures.contains(it)).collect();
            let only_here: Vec<&Failure> =
                outcome.failures.iter().filter(|it| !in_wasm.failures.contains(it)).collect();
            (format!("{only_here:?}"), format!("{only_there:?}"))
        }
        Err(error) => (String::new(), format!("{error:#}")),
    };
    outcome.judge(Score::Check, false, "in WebAssembly", &expected, &found);
}
