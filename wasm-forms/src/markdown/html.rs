//! What is left of HTML: a few tags, three style properties, and addresses that cannot do anything but open.

use super::Tag;

/// The schemes a link may have.
const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "sms", "geo"];
/// The most of a tag's text that is looked at.
const MAX_TAG: usize = 1_000;

/// Returns what of a style's declarations is known and harmless, as `color:red;text-align:center`.
fn checked(style: &str) -> String {
    let mut kept = String::new();
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let is_fit = match name.as_str() {
            "color" => is_color(value),
            "font-family" => is_font(value),
            "text-align" => ["left", "right", "center", "justify", "start", "end"].contains(&value),
            _ => false,
        };
        if is_fit {
            for part in [if kept.is_empty() { "" } else { ";" }, &name, ":", value] {
                kept.push_str(part);
            }
        }
    }
    kept
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

/// Returns whether an address may be opened: `http`, `https`, `mailto`, `tel`, `sms` or `geo`, and no blanks or control
/// characters, behind which a browser could see another scheme.
#[must_use]
pub fn is_safe_url(url: &str) -> bool {
    let scheme = url.split_once(':').map(|it| it.0);
    scheme.is_some_and(|it| SCHEMES.iter().any(|known| it.eq_ignore_ascii_case(known)))
        && !url.chars().any(|it| it.is_whitespace() || it.is_control())
}

/// A tag as it stands in the text.
pub(super) enum Found {
    Open(Tag),
    Close(Tag),
    Break,
    /// A tag that is not shown.
    Unknown,
}

/// Reads the tag that the text begins with, and its length.
pub(super) fn tag(text: &str) -> Option<(Found, usize)> {
    let end = 1 + text.bytes().take(MAX_TAG).skip(1).position(|it| it == b'>' || it == b'<')?;
    let is_closing = text.as_bytes()[1] == b'/';
    let name = &text[1 + usize::from(is_closing)..end];
    let n_name = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, attributes) = name.split_at(n_name);
    let is_tag = name.bytes().next().is_some_and(|it| it.is_ascii_alphabetic())
        && attributes.bytes().next().is_none_or(|it| it == b'/' || it.is_ascii_whitespace());
    if !is_tag || text.as_bytes()[end] != b'>' {
        return None;
    }
    let found = match known(name) {
        Some(Tag::Br) => Found::Break,
        Some(tag) if is_closing => Found::Close(tag),
        Some(tag) => Found::Open(tag),
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

/// Reads the `style` of a tag; what another attribute says of styles does no harm, for every style is checked.
pub(super) fn style(tag: &str) -> String {
    for (at, name) in tag.match_indices("style") {
        let Some(after) = tag[at + name.len()..].trim_start().strip_prefix('=') else { continue };
        let after = after.trim_start();
        let value = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split(quote).next(),
            _ => after.split([' ', '>']).next(),
        };
        return checked(value.unwrap_or_default());
    }
    String::new()
}

/// Reads the character reference that the text begins with, and its length.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    const NAMES: [(&str, char); 6] =
        [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];
    let (name, character) =
        NAMES.iter().find(|(name, _)| text[1..].strip_prefix(name).is_some_and(|it| it.starts_with(';')))?;
    Some((*character, name.len() + 2))
}
