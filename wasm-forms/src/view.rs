//! All that a user interface sees of a session: plain data. Every type here is a promise to the web app.
//!
//! A view is a tree of nodes by id. Ids stay the same for the life of a session; removing a repeat instance
//! retires its ids. After each call the engine tells what changed, in one of two ways: as a [`ViewDiff`] of whole
//! nodes, so that applying it is `nodes[id] = node`, or as a [`ViewPatch`] of no more than what changed of each.

use serde::Serialize;

/// A node's id within one session.
pub type NodeId = u32;

/// Everything there is to show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// The form's title.
    pub title: String,
    /// `form_id` of the form.
    pub form_id: String,
    /// Version of the form; may be empty.
    pub version: String,
    /// Languages in the form's order; empty for a form with one unnamed language.
    pub languages: Vec<String>,
    /// The language shown.
    pub language: String,
    /// Words of the body's `class`, for the form as a whole: `pages`, `theme-grid`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub style: Vec<String>,
    /// Nodes to show one after the other as screens: a group, a repeat, or one question. Nodes with nothing
    /// to show are not pages.
    pub pages: Vec<NodeId>,
    /// The root's id; its `children` are the top level.
    pub root: NodeId,
    /// All nodes that have something to do with the screen, in document order.
    pub nodes: Vec<ViewNode>,
}

/// What one call changed, by id. Only nodes that the interface was given are told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Nodes that differ, in order, and in what.
    pub changed: Vec<(NodeId, Parts)>,
    /// Repeat instances that are new, and shown somewhere.
    pub added: Vec<NodeId>,
    /// How the children of repeats changed, one after the other.
    pub instances: Vec<InstanceChange>,
    /// Nodes that no longer exist, in order.
    pub removed: Vec<NodeId>,
    /// Whether anything came to be shown or hidden, so that the pages may be others.
    pub pages: bool,
}

/// In what a node differs from what was told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts(u8);

impl Parts {
    /// The answer, and what goes for it: whether it is shown, may be edited, must be there, breaks a rule.
    pub const ANSWER: Parts = Parts(1);
    /// Label and hint.
    pub const TEXTS: Parts = Parts(2);
    /// The choices, and with them how an answer reads.
    pub const CHOICES: Parts = Parts(4);
    /// How many instances a repeat has.
    pub const REPEAT: Parts = Parts(8);
    /// Everything there is to a node.
    pub(crate) const ALL: Parts = Parts(15);

    /// Whether some part is among these.
    #[must_use]
    pub fn has(self, part: Parts) -> bool {
        self.0 & part.0 != 0
    }

    /// Returns these parts and others.
    #[must_use]
    pub fn and(self, others: Parts) -> Parts {
        Parts(self.0 | others.0)
    }
}

/// An instance of a repeat that came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceChange {
    /// The repeat, whose `children` it changed.
    pub repeat: NodeId,
    /// Its place among them, from 0.
    pub at: u32,
    /// The instance that came; `None` where the one at this place went.
    pub added: Option<NodeId>,
}

/// What one call changed, no more than that: for an interface that keeps the nodes it was given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ViewPatch {
    /// What changed of nodes.
    pub changed: Vec<NodePatch>,
    /// How the children of repeats changed, one after the other.
    pub instances: Vec<InstanceChange>,
    /// Instances that are new: each is fetched as a page is.
    pub added: Vec<NodeId>,
    /// Nodes that no longer exist.
    pub removed: Vec<NodeId>,
    /// Whether there may be other pages now.
    pub pages: bool,
}

/// What changed of a node; what is absent stays as it was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodePatch {
    /// Which node.
    pub id: NodeId,
    /// Whether it is to be shown at all.
    pub relevant: Option<bool>,
    /// What is read at it.
    pub texts: Option<Texts>,
    /// Of a question: its answer.
    pub answer: Option<AnswerState>,
    /// Of a question with choices: which there are.
    pub choices: Option<ChoicesPatch>,
    /// Of a repeat.
    pub repeat: Option<Repeat>,
}

