//! The language of stories, one line a step: `action => expectation, expectation`.
//!
//! Either side may be missing. A line that begins with `#` says something to readers only. Quotes keep a text
//! together; in them `\n`, `\t` and `\"` mean what they mean elsewhere.
//!
//! | action | does |
//! | --- | --- |
//! | `set PATH VALUE` / `clear PATH` | answers a question / takes the answer back |
//! | `add PATH` / `remove PATH[n]` | adds an instance of a repeat / removes one |
//! | `language NAME` | switches the language |
//! | `clock MOMENT` | it is that time now |
//! | `place LAT LON ALT ACC` / `place unknown` | where the phone is from now on |
//! | `save and restore` | writes a draft and goes on from it |
//! | `finish` | ends the visit; what is accepted is checked as the server checks it |
//! | `edit` | opens the finished submission again, to correct it |
//! | `search PATH TEXT` | looks for choices |
//! | `forge PATH VALUE` | changes the finished document and has the server check it |
//!
//! | expectation | holds when |
//! | --- | --- |
//! | `PATH = VALUE`, `PATH empty`, `PATH ~ PATTERN` | that is the value; it is empty; it fits the pattern |
//! | `PATH same`, `PATH changed`, `PATH was OTHER` | it is what it, or what the other, was before the step; it is not |
//! | `PATH shown`/`hidden`, `readonly`/`editable`, `required`/`optional`, `absent` | that is its state; no such node |
//! | `PATH valid`, `PATH invalid required`/`constraint`/`type`/`choice ["message"]` | that is what the answer breaks |
//! | `PATH label "…"`, `hint`, `display`, `guidance`, `short`, `image`, `audio`, `video`, `big-image` | it shows that |
//! | `PATH choices a b`, `PATH choice a label "…"`, `PATH offers 3` | those are the choices; how many there are |
//! | `PATH control input`, `type int`, `appearance w`, `media image/*`, `range 1 5 1`, `pixels`, `accuracy`, `rows` | that is what the screen is told |
//! | `PATH has 2 instances`, `PATH can add`/`cannot add`/`can remove`/`cannot remove` | that is the repeat's state |
//! | `accepted`, `refused at PATH PATH` | the visit ends; it does not, for these questions |
//! | `finds CODE at PATH`, `finds nothing` | the server remarks that |
//! | `xml contains "…"`, `xml lacks "…"`, `xml PATH = VALUE`, `xml PATH absent` | of the finished document |
//! | `attachments a b`, `encrypted` | of the finished visit |
//! | `entity 1 creates`/`updates`/`upserts LIST`, `entity 1 id`/`base`/`label`/`trunk`/`branch`/`property p = VALUE`, `entities 2` | of what the registers are asked |
//! | `evaluates N expressions`, `evaluates at most N expressions` | that is what the step cost |
//! | `finds choices a b` | those the search found |
//! | `title "…"`, `languages A B`, `language A`, `style`, `audit`, `recording`, `auto-send`, `auto-delete` | of the form |
//! | `diagnosed CODE [at "…"] [with NAME "…"]`, `warned …` | the form is refused for it; is taken with that warning |
//!
//! An expectation without a path is about the question that the one before it, or the action, named.

use super::Failure;
use super::expect::{Expectation, State};
use super::markdown::Block;
use super::words::{Words, split};

/// One line of a story.
#[derive(Debug)]
pub(super) struct Step {
    pub line: usize,
    pub action: Option<Action>,
    pub expectations: Vec<Expectation>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Set { path: String, value: String },
    Add(String),
    Remove(String),
    Language(String),
    Clock(String),
    Place(String),
    SaveAndRestore,
    Finish,
    Edit,
    Search { path: String, text: String },
    Forge { path: String, value: String },
}

impl Action {
    /// The node that the line is about.
    fn subject(&self) -> Option<&str> {
        match self {
            Action::Set { path, .. }
            | Action::Add(path)
            | Action::Remove(path)
            | Action::Search { path, .. }
            | Action::Forge { path, .. } => Some(path),
            _ => None,
        }
    }
}

pub(super) fn read(story: &Block) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    for (index, text) in story.text.lines().enumerate() {
        let line = story.line + index;
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        steps.push(step(text, line)?);
    }
    if steps.iter().all(|it| it.expectations.is_empty()) {
        return Err(Failure::new(story.line, "a story that expects nothing"));
    }
    Ok(steps)
}

fn step(text: &str, line: usize) -> Result<Step, Failure> {
    let sides = split(text, "=>");
    let (left, right) = match sides.as_slice() {
        [left] => (left.trim(), ""),
        [left, right] => (left.trim(), right.trim()),
        _ => return Err(Failure::new(line, "two arrows in one line")),
    };
    let action = if left.is_empty() { None } else { Some(action(left, line)?) };
    let mut about = action.as_ref().and_then(Action::subject).map(str::to_owned);
    let mut expectations = Vec::new();
    for part in split(right, ", ").into_iter().filter(|it| !it.trim().is_empty()) {
        expectations.push(Expectation::read(part, line, &mut about)?);
    }
    Ok(Step { line, action, expectations })
}

fn action(text: &str, line: usize) -> Result<Action, Failure> {
    let mut words = Words::new(text, line);
    let action = match () {
        () if words.take("set") => Action::Set { path: words.wanted("a path")?, value: words.text()? },
        () if words.take("clear") => Action::Set { path: words.wanted("a path")?, value: String::new() },
        () if words.take("add") => Action::Add(words.wanted("a repeat")?),
        () if words.take("remove") => Action::Remove(words.wanted("an instance")?),
        () if words.take("language") => Action::Language(words.text()?),
        () if words.take("clock") => Action::Clock(words.wanted("a moment")?),
        () if words.take("place") => Action::Place(words.text()?),
        () if words.take("save and restore") => Action::SaveAndRestore,
        () if words.take("finish") => Action::Finish,
        () if words.take("edit") => Action::Edit,
        () if words.take("search") => Action::Search { path: words.wanted("a path")?, text: words.text()? },
        () if words.take("forge") => Action::Forge { path: words.wanted("a path")?, value: words.text()? },
        () => return Err(words.failure(format!("an unknown action `{text}`"))),
    };
    words.end()?;
    Ok(action)
}

/// Whether the story is about a form that must be refused.
pub(super) fn expects_refusal(steps: &[Step]) -> bool {
    let is_refusal = |it: &Expectation| matches!(it.state, State::Diagnosed { refuses: true, .. });
    steps.iter().flat_map(|it| &it.expectations).any(is_refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_errors_with_their_line() {
        let check = |text: &str, expected: &str| {
            let found = read(&Block { line: 10, text: text.to_owned() });
            let found = found.map_or_else(|it| format!("{}: {}", it.line, it.text), |_| "read".to_owned());
            assert_eq!(found, expected, "{text}");
        };
        check("set a 1 => a = 1", "read");
        check("\n# hello\nset a => b hidden, required", "read");
        check("put a 1 => a = 1", "10: an unknown action `put a 1`");
        check("=> a sleeps", "10: an unknown expectation `sleeps`");
        check("=> hidden", "10: `hidden` of what? name a question");
        check("=> a = 1 => b = 2", "10: two arrows in one line");
        check("finish now => accepted", "10: `now` is too much");
        check("set a 1", "10: a story that expects nothing");
        check("=> a label \"x", "10: a quote that is not closed");
    }
}
