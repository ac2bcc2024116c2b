//! Warnings by what they are about: the wording of each side is its own.

use wasm_forms::xlsform::Conversion;
use wasm_forms::{Diagnostic, Severity};

use crate::forms::told as line;

/// Words that only the reference's warnings of one kind have, and our code for the same.
const KINDS: &[(&str, &str)] = &[
    ("case-insensitive match", "workbook.duplicate_name_case"),
    ("sheets with similar names", "workbook.misspelt_sheet"),
    ("or_other and translations", "workbook.other_untranslated"),
    ("Choices should have a label", "workbook.choice_without_label"),
    ("is missing the", "workbook.missing_translation"),
    ("Repeat has no label", "workbook.missing_label"),
    ("machine-readable codes", "workbook.language_without_code"),
    ("no longer supported on most devices", "workbook.outdated_type"),
    ("max-pixels", "workbook.large_images"),
    ("column headers are both specified", "workbook.duplicate_column"),
    ("Column headers must not be empty", "workbook.bad_choice_column"),
    ("Row without name, text, or label", "workbook.skipped_row"),
    ("disabled", "workbook.disabled"),
];

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(&'static str);

impl Kind {
    /// Returns the kind of the reference's warning.
    pub(super) fn of(text: &str) -> Option<Kind> {
        KINDS.iter().find(|(words, _)| text.contains(words)).map(|(_, code)| Kind(code))
    }

    pub(super) fn is_given(self, conversion: &Conversion) -> bool {
        warnings(conversion).any(|it| it.code == self.0)
    }
}

/// Returns whether we warn of what `recorded` is about; where the assertion only quotes a name, of that name.
pub(super) fn gives(conversion: &Conversion, recorded: &str, asserted: &str) -> bool {
    let quoted = asserted.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    let is_named = quoted.filter(|it| !it.contains('\'')).is_none_or(|it| names(conversion, it));
    Kind::of(recorded).is_some_and(|it| it.is_given(conversion)) && is_named
}

/// Returns whether a warning names something.
pub(super) fn names(conversion: &Conversion, name: &str) -> bool {
    warnings(conversion).any(|it| it.params.values().any(|it| it == name))
}

/// Returns how many kinds of warning we give that the reference has too. What it does not look for is no matter here.
pub(super) fn kinds(conversion: &Conversion) -> usize {
    let is_given = |kind: &&Kind| kind.is_given(conversion);
    KINDS.iter().map(|(_, code)| Kind(code)).collect::<Vec<_>>().iter().filter(is_given).count()
}

/// Returns the warnings in one line.
pub(super) fn told(conversion: &Conversion) -> String {
    warnings(conversion).map(line).collect::<Vec<_>>().join("; ")
}

fn warnings(conversion: &Conversion) -> impl Iterator<Item = &Diagnostic> {
    conversion.diagnostics.iter().filter(|it| it.severity == Severity::Warning)
}
