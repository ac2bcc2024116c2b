//! CSV as RFC 4180 writes it and as spreadsheets save it: fields between commas (semicolons or tabs, where the first
//! line has no comma), quotes where a field holds one, a quote (doubled) or a line break, lines ended by `\n`, `\r\n`
//! or `\r`.
//!
//! Written here because lists are the bulk of what a phone reads: fields that need no change are not copied, and
//! less of the file that a phone downloads is taken up. A test compares it with a general reader.

use std::borrow::Cow;

/// Reads records one after the other; empty lines are none.
pub(crate) struct Records<'a> {
    rest: &'a str,
    /// What stands between fields.
    comma: char,
    /// The line the next record begins on, from 1.
    pub line: u64,
}

impl<'a> Records<'a> {
    pub fn new(text: &'a str) -> Records<'a> {
        let rest = text.trim_start_matches('\u{feff}');
        let header = rest.lines().next().unwrap_or_default();
        let comma = [',', ';', '\t'].into_iter().find(|it| header.contains(*it)).unwrap_or(',');
        Records { rest, comma, line: 1 }
    }

    /// Reads fields between a sign that is known.
    #[cfg(feature = "xlsform")]
    pub fn separated(text: &'a str, comma: char) -> Records<'a> {
        Records { rest: text.trim_start_matches('\u{feff}'), comma, line: 1 }
    }

    /// Puts the next record's fields into `fields`; false at the end. A quote that is never closed reaches to the end.
    pub fn read(&mut self, fields: &mut Vec<Cow<'a, str>>) -> bool {
        fields.clear();
        while self.skip_line_end() {}
        if self.rest.is_empty() {
            return false;
        }
        loop {
            let field = self.field();
            fields.push(field);
            match self.rest.strip_prefix(self.comma) {
                Some(rest) => self.rest = rest,
                None => return true,
            }
        }
    }

    fn skip_line_end(&mut self) -> bool {
        let found = ["\r\n", "\n", "\r"].iter().find_map(|it| self.rest.strip_prefix(it));
        if let Some(rest) = found {
            self.rest = rest;
            self.line += 1;
        }
        found.is_some()
    }

    fn field(&mut self) -> Cow<'a, str> {
        let comma = self.comma as u8;
        let plain = |rest: &'a str| {
            let is_end = |it: u8| it == comma || matches!(it, b'\n' | b'\r');
            rest.split_at(rest.bytes().position(is_end).unwrap_or(rest.len()))
        };
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let (field, rest) = plain(self.rest);
            self.rest = rest;
            return Cow::Borrowed(field);
        };
        let mut field = Cow::Borrowed("");
        let mut rest = quoted;
        loop {
            let (part, after) = rest.split_once('"').unwrap_or((rest, ""));
            add(&mut field, part);
            let Some(next) = after.strip_prefix('"') else {
                // What stands between a closing quote and the comma belongs to the field, as spreadsheets read it.
                let (tail, after) = plain(after);
                add(&mut field, tail);
                self.rest = after;
                break;
            };
            add(&mut field, "\"");
            rest = next;
        }
        self.line += field.bytes().filter(|it| *it == b'\n').count() as u64;
        field
    }
}

fn add<'a>(field: &mut Cow<'a, str>, part: &'a str) {
    if field.is_empty() {
        *field = Cow::Borrowed(part);
    } else if !part.is_empty() {
        field.to_mut().push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        let mut records = Records::new(text);
        let mut fields = Vec::new();
        let mut found: Vec<Vec<String>> = Vec::new();
        while records.read(&mut fields) {
            found.push(fields.iter().map(|it| it.to_string()).collect());
        }
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        check("a,b\n1,2\r\n3,4\r", &[&["a", "b"], &["1", "2"], &["3", "4"]]);
        check("\u{feff}name,label\n\n李,\"a,b\"\n", &[&["name", "label"], &["李", "a,b"]]);
        check("a\n\"x \"\"y\"\" z\"\n\"\"\n\"\"\"\"", &[&["a"], &["x \"y\" z"], &[""], &["\""]]);
        check("a,\n,b\n,", &[&["a", ""], &["", "b"], &["", ""]]);
        check("a\n\"one\ntwo\",x\n", &[&["a"], &["one\ntwo", "x"]]);
        check("a\n\"open, to the end\n", &[&["a"], &["open, to the end\n"]]);
        check("", &[]);
        check("a;b\n1;\"2;3\"\n", &[&["a", "b"], &["1", "2;3"]]);
        check("a\tb\n1,5\t2\n", &[&["a", "b"], &["1,5", "2"]]);
    }

    #[test]
    fn knows_its_line() {
        let mut records = Records::new("a\n\"1\n2\"\n\nb");
        let mut fields = Vec::new();
        let mut lines = Vec::new();
        while records.read(&mut fields) {
            lines.push(records.line);
        }
        assert_eq!(lines, [1, 3, 5]);
    }

    #[test]
    fn agrees_with_the_general_reader() {
        let mut state = 9u64;
        let mut draw = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for _ in 0..5_000 {
            // The first line has a comma.
            let rows: Vec<Vec<String>> = (0..1 + draw(4))
                .map(|_| {
                    (0..2 + draw(3))
                        .map(|_| {
                            (0..draw(6)).map(|_| ['a', ',', '"', '\n', '中', ' '][draw(6) as usize]).collect()
                        })
                        .collect()
                })
                .collect();
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            rows.iter().for_each(|it| writer.write_record(it).expect("memory"));
            let text = String::from_utf8(writer.into_inner().expect("memory")).expect("text");
            let expected: Vec<Vec<&str>> =
                rows.iter().map(|it| it.iter().map(String::as_str).collect()).collect();
            let expected: Vec<&[&str]> = expected.iter().map(Vec::as_slice).collect();
            check(&text, &expected);
        }
    }
}
