//! The server's door: the same rules over a submission that has arrived.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::{self, Node, Unreadable};
use crate::form::{Item, RuleKind};
use crate::instance::{self, LoadError, Loaded, Scope, State};
use crate::parse::{BodyKind, ROOT, Seed};
use crate::view::Control;
use crate::xpath::civil;
use crate::{Code, Diagnostic, Env, Form, Lists, Place, entities, present, recompute};

/// Most findings of one submission; nobody reads more, and each is stored.
const MAX_FINDINGS: usize = 200;
/// Most elements that a submission may have.
const MAX_NODES: u32 = 500_000;

/// What a submission says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Meta {
    /// Form id on the root element.
    pub form_id: String,
    /// Version on the root element; may be empty.
    pub version: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// `meta/deprecatedID`: the submission this one replaces; may be empty.
    pub deprecated_id: String,
    /// `meta/instanceName`; may be empty.
    pub instance_name: String,
    /// `start` as milliseconds UTC, where the form records it.
    pub started_at: Option<i64>,
    /// `end` as milliseconds UTC, where the form records it.
    pub ended_at: Option<i64>,
    /// UTC offset of the visit in minutes, from `end`, else `start`.
    pub offset_min: Option<i32>,
}

impl Meta {
    /// Reads what is needed to find the form; does not need it.
    pub fn read(xml: &str) -> Result<Meta, Diagnostic> {
        let document = document::read(xml, MAX_NODES).map_err(|error| match error {
            Unreadable::Malformed { line, column } => malformed(line, column),
            Unreadable::TooLarge => Diagnostic::error(Code::SubmissionTooLarge, Place::Form),
        })?;
        let root = document.root_element();
        let text = |parent: Option<Node<'_, '_>>, name: &str| {
            let found = parent.and_then(|it| it.child(name));
            found.and_then(|it| it.text()).unwrap_or_default().trim().to_owned()
        };
        let (start, end) = (text(Some(root), "start"), text(Some(root), "end"));
        let meta = root.child("meta");
        let instance_id = text(meta, "instanceID");
        if instance_id.is_empty() {
            return Err(Diagnostic::error(Code::SubmissionNoInstanceId, Place::Form));
        }
        Ok(Meta {
            form_id: root.attribute("id").unwrap_or_default().to_owned(),
            version: root.attribute("version").unwrap_or_default().to_owned(),
            instance_id,
            deprecated_id: text(meta, "deprecatedID"),
            instance_name: text(meta, "instanceName"),
            started_at: civil::parse_moment(&start, 0),
            ended_at: civil::parse_moment(&end, 0),
            offset_min: civil::parse_offset(&end).or_else(|| civil::parse_offset(&start)),
        })
    }
}

/// A rule that a submission breaks: a flag for the reviewer, never a reason to refuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Code, e.g. `answer.constraint`.
    pub code: String,
    /// Path with positions.
    pub reference: String,
    /// The question's label in the form's default language, or its name.
    pub question: String,
    /// The form's own message, where it has one; else empty.
    pub message: String,
}

/// One answer as a reviewer reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Path with positions.
    pub reference: String,
    /// Last step of the path.
    pub name: String,
    /// Label of the page or repeat instance the question stands on; may be empty.
    pub group: String,
    /// The question's label in the form's default language.
    pub label: String,
    /// As it stands in the submission.
    pub value: String,
    /// As a person reads it.
    pub display: String,
    /// `upload`, `select_one`, `calculate`, …: the control's name, `calculate` for what nobody was asked.
    pub control: String,
    /// Words of the `appearance` attribute.
    pub appearance: Vec<String>,
}

/// A file that a submission refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Name in the document.
    pub name: String,
    /// What its question asks for: `image/*`, `audio/*`, `video/*`, …; empty where it does not say.
    pub media_type: String,
}

/// What to do with an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Add a row.
    Create,
    /// Change a row.
    Update,
    /// Change it, or add it where there is none.
    Upsert,
}

