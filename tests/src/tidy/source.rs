//! Source files as the rules read them: code without comments, string literals apart, tests left out.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The text files of a checkout, in the order of their paths.
#[derive(Debug, Default)]
pub struct Tree {
    pub files: Vec<File>,
}

/// One text file.
#[derive(Debug)]
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
}

impl Tree {
    /// Reads what git has or would add; files that are not text are left out.
    pub fn read(root: &Path) -> Result<Tree> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output =
            Command::new("git").args(arguments).current_dir(root).output().context("cannot start git")?;
        if !output.status.success() {
            bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut files = Vec::new();
        for path in String::from_utf8(output.stdout)?.split_terminator('\0') {
            // A deleted file is listed until the deletion is committed.
            if let Ok(text) = std::fs::read_to_string(root.join(path)) {
                files.push(File { path: path.to_owned(), text });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// Returns the file of a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Returns the files under a folder (`a/b/`) whose name ends so, tests left out.
    pub fn sources<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| {
            file.path.starts_with(folder) && file.path.ends_with(ending) && !file.is_test()
        })
    }

    /// Makes a tree of invented files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let file = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
        Tree { files: files.iter().map(file).collect() }
    }
}

impl File {
    /// Says whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.split('/').rev().skip(1).any(|folder| folder == "tests")
            || name == "tests.rs"
            || name.contains(".test.")
    }

    /// Returns the text before the file's own tests.
    pub fn without_tests(&self) -> &str {
        self.text.split_once("\n#[cfg(test)]\nmod ").map_or(self.text.as_str(), |(code, _)| code)
    }

    /// Returns Rust code without comments and tests; literals stay as `""`.
    pub fn code(&self) -> String {
        rust(self.without_tests()).code
    }

    /// Returns what stands in the string literals of Rust code without tests.
    pub fn literals(&self) -> Vec<String> {
        rust(self.without_tests()).literals
    }
}

/// Rust source taken apart.
struct Rust {
    code: String,
    literals: Vec<String>,
}

fn rust(text: &str) -> Rust {
    let mut rust = Rust { code: String::new(), literals: Vec::new() };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((literal, length)) = string(rest, rust.code.chars().next_back()) {
            rust.literals.push(literal.to_owned());
            rust.code.push_str("\"\"");
            length
        } else {
            // A character literal would otherwise open a string (`'"'`); a lifetime has no closing quote near.
            let length = character(rest).unwrap_or(c.len_utf8());
            rust.code.push_str(&rest[..length]);
            length
        };
        rest = &rest[length..];
    }
    rust
}

/// Returns a string literal's contents and its whole length, if one begins here.
fn string(rest: &str, before: Option<char>) -> Option<(&str, usize)> {
    if let Some(inside) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = inside.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        })?;
        return Some((&inside[..end], end + 2));
    }
    let raw = rest
        .strip_prefix('r')
        .filter(|_| !before.is_some_and(|c| c.is_alphanumeric() && c != 'b' || c == '_'))?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let inside = raw[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let end = inside.find(&closing)?;
    Some((&inside[..end], 1 + hashes + 1 + end + closing.len()))
}

/// Returns the length of a character literal that begins here.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return Some(3 + inside[2..].find('\'')?);
    }
    inside[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

/// Says whether code names a path such as `std::fs`, also within a group (`std::{fs, net}`).
pub fn names(code: &str, path: &str) -> bool {
    if word_at(code, path).is_some() {
        return true;
    }
    let Some((parent, last)) = path.rsplit_once("::") else { return false };
    let opening = format!("{parent}::{{");
    code.match_indices(&opening).any(|(at, _)| {
        let group = &code[at + opening.len()..];
        word_at(&group[..group.find('}').unwrap_or(group.len())], last).is_some()
    })
}

/// Returns where a whole word stands; an end of it that is no letter (`store::`) may touch any.
pub fn word_at(text: &str, word: &str) -> Option<usize> {
    let inside_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = word.starts_with(inside_name) && text[..at].ends_with(inside_name);
        let after = word.ends_with(inside_name) && text[at + word.len()..].starts_with(inside_name);
        !(before || after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, literals: &[&str]) {
        let rust = rust(text);
        assert_eq!(
            (rust.code.as_str(), rust.literals.iter().map(String::as_str).collect::<Vec<_>>()),
            (code, literals.to_vec())
        );
    }

    #[test]
    fn takes_rust_apart() {
        check("let a = \"x // y\"; // z", "let a = \"\"; ", &["x // y"]);
        check("f('\"', '\\'', \"a\\\"b\")", "f('\"', '\\'', \"\")", &["a\\\"b"]);
        check(
            "fn f<'a>(x: &'a str) {} r#\"q\"q\"# /* \" */ b\"b\"",
            "fn f<'a>(x: &'a str) {} \"\"  b\"\"",
            &["q\"q", "b"],
        );
        check("for \"a\"", "for \"\"", &["a"]);
    }

    #[test]
    fn names_whole_paths_also_in_groups() {
        for (code, named) in [
            ("use std::fs::File;", true),
            ("use std::{io, fs};", true),
            ("use std::{io, fsync};", false),
            ("my_std::fs", false),
            ("std::fsx", false),
        ] {
            assert_eq!(names(code, "std::fs"), named, "{code}");
        }
    }

    #[test]
    fn a_files_own_tests_are_left_out() {
        let file = File { path: "a.rs".to_owned(), text: "code\n#[cfg(test)]\nmod tests {}".to_owned() };
        assert_eq!(file.without_tests(), "code");
        let is_test = |path: &str| File { path: path.to_owned(), text: String::new() }.is_test();
        assert!(
            is_test("server/tests/a.rs")
                && is_test("a/tests.rs")
                && is_test("web/a.test.ts")
                && !is_test("a/b.rs")
        );
    }
}
