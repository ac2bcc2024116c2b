//! `jr:preload`: what a form wants to know of the moment, the device and the person.
//!
//! Source: ODK XForms, "Preload Attributes". A value comes once: into what a visit begins with, and into an instance of a
//! repeat when it is added, before anything is calculated; the moment of the end comes when the visit ends.

use crate::form::Form;
use crate::instance::{Scope, State};
use crate::recompute;
use crate::xpath::civil;
use crate::xpath::functions::uuid;

/// What is put into a node.
#[derive(Debug)]
pub(crate) enum Preload {
    /// An id of its own, `uuid:…`.
    Uid,
    /// The moment the node began to be.
    Start,
    /// The moment the visit ended.
    End,
    Today,
    /// What the device or the account knows, by name.
    Property(Box<str>),
}

impl Preload {
    /// Reads `jr:preload` and `jr:preloadParams`; nothing where the two mean nothing together.
    pub fn parse(kind: &str, parameters: &str) -> Option<Preload> {
        Some(match (kind.trim(), parameters.trim()) {
            ("uid", _) => Preload::Uid,
            ("timestamp", "start") => Preload::Start,
            ("timestamp", "end") => Preload::End,
            ("date", "today") => Preload::Today,
            ("property", name) if !name.is_empty() => Preload::Property(name.into()),
            _ => return None,
        })
    }
}

/// Fills every frame of an instance that begins.
pub(crate) fn begin(form: &Form, state: &mut State) {
    for frame in 0..state.tree.n_frames() as u32 {
        fill(form, state, frame);
    }
}

/// Fills the nodes of a frame that begins; nobody has read them yet. What stands in a node stays where there is
/// nothing to put in its place.
pub(crate) fn fill(form: &Form, state: &mut State, frame: u32) {
    for (model, preload) in &form.preloads {
        if form.model.node(*model).scope != state.tree.frame(frame).scope {
            continue;
        }
        if let Some(value) = value(form, state, preload) {
            let node = state.tree.at(frame, &form.model, *model);
            state.tree.node_mut(node).set_value(&value);
        }
    }
}

/// Puts the moment of the end where the form wants it.
pub(crate) fn end(form: &Form, state: &mut State) {
    let now = now(state);
    for (model, preload) in &form.preloads {
        if matches!(preload, Preload::End) {
            for node in state.tree.all(&form.model, *model) {
                recompute::set_value(form, state, node, &now);
            }
        }
    }
}

/// Draws an id.
pub(crate) fn uid(form: &Form, state: &State) -> String {
    let scope = Scope { form, state };
    format!("uuid:{}", uuid(scope.draw(), scope.draw()))
}

fn value(form: &Form, state: &State, preload: &Preload) -> Option<String> {
    Some(match preload {
        Preload::Uid => uid(form, state),
        Preload::Start => now(state),
        Preload::Today => now(state)[..10].to_owned(),
        Preload::End => return None,
        Preload::Property(name) => {
            // The specification writes `phone number` where forms in the field have `phonenumber`.
            let properties = &state.env.properties;
            let found = properties.get(&**name).or_else(|| properties.get(&name.replace(' ', "")));
            found.filter(|it| !it.is_empty())?.clone()
        }
    })
}

fn now(state: &State) -> String {
    civil::moment_text(state.env.now_ms, state.env.offset_min)
}
