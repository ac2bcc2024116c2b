//! Bytes and characters that a reader of XML stops at.

/// A word of eight bytes that are all 1: times a byte it is eight of that.
pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte of a word.
pub(crate) const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks by their highest bits the bytes of a word that are below `least`, up to the first that is.
#[inline(always)]
pub(crate) fn below(word: u64, least: u64) -> u64 {
    // Such a byte borrows from its highest bit; so does one above a byte that did, but that one comes first.
    word.wrapping_sub(ONES * least) & !word & HIGHS
}

/// Returns where the first byte from `at` stands that is a control, `<`, `&` or `stop`; eight are looked at together.
pub(super) fn run(bytes: &[u8], mut at: usize, stop: u8) -> usize {
    let stops = ONES * u64::from(stop);
    while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(eight);
        let found = below(word, 0x20)
            | below(word ^ (ONES * b'<' as u64), 1)
            | below(word ^ (ONES * b'&' as u64), 1)
            | below(word ^ stops, 1);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_end = |it: &u8| *it < 0x20 || matches!(*it, b'<' | b'&') || *it == stop;
    bytes[at..].iter().position(is_end).map_or(bytes.len(), |it| at + it)
}

/// Whether a byte is a control that no document can hold.
pub(super) fn is_no_character(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\n' | b'\t' | b'\r')
}

/// Whether a character may stand in a name, at its beginning or later; of those beyond ASCII.
pub(super) fn is_in_names(it: char) -> bool {
    matches!(it,
        '\0'..='\u{7f}' | '\u{b7}' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{203f}' | '\u{2040}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn runs_end_where_they_end_one_by_one() {
        let texts = [
            "",
            "abc",
            "abcdefgh<",
            "abcdefghijk&l",
            "李奶奶住在三楼\u{1f}x",
            "abcdefg\u{80}\u{a0}\"12345678\"",
        ];
        for text in texts {
            for at in 0..=text.len() {
                let is_end = |it: &u8| *it < 0x20 || matches!(it, b'<' | b'&' | b'"');
                let expected = text.as_bytes()[at..].iter().position(is_end).map_or(text.len(), |it| at + it);
                assert_eq!(run(text.as_bytes(), at, b'"'), expected, "{text} from {at}");
            }
        }
    }
}
