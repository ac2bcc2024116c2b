//! Every code has a text in every language, and both languages use the same parameters.

use std::collections::{BTreeMap, BTreeSet};

const CHINESE: &str = include_str!("../../web/src/i18n/codes.zh-CN.json");
const ENGLISH: &str = include_str!("../../web/src/i18n/codes.en.json");

fn texts(json: &str) -> BTreeMap<String, String> {
    serde_json::from_str(json).expect("texts are a flat map of strings")
}

fn params(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|it| it.0).collect()
}

#[test]
fn codes_have_texts_in_both_languages() {
    let (chinese, english) = (texts(CHINESE), texts(ENGLISH));
    let codes = [
        wasm_forms::validate::CODES,
        doorstep::register::CODES,
        doorstep::ledger::CODES,
        doorstep::pack::CODES,
    ]
    .concat();
    for code in codes {
        let text = chinese.get(code).unwrap_or_else(|| panic!("{code} has no Chinese text"));
        let translated = english.get(code).unwrap_or_else(|| panic!("{code} has no English text"));
        assert_eq!(params(text), params(translated), "{code}");
    }
}

#[test]
fn texts_stand_in_order() {
    for json in [CHINESE, ENGLISH] {
        let keys: Vec<&str> =
            json.lines().filter_map(|it| it.trim().split_once("\": ")).map(|it| it.0).collect();
        assert!(keys.is_sorted(), "keys are not sorted");
        assert_eq!(keys.len(), texts(json).len(), "a key stands twice");
    }
}

#[test]
fn papers_ask_for_the_same_in_both_languages() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/community/texts");
    let read =
        |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|_| panic!("no {name}"));
    for text in ["card", "slip", "checklist", "notice", "result_certified", "result_returned"] {
        let (chinese, english) = (read(&format!("{text}.zh.md")), read(&format!("{text}.en.md")));
        assert_eq!(params(&chinese), params(&english), "{text}");
    }
    for slip in ["slip.zh.md", "slip.en.md"] {
        let slip = read(slip).to_lowercase();
        assert!(
            ["养老", "认证", "pension", "certif"].iter().all(|it| !slip.contains(it)),
            "others may read the slip"
        );
    }
}
