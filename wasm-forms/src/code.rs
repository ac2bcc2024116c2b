//! Every message the engine can give, by stable code. People read the text of a code, in their language, from
//! the web app's `i18n` folder; the text may use the parameters that come with the message.

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal,)+) => {
        /// A stable message code, `area.problem`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $meaning])+ $name,)+ }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// Returns the code as people and programs write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }
        }
    };
}

codes! {
    // An answer and its rule.
    /// A question that must be answered is empty.
    AnswerRequired = "answer.required",
    /// The answer breaks the form's constraint; the form's own message, where it has one, says how.
    AnswerConstraint = "answer.constraint",
    /// The text is not a value of the question's type. Parameter: `type`.
    AnswerType = "answer.type",
    /// The chosen value is not among the choices.
    AnswerChoice = "answer.choice",
    /// A value stands where the form had hidden the question.
    AnswerIrrelevant = "answer.irrelevant",
    /// A calculated value is not what the engine calculates from the same answers.
    AnswerCalculation = "answer.calculation",
    /// More instances of a repeat are asked for than are made.
    AnswerCount = "answer.count",
    /// A file that an answer names did not come with the submission.
    EvidenceMissing = "evidence.missing",

    /// Answers that a signature covers were changed after it was given.
    SignatureVoid = "signature.void",

    // The submission as a document.
    /// The text is not well-formed XML. Parameters: `line`, `column`.
    SubmissionMalformed = "submission.malformed",
    /// The root's form id is not this form's.
    SubmissionForm = "submission.form",
    /// There is no `meta/instanceID`.
    SubmissionNoInstanceId = "submission.no_instance_id",
    /// An element that the form does not have. Parameter: `name`.
    SubmissionUnknownNode = "submission.unknown_node",
    /// An element that the form has is missing although it was relevant.
    SubmissionMissingNode = "submission.missing_node",

    /// The document names more instances than any visit can have.
    SubmissionTooLarge = "submission.too_large",
    /// An entity is to be made, and its id is no UUID: it is not made.
    SubmissionEntityId = "submission.entity_id",
    /// The submission is encrypted: nothing in it was checked.
    SubmissionEncrypted = "submission.encrypted",
    /// A repeat has more instances than the form's count allows.
    SubmissionExtraInstance = "submission.extra_instance",
    /// There are more findings than are kept; the message says how many more.
    SubmissionMoreFindings = "submission.more_findings",

    // A form definition.
    /// The form is not well-formed XML. Parameters: `line`, `column`.
    FormMalformed = "form.malformed",
    /// A part every form has is missing. Parameter: `part`.
    FormMissingPart = "form.missing_part",
    /// Something is nested deeper than any form is. Parameter: `limit`.
    FormTooDeep = "form.too_deep",
    /// The document has more elements, or an element more attributes, than any form.
    FormTooLarge = "form.too_large",
    /// A reference names a node that the form does not have. Parameter: `reference`, `nearest`.
    FormUnknownNode = "form.unknown_node",
    /// A body element that the engine does not know. Parameter: `element`.
    FormUnknownElement = "form.unknown_element",
    /// A question type the engine does not know. Parameter: `type`.
    FormUnknownType = "form.unknown_type",
    /// An expression that cannot be read. Parameters: `expression`, `expected`, `at`.
    FormExpression = "form.expression",
    /// A function that does not exist. Parameters: `function`, `nearest`.
    FormUnknownFunction = "form.unknown_function",
    /// A function called with too few or too many arguments. Parameters: `function`, `found`, `wanted`.
    FormArguments = "form.arguments",
    /// Expressions that depend on each other in a circle. Parameter: `names`.
    FormCycle = "form.cycle",
    /// A list that the form reads and nobody supplies. Parameter: `list`.
    FormUnknownList = "form.unknown_list",
    /// A text id without text. Parameter: `id`.
    FormUnknownText = "form.unknown_text",
    /// A `regex()` pattern that cannot be compiled. Parameter: `pattern`.
    FormPattern = "form.pattern",
    /// The key for encrypting submissions is no RSA public key. Parameter: `problem`.
    FormPublicKey = "form.public_key",

    /// The form is written for entities as a later specification has them. Parameters: `found`, `newest`.
    FormEntitiesVersion = "form.entities_version",
    /// Two lists have the same id. Parameter: `list`.
    FormDuplicateList = "form.duplicate_list",
    /// A preload that there is none of: nothing is put into the node. Parameters: `preload`, `parameters`.
    FormPreload = "form.preload",
    /// An expression looks at signatures, and nothing here verifies them.
    FormSignatures = "form.signatures",
    /// A way to send submissions that the specification does not have. Parameter: `method`.
    FormSubmissionMethod = "form.submission_method",
    /// The form asks for a recording in the background, which is not made.
    FormRecording = "form.recording",

    // A list (CSV).
    /// A list file is not CSV with a header. Parameters: `line`, `problem`.
    ListMalformed = "list.malformed",

    /// A list has more columns or cells than are read. Parameters: `list`, `columns`, `cells`.
    ListTooLarge = "list.too_large",

    // A session.
    /// The draft was not written by this form in this version.
    DraftForeign = "draft.foreign",
    /// The draft cannot be read.
    DraftMalformed = "draft.malformed",
}
