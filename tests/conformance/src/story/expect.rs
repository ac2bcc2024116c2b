//! Expectations: how they are read. What they mean stands in [`super::language`].

use super::Failure;
use super::expect_entity::{self, EntityFact};
use super::words::Words;

/// What is expected after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expectation {
    /// The node it is about; empty where it is about none.
    pub path: String,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Value(String),
    Matches(String),
    /// As it was, or as another node was, before the step; or not.
    Was {
        path: Option<String>,
        holds: bool,
    },
    Flag {
        word: &'static str,
        holds: bool,
    },
    Absent,
    Valid,
    Invalid {
        kind: String,
        message: Option<String>,
    },
    /// A text or number that the view carries.
    Shows {
        what: &'static str,
        text: String,
    },
    Appearance(Vec<String>),
    Choices(Vec<String>),
    Choice {
        value: String,
        what: String,
        text: String,
    },
    Offers(u64),
    Instances(u64),
    Accepted,
    Encrypted,
    Refused(Vec<String>),
    Finds {
        code: String,
        at: Option<String>,
    },
    FindsNothing,
    FoundChoices(Vec<String>),
    XmlContains {
        text: String,
        holds: bool,
    },
    XmlValue {
        path: String,
        value: Option<String>,
    },
    Attachments(Vec<String>),
    Entity {
        number: usize,
        fact: EntityFact,
    },
    Entities(u64),
    Evaluates {
        n: u64,
        at_most: bool,
    },
    Form {
        what: &'static str,
        text: String,
    },
    Diagnosed {
        refuses: bool,
        code: String,
        at: Option<String>,
        with: Vec<(String, String)>,
    },
}

/// Words for what is or is not so: the word, what the engine calls it, and whether it then holds.
const FLAGS: [(&str, &str, bool); 10] = [
    ("shown", "relevant", true),
    ("hidden", "relevant", false),
    ("readonly", "readonly", true),
    ("editable", "readonly", false),
    ("required", "required", true),
    ("optional", "required", false),
    ("can add", "can_add", true),
    ("cannot add", "can_add", false),
    ("can remove", "can_remove", true),
    ("cannot remove", "can_remove", false),
];

/// What the view says of a node in words.
const SHOWN: [&str; 22] = [
    "label",
    "hint",
    "display",
    "guidance",
    "short",
    "image",
    "audio",
    "video",
    "big-image",
    "control",
    "type",
    "media",
    "range",
    "pixels",
    "accuracy",
    "rows",
    "constraint message",
    "required message",
    "quality",
    "save incomplete",
    "autoplay",
    "intent",
];

/// What the view says of the form as a whole.
const OF_FORM: [&str; 8] =
    ["title", "languages", "language", "audit", "style", "auto-send", "auto-delete", "recording"];

impl Expectation {
    /// Reads one expectation; `about` is the node that one without a path means, and is moved on.
    pub fn read(text: &str, line: usize, about: &mut Option<String>) -> Result<Self, Failure> {
        let mut words = Words::new(text, line);
        if let Some(state) = of_visit(&mut words)? {
            words.end()?;
            return Ok(Self { path: String::new(), state });
        }
        let path = if is_state(words.clone()) {
            about.clone().ok_or_else(|| words.failure(format!("`{text}` of what? name a question")))?
        } else {
            words.wanted("a path")?
        };
        let left = words.rest();
        let state = of_node(&mut words)?
            .ok_or_else(|| Failure::new(line, format!("an unknown expectation `{left}`")))?;
        words.end()?;
        *about = Some(path.clone());
        Ok(Self { path, state })
    }
}

/// Whether the text begins with a state rather than with a path.
fn is_state(mut words: Words<'_>) -> bool {
    let others = [
        "=",
        "~",
        "same",
        "changed",
        "was",
        "empty",
        "absent",
        "valid",
        "invalid",
        "appearance",
        "choices",
        "choice",
        "offers",
        "has",
    ];
    let flags = FLAGS.iter().map(|it| it.0);
    flags.chain(SHOWN).chain(others).any(|it| words.take(it))
}

