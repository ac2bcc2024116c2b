//! What Chinese input methods leave where a form needs ASCII: full-width signs, letters and digits, curved quotes.
//!
//! Where they can mean one thing they are taken as that, and the author is told. Inside texts between quotes, and in
//! labels, they are what somebody wants to be read: those stay as they are.

use super::codes;
use super::columns::{Table, Value};
use super::expression::is_dynamic_default;
use super::report::Report;
use super::shared::Shared;
use super::text::is_plain_name;
use crate::xpath::Function;

/// Returns `c` as its ASCII counterpart where it has one.
fn ascii(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '、' => ',',
        '。' => '.',
        '【' => '[',
        '】' => ']',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Returns `text` with every full-width sign, letter and digit made ASCII.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(ascii).collect()
}

/// Returns a quote's straight form and whether it is one that only opens or closes in pairs.
fn quote(c: char) -> Option<char> {
    match c {
        '\'' | '‘' | '’' | '＇' => Some('\''),
        '"' | '“' | '”' | '＂' => Some('"'),
        _ => None,
    }
}

/// Returns an expression with signs, letters, digits and quotes made ASCII, except between quotes and in `${…}`.
pub(super) fn expression(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if let Some(straight) = quote(c) {
            rest = literal(c, straight, after, &mut out);
        } else if ascii(c) == '$' && after.starts_with(['{', '｛']) {
            let inside = after.trim_start_matches(['{', '｛']);
            let end = inside.find(['}', '｝']).unwrap_or(inside.len());
            out.push_str("${");
            out.push_str(&inside[..end]);
            let closed = inside[end..].chars().next();
            out.extend(closed.map(|_| '}'));
            rest = &inside[end + closed.map_or(0, char::len_utf8)..];
        } else {
            out.push(ascii(c));
            rest = after;
        }
    }
    out
}

/// Copies a text up to its closing quote, and returns what comes after. A straight quote is closed by its like, a curved
/// one by a curved one; where there is none, by any of its kind.
fn literal<'a>(open: char, straight: char, after: &'a str, out: &mut String) -> &'a str {
    let is_curved = |it: char| !it.is_ascii();
    let same = |it: char| quote(it) == Some(straight);
    let alike = |it: char| same(it) && is_curved(it) == is_curved(open);
    let Some(end) = after.find(alike).or_else(|| after.find(same)) else {
        out.push(straight);
        out.push_str(after);
        return "";
    };
    let text = &after[..end];
    let other = if straight == '"' { '\'' } else { '"' };
    let around = if text.contains(straight) && !text.contains(other) { other } else { straight };
    out.push(around);
    out.push_str(text);
    out.push(around);
    let close = after[end..].chars().next().map_or(0, char::len_utf8);
    &after[end + close..]
}

/// Returns a name with full-width letters and digits made ASCII; nothing where it is well as it stands.
pub(super) fn name(text: &str) -> Option<String> {
    let is_counterpart = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | ' ');
    let may_change = |it: char| ascii(it) == it || is_counterpart(ascii(it));
    let changed = plain(text);
    (changed != text && text.chars().all(may_change)).then(|| changed.trim().to_owned())
}

/// Returns a default that is to be calculated and was written full-width, such as `today（）`.
pub(super) fn dynamic_default(text: &str) -> Option<String> {
    let changed = expression(text);
    let is_known = |it: usize| Function::NAMES.contains(&&changed[..it]);
    let is_call = changed.ends_with(')') && changed.find('(').is_some_and(is_known);
    (changed != text && is_call && is_dynamic_default(&changed, "") && !is_dynamic_default(text, ""))
        .then_some(changed)
}

/// Makes references ASCII, in every cell, where only so they name something; and names what looks like a reference in a
/// text that is shown.
pub(super) fn correct_references(table: &mut Table, names: &dyn Fn(&str) -> bool, report: &mut Report) {
    for row in &mut table.rows {
        let mut changes: Vec<(String, Shared, Shared)> = Vec::new();
        let mut doubtful: Vec<(String, String)> = Vec::new();
        for (step, value) in &mut row.values {
            correct_value(step, value, names, &mut changes, &mut doubtful);
        }
        for (path, found, used) in changes {
            report.notice(codes::FULL_WIDTH, &row.at(&path), &[("found", &found), ("used", &used)]);
        }
        for (path, found) in doubtful {
            report.warning(codes::FULL_WIDTH_REFERENCE, &row.at(&path), &[("found", &found)]);
        }
    }
}

