//! Question types: their names, what people also call them, and what each becomes.

/// What a type becomes in the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuestionType {
    /// Canonical name.
    pub name: &'static str,
    /// Body element; empty for what nobody sees.
    pub tag: &'static str,
    pub mediatype: Option<&'static str>,
    /// Attributes of the bind.
    pub bind: &'static [(&'static str, &'static str)],
    pub hint: Option<&'static str>,
}

const STRING: &[(&str, &str)] = &[("type", "string")];
const BINARY: &[(&str, &str)] = &[("type", "binary")];
const NOTE: &[(&str, &str)] = &[("readonly", "true()"), ("type", "string")];

const fn input(name: &'static str, bind: &'static [(&'static str, &'static str)]) -> QuestionType {
    QuestionType { name, tag: "input", mediatype: None, bind, hint: None }
}

const fn upload(name: &'static str, mediatype: &'static str) -> QuestionType {
    QuestionType { name, tag: "upload", mediatype: Some(mediatype), bind: BINARY, hint: None }
}

const fn hidden(name: &'static str, bind: &'static [(&'static str, &'static str)]) -> QuestionType {
    QuestionType { name, tag: "", mediatype: None, bind, hint: None }
}

const fn control(
    name: &'static str,
    tag: &'static str,
    bind: &'static [(&'static str, &'static str)],
) -> QuestionType {
    QuestionType { name, tag, mediatype: None, bind, hint: None }
}

macro_rules! preload {
    ($name:literal, $kind:literal, $parameter:literal, $type:literal) => {
        hidden($name, &[("jr:preload", $kind), ("jr:preloadParams", $parameter), ("type", $type)])
    };
}

const fn counted(
    name: &'static str,
    bind: &'static [(&'static str, &'static str)],
    hint: &'static str,
) -> QuestionType {
    QuestionType { name, tag: "input", mediatype: None, bind, hint: Some(hint) }
}

const TYPES: &[QuestionType] = &[
    input("text", STRING),
    input("integer", &[("type", "int")]),
    input("decimal", &[("type", "decimal")]),
    input("date", &[("type", "date")]),
    input("time", &[("type", "time")]),
    input("dateTime", &[("type", "dateTime")]),
    input("note", NOTE),
    input("geopoint", &[("type", "geopoint")]),
    input("geotrace", &[("type", "geotrace")]),
    input("geoshape", &[("type", "geoshape")]),
    input("barcode", &[("type", "barcode")]),
    upload("image", "image/*"),
    upload("audio", "audio/*"),
    upload("video", "video/*"),
    upload("file", "application/*"),
    upload("osm", "osm/*"),
    control("select one", "select1", STRING),
    control("select all that apply", "select", STRING),
    control("select one external", "input", STRING),
    control("rank", "odk:rank", &[("type", "odk:rank")]),
    control("range", "range", &[("type", "int")]),
    control("acknowledge", "trigger", STRING),
    control("trigger", "trigger", &[]),
    control("background-geopoint", "trigger", &[("type", "geopoint")]),
    hidden("start-geopoint", &[("type", "geopoint")]),
    hidden("background-audio", BINARY),
    hidden("calculate", STRING),
    hidden("hidden", STRING),
    hidden("audit", BINARY),
    hidden("csv-external", &[]),
    hidden("xml-external", &[]),
    preload!("start", "timestamp", "start", "dateTime"),
    preload!("end", "timestamp", "end", "dateTime"),
    preload!("today", "date", "today", "date"),
    preload!("deviceid", "property", "deviceid", "string"),
    preload!("phonenumber", "property", "phonenumber", "string"),
    preload!("simserial", "property", "simserial", "string"),
    preload!("subscriberid", "property", "subscriberid", "string"),
    preload!("username", "property", "username", "string"),
    preload!("email", "property", "email", "string"),
    preload!("uri:deviceid", "property", "uri:deviceid", "string"),
    preload!("uri:phonenumber", "property", "uri:phonenumber", "string"),
    preload!("uri:simserial", "property", "uri:simserial", "string"),
    preload!("uri:subscriberid", "property", "uri:subscriberid", "string"),
    preload!("uri:username", "property", "uri:username", "string"),
    preload!("uri:email", "property", "uri:email", "string"),
    counted(
        "phone number",
        &[("type", "string"), ("constraint", r"regex(., '^\d*$')")],
        "Enter numbers only.",
    ),
    counted("percentage", &[("type", "int"), ("constraint", "0 <= . and . <= 100")], ""),
    counted(
        "number of days in last month",
        &[("type", "int"), ("constraint", "0 <= . and . <= 31")],
        "Enter a number 0-31.",
    ),
    counted(
        "number of days in last six months",
        &[("type", "int"), ("constraint", "0 <= . and . <= 183")],
        "Enter a number 0-183.",
    ),
    counted(
        "number of days in last year",
        &[("type", "int"), ("constraint", "0 <= . and . <= 365")],
        "Enter a number 0-365.",
    ),
];

