//! Forms to load: each must open, or be refused with the reasons.
//!
//! A refusal passes where every reason is a fault of the form: an expression, reference or document that the
//! specification does not allow. A reason that names something the specification has and the engine lacks is a failure.

use std::sync::Arc;

use wasm_forms::{Code, Diagnostic, Env, Form, Lists, Place, Session, Severity, Table};

use crate::{Case, Files, Outcome, Score};

/// The file of a case that holds the form itself; the others are attachments.
pub const FORM: &str = "form.xml";

/// What may be wrong with a form, rather than with the engine.
const FAULTS: [Code; 8] = [
    Code::FormMalformed,
    Code::FormMissingPart,
    Code::FormExpression,
    Code::FormArguments,
    Code::FormCycle,
    Code::FormPattern,
    Code::FormDuplicateList,
    // A version that a reader does not know must be refused (Entities, "Versioning").
    Code::FormEntitiesVersion,
];

/// Functions that the specification has; a call of another one is the form's fault.
const FUNCTIONS: &str = "abs acos area asin atan atan2 base64-decode boolean boolean-from-string ceiling checklist \
    choice-name coalesce concat contains cos count count-non-empty count-selected current date date-time \
    decimal-date-time decimal-time digest distance encrypt ends-with exp exp10 extract-signed false floor format-date \
    format-date-time geofence id if indexed-repeat instance int intersects jr:choice-name jr:itext join last \
    local-name log log10 max min name namespace-uri normalize-space not now number once pi position position pow \
    property pulldata random randomize regex round selected selected-at sin sqrt starts-with string string-length \
    substr substring substring-after substring-before sum tan thousands-sep today translate true uuid \
    weighted-checklist";

/// Elements that the specification has.
const ELEMENTS: &str = "bind group input instance item itemset itext label hint output range rank recordaudio repeat \
    select select1 setgeopoint setvalue submission text translation trigger upload value";

/// Loads a form and opens a session of it.
pub fn run(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let xform = case.files.get(FORM).map_or("", String::as_str);
    match Form::compile(xform) {
        Ok(form) => match open(form, &case.files) {
            Ok(()) => outcome.judge(Score::Check, true, "load", "", ""),
            Err(problem) => outcome.judge(Score::Check, false, "open", "a session", &problem),
        },
        Err(problems) => {
            let errors: Vec<&Diagnostic> =
                problems.iter().filter(|it| it.severity == Severity::Error).collect();
            let told: Vec<String> = errors.iter().map(|it| self::told(it)).collect();
            let passed = !errors.is_empty() && errors.iter().all(|it| is_fault(it));
            outcome.judge(Score::Check, passed, "load", "a form", &told.join("; "));
            if passed {
                outcome.cause("refused", &told.join("; "));
            }
        }
    }
    outcome
}

fn is_fault(problem: &Diagnostic) -> bool {
    let names = |list: &str, param: &str| {
        let named = problem.params.get(param).map_or("", String::as_str);
        list.split_whitespace().any(|it| it == named)
    };
    if problem.code == Code::FormUnknownFunction.as_str() {
        return !names(FUNCTIONS, "function");
    }
    if problem.code == Code::FormUnknownElement.as_str() {
        let is_inside_list = problem.params.get("element").is_some_and(|it| it.starts_with("instance("));
        return !is_inside_list && !names(ELEMENTS, "element");
    }
    FAULTS.iter().any(|code| code.as_str() == problem.code)
}

fn open(form: Form, files: &Files) -> Result<(), String> {
    let mut lists = Lists::new();
    for (id, file) in form.lists() {
        if let Some(text) = files.get(file) {
            lists.insert(id.to_owned(), Arc::new(table(file, text)?));
        }
    }
    let env = Env { now_ms: 1_773_772_951_123, seed: 1, ..Env::default() };
    let mut session = Session::open(&Arc::new(form), &Arc::new(lists), env, &[]);
    let rows = session.rows();
    if rows.is_empty() { Err("an empty instance".to_owned()) } else { Ok(()) }
}

/// Returns a diagnostic in one line: code, place, parameters.
pub fn told(problem: &Diagnostic) -> String {
    let place = match &problem.place {
        Place::Form => String::new(),
        Place::Node { reference, attribute } => format!(" at {reference} {attribute}"),
        Place::Cell { sheet, row, column } => format!(" at {sheet}!{column}{row}"),
    };
    let params: Vec<String> =
        problem.params.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{}{place} ({})", problem.code, params.join(", "))
}

/// Returns an attachment as a list.
pub fn table(file: &str, text: &str) -> Result<Table, String> {
    Table::from_file(file, text).map_err(|error| format!("{file}: {error}"))
}
