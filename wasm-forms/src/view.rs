//! All that a user interface sees of a session: plain data. Every type here is a promise to the web app.
//!
//! A view is a tree of nodes by id. Ids stay the same for the life of a session; removing a repeat instance
//! retires its ids. After each call the engine tells what changed as a [`ViewDiff`]: whole nodes, so that
//! applying it is `nodes[id] = node`.

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
    /// Nodes that differ, in order.
    pub changed: Vec<NodeId>,
    /// Repeat instances that are new.
    pub added: Vec<NodeId>,
    /// Nodes that no longer exist, in order.
    pub removed: Vec<NodeId>,
    /// Whether anything came to be shown or hidden, so that the pages may be others.
    pub pages: bool,
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
    /// Path with positions, e.g. `/data/party[2]/p_name`.
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
