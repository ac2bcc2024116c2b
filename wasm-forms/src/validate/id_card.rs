//! The 18-character resident identity number, GB 11643-1999.
//!
//! Six digits of division, eight of the date of birth, three of sequence (odd for men, even for women), one check
//! character. Residence permits of people from Hong Kong, Macau and Taiwan share the form under the codes 81, 82
//! and 83. Since December 2023 a foreign permanent resident's card carries 18 digits that begin with 9; of its
//! inner layout only the length and the check character are relied on.
//!
//! Invariant: an [`IdCard`] holds 17 digits, a matching check character and an upper-case `X`; all but foreigners'
//! numbers hold a day of the calendar. Nothing here reads a clock: whether a person is of pension age on a given
//! day is the form's question, and the standard's own example was born in 1880.

use std::fmt;

use super::half_width;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
/// First two digits that were ever given to a province, municipality, region or permit.
const DIVISIONS: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    "83",
];
/// Nobody alive, and no file still open, is older than this.
const FIRST_YEAR: u16 = 1800;

/// A valid identity number, its check character in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdCard([u8; 18]);

/// Whose document a number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// A resident of the mainland.
    Resident,
    /// A Hong Kong, Macau or Taiwan resident's residence permit (81, 82, 83).
    ResidencePermit,
    /// A foreign permanent resident's card of 2023 (9…).
    ForeignResident,
}

/// Why a text is not an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdCardError {
    /// Not 18 characters.
    #[error("{found} characters, should be 18")]
    Length {
        /// Characters found, spaces not counted.
        found: usize,
    },
    /// Something that is not a digit stands where only a digit can.
    #[error("character {position} is not a digit")]
    Digit {
        /// 1-based position.
        position: usize,
        /// The character that stands there.
        found: char,
    },
    /// Characters 7 to 14 are no day of the calendar.
    #[error("{year:04}-{month:02}-{day:02} is not a date")]
    Date {
        /// Year as written.
        year: u16,
        /// Month as written.
        month: u8,
        /// Day as written.
        day: u8,
    },
    /// The last character does not follow from the others: a digit is wrong or two are swapped.
    #[error("check character is {found}, should be {wanted}")]
    Checksum {
        /// The character that stands there.
        found: char,
        /// The character that the other seventeen demand.
        wanted: char,
    },
}

impl IdCardError {
    /// Returns the stable code; its text is in the web app's `i18n`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "id_card.length",
            Self::Digit { .. } => "id_card.digit",
            Self::Date { .. } => "id_card.date",
            Self::Checksum { .. } => "id_card.checksum",
        }
    }

    /// Returns what the text of the code needs, by parameter name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match *self {
            Self::Length { found } => vec![("found", found.to_string())],
            Self::Digit { position, found } => {
                vec![("position", position.to_string()), ("found", found.to_string())]
            }
            Self::Date { year, month, day } => vec![("found", format!("{year:04}-{month:02}-{day:02}"))],
            Self::Checksum { found, wanted } => {
                vec![("found", found.to_string()), ("wanted", wanted.to_string())]
            }
        }
    }
}

impl IdCard {
    /// Reads a number as people type it: spaces and hyphens between groups, full-width digits, a lower-case `x`.
    pub fn parse(typed: &str) -> Result<Self, IdCardError> {
        let characters = plain(typed);
        if characters.len() != 18 {
            return Err(IdCardError::Length { found: characters.len() });
        }
        let mut number = [0; 18];
        for (index, (slot, &found)) in number.iter_mut().zip(&characters).enumerate() {
            if !(found.is_ascii_digit() || index == 17 && found == 'X') {
                return Err(IdCardError::Digit { position: index + 1, found });
            }
            *slot = found as u8;
        }
        let card = Self(number);
        if card.kind() != IdKind::ForeignResident {
            card.check_date()?;
        }
        let wanted = check_character(&number[..17]);
        if number[17] != wanted {
            return Err(IdCardError::Checksum { found: number[17].into(), wanted: wanted.into() });
        }
        Ok(card)
    }

