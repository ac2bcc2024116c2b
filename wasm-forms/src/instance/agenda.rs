//! What is still to be evaluated: rules and the frames they are due in, the first in the form's order first.

use crate::form::Rule;

/// Marked rules. Marking and taking cost the same however many rules a form has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agenda {
    /// One bit a rule: whether it is due anywhere.
    due: Vec<u64>,
    /// No rule before this word of `due` is.
    first: usize,
    /// By rule: the frames it is due in, in the order of marking; not kept for rules outside of repeats.
    frames: Vec<Vec<u32>>,
    /// By frame: one bit for each rule of its scope.
    marked: Vec<Box<[u64]>>,
}

impl Agenda {
    pub fn new(n_rules: usize) -> Agenda {
        Agenda {
            due: vec![0; n_rules.div_ceil(64)],
            first: 0,
            frames: vec![Vec::new(); n_rules],
            marked: Vec::new(),
        }
    }

    /// Makes room for a new frame whose scope has so many rules.
    pub fn add_frame(&mut self, n_rules: usize) {
        self.marked.push(vec![0; n_rules.div_ceil(64)].into());
    }

    pub fn mark(&mut self, number: u32, rule: &Rule, frame: u32) {
        if rule.scope != 0 {
            let (word, bit) = (rule.place as usize / 64, 1 << (rule.place % 64));
            let marked = &mut self.marked[frame as usize][word];
            if *marked & bit != 0 {
                return;
            }
            *marked |= bit;
            self.frames[number as usize].push(frame);
        }
        let word = number as usize / 64;
        self.due[word] |= 1 << (number % 64);
        self.first = self.first.min(word);
    }

    /// Takes the first rule that is due, and puts the frames it is due in into `frames`.
    pub fn take(&mut self, rules: &[Rule], frames: &mut Vec<u32>) -> Option<u32> {
        while *self.due.get(self.first)? == 0 {
            self.first += 1;
        }
        let bit = self.due[self.first].trailing_zeros();
        self.due[self.first] &= !(1 << bit);
        let number = (self.first * 64) as u32 + bit;
        let rule = &rules[number as usize];
        frames.clear();
        if rule.scope == 0 {
            frames.push(0);
        } else {
            std::mem::swap(frames, &mut self.frames[number as usize]);
            for frame in frames.iter() {
                self.marked[*frame as usize][rule.place as usize / 64] &= !(1 << (rule.place % 64));
            }
        }
        Some(number)
    }
}
