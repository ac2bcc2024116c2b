//! Message codes and their texts.

use std::collections::{BTreeMap, BTreeSet};

use wasm_forms::Code;

use super::Verdict::{Checked, Skipped};
use super::{Tree, Verdict};

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];
/// Areas of codes besides those that have texts already: a code of a new area in the server needs a text too.
const AREAS: [&str; 23] = [
    "request",
    "auth",
    "submission",
    "attachment",
    "device",
    "workbook",
    "register",
    "review",
    "export",
    "import",
    "entity",
    "form",
    "handed_in",
    "pack",
    "photo",
    "seal",
    "server",
    "session",
    "signature",
    "task",
    "upload",
    "verify",
    "visit",
];
/// A literal that looks like a code but names a file.
const FILES: [&str; 13] =
    ["csv", "css", "html", "ico", "jpg", "js", "json", "png", "sqlite", "toml", "xlsx", "xml", "zip"];

pub fn texts(tree: &Tree) -> Verdict {
    let mut languages = BTreeMap::new();
    for language in LANGUAGES {
        let path = format!("web/src/i18n/codes.{language}.json");
        let Some(file) = tree.file(&path) else { return Skipped("web/src/i18n/codes.*.json do not exist") };
        match serde_json::from_str::<BTreeMap<String, String>>(&file.text) {
            Ok(texts) => languages.insert(path, texts),
            Err(error) => return Checked(vec![format!("{path}: is no flat object of texts: {error}")]),
        };
    }
    let mut codes: BTreeSet<String> = engine_codes().map(str::to_owned).collect();
    codes.extend(server_codes(tree));
    let mut breaches = Vec::new();
    for (path, texts) in &languages {
        breaches.extend(
            codes
                .iter()
                .filter(|code| !texts.contains_key(*code))
                .map(|code| format!("{path}: no text for {code}")),
        );
        breaches.extend(
            texts
                .iter()
                .filter(|(_, text)| text.trim().is_empty())
                .map(|(code, _)| format!("{path}: {code} is empty")),
        );
    }
    let texts: BTreeSet<&String> = languages.values().flat_map(BTreeMap::keys).collect();
    for code in texts.into_iter().filter(|code| !codes.contains(*code) && !is_used_on_the_web(tree, code)) {
        breaches.push(format!("web/src/i18n/codes.*.json: nothing says {code}"));
    }
    Checked(breaches)
}

/// The engine's own codes and those of its workbook converter.
fn engine_codes() -> impl Iterator<Item = &'static str> {
    let converter_and_values = wasm_forms::xlsform::CODES.iter().chain(wasm_forms::validate::CODES);
    Code::ALL.iter().map(|code| code.as_str()).chain(converter_and_values.copied())
}

/// Returns the codes that stand as whole literals in the server, the bindings and what reads strokes. Ids of task types look alike; none of an
/// area of codes is written there, they are the packs'.
fn server_codes(tree: &Tree) -> BTreeSet<String> {
    let folders = ["server/src/", "wasm-forms/bindings/src/", "wasm-forms/src/evidence/strokes/"];
    let sources = folders.iter().flat_map(|folder| tree.sources(folder, ".rs"));
    let literals = sources.flat_map(|file| file.literals());
    literals.filter(|literal| is_code(literal)).collect()
}

fn is_code(literal: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    match literal.split_once('.') {
        None => literal == "not_found",
        Some((area, problem)) => AREAS.contains(&area) && is_word(problem) && !FILES.contains(&problem),
    }
}

/// The web app has codes of its own: no network, no room on the phone.
fn is_used_on_the_web(tree: &Tree, code: &str) -> bool {
    let quoted = ["\"", "'", "`"].map(|quote| format!("{quote}{code}{quote}"));
    let sources =
        tree.sources("web/src/", "").filter(|file| file.path.ends_with(".ts") || file.path.ends_with(".vue"));
    sources.into_iter().any(|file| quoted.iter().any(|code| file.text.contains(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at a tree where the engine's codes have their texts and `more` does too.
    fn check(files: &[(&str, &str)], more: &[&str], breaches: &[&str]) {
        let codes = engine_codes().map(str::to_owned).chain(more.iter().map(|it| (*it).to_owned()));
        let texts: BTreeMap<String, &str> = codes.map(|code| (code, "text")).collect();
        let texts = serde_json::to_string(&texts).unwrap();
        let mut all = vec![
            ("web/src/i18n/codes.zh-CN.json", texts.as_str()),
            ("web/src/i18n/codes.en.json", texts.as_str()),
        ];
        all.extend(files);
        assert_eq!(texts_of(&all), Checked(breaches.iter().map(|it| (*it).to_owned()).collect()));
    }

    fn texts_of(files: &[(&str, &str)]) -> Verdict {
        super::texts(&Tree::of(files))
    }

    #[test]
    fn codes_and_texts_are_in_step() {
        let server =
            ("server/src/api/a.rs", "f(\"auth.forbidden\"); g(\"certify.self\"); h(\"register.csv\")");
        check(&[server], &["auth.forbidden"], &[]);
        check(
            &[server],
            &[],
            &[
                "web/src/i18n/codes.en.json: no text for auth.forbidden",
                "web/src/i18n/codes.zh-CN.json: no text for auth.forbidden",
            ],
        );
        check(&[], &["auth.forbidden"], &["web/src/i18n/codes.*.json: nothing says auth.forbidden"]);
        check(&[("web/src/api/client.ts", "fail('network.unreachable')")], &["network.unreachable"], &[]);
    }

    #[test]
    fn texts_that_are_no_flat_object_are_a_breach() {
        let broken = [("web/src/i18n/codes.zh-CN.json", "[]"), ("web/src/i18n/codes.en.json", "{}")];
        assert!(matches!(texts_of(&broken), Checked(breaches) if breaches.len() == 1));
        assert!(matches!(texts_of(&[]), Skipped(_)));
    }
}
