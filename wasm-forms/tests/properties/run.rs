//! Draws forms and stories, and holds a law against each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use wasm_forms::Form;

use crate::chance::Chance;
use crate::laws::Law;
use crate::shape::Shape;
use crate::shrink::shrink;
use crate::story::{Screen, Step, draw};
use crate::{draw, xform};

/// Forms a law is held against where nobody says otherwise.
const N_CASES: u64 = 250;
/// Longest story.
const MAX_STEPS: usize = 12;

/// A form and what was done with it.
#[derive(Debug, Clone)]
pub struct Case {
    pub shape: Shape,
    pub steps: Vec<Step>,
}

impl Case {
    /// Draws a case; the same seed and number give the same.
    pub fn draw(seed: u64, number: u64) -> Case {
        let mut chance = Chance::of_case(seed, number);
        let shape = draw::shape(&mut chance);
        let form =
            compile(&shape).unwrap_or_else(|it| panic!("case {number}: {it}\n{}", xform::write(&shape)));
        let mut screen = Screen::open(&form);
        let mut steps = Vec::new();
        for _ in 0..1 + chance.below(MAX_STEPS) {
            let Some(step) = draw(&mut screen.session, &mut chance) else { break };
            screen.take(&step);
            steps.push(step);
        }
        Case { shape, steps }
    }

    /// Returns what is broken; a panic breaks every law.
    pub fn breaks(&self, law: Law) -> Option<String> {
        // A case made smaller may be no form any more: that is not what was looked for.
        let form = compile(&self.shape).ok()?;
        match catch_unwind(AssertUnwindSafe(|| law(&form, &self.steps))) {
            Ok(Ok(())) => None,
            Ok(Err(broken)) => Some(broken),
            Err(_) => Some("a panic".to_owned()),
        }
    }
}

pub fn compile(shape: &Shape) -> Result<Arc<Form>, String> {
    Form::compile(xform::write(shape)).map(Arc::new).map_err(|it| format!("{it:#?}"))
}

/// The cases that every law is held against. Drawing one means filling in its form, so that it is done once for all laws.
fn cases() -> &'static [(u64, Case)] {
    static CASES: OnceLock<Vec<(u64, Case)>> = OnceLock::new();
    CASES.get_or_init(|| {
        let first = setting("PROPERTIES_FIRST", 0);
        let numbers = first..first + setting("PROPERTIES_CASES", N_CASES);
        let seed = setting("PROPERTIES_SEED", 1);
        numbers.map(|it| (it, Case::draw(seed, it))).collect()
    })
}

/// Holds a law against many cases.
pub fn holds(name: &str, law: Law) {
    let (n, mut n_steps) = (cases().len(), 0);
    for (number, case) in cases() {
        n_steps += case.steps.len();
        if case.breaks(law).is_some() {
            let seed = setting("PROPERTIES_SEED", 1);
            let small = shrink(case.clone(), law);
            let broken = small.breaks(law).unwrap_or_default();
            panic!(
                "{name} is broken (PROPERTIES_SEED={seed} PROPERTIES_FIRST={number} PROPERTIES_CASES=1)\n{}\n{:#?}\n{broken}",
                xform::write(&small.shape),
                small.steps
            );
        }
    }
    println!("{name}: {n} forms, {n_steps} steps");
}

pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}
