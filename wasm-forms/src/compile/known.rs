//! Expressions that were compiled before: forms repeat themselves. `true()`, the columns of a list and the conditions that
//! one question is asked under stand in them again and again. Kept is what comes a second time: most that come once never
//! come again.

use super::resolve::Read;
use crate::hash::{FastMap, of_text};
use crate::parse::ScopeId;
use crate::xpath::Expr;
use crate::xpath::ast::{Path, Start};

/// What an expression means wherever it stands in a scope; without one, as a column of a list.
#[derive(Debug)]
pub(super) struct Known {
    source: Box<str>,
    scope: Option<ScopeId>,
    pub expr: Expr,
    pub reads: Vec<Read>,
    pub whole_lists: Vec<u16>,
}

/// By the hash of source and scope: the number of the one that is kept, from 1 on; 0 where it came once.
#[derive(Debug, Default)]
pub(super) struct KnownExpressions {
    numbers: FastMap<u64, u32>,
    all: Vec<Known>,
}

impl KnownExpressions {
    pub fn find(&self, source: &str, scope: Option<ScopeId>) -> Option<&Known> {
        let known = &self.all[self.numbers.get(&key(source, scope))?.checked_sub(1)? as usize];
        (known.scope == scope && &*known.source == source).then_some(known)
    }

    /// Keeps an expression that comes a second time, if it means the same in all of its scope.
    pub fn add(
        &mut self,
        source: &str,
        scope: Option<ScopeId>,
        (expr, reads): &(Expr, Vec<Read>),
        whole_lists: &[u16],
    ) {
        let key = key(source, scope);
        let Some(number) = self.numbers.get_mut(&key) else {
            self.numbers.insert(key, 0);
            return;
        };
        if *number > 0 || depends_on_place(expr, scope.is_none()) {
            return;
        }
        *number = self.all.len() as u32 + 1;
        self.all.push(Known {
            source: source.into(),
            scope,
            expr: expr.clone(),
            reads: reads.clone(),
            whole_lists: whole_lists.to_vec(),
        });
    }
}

fn key(source: &str, scope: Option<ScopeId>) -> u64 {
    of_text(source) ^ u64::from(scope.map_or(0, |it| it + 1))
}

/// Whether an expression that was resolved would be another elsewhere in its scope. An absolute path leads to the same
/// nodes from all of a scope; a relative one does in a column, where the row is all there is.
fn depends_on_place(expr: &Expr, is_column: bool) -> bool {
    let mut depends = false;
    expr.walk(&mut |it| {
        depends |= match it {
            Expr::Path(Path { start, .. }) => match start {
                Start::Instance { .. } => false,
                Start::Root | Start::Written { .. } => is_column,
                Start::Context => !is_column,
                Start::Current => true,
            },
            Expr::Call(function, arguments) => function.reads_context(arguments.len()),
            Expr::ChoiceName { .. } | Expr::Aggregate(_) => true,
            _ => false,
        };
    });
    depends
}
