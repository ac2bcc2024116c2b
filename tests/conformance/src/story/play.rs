//! Plays one case: makes its form, opens it, takes the steps, and notes all that is not as told.

use std::collections::BTreeMap;

use wasm_forms::{Diagnostic, Env, Place};

use super::expect::{Expectation, State};
use super::language::{self, Action, Step};
use super::markdown::{Block, Case, Form};
use super::subject::{self, Subject, World};
use super::{Failure, Outcome, expect_entity, features, tables};

/// 2026-11-23 (a Monday) 09:00 in China, where a case says nothing else.
const MONDAY: &str = "2026-11-23T09:00:00+08:00";

pub(super) fn run(case: &Case) -> Outcome {
    let mut outcome = Outcome {
        heading: case.heading.clone(),
        line: case.line,
        shows: case.shows.clone(),
        uses: Vec::new(),
        known_gap: case.known_gap.clone(),
        failures: Vec::new(),
    };
    let mut played = outcome.clone();
    // A panic is a defect like any other: the cases after it still run.
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(case, &mut played)));
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => played.failures.push(failure),
        Err(_) => {
            outcome.failures.push(Failure::new(case.line, "the engine panics"));
            return outcome;
        }
    }
    played
}

/// Returns what is wrong with a case as it is written, whatever the engine does.
pub(super) fn readable(case: &Case) -> Result<(), Failure> {
    language::read(&case.story)?;
    world(case)?;
    if let Form::Xlsform(block) = &case.form {
        tables::workbook(block)?;
    }
    Ok(())
}

fn play(case: &Case, outcome: &mut Outcome) -> Result<(), Failure> {
    let steps = language::read(&case.story)?;
    let world = world(case)?;
    let (xform, mut problems, line) = match &case.form {
        Form::Xform(block) => (Some(tables::xform(&block.text)), Vec::new(), block.line),
        Form::Xlsform(block) => {
            let (xform, problems) = subject::convert(&tables::workbook(block)?);
            (xform, problems, block.line)
        }
    };
    let mut form = None;
    if let Some(xform) = &xform {
        outcome.uses = features::of(xform);
        match subject::compile(xform) {
            Ok(compiled) => {
                problems.extend(subject::warnings(&compiled));
                form = Some(compiled);
            }
            Err(found) => problems.extend(found),
        }
    }
    for step in &steps {
        for it in &step.expectations {
            if let Some(text) = diagnosed(&it.state, &problems) {
                outcome.failures.push(Failure::new(step.line, text));
            }
        }
    }
    if language::expects_refusal(&steps) {
        if form.is_some() {
            outcome.failures.push(Failure::new(line, "the form is taken, expected a refusal"));
        }
        return Ok(());
    }
    let Some(form) = form else {
        let told: Vec<String> = problems.iter().filter(|it| subject::is_error(it)).map(told).collect();
        return Err(Failure::new(line, format!("the form is refused: {}", told.join("; "))));
    };
    let subject = Subject::open(form, world).map_err(|text| Failure::new(case.line, text))?;
    let mut player =
        Player { subject, ended: None, spent: 0, tells_findings: false, before: BTreeMap::new() };
    for step in &steps {
        player.step(step, &mut outcome.failures);
    }
    Ok(())
}

/// Reads the `env` block.
fn world(case: &Case) -> Result<World, Failure> {
    let mut world = World {
        env: Env { seed: 7, ..Env::default() },
        lists: case.lists.iter().map(|(name, block)| (file_name(name), block.text.clone())).collect(),
        last_saved: case.last_saved.as_ref().map(|it| it.text.clone()),
        ..World::default()
    };
    let mut now = MONDAY.to_owned();
    let nothing = Block::default();
    let block = case.env.as_ref().unwrap_or(&nothing);
    for (index, line) in block.text.lines().enumerate() {
        let failure = |text: String| Failure::new(block.line + index, text);
        let Some((key, value)) = line.split_once(": ") else {
            return Err(failure(format!("`{line}` is not `name: value`")));
        };
        let value = value.trim();
        match key.split_once(' ').unwrap_or((key, "")) {
            ("now", "") => value.clone_into(&mut now),
            ("seed", "") => {
                world.env.seed = value.parse().map_err(|_| failure("the seed is a number".into()))?
            }
            ("place", "") => world.place = Some(value.to_owned()),
            ("property", name) => {
                world.env.properties.insert(name.to_owned(), value.to_owned());
            }
            ("prefill", path) => world.prefill.push((path.to_owned(), value.to_owned())),
            _ => return Err(failure(format!("an unknown setting `{key}`"))),
        }
    }
    let (now_ms, offset_min) = moment(&now)
        .ok_or_else(|| Failure::new(block.line, format!("`{now}` is not a moment with an offset")))?;
    world.env.now_ms = now_ms;
    world.env.offset_min = offset_min;
    Ok(world)
}

