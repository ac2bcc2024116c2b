//! What changed as numbers and texts in one array of 16-bit units, which a page takes over without a decoder of
//! UTF-8 and a parser of JSON: most answers change a few words. `web/src/engine/packed.ts` reads it.
//!
//! Two units say how many units of numbers follow; after those come all texts as UTF-16, one after the other. A number
//! takes two units, the low one first. A text is the number of its units.

use wasm_forms::view::{
    AnswerState, Choice, ChoicesPatch, Media, NodePatch, Offered, RowChoice, Texts, ViewPatch,
};

/// Which parts a node's patch has, and what goes into a bit.
mod has {
    pub const RELEVANCE: u32 = 1;
    pub const IS_RELEVANT: u32 = 1 << 1;
    pub const TEXTS: u32 = 1 << 2;
    pub const ANSWER: u32 = 1 << 3;
    pub const IS_READONLY: u32 = 1 << 4;
    pub const IS_REQUIRED: u32 = 1 << 5;
    pub const VIOLATION: u32 = 1 << 6;
    /// The answer reads otherwise than it is written.
    pub const DISPLAY: u32 = 1 << 7;
    pub const CHOICES: u32 = 1 << 8;
    pub const REPEAT: u32 = 1 << 9;
    pub const CAN_ADD: u32 = 1 << 10;
    pub const CAN_REMOVE: u32 = 1 << 11;
}

pub(crate) fn patch(patch: &ViewPatch) -> Vec<u16> {
    let mut out = Units::new();
    out.number(u32::from(patch.pages));
    out.each(&patch.changed, Units::node);
    out.each(&patch.instances, |out, it| {
        out.number(it.repeat);
        out.number(it.at);
        out.number(it.added.map_or(0, |it| it + 1));
    });
    out.each(&patch.added, |out, it| out.number(*it));
    out.each(&patch.removed, |out, it| out.number(*it));
    out.finish()
}

pub(crate) fn offered(offered: &Offered) -> Vec<u16> {
    let mut out = Units::new();
    out.offered(offered);
    out.finish()
}

pub(crate) fn row_choices(choices: &[RowChoice]) -> Vec<u16> {
    let mut out = Units::new();
    out.each(choices, |out, it| {
        out.number(u32::from(it.is_fixed));
        out.choice(&it.choice);
    });
    out.finish()
}

struct Units {
    numbers: Vec<u16>,
    texts: Vec<u16>,
}

/// Units that most patches get by with: room taken once costs less than room that grows.
const USUAL: usize = 128;

impl Units {
    fn new() -> Units {
        let mut numbers = Vec::with_capacity(USUAL);
        numbers.extend([0, 0]);
        Units { numbers, texts: Vec::with_capacity(USUAL) }
    }

    fn finish(mut self) -> Vec<u16> {
        let n_numbers = self.numbers.len() as u32 - 2;
        self.numbers[0] = n_numbers as u16;
        self.numbers[1] = (n_numbers >> 16) as u16;
        self.numbers.append(&mut self.texts);
        self.numbers
    }

    fn number(&mut self, number: u32) {
        self.numbers.push(number as u16);
        self.numbers.push((number >> 16) as u16);
    }

    fn text(&mut self, text: &str) {
        let before = self.texts.len();
        self.texts.extend(text.encode_utf16());
        self.number((self.texts.len() - before) as u32);
    }

    fn each<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Units, &T)) {
        self.number(items.len() as u32);
        items.iter().for_each(|it| write(self, it));
    }

    fn node(&mut self, patch: &NodePatch) {
        self.number(patch.id);
        self.number(parts(patch));
        if let Some(Texts { label, short, media, hint, guidance }) = &patch.texts {
            [label, short, hint, guidance].into_iter().for_each(|it| self.text(it));
            self.media(media);
        }
        if let Some(AnswerState { value, display, violation, .. }) = &patch.answer {
            self.text(value);
            if display != value {
                self.text(display);
            }
            if let Some(violation) = violation {
                self.text(&violation.code);
                self.text(&violation.message);
            }
        }
        if let Some(ChoicesPatch { n_choices, listed }) = &patch.choices {
            self.number(*n_choices);
            self.offered(listed);
        }
        if let Some(repeat) = patch.repeat {
            self.number(repeat.count);
        }
    }

    fn offered(&mut self, offered: &Offered) {
        match offered {
            Offered::Told(choices) => {
                self.number(0);
                self.each(choices, Units::choice);
            }
            Offered::Rows { source, rows } => {
                self.number(source + 1);
                self.each(rows, |out, it| out.number(*it));
            }
        }
    }

    fn choice(&mut self, choice: &Choice) {
        self.text(&choice.value);
        self.text(&choice.label);
        self.media(&choice.media);
    }

    fn media(&mut self, media: &[Media]) {
        self.each(media, |out, it| {
            out.text(&it.form);
            out.text(&it.address);
        });
    }
}

fn parts(patch: &NodePatch) -> u32 {
    let mut parts = 0;
    let mut set = |is_so: bool, part: u32| parts |= if is_so { part } else { 0 };
    set(patch.relevant.is_some(), has::RELEVANCE);
    set(patch.relevant == Some(true), has::IS_RELEVANT);
    set(patch.texts.is_some(), has::TEXTS);
    set(patch.choices.is_some(), has::CHOICES);
    if let Some(answer) = &patch.answer {
        set(true, has::ANSWER);
        set(answer.readonly, has::IS_READONLY);
        set(answer.required, has::IS_REQUIRED);
        set(answer.violation.is_some(), has::VIOLATION);
        set(answer.display != answer.value, has::DISPLAY);
    }
    if let Some(repeat) = patch.repeat {
        set(true, has::REPEAT);
        set(repeat.can_add, has::CAN_ADD);
        set(repeat.can_remove, has::CAN_REMOVE);
    }
    parts
}
