//! What a form wants of the world while it is filled in, and gets later: the device's location.
//!
//! Source: ODK XForms, "setgeopoint". The engine has no location, so the action leaves a request; the caller asks the
//! device and supplies the answer, however long that takes. A visit goes on meanwhile.

use serde::Serialize;

use crate::session::{Session, SessionError};
use crate::types::{canonical, fits};
use crate::view::{Changes, DataType, ViewDiff};
use crate::{actions, env, recompute};

/// Something to ask the device for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// What [`Session::supply`] takes; within one session.
    pub id: u32,
    /// What is wanted.
    pub kind: RequestKind,
    /// Path of the node that gets it, with positions, as it stands now.
    pub reference: String,
}

/// What a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Where the device is: `lat lon altitude accuracy`.
    Geopoint,
}

impl Session {
    /// Returns what was asked for since the last call, each once; to be called after opening and after each change.
    pub fn take_requests(&mut self) -> Vec<Request> {
        let untold = std::mem::take(&mut self.state.untold);
        let tree = &self.state.tree;
        let alive = untold.into_iter().filter(|it| !tree.is_removed(*it));
        let request = |id: u32| Request {
            id,
            kind: RequestKind::Geopoint,
            reference: tree.reference(&self.form.model, id),
        };
        alive.map(request).collect()
    }

    /// Returns the paths of the nodes that still wait.
    pub(crate) fn awaited(&self) -> Vec<String> {
        let alive = self.state.awaited.iter().filter(|it| !self.state.tree.is_removed(**it));
        alive.map(|it| self.state.tree.reference(&self.form.model, *it)).collect()
    }

    /// Asks once more for what was not answered before the draft was put away.
    pub(crate) fn ask_again(&mut self, references: &[String]) {
        for reference in references {
            let Some((model, frame, false)) = self.state.tree.locate(&self.form.model, reference) else {
                continue;
            };
            let node = self.state.tree.at(frame, &self.form.model, model);
            self.state.request(node);
        }
    }

    /// Answers a request and returns what changed; what is no location, such as an empty text where the device gave
    /// none, leaves the node blank. A request is answered once.
    pub fn supply(&mut self, request: u32, value: &str, now_ms: i64) -> Result<ViewDiff, SessionError> {
        self.supply_by_id(request, value, now_ms).map(|it| self.diff(it))
    }

    /// Answers a request, and tells by id what changed; see [`Session::supply`].
    pub fn supply_by_id(&mut self, request: u32, value: &str, now_ms: i64) -> Result<Changes, SessionError> {
        let place = self.state.awaited.iter().position(|it| *it == request);
        self.state.awaited.remove(place.ok_or(SessionError::Node(request))?);
        if self.state.tree.is_removed(request) {
            return Err(SessionError::Node(request));
        }
        let form = self.form.clone();
        self.state.env.now_ms = env::clock(now_ms);
        let is_place = fits(DataType::Geopoint, value.trim());
        let data_type = form.data_types[self.state.tree.node(request).model as usize];
        let value = canonical(data_type, value.trim()).filter(|_| is_place).unwrap_or_default();
        let is_changed = self.state.tree.node(request).value() != value;
        recompute::set_value(&form, &mut self.state, request, &value);
        if is_changed {
            actions::answered(&form, &mut self.state, request);
        }
        Ok(self.settle())
    }
}
