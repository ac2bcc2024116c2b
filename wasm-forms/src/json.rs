//! A small reader of JSON (RFC 8259), for the few things that callers hand over as JSON on a phone: the environment,
//! what a form is opened with, a draft.
//!
//! Written here because the general reader, made anew for every type it reads, weighs more in the file that a phone
//! downloads. What goes out is written by `serde_json`.

use crate::decimal;

/// Deepest nesting.
const MAX_DEPTH: usize = 32;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`, `true`, `false`.
    Word(&'static str),
    /// A number; whole numbers are exact up to 2^53.
    Number(f64),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, its fields in their order.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text that is one value; nothing where it is not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Json> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.space();
        reader.rest.is_empty().then_some(value)
    }

    /// Returns the field of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        let Json::Map(fields) = self else { return None };
        fields.iter().find(|(it, _)| it == name).map(|(_, value)| value)
    }

    /// Returns a text's characters.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Json::Text(it) = self { Some(it) } else { None }
    }

    /// Returns a number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        if let Json::Number(it) = self { Some(*it) } else { None }
    }

    /// Returns the items of an array.
    #[must_use]
    pub fn list(&self) -> Option<&[Json]> {
        if let Json::List(it) = self { Some(it) } else { None }
    }

    /// Returns pairs of texts: an object of texts, or an array of arrays of two.
    #[must_use]
    pub fn text_pairs(&self) -> Option<Vec<(String, String)>> {
        let pair = |a: &str, b: &Json| Some((a.to_owned(), b.text()?.to_owned()));
        match self {
            Json::Map(fields) => fields.iter().map(|(name, value)| pair(name, value)).collect(),
            Json::List(items) => items
                .iter()
                .map(|it| match it.list()? {
                    [a, b] => pair(a.text()?, b),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, mark: &str) -> bool {
        self.space();
        let found = self.rest.strip_prefix(mark);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        for word in ["null", "true", "false"] {
            if self.take(word) {
                return Some(Json::Word(word));
            }
        }
        if self.take("\"") {
            return self.text().map(Json::Text);
        }
        if self.take("[") {
            let mut items = Vec::new();
            self.until("]", &mut |it| {
                items.push(it.value(depth + 1)?);
                Some(())
            })?;
            return Some(Json::List(items));
        }
        if self.take("{") {
            let mut fields = Vec::new();
            self.until("}", &mut |it| {
                let name = it.take("\"").then(|| it.text()).flatten()?;
                let value = it.take(":").then(|| it.value(depth + 1)).flatten()?;
                fields.push((name, value));
                Some(())
            })?;
            return Some(Json::Map(fields));
        }
        self.number()
    }

    /// Reads items with commas between them up to a closing mark.
    fn until(&mut self, end: &str, item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.take(end) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.take(end) {
                return Some(());
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn number(&mut self) -> Option<Json> {
        let is_number = |it: u8| it.is_ascii_digit() || matches!(it, b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest.bytes().take_while(|it| is_number(*it)).count();
        let (written, rest) = self.rest.split_at(length);
        self.rest = rest;
        let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        Some(Json::Number(decimal::parse(mantissa)? * 10f64.powi(exponent)))
    }

    /// Reads a text whose opening quote is taken.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let at = self.rest.find(['"', '\\'])?;
            text += &self.rest[..at];
            let is_end = self.rest.as_bytes()[at] == b'"';
            self.rest = &self.rest[at + 1..];
            if is_end {
                return Some(text);
            }
            let mark = self.rest.chars().next()?;
            self.rest = &self.rest[mark.len_utf8()..];
            text.push(match mark {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => self.escaped()?,
                '"' | '\\' | '/' => mark,
                _ => return None,
            });
        }
    }

    /// Reads `XXXX` of `\uXXXX`, and its second half where it is a surrogate.
    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.rest = self.rest.strip_prefix("\\u")?;
        let second = self.unit()?.checked_sub(0xdc00).filter(|it| *it < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_general_writer_writes() {
        let texts = ["", "李奶奶 \"𬭎\"\n\\/", "\u{1}\u{7f}", "a"];
        let written = serde_json::json!({ "now_ms": 1_795_400_000_000i64, "offset_min": -480, "pairs": texts.map(|it| [it, "b"]),
            "no": null, "yes": true, "properties": { "name": "李" }, "half": 0.5, "large": 1e300 });
        let read = Json::parse(&written.to_string()).expect("JSON");
        assert_eq!(read.get("now_ms").and_then(Json::number), Some(1_795_400_000_000.0));
        assert_eq!(read.get("offset_min").and_then(Json::number), Some(-480.0));
        let pairs = read.get("pairs").and_then(Json::text_pairs).expect("pairs");
        assert_eq!(pairs, texts.map(|it| (it.to_owned(), "b".to_owned())));
        assert_eq!(
            read.get("properties").and_then(Json::text_pairs),
            Some(vec![("name".to_owned(), "李".to_owned())])
        );
        assert_eq!((read.get("no"), read.get("yes")), (Some(&Json::Word("null")), Some(&Json::Word("true"))));
        assert_eq!(Json::parse(r#""\ud872\udf4e \u674e\t""#), Some(Json::Text("𬭎 李\t".to_owned())));
    }

    #[test]
    fn refuses_what_is_no_json() {
        let deep = "[".repeat(100_000);
        for wrong in
            ["", "{", "[1,]", "{\"a\":}", "nul", "1 2", "\"a", "\"\\x\"", "\"\\ud800\"", "'a'", "1e", &deep]
        {
            assert_eq!(Json::parse(wrong), None, "{wrong:.20}");
        }
    }
}
