//! Verifying signed contents.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::signed;

/// Says whether an Ed25519 signature of 64 bytes under a message is that of the holder of a key of 32 bytes.
#[wasm_bindgen(js_name = verifyEd25519)]
pub fn verify_ed25519(key: &[u8], signature: &[u8], message: &[u8]) -> bool {
    match (key.try_into(), signature.try_into()) {
        (Ok(key), Ok(signature)) => signed::verify(key, signature, message),
        _ => false,
    }
}
