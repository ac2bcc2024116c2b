//! A compiled form: immutable, shared by all its sessions.

use std::sync::Arc;

use crate::grouped::Grouped;
use crate::instance::Aggregate;
use crate::lists::Table;
use crate::parse::{BodyKind, Definition, Event, Model, Recording, ScopeId, Source, Submission};
use crate::preload::Preload;
use crate::signed::{self, Verify};
use crate::view::{DataType, Parts};
use crate::xpath::Expr;
use crate::xpath::ast::{Fixed, ModelId};
use crate::{Diagnostic, Severity, compile, parse};

/// A form ready to be filled in; `Send + Sync`, shared as `Arc<Form>`.
#[derive(Debug)]
pub struct Form {
    pub(crate) title: String,
    pub(crate) model: Model,
    /// By model node.
    pub(crate) data_types: Vec<DataType>,
    /// By model node: what a change of it can concern at all.
    pub(crate) facts: Vec<Facts>,
    /// In the order in which they are evaluated: a rule stands after everything it reads.
    pub(crate) rules: Vec<Rule>,
    /// By scope: the rules evaluated in its frames.
    pub(crate) rules_in: Grouped<u32>,
    /// By model node: the rules over it.
    pub(crate) rules_of: Grouped<u32>,
    /// By model node: the rules that read it.
    pub(crate) readers: Grouped<Reader>,
    /// By model node: the body items whose texts or choices read it; `reader` numbers the item.
    pub(crate) shown_by: Grouped<Reader>,
    /// Rules that read the clock.
    pub(crate) clock_rules: Vec<u32>,
    /// Figures over many nodes that are kept up to date.
    pub(crate) aggregates: Vec<Kept>,
    /// By model node: the aggregates it counts in.
    pub(crate) aggregates_of: Grouped<u32>,
    pub(crate) body: Vec<Item>,
    /// The body items that stand in no other.
    pub(crate) top_level: Vec<u32>,
    /// By scope: the body items shown once in each of its frames, by place.
    pub(crate) items_in: Grouped<u32>,
    /// By model node: the body items that show it; for a repeat as a whole, the repeat's own node.
    pub(crate) items_of: Grouped<u32>,
    /// By model node: its question in the body.
    pub(crate) question_of: Vec<Option<u32>>,
    pub(crate) texts: TextTable,
    pub(crate) lists: Vec<List>,
    pub(crate) actions: Vec<Action>,
    pub(crate) preloads: Vec<(ModelId, Preload)>,
    /// By model node: what to say when it is empty but required, and when its constraint fails.
    pub(crate) messages: Vec<[Text; 2]>,
    /// `meta/entity` nodes and the lists they belong to, by the form: a submission cannot choose another.
    pub(crate) entities: Vec<(ModelId, String)>,
    /// By model node: the entity property it is saved to.
    pub(crate) save_to: Vec<Option<Box<str>>>,
    /// By model node: longest side of an image; 0 where the bind says nothing.
    pub(crate) max_pixels: Vec<u32>,
    /// The signatures and the answers that each covers, in the order of the form; see [`crate::bound`].
    pub(crate) signs: Vec<(ModelId, Box<[ModelId]>)>,
    pub(crate) submission: Submission,
    pub(crate) recordings: Vec<Recording>,
    pub(crate) body_classes: Vec<String>,
    /// The list that is the submission saved last.
    pub(crate) last_saved: Option<String>,
    /// What the client is to record in the audit log: attributes of the bind of `meta/audit`.
    pub(crate) audit: Vec<(String, String)>,
    /// What verifies the signatures that expressions look at.
    pub(crate) verify: Option<Verify>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// What there is to a model node, so that a change looks no further than it has to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// Whether no element stands below it.
    pub is_leaf: bool,
    /// Whether a body item shows it.
    pub is_shown: bool,
    /// Whether texts or choices of body items read it.
    pub is_told: bool,
    /// Whether a rule, a text or a choice reads its place among its siblings.
    pub is_placed: bool,
    pub has_constraint: bool,
    /// Whether what may be chosen depends on answers.
    pub is_filtered: bool,
    pub has_readers: bool,
    /// Whether something is done when its value changes.
    pub has_actions: bool,
    pub is_aggregated: bool,
}

