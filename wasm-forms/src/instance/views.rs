//! Which view id shows what, and which of them have changed since the interface last heard of them.
//!
//! Body items have a place in their scope as nodes do, so a frame's view ids follow one another and nothing is
//! searched. Only ids that were handed out are reported: an interface that looks at one page hears of that page.

use crate::form::Form;
use crate::grouped::sort;
use crate::view::{InstanceChange, NodeId, Parts};

/// The body item of the root.
pub(crate) const ROOT_ITEM: u32 = u32::MAX;
/// The view id of the root.
pub(crate) const ROOT_VIEW: NodeId = 0;

#[derive(Debug, Clone, Default)]
pub(crate) struct Views {
    /// By view id: body item and frame.
    shown: Vec<(u32, u32)>,
    /// By frame: its first view id.
    bases: Vec<NodeId>,
    is_handed_out: Vec<bool>,
    /// By view id: what has changed since the last call.
    noted: Vec<Parts>,
    pub changes: Changes,
}

/// What one call changed, by view id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub changed: Vec<NodeId>,
    /// Instances that came and went.
    pub instances: Vec<InstanceChange>,
    pub removed: Vec<NodeId>,
    /// Whether anything came to be shown or hidden.
    pub visibility: bool,
}

impl Views {
    pub fn new() -> Views {
        let mut views = Views::default();
        views.push(ROOT_ITEM, 0);
        views
    }

    fn push(&mut self, item: u32, frame: u32) {
        self.shown.push((item, frame));
        self.is_handed_out.push(false);
        self.noted.push(Parts::default());
    }

    /// Gives ids to the body items of a new frame; to be called for frames in the order of their numbers.
    pub fn add_frame(&mut self, form: &Form, scope: u32) {
        let frame = self.bases.len() as u32;
        self.bases.push(self.shown.len() as NodeId);
        for item in form.items_in.of(scope) {
            self.push(*item, frame);
        }
    }

    /// Returns the view id of a body item in a frame of its scope.
    pub fn id(&self, form: &Form, item: u32, frame: u32) -> NodeId {
        self.bases[frame as usize] + form.body[item as usize].place
    }

    /// Returns the ids of a frame.
    pub fn of_frame(&self, frame: u32) -> std::ops::Range<NodeId> {
        let until = self.bases.get(frame as usize + 1).copied().unwrap_or(self.shown.len() as NodeId);
        self.bases[frame as usize]..until
    }

    /// Returns body item and frame of an id.
    pub fn shown(&self, id: NodeId) -> Option<(u32, u32)> {
        self.shown.get(id as usize).copied()
    }

    pub fn hand_out(&mut self, id: NodeId) {
        self.is_handed_out[id as usize] = true;
    }

    pub fn is_handed_out(&self, id: NodeId) -> bool {
        self.is_handed_out[id as usize]
    }

    pub fn retire(&mut self, id: NodeId) {
        if std::mem::replace(&mut self.is_handed_out[id as usize], false) {
            self.changes.removed.push(id);
        }
    }

    pub fn note(&mut self, id: NodeId, parts: Parts) {
        let at = id as usize;
        if !self.is_handed_out[at] {
            return;
        }
        if self.noted[at] == Parts::default() {
            self.changes.changed.push(id);
        }
        self.noted[at] = self.noted[at].and(parts);
    }

    /// Notes all that was handed out.
    pub fn note_all(&mut self, parts: Parts) {
        for id in 0..self.shown.len() as NodeId {
            self.note(id, parts);
        }
    }

    /// Notes that an instance came to a repeat, or went.
    pub fn note_instance(&mut self, change: InstanceChange) {
        if self.is_handed_out(change.repeat) {
            self.changes.instances.push(change);
        }
    }

    /// Returns what changed since the last call, ids in order, and in what each of them did.
    pub fn take_changes(&mut self) -> (Changes, Vec<(NodeId, Parts)>) {
        let mut changes = std::mem::take(&mut self.changes);
        sort(&mut changes.changed);
        sort(&mut changes.removed);
        let mut changed = Vec::with_capacity(changes.changed.len());
        for id in changes.changed.drain(..) {
            let parts = std::mem::take(&mut self.noted[id as usize]);
            if self.is_handed_out[id as usize] {
                changed.push((id, parts));
            }
        }
        (changes, changed)
    }
}
