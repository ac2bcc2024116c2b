//! Writes the program of a pattern as it is read: a part that is repeated is written once more.

use super::{BadPattern, Check, MAX_STEPS, Pattern, Step};

/// So deep groups stand in groups.
const MAX_DEPTH: u32 = 50;
/// The last character there is.
const LAST: u32 = char::MAX as u32;

/// Sets with names: first and last characters of their ranges, in order.
const NAMED: [(&str, &str); 14] = [
    ("alnum", "09AZaz"),
    ("alpha", "AZaz"),
    ("ascii", "\0\x7F"),
    ("blank", "\t\t  "),
    ("cntrl", "\0\x1F\x7F\x7F"),
    ("digit", "09"),
    ("graph", "!~"),
    ("lower", "az"),
    ("print", " ~"),
    ("punct", "!/:@[`{~"),
    ("space", "\t\r  "),
    ("upper", "AZ"),
    ("word", "09AZ__az"),
    ("xdigit", "09AFaf"),
];

pub(super) fn pattern(text: &str) -> Result<Pattern, BadPattern> {
    let mut parser = Parser {
        rest: text,
        flags: Flags::default(),
        names: Vec::new(),
        steps: Vec::new(),
        ranges: Vec::new(),
    };
    parser.ways(0)?;
    // What is left is a bracket that nothing opened.
    if !parser.rest.is_empty() {
        return Err(BadPattern);
    }
    Ok(Pattern { steps: parser.steps.into(), ranges: parser.ranges.into() })
}

#[derive(Clone, Copy, Default)]
struct Flags {
    any_case: bool,
    lines: bool,
    dot_takes_all: bool,
    spaced: bool,
}

struct Parser<'a> {
    rest: &'a str,
    flags: Flags,
    /// Of groups, each once.
    names: Vec<&'a str>,
    steps: Vec<Step>,
    ranges: Vec<(u32, u32)>,
}

/// What an escape stands for.
enum Escaped {
    One(char),
    Set(Vec<(u32, u32)>),
    Check(Check),
}

impl<'a> Parser<'a> {
    /// Reads what `|` separates, up to the end or a closing bracket.
    fn ways(&mut self, depth: u32) -> Result<(), BadPattern> {
        let mut ends = Vec::new();
        let mut from = self.steps.len();
        // Where the last part begins, which may be repeated.
        let mut last = None;
        loop {
            self.space();
            let Some(c) = self.peek() else { break };
            match c {
                ')' => break,
                '|' => {
                    self.next();
                    let by = self.steps.len() - from + 2;
                    self.steps.insert(from, Step::Fork(by as i32));
                    ends.push(self.steps.len());
                    self.push(Step::Jump(0))?;
                    (from, last) = (self.steps.len(), None);
                }
                '*' | '+' | '?' | '{' => self.repeat(last.ok_or(BadPattern)?)?,
                _ => {
                    let begin = self.steps.len();
                    let is_part = if c == '(' { self.group(depth)? } else { self.part().map(|()| true)? };
                    last = if is_part { Some(begin) } else { last };
                }
            }
        }
        for end in ends {
            self.steps[end] = Step::Jump((self.steps.len() - end) as i32);
        }
        Ok(())
    }

    /// Returns whether the group is a part, not only flags for what follows.
    fn group(&mut self, depth: u32) -> Result<bool, BadPattern> {
        if depth >= MAX_DEPTH {
            return Err(BadPattern);
        }
        self.next();
        self.space();
        let flags = self.flags;
        if self.skip("?P<") || self.skip("?<") {
            let (name, rest) = self.rest.split_once('>').ok_or(BadPattern)?;
            let mut chars = name.chars();
            // Beyond ASCII everything counts as a letter.
            let is_letter = |it: char| it == '_' || it.is_ascii_alphabetic() || !it.is_ascii();
            let is_name = chars.next().is_some_and(is_letter)
                && chars.all(|it| is_letter(it) || matches!(it, '.' | '[' | ']' | '0'..='9'));
            if !is_name || self.names.contains(&name) {
                return Err(BadPattern);
            }
            self.names.push(name);
            self.rest = rest;
        } else if self.skip("?") && self.change_flags()? == ')' {
            return Ok(false);
        }
        self.ways(depth + 1)?;
        self.flags = flags;
        if self.skip(")") { Ok(true) } else { Err(BadPattern) }
    }