/// Other names of a type.
const ALIASES: &[(&str, &str)] = &[
    ("string", "text"),
    ("int", "integer"),
    ("datetime", "dateTime"),
    ("date time", "dateTime"),
    ("photo", "image"),
    ("gps", "geopoint"),
    ("location", "geopoint"),
    ("imei", "deviceid"),
    ("device id", "deviceid"),
    ("sim id", "simserial"),
    ("subscriber id", "subscriberid"),
    ("start time", "start"),
    ("end time", "end"),
    ("get start time", "start"),
    ("get end time", "end"),
    ("get today", "today"),
    ("get device id", "deviceid"),
    ("get sim id", "simserial"),
    ("get subscriber id", "subscriberid"),
    ("get phone number", "phonenumber"),
    ("q string", "text"),
    ("q int", "integer"),
    ("q decimal", "decimal"),
    ("q date", "date"),
    ("q date time", "dateTime"),
    ("q datetime", "dateTime"),
    ("q note", "note"),
    ("q picture", "image"),
    ("q audio", "audio"),
    ("q video", "video"),
    ("q location", "geopoint"),
    ("q barcode", "barcode"),
    ("q calculate", "calculate"),
    ("q acknowledge", "acknowledge"),
    ("add text prompt", "text"),
    ("add integer prompt", "integer"),
    ("add decimal prompt", "decimal"),
    ("add date prompt", "date"),
    ("add date time prompt", "dateTime"),
    ("add datetime prompt", "dateTime"),
    ("add note prompt", "note"),
    ("add image prompt", "image"),
    ("add photo prompt", "image"),
    ("add audio prompt", "audio"),
    ("add video prompt", "video"),
    ("add file prompt", "file"),
    ("add location prompt", "geopoint"),
    ("add barcode prompt", "barcode"),
    ("add calculate prompt", "calculate"),
    ("add acknowledge prompt", "acknowledge"),
];

/// Returns the type that people call `name`, whatever its case.
pub(super) fn find(name: &str) -> Option<&'static QuestionType> {
    let by_name = |name: &str| TYPES.iter().find(|it| it.name == name);
    by_name(name).or_else(|| {
        let lower = name.to_lowercase();
        let alias = ALIASES.iter().find(|(alias, _)| *alias == lower).map(|(_, meant)| *meant);
        by_name(alias.unwrap_or(&lower))
    })
}

/// Commands that take a list, the longest first, with the type each makes and whether the list is a file.
const SELECTS: &[(&str, &str, bool)] = &[
    ("add select multiple prompt using", "select all that apply", false),
    ("add select one prompt using", "select one", false),
    ("select all that apply from", "select all that apply", false),
    ("select_multiple_from_file", "select all that apply", true),
    ("select multiple from file", "select all that apply", true),
    ("select_one_from_file", "select one", true),
    ("select one from file", "select one", true),
    ("select all that apply", "select all that apply", false),
    ("select_one_external", "select one external", false),
    ("select one external", "select one external", false),
    ("select multiple from", "select all that apply", false),
    ("select_multiple", "select all that apply", false),
    ("select multiple", "select all that apply", false),
    ("select one from", "select one", false),
    ("select_one", "select one", false),
    ("select one", "select one", false),
    ("select1", "select one", false),
    ("rank", "rank", false),
];

/// What begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Section {
    Group,
    Repeat,
    /// A group whose questions are asked once for each choice of a list; the list is empty on an end row.
    Loop(String),
}

