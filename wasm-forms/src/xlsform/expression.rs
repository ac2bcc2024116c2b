//! Expressions cut into tokens: as much of XPath as a converter must see.

use super::text::{find, is_name_char, is_name_start, is_plain_name, n_plain_name, next_byte};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Literal,
    /// A quote that nothing closes.
    OpenQuote,
    Name,
    /// A name and its opening parenthesis.
    Call,
    /// `${name}`, `${last-saved#name}`.
    Reference,
    /// A `${` that is none of these.
    BadReference,
    Math,
    Union,
    Open,
    Close,
    BracketOpen,
    BracketClose,
    Slash,
    Space,
    Other,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts `expression` into tokens; nothing is lost and nothing fails.
pub(super) fn tokens(expression: &str) -> impl Iterator<Item = Token<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &expression[start..];
        let (kind, length) = next(rest, rest.chars().next()?);
        let token = Token { kind, text: &rest[..length], start };
        start += length;
        Some(token)
    })
}

/// Returns the kind of the token that `rest` begins with, and its length.
fn next(rest: &str, first: char) -> (Kind, usize) {
    let may_be_number = matches!(first, '0'..='9' | '.' | '-');
    if let Some(length) = may_be_number.then(|| date_or_number(rest)).flatten() {
        return (Kind::Number, length);
    }
    let single = |kind| (kind, first.len_utf8());
    match first {
        ' ' if rest.starts_with(" mod ") || rest.starts_with(" div ") => (Kind::Math, " mod ".len()),
        '$' if rest.starts_with("${") => reference_token(rest),
        '*' | '+' | '-' => single(Kind::Math),
        '|' => single(Kind::Union),
        '(' => single(Kind::Open),
        ')' => single(Kind::Close),
        '[' => single(Kind::BracketOpen),
        ']' => single(Kind::BracketClose),
        '/' => single(Kind::Slash),
        '"' | '\'' => match next_byte(rest.as_bytes(), 1, first as u8) {
            Some(end) => (Kind::Literal, end + 1),
            None => (Kind::OpenQuote, rest.len()),
        },
        _ if first.is_whitespace() => white_space(rest),
        _ if is_name_start(first) => name_or_call(rest),
        _ => single(Kind::Other),
    }
}

/// Returns white space up to a ` mod ` or ` div `, which own the space in front of them.
fn white_space(rest: &str) -> (Kind, usize) {
    let length = rest.len() - rest.trim_start().len();
    if length == 1 {
        return (Kind::Space, length);
    }
    let operator = rest[..length].rfind(' ').filter(|last| {
        let tail = &rest[*last..];
        *last > 0 && (tail.starts_with(" mod ") || tail.starts_with(" div "))
    });
    (Kind::Space, operator.unwrap_or(length))
}

fn reference_token(rest: &str) -> (Kind, usize) {
    match next_byte(rest.as_bytes(), 0, b'}') {
        Some(end) if Reference::parse(&rest[2..end]).is_some() => (Kind::Reference, end + 1),
        Some(end) => (Kind::BadReference, end + 1),
        None => (Kind::BadReference, rest.len()),
    }
}

fn name_or_call(rest: &str) -> (Kind, usize) {
    let mut length = name_length(rest);
    if let Some(after) = rest[length..].strip_prefix(':')
        && after.starts_with(is_name_start)
    {
        length += 1 + name_length(after);
    }
    if rest[length..].starts_with('(') { (Kind::Call, length + 1) } else { (Kind::Name, length) }
}

fn name_length(rest: &str) -> usize {
    let n_plain = n_plain_name(rest);
    rest[n_plain..].find(|c| !is_name_char(c)).map_or(rest.len(), |it| n_plain + it)
}

/// Returns the length of a number, date, time or date-time at the beginning of `rest`.
fn date_or_number(rest: &str) -> Option<usize> {
    let pattern = |text: &str, shape: &str| {
        let fits = |(c, want): (u8, u8)| if want == b'0' { c.is_ascii_digit() } else { c == want };
        text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(fits)
    };
    let time = |text: &str| {
        let zoned = |it: &str| pattern(it, "+00:00") || pattern(it, "-00:00");
        pattern(text, "00:00:00").then(|| if zoned(&text[8..]) { 14 } else { 8 })
    };
    let minus = usize::from(rest.starts_with('-'));
    if pattern(&rest[minus..], "0000-00-00") {
        let date = minus + 10;
        return Some(rest[date..].strip_prefix('T').and_then(time).map_or(date, |it| date + 1 + it));
    }
    if let Some(length) = time(rest) {
        return Some(length);
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(&rest[minus..]);
    let tail = &rest[minus + whole..];
    let fraction = tail.strip_prefix('.').map_or(0, |it| 1 + digits(it));
    (whole > 0 || fraction > 1).then_some(minus + whole + fraction)
}

/// What stands between `${` and `}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    pub name: &'a str,
    /// The value of the last saved submission is meant.
    pub last_saved: bool,
}

impl<'a> Reference<'a> {
    fn parse(inside: &'a str) -> Option<Self> {
        let last_saved = inside.strip_prefix("last-saved#");
        let name = last_saved.unwrap_or(inside);
        is_plain_name(name).then_some(Self { name, last_saved: last_saved.is_some() })
    }
}

