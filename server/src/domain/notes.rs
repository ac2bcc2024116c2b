//! What a phone noted of its files: a JSON object, file name to note. Notes are claims: the seal proves that they were not
//! changed, nothing proves that they are right.

use std::collections::BTreeMap;

use serde_json::Value;

/// Notes by file name.
pub type Notes = BTreeMap<String, Value>;

/// Reads notes; text that is no object of objects has none.
#[must_use]
pub fn read(text: &str) -> Notes {
    let notes: Notes = serde_json::from_str(text).unwrap_or_default();
    notes.into_iter().filter(|(_, note)| note.is_object()).collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_objects_and_nothing_else() {
        assert_eq!(read(r#"{"a.jpg":{"kind":"photo"},"b.jpg":7}"#)["a.jpg"]["kind"], "photo");
        assert_eq!(read(r#"{"a.jpg":{"kind":"photo"},"b.jpg":7}"#).len(), 1);
        for text in ["", "[]", "{", "null", "\u{0}"] {
            assert!(read(text).is_empty());
        }
    }
}
