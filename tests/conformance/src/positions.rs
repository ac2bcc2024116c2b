//! Where a person stands who goes through a form step by step: the linear order of what can be met.
//!
//! The order is the instance's. Hidden nodes are passed over; after the instances of a repeat that people extend comes
//! the question whether to add one.

use wasm_forms::inspect::{Row, RowKind};

use crate::reference::without_position;

/// What is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Beginning,
    Question,
    Group,
    Repeat,
    PromptNewRepeat,
    End,
}

/// A place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub event: Event,
    /// Empty at the beginning and at the end.
    pub reference: String,
}

impl Event {
    /// Returns the event's name as cases write it.
    pub fn name(self) -> &'static str {
        match self {
            Event::Beginning => "BEGINNING_OF_FORM",
            Event::Question => "QUESTION",
            Event::Group => "GROUP",
            Event::Repeat => "REPEAT",
            Event::PromptNewRepeat => "PROMPT_NEW_REPEAT",
            Event::End => "END_OF_FORM",
        }
    }
}

impl Position {
    /// Returns the place before everything.
    pub fn beginning() -> Position {
        Position { event: Event::Beginning, reference: String::new() }
    }
}

/// Returns every place in order.
pub fn positions(rows: &[Row]) -> Vec<Position> {
    let mut found = vec![Position::beginning()];
    let mut open: Vec<&str> = Vec::new();
    for row in rows {
        while open.last().is_some_and(|it| !is_within(&row.reference, it)) {
            found.extend(open.pop().map(prompt));
        }
        let event = match row.kind {
            RowKind::OpenRepeat if row.relevant => {
                open.push(&row.reference);
                continue;
            }
            RowKind::Question(_) => Event::Question,
            RowKind::Group => Event::Group,
            RowKind::Instance => Event::Repeat,
            _ => continue,
        };
        if row.relevant {
            found.push(Position { event, reference: row.reference.clone() });
        }
    }
    found.extend(open.into_iter().rev().map(prompt));
    found.push(Position { event: Event::End, reference: String::new() });
    found
}

fn prompt(repeat: &str) -> Position {
    Position { event: Event::PromptNewRepeat, reference: repeat.to_owned() }
}

/// Whether a row stands in one of a repeat's instances.
fn is_within(reference: &str, repeat: &str) -> bool {
    reference.strip_prefix(repeat).is_some_and(|it| it.starts_with('['))
}

/// Returns the place after `at`; where `at` has gone, the first place that followed it.
pub fn next(rows: &[Row], at: &Position) -> Position {
    let all = positions(rows);
    let here = all.iter().position(|it| it == at);
    let end = all.len() - 1;
    all.get(here.map_or(0, |it| it + 1).min(end)).cloned().unwrap_or_else(Position::beginning)
}

/// Returns the place that a removed instance leaves: the next instance, which now has its path, or the question
/// whether to add one.
pub fn after_removal(rows: &[Row], removed: &str) -> Position {
    let all = positions(rows);
    let next = all.iter().find(|it| it.event == Event::Repeat && it.reference == removed);
    next.cloned().unwrap_or_else(|| prompt(without_position(removed)))
}