fn correct_value(
    path: &str,
    value: &mut Value,
    names: &dyn Fn(&str) -> bool,
    changes: &mut Vec<(String, Shared, Shared)>,
    doubtful: &mut Vec<(String, String)>,
) {
    match value {
        _ if is_ascii(value) => {}
        Value::Map(map) => map.iter_mut().for_each(|(step, value)| {
            correct_value(&format!("{path} {step}"), value, names, changes, doubtful)
        }),
        Value::Text(text) => {
            if let Some(at) = ["＄｛", "＄{", "$｛"].iter().find_map(|it| text.find(it)) {
                let rest = &text[at..];
                let end = rest.find(['}', '｝']).map_or(rest.len(), |it| it + 1);
                let end = (end..=rest.len()).find(|it| rest.is_char_boundary(*it)).unwrap_or(rest.len());
                doubtful.push((path.to_owned(), rest[..end].to_owned()));
            }
            if let Some(changed) = corrected(text, names).map(Shared::from) {
                changes.push((path.to_owned(), std::mem::replace(text, changed.clone()), changed));
            }
        }
    }
}

/// Whether no text is written otherwise than in ASCII, so that there is nothing to correct.
fn is_ascii(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_ascii(),
        Value::Map(map) => map.iter().all(|(_, value)| is_ascii(value)),
    }
}

fn corrected(text: &str, names: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut is_changed = false;
    while let Some(start) = rest.find("${") {
        let end = start + rest[start..].find('}')?;
        let inside = &rest[start + 2..end];
        let (prefix, found) =
            inside.split_once('#').map_or(("", inside), |(_, it)| (&inside[..inside.len() - it.len()], it));
        let meant = plain(found);
        let is_meant =
            !found.is_ascii() && !names(found) && meant != found && names(&meant) && is_plain_name(&meant);
        out.push_str(&rest[..start + 2]);
        out.push_str(prefix);
        out.push_str(if is_meant { &meant } else { found });
        is_changed |= is_meant;
        rest = &rest[end..];
    }
    (is_changed).then(|| out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_expressions_of_chinese_input_methods() {
        let check = |text: &str, expected| assert_eq!(expression(text), expected);
        check("if（${age}＞＝６０，‘老人’，'no'）", "if(${age}>=60,'老人','no')");
        check("${name} ＝ '（全），１'", "${name} = '（全），１'");
        check("＄｛姓名（全）｝ ！＝ “”", "${姓名（全）} != \"\"");
        check("concat('“', ${a}, \"，\")", "concat('“', ${a}, \"，\")");
        check("${a} = “他说‘好’”", "${a} = \"他说‘好’\"");
        check("${a} = “5\"”", "${a} = '5\"'");
        check("${a} = '是’", "${a} = '是'");
        check("${a} = “是\"", "${a} = \"是\"");
        check("selected(${a}、'甲')", "selected(${a},'甲')");
        check("${a} = 'open", "${a} = 'open");
        check("１＋１％２；３：４［１］", "1+1%2;3:4[1]");
        check("ｔｏｄａｙ（）　＜　ｎｏｗ（）", "today() < now()");
    }

    #[test]
    fn reads_names() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(name(text).as_deref(), expected, "{text}");
        check("ａｇｅ＿１", Some("age_1"));
        check("姓名２", Some("姓名2"));
        check("age", None);
        check("姓名（全）", None);
        check("，", None);
    }

    #[test]
    fn finds_defaults_that_are_calculated() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(dynamic_default(text).as_deref(), expected, "{text}")
        };
        check("today（）", Some("today()"));
        check("ｎｏｗ（）", Some("now()"));
        check("张三（大）", None);
        check("today()", None);
        check("（无）", None);
    }

    #[test]
    fn corrects_references_that_name_nothing() {
        let names = |it: &str| it == "age" || it == "ｅxact";
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(corrected(text, &names).as_deref(), expected, "{text}")
        };
        check("您 ${ａｇｅ} 岁", Some("您 ${age} 岁"));
        check("${last-saved#ａge}", Some("${last-saved#age}"));
        check("${ｅxact} ${age}", None);
        check("${ｏther}", None);
        check("${", None);
    }
}
