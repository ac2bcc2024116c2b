//! What is left of HTML: a few tags, three style properties, and addresses that cannot do anything but open.

use serde::Serialize;

use super::Tag;

/// The schemes a link may have.
const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "sms", "geo"];
/// The most of a tag's text that is looked at.
const MAX_TAG: usize = 1_000;

/// How an element looks; every value is checked, so it can be set as a style property.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Style {
    /// A colour's name, `#` and hexadecimal digits, or `rgb(…)`, `rgba(…)`, `hsl(…)`, `hsla(…)` with numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Names of fonts, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font_family: Option<String>,
    /// `left`, `right`, `center`, `justify`, `start` or `end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_align: Option<String>,
}

impl Style {
    /// Returns whether nothing is said.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Style::default()
    }

    /// Reads a `style` attribute; what is unknown or unsafe is left out.
    fn read(text: &str) -> Style {
        let mut style = Style::default();
        for (name, value) in text.split(';').filter_map(|it| it.split_once(':')) {
            let value = value.trim();
            let (place, is_fit): (&mut Option<String>, fn(&str) -> bool) = match name.trim() {
                name if name.eq_ignore_ascii_case("color") => (&mut style.color, is_color),
                name if name.eq_ignore_ascii_case("font-family") => (&mut style.font_family, is_font),
                name if name.eq_ignore_ascii_case("text-align") => (&mut style.text_align, is_alignment),
                _ => continue,
            };
            if is_fit(value) {
                *place = Some(value.to_owned());
            }
        }
        style
    }
}

fn is_color(value: &str) -> bool {
    let is_name = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphabetic());
    if let Some(digits) = value.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    }
    match value.strip_suffix(')').and_then(|it| it.split_once('(')) {
        Some((name, numbers)) => {
            ["rgb", "rgba", "hsl", "hsla"].contains(&name)
                && numbers.bytes().all(|it| it.is_ascii_digit() || b" ,.%".contains(&it))
        }
        None => is_name(value),
    }
}

fn is_font(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|it| it.is_alphanumeric() || " ,-_'".contains(it))
}

fn is_alignment(value: &str) -> bool {
    ["left", "right", "center", "justify", "start", "end"].contains(&value)
}

/// Returns whether an address may be opened: `http`, `https`, `mailto`, `tel`, `sms` or `geo`, and no blanks or control
/// characters, behind which a browser could see another scheme.
#[must_use]
pub fn is_safe_url(url: &str) -> bool {
    let scheme = url.split_once(':').map(|it| it.0);
    scheme.is_some_and(|it| SCHEMES.iter().any(|known| it.eq_ignore_ascii_case(known)))
        && !url.chars().any(|it| it.is_whitespace() || it.is_control())
}

/// A tag as it stands in the text.
pub(super) enum Found<'a> {
    Open(Tag, &'a str),
    Close(Tag),
    Break,
    /// A tag that is not shown.
    Unknown,
}

/// Reads the tag that the text begins with, and its length.
pub(super) fn tag(text: &str) -> Option<(Found<'_>, usize)> {
    let end = text.bytes().take(MAX_TAG).skip(1).position(|it| it == b'>' || it == b'<')? + 1;
    let inside = text.get(1..end).filter(|_| text.as_bytes()[end] == b'>')?;
    let (is_closing, inside) = inside.strip_prefix('/').map_or((false, inside), |it| (true, it));
    let n_name = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, attributes) = inside.split_at(n_name);
    let is_tag = name.starts_with(|it: char| it.is_ascii_alphabetic())
        && (attributes.is_empty()
            || attributes.starts_with(|it: char| it == '/' || it.is_ascii_whitespace()));
    if !is_tag {
        return None;
    }
    let found = match known(name) {
        Some(Tag::Br) => Found::Break,
        Some(tag) if is_closing => Found::Close(tag),
        Some(tag) => Found::Open(tag, attributes),
        None => Found::Unknown,
    };
    Some((found, end + 1))
}

fn known(name: &str) -> Option<Tag> {
    const TAGS: [(&str, Tag); 15] = [
        ("span", Tag::Span),
        ("div", Tag::Div),
        ("p", Tag::P),
        ("br", Tag::Br),
        ("strong", Tag::Strong),
        ("b", Tag::Strong),
        ("em", Tag::Em),
        ("i", Tag::Em),
        ("u", Tag::U),
        ("h1", Tag::H1),
        ("h2", Tag::H2),
        ("h3", Tag::H3),
        ("h4", Tag::H4),
        ("h5", Tag::H5),
        ("h6", Tag::H6),
    ];
    TAGS.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, tag)| *tag)
}

/// Reads the `style` among a tag's attributes.
pub(super) fn style(attributes: &str) -> Style {
    let mut rest = attributes;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, more) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        // Attributes without a value may stand before the name.
        if name
            .trim_end()
            .rsplit(char::is_whitespace)
            .next()
            .is_some_and(|it| it.eq_ignore_ascii_case("style"))
        {
            return Style::read(value);
        }
        rest = more;
    }
    Style::default()
}

/// Reads the character reference that the text begins with, and its length.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    const NAMES: [(&str, char); 6] =
        [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];
    let (name, character) =
        NAMES.iter().find(|(name, _)| text[1..].strip_prefix(name).is_some_and(|it| it.starts_with(';')))?;
    Some((*character, name.len() + 2))
}
