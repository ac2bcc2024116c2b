//! Looks at this checkout with every rule of `doorstep_tests::tidy`. Has a `main` of its own because a rule whose
//! subject does not exist must be seen to be skipped, and because a broken rule should tell its reason once.

use std::path::Path;
use std::process::ExitCode;

use doorstep_tests::tidy::{RULES, Rule, Tree, Verdict};

fn main() -> ExitCode {
    let filters: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |rule: &&Rule| {
        filters.is_empty() || filters.iter().any(|filter| format!("tidy {}", rule.name).contains(filter))
    };
    let tree = match Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")) {
        Ok(tree) => tree,
        Err(error) => {
            println!("the checkout cannot be read: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let (mut n_passed, mut n_failed, mut n_skipped) = (0, 0, 0);
    for rule in RULES.iter().filter(chosen) {
        match (rule.look)(&tree) {
            Verdict::Skipped(missing) => {
                n_skipped += 1;
                println!("tidy: {} ... skipped, {missing}", rule.name);
            }
            Verdict::Checked(breaches) if breaches.is_empty() => {
                n_passed += 1;
                println!("tidy: {} ... ok", rule.name);
            }
            Verdict::Checked(breaches) => {
                n_failed += 1;
                println!(
                    "tidy: {} ... FAILED\n  because {}\n  {}",
                    rule.name,
                    rule.reason,
                    breaches.join("\n  ")
                );
            }
        }
    }
    let result = if n_failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {n_passed} passed; {n_failed} failed; {n_skipped} ignored");
    if n_failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
