//! Texts between elements and values of attributes: as they stand where they can, made anew where a reference or a line
//! break has to be put in.

use super::super::bytes::{is_no_character, run};
use super::super::{Document, Kind, Piece};
use super::{CDATA, Fault, Read, Reader};

impl Reader<'_, '_> {
    /// Reads text up to the next tag, comment or instruction; sections that quote markup belong to it.
    pub(super) fn text(&mut self) -> Read<()> {
        if self.taking.is_some() && self.open.len() > 1 && self.skip_layout() {
            return Ok(());
        }
        let start = self.at;
        let plain = self.plain_text();
        if self.open.len() == 1 {
            // Around the root element there is only space.
            let is_space = self.peek(0).is_none_or(|it| it == b'<') && !self.starts_with_cdata();
            let is_space = is_space && self.bytes[start..plain].iter().all(u8::is_ascii_whitespace);
            return if is_space { Ok(()) } else { Err(Fault::At(start)) };
        }
        let piece = match self.peek(0) {
            None => return Err(Fault::At(plain)),
            Some(b'<') if !self.starts_with_cdata() => self.piece_from(start, plain),
            _ => self.made_text(start)?,
        };
        if piece.from != piece.to {
            self.push_text(Kind::Text, piece)?;
        }
        Ok(())
    }

    /// Moves over a text that is only there so that a form reads well: a line end and blanks between elements, where nobody
    /// reads text. Moves nowhere where it is more than that.
    fn skip_layout(&mut self) -> bool {
        const READ: [&str; 3] = ["label", "hint", "value"];
        const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);
        let (bytes, mut at) = (self.bytes, self.at);
        let mut has_line_end = false;
        loop {
            match bytes.get(at) {
                Some(b'\n') => has_line_end = true,
                Some(b' ' | b'\t') => {}
                _ => break,
            }
            at += 1;
            while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from)
                && u64::from_le_bytes(eight) == BLANKS
            {
                at += 8;
            }
        }
        let Document { nodes, .. } = &self.document;
        let parent = self.open.last().copied().unwrap_or(0);
        let is_between = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'<'), Some(b'/')) => nodes.len() as u32 > parent + 1,
            (Some(b'<'), Some(b'!' | b'?')) => false,
            (Some(b'<'), _) => true,
            _ => false,
        };
        let name = nodes.as_slice()[parent as usize].name;
        let is_layout = has_line_end && is_between && !READ.iter().any(|it| self.document.is_local(name, it));
        if is_layout {
            self.at = at;
        }
        is_layout
    }

    /// Reads a text from `start` that reads otherwise than it is written.
    fn made_text(&mut self, start: usize) -> Read<Piece> {
        let from = self.document.made.len();
        self.take(start);
        loop {
            match self.peek(0) {
                None => return Err(Fault::At(self.at)),
                Some(b'<') if self.starts_with_cdata() => {
                    self.at += CDATA.len();
                    let start = self.at;
                    self.until(b"]]>")?;
                    let quoted = &self.document.text[start..self.at - 3];
                    if let Some(bad) = quoted.bytes().position(is_no_character) {
                        return Err(Fault::At(start + bad));
                    }
                    let unified = quoted.replace("\r\n", "\n").replace('\r', "\n");
                    self.document.made.push_str(&unified);
                }
                Some(b'<') => return Ok(self.made_from(from)),
                Some(b'&') => self.reference()?,
                Some(b'\r') => {
                    self.at += 1;
                    self.skip(b"\n");
                    self.document.made.push('\n');
                }
                Some(byte) if is_no_character(byte) => return Err(Fault::At(self.at)),
                Some(_) => {
                    let start = self.at;
                    self.plain_text();
                    self.take(start);
                }
            }
        }
    }

    /// Reads an attribute's value with its quotes; white space in it reads as spaces.
    pub(super) fn value(&mut self) -> Read<Piece> {
        let quote = self.peek(0).filter(|it| matches!(it, b'"' | b'\'')).ok_or(Fault::At(self.at))?;
        self.at += 1;
        let start = self.at;
        let plain = self.plain(quote);
        if self.peek(0) == Some(quote) {
            self.at += 1;
            return Ok(self.piece_from(start, plain));
        }
        let from = self.document.made.len();
        self.take(start);
        loop {
            match self.peek(0) {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(self.made_from(from));
                }
                Some(b'&') => self.reference()?,
                Some(b'\r') => {
                    self.at += 1;
                    self.skip(b"\n");
                    self.document.made.push(' ');
                }
                Some(b'\n' | b'\t') => {
                    self.at += 1;
                    self.document.made.push(' ');
                }
                None | Some(b'<' | 0..=31) => return Err(Fault::At(self.at)),
                Some(_) => {
                    let start = self.at;
                    self.plain(quote);
                    self.take(start);
                }
            }
        }
    }

    /// Reads `&…;`.
    fn reference(&mut self) -> Read<()> {
        let start = self.at;
        let rest = &self.document.text[start + 1..];
        let end = rest.bytes().take(12).position(|it| it == b';').ok_or(Fault::At(start))?;
        let code = |digits: &str, radix| {
            let is_plain = !digits.starts_with('+');
            u32::from_str_radix(digits, radix).ok().filter(|_| is_plain).and_then(char::from_u32)
        };
        let found = match &rest[..end] {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            name => match name.strip_prefix("#x") {
                Some(digits) => code(digits, 16),
                None => name.strip_prefix('#').and_then(|digits| code(digits, 10)),
            },
        };
        let is_character = |it: &char| !matches!(it, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        self.document.made.push(found.filter(is_character).ok_or(Fault::At(start))?);
        self.at += end + 2;
        Ok(())
    }

    /// Moves over what reads as it is written, up to a control, markup or `stop`; returns where that is.
    fn plain(&mut self, stop: u8) -> usize {
        self.at = run(self.bytes, self.at, stop);
        self.at
    }

    /// Moves over what reads as it is written in a text, where line ends and tabs do.
    fn plain_text(&mut self) -> usize {
        while let (_, Some(b'\n' | b'\t')) = (self.plain(b'<'), self.peek(0)) {
            self.at += 1;
        }
        self.at
    }

    /// Puts what was moved over since `start` into what is made.
    fn take(&mut self, start: usize) {
        self.document.made.push_str(&self.document.text[start..self.at]);
    }

    fn made_from(&self, from: usize) -> Piece {
        Piece { from: from as u32, to: self.document.made.len() as u32, is_made: true }
    }

    pub(super) fn piece_from(&self, from: usize, to: usize) -> Piece {
        Piece { from: from as u32, to: to as u32, is_made: false }
    }
}
