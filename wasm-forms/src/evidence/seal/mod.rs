//! The seal, version 2: what a phone binds together when a visit is finished, and signs with the key of the device.
//!
//! [`Seal::canonical`] gives the bytes that are hashed and signed; `SEAL.md` beside this file tells them byte by byte
//! and `vectors.json` has examples with keys and signatures. Both sides build the bytes with this code: the phone from
//! what it is about to send, the server from what arrived.
//!
//! Invariants: every field has one spelling, lengths stand before what may hold a space or a line break, and hashes are
//! [`Digest`]s, so that no two seals have the same bytes. Nothing here signs or verifies: keys belong to the browser and
//! to the server.

pub mod content;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write};

use sha2::{Digest as _, Sha256};

use super::hex;

/// 32 bytes of SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// Reads 64 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Digest> {
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digit = |it: u8| match it {
                b'0'..=b'9' => Some(it - b'0'),
                b'a'..=b'f' => Some(it - b'a' + 10),
                _ => None,
            };
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Digest(bytes))
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a phone knows the distance between its clock and the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The server was heard in the life of this page, and the clock went evenly since.
    Steady,
    /// The server was heard before the page was loaded anew: nothing measured the time in between but the clock itself.
    Recalled,
    /// The clock was moved, or the phone slept, since the server was heard.
    Jumped,
}

impl Basis {
    /// Returns the word in the seal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::Steady => "steady",
            Basis::Recalled => "recalled",
            Basis::Jumped => "jumped",
        }
    }

    /// Reads a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Basis> {
        [Basis::Steady, Basis::Recalled, Basis::Jumped].into_iter().find(|it| it.as_str() == word)
    }
}

/// What a phone knows of its clock: the server's time is its own plus `likely_ms`, and at least plus `least_ms`, at most
/// plus `most_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockClaim {
    /// How the phone knows.
    pub basis: Basis,
    /// Lower bound, milliseconds.
    pub least_ms: i64,
    /// What the phone takes for right, milliseconds.
    pub likely_ms: i64,
    /// Upper bound, milliseconds.
    pub most_ms: i64,
}

/// A file as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedFile {
    /// Name, as the answer gives it.
    pub name: String,
    /// Length.
    pub size_bytes: u64,
    /// Hash of its bytes.
    pub sha256: Digest,
}

/// Everything a seal covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// `meta/instanceID` of the document.
    pub instance_id: String,
    /// Hash of the document.
    pub xml_sha256: Digest,
    /// The files, in any order.
    pub attachments: Vec<SealedFile>,
    /// Hash of the notes; of no bytes where there are none.
    pub notes_sha256: Digest,
    /// Hash of the device's public key; nothing where the phone can't sign.
    pub key_id: Option<Digest>,
    /// The phone's clock when it sealed, milliseconds UTC.
    pub device_time_ms: i64,
    /// What the phone knows of its clock; nothing where it never heard the server.
    pub clock: Option<ClockClaim>,
    /// Place in the chain of the key, from 1; 0 where the phone can't sign.
    pub counter: u64,
    /// Digest of the key's seal before; nothing for its first.
    pub previous: Option<Digest>,
    /// Seals of the same visit that the server refused before it was corrected, oldest first: they never arrive.
    pub replaces: Vec<Digest>,
}

impl Seal {
    /// Returns the canonical bytes, which are UTF-8.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::from("doorstep-seal 2\n");
        let mut line = |args: fmt::Arguments<'_>| text.write_fmt(args).expect("a string takes everything");
        line(format_args!("instance {} {}\n", self.instance_id.len(), self.instance_id));
        line(format_args!("submission {}\n", self.xml_sha256));
        let mut files: Vec<&SealedFile> = self.attachments.iter().collect();
        files.sort();
        for SealedFile { name, size_bytes, sha256 } in files {
            line(format_args!("attachment {sha256} {size_bytes} {} {name}\n", name.len()));
        }
        line(format_args!("notes {}\n", self.notes_sha256));
        line(format_args!("key {}\n", OrDash(self.key_id)));
        line(format_args!("time {}\n", self.device_time_ms));
        match self.clock {
            Some(ClockClaim { basis, least_ms, likely_ms, most_ms }) => {
                line(format_args!("clock {} {least_ms} {likely_ms} {most_ms}\n", basis.as_str()));
            }
            None => line(format_args!("clock -\n")),
        }
        line(format_args!("counter {}\n", self.counter));
        line(format_args!("previous {}\n", OrDash(self.previous)));
        for digest in &self.replaces {
            line(format_args!("replaces {digest}\n"));
        }
        text
    }

    /// Returns the hash of the canonical bytes: the seal's own name, which the next seal of the chain repeats.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }
}

struct OrDash(Option<Digest>);

impl fmt::Display for OrDash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(digest) => digest.fmt(f),
            None => f.write_str("-"),
        }
    }
}