fn file_name(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.csv") }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.sss]±HH:MM` as milliseconds UTC and the offset in minutes.
fn moment(text: &str) -> Option<(i64, i32)> {
    let meta = format!("<d><end>{text}</end><meta><instanceID>x</instanceID></meta></d>");
    let meta = wasm_forms::Meta::read(&meta).ok()?;
    Some((meta.ended_at?, meta.offset_min?))
}

fn place_of(diagnostic: &Diagnostic) -> String {
    match &diagnostic.place {
        Place::Form => "form".to_owned(),
        Place::Node { reference, attribute } => format!("{reference} {attribute}"),
        Place::Cell { sheet, row, column } => format!("{sheet} {column}{row}"),
    }
}

fn told(diagnostic: &Diagnostic) -> String {
    let params: Vec<String> =
        diagnostic.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} at \"{}\" {}", diagnostic.code, place_of(diagnostic), params.join(" ")).trim_end().to_owned()
}

fn diagnosed(state: &State, problems: &[Diagnostic]) -> Option<String> {
    let State::Diagnosed { refuses, code, at, with } = state else { return None };
    let fits = |it: &&Diagnostic| {
        it.code == *code
            && subject::is_error(it) == *refuses
            && at.as_ref().is_none_or(|at| place_of(it) == *at)
            && with.iter().all(|(name, value)| it.params.get(name) == Some(value))
    };
    if problems.iter().any(|it| fits(&it)) {
        return None;
    }
    let all: Vec<String> = problems.iter().map(told).collect();
    Some(format!("not diagnosed {code}; found [{}]", all.join("; ")))
}

/// A story being played.
struct Player {
    subject: Subject,
    /// How the last `finish` ended: the questions that refused it.
    ended: Option<Vec<String>>,
    /// Expressions that the present step evaluated.
    spent: u64,
    /// Whether the present step speaks of findings itself.
    tells_findings: bool,
    /// Values before the present step, of the nodes that it compares with.
    before: BTreeMap<String, Option<String>>,
}

impl Player {
    fn step(&mut self, step: &Step, failures: &mut Vec<Failure>) {
        let is_finding = |it: &Expectation| matches!(it.state, State::Finds { .. } | State::FindsNothing);
        self.tells_findings = step.expectations.iter().any(is_finding);
        self.before = step.expectations.iter().filter_map(|it| self.value_before(it)).collect();
        let before = self.subject.n_evaluated();
        if let Some(action) = &step.action
            && let Err(text) = self.act(action)
        {
            failures.push(Failure::new(step.line, text));
            return;
        }
        // A session that was taken up again counts from its own beginning.
        let after = self.subject.n_evaluated();
        self.spent = if after < before { after } else { after - before };
        if step.action == Some(Action::Finish) && !self.tells_findings {
            let found = self.subject.findings();
            if !found.is_empty() {
                failures.push(Failure::new(step.line, format!("the server remarks {found:?}")));
            }
        }
        for expectation in &step.expectations {
            let wrong = match self.judge(expectation) {
                Ok(wrong) => wrong,
                Err(text) => Some(text),
            };
            failures.extend(wrong.map(|text| Failure::new(step.line, text)));
        }
    }

    fn value_before(&self, expectation: &Expectation) -> Option<(String, Option<String>)> {
        let State::Was { path, .. } = &expectation.state else { return None };
        let path = path.as_ref().unwrap_or(&expectation.path);
        Some((path.clone(), self.subject.value(path).ok().flatten()))
    }

