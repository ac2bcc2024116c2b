//! What an expression can give, as far as that can be seen without evaluating it.
//!
//! Conditions are not weighed, with one exception that forms live by: `if(${a} = 'x', …, …)` gives `${a}` in its second
//! branch only where it is not `x`.

use std::collections::BTreeSet;

use super::ExpressionError;
use crate::xpath::ast::{Axis, Comparison, Path, Start, Test};
use crate::xpath::{Expr, Function, parse};

/// The values of an expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Texts that stand in it.
    pub texts: BTreeSet<String>,
    /// Questions whose values it passes on.
    pub questions: Vec<Passed>,
    /// Whether it gives nothing else.
    pub is_complete: bool,
}

/// A question whose value is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Absolute path, e.g. `/data/next`.
    pub path: String,
    /// Values that it does not have where it is passed on.
    pub without: BTreeSet<String>,
}

/// Returns what an expression can give.
pub fn outputs(expression: &str) -> Result<Outputs, ExpressionError> {
    let expr = parse(expression).map_err(|it| ExpressionError::Wrong(it.to_string()))?;
    let mut outputs = Outputs { is_complete: true, ..Outputs::default() };
    outputs.collect(&expr, &[]);
    Ok(outputs)
}

/// `path` does not have the value `text`.
type Excluded = (String, String);

impl Outputs {
    fn collect(&mut self, expr: &Expr, excluded: &[Excluded]) {
        match expr {
            Expr::Text(text) => {
                self.texts.insert(text.to_string());
            }
            Expr::Number(number) if number.fract() == 0.0 && number.abs() < 1e9 => {
                self.texts.insert(format!("{number:.0}"));
            }
            Expr::Path(path) => match plain(path) {
                Some(path) => {
                    let own = excluded.iter().filter(|(it, _)| *it == path);
                    let without = own.map(|(_, text)| text.clone()).collect();
                    self.questions.push(Passed { path, without });
                }
                None => self.is_complete = false,
            },
            Expr::Call(Function::If, arguments) => {
                if let [condition, then, otherwise] = arguments.as_slice() {
                    self.collect(then, &[excluded, &excluded_where(condition, true)].concat());
                    self.collect(otherwise, &[excluded, &excluded_where(condition, false)].concat());
                }
            }
            Expr::Call(Function::Coalesce | Function::Once | Function::Text, arguments)
                if !arguments.is_empty() =>
            {
                arguments.iter().for_each(|it| self.collect(it, excluded));
            }
            _ => self.is_complete = false,
        }
    }
}

/// Returns what a question cannot be where `condition` has come out as `outcome`.
fn excluded_where(condition: &Expr, outcome: bool) -> Vec<Excluded> {
    match condition {
        Expr::Compare(comparison, a, b) => {
            let excludes =
                matches!((comparison, outcome), (Comparison::Equal, false) | (Comparison::NotEqual, true));
            let pair = match (a.as_ref(), b.as_ref()) {
                (Expr::Path(path), Expr::Text(text)) | (Expr::Text(text), Expr::Path(path)) => {
                    plain(path).map(|path| (path, text.to_string()))
                }
                _ => None,
            };
            pair.filter(|_| excludes).into_iter().collect()
        }
        // All parts of `and` hold where it does, none of `or` where it does not.
        Expr::And(a, b) if outcome => [excluded_where(a, true), excluded_where(b, true)].concat(),
        Expr::Or(a, b) if !outcome => [excluded_where(a, false), excluded_where(b, false)].concat(),
        _ => Vec::new(),
    }
}

/// Returns an absolute path of plain names as it is written.
fn plain(path: &Path) -> Option<String> {
    if path.start != Start::Root {
        return None;
    }
    let mut written = String::new();
    for step in &path.steps {
        let Test::Name(name) = &step.test else { return None };
        if step.axis != Axis::Child || !step.predicates.is_empty() {
            return None;
        }
        written.push('/');
        written.push_str(name.written());
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: &str) {
        let told = match outputs(expression) {
            Err(error) => error.to_string(),
            Ok(outputs) => {
                let mut told: Vec<String> = outputs.texts.into_iter().map(|it| format!("'{it}'")).collect();
                told.extend(outputs.questions.into_iter().map(|it| {
                    let without: Vec<_> = it.without.into_iter().map(|it| format!(" not '{it}'")).collect();
                    format!("{}{}", it.path, without.concat())
                }));
                if !outputs.is_complete {
                    told.push("more".to_owned());
                }
                told.join(", ")
            }
        };
        assert_eq!(told, expected, "{expression}");
    }

    #[test]
    fn sees_texts_and_questions() {
        check("'held'", "'held'");
        check(" /data/s1 ", "/data/s1");
        check("if( /data/n = 5, 'done', 'open')", "'done', 'open'");
        check("if(/data/n > 3, 1, 0)", "'0', '1'");
        check("coalesce(/data/a, 'none')", "'none', /data/a");
        check("if(/data/next = 'answered', 'closed', /data/next)", "'closed', /data/next not 'answered'");
        check("if(/data/a != 'met', /data/a, 'yes')", "'yes', /data/a not 'met'");
        check("if(/data/a = '' or /data/a = 'x', 'b', /data/a)", "'b', /data/a not '' not 'x'");
        check("if(/data/a != '' and /data/b = 'x', /data/a, /data/b)", "/data/a not '', /data/b");
    }

    #[test]
    fn says_where_there_is_more() {
        check("concat('a', /data/b)", "more");
        check("../a", "more");
        check("if(true(), 'a', /data/b[1])", "'a', more");
        check("if(", "expected a name at character 3");
    }
}
