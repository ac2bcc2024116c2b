//! The content digest: one hash over a document and its files. It tells whether the same visit came twice, is the
//! receipt's digest where no seal of version 2 came, and was the whole of a seal in version 1, which phones with unsent
//! visits still send.
//!
//! ```text
//! doorstep-seal 1\n
//! submission <sha256 of the XML, hex>\n
//! attachment <sha256, hex> <length of the name in bytes> <name>\n      one line each, sorted by name
//! ```
//! The length makes a name with spaces or line breaks unambiguous.

use super::Digest;
use crate::evidence::sha256_hex;

/// Returns the hex SHA-256 of the canonical bytes of a submission, by its document's hash, and its attachments (name,
/// hex SHA-256).
///
/// ```
/// use wasm_forms::evidence::seal::Digest;
/// use wasm_forms::evidence::{seal_digest, sha256_hex};
///
/// let document = Digest::of(b"<data/>");
/// let photo = ("door.jpg".to_owned(), sha256_hex(b"the photo's bytes"));
/// let signature = ("signature.png".to_owned(), sha256_hex(b"the signature's bytes"));
/// let sealed = seal_digest(&document, &[photo.clone(), signature.clone()]);
///
/// assert_eq!(sealed, seal_digest(&document, &[signature, photo.clone()]), "their order does not matter");
/// assert_ne!(sealed, seal_digest(&document, &[photo]), "a file that is missing does");
/// ```
#[must_use]
pub fn seal_digest(document: &Digest, attachments: &[(String, String)]) -> String {
    sha256_hex(canonical(document, attachments).as_bytes())
}

fn canonical(document: &Digest, attachments: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let at = sorted.partition_point(|it| *it <= attachment);
        sorted.insert(at, attachment);
    }
    let mut text = format!("doorstep-seal 1\nsubmission {document}\n");
    for (name, sha256) in sorted {
        text += &format!("attachment {sha256} {} {name}\n", name.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_attachments_does_not_matter_and_everything_else_does() {
        let attachment = |name: &str, byte: u8| (name.to_owned(), sha256_hex(&[byte]));
        let (a, b) = (attachment("a.jpg", 1), attachment("b.jpg", 2));
        let sealed = seal_digest(&Digest::of(b"<data/>"), &[a.clone(), b.clone()]);
        assert_eq!(sealed, seal_digest(&Digest::of(b"<data/>"), &[b.clone(), a.clone()]));
        assert_ne!(sealed, seal_digest(&Digest::of(b"<data />"), &[a.clone(), b.clone()]));
        assert_ne!(sealed, seal_digest(&Digest::of(b"<data/>"), std::slice::from_ref(&a)));
        assert_ne!(sealed, seal_digest(&Digest::of(b"<data/>"), &[a, attachment("c.jpg", 2)]));
    }

    #[test]
    fn the_bytes_are_as_documented() {
        let text = canonical(&Digest::of(b"<data/>"), &[("a b.jpg".to_owned(), "00".to_owned())]);
        let xml = sha256_hex(b"<data/>");
        assert_eq!(text, format!("doorstep-seal 1\nsubmission {xml}\nattachment 00 7 a b.jpg\n"));
    }
}
