//! A fast hash for keys that an author or the engine itself chose: names, model nodes, cells of lists.
//!
//! A word is folded in by a rotation, an exclusive or and a multiplication by an odd constant. It does not resist
//! an attacker who chooses keys to collide; what that could cost here is time on the attacker's own device, and
//! lookups stay right.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A hash map over [`FastHasher`].
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// See the module.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct FastHasher(u64);

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

impl FastHasher {
    fn fold(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(ODD);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.fold(u64::from_le_bytes(word.try_into().expect("a chunk of 8")));
        }
        let mut rest = [0; 8];
        rest[..words.remainder().len()].copy_from_slice(words.remainder());
        self.fold(u64::from_le_bytes(rest) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, it: u8) {
        self.fold(u64::from(it));
    }

    fn write_u32(&mut self, it: u32) {
        self.fold(u64::from(it));
    }

    fn write_u64(&mut self, it: u64) {
        self.fold(it);
    }

    fn write_usize(&mut self, it: usize) {
        self.fold(it as u64);
    }

    fn finish(&self) -> u64 {
        // The map takes the low bits; the multiplication leaves the best ones on top.
        self.0 ^ (self.0 >> 29)
    }
}

/// Returns the hash of a text.
pub(crate) fn of_text(text: &str) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
