//! Text functions. Positions and lengths count code points: 𬭎 is one character.

use std::borrow::Cow;

use super::{Arguments, Function};

/// The longest text that an expression puts together, in bytes: a calculation that doubles another, and so on, does
/// not use up the memory.
const MAX_TEXT: usize = 1 << 20;

pub(super) fn text<'a>(function: Function, args: &Arguments<'a>) -> Cow<'a, str> {
    match function {
        Function::Text => args.text_or_context(),
        Function::Concat => {
            let mut joined = String::new();
            args.each_text(0, &mut |it| append(&mut joined, it));
            Cow::Owned(joined)
        }
        Function::Join => Cow::Owned(join(args)),
        Function::SubstringBefore => {
            cut(args.text(0), |whole| whole.find(&*args.text(1)).map_or(0..0, |at| 0..at))
        }
        Function::SubstringAfter => {
            let mark = args.text(1);
            cut(args.text(0), |whole| whole.find(&*mark).map_or(0..0, |at| at + mark.len()..whole.len()))
        }
        Function::Substring => substring(args),
        Function::Substr => substr(args),
        Function::NormalizeSpace => {
            let is_space = |it: char| matches!(it, ' ' | '\t' | '\r' | '\n');
            let text = args.text_or_context();
            Cow::Owned(text.split(is_space).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" "))
        }
        Function::Translate => Cow::Owned(translate(&args.text(0), &args.text(1), &args.text(2))),
        Function::SelectedAt => {
            let index = args.number(1);
            let chosen = |whole: &str| {
                let item = (index >= 0.0).then(|| whole.split_whitespace().nth(index as usize)).flatten()?;
                let from = item.as_ptr() as usize - whole.as_ptr() as usize;
                Some(from..from + item.len())
            };
            cut(args.text(0), |whole| chosen(whole).unwrap_or(0..0))
        }
        Function::Base64Decode => Cow::Owned(super::digest::from_base64(&args.text(0))),
        _ => Cow::Borrowed(""),
    }
}

pub(super) fn number(function: Function, args: &Arguments<'_>) -> f64 {
    match function {
        Function::StringLength => args.text_or_context().chars().count() as f64,
        _ => args.text(0).split_whitespace().count() as f64,
    }
}

pub(super) fn boolean(function: Function, args: &Arguments<'_>) -> bool {
    let (whole, part) = (args.text(0), args.text(1));
    match function {
        Function::StartsWith => whole.starts_with(&*part),
        Function::EndsWith => whole.ends_with(&*part),
        Function::Contains => whole.contains(&*part),
        Function::Regex => super::pattern::matches(&whole, &part),
        _ => selected(&whole, part.trim()),
    }
}

/// Whether a choice is among the selected ones; nothing is selected where nothing is.
fn selected(list: &str, choice: &str) -> bool {
    if choice.is_empty() { list.trim().is_empty() } else { list.split_whitespace().any(|it| it == choice) }
}

/// Returns a part of a text without copying a borrowed one.
fn cut<'a>(whole: Cow<'a, str>, part: impl Fn(&str) -> std::ops::Range<usize>) -> Cow<'a, str> {
    match whole {
        Cow::Borrowed(whole) => Cow::Borrowed(&whole[part(whole)]),
        Cow::Owned(whole) => Cow::Owned(whole[part(&whole)].to_owned()),
    }
}

/// Appends a text; what goes beyond [`MAX_TEXT`] is cut off.
fn append(joined: &mut String, text: &str) {
    let room = MAX_TEXT.saturating_sub(joined.len());
    *joined += &text[..text.floor_char_boundary(room)];
}

fn join(args: &Arguments<'_>) -> String {
    let separator = args.text(0);
    let mut joined = String::new();
    let mut is_first = true;
    args.each_text(1, &mut |it| {
        if !std::mem::take(&mut is_first) {
            append(&mut joined, &separator);
        }
        append(&mut joined, it);
    });
    joined
}

/// Returns the bytes that the characters `from..until` take.
fn span(text: &str, from: usize, until: usize) -> std::ops::Range<usize> {
    let byte_at = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
    let start = byte_at(from);
    start..byte_at(until.max(from))
}

/// XPath's `substring()`: positions from 1, rounded, not-a-number gives nothing.
fn substring<'a>(args: &Arguments<'a>) -> Cow<'a, str> {
    let round = |it: f64| (it + 0.5).floor();
    let from = round(args.number(1));
    let until = if args.len() > 2 { from + round(args.number(2)) } else { f64::INFINITY };
    if from.is_nan() || until.is_nan() {
        return Cow::Borrowed("");
    }
    // A float becomes the nearest index there is.
    cut(args.text(0), |it| span(it, (from - 1.0) as usize, (until - 1.0) as usize))
}

/// ODK's `substr(text, start[, end])`: from 0, the end excluded, negative positions counted from the end.
fn substr<'a>(args: &Arguments<'a>) -> Cow<'a, str> {
    let (start, end) = (args.number(1), if args.len() > 2 { args.number(2) } else { f64::INFINITY });
    cut(args.text(0), |text| {
        let length = if start < 0.0 || end < 0.0 { text.chars().count() as f64 } else { 0.0 };
        let position = |it: f64| if it < 0.0 { (length + it).max(0.0) } else { it } as usize;
        span(text, position(start), position(end))
    })
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
