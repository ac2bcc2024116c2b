//! Every file of cases is one test. `cargo test -p doorstep-conformance --test stories -- WORD` runs the files whose
//! name contains WORD; `--gaps` after it tells how each known gap fails.

use std::path::Path;
use std::process::ExitCode;

use doorstep_conformance::story::{self, Verdict};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let wanted = std::env::args().skip(1).find(|it| !it.starts_with('-')).unwrap_or_default();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the package has cases")
        .filter_map(|it| it.ok().map(|it| it.path()))
        .filter(|it| it.extension().is_some_and(|it| it == "md"))
        .collect();
    files.sort();
    let (mut n_passed, mut n_gaps, mut complaints) = (0, 0, Vec::new());
    for path in files {
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.contains(&wanted) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a case file is text");
        match story::run(&text) {
            Err(failure) => complaints.push(format!("{name}:{}: {}", failure.line, failure.text)),
            Ok(report) => {
                let count = |verdict| report.cases.iter().filter(|it| it.verdict() == verdict).count();
                n_passed += count(Verdict::Passed);
                n_gaps += count(Verdict::KnownGap);
                let wrong = report.complaints();
                println!("test {name} ... {}", if wrong.is_empty() { "ok" } else { "FAILED" });
                complaints.extend(wrong.into_iter().map(|it| format!("{name}:{it}")));
                if std::env::args().any(|it| it == "--gaps") {
                    report.gaps().iter().for_each(|it| println!("  gap {name}:{it}"));
                }
            }
        }
    }
    println!("\n{n_passed} cases hold, {n_gaps} known gaps, {} complaints", complaints.len());
    complaints.iter().for_each(|it| println!("{it}"));
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
