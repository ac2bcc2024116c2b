//! Whom a task type is for, as the `filter` column of a pack tells it: conditions on the properties of a list's rows.
//!
//! ```text
//! conditions := conjunction ( or conjunction ) …      conjunction := condition ( and condition ) …
//! condition := property ( = | != | < | <= | > | >= ) value  |  property in word word …  |  ( conditions )
//! property := cert_due | requests.kind        value := 'text' | 85 | today | today + P60D | property
//! ```
//!
//! What is empty is neither before nor after anything. Of a property of another list (`requests.kind`) it is enough that
//! one of the rows there that are about this one fits. `age` is the age in years by `birth_date`.

use jiff::civil::Date;

use super::calendar::{self, WorkingCalendar};
use super::due::Period;

/// A filter that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    condition: Condition,
    /// Properties it asks for: list, where another than the task's own is named, and name.
    pub properties: Vec<(Option<String>, String)>,
    /// Properties that are compared with a day so many days from today: `cert_due <= today + P60D`.
    pub horizons: Vec<(String, i64)>,
}

/// Where a filter cannot be read: the number of the character, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable(pub usize);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare(Operand, Comparison, Operand),
    In(Operand, Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    /// List, where another than the task's own is named, and name.
    Property(Option<String>, String),
    /// Today, so long later or (`true`) earlier.
    Day(Option<(Period, bool)>),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Deepest brackets.
const MAX_DEPTH: usize = 20;

/// Reads a filter.
pub fn read(text: &str) -> Result<Filter, Unreadable> {
    let tokens = tokens(text)?;
    let mut reader =
        Reader { tokens, at: 0, end: text.chars().count() + 1, properties: Vec::new(), horizons: Vec::new() };
    let condition = reader.conditions(0)?;
    match reader.tokens.get(reader.at) {
        None => Ok(Filter { condition, properties: reader.properties, horizons: reader.horizons }),
        Some((_, at)) => Err(Unreadable(*at)),
    }
}

/// Tells the values of a property: of the row itself, or of the rows about it in another list.
pub type Values<'v, E> = dyn FnMut(Option<&str>, &str) -> Result<Vec<String>, E> + 'v;

impl Filter {
    /// Returns whether a row fits on a day. `values_of` tells the values of a property: one of the row's own, one of each
    /// row about it where another list is named.
    pub fn holds<E>(&self, today: Date, values_of: &mut Values<'_, E>) -> Result<bool, E> {
        self.condition.holds(today, values_of)
    }

    /// Returns how many days before a property's day rows begin to fit: 60 for `cert_due <= today + P60D`.
    #[must_use]
    pub fn days_before(&self, property: &str) -> Option<i64> {
        self.horizons.iter().filter(|(name, _)| name == property).map(|(_, days)| *days).max()
    }
}

impl Condition {
    fn holds<E>(&self, today: Date, values_of: &mut Values<'_, E>) -> Result<bool, E> {
        match self {
            Condition::All(parts) => {
                for part in parts {
                    if !part.holds(today, values_of)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Any(parts) => {
                for part in parts {
                    if part.holds(today, values_of)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Compare(left, how, right) => {
                let (lefts, rights) = (left.values(today, values_of)?, right.values(today, values_of)?);
                let is_day = matches!(left, Operand::Day(_)) || matches!(right, Operand::Day(_));
                let fits = |left: &String| rights.iter().any(|right| how.holds(left, right, is_day));
                Ok(lefts.iter().any(fits))
            }
            Condition::In(property, words) => {
                let values = property.values(today, values_of)?;
                let has =
                    |value: &String| value.split_whitespace().any(|it| words.iter().any(|word| word == it));
                Ok(values.iter().any(has))
            }
        }
    }
}

impl Operand {
    fn values<E>(&self, today: Date, values_of: &mut Values<'_, E>) -> Result<Vec<String>, E> {
        match self {
            Operand::Property(list, name) => values_of(list.as_deref(), name),
            Operand::Text(text) => Ok(vec![text.clone()]),
            Operand::Day(None) => Ok(vec![calendar::text(today)]),
            Operand::Day(Some((period, is_earlier))) => {
                let plain = WorkingCalendar::default();
                let day =
                    if *is_earlier { period.before(today, &plain) } else { period.after(today, &plain) };
                Ok(vec![calendar::text(day)])
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: &str, right: &str, is_day: bool) -> bool {
        use std::cmp::Ordering;
        // A moment of a day is on that day.
        let cut =
            |text: &str| if is_day { text.get(..10).unwrap_or(text).to_owned() } else { text.to_owned() };
        let (left, right) = (cut(left), cut(right));
        let numbers = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        let order = match numbers {
            Some((left, right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
            None => left.cmp(&right),
        };
        let is_known = !left.is_empty() && !right.is_empty();
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => is_known && order.is_lt(),
            Comparison::AtMost => is_known && order.is_le(),
            Comparison::More => is_known && order.is_gt(),
            Comparison::AtLeast => is_known && order.is_ge(),
        }
    }

    fn parse(sign: &str) -> Option<Comparison> {
        Some(match sign {
            "=" => Comparison::Equal,
            "!=" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::More,
            ">=" => Comparison::AtLeast,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
    Comparison(Comparison),
    Open,
    Close,
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
                Token::Text(letters[start + 1..at - 1].iter().collect())
            }
            '=' | '<' | '>' | '!' => {
                at += usize::from(letter != '=' && letters.get(at) == Some(&'='));
                let sign: String = letters[start..at].iter().collect();
                Token::Comparison(Comparison::parse(&sign).ok_or(Unreadable(start + 1))?)
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
    properties: Vec<(Option<String>, String)>,
    horizons: Vec<(String, i64)>,
}

impl Reader {
    fn conditions(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        let mut any = vec![self.conjunction(depth)?];
        while self.takes_word("or") {
            any.push(self.conjunction(depth)?);
        }
        Ok(one_or(any, Condition::Any))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        let mut all = vec![self.condition(depth)?];
        while self.takes_word("and") {
            all.push(self.condition(depth)?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn condition(&mut self, depth: usize) -> Result<Condition, Unreadable> {
        if self.takes(&Token::Open) {
            if depth >= MAX_DEPTH {
                return Err(self.here());
            }
            let inner = self.conditions(depth + 1)?;
            return if self.takes(&Token::Close) { Ok(inner) } else { Err(self.here()) };
        }
        let left = self.operand()?;
        if self.takes_word("in") {
            let mut words = Vec::new();
            while !self.is_word("and") && !self.is_word("or") {
                let Some((Token::Word(word), _)) = self.tokens.get(self.at) else { break };
                words.push(word.clone());
                self.at += 1;
            }
            let is_right = !words.is_empty() && matches!(left, Operand::Property(..));
            return if is_right { Ok(Condition::In(left, words)) } else { Err(self.here()) };
        }
        let Some((Token::Comparison(how), _)) = self.tokens.get(self.at).cloned() else {
            return Err(self.here());
        };
        self.at += 1;
        let right = self.operand()?;
        match (&left, &right) {
            (Operand::Property(_, name), Operand::Day(days))
            | (Operand::Day(days), Operand::Property(_, name)) => {
                let about = |(period, is_earlier): (Period, bool)| {
                    if is_earlier { -period.about_days() } else { period.about_days() }
                };
                self.horizons.push((name.clone(), days.map_or(0, about)));
            }
            (Operand::Property(..), _) | (_, Operand::Property(..)) => {}
            _ => return Err(self.here()),
        }
        Ok(Condition::Compare(left, how, right))
    }

    fn operand(&mut self) -> Result<Operand, Unreadable> {
        let here = self.here();
        let token = self.tokens.get(self.at).map(|(token, _)| token.clone()).ok_or(here)?;
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Operand::Text(text)),
            Token::Word(word) if word == "today" => self.days_from_today().map(Operand::Day),
            Token::Word(word) if word.parse::<f64>().is_ok() => Ok(Operand::Text(word)),
            Token::Word(word) if !matches!(word.as_str(), "and" | "or" | "in") => {
                let (list, name) = match word.split_once('.') {
                    Some((list, name)) => (Some(list.to_owned()), name.to_owned()),
                    None => (None, word),
                };
                self.properties.push((list.clone(), name.clone()));
                Ok(Operand::Property(list, name))
            }
            _ => Err(here),
        }
    }

    fn days_from_today(&mut self) -> Result<Option<(Period, bool)>, Unreadable> {
        let Some((Token::Sign(sign), _)) = self.tokens.get(self.at) else { return Ok(None) };
        let is_earlier = *sign == '-';
        self.at += 1;
        let here = self.here();
        let Some((Token::Word(word), _)) = self.tokens.get(self.at) else { return Err(here) };
        let period = Period::parse(word).ok_or(here)?;
        self.at += 1;
        Ok(Some((period, is_earlier)))
    }

    fn here(&self) -> Unreadable {
        Unreadable(self.tokens.get(self.at).map_or(self.end, |(_, at)| *at))
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.tokens.get(self.at).is_some_and(|(it, _)| it == token);
        self.at += usize::from(is_it);
        is_it
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Word(it), _)) if it == word)
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = self.is_word(word);
        self.at += usize::from(is_it);
        is_it
    }
}

fn one_or(mut parts: Vec<Condition>, joined: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { joined(parts) }
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

    /// A person of 84 whose certification falls due on 2027-01-20, of care level `key`, with two requests.
    fn fits(text: &str, expected: bool) {
        let mut values = |list: Option<&str>, name: &str| {
            let values: &[&str] = match (list, name) {
                (None, "age") => &["84"],
                (None, "cert_due") => &["2027-01-20"],
                (None, "seen") => &["2026-11-21 09:30"],
                (None, "care_level") => &["key"],
                (None, "roles") => &["info patrol"],
                (Some("requests"), "kind") => &["meal", "doorstep_cert"],
                (Some(_), _) => &[],
                (None, _) => &[""],
            };
            Ok::<_, ()>(values.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        let today = calendar::parse("2026-11-21").expect("a day");
        assert_eq!(read(text).expect("readable").holds(today, &mut values), Ok(expected), "{text}");
    }

    #[test]
    fn holds_what_is_true() {
        fits("cert_due <= today + P60D", true);
        fits("cert_due <= today + P59D", false);
        fits("seen <= today and seen >= today", true);
        fits("age >= 84 and age < 100", true);
        fits("care_level in high key", true);
        fits("roles in patrol", true);
        fits("care_level = 'high' or care_level = 'key'", true);
        fits("nothing = ''", true);
        fits("nothing != ''", false);
        fits("nothing <= today + P60D or nothing > 1", false);
        fits("requests.kind = 'doorstep_cert'", true);
        fits("requests.kind = 'repair'", false);
        fits("wishes.kind != 'goods'", false);
        // `and` binds closer than `or`.
        fits("age = 84 or age = 1 and age = 2", true);
        fits("(age = 84 or age = 1) and age = 2", false);
    }
}
