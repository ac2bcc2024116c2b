//! Finds figures over many nodes that are worth keeping: `sum(/data/item/amount)` and its like.

use crate::form::Kept;
use crate::instance::Aggregate;
use crate::parse::Model;
use crate::xpath::Expr;
use crate::xpath::functions::Function;

/// Replaces such calls by the number of an aggregate. What stands in a predicate is left alone: there the context
/// may be a row of a list.
pub(super) fn keep(expr: &mut Expr, model: &Model, kept: &mut Vec<Kept>) {
    if let Some(found) = aggregate_of(expr, model) {
        let number = kept.iter().position(|it| *it == found).unwrap_or_else(|| {
            kept.push(found);
            kept.len() - 1
        });
        *expr = Expr::Aggregate(number as u32);
        return;
    }
    match expr {
        Expr::Or(a, b)
        | Expr::And(a, b)
        | Expr::Compare(_, a, b)
        | Expr::Arithmetic(_, a, b)
        | Expr::Union(a, b) => {
            keep(a, model, kept);
            keep(b, model, kept);
        }
        Expr::Negate(a) => keep(a, model, kept),
        Expr::ChoiceName { value, .. } => keep(value, model, kept),
        Expr::Call(_, arguments) => arguments.iter_mut().for_each(|it| keep(it, model, kept)),
        _ => {}
    }
}

fn aggregate_of(expr: &Expr, model: &Model) -> Option<Kept> {
    let Expr::Call(function, arguments) = expr else { return None };
    let aggregate = match function {
        Function::Sum => Aggregate::Sum,
        Function::Count => Aggregate::Count,
        Function::CountNonEmpty => Aggregate::CountNonEmpty,
        Function::Min => Aggregate::Min,
        Function::Max => Aggregate::Max,
        _ => return None,
    };
    let [Expr::Path(path)] = arguments.as_slice() else { return None };
    let path = path.fixed.as_ref().filter(|it| !it.single)?;
    // What a group's text is changes with all that is in it; only its number is kept.
    let is_leaf = model.node(path.target).children.is_empty();
    if !is_leaf && aggregate != Aggregate::Count {
        return None;
    }
    Some(Kept { aggregate, path: path.clone() })
}