    fn act(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Set { path, value } => self.subject.set(path, value),
            Action::Add(path) => self.subject.add(path),
            Action::Remove(path) => self.subject.remove(path),
            Action::Language(name) => self.subject.language(name),
            Action::Place(place) => {
                self.subject.place(place);
                Ok(())
            }
            Action::SaveAndRestore => self.subject.save_and_restore(),
            Action::Edit => self.subject.edit(),
            Action::Search { path, text } => self.subject.search(path, text),
            Action::Forge { path, value } => self.subject.forge(path, value),
            Action::Clock(text) => {
                let (now_ms, _) =
                    moment(text).ok_or_else(|| format!("`{text}` is not a moment with an offset"))?;
                self.subject.clock(now_ms);
                Ok(())
            }
            Action::Finish => {
                self.ended = Some(self.subject.finish()?.err().unwrap_or_default());
                Ok(())
            }
        }
    }

    /// Returns what is not as expected.
    fn judge(&self, expectation: &Expectation) -> Result<Option<String>, String> {
        let path = expectation.path.as_str();
        match &expectation.state {
            State::Accepted | State::Refused(_) | State::Encrypted | State::Attachments(_) => {
                self.judge_ending(&expectation.state)
            }
            State::Finds { .. } | State::FindsNothing | State::Entity { .. } | State::Entities(_) => {
                self.judge_check(&expectation.state)
            }
            State::XmlContains { .. } | State::XmlValue { .. } => self.judge_xml(&expectation.state),
            State::Evaluates { n, at_most } => {
                let holds = self.spent == *n || *at_most && self.spent < *n;
                Ok((!holds).then(|| format!("evaluated {} expressions, expected {n}", self.spent)))
            }
            State::Form { what, text } => match self.subject.about_form(what) {
                Some(found) => Ok(differs(what, &found, text)),
                None => Ok(Some(format!("the engine does not tell a form's {what}"))),
            },
            State::FoundChoices(values) => {
                Ok(differs("found", &self.subject.found().join(" "), &values.join(" ")))
            }
            State::Was { path: other, holds } => {
                let before = self.before.get(other.as_deref().unwrap_or(path)).cloned().flatten();
                let now = self.subject.value(path)?;
                let wrong = before.is_none() || (before == now) != *holds;
                Ok(wrong.then(|| format!("{path} is {now:?}, before the step it was {before:?}")))
            }
            // Judged before the story began.
            State::Diagnosed { .. } => Ok(None),
            state => super::view::judge(&self.subject, path, state),
        }
    }

    fn judge_ending(&self, state: &State) -> Result<Option<String>, String> {
        let Some(left) = &self.ended else { return Err("nothing was finished".to_owned()) };
        match state {
            State::Refused(paths) => {
                if left.len() != paths.len() {
                    return Ok(Some(format!("refused at {left:?}, expected {paths:?}")));
                }
                let fits =
                    |(wanted, found): (&String, &String)| super::document::Sought::read(wanted).fits(found);
                let all = paths.iter().zip(left).all(fits);
                Ok((!all).then(|| format!("refused at {left:?}, expected {paths:?}")))
            }
            _ if !left.is_empty() => Ok(Some(format!("refused at {left:?}"))),
            State::Attachments(names) => {
                Ok(differs("attachments", &self.subject.finished()?.attachments.join(" "), &names.join(" ")))
            }
            State::Encrypted => self.subject.encrypt().map(|()| None),
            _ => Ok(None),
        }
    }

    fn judge_check(&self, state: &State) -> Result<Option<String>, String> {
        let found = self.subject.findings();
        match state {
            State::FindsNothing => Ok((!found.is_empty()).then(|| format!("the server remarks {found:?}"))),
            State::Finds { code, at } => {
                let fits = |it: &(String, String)| {
                    it.0 == *code
                        && at.as_ref().is_none_or(|at| super::document::Sought::read(at).fits(&it.1))
                };
                let is_there = found.iter().any(fits);
                Ok((!is_there).then(|| format!("the server remarks {found:?}, expected {code}")))
            }
            State::Entity { number, fact } => {
                let entities = self.subject.entities()?;
                let Some(change) = number.checked_sub(1).and_then(|it| entities.get(it)) else {
                    return Ok(Some(format!("there are {} entities", entities.len())));
                };
                Ok(expect_entity::judge(fact, change, |what| Subject::entity_fact(change, what)))
            }
            State::Entities(n) => {
                let found = self.subject.entities()?.len();
                Ok((found as u64 != *n).then(|| format!("{found} entities, expected {n}")))
            }
            _ => Ok(None),
        }
    }

    fn judge_xml(&self, state: &State) -> Result<Option<String>, String> {
        let xml = &self.subject.finished()?.xml;
        match state {
            State::XmlContains { text, holds } => {
                let wrong = xml.contains(text.as_str()) != *holds;
                Ok(wrong.then(|| format!("the document is {xml}")))
            }
            State::XmlValue { path, value } => {
                let found = super::document::value(xml, path)?;
                Ok((found != *value)
                    .then(|| format!("{path} is {found:?} in the document, expected {value:?}")))
            }
            _ => Ok(None),
        }
    }
}

pub(super) fn differs(what: &str, found: &str, expected: &str) -> Option<String> {
    (found != expected).then(|| format!("{what} is {found:?}, expected {expected:?}"))
}
