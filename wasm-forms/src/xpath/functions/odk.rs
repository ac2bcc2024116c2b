//! ODK's functions of logic, choices, texts and chance.

use sha2::{Digest, Sha256};

use super::{Arguments, Function};
use crate::xpath::Value;

pub(super) fn call(function: Function, args: &Arguments<'_>) -> Option<Value> {
    let world = args.cx.world;
    Some(match function {
        Function::True => Value::Boolean(true),
        Function::False => Value::Boolean(false),
        Function::Boolean => Value::Boolean(args.boolean(0)),
        Function::Not => Value::Boolean(!args.boolean(0)),
        Function::If => args.value(if args.boolean(0) { 1 } else { 2 }),
        Function::Coalesce => Value::Text(
            (0..args.len()).map(|index| args.text(index)).find(|it| !it.is_empty()).unwrap_or_default(),
        ),
        Function::Once => {
            let present = world.text(args.cx.current).into_owned();
            if present.is_empty() { args.value(0) } else { Value::Text(present) }
        }
        Function::Selected => {
            let wanted = args.text(1);
            Value::Boolean(args.text(0).split_whitespace().any(|it| it == wanted.trim()))
        }
        Function::SelectedAt => {
            let (selected, index) = (args.text(0), args.number(1));
            let chosen = (index >= 0.0).then(|| selected.split_whitespace().nth(index as usize)).flatten();
            Value::Text(chosen.unwrap_or_default().to_owned())
        }
        Function::CountSelected => Value::Number(args.text(0).split_whitespace().count() as f64),
        Function::BooleanFromString => Value::Boolean(matches!(args.text(0).trim(), "1" | "true")),
        Function::Checklist => {
            let weights = (2..args.len()).map(|index| (1.0, args.boolean(index)));
            Value::Boolean(within(args.number(0), args.number(1), weights))
        }
        Function::WeightedChecklist => {
            let weights = (2..args.len().saturating_sub(1)).step_by(2);
            let weights = weights.map(|index| (args.number(index + 1), args.boolean(index)));
            Value::Boolean(within(args.number(0), args.number(1), weights))
        }
        Function::Itext => Value::Text(world.itext(&args.text(0), args.cx.current).unwrap_or_default()),
        Function::Random => Value::Number((world.draw() >> 11) as f64 / (1u64 << 53) as f64),
        Function::Uuid if args.len() == 1 => Value::Text(token(args)),
        Function::Uuid => Value::Text(uuid(world.draw(), world.draw())),
        Function::Digest => Value::Text(digest(&args.text(0), &args.text(1), &args.text(2))),
        _ => return None,
    })
}

/// Whether the weights of what holds add up to between `least` and `most`; -1 is no bound.
fn within(least: f64, most: f64, weights: impl Iterator<Item = (f64, bool)>) -> bool {
    let sum: f64 = weights.filter(|(_, holds)| *holds).map(|(weight, _)| weight).sum();
    (least < 0.0 || sum >= least) && (most < 0.0 || sum <= most)
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

/// `digest(text, 'SHA-256'[, 'hex' | 'base64'])`; other algorithms are refused when the form is compiled.
fn digest(text: &str, algorithm: &str, encoding: &str) -> String {
    if algorithm != "SHA-256" {
        return String::new();
    }
    let bytes = Sha256::digest(text.as_bytes());
    if encoding == "hex" { crate::evidence::hex(&bytes) } else { crate::evidence::base64(&bytes) }
}