/// Expectations that are about no node.
fn of_visit(words: &mut Words<'_>) -> Result<Option<State>, Failure> {
    Ok(Some(match () {
        () if words.take("accepted") => State::Accepted,
        () if words.take("encrypted") => State::Encrypted,
        () if words.take("refused at") => State::Refused(words.values()?),
        () if words.take("finds nothing") => State::FindsNothing,
        () if words.take("finds choices") => State::FoundChoices(words.values()?),
        () if words.take("finds") => {
            let code = words.wanted("a code")?;
            let at = if words.take("at") { Some(words.wanted("a path")?) } else { None };
            State::Finds { code, at }
        }
        () if words.take("xml contains") => State::XmlContains { text: words.text()?, holds: true },
        () if words.take("xml lacks") => State::XmlContains { text: words.text()?, holds: false },
        () if words.take("xml") => {
            let path = words.wanted("a path")?;
            match () {
                () if words.take("=") => State::XmlValue { path, value: Some(words.text()?) },
                () if words.take("absent") => State::XmlValue { path, value: None },
                () => return Err(words.failure(format!("`= VALUE` or `absent` of {path}"))),
            }
        }
        () if words.take("attachments") => State::Attachments(words.values()?),
        () if words.take("entity") => {
            let number = usize::try_from(words.number("which entity")?).unwrap_or(usize::MAX);
            State::Entity { number, fact: expect_entity::read(words)? }
        }
        () if words.take("entities") => State::Entities(words.number("how many")?),
        () if words.take("evaluates") => {
            let at_most = words.take("at most");
            let n = words.number("how many")?;
            let _ = words.take("expressions") || words.take("expression");
            State::Evaluates { n, at_most }
        }
        () if words.take("diagnosed") => diagnosed(words, true)?,
        () if words.take("warned") => diagnosed(words, false)?,
        () => match OF_FORM.iter().find(|it| words.take(it)) {
            Some(what) => State::Form { what, text: words.values()?.join(" ") },
            None => return Ok(None),
        },
    }))
}

fn diagnosed(words: &mut Words<'_>, refuses: bool) -> Result<State, Failure> {
    let code = words.wanted("a code")?;
    let at = if words.take("at") { Some(words.value("a place")?) } else { None };
    let mut with = Vec::new();
    while words.take("with") {
        with.push((words.wanted("a parameter")?, words.value("its value")?));
    }
    Ok(State::Diagnosed { refuses, code, at, with })
}

fn of_node(words: &mut Words<'_>) -> Result<Option<State>, Failure> {
    if let Some((_, word, holds)) = FLAGS.iter().find(|it| words.take(it.0)) {
        return Ok(Some(State::Flag { word, holds: *holds }));
    }
    if let Some(what) = SHOWN.iter().find(|it| words.take(it)) {
        return Ok(Some(State::Shows { what, text: words.text()? }));
    }
    Ok(Some(match () {
        () if words.take("=") => State::Value(words.text()?),
        () if words.take("~") => State::Matches(words.text()?),
        () if words.take("same") => State::Was { path: None, holds: true },
        () if words.take("changed") => State::Was { path: None, holds: false },
        () if words.take("was") => State::Was { path: Some(words.wanted("a path")?), holds: true },
        () if words.take("empty") => State::Value(String::new()),
        () if words.take("absent") => State::Absent,
        () if words.take("valid") => State::Valid,
        () if words.take("invalid") => {
            State::Invalid { kind: words.wanted("which rule")?, message: words.quoted()? }
        }
        () if words.take("appearance") => State::Appearance(words.values()?),
        () if words.take("choices") => State::Choices(words.values()?),
        () if words.take("choice") => State::Choice {
            value: words.value("which choice")?,
            what: words.wanted("what of it")?,
            text: words.text()?,
        },
        () if words.take("offers") => State::Offers(words.number("how many")?),
        () if words.take("has") => {
            let n = words.number("how many")?;
            let _ = words.take("instances") || words.take("instance");
            State::Instances(n)
        }
        () => return Ok(None),
    }))
}