/// The choices a question offers now.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoicesPatch {
    /// How many there are in all.
    pub n_choices: u32,
    /// All of them, where there are at most [`MAX_LISTED_CHOICES`]; else none, and they are searched.
    pub listed: Offered,
}

/// Choices as they are told: those of rows by number, since an interface that has seen a row knows what it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Offered {
    /// In full.
    Told(Vec<Choice>),
    /// Rows of the list that a body item takes its choices from.
    Rows {
        /// The body item, for [`crate::Session::row_choices`].
        source: u32,
        /// By number, in the order in which they are offered.
        rows: Vec<u32>,
    },
}

/// What a row is as a choice, in the current language.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChoice {
    /// Value and label.
    pub choice: Choice,
    /// Whether it stays so until the language changes; else it is to be asked for each time it is offered.
    pub is_fixed: bool,
}

/// The texts of a [`ViewNode`], as there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the fields are those of a view node")]
pub struct Texts {
    pub label: String,
    pub short: String,
    pub media: Vec<Media>,
    pub hint: String,
    pub guidance: String,
}

/// What an answer changes of a [`Question`], as there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the fields are those of a question")]
pub struct AnswerState {
    pub value: String,
    pub display: String,
    pub readonly: bool,
    pub required: bool,
    pub violation: Option<Violation>,
}

impl ViewNode {
    /// Takes over what changed; `choices` says what is offered, see [`crate::Session::choices`].
    pub fn apply(&mut self, patch: NodePatch, choices: impl Fn(Offered) -> Vec<Choice>) {
        self.relevant = patch.relevant.unwrap_or(self.relevant);
        if let Some(Texts { label, short, media, hint, guidance }) = patch.texts {
            (self.label, self.short, self.media) = (label, short, media);
            (self.hint, self.guidance) = (hint, guidance);
        }
        self.repeat = patch.repeat.or(self.repeat);
        let Some(question) = &mut self.question else { return };
        if let Some(AnswerState { value, display, readonly, required, violation }) = patch.answer {
            (question.value, question.display) = (value, display);
            (question.readonly, question.required, question.violation) = (readonly, required, violation);
        }
        if let Some(ChoicesPatch { n_choices, listed }) = patch.choices {
            (question.n_choices, question.choices) = (n_choices, choices(listed));
        }
    }
}

/// What one call changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ViewDiff {
    /// New pages, where they changed.
    pub pages: Option<Vec<NodeId>>,
    /// Nodes that are new or differ, whole.
    pub changed: Vec<ViewNode>,
    /// Nodes that no longer exist.
    pub removed: Vec<NodeId>,
}

/// One node of the tree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ViewNode {
    /// Id within this session.
    pub id: NodeId,
    /// Parent; `None` for the root.
    pub parent: Option<NodeId>,
    /// What it is.
    pub kind: Kind,
    /// Path with positions, e.g. `/data/party[2]/p_name`, as they were when the node was told: an instance that moves
    /// because another came or went is not told again.
    pub reference: String,
    /// Last step of the path.
    pub name: String,
    /// Children to show, in order (groups, repeats, repeat instances).
    pub children: Vec<NodeId>,
    /// Label in the current language; Markdown as ODK allows it, line breaks as `\n`.
    pub label: String,
    /// The label's short form, for summaries and lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub short: String,
    /// Files that go with the label, by the form they have in the texts: `image`, `big-image`, `audio`, `video`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Hint in the current language.
    pub hint: String,
    /// What only the person who asks should read, as the hint's form `guidance`; shown on demand.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub guidance: String,
    /// Words of the `appearance` attribute.
    pub appearance: Vec<String>,
    /// The app that answers it, as the form calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub intent: String,
    /// Whether it is to be shown at all.
    pub relevant: bool,
    /// Question only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// Repeat only: whether the person may add and remove instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The form itself.
    Root,
    /// A group of questions.
    Group,
    /// A repeat: its children are instances.
    Repeat,
    /// One instance of a repeat.
    Instance,
    /// A question or note.
    Question,
}