    /// Returns the 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns whose document it is.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        match &self.0[..2] {
            b"81" | b"82" | b"83" => IdKind::ResidencePermit,
            [b'9', _] => IdKind::ForeignResident,
            _ => IdKind::Resident,
        }
    }

    /// Returns year, month and day of birth; nothing for a foreigner's card, whose layout is not public.
    #[must_use]
    pub fn birth_date(&self) -> Option<(u16, u8, u8)> {
        (self.kind() != IdKind::ForeignResident).then(|| self.written_date())
    }

    /// Returns whether the sequence is a man's; nothing for a foreigner's card.
    #[must_use]
    pub fn is_male(&self) -> Option<bool> {
        (self.kind() != IdKind::ForeignResident).then(|| (self.0[16] - b'0') % 2 == 1)
    }

    /// Returns whether the first two digits were ever issued. A number of another division deserves a second look,
    /// never a refusal: old people's cards carry codes that no current table lists.
    #[must_use]
    pub fn has_known_division(&self) -> bool {
        self.kind() == IdKind::ForeignResident || DIVISIONS.contains(&&self.as_str()[..2])
    }

    /// Returns the last four characters.
    #[must_use]
    pub fn last4(&self) -> &str {
        &self.as_str()[14..]
    }

    /// Returns the number with the date of birth and sequence hidden but for the last four: `110105********002X`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}********{}", &self.as_str()[..6], self.last4())
    }

    fn check_date(&self) -> Result<(), IdCardError> {
        let (year, month, day) = self.written_date();
        let is_date = year >= FIRST_YEAR && day >= 1 && day <= days_in_month(year, month);
        if is_date { Ok(()) } else { Err(IdCardError::Date { year, month, day }) }
    }

    fn written_date(&self) -> (u16, u8, u8) {
        let number = |range: std::ops::Range<usize>| {
            self.0[range].iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'))
        };
        (number(6..10), number(10..12) as u8, number(12..14) as u8)
    }
}

impl fmt::Display for IdCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the check character (ISO 7064, MOD 11-2) of seventeen ASCII digits.
#[must_use]
pub fn check_character(seventeen: &[u8]) -> u8 {
    let sum: u32 =
        seventeen.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECK_CHARACTERS[sum as usize % 11]
}

fn plain(typed: &str) -> Vec<char> {
    typed
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{feff}' | '\u{200b}'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &str) {
        let found = match IdCard::parse(typed) {
            Ok(card) => card.to_string(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        assert_eq!(found, expected, "{typed}");
    }

    #[test]
    fn reads_what_people_type() {
        check("11010519491231002X", "11010519491231002X");
        check("110105 19491231 002x", "11010519491231002X");
        check("１１０１０５－１９４９１２３１－００２ｘ", "11010519491231002X");
        check("440524188001010014", "440524188001010014");
        check("880101195203150038", "id_card.checksum: check character is 8, should be 2");
    }

    #[test]
    fn says_what_is_wrong() {
        check("", "id_card.length: 0 characters, should be 18");
        check("110105491231002", "id_card.length: 15 characters, should be 18");
        check("11010519491231002XX", "id_card.length: 19 characters, should be 18");
        check("11O10519491231002X", "id_card.digit: character 3 is not a digit");
        check("1101051949123100X2", "id_card.digit: character 17 is not a digit");
        check("𬭎1010519491231002X", "id_card.digit: character 1 is not a digit");
        check("110105194902300025", "id_card.date: 1949-02-30 is not a date");
        check("110105190002290025", "id_card.date: 1900-02-29 is not a date");
        check("110105000001010025", "id_card.date: 0000-01-01 is not a date");
        check("110105194912310021", "id_card.checksum: check character is 1, should be X");
    }

    #[test]
    fn permits_and_foreigners_have_their_own_kinds() {
        let with_check =
            |seventeen: &str| format!("{seventeen}{}", check_character(seventeen.as_bytes()) as char);
        let card = |seventeen: &str| IdCard::parse(&with_check(seventeen)).unwrap();
        for (code, kind) in [
            ("810000", IdKind::ResidencePermit),
            ("820000", IdKind::ResidencePermit),
            ("830000", IdKind::ResidencePermit),
            ("110105", IdKind::Resident),
        ] {
            let card = card(&format!("{code}19491231001"));
            assert_eq!(
                (card.kind(), card.birth_date(), card.is_male()),
                (kind, Some((1949, 12, 31)), Some(true))
            );
            assert!(card.has_known_division(), "{code}");
        }
        let foreigner = card("91110105999999002");
        assert_eq!(
            (foreigner.kind(), foreigner.birth_date(), foreigner.is_male()),
            (IdKind::ForeignResident, None, None)
        );
        assert!(foreigner.has_known_division());
        assert!(
            !card("88010119520315003").has_known_division(),
            "an unknown division is marked and accepted"
        );
    }

    #[test]
    fn a_masked_number_shows_division_and_last_four() {
        let card = IdCard::parse("11010519491231002x").unwrap();
        assert_eq!((card.masked().as_str(), card.last4()), ("110105********002X", "002X"));
    }

    #[test]
    fn one_wrong_digit_never_passes() {
        let good = "11010519491231002X";
        for position in 0..17 {
            for digit in '0'..='9' {
                let mut typed: Vec<char> = good.chars().collect();
                if typed[position] != digit {
                    typed[position] = digit;
                    let typed: String = typed.into_iter().collect();
                    assert!(IdCard::parse(&typed).is_err(), "{typed}");
                }
            }
        }
    }
}
