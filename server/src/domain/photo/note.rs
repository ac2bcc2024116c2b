//! What the phone said of each of a visit's photos, and whether that can be the photo that arrived.
//!
//! Decoders differ by a step of brightness here and there, so numbers need not be the same; what they measure must be.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wasm_forms::evidence::photo::{Judgement, Likeness, MEASURE};

use crate::domain::notes;

/// How much sharpness (of 1000) may differ between two decoders.
const SHARPNESS_APART: f64 = 80.0;
/// How much brightness (of 255) may differ.
const BRIGHTNESS_APART: f64 = 6.0;
/// In how many of 64 bits fingerprints may differ.
const BITS_APART: u32 = 4;

/// The phone's note of a photo. Everything may be missing: it is compared as far as it goes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PhotoNote {
    /// When the photo was taken by the phone's clock, milliseconds UTC.
    pub taken_at_ms: Option<i64>,
    /// Pixels, upright.
    pub width: Option<u32>,
    /// Pixels, upright.
    pub height: Option<u32>,
    /// How the phone measured sharpness; an older app did otherwise.
    pub measure: Option<u32>,
    /// 0 to 1000.
    pub sharpness: Option<f64>,
    /// 0 to 255.
    pub brightness: Option<f64>,
    /// 16 hex digits.
    pub likeness: Option<String>,
    /// Codes of what the volunteer was told.
    pub findings: Vec<String>,
    /// Why the photo was kept all the same.
    pub reason: String,
}

/// The notes of a submission by file name: those that speak of photos. `None` stands for one that cannot be read.
pub type Notes = BTreeMap<String, Option<PhotoNote>>;

/// Reads the part `notes`; other clients send none.
#[must_use]
pub fn parse(text: &str) -> Notes {
    let of_photo = |(name, mut note): (String, Value)| match note["kind"].as_str() {
        Some("photo") => Some((name, note)),
        // That of a thumb print has its photo's in it.
        _ => note.get_mut("photo").map(|it| (name, it.take())),
    };
    let of_photos = notes::read(text).into_iter().filter_map(of_photo);
    of_photos.map(|(name, note)| (name, serde_json::from_value(note).ok())).collect()
}

impl PhotoNote {
    /// Returns whether the note can be of a photo that was judged here.
    #[must_use]
    pub fn fits(&self, (width, height): (u32, u32), judgement: &Judgement) -> bool {
        let near =
            |told: Option<f64>, found: f64, apart: f64| told.is_none_or(|it| (it - found).abs() <= apart);
        let looks_alike = |told: &String| {
            let told: Option<Likeness> = told.parse().ok();
            told.is_some_and(|it| it.bits_apart(judgement.likeness) <= BITS_APART)
        };
        self.width.is_none_or(|it| it == width)
            && self.height.is_none_or(|it| it == height)
            && near(self.brightness, judgement.brightness.into(), BRIGHTNESS_APART)
            && self.likeness.as_ref().is_none_or(looks_alike)
            && (self.measure != Some(MEASURE)
                || near(self.sharpness, judgement.sharpness.into(), SHARPNESS_APART))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement() -> Judgement {
        Judgement { sharpness: 500, brightness: 120, likeness: Likeness(0xFF00), findings: Vec::new() }
    }

    fn fits(note: &str) -> bool {
        let notes = parse(&format!(r#"{{"a.jpg": {note}}}"#));
        notes["a.jpg"].as_ref().is_some_and(|it| it.fits((1600, 1200), &judgement()))
    }

    #[test]
    fn a_note_fits_where_only_decoders_differ() {
        assert!(fits(r#"{"kind": "photo"}"#));
        let told = r#"{"kind": "photo", "taken_at_ms": 1, "width": 1600, "height": 1200, "measure": 2,
            "sharpness": 530, "brightness": 118, "likeness": "000000000000ff03", "findings": ["photo.blurred"], "reason": "灯坏了"}"#;
        assert!(fits(told));
        for (from, to) in [
            ("1600", "1200"),
            ("\"sharpness\": 530", "\"sharpness\": 900"),
            ("118", "40"),
            ("000000000000ff03", "000000000000000f"),
            ("000000000000ff03", "no digits"),
            ("530", "\"many\""),
        ] {
            assert!(!fits(&told.replacen(from, to, 1)), "{from} as {to}");
        }
        let otherwise = told.replacen("\"measure\": 2", "\"measure\": 1", 1).replacen("530", "900", 1);
        assert!(fits(&otherwise), "sharpness that another app measured is not compared");
        assert!(!fits(&otherwise.replacen("118", "40", 1)), "but light is");
        let older = otherwise.replacen(" \"measure\": 1,", "", 1);
        assert!(older.len() < otherwise.len() && fits(&older), "an older app tells no measure");
    }

    #[test]
    fn only_notes_of_photos_are_read() {
        let notes =
            parse(r#"{"s.strokes": {"kind": "signature"}, "a.jpg": {"kind": "photo", "reason": 5}, "b": 7}"#);
        assert_eq!(notes, Notes::from([("a.jpg".to_owned(), None)]));
        let print =
            parse(r#"{"s.jpg": {"kind": "signature", "mode": "thumb_print", "photo": {"reason": "手抖"}}}"#);
        assert_eq!(print["s.jpg"].as_ref().map(|it| it.reason.as_str()), Some("手抖"));
        for nothing in ["", "[]", "{", "null"] {
            assert_eq!(parse(nothing), Notes::new());
        }
    }
}