/// What a repeat allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// Instances now.
    pub count: u32,
    /// Whether a person may add one.
    pub can_add: bool,
    /// Whether a person may remove one.
    pub can_remove: bool,
}

/// A question's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Which control to show.
    pub control: Control,
    /// Type of the value.
    pub data_type: DataType,
    /// The answer as it was typed; else the value as it will stand in the submission, choices separated by spaces,
    /// dates as ISO 8601. A typed text that is no value of the type (`answer.type`) is shown and never submitted.
    pub value: String,
    /// The value as a person reads it in the current language (choice labels, …).
    pub display: String,
    /// Cannot be edited.
    pub readonly: bool,
    /// Must be answered.
    pub required: bool,
    /// The rule the present value breaks. A required question that is still empty breaks one too: the
    /// interface decides when to show it.
    pub violation: Option<Violation>,
    /// For select and rank: all choices where there are at most [`MAX_LISTED_CHOICES`]; more are searched.
    pub choices: Vec<Choice>,
    /// How many choices there are in all.
    pub n_choices: u32,
    /// For uploads: `image/*`, `audio/*`, `video/*`, ….
    pub media_type: String,
    /// Least number of rows of a text field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// `audio` or `video`: which of the label's files begins by itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub autoplay: String,
    /// For recordings: `voice-only`, `low`, `normal`, `external`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub quality: String,
    /// Whether the draft is to be stored when the person comes to the question.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub save_incomplete: bool,
    /// Longest side for images, in pixels; 0 where the form does not say.
    pub max_pixels: u32,
    /// For `range`: start, end, step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 3]>,
    /// For geopoints: accuracy in metres at which to stop by itself, and above which to warn; 0 where unset.
    pub accuracy_m: [f64; 2],
}

/// Longest list of choices that a node carries whole.
pub const MAX_LISTED_CHOICES: usize = 60;

/// Body controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// A typed answer; see the data type.
    Input,
    /// A text to read: an input that is read-only and has no calculation to show but its label.
    Note,
    /// One choice.
    SelectOne,
    /// Several choices.
    SelectMultiple,
    /// An order of choices.
    Rank,
    /// A file; appearance `signature` asks for strokes.
    Upload,
    /// A single "OK".
    Trigger,
    /// A number on a scale.
    Range,
}

/// Data types of the ODK XForms specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// Text.
    #[default]
    String,
    /// Whole number.
    Int,
    /// Decimal number.
    Decimal,
    /// `true` / `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM:SS.sss+hh:mm`.
    Time,
    /// `YYYY-MM-DDTHH:MM:SS.sss+hh:mm`.
    DateTime,
    /// `lat lon altitude accuracy`.
    Geopoint,
    /// Points separated by `;`.
    Geotrace,
    /// Points separated by `;`, closed.
    Geoshape,
    /// Scanned text.
    Barcode,
    /// Name of an attachment.
    Binary,
    /// An app of its own.
    Intent,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What stands in the submission.
    pub value: String,
    /// What the person reads.
    pub label: String,
    /// Files that go with the label, as on a [`ViewNode`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
}

/// A file that goes with a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Media {
    /// `image`, `big-image`, `audio`, `video`, or another form the texts have.
    pub form: String,
    /// Where it lies, as the form has it: `jr://images/house.png`.
    pub address: String,
}

/// A rule that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `answer.required`, `answer.constraint`, `answer.type` or `answer.choice`.
    pub code: String,
    /// The form's own message in the current language; empty where the form has none.
    pub message: String,
}

/// A violation and where to find it, for "jump to the first error".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The question.
    pub node: NodeId,
    /// The page that shows it.
    pub page: NodeId,
    /// The question's label.
    pub label: String,
    /// What is wrong.
    #[serde(flatten)]
    pub violation: Violation,
}