/// A part of a text: as it stands, a good reference, or a bad one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Reference(Reference<'a>, usize),
    Bad(&'a str),
}

/// Returns where the first `${` from `from` begins.
fn reference_sign(text: &str, from: usize) -> Option<usize> {
    find(&text[from..], "${").map(|it| from + it)
}

/// Whether `text` has a `${` in it: of a form's many texts few have.
pub(super) fn may_refer(text: &str) -> bool {
    reference_sign(text, 0).is_some()
}

/// Cuts `text` at its references; each comes with the byte where it begins.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        let sign = reference_sign(text, start).unwrap_or(text.len());
        if sign > start {
            from = sign;
            return Some(Part::Text(&text[start..sign]));
        }
        if start == text.len() {
            return None;
        }
        from = next_byte(text.as_bytes(), start, b'}').map_or(text.len(), |it| it + 1);
        let token = &text[start..from];
        let inside = token[2..].strip_suffix('}');
        Some(match inside.and_then(Reference::parse) {
            Some(reference) => Part::Reference(reference, start),
            None if inside == Some("") => Part::Text(token),
            None => Part::Bad(token),
        })
    })
}

/// Returns the good references of `text`.
pub(super) fn references(text: &str) -> Vec<Reference<'_>> {
    let reference = |part| if let Part::Reference(it, _) = part { Some(it) } else { None };
    parts(text).filter_map(reference).collect()
}

/// Returns whether `text` has references and no broken one.
pub(super) fn has_reference(text: &str) -> bool {
    !references(text).is_empty()
}

/// Returns the name if `text` is one reference and nothing else.
pub(super) fn only_reference(text: &str) -> Option<&str> {
    let mut parts = parts(text);
    match (parts.next(), parts.next()) {
        (Some(Part::Reference(reference, _)), None) => Some(reference.name),
        _ => None,
    }
}

/// Returns whether a default must be calculated, rather than written into the form as it stands.
///
/// A minus sign in a date or position is part of the value.
pub(super) fn is_dynamic_default(default: &str, question_type: &str) -> bool {
    let dashed = matches!(question_type, "date" | "dateTime" | "geopoint" | "geotrace" | "geoshape");
    for token in tokens(default) {
        match token.kind {
            Kind::Math if dashed && token.text == "-" => return false,
            Kind::Math | Kind::Union | Kind::Reference | Kind::Call => return true,
            _ => {}
        }
    }
    false
}

/// Returns where `instance(…)/path[…]/path` expressions stand in running text, in bytes.
pub(super) fn instance_expressions(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if find(text, "instance(").is_none() {
        return found;
    }
    let tokens: Vec<Token<'_>> = tokens(text).collect();
    let mut index = 0;
    while index < tokens.len() {
        let is_start = tokens[index].kind == Kind::Call && tokens[index].text == "instance(";
        if !is_start {
            index += 1;
            continue;
        }
        let start = tokens[index].start;
        index += 1;
        let mut depth = 1;
        let mut end = start;
        while let Some(token) = tokens.get(index) {
            match token.kind {
                Kind::Call | Kind::Open | Kind::BracketOpen => depth += 1,
                Kind::Close | Kind::BracketClose if depth > 0 => depth -= 1,
                Kind::Name | Kind::Slash | Kind::Math if depth == 0 => {}
                _ if depth == 0 => break,
                _ => {}
            }
            end = token.end();
            index += 1;
        }
        found.push((start, end));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_calculated_defaults_from_plain_ones() {
        let check = |default, question_type, expected| {
            assert_eq!(is_dynamic_default(default, question_type), expected, "{default}");
        };
        check("12", "integer", false);
        check("-1", "integer", false);
        check("2026-11-21", "date", false);
        check("1 + 1", "integer", true);
        check("7 * ${a}", "integer", true);
        check("4 div 2", "decimal", true);
        check("now()", "dateTime", true);
        check("foo-bar", "text", false);
        check("10 - 5 - 1", "text", true);
        check("35.1 -7.2 0 0", "geopoint", false);
        check("无", "text", false);
    }

    #[test]
    fn finds_instance_expressions_in_labels() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = instance_expressions(text).into_iter().map(|(a, b)| &text[a..b]).collect();
            assert_eq!(found, expected);
        };
        check("no", &[]);
        check(
            "a instance('c')/root/item[name = ${x}]/label b",
            &["instance('c')/root/item[name = ${x}]/label"],
        );
        check("instance('c')/root", &["instance('c')/root"]);
    }

    #[test]
    fn cuts_text_at_references() {
        let check = |text, expected: &[Part<'_>]| assert_eq!(parts(text).collect::<Vec<_>>(), expected);
        let reference = |name, start| Part::Reference(Reference { name, last_saved: false }, start);
        check("a ${b} c", &[Part::Text("a "), reference("b", 2), Part::Text(" c")]);
        check("${last-saved#b}", &[Part::Reference(Reference { name: "b", last_saved: true }, 0)]);
        check("${ b}", &[Part::Bad("${ b}")]);
        check("${b", &[Part::Bad("${b")]);
        check("${}", &[Part::Text("${}")]);
    }
}
