//! The formats of numbers, as far as they make dates and durations of them.
//!
//! Source: ECMA-376, part 1, sections 18.8.30 (numFmt) and 18.8.45 (xf).

use super::markup::{Broken, Markup, Piece, text};

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Date,
    Duration,
}

/// By the number that cells name: the format of a style.
#[derive(Debug, Default)]
pub(super) struct Formats {
    by_style: Vec<Format>,
}

impl Formats {
    /// Reads the part of styles; an empty one has none.
    pub(super) fn read(part: &str) -> Result<Self, Broken> {
        let mut own: Vec<(&str, Format)> = Vec::new();
        let mut by_style = Vec::new();
        let mut is_in_cells = false;
        let mut markup = Markup::new(part);
        while let Some(piece) = markup.next()? {
            match piece {
                Piece::Open(tag) if tag.name == "numFmt" => {
                    let code = text(tag.attribute("formatCode").unwrap_or_default())?;
                    own.push((tag.attribute("numFmtId").unwrap_or_default(), of_code(&code)));
                }
                Piece::Open(tag) if tag.name == "cellXfs" => is_in_cells = true,
                Piece::Close("cellXfs") => break,
                Piece::Open(tag) if tag.name == "xf" && is_in_cells => {
                    let id = tag.attribute("numFmtId").unwrap_or_default();
                    let known = own.iter().find(|(it, _)| *it == id).map(|(_, format)| *format);
                    by_style.push(known.unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            }
        }
        Ok(Self { by_style })
    }

    /// Returns the format of a cell's style as it is written; empty where the cell names none.
    pub(super) fn of(&self, style: &str) -> Format {
        let number = style.parse().ok().and_then(|it: usize| self.by_style.get(it));
        number.copied().unwrap_or(Format::Plain)
    }
}

/// Returns one of the formats that a workbook need not write down; some of them depend on the country.
fn built_in(id: &str) -> Format {
    match id.parse().unwrap_or(0) {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Format::Date,
        46 => Format::Duration,
        _ => Format::Plain,
    }
}

/// Reads a code such as `yyyy-mm-dd;@`: of its first part, what stands neither in quotes nor behind a sign that
/// makes the next one stand for itself. `[h]` counts hours beyond a day; other brackets are colours and countries.
fn of_code(code: &str) -> Format {
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c.to_ascii_lowercase() {
            ';' => break,
            '\\' | '_' | '*' => drop(chars.next()),
            '"' => drop(chars.by_ref().find(|it| *it == '"')),
            '[' => {
                let inside: String = chars.by_ref().take_while(|it| *it != ']').collect();
                let is_unit = |unit: char| {
                    !inside.is_empty() && inside.chars().all(|it| it.eq_ignore_ascii_case(&unit))
                };
                if ['h', 'm', 's'].into_iter().any(is_unit) {
                    return Format::Duration;
                }
            }
            'g' if chars.as_str().get(..6).is_some_and(|it| it.eq_ignore_ascii_case("eneral")) => break,
            'd' | 'm' | 'h' | 'y' | 's' => return Format::Date,
            _ => {}
        }
    }
    Format::Plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes() {
        let check = |code, expected| assert_eq!(of_code(code), expected, "{code}");
        check("DD/MM/YY", Format::Date);
        check("H:MM:SS;@", Format::Date);
        check("yyyy\"年\"m\"月\"d\"日\"", Format::Date);
        check("[$-804]yyyy/m/d", Format::Date);
        check("AM/PM h", Format::Date);
        check("[h]:mm:ss", Format::Duration);
        check("[mm]:ss", Format::Duration);
        check("General", Format::Plain);
        check("0.00", Format::Plain);
        check("#,##0\\ \"days\"", Format::Plain);
        check("[Red]0;[Blue]-0", Format::Plain);
        check("0_d;d", Format::Plain);
        check("@", Format::Plain);
    }

    #[test]
    fn styles_name_formats() {
        let part = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy&quot;年&quot;'/></numFmts>\
                    <cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>\
                    <cellXfs count='3'><xf numFmtId='0'/><xf numFmtId='164'><alignment/></xf><xf numFmtId='46'/></cellXfs></styleSheet>";
        let formats = Formats::read(part).unwrap();
        let check = |style, expected| assert_eq!(formats.of(style), expected, "{style}");
        check("", Format::Plain);
        check("0", Format::Plain);
        check("1", Format::Date);
        check("2", Format::Duration);
        check("3", Format::Plain);
    }
}