impl Section {
    /// Returns whether an end row of this kind closes a group of kind `other`.
    pub(super) fn closes(&self, other: &Section) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// What the type column of a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `begin_group`, `begin_repeat`, `begin_loop over list`.
    Begin(Section),
    End(Section),
    /// A question with choices.
    Select {
        name: &'static str,
        list: String,
        from_file: bool,
        or_other: bool,
    },
    /// A map feature with its tags.
    Osm {
        list: String,
    },
    Question(&'static str),
    Unknown,
}

/// Reads the type column.
pub(super) fn command(text: &str) -> Command {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    if let Some(rest) = lower.strip_prefix("begin").filter(|it| it.starts_with([' ', '_'])) {
        let written = text.get("begin ".len()..).unwrap_or_default();
        return section(&rest[1..], written).map_or(Command::Unknown, Command::Begin);
    }
    if let Some(rest) = lower.strip_prefix("end").filter(|it| it.starts_with([' ', '_']) && *it != " time") {
        return section(&rest[1..], "").map_or(Command::Unknown, Command::End);
    }
    if let Some(list) = lower.strip_prefix("osm ").and_then(|_| text.get(4..)).filter(|it| !it.contains(' '))
    {
        return Command::Osm { list: list.to_owned() };
    }
    select(&text, &lower)
        .unwrap_or_else(|| find(&text).map_or(Command::Unknown, |it| Command::Question(it.name)))
}

/// `lower` is `written` in lower case.
fn section(lower: &str, written: &str) -> Option<Section> {
    match lower {
        "group" => Some(Section::Group),
        "repeat" | "lgroup" | "looped group" => Some(Section::Repeat),
        "loop" => Some(Section::Loop(String::new())),
        _ => {
            let list = lower.strip_prefix("loop ")?;
            let list = list.strip_prefix("over ").unwrap_or(list);
            let list = written.get(written.len().checked_sub(list.len())?..)?;
            (!list.contains(' ')).then(|| Section::Loop(list.to_owned()))
        }
    }
}

fn select(text: &str, lower: &str) -> Option<Command> {
    for (command, name, from_file) in SELECTS {
        let Some(rest) = lower.strip_prefix(command) else { continue };
        // `lower` and `text` agree in length for the commands, which are ASCII.
        let rest = if rest.is_empty() { "" } else { text.get(command.len()..)?.strip_prefix(' ')? };
        let (list, other) = rest.split_once(' ').unwrap_or((rest, ""));
        let or_other = matches!(other, "or specify other" | "or_other" | "or other");
        if or_other || other.is_empty() {
            return Some(Command::Select { name, list: list.to_owned(), from_file: *from_file, or_other });
        }
    }
    None
}

/// Returns every name a type column may begin with, for "did you mean".
pub(super) fn known_names() -> impl Iterator<Item = &'static str> + Clone {
    let controls = ["begin_group", "end_group", "begin_repeat", "end_repeat"].into_iter();
    let names = TYPES.iter().map(|it| it.name).chain(SELECTS.iter().map(|it| it.0));
    controls.chain(names.filter(|it| !it.contains(' ') || it.starts_with("begin")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_type_column() {
        let check = |text, expected: Command| assert_eq!(command(text), expected, "{text}");
        let select = |name, list: &str| Command::Select {
            name,
            list: list.to_owned(),
            from_file: false,
            or_other: false,
        };
        check("begin_group", Command::Begin(Section::Group));
        check("begin  Repeat", Command::Begin(Section::Repeat));
        check("end group", Command::End(Section::Group));
        check("begin_loop over Kinds", Command::Begin(Section::Loop("Kinds".to_owned())));
        check("end", Command::Question("end"));
        check("select_one Yes_No", select("select one", "Yes_No"));
        check("select one from list", select("select one", "list"));
        check("Select_Multiple 需要", select("select all that apply", "需要"));
        check("rank r", select("rank", "r"));
        check("select_one", select("select one", ""));
        check("photo", Command::Question("image"));
        check("datetime", Command::Question("dateTime"));
        check("integr", Command::Unknown);
        check("begin dancing", Command::Unknown);
        let other =
            Command::Select { name: "select one", list: "a".to_owned(), from_file: false, or_other: true };
        check("select_one a or_other", other);
    }
}
