//! What a finished tree does not hold.

use super::Verdict::Checked;
use super::source::word_at;
use super::{Tree, Verdict};

const LONGEST: usize = 600;
const SOURCES: [&str; 5] = [".rs", ".ts", ".vue", ".css", ".mjs"];
/// Files that are one table. Each says in its first line what of.
const TABLES: [&str; 0] = [];
/// Written in two halves, so that this file has none of them.
const UNFINISHED: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!"), concat!("unimple", "mented!")];
const PLACES: [&str; 8] = [
    concat!("crates", ".io/"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("deb.debian", ".org"),
    concat!("static.rust", "-lang.org"),
    concat!("/work", "/"),
    concat!("/tmp/con", "tract"),
];
/// Cargo writes the name of its default registry into its lock file.
const LOCK: &str = "Cargo.lock";

pub fn long_files(tree: &Tree) -> Verdict {
    let sources = tree.files.iter().filter(|file| SOURCES.iter().any(|ending| file.path.ends_with(ending)));
    let hand_written = sources.filter(|file| {
        !file.is_test() && !file.path.contains(".gen.") && !TABLES.contains(&file.path.as_str())
    });
    let long = hand_written.filter_map(|file| {
        let n_lines = file.without_tests().lines().count();
        (n_lines > LONGEST).then(|| format!("{}: {n_lines} lines", file.path))
    });
    Checked(long.collect())
}

pub fn unfinished(tree: &Tree) -> Verdict {
    Checked(holding(tree, |line| UNFINISHED.into_iter().find(|word| word_at(line, word).is_some())))
}

pub fn debug_output(tree: &Tree) -> Verdict {
    let on_phone = ["wasm-forms/src/", "wasm-forms/bindings/src/"];
    let sources = on_phone.iter().flat_map(|folder| tree.sources(folder, ".rs"));
    // Workbooks and the tools' expressions are in no file that travels to a phone.
    let phones = sources.filter(|file| {
        !["wasm-forms/src/xlsform/", "wasm-forms/src/expression/"].iter().any(|it| file.path.starts_with(it))
    });
    let breaches = phones.filter(|file| {
        file.literals().iter().any(|it| it.contains(":?}") || it.contains(":#?}"))
            || word_at(&file.code(), "dbg!").is_some()
    });
    Checked(breaches.map(|file| format!("{}: formats with {{:?}}", file.path)).collect())
}

pub fn places(tree: &Tree) -> Verdict {
    let begins_a_path = |line: &str, at: usize| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}'))
    };
    Checked(holding(tree, |line| {
        PLACES.into_iter().find(|place| {
            line.match_indices(place).any(|(at, _)| !place.starts_with('/') || begins_a_path(line, at))
        })
    }))
}

/// Returns `path:line: has what` for each line in which something is found.
fn holding(tree: &Tree, find: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != LOCK) {
        for (i, line) in file.text.lines().enumerate() {
            if let Some(what) = find(line) {
                breaches.push(format!("{}:{}: has {what}", file.path, i + 1));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_breaches(look: fn(&Tree) -> Verdict, path: &str, text: &str) -> usize {
        match look(&Tree::of(&[(path, text)])) {
            Checked(breaches) => breaches.len(),
            Verdict::Skipped(_) => usize::MAX,
        }
    }

    #[test]
    fn sees_long_files_but_not_long_tests() {
        let long = "x\n".repeat(LONGEST + 1);
        assert_eq!(n_breaches(long_files, "a.rs", &long), 1);
        assert_eq!(n_breaches(long_files, "a.rs", &long[2..]), 0);
        assert_eq!(n_breaches(long_files, "a.rs", &format!("x\n#[cfg(test)]\nmod tests {{\n{long}}}")), 0);
        assert_eq!(n_breaches(long_files, "schema.gen.ts", &long), 0);
        assert_eq!(n_breaches(long_files, "server/tests/a.rs", &long), 0);
    }

    #[test]
    fn sees_what_is_left_to_do() {
        assert_eq!(n_breaches(unfinished, "a.rs", concat!("// TO", "DO: later")), 1);
        assert_eq!(n_breaches(unfinished, "a.rs", "let todos = Todo::new();"), 0);
    }

    #[test]
    fn sees_what_is_written_for_programmers() {
        let path = "wasm-forms/src/a.rs";
        assert_eq!(n_breaches(debug_output, path, "fn a() { format!(\"{b:?}\") }"), 1);
        assert_eq!(n_breaches(debug_output, path, "x\n#[cfg(test)]\nmod tests { format!(\"{b:?}\") }"), 0);
        assert_eq!(n_breaches(debug_output, "wasm-forms/src/xlsform/a.rs", "format!(\"{b:?}\")"), 0);
    }

    #[test]
    fn sees_hosts_and_paths_of_one_machine() {
        assert_eq!(n_breaches(places, "a.md", concat!("see https://www.npmjs", ".com/x")), 1);
        assert_eq!(n_breaches(places, "a.rs", concat!("open(\"/wo", "rk/x\")")), 1);
        assert_eq!(n_breaches(places, "a.rs", concat!("open(\"net", "/wo", "rk/x\")")), 0);
        assert_eq!(n_breaches(places, LOCK, concat!("crates", ".io/")), 0);
    }
}
