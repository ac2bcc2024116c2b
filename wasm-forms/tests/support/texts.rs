//! The texts of codes, as people read them.

use std::collections::BTreeMap;

use wasm_forms::Diagnostic;

const LANGUAGES: [&str; 2] = [
    include_str!("../../../web/src/i18n/codes.zh-CN.json"),
    include_str!("../../../web/src/i18n/codes.en.json"),
];

/// Checks that a diagnostic has a text in every language, and everything that the text asks for.
pub fn check_text(diagnostic: &Diagnostic) {
    for language in LANGUAGES {
        let texts: BTreeMap<String, String> = serde_json::from_str(language).expect("a flat object of texts");
        let text = texts.get(&diagnostic.code).unwrap_or_else(|| panic!("{} has no text", diagnostic.code));
        for asked in text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(it, _)| it) {
            let is_name = !asked.is_empty() && asked.chars().all(|it| it.is_ascii_lowercase() || it == '_');
            assert!(
                !is_name || diagnostic.params.contains_key(asked),
                "{diagnostic:?} does not give {asked}"
            );
        }
    }
}
