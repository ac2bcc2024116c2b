//! What a signature covers: a digest of the answers that were shown to the person who signs.
//!
//! The canonical bytes, version 1; lengths are in bytes, answers stand in the order of the document, and only those
//! that are there: an answer that is hidden or empty has no line.
//!
//! ```text
//! doorstep-binding 1\n
//! answer <length of the path> <path> <length of the value> <value>\n      one line each
//! ```
//!
//! Beside the SHA-256 of these bytes a binding keeps, for each answer, two bytes of the SHA-256 of its path and two of
//! its value. They prove nothing; they tell which answer was changed where the digest says that one was.
//!
//! Written as bytes: the digest (32), then 4 for each answer; more than [`MAX_PARTS`] answers are not told apart.

use sha2::{Digest, Sha256};

use super::hex;

/// Most answers that are told apart.
pub const MAX_PARTS: usize = 64;

const DIGEST: usize = 32;
const PART: usize = 4;

/// One answer: path and value.
pub type Bound<'a> = (&'a str, &'a str);

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    digest: [u8; DIGEST],
    parts: Vec<[u8; PART]>,
}

impl Binding {
    /// Binds answers; those with an empty value count as not there.
    ///
    /// ```
    /// use wasm_forms::evidence::binding::Binding;
    ///
    /// let signed = Binding::of(&[("/data/name", "李奶奶"), ("/data/phone", "")]);
    /// assert_eq!(signed, Binding::of(&[("/data/name", "李奶奶")]));
    /// assert_ne!(signed, Binding::of(&[("/data/name", "李奶奶"), ("/data/phone", "154")]));
    /// ```
    #[must_use]
    pub fn of(answers: &[Bound<'_>]) -> Binding {
        let there = || answers.iter().filter(|(_, value)| !value.is_empty());
        let mut digest = Sha256::new();
        digest.update(b"doorstep-binding 1\n");
        for (path, value) in there() {
            for (before, text) in [(&b"answer "[..], path), (b" ", value)] {
                digest.update(before);
                digest.update(decimal(text.len(), &mut [0; 20]));
                digest.update(b" ");
                digest.update(text.as_bytes());
            }
            digest.update(b"\n");
        }
        let parts = if there().count() > MAX_PARTS { Vec::new() } else { there().map(part).collect() };
        Binding { digest: digest.finalize().into(), parts }
    }

    /// Returns the digest as 64 hex digits.
    #[must_use]
    pub fn digest_hex(&self) -> String {
        hex(&self.digest)
    }

    /// Whether both cover the same answers with the same values.
    #[must_use]
    pub fn is_same(&self, other: &Binding) -> bool {
        self.digest == other.digest
    }

    /// Returns which of the answers, as they stand now, are not as they were signed, by their place in the list; those
    /// that may be empty or hidden now must be in it, with an empty value. Empty where nothing is changed, and where it
    /// cannot be told.
    #[must_use]
    pub fn changed(&self, now: &[Bound<'_>]) -> Vec<usize> {
        if self.parts.is_empty() || self.is_same(&Binding::of(now)) {
            return Vec::new();
        }
        let differs = |answer: &Bound<'_>| {
            let now = part(answer);
            let of_path = |it: &&[u8; PART]| it[..2] == now[..2];
            let mut signed = self.parts.iter().filter(of_path).peekable();
            match (signed.peek().is_some(), answer.1.is_empty()) {
                (was_there, true) => was_there,
                (false, false) => true,
                (true, false) => signed.all(|it| *it != now),
            }
        };
        (0..).zip(now).filter(|(_, it)| differs(it)).map(|(at, _)| at).collect()
    }

    /// Returns it as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.digest[..], self.parts.as_flattened()].concat()
    }

    /// Reads what [`Binding::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Binding> {
        let (digest, rest) = bytes.split_first_chunk()?;
        let (parts, rest) = rest.as_chunks();
        if !rest.is_empty() || parts.len() > MAX_PARTS {
            return None;
        }
        Some(Binding { digest: *digest, parts: parts.to_vec() })
    }

    /// Returns it as hex digits, two for each byte.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.to_bytes())
    }

    /// Reads what [`Binding::to_hex`] wrote.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Binding> {
        let digit = |it: u8| char::from(it).to_digit(16).map(|it| it as u8);
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() > DIGEST + PART * MAX_PARTS {
            return None;
        }
        let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        Binding::from_bytes(&bytes.collect::<Option<Vec<u8>>>()?)
    }
}

fn part((path, value): &Bound<'_>) -> [u8; PART] {
    let of = |text: &str| Sha256::digest(text.as_bytes());
    let (path, value) = (of(path), of(value));
    [path[0], path[1], value[0], value[1]]
}

/// Writes a number in decimal.
fn decimal(mut number: usize, into: &mut [u8; 20]) -> &[u8] {
    let mut at = into.len();
    loop {
        at -= 1;
        into[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &into[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sha256_hex;

    #[test]
    fn the_bytes_are_as_documented() {
        let bound = Binding::of(&[("/d/a", "李"), ("/d/b", ""), ("/d/c", "1\n2")]);
        let text = "doorstep-binding 1\nanswer 4 /d/a 3 李\nanswer 4 /d/c 3 1\n2\n";
        assert_eq!(bound.digest_hex(), sha256_hex(text.as_bytes()));
        assert_eq!(bound.to_bytes().len(), 32 + 2 * 4);
        let same = Binding::of(&[("/d", "/d")]);
        assert_eq!(same.digest_hex(), sha256_hex(b"doorstep-binding 1\nanswer 2 /d 2 /d\n"));
    }

    #[test]
    fn what_changed_is_told() {
        let check = |now: &[Bound<'_>], expected: &[usize]| {
            let signed = Binding::of(&[("/d/a", "1"), ("/d/b", "2"), ("/d/c", "")]);
            assert_eq!(signed.changed(now), expected, "{now:?}");
            assert_eq!(signed.is_same(&Binding::of(now)), expected.is_empty(), "{now:?}");
        };
        check(&[("/d/a", "1"), ("/d/b", "2"), ("/d/c", "")], &[]);
        check(&[("/d/a", "2"), ("/d/b", "1"), ("/d/c", "")], &[0, 1]);
        check(&[("/d/a", "1"), ("/d/b", ""), ("/d/c", "")], &[1]);
        check(&[("/d/a", "1"), ("/d/b", "2"), ("/d/c", "3")], &[2]);
    }

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let many: Vec<String> = (0..MAX_PARTS + 1).map(|it| format!("/d/{it}")).collect();
        let many: Vec<Bound<'_>> = many.iter().map(|it| (it.as_str(), "x")).collect();
        for bound in [Binding::of(&[]), Binding::of(&[("/d/a", "1")]), Binding::of(&many)] {
            assert_eq!(Binding::from_hex(&bound.to_hex()), Some(bound));
        }
        for odd in ["", "0", "zz", &"0".repeat(63), &"0".repeat(66), &"0".repeat(2 * (32 + 4 * 65))] {
            assert_eq!(Binding::from_hex(odd), None, "{odd}");
        }
    }
}
