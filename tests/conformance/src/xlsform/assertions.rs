//! What a test's author asserted: XPaths, texts of the form, refusals and warnings.
//!
//! The reference's wording is its own. A text that an error must contain holds where the workbook is refused; one that
//! it must not contain, where it is refused without offering the name that the text quotes. Warnings are compared by
//! what they are about ([`super::warnings`]).

use serde_json::Value;
use wasm_forms::xlsform::Conversion;

use super::nodes::{self, Form};
use super::warnings::{self, Kind};
use super::{errors, is_refused, refusal};
use crate::{Outcome, Score};

/// What the reference made of the workbook.
pub(super) struct Recorded<'a> {
    xform: Option<&'a str>,
    error: Option<&'a str>,
    warnings: Vec<&'a str>,
}

impl<'a> Recorded<'a> {
    pub(super) fn of(case: &'a Value, xform: Option<&'a str>) -> Self {
        let warnings = case["warnings"].as_array().into_iter().flatten();
        Self { xform, error: case["error"].as_str(), warnings: warnings.filter_map(Value::as_str).collect() }
    }
}

/// One assertion about one conversion.
struct Assertion<'a> {
    /// `xml__xpath_match`, ….
    name: &'a str,
    /// What it says.
    said: &'a Value,
}

/// Checks every assertion of one set.
pub(super) fn judge(set: &Value, recorded: &Recorded<'_>, conversion: &Conversion, outcome: &mut Outcome) {
    for (name, said) in set.as_object().into_iter().flatten() {
        let alone = std::slice::from_ref(said);
        let each = said.as_array().map_or(alone, Vec::as_slice);
        for said in each {
            let assertion = Assertion { name, said };
            let place = format!("{name} {}", said.as_str().map_or_else(|| said.to_string(), squeezed));
            if let Err(found) = assertion.check_recorded(recorded) {
                outcome.cause(&place, &format!("not counted, for the recorded conversion has {found}"));
                continue;
            }
            let found = assertion.check(recorded, conversion);
            outcome.judge(Score::Check, found.is_ok(), &place, "", &found.err().unwrap_or_default());
        }
    }
}

impl Assertion<'_> {
    fn check_recorded(&self, recorded: &Recorded<'_>) -> Result<(), String> {
        let text = self.said.as_str().unwrap_or_default();
        let warned = |text: &str| recorded.warnings.iter().any(|it| it.contains(text));
        let holds = match self.name {
            "errored" => self.said.as_bool() == Some(recorded.error.is_some()),
            "error__contains" => recorded.error.is_some_and(|it| it.contains(text)),
            "error__not_contains" => recorded.error.is_some_and(|it| !it.contains(text)),
            "warnings__contains" => warned(text),
            "warnings__not_contains" => !warned(text),
            "warnings_count" => self.said.as_u64() == Some(recorded.warnings.len() as u64),
            _ => {
                return recorded.xform.ok_or_else(|| "no form".to_owned()).and_then(|it| self.about_form(it));
            }
        };
        let told = || format!("{} {:?}", recorded.error.unwrap_or_default(), recorded.warnings);
        if holds { Ok(()) } else { Err(told()) }
    }

    /// Returns what was found where the assertion does not hold.
    fn check(&self, recorded: &Recorded<'_>, conversion: &Conversion) -> Result<(), String> {
        let text = self.said.as_str().unwrap_or_default();
        let holds = |holds: bool, found: &dyn Fn() -> String| if holds { Ok(()) } else { Err(found()) };
        let warned = || warnings::told(conversion);
        match self.name {
            "errored" => holds(self.said.as_bool() == Some(is_refused(conversion)), &|| refusal(conversion)),
            "error__contains" => holds(is_refused(conversion), &|| "a form".to_owned()),
            "error__not_contains" => {
                let offered = errors(conversion).any(|it| it.params.values().any(|it| it == unquoted(text)));
                holds(is_refused(conversion) && !offered, &|| refusal(conversion))
            }
            "warnings__contains" => {
                let recorded = recorded.warnings.iter().find(|it| it.contains(text)).copied();
                holds(warnings::gives(conversion, recorded.unwrap_or_default(), text), &warned)
            }
            "warnings__not_contains" => {
                let kind = Kind::of(text);
                let offered = || warnings::names(conversion, unquoted(text));
                holds(!kind.map_or_else(offered, |it| it.is_given(conversion)), &warned)
            }
            "warnings_count" => {
                let given = warnings::kinds(conversion);
                holds((given == 0) == (self.said.as_u64() == Some(0)), &warned)
            }
            _ => match &conversion.xform {
                Some(xform) => self.about_form(xform),
                None => Err(refusal(conversion)),
            },
        }
    }

    /// Checks what is asserted of a form.
    fn about_form(&self, xform: &str) -> Result<(), String> {
        let text = self.said.as_str().unwrap_or_default();
        let (part, kind) = self.name.split_once("__").unwrap_or(("xml", self.name));
        match kind {
            "xpath_match" => count(xform, text, 1),
            "xpath_count" => {
                count(xform, self.said[0].as_str().unwrap_or_default(), self.said[1].as_u64().unwrap_or(0))
            }
            "xpath_exact" => {
                let wanted = self.said[1].as_array().into_iter().flatten().filter_map(Value::as_str);
                let wanted = wanted.map(nodes::expected).collect();
                let found = Form::parse(xform)?.texts(self.said[0].as_str().unwrap_or_default())?;
                if found == wanted { Ok(()) } else { Err(format!("{found:?}, not {wanted:?}")) }
            }
            "contains" | "excludes" => {
                let found = part_of(xform, part).is_some_and(|it| it.contains(&plain(text)));
                if found == (kind == "contains") { Ok(()) } else { Err("otherwise".to_owned()) }
            }
            _ => Err(format!("an unknown assertion `{}`", self.name)),
        }
    }
}

