//! Text files in the encodings that spreadsheets here save: UTF-8, UTF-16, GB 18030.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// Returns the text without its byte order mark; nothing where the bytes are text in none of the encodings.
///
/// UTF-8 comes before GB 18030: a longer text that is valid UTF-8 is practically never anything else, while nearly all
/// UTF-8 is also valid GB 18030.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, length)| (encoding, &bytes[length..]));
    let unmarked = || [UTF_8, wide(bytes).unwrap_or(GB18030)].map(|encoding| (encoding, bytes));
    let tried = marked.map_or_else(|| unmarked().to_vec(), |it| vec![it]);
    tried
        .into_iter()
        .filter_map(|(encoding, bytes)| encoding.decode_without_bom_handling_and_without_replacement(bytes))
        .find(|it| !it.contains('\0'))
}

/// UTF-16 without a mark: of the ASCII in it, which is there for commas and line ends, every other byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros =
        |parity: usize| bytes.iter().skip(parity).step_by(2).take(2_000).filter(|it| **it == 0).count();
    match (zeros(0), zeros(1)) {
        (high, low) if high > 4 * low && high > 4 => Some(UTF_16BE),
        (high, low) if low > 4 * high && low > 4 => Some(UTF_16LE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_spreadsheets_save() {
        const TEXT: &str = "survey,,\n,type,name,label\n,text,name,姓名是“什么”？\n";
        let check = |bytes: &[u8]| assert_eq!(decode(bytes).as_deref(), Some(TEXT), "{bytes:x?}");
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        check(TEXT.as_bytes());
        check(&[b"\xef\xbb\xbf", TEXT.as_bytes()].concat());
        check(&utf_16(u16::to_le_bytes));
        check(&utf_16(u16::to_be_bytes));
        check(&[&b"\xff\xfe"[..], &utf_16(u16::to_le_bytes)].concat());
        check(&GB18030.encode(TEXT).0);
    }

    #[test]
    fn refuses_what_is_no_text() {
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), None);
        assert_eq!(decode(b"survey,type\xff\xff\n"), None);
    }
}
