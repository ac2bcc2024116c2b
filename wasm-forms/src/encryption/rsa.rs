//! RSA with a public key: RSAES-OAEP of RFC 8017, 7.1.1, with SHA-256 for the label and for MGF1.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use sha2::{Digest, Sha256};

/// Shortest modulus in bits that is safe enough.
const MIN_BITS: usize = 2_048;
/// Longest modulus in bits: a phone's patience.
const MAX_BITS: usize = 8_192;
/// Longest exponent in bytes.
const MAX_EXPONENT: usize = 8;
const DIGEST: usize = 32;
/// The object identifier 1.2.840.113549.1.1.1, rsaEncryption, in DER.
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Why a text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not base64.
    #[error("not base64")]
    Base64,
    /// It is not the public key of an X.509 certificate with an RSA key in it.
    #[error("not an RSA public key")]
    NotRsa,
    /// The modulus is too short to be safe, or longer than any phone can use.
    #[error("{0} bits")]
    Bits(usize),
}

/// An RSA public key.
#[derive(Clone)]
pub struct PublicKey {
    modulus: BoxedMontyParams,
    exponent: BoxedUint,
    n_bytes: usize,
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicKey").field("n_bytes", &self.n_bytes).finish_non_exhaustive()
    }
}

impl PublicKey {
    /// Reads a key as forms carry it: base64 of a `SubjectPublicKeyInfo` (RFC 5280) in DER.
    pub fn parse(text: &str) -> Result<PublicKey, KeyError> {
        let bytes = from_base64(text).ok_or(KeyError::Base64)?;
        let (modulus, exponent) = numbers(&bytes).ok_or(KeyError::NotRsa)?;
        let n_bits = modulus.len() * 8 - modulus.first().map_or(0, |it| it.leading_zeros() as usize);
        if !(MIN_BITS..=MAX_BITS).contains(&n_bits) {
            return Err(KeyError::Bits(n_bits));
        }
        let is_odd = exponent.last().is_some_and(|it| it % 2 == 1);
        if exponent.len() > MAX_EXPONENT || !is_odd || exponent == [1] {
            return Err(KeyError::NotRsa);
        }
        let odd =
            Odd::new(BoxedUint::from_be_slice_vartime(modulus)).into_option().ok_or(KeyError::NotRsa)?;
        Ok(PublicKey {
            modulus: BoxedMontyParams::new_vartime(odd),
            exponent: BoxedUint::from_be_slice_vartime(exponent),
            n_bytes: modulus.len(),
        })
    }

    /// Encrypts at most 190 bytes, the room a modulus of 2,048 bits has.
    pub(super) fn encrypt(&self, message: &[u8], seed: &[u8; DIGEST]) -> Vec<u8> {
        let padded = self.pad(message, seed);
        let number = BoxedUint::from_be_slice_truncated(&padded, self.modulus.bits_precision());
        let power = BoxedMontyForm::new(number, &self.modulus).pow(&self.exponent).retrieve();
        let bytes = power.to_be_bytes();
        bytes[bytes.len() - self.n_bytes..].to_vec()
    }

    fn pad(&self, message: &[u8], seed: &[u8; DIGEST]) -> Vec<u8> {
        let mut padded = vec![0; self.n_bytes];
        let (masked_seed, block) = padded[1..].split_at_mut(DIGEST);
        masked_seed.copy_from_slice(seed);
        block[..DIGEST].copy_from_slice(&Sha256::digest([]));
        let at = block.len() - message.len();
        block[at - 1] = 1;
        block[at..].copy_from_slice(message);
        mask(seed, block);
        mask(block, masked_seed);
        padded
    }
}

/// MGF1 of RFC 8017, B.2.1, applied to `bytes`.
fn mask(seed: &[u8], bytes: &mut [u8]) {
    for (count, chunk) in bytes.chunks_mut(DIGEST).enumerate() {
        let digest = Sha256::new().chain_update(seed).chain_update((count as u32).to_be_bytes()).finalize();
        for (byte, mask) in chunk.iter_mut().zip(digest) {
            *byte ^= mask;
        }
    }
}

/// Returns modulus and exponent without leading zeros.
fn numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = Der(Der(der).last(SEQUENCE)?);
    let mut algorithm = Der(info.next(SEQUENCE)?);
    if algorithm.next(OBJECT_ID)? != RSA {
        return None;
    }
    // The first byte counts unused bits; a key has none.
    let key = info.last(BIT_STRING)?.strip_prefix(&[0])?;
    let mut numbers = Der(Der(key).last(SEQUENCE)?);
    let modulus = positive(numbers.next(INTEGER)?)?;
    let exponent = positive(numbers.last(INTEGER)?)?;
    Some((modulus, exponent))
}

fn positive(integer: &[u8]) -> Option<&[u8]> {
    let at = integer.iter().position(|it| *it != 0)?;
    (integer[0] < 0x80).then(|| &integer[at..])
}

/// The rest of a DER document.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Takes the next element, which must have this tag.
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (length.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (found == tag).then_some(content)
    }

    /// Takes the next element, after which nothing may follow.
    fn last(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next(tag).filter(|_| self.0.is_empty())
    }
}

/// Reads base64, with or without its padding; blanks between the letters don't matter.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n_bits) = (0_u32, 0);
    for letter in text.trim_end().trim_end_matches('=').bytes().filter(|it| !it.is_ascii_whitespace()) {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64() {
        let read = |text: &str| from_base64(text).map(|it| String::from_utf8(it).expect("text"));
        assert_eq!(read("aGk=").as_deref(), Some("hi"));
        assert_eq!(read(" aG\nk ").as_deref(), Some("hi"));
        assert_eq!(read("").as_deref(), Some(""));
        assert_eq!(read("a-b"), None);
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let check = |text: &str, expected| assert_eq!(PublicKey::parse(text).err(), Some(expected), "{text}");
        check("不是", KeyError::Base64);
        check("", KeyError::NotRsa);
        check("Y2wtMA==", KeyError::NotRsa);
        check("MIL/////", KeyError::NotRsa);
        check("hICAgICA", KeyError::NotRsa);
    }

    #[test]
    fn cut_and_changed_keys_are_refused_or_read_and_never_panic() {
        let der = from_base64(super::super::tests::KEY).expect("base64");
        for at in 0..der.len() {
            assert_eq!(numbers(&der[..at]), None);
            let mut changed = der.clone();
            changed[at] ^= 0x81;
            if let Ok(key) = PublicKey::parse(&crate::evidence::base64(&changed)) {
                assert_eq!(key.encrypt(&[7; 32], &[9; 32]).len(), key.n_bytes);
            }
        }
    }
}
