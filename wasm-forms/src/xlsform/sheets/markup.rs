//! The XML of a workbook's parts, tag by tag as it stands: a part is read once, from the beginning, and nothing of it is
//! kept that is not asked for.
//!
//! Names are without prefix. Whether tags match is not looked at: what programs write does, and what is asked for is
//! found or not.

use std::borrow::Cow;

use crate::xlsform::text::next_byte;

/// A part that ends in the middle of its markup, or refers to a character that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// What stands next in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// An element begins; one without content ends next.
    Open(Tag<'t>),
    /// An element of this name ends.
    Close(&'t str),
    /// Text as it is written: see [`text`].
    Text(&'t str),
    /// Text that reads as it is written.
    Quoted(&'t str),
}

/// The beginning of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub name: &'t str,
    attributes: &'t str,
}

impl<'t> Tag<'t> {
    /// Returns names, without prefix, and values as they are written.
    pub(super) fn attributes(self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let text = self.attributes;
        let bytes = text.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            let is_space = |it: &&u8| it.is_ascii_whitespace();
            at += bytes.get(at..)?.iter().take_while(is_space).count();
            let (mut name, mut equals) = (at, at);
            while *bytes.get(equals)? != b'=' {
                // A prefix ends at the first colon.
                if name == at && bytes[equals] == b':' {
                    name = equals + 1;
                }
                equals += 1;
            }
            let open = equals + 1 + bytes[equals + 1..].iter().take_while(is_space).count();
            let quote = bytes.get(open).copied().filter(|it| matches!(it, b'"' | b'\''))?;
            let end = open + 1 + find(&bytes[open + 1..], quote)?;
            at = end + 1;
            Some((text[name..equals].trim_ascii_end(), &text[open + 1..end]))
        })
    }

    /// Returns an attribute's value as it is written.
    pub(super) fn attribute(self, name: &str) -> Option<&'t str> {
        self.attributes().find(|(it, _)| *it == name).map(|(_, value)| value)
    }
}

/// A part that is being read.
#[derive(Debug)]
pub(super) struct Markup<'t> {
    text: &'t str,
    at: usize,
    /// The element without content that ends next.
    closing: Option<&'t str>,
}

/// A cell as nearly all are written: `<c r="AB12" s="3" t="s"><v>17</v></c>`, or `<c r="AB12" s="3"/>`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UsualCell<'t> {
    pub reference: Option<&'t str>,
    pub style: Option<&'t str>,
    pub kind: Option<&'t str>,
    /// Text that reads as it is written.
    pub value: &'t str,
}

