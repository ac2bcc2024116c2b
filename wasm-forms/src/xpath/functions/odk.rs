//! ODK's functions of logic, choices, texts and chance.

use std::borrow::Cow;

use super::{Arguments, Function, Gives};
use crate::signed;
use crate::xpath::ast::Name;
use crate::xpath::{Node, eval};

pub(super) fn boolean(function: Function, args: &Arguments<'_>) -> bool {
    match function {
        Function::True => true,
        // A node-set is true where there is a node, as XPath 1.0 says of this function.
        Function::Boolean if args.gives(0) == Gives::Nodes => eval::exists(&args.exprs[0], &args.cx),
        Function::Boolean => args.boolean(0),
        Function::Not => !args.boolean(0),
        Function::BooleanFromString => matches!(args.text(0).trim(), "1" | "true"),
        Function::Checklist => {
            // Each node of a node-set is an answer of its own.
            let held: usize = (2..args.len()).map(|index| answers(args, index)).sum();
            within(args.number(0), args.number(1), std::iter::once((held as f64, true)))
        }
        Function::WeightedChecklist => {
            let weights = (2..args.len().saturating_sub(1)).step_by(2);
            let weights = weights.map(|index| (args.number(index + 1), args.boolean(index)));
            within(args.number(0), args.number(1), weights)
        }
        _ => false,
    }
}

pub(super) fn text<'a>(function: Function, args: &Arguments<'a>) -> Cow<'a, str> {
    let world = args.cx.world;
    match function {
        Function::Coalesce => coalesce(args),
        Function::Once => {
            let present = world.text(args.cx.current);
            if !present.is_empty() {
                present
            } else if args.gives(0) == Gives::Number && args.number(0).is_nan() {
                Cow::Borrowed("")
            } else {
                args.text(0)
            }
        }
        Function::Itext => Cow::Owned(world.itext(&args.text(0), args.cx.current).unwrap_or_default()),
        Function::Uuid if args.len() == 1 => Cow::Owned(token(args)),
        Function::Uuid => Cow::Owned(uuid(world.draw(), world.draw())),
        Function::Digest => Cow::Owned(super::digest::digest(&args.text(0), &args.text(1), &args.text(2))),
        Function::PullData => pull_data(args),
        Function::ExtractSigned => {
            let verify = world.verifier();
            let message = verify.and_then(|it| signed::message(&args.text(0), &args.text(1), it));
            Cow::Owned(message.unwrap_or_default())
        }
        _ => Cow::Borrowed(""),
    }
}

/// The first argument that is not empty; not-a-number is empty.
fn coalesce<'a>(args: &Arguments<'a>) -> Cow<'a, str> {
    for index in 0..args.len() {
        if args.gives(index) == Gives::Number {
            let number = args.number(index);
            if !number.is_nan() {
                return Cow::Owned(crate::xpath::value::number_text(number));
            }
            continue;
        }
        let text = args.text(index);
        if !text.is_empty() {
            return text;
        }
    }
    Cow::Borrowed("")
}

/// Returns how many answers of an argument hold.
fn answers(args: &Arguments<'_>, index: usize) -> usize {
    match args.gives(index) {
        Gives::Nodes => args.nodes(index).into_iter().filter(|it| args.cx.world.has_text(*it)).count(),
        _ => usize::from(args.boolean(index)),
    }
}

/// Whether the weights of what holds add up to between `least` and `most`; -1 is no bound.
fn within(least: f64, most: f64, weights: impl Iterator<Item = (f64, bool)>) -> bool {
    let sum: f64 = weights.filter(|(_, holds)| *holds).map(|(weight, _)| weight).sum();
    (least < 0.0 || sum >= least) && (most < 0.0 || sum <= most)
}

/// `pulldata(list, wanted, column, value)`: `instance(list)/root/item[column = value]/wanted`, the first row's. A column
/// may be an attribute, `@name`.
fn pull_data<'a>(args: &Arguments<'a>) -> Cow<'a, str> {
    let world = args.cx.world;
    let Some(document) = world.instance(&args.text(0)) else { return Cow::Borrowed("") };
    let (wanted, column, value) = (args.text(1), args.text(2), args.text(3));
    let below = |parent: Node, name: &str| {
        let mut found = Vec::new();
        match name.trim().strip_prefix('@') {
            Some(name) => {
                world.attributes(parent, &mut found);
                found.retain(|it| world.matches(*it, &Name::parse(name)));
            }
            None => world.children_named(parent, &Name::parse(name.trim()), &mut found),
        }
        found
    };
    let Some(root) = below(document, "root").first().copied() else { return Cow::Borrowed("") };
    let mut rows = Vec::new();
    if !world.rows_where(root, &column, &value, &mut rows) {
        rows = below(root, "item");
        rows.retain(|row| below(*row, &column).first().is_some_and(|it| world.text(*it) == value));
    }
    let cell = rows.first().and_then(|row| below(*row, &wanted).first().copied());
    cell.map_or(Cow::Borrowed(""), |it| world.text(it))
}

/// Returns a version 4 UUID of 122 of the given random bits.
pub(crate) fn uuid(high: u64, low: u64) -> String {
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// `uuid(n)`: n random letters and digits.
fn token(args: &Arguments<'_>) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const LONGEST: f64 = 4096.0;
    let length = args.number(0).clamp(0.0, LONGEST) as usize;
    (0..length).map(|_| char::from(LETTERS[(args.cx.world.draw() % 62) as usize])).collect()
}
