//! Fills any form in to the end by its own definition: as long as the engine says what is missing, something
//! fitting is answered. What it did is a [`Story`] that can be told again elsewhere.

use std::sync::Arc;

use wasm_forms::view::{Control, DataType, Kind, NodeId, Question, View, ViewDiff, ViewNode};
use wasm_forms::{Env, Form, Lists, Session};

use crate::replay::{Step, Story};

/// More answers than any form of the pack needs.
const MAX_ANSWERS: usize = 600;
const DAY_MS: i64 = 86_400_000;

/// Texts that the forms' rules ask for: a name, a phone, four characters of an id, a whole id, an address, ….
const TEXTS: [&str; 10] = [
    "王小虎",
    "15400000000",
    "130X",
    "88010119520315130X",
    "晨光佳园东区 1 号楼 1 单元 402 室",
    "0931-1234567",
    "2",
    "A1",
    "A001",
    "2-501",
];

/// Why a form could not be filled in.
#[derive(Debug, thiserror::Error)]
pub enum Stuck {
    /// No answer that we know satisfies the question.
    #[error("no answer satisfies {reference}: {code}")]
    Question { reference: String, code: String },
    /// The engine keeps asking.
    #[error("still unfinished after {MAX_ANSWERS} answers")]
    Endless,
}

/// Fills a form in; `variant` decides which choices are tried first and whether optional questions are answered.
pub fn autofill(form: &Arc<Form>, lists: &Arc<Lists>, start: &Story, variant: usize) -> Result<Story, Stuck> {
    let mut filler = Filler::new(form, lists, start, variant);
    filler.answer_optional_questions();
    while let Some(left) = filler.session.violations().into_iter().next() {
        if filler.story.steps.len() > MAX_ANSWERS {
            return Err(Stuck::Endless);
        }
        filler.satisfy(left.node, &left.violation.code)?;
    }
    filler.story.finish_ms = filler.now_ms + 1_234;
    Ok(filler.story)
}

struct Filler {
    session: Session,
    nodes: std::collections::BTreeMap<NodeId, ViewNode>,
    story: Story,
    variant: usize,
    now_ms: i64,
}

impl Filler {
    fn new(form: &Arc<Form>, lists: &Arc<Lists>, start: &Story, variant: usize) -> Self {
        let mut session = Session::open(form, lists, start.env.clone(), &start.prefill);
        let View { nodes, .. } = session.view();
        Self {
            session,
            nodes: nodes.into_iter().map(|it| (it.id, it)).collect(),
            story: start.clone(),
            variant,
            now_ms: start.env.now_ms,
        }
    }

    /// Every second variant opens what it can: repeats get an instance, optional choices are taken.
    fn answer_optional_questions(&mut self) {
        if self.variant.is_multiple_of(2) {
            return;
        }
        let ids: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in ids {
            let node = &self.nodes[&id];
            if !node.relevant {
                continue;
            }
            if node.kind == Kind::Repeat && node.repeat.is_some_and(|it| it.can_add) {
                let reference = node.reference.clone();
                let added = self.session.add_instance(id, self.now_ms);
                self.apply(added.expect("the repeat is open"));
                self.story.steps.push(Step::Add { reference });
            }
        }
    }

    fn satisfy(&mut self, id: NodeId, code: &str) -> Result<(), Stuck> {
        let node = self.nodes[&id].clone();
        let question = node.question.as_ref().expect("only questions break rules");
        for candidate in self.candidates(id, question) {
            self.answer(&node, candidate);
            if !self.session.violations().iter().any(|it| it.node == id) {
                return Ok(());
            }
        }
        Err(Stuck::Question { reference: node.reference, code: code.to_owned() })
    }

    fn answer(&mut self, node: &ViewNode, value: String) {
        self.now_ms += 1_000;
        let diff = self.session.answer(node.id, &value, self.now_ms).expect("the question is shown");
        self.apply(diff);
        self.story.steps.push(Step::Answer { reference: node.reference.clone(), value, now_ms: self.now_ms });
    }

    fn apply(&mut self, diff: ViewDiff) {
        self.nodes.retain(|id, _| !diff.removed.contains(id));
        self.nodes.extend(diff.changed.into_iter().map(|it| (it.id, it)));
    }

    fn candidates(&self, id: NodeId, question: &Question) -> Vec<String> {
        let choices: Vec<String> = if question.n_choices > 0 && question.choices.is_empty() {
            self.session.search_choices(id, "", 5).into_iter().map(|it| it.value).collect()
        } else {
            question.choices.iter().map(|it| it.value.clone()).collect()
        };
        let mut candidates = match question.control {
            Control::SelectOne | Control::Rank if question.control == Control::Rank => {
                vec![choices.join(" ")]
            }
            Control::SelectMultiple => {
                let pairs = choices.windows(2).map(|it| it.join(" "));
                choices.iter().cloned().chain(pairs).collect()
            }
            Control::SelectOne => choices,
            Control::Upload => vec![format!("{}.jpg", self.nodes[&id].name)],
            Control::Trigger => vec!["OK".to_owned()],
            Control::Range => question.range.iter().map(|it| it[0].to_string()).collect(),
            Control::Input | Control::Note | Control::Rank => return self.typed(question.data_type),
        };
        let turn = self.variant % candidates.len().max(1);
        candidates.rotate_left(turn);
        candidates
    }

    fn typed(&self, data_type: DataType) -> Vec<String> {
        let day = |days: i64| {
            let local_ms = self.now_ms + days * DAY_MS + i64::from(self.story.env.offset_min) * 60_000;
            let moment = jiff::Timestamp::from_millisecond(local_ms).expect("a day near the story's clock");
            moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
        };
        let days = [0, 1, 7, -1, -400, -12_000].map(day);
        match data_type {
            DataType::Date => days.into(),
            DataType::DateTime => days.iter().map(|it| format!("{it}T08:00:00.000+08:00")).collect(),
            DataType::Time => vec!["08:00:00.000+08:00".to_owned()],
            DataType::Int => ["1", "2", "30", "100"].map(str::to_owned).into(),
            DataType::Decimal => ["1.5", "36.5"].map(str::to_owned).into(),
            DataType::Boolean => vec!["true".to_owned()],
            DataType::Geopoint => vec!["36.06 103.83 1500 8".to_owned()],
            DataType::Geotrace => vec!["36.06 103.83 0 0;36.07 103.84 0 0".to_owned()],
            DataType::Geoshape => vec!["36.06 103.83 0 0;36.07 103.84 0 0;36.06 103.83 0 0".to_owned()],
            DataType::String | DataType::Barcode | DataType::Binary | DataType::Intent => {
                TEXTS.map(str::to_owned).into()
            }
        }
    }
}

/// Returns the moment and place that stories begin at: Monday 2026-11-23, 09:00 in China.
#[must_use]
pub fn story_env() -> Env {
    Env { now_ms: 1_795_395_600_000, offset_min: 480, seed: 20_261_123, ..Env::default() }
}
