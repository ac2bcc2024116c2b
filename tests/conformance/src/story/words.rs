//! Cutting a line of a story into words: quotes keep spaces, commas and arrows together.

use super::Failure;

/// Splits at a separator that stands outside quotes.
pub(super) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && at >= from && text[at..].starts_with(separator) => {
                parts.push(&text[from..at]);
                from = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[from.min(text.len())..]);
    parts
}

/// The words of one action or expectation, taken one after the other.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    rest: &'a str,
    pub line: usize,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a str, line: usize) -> Self {
        Self { rest: text.trim(), line }
    }

    pub fn failure(&self, text: impl Into<String>) -> Failure {
        Failure::new(self.line, text)
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes the words of a phrase where the line goes on with it.
    pub fn take(&mut self, phrase: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(phrase) else { return false };
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }

    /// Takes one bare word.
    pub fn word(&mut self) -> Option<&'a str> {
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!word.is_empty()).then_some(word)
    }

    pub fn wanted(&mut self, what: &str) -> Result<String, Failure> {
        let line = self.line;
        self.word().map(str::to_owned).ok_or_else(|| Failure::new(line, format!("{what} is missing")))
    }

    pub fn number(&mut self, what: &str) -> Result<u64, Failure> {
        let word = self.wanted(what)?;
        word.parse().map_err(|_| self.failure(format!("{what} is a number, not `{word}`")))
    }

    /// Takes a quoted text.
    pub fn quoted(&mut self) -> Result<Option<String>, Failure> {
        let Some(inside) = self.rest.strip_prefix('"') else { return Ok(None) };
        let mut text = String::new();
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = inside[at + 1..].trim_start();
                    return Ok(Some(text));
                }
                '\\' => match chars.next().map(|it| it.1) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(other) => text.push(other),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err(self.failure("a quote that is not closed"))
    }

    /// Takes all that is left as one text, quoted or not.
    pub fn text(&mut self) -> Result<String, Failure> {
        if let Some(text) = self.quoted()? {
            self.end()?;
            return Ok(text);
        }
        Ok(std::mem::take(&mut self.rest).trim_end().to_owned())
    }

    /// Takes the next word or quoted text.
    pub fn value(&mut self, what: &str) -> Result<String, Failure> {
        match self.quoted()? {
            Some(text) => Ok(text),
            None => self.wanted(what),
        }
    }

    pub fn values(&mut self) -> Result<Vec<String>, Failure> {
        let mut values = Vec::new();
        while !self.is_empty() {
            values.push(self.value("a value")?);
        }
        Ok(values)
    }

    pub fn end(&self) -> Result<(), Failure> {
        if self.is_empty() { Ok(()) } else { Err(self.failure(format!("`{}` is too much", self.rest))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_together() {
        let check = |text: &str, expected: &[&str]| assert_eq!(split(text, ", "), expected);
        check("a = 1, b hidden", &["a = 1", "b hidden"]);
        check(r#"a = "1, 2", b"#, &[r#"a = "1, 2""#, "b"]);
        check(r#"a "\", " , b"#, &[r#"a "\", " "#, "b"]);
        check("", &[""]);
    }

    #[test]
    fn takes_words_and_texts() {
        let mut words = Words::new(r#"invalid constraint "a\n\"b\"" c"#, 1);
        assert!(!words.take("inv"));
        assert!(words.take("invalid constraint"));
        assert_eq!(words.quoted(), Ok(Some("a\n\"b\"".to_owned())));
        assert_eq!(words.word(), Some("c"));
        assert_eq!(words.end(), Ok(()));
    }
}