/// One change of a register that the submission asks for (ODK Entities).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntityChange {
    /// List name, e.g. `residents`.
    pub list: String,
    /// Row id.
    pub id: String,
    /// What to do.
    pub operation: Operation,
    /// Version of the row that the phone saw; `None` for a create.
    pub base_version: Option<i64>,
    /// Version that the server last gave of the row, before changes made offline.
    pub trunk_version: Option<i64>,
    /// Which phone's changes since then it carries; empty where none.
    pub branch_id: String,
    /// New label; empty where it stays.
    pub label: String,
    /// Properties to set; nodes that were not relevant are absent.
    pub properties: BTreeMap<String, String>,
}

/// Everything the server wants to know of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Identity and clock.
    pub meta: Meta,
    /// Rules broken, in document order.
    pub findings: Vec<Finding>,
    /// Non-empty answers and calculations in document order.
    pub answers: Vec<Answer>,
    /// The files that the document refers to, under hidden questions too: whoever sent them gets them stored.
    pub attachments: Vec<Attachment>,
    /// Register changes to apply on approval.
    pub entities: Vec<EntityChange>,
}

/// Checks a submission with the visit's own clock: `end`, else `start`, else `env.now_ms`, in the visit's UTC offset.
///
/// A finding counts only if it also holds at the clock of the visit's start: what was right while the form was
/// open is not wrong because midnight passed. Only a document that is no submission of this form at all is an
/// error. An encrypted submission of a form with a public key is taken as it is, with one finding that says so.
pub fn check(xml: &str, form: &Form, lists: &Lists, env: &Env) -> Result<Checked, Diagnostic> {
    let meta = Meta::read(xml)?;
    #[cfg(feature = "encryption")]
    if let Some(manifest) = manifest(xml, form) {
        return Ok(manifest.unchecked(meta));
    }
    let loaded = load(xml, form)?;
    let clock = |now_ms: Option<i64>| Env {
        now_ms: now_ms.unwrap_or(env.now_ms),
        offset_min: meta.offset_min.unwrap_or(env.offset_min),
        ..env.clone()
    };
    let at_end = Judged::new(form, lists, clock(meta.ended_at.or(meta.started_at)), &loaded.seed);
    let mut findings = at_end.findings();
    if !findings.is_empty() && meta.started_at.is_some() && meta.started_at != meta.ended_at {
        let at_start = Judged::new(form, lists, clock(meta.started_at), &loaded.seed).findings();
        let same = |a: &Finding, b: &Finding| a.code == b.code && a.reference == b.reference;
        findings.retain(|it| at_start.iter().any(|other| same(it, other)));
    }
    findings.extend(loaded.unknown.into_iter().map(|reference| Finding {
        code: Code::SubmissionUnknownNode.as_str().to_owned(),
        question: reference.rsplit('/').next().unwrap_or_default().to_owned(),
        reference,
        message: String::new(),
    }));
    let n_more = findings.len().saturating_sub(MAX_FINDINGS);
    if n_more > 0 {
        findings.truncate(MAX_FINDINGS);
        findings.push(Finding {
            code: Code::SubmissionMoreFindings.as_str().to_owned(),
            reference: String::new(),
            question: String::new(),
            message: n_more.to_string(),
        });
    }
    Ok(Checked {
        findings,
        answers: at_end.answers(),
        attachments: attachments_of(form, &loaded.seed),
        entities: entities::changes(form, &at_end.state),
        meta,
    })
}

/// Returns the files that a submission refers to, as [`check`] tells them, and its errors, without applying a rule.
pub fn attachments(xml: &str, form: &Form) -> Result<Vec<Attachment>, Diagnostic> {
    #[cfg(feature = "encryption")]
    if let Some(manifest) = manifest(xml, form) {
        return Ok(manifest.attachments());
    }
    Ok(attachments_of(form, &load(xml, form)?.seed))
}

