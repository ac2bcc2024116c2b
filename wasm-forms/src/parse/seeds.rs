//! What instances of repeats begin with, beyond their templates.
//!
//! Source: ODK XForms, "Repeats" and "Templates"; ODK Web Forms for the instances that a form itself writes where
//! `jr:count` counts them: they are what the first instances begin with.

use super::model::{Model, ROOT, Seed};
use crate::xpath::ast::ModelId;

impl Model {
    /// Takes the instances of a counted repeat out of what an instance begins with: the count decides how many there
    /// are, and each begins as the one the form wrote at its place, then as the template.
    pub fn set_aside(&mut self, repeat: ModelId) {
        let mut own = Vec::new();
        let templates = self.templates.iter_mut().map(|(_, seed)| seed);
        for seed in [&mut self.seed].into_iter().chain(templates) {
            let found = take_instances(seed, repeat);
            if own.is_empty() {
                own = found;
            }
        }
        self.defaults.push((repeat, own));
    }

    /// Gives a repeat to which nobody can add its one instance, where the form writes only a template.
    pub fn ensure_instance(&mut self, repeat: ModelId) {
        let Some(template) = self.template(repeat).cloned() else { return };
        let parent = self.node(repeat).parent.unwrap_or(ROOT);
        let templates = self.templates.iter_mut().map(|(_, seed)| seed);
        for seed in [&mut self.seed].into_iter().chain(templates) {
            add_instance(seed, parent, &template);
        }
    }

    /// Returns all that instances of repeats may begin with.
    pub fn instance_seeds(&mut self) -> impl Iterator<Item = &mut Seed> {
        let templates = self.templates.iter_mut().map(|(_, seed)| seed);
        templates.chain(self.defaults.iter_mut().flat_map(|(_, own)| own))
    }

    /// Returns what instance number `at` of a counted repeat begins with, where the form wrote it.
    pub fn default_instance(&self, repeat: ModelId, at: usize) -> Option<&Seed> {
        let (_, own) = self.defaults.iter().find(|(id, _)| *id == repeat)?;
        own.get(at)
    }
}

/// Removes the instances of a repeat everywhere below a seed; returns those of the first parent that has any.
fn take_instances(seed: &mut Seed, repeat: ModelId) -> Vec<Seed> {
    let (mut taken, kept): (Vec<Seed>, Vec<Seed>) =
        std::mem::take(&mut seed.children).into_iter().partition(|it| it.model == repeat);
    seed.children = kept;
    for child in &mut seed.children {
        let below = take_instances(child, repeat);
        if taken.is_empty() {
            taken = below;
        }
    }
    taken
}

fn add_instance(seed: &mut Seed, parent: ModelId, template: &Seed) {
    if seed.model == parent && seed.children.iter().all(|it| it.model != template.model) {
        seed.children.push(template.clone());
    }
    seed.children.iter_mut().for_each(|it| add_instance(it, parent, template));
}
