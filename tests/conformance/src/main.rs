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
    /// Tells only where WebAssembly and native differ, and fails there.
    #[arg(long, requires = "wasm")]
    agree: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SuiteName {
    Scenario,
    Forms,
    Xpath,
    Stories,
    Replay,
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
        SuiteName::Replay => Suite::Replay,
        SuiteName::Xlsform => Suite::Xlsform,
    };
    let mut node = match arguments.wasm.as_deref() {
        Some([script, module]) => Some(Node::start(script, module)?),
        _ => None,
    };
    let (mut n_cases, mut disagreements) = (0, Vec::new());
    let detail = if arguments.verbose { Detail::Difference } else { Detail::Line };
    let mut report = Report::default();
    for case in folder::cases(suite, &arguments.folder)? {
        let is_wanted = |it: &String| case.id.contains(it.as_str()) || case.area.contains(it.as_str());
        if !arguments.only.as_ref().is_none_or(is_wanted) {
            continue;
        }
        let mut outcome = outcome_of(&case);
        if let Some(difference) = node.as_mut().and_then(|it| difference(&outcome, it.run(&case))) {
            disagreements.push(format!("{} {}: {difference:?}", case.area, case.id));
            outcome.judge(Score::Check, false, "in WebAssembly", &difference.native, &difference.wasm);
        }
        n_cases += 1;
        report.add(&case, &outcome, detail);
    }
    if arguments.agree {
        disagreements.iter().for_each(|it| println!("{it}"));
        println!("{} cases agree, {} do not", n_cases - disagreements.len(), disagreements.len());
        anyhow::ensure!(disagreements.is_empty(), "native and WebAssembly differ");
        return Ok(());
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

/// What each side has that the other has not.
#[derive(Debug)]
struct Difference {
    native: String,
    wasm: String,
}

/// A disagreement between native and WebAssembly is one more failed check.
fn difference(native: &Outcome, in_wasm: Result<Outcome>) -> Option<Difference> {
    let in_wasm = match in_wasm {
        Ok(in_wasm) if in_wasm == *native => return None,
        Ok(in_wasm) => in_wasm,
        Err(error) => return Some(Difference { native: String::new(), wasm: format!("{error:#}") }),
    };
    if let Some((native, wasm)) = native.said.iter().zip(&in_wasm.said).find(|(a, b)| a != b) {
        return Some(Difference { native: native.clone(), wasm: wasm.clone() });
    }
    let only = |own: &Outcome, other: &Outcome| {
        let only: Vec<&Failure> = own.failures.iter().filter(|it| !other.failures.contains(it)).collect();
        format!("{only:?}")
    };
    Some(Difference { native: only(native, &in_wasm), wasm: only(&in_wasm, native) })
}
