//! Telephone numbers as they stand in registers: mobiles of 11 digits, fixed lines with or without area code,
//! and 400/800 lines.
//!
//! Only the shape is judged. Which networks exist changes every few years, so a mobile is any `1[3-9]` and nine
//! digits; that a number answers is found out by dialling it.

use std::fmt;

use super::half_width;

/// A number in one spelling: digits, and a hyphen after the area code and before the extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    text: String,
    kind: PhoneKind,
}

/// What kind of line a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhoneKind {
    /// A mobile: it can receive a text message.
    Mobile,
    /// A fixed line or service line: it cannot.
    Landline,
}

/// Why a text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Too few or too many digits for any kind of line.
    #[error("{found} digits, should be 11 for a mobile, 7 to 12 for a fixed line")]
    Length {
        /// Digits found.
        found: usize,
    },
    /// A character that no number contains.
    #[error("character {position} is not a digit")]
    Digit {
        /// 1-based position in the text as typed.
        position: usize,
        /// The character that stands there.
        found: char,
    },
    /// As long as a number, but no number begins like this.
    #[error("no number begins with {}{}", found[0], found[1])]
    Prefix {
        /// The first two digits.
        found: [char; 2],
    },
}

impl PhoneError {
    /// Returns the stable code; its text is in the web app's `i18n`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "phone.length",
            Self::Digit { .. } => "phone.digit",
            Self::Prefix { .. } => "phone.prefix",
        }
    }

    /// Returns what the text of the code needs, by parameter name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Length { found } => vec![("found", found.to_string())],
            Self::Digit { position, found } => {
                vec![("position", position.to_string()), ("found", found.to_string())]
            }
            Self::Prefix { found } => vec![("found", found.iter().collect())],
        }
    }
}

impl Phone {
    /// Reads a number as people write it: `+86`, spaces, hyphens, brackets, full-width digits, `转` or `x` before
    /// an extension.
    pub fn parse(typed: &str) -> Result<Self, PhoneError> {
        let (main, extension) = digits(typed)?;
        let main = without_country(&main);
        let found = main.len();
        let first: Vec<char> = main.chars().take(2).collect();
        let kind_and_text = match (first.as_slice(), found) {
            (['1', '3'..='9'], 11) if extension.is_empty() => Some((PhoneKind::Mobile, main.to_owned())),
            (['4' | '8', '0'], 10) => Some((PhoneKind::Landline, main.to_owned())),
            (['0', '1' | '2'], 10..=11) => {
                Some((PhoneKind::Landline, format!("{}-{}", &main[..3], &main[3..])))
            }
            (['0', '3'..='9'], 11..=12) => {
                Some((PhoneKind::Landline, format!("{}-{}", &main[..4], &main[4..])))
            }
            (['2'..='9', _], 7..=8) => Some((PhoneKind::Landline, main.to_owned())),
            _ => None,
        };
        match (kind_and_text, first.as_slice()) {
            (Some((kind, text)), _) if extension.is_empty() => Ok(Self { text, kind }),
            (Some((kind, text)), _) => Ok(Self { text: format!("{text}-{extension}"), kind }),
            (None, &[a, b])
                if (7..=8).contains(&found) || (10..=12).contains(&found) && a != '1' || found == 11 =>
            {
                Err(PhoneError::Prefix { found: [a, b] })
            }
            _ => Err(PhoneError::Length { found }),
        }
    }

    /// Returns the number in its one spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the kind of line.
    #[must_use]
    pub const fn kind(&self) -> PhoneKind {
        self.kind
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the digits of the number and of its extension.
fn digits(typed: &str) -> Result<(String, String), PhoneError> {
    let (mut main, mut extension, mut in_extension) = (String::new(), String::new(), false);
    for (index, found) in typed.trim().chars().map(half_width).enumerate() {
        match found {
            '0'..='9' if in_extension => extension.push(found),
            '0'..='9' => main.push(found),
            '转' | 'x' | 'X' | '#' if !main.is_empty() && !in_extension => in_extension = true,
            // A hyphen after a complete number (area code and line, or 400 line) begins an extension.
            '-' | '—' | '–' if is_complete(&main) => in_extension = true,
            '-' | '—' | '–' | '(' | ')' | '.' | '/' | '\u{feff}' | '\u{200b}' => {}
            '+' if main.is_empty() => {}
            space if space.is_whitespace() => {}
            found => return Err(PhoneError::Digit { position: index + 1, found }),
        }
    }
    Ok((main, extension))
}

fn is_complete(digits: &str) -> bool {
    let is_fixed = digits.starts_with('0') && digits.len() >= 10 && !digits.starts_with("00");
    is_fixed || digits.starts_with(['4', '8']) && digits.len() == 10
}

fn without_country(digits: &str) -> &str {
    let bare =
        digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() >= 10));
    bare.unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &str) {
        let found = match Phone::parse(typed) {
            Ok(phone) => format!("{:?} {phone}", phone.kind()),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(found, expected, "{typed}");
    }

    #[test]
    fn reads_what_people_write() {
        check("15400000000", "Mobile 15400000000");
        check("+86 154-0000-0000", "Mobile 15400000000");
        check("００８６１５４００００００００", "Mobile 15400000000");
        check("010-88880000", "Landline 010-88880000");
        check("(0931) 8888000", "Landline 0931-8888000");
        check("0931 88880000 转 12", "Landline 0931-88880000-12");
        check("021-88880000-806", "Landline 021-88880000-806");
        check("88880000", "Landline 88880000");
        check("400-000-1234", "Landline 4000001234");
    }

    #[test]
    fn says_what_is_wrong() {
        check("", "phone.length");
        check("1540000000", "phone.length");
        check("154000000001", "phone.length");
        check("12400000000", "phone.prefix");
        check("25400000000", "phone.prefix");
        check("1540000000O", "phone.digit");
        check("没有", "phone.digit");
        check("𬭎", "phone.digit");
    }
}
