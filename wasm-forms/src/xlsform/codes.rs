//! Every code a workbook can be answered with. The texts stand in the web app's `i18n` files.

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal,)+) => {
        $($(#[doc = $meaning])+ pub(super) const $name: &str = $text;)+

        /// Every code this part of the engine can give, in alphabetical order.
        pub const CODES: &[&str] = &[$($text,)+];
    };
}

codes! {
    /// A row or column behind so many empty ones that it is not read. Parameter: `found`.
    AFTER_GAP = "workbook.after_gap",
    /// A name that several questions have is used in `${…}`. Parameters: `name`, `rows`.
    AMBIGUOUS_REFERENCE = "workbook.ambiguous_reference",
    /// A function is given too few or too many arguments. Parameters: `function`, `found`, `wanted`.
    ARGUMENTS = "workbook.arguments",
    /// The audit row has a name of its own. Parameter: `found`.
    AUDIT_NAME = "workbook.audit_name",
    /// A choice column whose name cannot become an element. Parameter: `column`.
    BAD_CHOICE_COLUMN = "workbook.bad_choice_column",
    /// A name with characters that names cannot have. Parameter: `found`.
    BAD_NAME = "workbook.bad_name",
    /// A parameter with an impossible value. Parameters: `parameter`, `found`, `wanted`.
    BAD_PARAMETER = "workbook.bad_parameter",
    /// A range whose start, end, step, ticks and labels do not fit together. Parameters: `parameter`, `found`.
    BAD_RANGE = "workbook.bad_range",
    /// A question is named without `${…}`. Parameter: `found`.
    BARE_NAME = "workbook.bare_name",
    /// A large image without the small one. Parameter: `name`.
    BIG_IMAGE_ALONE = "workbook.big_image_alone",
    /// A cell whose formula gives an error. Parameter: `found`, e.g. `#REF!`.
    CELL_ERROR = "workbook.cell_error",
    /// A choice for a question with several answers has a space in its name. Parameters: `found`, `list`.
    CHOICE_WITH_SPACE = "workbook.choice_with_space",
    /// A choice without a label. Parameter: `name`.
    CHOICE_WITHOUT_LABEL = "workbook.choice_without_label",
    /// A choice without a name. Parameter: `list`.
    CHOICE_WITHOUT_NAME = "workbook.choice_without_name",
    /// A constraint that every answer meets. Parameter: `found`.
    CONSTRAINT_ALWAYS = "workbook.constraint_always",
    /// A constraint names its own question instead of `.`. Parameter: `name`.
    CONSTRAINT_NAMES_ITSELF = "workbook.constraint_names_itself",
    /// A constraint that no answer meets. Parameter: `found`.
    CONSTRAINT_NEVER = "workbook.constraint_never",
    /// Expressions that depend on each other in a circle. Parameters: `names`, `rows`.
    CYCLE = "workbook.cycle",
    /// A disabled row or the column for it. No parameter.
    DISABLED = "workbook.disabled",
    /// The same choice twice in one list. Parameters: `name`, `list`, `row` of the first.
    DUPLICATE_CHOICE = "workbook.duplicate_choice",
    /// Two columns for the same thing. Parameters: `column`, `other`.
    DUPLICATE_COLUMN = "workbook.duplicate_column",
    /// Two list files or instances under one name. Parameter: `name`.
    DUPLICATE_INSTANCE = "workbook.duplicate_instance",
    /// Two questions of one group with the same name. Parameters: `name`, `row` of the first.
    DUPLICATE_NAME = "workbook.duplicate_name",
    /// Names that differ only in upper and lower case. Parameters: `name`, `other`, `row` of the other.
    DUPLICATE_NAME_CASE = "workbook.duplicate_name_case",
    /// Two repeats with the same name, or one named like the form. Parameter: `name`.
    DUPLICATE_REPEAT = "workbook.duplicate_repeat",
    /// The survey sheet has no question.
    EMPTY_SURVEY = "workbook.empty_survey",
    /// A text file in an encoding that is not known.
    ENCODING = "workbook.encoding",
    /// An end row without its begin row. Parameter: `found`.
    END_WITHOUT_BEGIN = "workbook.end_without_begin",
    /// A register row is created under a given id. Parameter: `list`.
    ENTITY_CREATE_WITH_ID = "workbook.entity_create_with_id",
    /// The same register list is declared twice. Parameter: `list`.
    ENTITY_DUPLICATE = "workbook.entity_duplicate",
    /// A new register row has no label. Parameter: `list`.
    ENTITY_LABEL = "workbook.entity_label",
    /// Two register lists want the same group. Parameters: `list`, `other`.
    ENTITY_NO_ROOM = "workbook.entity_no_room",
    /// What is saved into one list stands in different repeats. Parameters: `list`, `found`, `wanted`.
    ENTITY_SCOPE = "workbook.entity_scope",
    /// An update without the id of the row to update. Parameter: `list`.
    ENTITY_WITHOUT_ID = "workbook.entity_without_id",
    /// The name of a register list is missing.
    ENTITY_WITHOUT_LIST = "workbook.entity_without_list",
    /// A list file whose ending is not known. Parameter: `found`.
    FILE_EXTENSION = "workbook.file_extension",
    /// A cell with a formula whose value the file does not hold. No parameter.
    FORMULA_WITHOUT_VALUE = "workbook.formula_without_value",
    /// Full-width signs that were taken as their ASCII counterparts. Parameters: `found`, `used`.
    FULL_WIDTH = "workbook.full_width",
    /// What looks like a reference in a text, but has full-width signs. Parameter: `found`.
    FULL_WIDTH_REFERENCE = "workbook.full_width_reference",
    /// Whether a group is shown depends on a question inside. Parameters: `name`, `other`.
    GROUP_NEEDS_INSIDE = "workbook.group_needs_inside",
    /// A group that is never shown. Parameters: `name`, `count` of its questions.
    GROUP_NEVER_SHOWN = "workbook.group_never_shown",
    /// A begin row without its end row. Parameters: `name`, `type`.
    GROUP_NOT_CLOSED = "workbook.group_not_closed",
    /// A language that does not end in its code. Parameter: `language`.
    LANGUAGE_WITHOUT_CODE = "workbook.language_without_code",
    /// A photo without a limit to its size. Parameter: `name`.
    LARGE_IMAGES = "workbook.large_images",
    /// What was saved last is read by texts alone, which have no list for it.
    LAST_SAVED_IN_TEXT = "workbook.last_saved_in_text",
    /// The workbook has macros, which do nothing here. No parameter.
    MACROS = "workbook.macros",
    /// A `${` that is not followed by one name and `}`. Parameters: `found`, `wanted`.
    MALFORMED_REFERENCE = "workbook.malformed_reference",
    /// Merged cells whose value could mean several rows or columns. Parameter: `found`, e.g. `B2:B5`.
    MERGED_CELLS = "workbook.merged_cells",
    /// A calculate row without a calculation. Parameter: `name`.
    MISSING_CALCULATION = "workbook.missing_calculation",
    /// The choices sheet is missing. Parameter: `sheet`.
    MISSING_CHOICES = "workbook.missing_choices",
    /// A column that must be there. Parameter: `column`.
    MISSING_COLUMN = "workbook.missing_column",
    /// A question without label and hint. Parameter: `name`.
    MISSING_LABEL = "workbook.missing_label",
    /// A list that the choices sheet does not have. Parameter: `list`.
    MISSING_LIST = "workbook.missing_list",
    /// A row without a name. Parameter: `type`.
    MISSING_NAME = "workbook.missing_name",
    /// A parameter that another one needs. Parameter: `parameter`.
    MISSING_PARAMETER = "workbook.missing_parameter",
    /// No sheet for the questions. Parameter: `sheet`.
    MISSING_SURVEY = "workbook.missing_survey",
    /// A language lacks a column that another language has. Parameters: `language`, `column`.
    MISSING_TRANSLATION = "workbook.missing_translation",
    /// A background location without its trigger. Parameter: `name`.
    MISSING_TRIGGER = "workbook.missing_trigger",
    /// A row without a type. Parameter: `name`.
    MISSING_TYPE = "workbook.missing_type",
    /// A choice that its list lacks, but like one that it has. Parameters: `found`, `list`, `nearest`,
    /// `wanted`.
    MISSPELT_CHOICE = "workbook.misspelt_choice",
    /// A column that is not known, but looks like one that is. Parameters: `column`, `nearest`.
    MISSPELT_COLUMN = "workbook.misspelt_column",
    /// A filter reads a column that its list lacks, but like one that it has. Parameters: `column`,
    /// `list`, `nearest`.
    MISSPELT_FILTER_COLUMN = "workbook.misspelt_filter_column",
    /// A function that does not exist, but looks like one that does. Parameters: `function`, `nearest`.
    MISSPELT_FUNCTION = "workbook.misspelt_function",
    /// A language that elsewhere is written differently. Parameters: `language`, `nearest`.
    MISSPELT_LANGUAGE = "workbook.misspelt_language",
    /// A list that does not exist, but looks like one that does. Parameters: `list`, `nearest`.
    MISSPELT_LIST = "workbook.misspelt_list",
    /// A parameter that looks like one of this type. Parameters: `parameter`, `nearest`, `wanted`.
    MISSPELT_PARAMETER = "workbook.misspelt_parameter",
    /// A path that leads nowhere, but looks like a question's. Parameters: `reference`, `nearest`.
    MISSPELT_PATH = "workbook.misspelt_path",
    /// `${…}` names no question, but looks like one. Parameters: `name`, `nearest`.
    MISSPELT_REFERENCE = "workbook.misspelt_reference",
    /// A sheet that is needed, and one whose name looks like it. Parameters: `sheet`, `nearest`.
    MISSPELT_SHEET = "workbook.misspelt_sheet",
    /// A type that does not exist, but looks like one that does. Parameters: `type`, `nearest`.
    MISSPELT_TYPE = "workbook.misspelt_type",
    /// A question that must be answered and cannot be. Parameter: `name`.
    NEVER_ANSWERABLE = "workbook.never_answerable",
    /// The file is no workbook.
    NOT_A_WORKBOOK = "workbook.not_a_workbook",
    /// Something else where only yes, no or a condition can stand. Parameter: `found`.
    NOT_YES_OR_NO = "workbook.not_yes_or_no",
    /// `or_other` where it cannot be. Parameter: `name`.
    OR_OTHER = "workbook.or_other",
    /// Another program's way to write expressions. Parameters: `found`, `wanted`.
    OTHER_NOTATION = "workbook.other_notation",
    /// What `or_other` adds is not translated. Parameter: `name`.
    OTHER_UNTRANSLATED = "workbook.other_untranslated",
    /// A type that phones no longer answer. Parameter: `type`.
    OUTDATED_TYPE = "workbook.outdated_type",
    /// A password protects the file.
    PASSWORD = "workbook.password",
    /// A condition that holds whatever is answered. Parameter: `found`.
    RELEVANT_ALWAYS = "workbook.relevant_always",
    /// A question that is never shown. Parameter: `name`.
    RELEVANT_NEVER = "workbook.relevant_never",
    /// `name` and `label` and names beginning with `__` are taken. Parameter: `found`.
    RESERVED_NAME = "workbook.reserved_name",
    /// The same register column is filled twice. Parameters: `found`, `row` of the first.
    SAVE_TO_DUPLICATE = "workbook.save_to_duplicate",
    /// Groups and repeats cannot be saved.
    SAVE_TO_GROUP = "workbook.save_to_group",
    /// `save_to` does not say into which of several lists, or names one that is not declared. Parameter: `found`.
    SAVE_TO_LIST = "workbook.save_to_list",
    /// `save_to` although no register list is declared.
    SAVE_TO_WITHOUT_ENTITY = "workbook.save_to_without_entity",
    /// `search()` where it cannot be. Parameter: `name`.
    SEARCH = "workbook.search",
    /// A question with choices does not say which list. Parameter: `type`.
    SELECT_WITHOUT_LIST = "workbook.select_without_list",
    /// What decides about a question depends on the question itself. Parameter: `name`.
    SELF_REFERENCE = "workbook.self_reference",
    /// A row that was left out because it has neither type, name nor label.
    SKIPPED_ROW = "workbook.skipped_row",
    /// The questions of a table list use different lists, or a filter. Parameter: `list`.
    TABLE_LIST = "workbook.table_list",
    /// Groups in groups, too many of them. Parameter: `limit`.
    TOO_DEEP = "workbook.too_deep",
    /// The file is too large, or unpacks to too much. Parameter: `limit`.
    TOO_LARGE = "workbook.too_large",
    /// An expression with too many parentheses or operators.
    TOO_LONG_EXPRESSION = "workbook.too_long_expression",
    /// A sheet has too many columns. Parameter: `limit`.
    TOO_MANY_COLUMNS = "workbook.too_many_columns",
    /// A sheet has too many rows. Parameter: `limit`.
    TOO_MANY_ROWS = "workbook.too_many_rows",
    /// A question nobody sees cannot trigger another. Parameters: `name`, `other`.
    TRIGGER_NOT_VISIBLE = "workbook.trigger_not_visible",
    /// Parentheses or quotes of an expression do not match. Parameter: `found`.
    UNBALANCED = "workbook.unbalanced",
    /// An expression that ends too early. Parameter: `found`.
    UNFINISHED_EXPRESSION = "workbook.unfinished_expression",
    /// A choice that its list lacks. Parameters: `found`, `list`, `wanted`.
    UNKNOWN_CHOICE = "workbook.unknown_choice",
    /// A column that is not known. Parameter: `column`.
    UNKNOWN_COLUMN = "workbook.unknown_column",
    /// A filter reads a column that its list lacks. Parameters: `column`, `list`.
    UNKNOWN_FILTER_COLUMN = "workbook.unknown_filter_column",
    /// A function that does not exist. Parameter: `function`.
    UNKNOWN_FUNCTION = "workbook.unknown_function",
    /// The default language is the language of no column. Parameters: `language`, `wanted`.
    UNKNOWN_LANGUAGE = "workbook.unknown_language",
    /// A parameter that this type does not have. Parameters: `parameter`, `wanted`.
    UNKNOWN_PARAMETER = "workbook.unknown_parameter",
    /// A path that leads to no question. Parameter: `reference`.
    UNKNOWN_PATH = "workbook.unknown_path",
    /// `${…}` names no question. Parameter: `name`.
    UNKNOWN_REFERENCE = "workbook.unknown_reference",
    /// A type that does not exist. Parameter: `type`.
    UNKNOWN_TYPE = "workbook.unknown_type",
    /// A bare word that is nothing. Parameter: `found`.
    UNKNOWN_WORD = "workbook.unknown_word",
    /// A choice is named without quotes. Parameter: `found`.
    UNQUOTED_TEXT = "workbook.unquoted_text",
    /// An expression that cannot be read on from somewhere. Parameter: `found`.
    UNREADABLE_EXPRESSION = "workbook.unreadable_expression",
    /// The parameters are not `key=value` pairs. Parameter: `found`.
    UNREADABLE_PARAMETERS = "workbook.unreadable_parameters",
    /// Cells that are filled in in another language. Parameters: `language`, `column`, `count`, `rows`.
    UNTRANSLATED = "workbook.untranslated",
    /// A list that no question uses. Parameter: `list`.
    UNUSED_LIST = "workbook.unused_list",
}

/// Returns the code that says the same as `code` and offers the nearest known name.
pub(super) fn with_nearest(code: &'static str) -> &'static str {
    match code {
        UNKNOWN_CHOICE => MISSPELT_CHOICE,
        UNKNOWN_COLUMN => MISSPELT_COLUMN,
        UNKNOWN_FILTER_COLUMN => MISSPELT_FILTER_COLUMN,
        UNKNOWN_FUNCTION => MISSPELT_FUNCTION,
        MISSING_LIST => MISSPELT_LIST,
        UNKNOWN_PARAMETER => MISSPELT_PARAMETER,
        UNKNOWN_REFERENCE => MISSPELT_REFERENCE,
        MISSING_CHOICES | MISSING_SURVEY => MISSPELT_SHEET,
        UNKNOWN_TYPE => MISSPELT_TYPE,
        _ => code,
    }
}