impl<'t> Markup<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, closing: None }
    }

    /// Returns the cell that stands next and moves behind it. Nothing, and no move, where something else stands there or a
    /// cell with more to it: what is read piece by piece takes ten times as long, and a sheet is cells.
    pub(super) fn usual_cell(&mut self) -> Option<UsualCell<'t>> {
        if self.closing.is_some() {
            return None;
        }
        let (text, bytes) = (self.text, self.text.as_bytes());
        let mut at = self.at + 2;
        if bytes.get(self.at..at)? != b"<c" {
            return None;
        }
        let mut cell = UsualCell::default();
        while let [b' ', name, b'=', b'"', ..] = bytes.get(at..)? {
            let from = at + 4;
            let to = from + bytes[from..].iter().position(|it| *it == b'"')?;
            let of = match name {
                b'r' => &mut cell.reference,
                b's' => &mut cell.style,
                b't' => &mut cell.kind,
                _ => return None,
            };
            *of = Some(&text[from..to]);
            at = to + 1;
        }
        // Its value would not be the one that counts.
        if cell.kind == Some("inlineStr") {
            return None;
        }
        if let Some(empty) = bytes[at..].strip_prefix(b"/>") {
            self.at = bytes.len() - empty.len();
            return Some(cell);
        }
        let from = at + b"><v>".len();
        if bytes.get(at..from)? != b"><v>" {
            return None;
        }
        let length = bytes[from..].iter().position(|it| matches!(it, b'<' | b'&' | b'\r'))?;
        let behind = bytes[from + length..].strip_prefix(b"</v></c>")?;
        cell.value = &text[from..from + length];
        self.at = bytes.len() - behind.len();
        Some(cell)
    }

    /// Returns the text of a shared item that stands next, as it is written, and moves behind it: `<si><t>…</t></si>`.
    /// Nothing, and no move, where there is more to it.
    pub(super) fn usual_item(&mut self) -> Option<&'t str> {
        if self.closing.is_some() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let inside = bytes.get(self.at..)?.strip_prefix(b"<si><t>")?;
        let from = bytes.len() - inside.len();
        let to = next_byte(bytes, from, b'<')?;
        let behind = bytes[to..].strip_prefix(b"</t></si>")?;
        self.at = bytes.len() - behind.len();
        Some(&self.text[from..to])
    }

    /// Returns what stands next; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'t>>, Broken> {
        if let Some(name) = self.closing.take() {
            return Ok(Some(Piece::Close(name)));
        }
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            return Ok(Some(match (bytes.get(start), bytes.get(start + 1)) {
                (None, _) => return Ok(None),
                (Some(b'<'), Some(b'/')) => {
                    let end = next_byte(bytes, start, b'>').ok_or(Broken)?;
                    self.at = end + 1;
                    Piece::Close(local(self.text[start + 2..end].trim_ascii_end()))
                }
                (Some(b'<'), Some(b'?')) => {
                    self.behind("?>")?;
                    continue;
                }
                (Some(b'<'), Some(b'!')) if self.text[start..].starts_with("<![CDATA[") => {
                    let (from, to) = self.behind("]]>")?;
                    Piece::Quoted(&self.text[from + "<![CDATA[".len()..to - "]]>".len()])
                }
                (Some(b'<'), Some(b'!')) => {
                    self.behind(if self.text[start..].starts_with("<!--") { "-->" } else { ">" })?;
                    continue;
                }
                (Some(b'<'), _) => Piece::Open(self.tag()?),
                _ => {
                    self.at = next_byte(bytes, start, b'<').unwrap_or(bytes.len());
                    Piece::Text(&self.text[start..self.at])
                }
            }));
        }
    }

    /// Moves to the beginning of the next element; what stands before it is passed over. Nothing at the end.
    pub(super) fn next_tag(&mut self) -> Result<Option<Tag<'t>>, Broken> {
        loop {
            match self.next()? {
                None => return Ok(None),
                Some(Piece::Open(tag)) => return Ok(Some(tag)),
                Some(_) => {}
            }
        }
    }

    /// Returns the text up to where the element of this name ends, whatever elements are around it.
    pub(super) fn text_to(&mut self, name: &str) -> Result<Cow<'t, str>, Broken> {
        let mut found = Cow::Borrowed("");
        loop {
            match self.next()?.ok_or(Broken)? {
                Piece::Close(it) if it == name => return Ok(found),
                Piece::Text(raw) if found.is_empty() => found = text(raw)?,
                Piece::Quoted(raw) if found.is_empty() => found = Cow::Borrowed(raw),
                Piece::Text(raw) => found.to_mut().push_str(&text(raw)?),
                Piece::Quoted(raw) => found.to_mut().push_str(raw),
                Piece::Open(_) | Piece::Close(_) => {}
            }
        }
    }

    /// Moves behind the next `end`; returns from where and to where.
    fn behind(&mut self, end: &str) -> Result<(usize, usize), Broken> {
        let from = self.at;
        self.at += self.text[from..].find(end).ok_or(Broken)? + end.len();
        Ok((from, self.at))
    }

    fn tag(&mut self) -> Result<Tag<'t>, Broken> {
        let inside = &self.text[self.at + 1..];
        let bytes = inside.as_bytes();
        let is_inside = |it: &u8| *it != b'>' && !it.is_ascii_whitespace();
        let name_end = bytes.iter().take_while(|it| is_inside(it)).count();
        let end = name_end + tag_end(&bytes[name_end..]).ok_or(Broken)?;
        self.at += end + 2;
        let is_empty = bytes[..end].ends_with(b"/");
        let content = &inside[..end - usize::from(is_empty)];
        let (name, attributes) = content.split_at(name_end.min(content.len()));
        let tag = Tag { name: local(name), attributes };
        self.closing = is_empty.then_some(tag.name);
        Ok(tag)
    }
}

/// Returns where a tag ends: at the first `>` outside of quotes.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b'>' => return Some(at),
            quote @ (b'"' | b'\'') => at += find(&bytes[at + 1..], quote)? + 2,
            _ => at += 1,
        }
    }
}

fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    next_byte(bytes, 0, wanted)
}

/// Returns a name without its prefix.
fn local(name: &str) -> &str {
    name.bytes().position(|it| it == b':').map_or(name, |colon| &name[colon + 1..])
}

