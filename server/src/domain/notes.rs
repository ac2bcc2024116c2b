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

/// Returns notes without the ink of witnesses and without what photos look like; nothing where neither is in them.
#[must_use]
pub fn without_evidence(text: &str) -> Option<String> {
    let mut notes: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
    let mut has_changed = false;
    for note in notes.values_mut() {
        for (place, key) in [("", "likeness"), ("/photo", "likeness"), ("/witness", "strokes")] {
            let within = note.pointer_mut(place).and_then(Value::as_object_mut);
            has_changed |= within.is_some_and(|it| it.remove(key).is_some());
        }
    }
    has_changed.then(|| serde_json::to_string(&notes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{read, without_evidence};

    #[test]
    fn what_shows_a_person_is_taken_out_and_nothing_else() {
        let notes = r#"{"a.jpg":{"kind":"photo","likeness":"0f","reason":"灯坏了"},"b.strokes":{"kind":"signature"},
            "c.jpg":{"photo":{"likeness":"f0","width":8},"witness":{"name":"王小虎","strokes":"AAAA"}}}"#;
        let left = without_evidence(notes).expect("less");
        assert_eq!(
            left,
            r#"{"a.jpg":{"kind":"photo","reason":"灯坏了"},"b.strokes":{"kind":"signature"},"c.jpg":{"photo":{"width":8},"witness":{"name":"王小虎"}}}"#
        );
        for nothing in [left.as_str(), "", "[]", "7", r#"{"a":7}"#] {
            assert_eq!(without_evidence(nothing), None);
        }
    }

    #[test]
    fn reads_objects_and_nothing_else() {
        assert_eq!(read(r#"{"a.jpg":{"kind":"photo"},"b.jpg":7}"#)["a.jpg"]["kind"], "photo");
        assert_eq!(read(r#"{"a.jpg":{"kind":"photo"},"b.jpg":7}"#).len(), 1);
        for text in ["", "[]", "{", "null", "\u{0}"] {
            assert!(read(text).is_empty());
        }
    }
}
