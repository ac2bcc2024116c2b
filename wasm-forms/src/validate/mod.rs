//! Rules about what people carry and dial: one file per rule, text in, a parsed value or a small enum out.
//!
//! Nothing here knows forms, clocks or storage. A rule refuses what cannot be right and merely marks what is odd:
//! an unknown division code is a question for a person, never a reason to turn somebody away.

pub mod id_card;
pub mod phone;

pub use id_card::{IdCard, IdCardError, IdKind};
pub use phone::{Phone, PhoneError, PhoneKind};

/// Every code that the rules of this module give.
pub const CODES: &[&str] = &[
    "id_card.length",
    "id_card.digit",
    "id_card.date",
    "id_card.checksum",
    "phone.length",
    "phone.digit",
    "phone.prefix",
];

/// Returns the half-width form of a full-width letter, digit or sign (U+FF01 to U+FF5E); other characters stay.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}