/// Returns the manifest of an encrypted submission; only of a form with a public key can there be one.
#[cfg(feature = "encryption")]
fn manifest(xml: &str, form: &Form) -> Option<crate::encryption::Manifest> {
    form.public_key()?;
    crate::encryption::Manifest::read(xml)
}

fn load(xml: &str, form: &Form) -> Result<Loaded, Diagnostic> {
    instance::load(xml, &form.model).map_err(|error| match error {
        LoadError::Malformed { line, column } => malformed(line, column),
        LoadError::OtherForm => Diagnostic::error(Code::SubmissionForm, Place::Form),
        LoadError::TooLarge => Diagnostic::error(Code::SubmissionTooLarge, Place::Form),
    })
}

/// Returns each file that an answer names, once, in document order.
fn attachments_of(form: &Form, seed: &Seed) -> Vec<Attachment> {
    let mut attachments: Vec<Attachment> = Vec::new();
    let mut open = vec![seed];
    while let Some(seed) = open.pop() {
        let item = form.question_of[seed.model as usize].map(|it| &form.body[it as usize]);
        let is_new = || !seed.text.is_empty() && attachments.iter().all(|it| *it.name != *seed.text);
        if let Some(item) = item.filter(|it| it.kind == BodyKind::Question(Control::Upload) && is_new()) {
            let (name, media_type) = (seed.text.to_string(), item.media_type.clone());
            attachments.push(Attachment { name, media_type });
        }
        open.extend(seed.children.iter().rev());
    }
    attachments
}

fn malformed(line: u32, column: u32) -> Diagnostic {
    Diagnostic::error(Code::SubmissionMalformed, Place::Form)
        .with("line", line.to_string())
        .with("column", column.to_string())
}

/// A submission with all rules applied to it at one moment.
struct Judged<'a> {
    form: &'a Form,
    state: State,
    /// By node: the value as it arrived.
    stored: Vec<String>,
}

impl<'a> Judged<'a> {
    fn new(form: &'a Form, lists: &Lists, env: Env, seed: &Seed) -> Self {
        let mut state = State::new(form, lists, env, seed);
        state.is_check = true;
        let stored = (0..state.tree.len() as u32).map(|it| state.tree.node(it).value().to_owned()).collect();
        recompute::take_relevance(form, &mut state);
        recompute::settle_all(form, &mut state);
        Self { form, state, stored }
    }

