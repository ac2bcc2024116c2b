//! Whom a task type is for, as the `filter` column tells it: conditions on the properties of the list's rows.
//!
//! ```text
//! condition := property ( = | != | < | <= | > | >= ) value  |  property in word word …  |  ( conditions )
//! conditions := condition ( and | or ) condition …
//! property := cert_due | requests.kind        value := 'text' | 85 | today | today + P60D | property
//! ```
//!
//! `age` is the age in years by `birth_date`. The names of a filter are checked against the list it is about.

use crate::domain::due::Period;

/// A filter that can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Properties it asks for: list, where another than the task's own is named, and name.
    pub properties: Vec<(Option<String>, String)>,
    /// Properties that are compared with a day so many days from today: `cert_due <= today + P60D`.
    pub horizons: Vec<(String, i64)>,
}

/// Where a filter cannot be read: the number of the character, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable(pub usize);

/// Deepest brackets.
const MAX_DEPTH: usize = 20;

/// Reads a filter.
pub fn read(text: &str) -> Result<Filter, Unreadable> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens, at: 0, end: text.chars().count() + 1, filter: Filter::default() };
    reader.conditions(0)?;
    match reader.tokens.get(reader.at) {
        None => Ok(reader.filter),
        Some((_, at)) => Err(Unreadable(*at)),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text,
    Sign(char),
    Comparison,
    Open,
    Close,
}

enum Operand {
    Property(String),
    Day(i64),
    Other,
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Unreadable> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let start = at;
        at += 1;
        let token = match letter {
            ' ' | '\n' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '+' | '-' => Token::Sign(letter),
            '\'' | '"' => {
                let length =
                    letters[at..].iter().position(|it| *it == letter).ok_or(Unreadable(start + 1))?;
                at += length + 1;
                Token::Text
            }
            '=' | '<' | '>' | '!' => {
                let is_double = letter != '=' && letters.get(at) == Some(&'=');
                at += usize::from(is_double);
                if letter == '!' && !is_double {
                    return Err(Unreadable(start + 1));
                }
                Token::Comparison
            }
            it if it.is_alphanumeric() => {
                while letters.get(at).is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '.')) {
                    at += 1;
                }
                Token::Word(letters[start..at].iter().collect())
            }
            _ => return Err(Unreadable(start + 1)),
        };
        tokens.push((token, start + 1));
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<(Token, usize)>,
    at: usize,
    end: usize,
    filter: Filter,
}

impl Reader {
    fn conditions(&mut self, depth: usize) -> Result<(), Unreadable> {
        self.condition(depth)?;
        while self.takes_word(&["and", "or"]) {
            self.condition(depth)?;
        }
        Ok(())
    }

    fn condition(&mut self, depth: usize) -> Result<(), Unreadable> {
        if self.takes(&Token::Open) {
            if depth >= MAX_DEPTH {
                return Err(self.here());
            }
            self.conditions(depth + 1)?;
            return if self.takes(&Token::Close) { Ok(()) } else { Err(self.here()) };
        }
        let left = self.operand()?;
        if self.takes_word(&["in"]) {
            let mut n_words = 0;
            while !self.is_word(&["and", "or"]) && self.takes_any_word() {
                n_words += 1;
            }
            return if n_words > 0 && matches!(left, Operand::Property(_)) {
                Ok(())
            } else {
                Err(self.here())
            };
        }
        if !self.takes(&Token::Comparison) {
            return Err(self.here());
        }
        let right = self.operand()?;
        match (left, right) {
            (Operand::Property(name), Operand::Day(days)) | (Operand::Day(days), Operand::Property(name)) => {
                self.filter.horizons.push((name, days));
                Ok(())
            }
            (Operand::Property(_), _) | (_, Operand::Property(_)) => Ok(()),
            _ => Err(self.here()),
        }
    }

    fn operand(&mut self) -> Result<Operand, Unreadable> {
        let here = self.here();
        let token = self.tokens.get(self.at).map(|(token, _)| token.clone()).ok_or(here)?;
        self.at += 1;
        match token {
            Token::Text => Ok(Operand::Other),
            Token::Word(word) if word == "today" => self.days_from_today().map(Operand::Day),
            Token::Word(word) if word.parse::<f64>().is_ok() => Ok(Operand::Other),
            Token::Word(word) if !matches!(word.as_str(), "and" | "or" | "in") => {
                let (list, name) = match word.split_once('.') {
                    Some((list, name)) => (Some(list.to_owned()), name.to_owned()),
                    None => (None, word),
                };
                self.filter.properties.push((list, name.clone()));
                Ok(Operand::Property(name))
            }
            _ => Err(here),
        }
    }

    fn days_from_today(&mut self) -> Result<i64, Unreadable> {
        let sign = match self.tokens.get(self.at) {
            Some((Token::Sign('+'), _)) => 1,
            Some((Token::Sign(_), _)) => -1,
            _ => return Ok(0),
        };
        self.at += 1;
        let here = self.here();
        let Some((Token::Word(word), _)) = self.tokens.get(self.at) else { return Err(here) };
        let period = Period::parse(word).ok_or(here)?;
        self.at += 1;
        Ok(sign * period.about_days())
    }

    fn here(&self) -> Unreadable {
        Unreadable(self.tokens.get(self.at).map_or(self.end, |(_, at)| *at))
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.tokens.get(self.at).is_some_and(|(it, _)| it == token);
        self.at += usize::from(is_it);
        is_it
    }

    fn is_word(&self, words: &[&str]) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Word(word), _)) if words.contains(&word.as_str()))
    }

    fn takes_word(&mut self, words: &[&str]) -> bool {
        let is_it = self.is_word(words);
        self.at += usize::from(is_it);
        is_it
    }

    fn takes_any_word(&mut self) -> bool {
        let is_it = matches!(self.tokens.get(self.at), Some((Token::Word(_), _)));
        self.at += usize::from(is_it);
        is_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let told = match read(text) {
            Err(Unreadable(at)) => format!("unreadable at {at}"),
            Ok(filter) => {
                let name = |(list, name): &(Option<String>, String)| match list {
                    Some(list) => format!("{list}.{name}"),
                    None => name.clone(),
                };
                let names = filter.properties.iter().map(name);
                let days = filter.horizons.iter().map(|(name, days)| format!("{name} within {days}"));
                names.chain(days).collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn reads_conditions() {
        check("care_level = 'high'", "care_level");
        check("care_level in high key", "care_level");
        check(
            "benefit_kind != '' and cert_due <= today + P60D",
            "benefit_kind, cert_due, cert_due within 60",
        );
        check("today - P1W < last_care", "last_care, last_care within -7");
        check("a = 1 and (b in x y or requests.kind = 'z')", "a, b, requests.kind");
        check("age >= 85 or grid = '第 1 网格'", "age, grid");
    }

    #[test]
    fn says_where_it_cannot() {
        check("", "unreadable at 1");
        check("care_level", "unreadable at 11");
        check("care_level = ", "unreadable at 14");
        check("care_level == 'high'", "unreadable at 13");
        check("care_level = 'high", "unreadable at 14");
        check("care_level in", "unreadable at 14");
        check("a = 1 b = 2", "unreadable at 7");
        check("(a = 1", "unreadable at 7");
        check("cert_due <= today + 60", "unreadable at 21");
        check("1 = 2", "unreadable at 6");
        check("a ! b", "unreadable at 3");
    }
}