/// One expression over one model node.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The node it decides about.
    pub model: ModelId,
    pub kind: RuleKind,
    pub expr: Expr,
    /// Whether what it decides may come from elsewhere too, from chance, a person, an action or what was saved last on the
    /// phone: no second evaluation gives it again, and a check takes what has arrived and judges nothing by it.
    pub is_open: bool,
    /// Whether it depends on what it decides: then it is evaluated until it changes nothing, within bounds.
    pub is_circular: bool,
    /// Whether its value is a number that is written as one.
    pub is_number: bool,
    /// The scope it is evaluated in, and the offset of its context node there: a count belongs to the repeat's parent.
    pub scope: ScopeId,
    pub offset: u32,
    /// Its place among the rules of its scope.
    pub place: u32,
}

/// A figure over the nodes of a path, kept once for each frame it is asked from.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    pub aggregate: Aggregate,
    pub path: Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleKind {
    /// How many instances a repeat has.
    Count,
    Relevant,
    Calculate,
    /// The node-set of an itemset that depends on answers.
    Choices,
    Readonly,
    Required,
    Constraint,
}

/// A reader of a model node: whatever changes in a frame concerns the readers in the frame around it at `depth`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reader {
    pub reader: u32,
    pub depth: u16,
    /// Of a body item: what of it reads.
    pub parts: Parts,
    /// Whether the node's place among its siblings is read.
    pub reads_place: bool,
}

impl Reader {
    /// Returns what is concerned wherever one of two is; both are the same rule or body item.
    pub fn or(self, other: Reader) -> Reader {
        Reader {
            reader: self.reader,
            depth: self.depth.min(other.depth),
            parts: self.parts.and(other.parts),
            reads_place: self.reads_place || other.reads_place,
        }
    }
}

/// A body item, its texts and choices compiled.
#[derive(Debug)]
pub(crate) struct Item {
    pub kind: BodyKind,
    pub parent: Option<u32>,
    pub children: Vec<u32>,
    pub model: Option<ModelId>,
    /// The node its texts and choices are read from: its own, else that of the group around it.
    pub context: ModelId,
    /// The scope in whose frames it is shown, and its place there.
    pub scope: ScopeId,
    pub place: u32,
    pub appearance: Vec<String>,
    pub label: Text,
    pub hint: Text,
    pub choices: Choices,
    pub media_type: String,
    pub rows: u32,
    pub autoplay: String,
    pub quality: String,
    pub intent: String,
    /// Whether the draft is to be stored when the person comes here.
    pub saves_incomplete: bool,
    pub range: Option<[f64; 3]>,
    pub accuracy_m: [f64; 2],
    /// Whether people may add and remove instances.
    pub is_open_repeat: bool,
    /// A text to read, nothing to answer.
    pub is_note: bool,
}

#[derive(Debug, Default)]
pub(crate) enum Text {
    #[default]
    None,
    /// A number in the table of texts.
    Itext(usize),
    Inline(Vec<Piece>),
}

#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Text(Box<str>),
    Output(Expr),
}

#[derive(Debug, Default)]
pub(crate) enum Choices {
    #[default]
    None,
    Inline(Vec<(String, Text)>),
    /// Rows of a list.
    Itemset(Box<Itemset>),
}

/// Choices from a list.
#[derive(Debug)]
pub(crate) struct Itemset {
    pub nodeset: Expr,
    /// Evaluated with the row as context, like `label`.
    pub value: Expr,
    pub label: Expr,
}

/// All translated texts.
pub(crate) type TextTable = crate::texts::Texts<TextForms>;

/// The forms of one text by name, the plain one's empty.
pub(crate) type TextForms = Vec<(Box<str>, Vec<Piece>)>;

#[derive(Debug)]
pub(crate) struct List {
    pub id: String,
    pub file: Option<String>,
    pub table: Option<Arc<Table>>,
    /// Whether only single rows are read, each by its key.
    pub is_by_key: bool,
}

#[derive(Debug)]
pub(crate) struct Action {
    pub event: Event,
    pub target: ModelId,
    /// The nodes it means, where the form chooses among instances.
    pub choice: Option<Expr>,
    pub value: ActionValue,
}

#[derive(Debug)]
pub(crate) enum ActionValue {
    Literal(String),
    Computed(Expr),
    /// Comes from outside, later: where the device is.
    Location,
}

impl Form {
    /// Compiles an XForm, or returns every reason why it cannot be used. A text that is given away is freed as soon as it
    /// is read, so that it and the form are never in memory together.
    pub fn compile(xform: impl AsRef<str>) -> Result<Form, Vec<Diagnostic>> {
        Form::compile_with(xform, signed::BUILT_IN)
    }

