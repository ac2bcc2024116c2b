//! All translated texts of a form, by language and number.
//!
//! Texts are the bulk of many forms, and nearly all of them are plain: one form, nothing to put in. Those stand one after
//! the other in one buffer, and a text is where it begins and ends there. Only the others are kept one by one; `F` is what
//! they are, as written at first, then compiled.

use crate::hash;

/// See the module.
#[derive(Debug)]
pub(crate) struct Texts<F> {
    pub languages: Vec<String>,
    /// The language a session begins in.
    pub default: usize,
    ids: Ids,
    written: String,
    /// By language, then number.
    places: Vec<Vec<Place>>,
    rich: Vec<(usize, F)>,
}

/// What a text says in one language.
#[derive(Debug)]
pub(crate) enum Said<'a, F> {
    /// The plain form, which is all there is.
    Plain(&'a str),
    Forms(&'a F),
}

/// Where a text stands in what is written, or which of the others it is.
#[derive(Debug, Clone, Copy)]
struct Place {
    from: u32,
    to: u32,
}

/// This language has no such text.
const ABSENT: Place = Place { from: u32::MAX, to: 0 };
/// The end of a text that is not plain; it begins with its number among those.
const RICH: u32 = u32::MAX;

impl<F> Default for Texts<F> {
    fn default() -> Self {
        Self {
            languages: Vec::new(),
            default: 0,
            ids: Ids::default(),
            written: String::new(),
            places: Vec::new(),
            rich: Vec::new(),
        }
    }
}

impl<F> Texts<F> {
    /// Returns the number of a text.
    pub fn number(&self, id: &str) -> Option<usize> {
        self.ids.find(id).ok().map(|it| it as usize)
    }

    /// Returns the id of a text.
    pub fn id(&self, number: usize) -> &str {
        self.ids.get(number as u32)
    }

    /// Returns what a text says in a language; nothing where this language has no such text.
    pub fn get(&self, language: usize, number: usize) -> Option<Said<'_, F>> {
        let Place { from, to } = *self.places.get(language)?.get(number)?;
        if to == RICH {
            return self.rich.get(from as usize).map(|(_, it)| Said::Forms(it));
        }
        self.written.get(from as usize..to as usize).map(Said::Plain)
    }

    /// Returns what a text says in every language that has it, where that is not plain.
    pub fn forms(&self, number: usize) -> impl Iterator<Item = &F> {
        (0..self.places.len()).filter_map(move |language| match self.get(language, number)? {
            Said::Forms(forms) => Some(forms),
            Said::Plain(_) => None,
        })
    }

    /// Adds a plain text in a language; a later one of the same id stands in its place.
    pub fn add_plain(&mut self, language: usize, id: &str, text: &str) {
        let from = self.written.len() as u32;
        self.written.push_str(text);
        let to = self.written.len() as u32;
        self.place(language, id, Place { from, to });
    }

    /// Adds any other text in a language.
    pub fn add(&mut self, language: usize, id: &str, forms: F) {
        let from = self.rich.len() as u32;
        let number = self.place(language, id, Place { from, to: RICH });
        self.rich.push((number, forms));
    }

    fn place(&mut self, language: usize, id: &str, place: Place) -> usize {
        let number = self.ids.find_or_add(id) as usize;
        while self.places.len() <= language {
            self.places.push(Vec::new());
        }
        let places = &mut self.places[language];
        if places.len() <= number {
            places.resize(number + 1, ABSENT);
        }
        places[number] = place;
        number
    }

    /// Makes room for a language without texts before others.
    pub fn insert_language(&mut self, at: usize) {
        if at < self.places.len() {
            self.places.insert(at, Vec::new());
        }
    }

    /// Gives back what was kept for texts that might have come.
    pub fn fit(&mut self) {
        self.written.shrink_to_fit();
        self.places.iter_mut().for_each(Vec::shrink_to_fit);
        self.ids.written.shrink_to_fit();
        self.ids.ends.shrink_to_fit();
    }

    /// Takes the texts apart that are not plain, each with its number, and returns the others.
    pub fn split<G>(self) -> (Texts<G>, Vec<(usize, F)>) {
        let Texts { languages, default, ids, written, places, rich } = self;
        (Texts { languages, default, ids, written, places, rich: Vec::new() }, rich)
    }

    /// Puts texts that are not plain in place of those that were split off, in their order.
    pub fn join(&mut self, rich: Vec<(usize, F)>) {
        self.rich = rich;
    }
}

/// Ids one after another, and where their numbers are found by hash.
#[derive(Debug, Default)]
struct Ids {
    written: String,
    /// By number.
    ends: Vec<u32>,
    /// Numbers and one more, where the hash says or behind that; 0 where there is none. As many as a power of two.
    slots: Vec<u32>,
}

impl Ids {
    fn get(&self, number: u32) -> &str {
        let from = number.checked_sub(1).map_or(0, |it| self.ends[it as usize]);
        &self.written[from as usize..self.ends[number as usize] as usize]
    }

    /// Returns the number of an id, or the slot where it would stand.
    fn find(&self, id: &str) -> Result<u32, usize> {
        let last = self.slots.len().wrapping_sub(1);
        let mut slot = hash::of_text(id) as usize & last;
        loop {
            match self.slots.get(slot).copied().unwrap_or(0) {
                0 => return Err(slot),
                found if self.get(found - 1) == id => return Ok(found - 1),
                _ => slot = (slot + 1) & last,
            }
        }
    }

    fn find_or_add(&mut self, id: &str) -> u32 {
        let slot = match self.find(id) {
            Ok(number) => return number,
            Err(slot) => slot,
        };
        let number = self.ends.len() as u32;
        self.written.push_str(id);
        self.ends.push(self.written.len() as u32);
        if self.ends.len() * 4 > self.slots.len() * 3 {
            self.grow();
        } else {
            self.slots[slot] = number + 1;
        }
        number
    }

    /// Makes room and puts every number where it now belongs.
    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(16)];
        for number in 0..self.ends.len() as u32 {
            let (Ok(slot) | Err(slot)) = self.find(self.get(number)).map(|it| it as usize);
            self.slots[slot] = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, Texts};

    #[test]
    fn texts_are_found_by_id_and_language() {
        let mut texts: Texts<&str> = Texts::default();
        for at in 0..1_000 {
            texts.add_plain(at % 2, &format!("/data/q{at}:label"), &format!("问{at}"));
        }
        texts.add(1, "/data/q4:label", "rich");
        texts.fit();
        let said = |language, id: &str| match texts.get(language, texts.number(id)?)? {
            Said::Plain(text) => Some(text),
            Said::Forms(forms) => Some(*forms),
        };
        for at in 0..1_000 {
            let id = format!("/data/q{at}:label");
            assert_eq!(texts.number(&id).map(|it| texts.id(it)), Some(&*id));
            assert_eq!(said(at % 2, &id), Some(&*format!("问{at}")));
            assert_eq!(said(1 - at % 2, &id), (at == 4).then_some("rich"));
        }
        assert_eq!((said(0, "/data/q0"), said(2, "/data/q0:label")), (None, None));
    }

    #[test]
    fn an_empty_text_is_one() {
        let mut texts: Texts<()> = Texts::default();
        assert_eq!(texts.number("a"), None);
        texts.add_plain(0, "a", "");
        texts.add_plain(0, "", "b");
        assert!(matches!(texts.get(0, 0), Some(Said::Plain(""))));
        assert!(matches!(texts.get(0, 1), Some(Said::Plain("b"))));
    }
}