    fn scope(&self) -> Scope<'_> {
        Scope { form: self.form, state: &self.state }
    }

    fn item(&self, node: u32) -> Option<&'a Item> {
        let model = self.state.tree.node(node).model;
        self.form.question_of[model as usize].map(|it| &self.form.body[it as usize])
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for id in self.state.tree.subtree(&self.form.model, 0) {
            let node = self.state.tree.node(id);
            // Instances that a count added here did not arrive.
            let stored = self.stored.get(id as usize).map_or("", String::as_str);
            if self.state.extra_instances.contains(&id) {
                findings.push(self.finding(id, Code::SubmissionExtraInstance.as_str(), String::new()));
            }
            let is_leaf = self.form.model.node(node.model).children.is_empty();
            let rule = self.form.rule_of(node.model, RuleKind::Calculate);
            if !node.relevant {
                if is_leaf && !stored.is_empty() && !self.is_attribute(node.model) {
                    findings.push(self.finding(id, Code::AnswerIrrelevant.as_str(), String::new()));
                }
            } else if rule.is_some_and(|it| !it.is_open) && stored != node.value() {
                findings.push(self.finding(id, Code::AnswerCalculation.as_str(), String::new()));
            } else if let Some(violation) =
                self.item(id).and_then(|it| present::violation(&self.scope(), it, id))
            {
                findings.push(self.finding(id, &violation.code, violation.message));
            }
        }
        let nameless = entities::without_id(self.form, &self.state).into_iter();
        findings
            .extend(nameless.map(|it| self.finding(it, Code::SubmissionEntityId.as_str(), String::new())));
        for (repeat, around) in &self.state.cut {
            let parent = self.form.model.node(*repeat).parent.unwrap_or(ROOT);
            let above = self.state.tree.at(*around, &self.form.model, parent);
            if self.state.tree.is_removed(above) || !self.state.tree.node(above).relevant {
                continue;
            }
            let name = self.form.model.node(*repeat).name.to_string();
            findings.push(Finding {
                code: Code::AnswerCount.as_str().to_owned(),
                reference: self.state.tree.reference(&self.form.model, above) + "/" + &name,
                question: name,
                message: String::new(),
            });
        }
        findings
    }

    fn is_attribute(&self, model: u32) -> bool {
        self.form.model.node(model).is_attribute
    }

    fn finding(&self, node: u32, code: &str, message: String) -> Finding {
        Finding {
            code: code.to_owned(),
            reference: self.state.tree.reference(&self.form.model, node),
            question: self.label(node),
            message,
        }
    }

    /// The question's label, else the node's name.
    fn label(&self, node: u32) -> String {
        let label = self.item(node).map(|it| self.scope().render(&it.label, node)).unwrap_or_default();
        let name = &self.form.model.node(self.state.tree.node(node).model).name;
        if label.is_empty() { name.to_string() } else { label }
    }

    fn answers(&self) -> Vec<Answer> {
        let in_meta = |node: u32| {
            let reference = self.state.tree.reference(&self.form.model, node);
            reference.split('/').any(|it| crate::parse::same_name(it, "meta"))
        };
        let mut answers = Vec::new();
        for id in self.state.tree.subtree(&self.form.model, 0) {
            let node = self.state.tree.node(id);
            let is_leaf = self.form.model.node(node.model).children.is_empty();
            let is_answer = node.relevant && is_leaf && !node.value().is_empty();
            if !is_answer || self.is_attribute(node.model) || in_meta(id) {
                continue;
            }
            let item = self.item(id);
            answers.push(Answer {
                reference: self.state.tree.reference(&self.form.model, id),
                name: self.form.model.node(node.model).name.to_string(),
                group: self.group(node.model, id),
                label: self.label(id),
                value: node.value().to_owned(),
                display: item
                    .map_or_else(|| node.value().to_owned(), |it| present::display(&self.scope(), it, id)),
                control: item.map_or("calculate", control_name).to_owned(),
                appearance: item.map(|it| it.appearance.clone()).unwrap_or_default(),
            });
        }
        answers
    }

    /// The label of the innermost group or repeat around a question, with the number of the instance.
    fn group(&self, model: u32, node: u32) -> String {
        let question = self.form.question_of[model as usize];
        let around = std::iter::successors(question, |it| self.form.body[*it as usize].parent).skip(1);
        for index in around {
            let item = &self.form.body[index as usize];
            let label = self.scope().render(&item.label, node);
            if !label.is_empty() {
                let instance = item.model.filter(|_| item.kind == BodyKind::Repeat);
                let instance = instance.and_then(|it| self.state.tree.ancestor(&self.form.model, node, it));
                let position = instance.map(|it| self.state.tree.reference(&self.form.model, it));
                let position = position
                    .and_then(|it| it.rsplit_once('[').map(|(_, n)| n.trim_end_matches(']').to_owned()));
                return position.map_or(label.clone(), |it| format!("{label} {it}"));
            }
        }
        String::new()
    }
}

fn control_name(item: &Item) -> &'static str {
    match item.kind {
        BodyKind::Question(Control::Input) if item.is_note => "note",
        BodyKind::Question(Control::Input) => "input",
        BodyKind::Question(Control::Note) => "note",
        BodyKind::Question(Control::SelectOne) => "select_one",
        BodyKind::Question(Control::SelectMultiple) => "select_multiple",
        BodyKind::Question(Control::Rank) => "rank",
        BodyKind::Question(Control::Upload) => "upload",
        BodyKind::Question(Control::Trigger) => "trigger",
        BodyKind::Question(Control::Range) => "range",
        BodyKind::Group | BodyKind::Repeat | BodyKind::Instance => "group",
    }
}