    /// Returns what ends the flags.
    fn change_flags(&mut self) -> Result<char, BadPattern> {
        let mut is_on = true;
        let mut previous = None;
        loop {
            let c = self.next().ok_or(BadPattern)?;
            match c {
                'i' => self.flags.any_case = is_on,
                'm' => self.flags.lines = is_on,
                's' => self.flags.dot_takes_all = is_on,
                'x' => self.flags.spaced = is_on,
                // Which of several matches is meant, and Unicode: no question here.
                'U' | 'u' => {}
                '-' if is_on => is_on = false,
                ':' if previous != Some('-') => return Ok(c),
                ')' if !matches!(previous, None | Some('-')) => return Ok(c),
                _ => return Err(BadPattern),
            }
            previous = Some(c);
        }
    }

    /// Repeats the program from `from` on.
    fn repeat(&mut self, from: usize) -> Result<(), BadPattern> {
        let (least, most) = match self.next() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            _ => self.counts()?,
        };
        // How much is taken changes nothing in whether there is a match.
        self.skip("?");
        let part = self.steps.split_off(from);
        let optional = most.map_or(0, |most| most - least);
        let times = least.max(1).saturating_add(optional);
        if times.saturating_mul(part.len() + 1).saturating_add(from) > MAX_STEPS {
            return Err(BadPattern);
        }
        let by = part.len() as i32 + 1;
        for _ in 0..least {
            self.steps.extend_from_slice(&part);
        }
        for _ in 0..optional {
            self.steps.push(Step::Fork(by));
            self.steps.extend_from_slice(&part);
        }
        match most {
            None if least == 0 => {
                self.steps.push(Step::Fork(by + 1));
                self.steps.extend_from_slice(&part);
                self.steps.push(Step::Jump(-by));
            }
            None => self.steps.push(Step::Fork(1 - by)),
            Some(_) => {}
        }
        Ok(())
    }

    /// Reads `n}`, `n,}` or `n,m}`.
    fn counts(&mut self) -> Result<(usize, Option<usize>), BadPattern> {
        let (counts, rest) = self.rest.split_once('}').ok_or(BadPattern)?;
        self.rest = rest;
        let number = |it: &str| {
            let it = it.trim();
            let is_number = it.bytes().all(|it| it.is_ascii_digit());
            it.parse::<u32>().ok().filter(|_| is_number).map(|it| it as usize).ok_or(BadPattern)
        };
        let (least, most) = match counts.split_once(',') {
            None => (number(counts)?, Some(number(counts)?)),
            Some((least, most)) if most.trim().is_empty() => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if most.is_some_and(|most| most < least) { Err(BadPattern) } else { Ok((least, most)) }
    }

    fn part(&mut self) -> Result<(), BadPattern> {
        let Some(c) = self.next() else { return Err(BadPattern) };
        match c {
            '.' if self.flags.dot_takes_all => self.take(&[], false),
            '.' => self.take(&[(10, 10)], false),
            '^' => self.push(Step::Check(if self.flags.lines { Check::LineStart } else { Check::TextStart })),
            '$' => self.push(Step::Check(if self.flags.lines { Check::LineEnd } else { Check::TextEnd })),
            '[' => self.set(),
            '\\' => match self.escaped()? {
                Escaped::One(c) => self.one(c),
                Escaped::Set(ranges) => self.take(&ranges, true),
                Escaped::Check(check) => self.push(Step::Check(check)),
            },
            c => self.one(c),
        }
    }

    fn one(&mut self, c: char) -> Result<(), BadPattern> {
        self.take(&[(c as u32, c as u32)], true)
    }

    fn take(&mut self, ranges: &[(u32, u32)], is_among: bool) -> Result<(), BadPattern> {
        let from = self.ranges.len() as u32;
        self.ranges.extend_from_slice(ranges);
        if self.flags.any_case {
            for (first, last) in ranges {
                let other = |a: u8, z: u8, to: i32| {
                    let (first, last) = ((*first).max(a.into()), (*last).min(z.into()));
                    (first <= last).then(|| (first.wrapping_add_signed(to), last.wrapping_add_signed(to)))
                };
                self.ranges.extend(other(b'a', b'z', -32));
                self.ranges.extend(other(b'A', b'Z', 32));
            }
        }
        self.push(Step::Take { from, until: self.ranges.len() as u32, is_among })
    }

    /// Reads a set up to its closing bracket.
    fn set(&mut self) -> Result<(), BadPattern> {
        self.space();
        let is_among = !self.skip("^");
        self.space();
        let mut ranges = Vec::new();
        while self.skip("-") {
            ranges.push(single('-'));
            self.space();
        }
        if ranges.is_empty() && self.skip("]") {
            ranges.push(single(']'));
        }
        loop {
            self.space();
            if self.skip("]") {
                return self.take(&ranges, is_among);
            }
            if let Some(named) = self.named() {
                ranges.extend(named);
                continue;
            }
            // What another dialect would take for sets in sets.
            if ["[", "&&", "--", "~~"].iter().any(|it| self.rest.starts_with(it)) {
                return Err(BadPattern);
            }
            let first = self.item()?;
            self.space();
            let mut behind = self.rest.chars();
            let is_range = behind.next() == Some('-') && {
                let it = behind.as_str();
                let it = if self.flags.spaced { it.trim_start() } else { it };
                !it.starts_with([']', '-'])
            };
            match first {
                Escaped::One(first) if is_range => {
                    self.next();
                    self.space();
                    let Escaped::One(last) = self.item()? else { return Err(BadPattern) };
                    if last < first {
                        return Err(BadPattern);
                    }
                    ranges.push((first as u32, last as u32));
                }
                _ if is_range => return Err(BadPattern),
                Escaped::One(c) => ranges.push(single(c)),
                Escaped::Set(set) => ranges.extend(set),
                Escaped::Check(_) => return Err(BadPattern),
            }
        }
    }

    /// Reads one character of a set, or what an escape stands for.
    fn item(&mut self) -> Result<Escaped, BadPattern> {
        match self.next().ok_or(BadPattern)? {
            '\\' => self.escaped(),
            c => Ok(Escaped::One(c)),
        }
    }

    /// Reads `[:name:]`, if that is what follows.
    fn named(&mut self) -> Option<Vec<(u32, u32)>> {
        let inner = self.rest.strip_prefix("[:")?;
        let (name, rest) = inner.split_once(":]")?;
        let ranges = match name.strip_prefix('^') {
            Some(name) => others(&by_name(name)?),
            None => by_name(name)?,
        };
        self.rest = rest;
        Some(ranges)
    }

    fn escaped(&mut self) -> Result<Escaped, BadPattern> {
        let c = self.next().ok_or(BadPattern)?;
        Ok(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let name = match c.to_ascii_lowercase() {
                    'd' => "digit",
                    's' => "space",
                    _ => "word",
                };
                let ranges = by_name(name).unwrap_or_default();
                Escaped::Set(if c.is_ascii_uppercase() { others(&ranges) } else { ranges })
            }
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            'a' => Escaped::One('\x07'),
            'f' => Escaped::One('\x0C'),
            't' => Escaped::One('\t'),
            'n' => Escaped::One('\n'),
            'r' => Escaped::One('\r'),
            'v' => Escaped::One('\x0B'),
            'A' => Escaped::Check(Check::TextStart),
            'z' => Escaped::Check(Check::TextEnd),
            'b' if self.skip("{start}") => Escaped::Check(Check::WordStart),
            'b' if self.skip("{end}") => Escaped::Check(Check::WordEnd),
            'b' if self.skip("{start-half}") => Escaped::Check(Check::NoWordBefore),
            'b' if self.skip("{end-half}") => Escaped::Check(Check::NoWordAfter),
            'b' => Escaped::Check(Check::WordEdge),
            'B' => Escaped::Check(Check::NoWordEdge),
            '<' => Escaped::Check(Check::WordStart),
            '>' => Escaped::Check(Check::WordEnd),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Escaped::One(c),
            _ => return Err(BadPattern),
        })
    }

    /// Reads the number of a character: so many digits, or any in braces.
    fn code(&mut self, digits: usize) -> Result<Escaped, BadPattern> {
        let (digits, rest) = match self.rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}'),
            None => self.rest.split_at_checked(digits),
        }
        .ok_or(BadPattern)?;
        self.rest = rest;
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
        code.and_then(char::from_u32).map(Escaped::One).ok_or(BadPattern)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips space and comments where a flag says that they mean nothing.
    fn space(&mut self) {
        while self.flags.spaced {
            self.rest = self.rest.trim_start();
            if !self.skip("#") {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |it| it.1);
        }
    }

    fn push(&mut self, step: Step) -> Result<(), BadPattern> {
        self.steps.push(step);
        if self.steps.len() > MAX_STEPS { Err(BadPattern) } else { Ok(()) }
    }
}

fn single(c: char) -> (u32, u32) {
    (c as u32, c as u32)
}

fn by_name(name: &str) -> Option<Vec<(u32, u32)>> {
    let (_, ends) = NAMED.iter().find(|it| it.0 == name)?;
    Some(ends.as_bytes().chunks_exact(2).map(|it| (it[0].into(), it[1].into())).collect())
}

/// Returns the ranges between ranges that are in order.
fn others(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut others = Vec::new();
    let mut from = 0;
    for (first, last) in ranges {
        if from < *first {
            others.push((from, first - 1));
        }
        from = last + 1;
    }
    if from <= LAST {
        others.push((from, LAST));
    }
    others
}
