//! `matrix.md` is what the cases say. `UPDATE=1` writes it anew.

use std::path::{Path, PathBuf};

use doorstep_conformance::matrix::{Choices, Features, Inputs, Left, generate};
use doorstep_conformance::story::{self, Report};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn reports() -> Vec<(String, Report)> {
    let files = std::fs::read_dir(folder().join("cases")).expect("the package has cases");
    let mut reports: Vec<(String, Report)> = files
        .filter_map(|it| it.ok().map(|it| it.path()))
        .filter(|it| it.extension().is_some_and(|it| it == "md"))
        .map(|path| {
            let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
            let report =
                story::run(&text(&path)).unwrap_or_else(|it| panic!("{name}:{}: {}", it.line, it.text));
            (name, report)
        })
        .collect();
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    reports
}

fn or_panic<T>(read: Result<T, String>) -> T {
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_matrix_is_what_the_cases_say() {
    let left = |name: &str, suite| or_panic(Left::read(&text(&folder().join(name)), suite));
    let left = left("left.toml", "scenario").and(left("known-xpath.toml", "xpath"));
    let matrix = generate(&Inputs {
        reports: &reports(),
        features: &or_panic(Features::read(&text(&folder().join("features.toml")))),
        choices: &or_panic(Choices::read(&text(&folder().join("choices.toml")))),
        left: &left,
    });
    let matrix = matrix.unwrap_or_else(|problems| panic!("{}", problems.join("\n")));
    let path = folder().join("matrix.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &matrix).expect("the package's folder can be written");
    }
    assert!(
        text(&path) == matrix,
        "matrix.md is stale: UPDATE=1 cargo test -p doorstep-conformance --test matrix"
    );
}
