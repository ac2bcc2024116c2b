//! Text functions. Positions and lengths count code points: 𬭎 is one character.

use super::{Arguments, Function};
use crate::xpath::Value;

pub(super) fn call(function: Function, args: &Arguments<'_>) -> Option<Value> {
    let text = |it: String| Some(Value::Text(it));
    let truth = |it: bool| Some(Value::Boolean(it));
    match function {
        Function::Text => text(args.text_or_context(0)),
        Function::Concat => text(args.texts(0).concat()),
        Function::Join => text(args.texts(1).join(&args.text(0))),
        Function::StartsWith => truth(args.text(0).starts_with(&args.text(1))),
        Function::EndsWith => truth(args.text(0).ends_with(&args.text(1))),
        Function::Contains => truth(args.text(0).contains(&args.text(1))),
        Function::SubstringBefore => {
            let (whole, mark) = (args.text(0), args.text(1));
            text(whole.split_once(&mark).map_or_else(String::new, |(before, _)| before.to_owned()))
        }
        Function::SubstringAfter => {
            let (whole, mark) = (args.text(0), args.text(1));
            text(whole.split_once(&mark).map_or_else(String::new, |(_, after)| after.to_owned()))
        }
        Function::Substring => text(substring(args)),
        Function::Substr => text(substr(args)),
        Function::StringLength => Some(Value::Number(args.text_or_context(0).chars().count() as f64)),
        Function::NormalizeSpace => {
            text(args.text_or_context(0).split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        }
        Function::Translate => text(translate(&args.text(0), &args.text(1), &args.text(2))),
        Function::Regex => truth(matches(&args.text(0), &args.text(1))),
        _ => None,
    }
}

/// XPath's `substring()`: positions from 1, rounded, not-a-number gives nothing.
fn substring(args: &Arguments<'_>) -> String {
    let round = |it: f64| (it + 0.5).floor();
    let from = round(args.number(1));
    let until = if args.len() > 2 { from + round(args.number(2)) } else { f64::INFINITY };
    let inside = |position: usize| position as f64 >= from && (position as f64) < until;
    args.text(0).chars().enumerate().filter(|(i, _)| inside(i + 1)).map(|(_, c)| c).collect()
}

/// ODK's `substr(text, start[, end])`: from 0, the end excluded, negative positions counted from the end.
fn substr(args: &Arguments<'_>) -> String {
    let text = args.text(0);
    let length = text.chars().count() as f64;
    let position = |it: f64| if it < 0.0 { (length + it).max(0.0) } else { it.min(length) } as usize;
    let from = position(args.number(1));
    let until = if args.len() > 2 { position(args.number(2)) } else { length as usize };
    text.chars().skip(from).take(until.saturating_sub(from)).collect()
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    text.chars()
        .filter_map(|c| match from.iter().position(|it| *it == c) {
            None => Some(c),
            Some(index) => to.get(index).copied(),
        })
        .collect()
}

/// Whether the pattern is found in the text. A pattern that cannot be compiled matches nothing; where it is a
/// literal, the author was told when the form was compiled.
fn matches(text: &str, pattern: &str) -> bool {
    pattern_of(pattern).is_ok_and(|it| it.is_match(text))
}

/// Compiles a pattern; its size is bounded.
pub(crate) fn pattern_of(pattern: &str) -> Result<std::rc::Rc<regex_lite::Regex>, regex_lite::Error> {
    thread_local! {
        static CACHE: std::cell::RefCell<std::collections::HashMap<String, std::rc::Rc<regex_lite::Regex>>> =
            std::cell::RefCell::default();
    }
    const MAX_CACHED: usize = 512;
    CACHE.with_borrow_mut(|cache| {
        if let Some(known) = cache.get(pattern) {
            return Ok(known.clone());
        }
        let compiled = std::rc::Rc::new(regex_lite::RegexBuilder::new(pattern).size_limit(1 << 20).build()?);
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), compiled.clone());
        Ok(compiled)
    })
}
