//! What of an answer an instance can hold: a value of the question's type, on its scale, among its choices.

use std::borrow::Cow;

use crate::decimal;
use crate::form::{Choices, Form, Item};
use crate::instance::{Scope, State};
use crate::parse::BodyKind;
use crate::types::canonical;
use crate::view::Control;

/// Returns what comes to stand in the instance where a person answers so. A part of an order of all choices is none:
/// then what stands there stays.
pub(crate) fn storable<'a>(form: &Form, state: &'a State, node: u32, typed: &'a str) -> Cow<'a, str> {
    let own = state.tree.node(node);
    let Some(value) = canonical(form.data_types[own.model as usize], typed) else { return Cow::Borrowed("") };
    let Some(item) = form.question_of[own.model as usize].map(|it| &form.body[it as usize]) else {
        return value;
    };
    let scope = Scope { form, state };
    let offered = |it: &&str| scope.offers(&item.choices, node, it);
    match (item.kind, &item.choices) {
        _ if value.is_empty() => value,
        (BodyKind::Question(Control::Range), _) if item.range.is_some_and(|it| !is_in_range(it, &value)) => {
            Cow::Borrowed("")
        }
        (_, Choices::None) => value,
        (BodyKind::Question(control), _) if !chosen_are_offered(&scope, item, node, &value) => {
            match control {
                Control::Rank => Cow::Borrowed(own.value()),
                Control::SelectMultiple => {
                    Cow::Owned(value.split_whitespace().filter(offered).collect::<Vec<_>>().join(" "))
                }
                _ => Cow::Borrowed(""),
            }
        }
        _ => value,
    }
}

/// Whether all that is chosen is offered; an order must be one of all choices.
pub(crate) fn chosen_are_offered(scope: &Scope<'_>, item: &Item, node: u32, value: &str) -> bool {
    let offered = |it: &str| scope.offers(&item.choices, node, it);
    match (item.kind, &item.choices) {
        (_, Choices::None) => true,
        (BodyKind::Question(Control::SelectOne), _) => offered(value),
        (BodyKind::Question(Control::SelectMultiple), _) => value.split_whitespace().all(offered),
        (BodyKind::Question(Control::Rank), _) => {
            // An order of all choices: none left out, none twice.
            let ranked: Vec<&str> = value.split_whitespace().collect();
            let is_new = |(at, it): (usize, &&str)| !ranked[..at].contains(it);
            ranked.len() == scope.n_choices(&item.choices, node)
                && ranked.iter().all(|it| offered(it))
                && ranked.iter().enumerate().all(is_new)
        }
        _ => true,
    }
}

/// Whether a number is one of those that a range offers: from start to end, up or down, step by step.
pub(crate) fn is_in_range([start, end, step]: [f64; 3], value: &str) -> bool {
    /// How far from a step a number may be: decimals are not exact.
    const CLOSE: f64 = 1e-6;
    let Some(number) = decimal::parse(value.trim()) else { return true };
    let (low, high) = (start.min(end), start.max(end));
    let steps = (number - start) / step;
    (low - CLOSE..=high + CLOSE).contains(&number) && (step == 0.0 || (steps - steps.round()).abs() < CLOSE)
}
