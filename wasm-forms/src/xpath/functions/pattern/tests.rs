//! What is found where, and that `regex-lite` finds the same.

use super::parse;

fn found(pattern: &str, text: &str) -> Option<bool> {
    parse::pattern(pattern).ok().map(|it| it.is_found(text))
}

#[test]
fn finds_what_authors_ask_for() {
    let check = |pattern: &str, text: &str, expected: bool| {
        assert_eq!(found(pattern, text), Some(expected), "{pattern} in {text}");
    };
    check(r"^1[3-9]\d{9}$", "13800138000", true);
    check(r"^1[3-9]\d{9}$", "12800138000", false);
    check(r"^\d{17}[\dXx]$", "11010519491231002X", true);
    check(r"^[\u4e00-\u9fa5·]{2,20}$", "李奶奶", true);
    check("奶", "李奶奶", true);
    check("(?i)abc|DEF$", "xxdef", true);
    check(r"(\w+\.)*\w+@\w+(\.\w+)+", "a.b@example.org", true);
    check("^(a|b){2,3}c?$", "abba", false);
    check("(a*)*b", &"a".repeat(4_000), false);
    check(r"\bis\b", "this is", true);
    check("", "", true);
    check("^$", "x", false);
    check("(?s)a.b", "a\nb", true);
    check("a.b", "a\nb", false);
    check("(?m)^b$", "a\nb\nc", true);
    check("(?x) a # the first\n b ", "ab", true);
}

#[test]
fn refuses_what_is_no_pattern() {
    for pattern in
        ["(", ")", "a)", "[", "[a", "[b-a]", "*", "a|*", "{2}", "a{", "a{2", "a{x}", "a{3,2}", r"\"]
    {
        assert!(found(pattern, "").is_none(), "{pattern}");
    }
    for pattern in [r"\1", r"\p{L}", r"\e", "(?=a)", "(?<!a)", "(?)", "(?i-)", "[[a]]", "[a&&b]", r"[a-\d]"] {
        assert!(found(pattern, "").is_none(), "{pattern}");
    }
    assert!(found(&"(".repeat(100), "").is_none());
    assert!(found("((a{1000}){1000}){1000}", "").is_none());
}

#[test]
fn finds_what_another_engine_finds() {
    let atoms = [
        "a",
        "b",
        "1",
        "_",
        " ",
        "-",
        ".",
        "^",
        "$",
        r"\d",
        r"\W",
        r"\b",
        r"\B",
        r"\s",
        "[a-c]",
        "[^a1]",
        "[]a]",
        "[^]-]",
        "[a-]",
        "[-a]",
        "[[:alpha:]_]",
        r"[\d.]",
        r"[^\W1]",
        "[[:^digit:]]",
        "(?i)",
        "(?-i)",
        "(?i:A)",
        "(?s)",
        "(?m)",
        "é",
        r"\x41",
        r"\u{e9}",
        r"\n",
        "|",
        "|",
        "(",
        "(",
        ")",
        ")",
        "(?:",
        "(?<n>",
        "*",
        "+",
        "?",
        "{2}",
        "{1,2}",
        "{0,}",
        r"\A",
        r"\z",
        r"\<",
    ];
    let texts = ["", "a", "A", "ab", "ba1", "a b", "aé", "a\nb", "_1-", "aabb", "]-", "B1 a", "\n", "éa1."];
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut n_patterns = 0;
    for _ in 0..20_000 {
        let pattern: String = (0..1 + draw(7)).map(|_| atoms[draw(atoms.len())]).collect();
        let other = regex_lite::Regex::new(&pattern).ok();
        assert_eq!(parse::pattern(&pattern).is_ok(), other.is_some(), "{pattern}");
        let (Ok(ours), Some(other)) = (parse::pattern(&pattern), other) else { continue };
        n_patterns += 1;
        for text in texts {
            assert_eq!(ours.is_found(text), other.is_match(text), "{pattern:?} in {text:?}");
        }
    }
    assert!(n_patterns > 5_000, "only {n_patterns} were patterns");
}
