//! Digests and base64: `digest()` (XForms 1.1, section 7.8.1) and `base64-decode()`.
//!
//! MD5 (RFC 1321) and SHA-1 (RFC 3174) are written out here: two more crates would weigh more than they do.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Returns the digest in base64, or in hex where it is asked for; empty for an algorithm that is not known.
pub(super) fn digest(text: &str, algorithm: &str, encoding: &str) -> String {
    let bytes = text.as_bytes();
    let hash = match algorithm {
        "MD5" => md5(bytes).to_vec(),
        "SHA-1" => sha1(bytes).to_vec(),
        "SHA-256" => Sha256::digest(bytes).to_vec(),
        "SHA-384" => Sha384::digest(bytes).to_vec(),
        "SHA-512" => Sha512::digest(bytes).to_vec(),
        _ => return String::new(),
    };
    if encoding == "hex" { crate::evidence::hex(&hash) } else { crate::evidence::base64(&hash) }
}

/// Returns whether [`digest`] knows an algorithm.
pub(crate) fn is_algorithm(name: &str) -> bool {
    matches!(name, "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512")
}

/// Reads base64; what is no base64, or no text, is empty.
pub(super) fn from_base64(text: &str) -> String {
    bytes_of_base64(text).and_then(|it| String::from_utf8(it).ok()).unwrap_or_default()
}

/// Reads base64, white space left out; nothing where it is something else.
pub(crate) fn bytes_of_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n_bits) = (0u32, 0);
    for c in text.trim_end_matches('=').bytes().filter(|it| !it.is_ascii_whitespace()) {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    Some(bytes)
}

/// Returns the message with its end marked and its length in bits behind it, in blocks of 64 bytes.
fn padded(message: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - message.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let at = padded.len() - 8;
    padded[at..].copy_from_slice(&length);
    padded
}

fn md5(message: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    // The constants are the fractions of sines (RFC 1321, section 3.4).
    let constant = |i: usize| (libm::sin((i + 1) as f64).abs() * 4_294_967_296.0) as u32;
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(message, (message.len() as u64 * 8).to_le_bytes()).chunks_exact(64) {
        let word = |i: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| block[i * 4 + byte]));
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64 {
            let (mixed, at) = match i / 16 {
                0 => (b & c | !b & d, i),
                1 => (d & b | !d & c, (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), 7 * i % 16),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(constant(i)).wrapping_add(word(at));
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
        }
        for (place, it) in state.iter_mut().zip([a, b, c, d]) {
            *place = place.wrapping_add(it);
        }
    }
    let mut bytes = [0; 16];
    bytes.chunks_exact_mut(4).zip(state).for_each(|(place, it)| place.copy_from_slice(&it.to_le_bytes()));
    bytes
}

fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(message, (message.len() as u64 * 8).to_be_bytes()).chunks_exact(64) {
        let mut words = [0u32; 80];
        for i in 0..80 {
            words[i] = if i < 16 {
                u32::from_be_bytes([0, 1, 2, 3].map(|byte| block[i * 4 + byte]))
            } else {
                (words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1)
            };
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.into_iter().enumerate() {
            let (mixed, constant) = match i / 20 {
                0 => (b & c | !b & d, 0x5a82_7999u32),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let sum = sum.wrapping_add(constant).wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (place, it) in state.iter_mut().zip([a, b, c, d, e]) {
            *place = place.wrapping_add(it);
        }
    }
    let mut bytes = [0; 20];
    bytes.chunks_exact_mut(4).zip(state).for_each(|(place, it)| place.copy_from_slice(&it.to_be_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let check = |algorithm, text: &str, expected: &str| {
            assert_eq!(digest(text, algorithm, "hex"), expected, "{algorithm} {text}");
        };
        check("MD5", "", "d41d8cd98f00b204e9800998ecf8427e");
        check("MD5", "abc", "900150983cd24fb0d6963f7d28e17f72");
        check("MD5", &"1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a");
        check("SHA-1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(
            "SHA-1",
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
        );
        check(
            "SHA-512",
            "abc",
            &("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a".to_owned()
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
        );
        check("SHA-3", "abc", "");
        for length in 50..70 {
            let text = "a".repeat(length);
            assert_eq!(padded(text.as_bytes(), [0; 8]).len(), (length + 9).next_multiple_of(64), "{length}");
        }
    }

    #[test]
    fn base64_is_read_back() {
        let check = |text, expected| assert_eq!(from_base64(text), expected, "{text}");
        check("5Y+p6Zeo", "叩门");
        check("SGVsbG8=", "Hello");
        check("SGVs bG8", "Hello");
        check("?", "");
        check("/w==", "");
    }
}
