//! Who may import whom.

use super::Verdict::{Checked, Skipped};
use super::source::{File, names};
use super::{Tree, Verdict};

/// Breaches of one kind in the Rust files of a folder.
fn banned(tree: &Tree, folder: &str, except: &[&str], words: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.sources(folder, ".rs").filter(|file| !except.iter().any(|it| file.path.starts_with(it)))
    {
        let code = file.code();
        for word in words.iter().filter(|word| names(&code, word)) {
            breaches.push(format!("{}: names {word}", file.path));
        }
    }
    breaches
}

/// Checks a folder, unless there is none.
fn in_folder(
    tree: &Tree,
    folder: &str,
    missing: &'static str,
    look: impl FnOnce() -> Vec<String>,
) -> Verdict {
    if tree.sources(folder, "").next().is_none() { Skipped(missing) } else { Checked(look()) }
}

pub fn engine(tree: &Tree) -> Verdict {
    const WORDS: [&str; 11] = [
        "wasm_bindgen",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant",
        "getrandom",
        "rand",
        "fastrand",
        "new_v4",
    ];
    in_folder(tree, "wasm-forms/src/", "wasm-forms/src does not exist", || {
        banned(tree, "wasm-forms/src/", &[], &WORDS)
    })
}

pub fn xpath(tree: &Tree) -> Verdict {
    let folder = "wasm-forms/src/xpath/";
    let words = ["crate::parse", "crate::session", "crate::Session", "crate::Definition"];
    in_folder(tree, folder, "wasm-forms/src/xpath does not exist", || banned(tree, folder, &[], &words))
}

pub fn values(tree: &Tree) -> Verdict {
    let folders = ["wasm-forms/src/validate/", "wasm-forms/src/evidence/"];
    let mut sources = folders.iter().flat_map(|folder| tree.sources(folder, ".rs")).peekable();
    if sources.peek().is_none() {
        return Skipped("wasm-forms/src/validate and evidence do not exist");
    }
    Checked(sources.flat_map(foreign_imports).collect())
}

/// Every `crate::x` that is neither a code nor the file's own module.
fn foreign_imports(file: &File) -> Vec<String> {
    let code = file.code();
    let own = file.path.split('/').nth(2).unwrap_or_default().to_owned();
    let part = |at: usize| {
        code[at + "crate::".len()..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")
    };
    let parts = code.match_indices("crate::").map(|(at, _)| part(at));
    parts
        .filter(|part| !["code", "Code", &own].contains(part))
        .map(|part| format!("{}: imports crate::{part}", file.path))
        .collect()
}

pub fn domain(tree: &Tree) -> Verdict {
    const SQL: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "JOIN", "CREATE"];
    let folder = "server/src/domain/";
    in_folder(tree, folder, "server/src/domain does not exist", || {
        let mut breaches = banned(tree, folder, &[], &["axum", "StatusCode", "http::"]);
        for file in tree.sources(folder, ".rs") {
            let literals = file.literals();
            for word in SQL.iter().filter(|word| literals.iter().any(|literal| names(literal, word))) {
                breaches.push(format!("{}: a text has SQL's {word}", file.path));
            }
        }
        breaches
    })
}

pub fn store(tree: &Tree) -> Verdict {
    let folder = "server/src/store/";
    in_folder(tree, folder, "server/src/store does not exist", || {
        banned(tree, folder, &[], &["axum", "StatusCode"])
    })
}

pub fn api(tree: &Tree) -> Verdict {
    let folder = "server/src/api/";
    in_folder(tree, folder, "server/src/api does not exist", || {
        banned(tree, folder, &[], &["crate::store", "super::store"])
    })
}

/// A refusal of axum's own has neither a code nor words in people's languages.
pub fn requests(tree: &Tree) -> Verdict {
    let folder = "server/src/api/";
    in_folder(tree, folder, "server/src/api does not exist", || {
        let imported = |code: &str, name: &str| {
            code.split("use ").filter(|it| it.starts_with("axum::extract")).any(|it| {
                let until = it.find(';').unwrap_or(it.len());
                names(&it[..until], name)
            })
        };
        let mut breaches = Vec::new();
        for file in tree.sources(folder, ".rs").filter(|it| it.path != "server/src/api/input.rs") {
            let code = file.code();
            let found = ["Path", "Query", "Form"].into_iter().filter(|it| imported(&code, it));
            breaches.extend(found.map(|it| format!("{}: takes axum's {it}", file.path)));
        }
        breaches
    })
}

pub fn drivers(tree: &Tree) -> Verdict {
    let words = ["rusqlite", "tokio_postgres", "postgres::Client", "postgres::Transaction"];
    let folder = "server/src/";
    in_folder(tree, "server/src/store/", "server/src/store does not exist", || {
        banned(tree, folder, &["server/src/store/db.rs", "server/src/store/db/"], &words)
    })
}