/// Returns what a text or an attribute's value reads as: references and line ends put right.
pub(super) fn text(raw: &str) -> Result<Cow<'_, str>, Broken> {
    if next_byte(raw.as_bytes(), 0, b'&').is_none() && next_byte(raw.as_bytes(), 0, b'\r').is_none() {
        return Ok(Cow::Borrowed(raw));
    }
    let raw = if raw.contains('\r') { raw.replace("\r\n", "\n").replace('\r', "\n") } else { raw.to_owned() };
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while let Some((before, after)) = rest.split_once('&') {
        let (name, behind) = after.split_once(';').ok_or(Broken)?;
        out.push_str(before);
        out.push(character(name).ok_or(Broken)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the pieces of a text, one letter for the kind of each: `(` and `)` for elements.
    fn pieces(text: &str) -> Result<Vec<String>, Broken> {
        let mut markup = Markup::new(text);
        let mut found = Vec::new();
        while let Some(piece) = markup.next()? {
            found.push(match piece {
                Piece::Open(tag) => {
                    let attributes = tag.attributes().map(|(name, value)| format!(" {name}={value}"));
                    format!("({}{}", tag.name, attributes.collect::<String>())
                }
                Piece::Close(name) => format!("){name}"),
                Piece::Text(it) => format!("t{it}"),
                Piece::Quoted(it) => format!("q{it}"),
            });
        }
        Ok(found)
    }

    #[test]
    fn reads_what_programs_write() {
        let check = |text: &str, expected: &[&str]| assert_eq!(pieces(text).unwrap(), expected);
        check("<?xml version='1.0'?><!-- <a> --><a/>", &["(a", ")a"]);
        check("<x:c r=\"A1\" x:t = 's' ><x:v>1</x:v></x:c >", &["(c r=A1 t=s", "(v", "t1", ")v", ")c"]);
        check("<a b='>'/>t<![CDATA[<&]]>", &["(a b=>", ")a", "tt", "q<&"]);
        check("<姓名 b=''>李</姓名>", &["(姓名 b=", "t李", ")姓名"]);
        for broken in ["<a", "<a b='", "<!-- ", "</a", "<![CDATA[", "<?x"] {
            assert_eq!(pieces(broken), Err(Broken), "{broken}");
        }
    }

    #[test]
    fn a_usual_cell_is_read_at_once_and_no_other_is() {
        let check = |text: &str, expected: Option<[&str; 4]>| {
            let mut markup = Markup::new(text);
            let found = markup.usual_cell();
            let shown = found
                .map(|it| [it.reference, it.style, it.kind, Some(it.value)].map(|it| it.unwrap_or("none")));
            assert_eq!(shown, expected, "{text}");
            let rest = markup.next().unwrap();
            assert_eq!(matches!(rest, Some(Piece::Open(tag)) if tag.name == "next"), expected.is_some());
        };
        check("<c r=\"A1\" s=\"4\" t=\"s\"><v>12</v></c><next/>", Some(["A1", "4", "s", "12"]));
        check("<c r=\"A1\"/><next/>", Some(["A1", "none", "none", ""]));
        check("<c><v></v></c><next/>", Some(["none", "none", "none", ""]));
        for other in [
            "<c r=\"A1\" cm=\"1\"><v>1</v></c>",
            "<c r='A1'><v>1</v></c>",
            "<c r=\"A1\"><f>1</f><v>1</v></c>",
            "<c r=\"A1\"><v>1&amp;</v></c>",
            "<c r=\"A1\"><v>1</v> </c>",
            "<c t=\"inlineStr\"><v>1</v></c>",
            "<col/>",
            "<c r=\"A1\"",
            "",
        ] {
            let mut markup = Markup::new(other);
            assert_eq!((markup.usual_cell(), markup.at), (None, 0), "{other}");
        }
    }

    #[test]
    fn a_usual_item_is_read_at_once_and_no_other_is() {
        let check = |text: &str, expected| assert_eq!(Markup::new(text).usual_item(), expected, "{text}");
        check("<si><t>a &lt; b</t></si>", Some("a &lt; b"));
        check("<si><t></t></si>", Some(""));
        check("<si><t xml:space=\"preserve\">a</t></si>", None);
        check("<si><t>a</t><rPh><t>b</t></rPh></si>", None);
        check("<si><t>a", None);
    }

    #[test]
    fn reads_texts() {
        let check = |raw: &str, expected: Result<&str, Broken>| {
            assert_eq!(text(raw).as_deref().map_err(|it| *it), expected, "{raw}");
        };
        check("好 a", Ok("好 a"));
        check("1 &lt; 2 &amp;&#38;&#x26; &quot;&apos;&gt;", Ok("1 < 2 &&& \"'>"));
        check("a\r\nb\rc", Ok("a\nb\nc"));
        check("&", Err(Broken));
        check("&nbsp;", Err(Broken));
        check("&#xd800;", Err(Broken));
    }

    #[test]
    fn a_text_goes_on_behind_what_is_in_it() {
        let mut markup = Markup::new("<v>1 &lt; <b>2</b><![CDATA[&]]></v><v/>");
        let mut next = || markup.next_tag().map(|it| it.map(|it| it.name)).and_then(|_| markup.text_to("v"));
        assert_eq!(next().as_deref(), Ok("1 < 2&"));
        assert_eq!(next().as_deref(), Ok(""));
        assert_eq!(next(), Err(Broken));
    }
}
