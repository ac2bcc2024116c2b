//! Expressions: changed token by token, and made up by the grammar.

use crate::chance::Chance;
use crate::mutate::ODD_TEXTS;

const FUNCTIONS: [&str; 84] = [
    "last",
    "position",
    "count",
    "local-name",
    "name",
    "string",
    "concat",
    "starts-with",
    "contains",
    "substring-before",
    "substring-after",
    "substring",
    "string-length",
    "normalize-space",
    "translate",
    "boolean",
    "not",
    "true",
    "false",
    "number",
    "sum",
    "floor",
    "ceiling",
    "round",
    "if",
    "coalesce",
    "once",
    "ends-with",
    "substr",
    "join",
    "regex",
    "selected",
    "selected-at",
    "count-selected",
    "jr:choice-name",
    "jr:itext",
    "boolean-from-string",
    "checklist",
    "weighted-checklist",
    "count-non-empty",
    "digest",
    "int",
    "abs",
    "pow",
    "min",
    "max",
    "sqrt",
    "exp",
    "exp10",
    "log",
    "log10",
    "pi",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "today",
    "now",
    "date",
    "date-time",
    "decimal-date-time",
    "decimal-time",
    "format-date",
    "format-date-time",
    "indexed-repeat",
    "randomize",
    "random",
    "uuid",
    "area",
    "distance",
    "geofence",
    "pulldata",
    "base64-decode",
    "extract-signed",
    "id",
    "lang",
    "namespace-uri",
    "position-of",
    "current",
    "instance",
    "intersects",
];
const OPERATORS: [&str; 15] =
    ["+", "-", "*", " div ", " mod ", "=", "!=", "<", "<=", ">", ">=", " and ", " or ", "|", ", "];
const AXES: [&str; 13] = [
    "child",
    "parent",
    "self",
    "attribute",
    "descendant",
    "descendant-or-self",
    "ancestor",
    "ancestor-or-self",
    "following",
    "following-sibling",
    "preceding",
    "preceding-sibling",
    "namespace",
];
const PATTERNS: [&str; 8] = [
    "(a+)+$",
    "^[0-9]{18}$",
    "(.*)*x",
    "a{1,100000}",
    "[",
    "((((((((a*)*)*)*)*)*)*)*)*b",
    "\\p{Han}+",
    "(?i)é|𬭎",
];

/// Changes an expression: tokens twice, left out, swapped, replaced, wrapped.
pub fn mutate(source: &str, paths: &[&str], chance: &mut Chance) -> String {
    let mut tokens = tokens(source);
    for _ in 0..=chance.below(4) {
        let at = chance.below(tokens.len() + 1);
        let exists = at < tokens.len();
        match chance.below(9) {
            0 if exists => drop(tokens.remove(at)),
            1 if exists => tokens.insert(at, tokens[at].clone()),
            2 if exists => {
                let other = chance.below(tokens.len());
                tokens.swap(at, other);
            }
            3 => tokens.insert(at, expression(paths, 3, chance)),
            4 => tokens.insert(at, chance.pick(&OPERATORS).to_owned()),
            5 if exists => tokens[at] = expression(paths, 2, chance),
            6 => {
                let depth = 1 << chance.below(9);
                let (open, close) = [("(", ")"), ("not(", ")"), ("-", ""), ("[", "]")][chance.below(4)];
                tokens.insert(0, open.repeat(depth));
                tokens.push(close.repeat(depth));
            }
            7 => tokens.truncate(at),
            _ => tokens.insert(at, chance.pick(&ODD_TEXTS).to_owned()),
        }
    }
    tokens.concat()
}

/// Returns an expression that is mostly right.
pub fn expression(paths: &[&str], depth: usize, chance: &mut Chance) -> String {
    if depth == 0 {
        return match chance.below(6) {
            0 => chance.below(1000).to_string(),
            1 => format!("'{}'", chance.pick(&ODD_TEXTS).replace('\'', "")),
            2 => ".".to_owned(),
            _ => chance.pick(paths).to_owned(),
        };
    }
    let inner = |chance: &mut Chance| expression(paths, depth - 1 - chance.below(depth), chance);
    match chance.below(10) {
        0..=2 => {
            let (a, b) = (inner(chance), inner(chance));
            format!("{a}{}{b}", chance.pick(&OPERATORS))
        }
        3 => format!("({})", inner(chance)),
        4 => format!("-{}", inner(chance)),
        5 => format!("{}[{}]", chance.pick(paths), inner(chance)),
        6 => format!(
            "{}/{}::{}",
            chance.pick(paths),
            chance.pick(&AXES),
            chance.pick(&["node()", "*", "n", "text()"])
        ),
        7 => format!("regex({}, '{}')", inner(chance), chance.pick(&PATTERNS)),
        _ => {
            let arguments: Vec<String> = (0..chance.below(5)).map(|_| inner(chance)).collect();
            format!("{}({})", chance.pick(&FUNCTIONS), arguments.join(", "))
        }
    }
}

/// Cuts an expression into names, numbers, literals, white space and signs.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let class = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => 1,
        c if !c.is_ascii() => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut quote = None;
    for c in source.chars() {
        let joins = match quote {
            Some(_) => true,
            None => tokens
                .last()
                .and_then(|it| it.chars().next_back())
                .is_some_and(|last| class(c) != 0 && class(last) == class(c)),
        };
        match tokens.last_mut() {
            Some(last) if joins => last.push(c),
            _ => tokens.push(c.to_string()),
        }
        quote = match quote {
            Some(open) if open == c => None,
            None if matches!(c, '\'' | '"') => Some(c),
            other => other,
        };
    }
    tokens
}