pub fn features(tree: &Tree) -> Verdict {
    let is_source = |file: &&File| file.path.ends_with(".ts") || file.path.ends_with(".vue");
    let mut sources = tree.sources("web/src/", "").filter(is_source).peekable();
    if sources.peek().is_none() {
        return Skipped("web/src does not exist");
    }
    let mut breaches = Vec::new();
    for file in sources {
        for wanted in imports_of(file) {
            let reason = match (feature(&file.path), feature(&wanted)) {
                (Some(own), Some(other)) if own != other => "imports another feature",
                (None, Some(_))
                    if ["web/src/ui/", "web/src/form/"].iter().any(|low| file.path.starts_with(low)) =>
                {
                    "imports a feature"
                }
                _ => continue,
            };
            breaches.push(format!("{}: {reason}, {wanted}", file.path));
        }
    }
    Checked(breaches)
}

/// Returns the folder of the feature a path lies in: `web/src/features/visit`.
fn feature(path: &str) -> Option<&str> {
    let marker = "/features/";
    let start = path.find(marker)? + marker.len();
    Some(&path[..start + path[start..].find('/')?])
}

/// Returns what a module imports, as paths from the root; packages are left out.
fn imports_of(file: &File) -> Vec<String> {
    let quoted = |rest: &str| {
        let rest = rest.trim_start().trim_start_matches('(');
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(inside, _)| inside.to_owned())
    };
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let words = [" from ", "import(", "import "];
    let found = words.iter().flat_map(|word| {
        file.text.match_indices(word).filter_map(|(at, word)| quoted(&file.text[at + word.len()..]))
    });
    found.filter_map(|specifier| resolve(folder, &specifier)).collect()
}

fn resolve(folder: &str, specifier: &str) -> Option<String> {
    if let Some(inside) = specifier.strip_prefix("@/") {
        return Some(format!("web/src/{inside}"));
    }
    if !specifier.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(look: fn(&Tree) -> Verdict, path: &str, text: &str, breach: Option<&str>) {
        let expected = breach.map(|breach| format!("{path}: {breach}")).into_iter().collect();
        assert_eq!(look(&Tree::of(&[(path, text)])), Checked(expected), "{path}: {text}");
    }

    #[test]
    fn sees_each_breach_and_nothing_else() {
        check(engine, "wasm-forms/src/a.rs", "use std::{fs, io};", Some("names std::fs"));
        check(engine, "wasm-forms/src/a.rs", "// std::fs\nlet a = \"SystemTime\";", None);
        check(engine, "wasm-forms/src/a.rs", "let operand = random_id;", None);
        check(xpath, "wasm-forms/src/xpath/eval.rs", "use crate::parse::Bind;", Some("names crate::parse"));
        check(
            values,
            "wasm-forms/src/validate/a.rs",
            "use crate::code::Code; use crate::Form;",
            Some("imports crate::Form"),
        );
        check(values, "wasm-forms/src/evidence/a.rs", "use crate::evidence::b; use crate::Code;", None);
        check(domain, "server/src/domain/a.rs", "db.all(\"SELECT 1\")", Some("a text has SQL's SELECT"));
        check(domain, "server/src/domain/a.rs", "use axum::Json;", Some("names axum"));
        check(domain, "server/src/domain/a.rs", "let a = \"selected UPDATED\";", None);
        check(store, "server/src/store/a.rs", "use axum::Json;", Some("names axum"));
        check(api, "server/src/api/a.rs", "app.store.x(); restore::y()", None);
        check(api, "server/src/api/a.rs", "use crate::store::a;", Some("names crate::store"));
        check(drivers, "server/src/store/a.rs", "use rusqlite::Row;", Some("names rusqlite"));
        check(drivers, "server/src/store/db.rs", "use rusqlite::Row;", None);
    }

    #[test]
    fn sees_imports_between_features() {
        let import = |from: &str| format!("import a from '{from}'");
        let visit = "web/src/features/visit/a.ts";
        check(
            features,
            visit,
            &import("../inbox/b.ts"),
            Some("imports another feature, web/src/features/inbox/b.ts"),
        );
        check(
            features,
            visit,
            &import("@/features/inbox/b.ts"),
            Some("imports another feature, web/src/features/inbox/b.ts"),
        );
        check(features, visit, &import("./b.ts"), None);
        check(features, visit, &import("@/form/b.ts"), None);
        check(
            features,
            "web/src/ui/a.vue",
            &import("../features/visit/b"),
            Some("imports a feature, web/src/features/visit/b"),
        );
        check(features, "web/src/app/routes.ts", "const a = () => import(\"../features/visit/b.vue\")", None);
    }

    #[test]
    fn says_what_is_not_there() {
        assert_eq!(api(&Tree::default()), Skipped("server/src/api does not exist"));
    }
}