    /// Compiles an XForm that may look at signatures, with what verifies them: for a caller without the feature
    /// `signed`, whose [`Form::compile`] refuses such a form.
    pub fn compile_verifying(xform: impl AsRef<str>, verify: Verify) -> Result<Form, Vec<Diagnostic>> {
        Form::compile_with(xform, Some(verify))
    }

    fn compile_with(xform: impl AsRef<str>, verify: Option<Verify>) -> Result<Form, Vec<Diagnostic>> {
        let parsed = parse::parse(Source::Text(xform.as_ref()));
        drop(xform);
        Form::of_definition(parsed, verify)
    }

    /// Compiles an XForm that was just written, with what was noted of it.
    #[cfg(feature = "xlsform")]
    pub(crate) fn compile_drafted(
        xform: &str,
        drafted: Option<crate::document::Drafted>,
    ) -> Result<Form, Vec<Diagnostic>> {
        let source = drafted.map_or(Source::Text(xform), |it| Source::Drafted(xform, it));
        debug_assert!(source.is_as_written(), "what was noted of a form is not what stands in it: {xform}");
        Form::of_definition(parse::parse(source), signed::BUILT_IN)
    }

    fn of_definition(
        (definition, mut problems): (Option<Definition>, Vec<Diagnostic>),
        verify: Option<Verify>,
    ) -> Result<Form, Vec<Diagnostic>> {
        #[cfg(feature = "encryption")]
        problems.extend(
            definition
                .as_ref()
                .and_then(|it| it.submission.public_key.as_deref())
                .and_then(crate::encryption::diagnose),
        );
        let form = definition.and_then(|it| compile::compile(it, verify, &mut problems));
        let refused = problems.iter().any(|it| it.severity == Severity::Error);
        match form {
            Some(form) if !refused => Ok(Form { warnings: problems, ..form }),
            _ => Err(problems),
        }
    }

    /// Returns the form's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.model.form_id
    }

    /// Returns the form's version; may be empty.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.model.version
    }

    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the languages in the form's order.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        self.texts.languages.iter().map(String::as_str).collect()
    }

    /// Returns the external lists the form reads: instance id and file name (`residents`, `residents.csv`).
    #[must_use]
    pub fn lists(&self) -> Vec<(&str, &str)> {
        self.lists.iter().filter_map(|it| it.file.as_deref().map(|file| (it.id.as_str(), file))).collect()
    }

    /// Returns the id of the list that stands for what was saved last with this form (`jr://instance/last-saved`),
    /// where the form reads it: the caller puts that document in as [`crate::Table::from_xml`] reads it, or nothing
    /// where there is none.
    #[must_use]
    pub fn last_saved(&self) -> Option<&str> {
        self.last_saved.as_deref()
    }

    /// Returns whether all that the form reads of a list are single rows by their key (`name`). Then checking a
    /// submission needs those rows alone whose keys stand in it.
    #[must_use]
    pub fn reads_by_key(&self, list: &str) -> bool {
        self.lists.iter().filter(|it| it.id == list).all(|it| it.is_by_key)
    }

    /// Returns what the form says of its submissions.
    #[must_use]
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// Returns the recordings in the background that the form asks for; the engine makes none.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// Returns whether the form may ask for the device's location without a question for it, so that people can be
    /// told before they begin.
    #[must_use]
    pub fn asks_for_location(&self) -> bool {
        self.actions.iter().any(|it| matches!(it.value, ActionValue::Location))
    }

    /// Returns what the client is to record in its audit log, as the form has it: `track-changes` and `true`, …. The
    /// engine keeps no log.
    #[must_use]
    pub fn audit(&self) -> &[(String, String)] {
        &self.audit
    }

    /// Returns the words of the body's `class`: `pages`, `theme-grid`, ….
    #[must_use]
    pub fn body_classes(&self) -> &[String] {
        &self.body_classes
    }

    /// Returns the RSA public key that submissions are to be encrypted with, as the form carries it.
    #[must_use]
    pub fn public_key(&self) -> Option<&str> {
        self.submission.public_key.as_deref()
    }

    /// Returns warnings found while compiling.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    pub(crate) fn rule_of(&self, model: ModelId, kind: RuleKind) -> Option<&Rule> {
        self.rules_of.of(model).iter().map(|it| &self.rules[*it as usize]).find(|it| it.kind == kind)
    }
}
