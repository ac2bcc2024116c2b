//! Makes a case that breaks a law smaller: steps, items, rules, outputs and actions are left out while it still does.

use crate::laws::Law;
use crate::run::Case;
use crate::shape::{Expr, Item, Kind, Shape};

/// Leaves out what is not needed to break the law.
pub fn shrink(mut case: Case, law: Law) -> Case {
    loop {
        let mut is_smaller = false;
        let mut at = 0;
        while let Some(smaller) = without(&case, at) {
            if smaller.breaks(law).is_some() {
                case = smaller;
                is_smaller = true;
            } else {
                at += 1;
            }
        }
        if !is_smaller {
            return case;
        }
    }
}

/// Returns the case without its part number `at`; absent where there is none.
fn without(case: &Case, at: usize) -> Option<Case> {
    let mut case = case.clone();
    if at < case.steps.len() {
        case.steps.remove(at);
        return Some(case);
    }
    let mut left = at - case.steps.len();
    if left < case.shape.actions.len() {
        case.shape.actions.remove(left);
        return Some(case);
    }
    left -= case.shape.actions.len();
    remove(&mut case.shape, left).then_some(case)
}

fn remove(shape: &mut Shape, mut at: usize) -> bool {
    if shape.is_translated {
        if at == 0 {
            shape.is_translated = false;
            return true;
        }
        at -= 1;
    }
    remove_from(&mut shape.items, &mut at)
}

/// Counts `at` down over all there is, and leaves out what it comes to.
fn remove_from(items: &mut Vec<Item>, at: &mut usize) -> bool {
    for index in 0..items.len() {
        if *at == 0 {
            items.remove(index);
            return true;
        }
        *at -= 1;
        let item = &mut items[index];
        if *at < item.rules.len() {
            item.rules.remove(*at);
            return true;
        }
        *at -= item.rules.len();
        let mut open = item.rules.iter_mut().filter(|(_, expr)| !matches!(expr, Expr::Literal(_)));
        if let Some((_, expr)) = open.nth(*at) {
            *expr = Expr::Literal("1".to_owned());
            return true;
        }
        *at -= item.rules.iter().filter(|(_, expr)| !matches!(expr, Expr::Literal(_))).count();
        if item.output.is_some() {
            if *at == 0 {
                item.output = None;
                return true;
            }
            *at -= 1;
        }
        if let Kind::Question(_, default @ Some(_)) = &mut item.kind {
            if *at == 0 {
                *default = None;
                return true;
            }
            *at -= 1;
        }
        if item.children_mut().is_some_and(|it| remove_from(it, at)) {
            return true;
        }
    }
    false
}