fn count(xform: &str, xpath: &str, wanted: u64) -> Result<(), String> {
    let found = Form::parse(xform)?.select(xpath)?;
    if found.len() as u64 == wanted { Ok(()) } else { Err(format!("{} nodes {found:?}", found.len())) }
}

/// Returns a part of the form's text: the whole, or an element with what is in it.
fn part_of(xform: &str, part: &str) -> Option<String> {
    let whole = plain(xform);
    if part == "xml" {
        return Some(whole);
    }
    let start = whole.find(&format!("<{part}>")).or_else(|| whole.find(&format!("<{part} ")))?;
    let end = format!("</{part}>");
    let length = whole[start..].find(&end).map(|it| it + end.len());
    Some(whole[start..start + length.unwrap_or(whole.len() - start)].to_owned())
}

/// Returns XML without white space between tags, and the attributes of each tag in one order.
fn plain(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml.trim();
    while let Some((text, from)) = rest.find('<').map(|at| rest.split_at(at)) {
        let is_indentation = text.contains('\n') && text.trim().is_empty();
        out += if is_indentation { "" } else { text };
        let end = end_of_tag(from);
        out += &sorted(&from[..end]);
        rest = &from[end..];
    }
    out + rest
}

/// Returns where a tag ends; what stands in quotes may hold anything.
fn end_of_tag(from: &str) -> usize {
    let mut quote = None;
    for (at, c) in from.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    from.len()
}

/// Returns a tag, which may lack its end, with its attributes in one order.
fn sorted(tag: &str) -> String {
    let (inside, end) = [("/>", "/>"), (">", ">")]
        .into_iter()
        .find_map(|(sign, end)| Some((tag.strip_suffix(sign)?, end)))
        .unwrap_or((tag, ""));
    let mut pieces: Vec<&str> = Vec::new();
    let (mut from, mut quote) = (0, None);
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, _) if c.is_whitespace() => {
                pieces.push(&inside[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&inside[from..]);
    pieces.retain(|it| !it.is_empty());
    pieces.get_mut(1..).unwrap_or_default().sort_unstable();
    format!("{}{end}", pieces.join(" "))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unquoted(text: &str) -> &str {
    text.trim_matches('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_whatever_the_indentation() {
        let check = |xml: &str, expected: &str| assert_eq!(plain(xml), expected);
        check("<a>\n  <b />\n</a>\n", "<a><b/></a>");
        check("<a> One - <b/> </a>", "<a> One - <b/> </a>");
        check("<a c=\"1 > 0\" b='2' /> <d>", "<a b='2' c=\"1 > 0\"/> <d>");
        check("<a c=\"1\" b='2'", "<a b='2' c=\"1\"");
        check("c=\"1\" a", "c=\"1\" a");
    }
}
