//! The patterns of `regex()`: whether one is found in a text, in time that grows with the product of their lengths.
//!
//! The language is that of the crate `regex-lite`, without its flag for other ends of lines: no references back, no looking
//! around, and what is told as a letter, a digit or space is ASCII's. Case that does not count is that of ASCII letters.
//! A pattern is a program whose steps are taken in all ways at once; `parse` writes it.

mod parse;

use std::cell::RefCell;
use std::rc::Rc;

use crate::hash::FastMap;

/// The most work of one match, as the length of the text times the length of the program.
const MAX_WORK: usize = 20_000_000;
/// The longest program, in steps.
const MAX_STEPS: usize = 1 << 15;
/// So many patterns are kept compiled.
const MAX_CACHED: usize = 512;

/// A pattern that is none.
#[derive(Debug)]
pub(crate) struct BadPattern;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// It is found where a way leads past the last one.
    steps: Box<[Step]>,
    /// The characters of all sets, by first and last.
    ranges: Box<[(u32, u32)]>,
}

/// Where to go from a step is counted from it, so that a part of a program means the same wherever it stands.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes a character that is among ranges, or among none of them.
    Take {
        from: u32,
        until: u32,
        is_among: bool,
    },
    /// Goes on, and there too.
    Fork(i32),
    Jump(i32),
    /// Goes on where it holds.
    Check(Check),
}

/// What holds between two characters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Check {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
    WordStart,
    WordEnd,
    NoWordBefore,
    NoWordAfter,
}

impl Check {
    fn holds(self, before: Option<char>, after: Option<char>) -> bool {
        let is_word = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
        let (word_before, word_after) = (is_word(before), is_word(after));
        match self {
            Check::TextStart => before.is_none(),
            Check::TextEnd => after.is_none(),
            Check::LineStart => matches!(before, None | Some('\n')),
            Check::LineEnd => matches!(after, None | Some('\n')),
            Check::WordEdge => word_before != word_after,
            Check::NoWordEdge => word_before == word_after,
            Check::WordStart => !word_before && word_after,
            Check::WordEnd => word_before && !word_after,
            Check::NoWordBefore => !word_before,
            Check::NoWordAfter => !word_after,
        }
    }
}

/// Whether the pattern is found in the text. One that cannot be compiled is not; where it is a literal, the author was told
/// when the form was compiled. Nor is one that would take too long on a long text.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    pattern_of(pattern).is_ok_and(|it| it.is_found(text))
}

/// Compiles a pattern; its size is bounded.
pub(crate) fn pattern_of(pattern: &str) -> Result<Rc<Pattern>, BadPattern> {
    thread_local! {
        static CACHE: RefCell<FastMap<Box<str>, Rc<Pattern>>> = RefCell::default();
    }
    CACHE.with_borrow_mut(|cache| {
        if let Some(known) = cache.get(pattern) {
            return Ok(known.clone());
        }
        let compiled = Rc::new(parse::pattern(pattern)?);
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(pattern.into(), compiled.clone());
        Ok(compiled)
    })
}

impl Pattern {
    fn is_found(&self, text: &str) -> bool {
        if self.steps.len().saturating_mul(text.len()) > MAX_WORK {
            return false;
        }
        let is_at_start = matches!(self.steps.first(), Some(Step::Check(Check::TextStart)));
        let mut ways = Ways { pattern: self, seen: vec![0; self.steps.len()], round: 0, todo: Vec::new() };
        let (mut now, mut next) = (Vec::new(), Vec::new());
        let mut before = None;
        let mut rest = text.chars();
        loop {
            let after = rest.clone().next();
            // What was taken leads on from here, and a match may begin.
            ways.round += 1;
            for &at in &now {
                if ways.lead(at, before, after, &mut next) {
                    return true;
                }
            }
            if (before.is_none() || !is_at_start) && ways.lead(0, before, after, &mut next) {
                return true;
            }
            let Some(c) = rest.next() else { return false };
            if next.is_empty() && is_at_start {
                return false;
            }
            now.clear();
            now.extend(next.drain(..).filter(|at| self.takes(*at, c)).map(|at| at + 1));
            before = Some(c);
        }
    }

    fn takes(&self, at: u32, c: char) -> bool {
        let Step::Take { from, until, is_among } = self.steps[at as usize] else { return false };
        let ranges = &self.ranges[from as usize..until as usize];
        ranges.iter().any(|(first, last)| (*first..=*last).contains(&(c as u32))) == is_among
    }
}

/// Follows the ways between two characters.
struct Ways<'a> {
    pattern: &'a Pattern,
    /// In which round each step was reached last.
    seen: Vec<u32>,
    round: u32,
    todo: Vec<u32>,
}

impl Ways<'_> {
    /// Puts the steps that take a character and are reached from one into `takers`, each once; returns whether the end
    /// is reached.
    fn lead(&mut self, from: u32, before: Option<char>, after: Option<char>, takers: &mut Vec<u32>) -> bool {
        self.todo.push(from);
        while let Some(at) = self.todo.pop() {
            let Some(step) = self.pattern.steps.get(at as usize) else { return true };
            if std::mem::replace(&mut self.seen[at as usize], self.round) == self.round {
                continue;
            }
            match *step {
                Step::Take { .. } => takers.push(at),
                Step::Jump(by) => self.todo.push(at.wrapping_add_signed(by)),
                Step::Fork(by) => self.todo.extend([at + 1, at.wrapping_add_signed(by)]),
                Step::Check(check) if check.holds(before, after) => self.todo.push(at + 1),
                Step::Check(_) => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
