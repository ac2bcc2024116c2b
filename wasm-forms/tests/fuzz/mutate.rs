//! Mutations of bytes and texts, whatever they mean.

use crate::chance::Chance;

/// Texts that parsers stumble over.
pub const ODD_TEXTS: [&str; 26] = [
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "1e308",
    "-1e309",
    "99999999999999999999999999999999999999",
    "2147483648",
    "18446744073709551616",
    "4294967295",
    "\u{0}",
    "\u{feff}",
    "\u{202e}王\u{301}\u{301}\u{301}",
    "𬭎𠮷",
    "İßﬁ",
    "\u{a0}\u{3000}",
    "&amp;",
    "&lt;",
    "]]>",
    "<!--",
    "\"'",
    "../../../..",
    "2024-02-30",
    "0000-00-00T99:99:99.999+99:99",
    "9999999-12-31",
];

/// Changes a few bytes, or puts in a piece of another input.
pub fn bytes(input: &[u8], corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut output = input.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(output.len() + 1);
        let length = chance.below(32).min(output.len() - at);
        match chance.below(8) {
            0 => output.truncate(at),
            1 => drop(output.drain(at..at + length)),
            2 => {
                let again: Vec<u8> = output[at..at + length].to_vec();
                output.splice(at..at, again);
            }
            3 => {
                let other = &corpus[chance.below(corpus.len())];
                let from = chance.below(other.len() + 1);
                let until = (from + chance.below(400)).min(other.len());
                output.splice(at..at + length, other[from..until].iter().copied());
            }
            4 => drop(output.splice(at..at, chance.pick(&ODD_TEXTS).bytes())),
            5 => {
                let byte = chance.bits() as u8;
                let many = 1usize << chance.below(13);
                output.splice(at..at, std::iter::repeat_n(byte, many));
            }
            _ => {
                if let Some(byte) = output.get_mut(at) {
                    *byte =
                        if chance.one_in(2) { *byte ^ (1 << chance.below(8)) } else { chance.bits() as u8 };
                }
            }
        }
    }
    output
}

/// Puts another text in place of a run of digits.
pub fn number(text: &str, chance: &mut Chance) -> String {
    let digits: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    if digits.is_empty() {
        return text.to_owned();
    }
    let at = digits[chance.below(digits.len())];
    let end = text[at..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |it| at + it);
    format!("{}{}{}", &text[..at], chance.pick(&ODD_TEXTS), &text[end..])
}
