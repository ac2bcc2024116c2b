//! Signed contents: what a person scans and nobody but the holder of a key can have written.
//!
//! Contents are base64 of an Ed25519 signature (RFC 8032) of 64 bytes and the message behind it; the key is base64 of
//! 32 bytes. Source: `extract-signed()` as ODK Collect has it (JavaRosa). What verifies weighs too much for every
//! phone's download, so it comes from outside: natively with the feature `signed`, in a browser from a file that only
//! forms with signatures load.

use crate::xpath::functions::bytes_of_base64;

/// Says whether a signature under a message is that of the holder of the key.
pub type Verify = fn(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool;

/// What verifies where the caller brings nothing of its own.
#[cfg(feature = "signed")]
pub(crate) const BUILT_IN: Option<Verify> = Some(verify);
/// What verifies where the caller brings nothing of its own.
#[cfg(not(feature = "signed"))]
pub(crate) const BUILT_IN: Option<Verify> = None;

/// Says whether an Ed25519 signature under a message is that of the holder of the key; never for a key of small order.
#[cfg(feature = "signed")]
#[must_use]
pub fn verify(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    use ed25519_compact::{PublicKey, Signature};
    PublicKey::new(*key).verify(message, &Signature::new(*signature)).is_ok()
}

/// Reads a public key.
pub(crate) fn key(text: &str) -> Option<[u8; 32]> {
    bytes_of_base64(text)?.try_into().ok()
}

/// Returns the message of signed contents; nothing where the signature is not the key's, or the message no text.
pub(crate) fn message(contents: &str, public_key: &str, verify: Verify) -> Option<String> {
    let (contents, key) = (bytes_of_base64(contents)?, key(public_key)?);
    let (signature, message) = contents.split_first_chunk()?;
    if verify(&key, signature, message) { String::from_utf8(message.to_vec()).ok() } else { None }
}

#[cfg(all(test, feature = "signed"))]
mod tests {
    use super::*;
    use crate::evidence::base64;

    /// RFC 8032, section 7.1, test 3.
    const KEY: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
    const SIGNATURE: &str = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
                             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

    fn bytes(hex: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex")
    }

    #[test]
    fn a_signature_of_the_standard_holds_and_a_changed_one_does_not() {
        let (key, signature): ([u8; 32], [u8; 64]) =
            (bytes(KEY).try_into().expect("32 bytes"), bytes(SIGNATURE).try_into().expect("64 bytes"));
        assert!(verify(&key, &signature, &[0xaf, 0x82]));
        assert!(!verify(&key, &signature, &[0xaf, 0x83]));
        for bit in [0, 255, 256, 511] {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(&key, &changed, &[0xaf, 0x82]), "bit {bit}");
        }
        assert!(!verify(&[0; 32], &[0; 64], b""), "a key of small order");
    }

    #[test]
    fn what_is_no_text_or_too_short_gives_nothing() {
        let contents = base64(&[&bytes(SIGNATURE)[..], &[0xaf, 0x82]].concat());
        let key = base64(&bytes(KEY));
        assert_eq!(message(&contents, &key, verify), None, "the message is no text");
        assert_eq!(message("", &key, verify), None);
        assert_eq!(message(&key, &key, verify), None);
        assert_eq!(message(&contents, "", verify), None);
        assert_eq!(message("*", &key, verify), None);
    }
}
