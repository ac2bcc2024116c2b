//! The bytes of a seal.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::seal::{Basis, ClockClaim, Digest, Seal, SealedFile};
use wasm_forms::json::Json;

/// Returns the canonical bytes, as text, of a seal given as the JSON that travels; `digest`, `signature` and what else
/// the bytes do not cover may be missing.
#[wasm_bindgen(js_name = sealCanonical)]
pub fn seal_canonical(seal: &str) -> Result<String, JsValue> {
    let seal = Json::parse(seal).as_ref().and_then(read);
    seal.map(|it| it.canonical()).ok_or_else(|| JsValue::from_str("{\"code\":\"request.malformed\"}"))
}

fn read(json: &Json) -> Option<Seal> {
    let list = |name: &str| json.get(name)?.list();
    Some(Seal {
        instance_id: json.get("instance_id")?.text()?.to_owned(),
        xml_sha256: digest(json.get("xml_sha256")?)?,
        attachments: list("attachments")?.iter().map(file).collect::<Option<_>>()?,
        notes_sha256: digest(json.get("notes_sha256")?)?,
        key_id: digest_or_none(json.get("key_id")?)?,
        device_time_ms: whole(json.get("device_time_ms")?)?,
        clock: match json.get("clock")? {
            Json::Word(_) => None,
            clock => Some(ClockClaim {
                basis: Basis::parse(clock.get("basis")?.text()?)?,
                least_ms: whole(clock.get("least_ms")?)?,
                likely_ms: whole(clock.get("likely_ms")?)?,
                most_ms: whole(clock.get("most_ms")?)?,
            }),
        },
        counter: whole(json.get("counter")?)?.try_into().ok()?,
        previous: digest_or_none(json.get("previous")?)?,
        replaces: list("replaces")?.iter().map(digest).collect::<Option<_>>()?,
    })
}

fn file(json: &Json) -> Option<SealedFile> {
    let [name, sha256, size_bytes] = json.list()? else { return None };
    Some(SealedFile {
        name: name.text()?.to_owned(),
        sha256: digest(sha256)?,
        size_bytes: whole(size_bytes)?.try_into().ok()?,
    })
}

fn digest(json: &Json) -> Option<Digest> {
    Digest::parse(json.text()?)
}

/// Nothing where it is no digest; a digest or none where it is.
fn digest_or_none(json: &Json) -> Option<Option<Digest>> {
    if json.text()?.is_empty() { Some(None) } else { digest(json).map(Some) }
}

/// Returns a whole number that a browser holds exactly.
fn whole(json: &Json) -> Option<i64> {
    let number = json.number().filter(|it| it.fract() == 0.0 && it.abs() <= 9_007_199_254_740_991.0)?;
    Some(number as i64)
}
