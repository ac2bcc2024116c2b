//! Reading photos' heads and judging what they show.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::photo::head::{Head, HeadError};
use wasm_forms::evidence::photo::{Judgement, Likeness, Luma, MEASURE, judge, luma_of_rgba};

/// Reads the head of a picture's file. Returns JSON (`PhotoHead` in `evidence-contract.ts`): what the file says of itself,
/// or the word for why it says nothing.
#[wasm_bindgen(js_name = readPhotoHead)]
pub fn read_photo_head(bytes: &[u8]) -> String {
    match Head::read(bytes) {
        Ok(head) => {
            let Head { format, width, height, orientation, is_progressive } = head;
            let media_type = format.media_type();
            format!(
                "{{\"kind\":\"picture\",\"media_type\":\"{media_type}\",\"width\":{width},\"height\":{height},\"orientation\":{orientation},\"is_progressive\":{is_progressive}}}"
            )
        }
        Err(HeadError::Unknown) => "{\"kind\":\"unknown\"}".to_owned(),
        Err(HeadError::Cut) => "{\"kind\":\"cut\"}".to_owned(),
        Err(HeadError::Malformed) => "{\"kind\":\"malformed\"}".to_owned(),
    }
}

/// Judges a photo of four bytes a pixel beside the fingerprints of the visit's other photos (hex digits, separated by
/// spaces). Returns JSON (`PhotoJudgement` in `evidence-contract.ts`), or nothing where the bytes are not a picture of
/// that size.
#[wasm_bindgen(js_name = judgePhoto)]
pub fn judge_photo(rgba: &[u8], width: u32, height: u32, others: &str) -> Option<String> {
    judge_luma(&luma_of_rgba(rgba), width, height, others)
}

/// The same for the luma of a photo, a byte a pixel.
#[wasm_bindgen(js_name = judgeLuma)]
pub fn judge_luma(luma: &[u8], width: u32, height: u32, others: &str) -> Option<String> {
    let others: Vec<Likeness> = others.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    Some(json(&judge(&Luma::new(luma, width, height)?, &others)))
}

/// Nothing in it needs escaping: numbers, hex digits and codes.
fn json(judgement: &Judgement) -> String {
    let Judgement { sharpness, brightness, likeness, findings } = judgement;
    let codes: Vec<&str> = findings.iter().map(|it| it.code()).collect();
    let codes = if codes.is_empty() { String::new() } else { format!("\"{}\"", codes.join("\",\"")) };
    format!(
        "{{\"measure\":{MEASURE},\"sharpness\":{sharpness},\"brightness\":{brightness},\"likeness\":\"{likeness}\",\"findings\":[{codes}]}}"
    )
}
