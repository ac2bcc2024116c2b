//! One visit being filled in; the only mutable type.

use std::sync::Arc;

use serde::Serialize;

use crate::view::{Choice, Located, NodeId, View, ViewDiff};
use crate::{Code, Env, Form, Lists};

/// A form being filled in.
#[derive(Debug)]
pub struct Session {}

/// A finished visit, ready to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finished {
    /// The submission document.
    pub xml: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// `meta/instanceName`; may be empty.
    pub instance_name: String,
    /// Names of the files that answers refer to, in document order.
    pub attachments: Vec<String>,
}

/// What the caller of a session did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The id is not of a node that takes this call.
    #[error("node {0} does not take this call")]
    Node(NodeId),
    /// The draft cannot be taken up.
    #[error("{}", .0.as_str())]
    Draft(Code),
}

impl Session {
    /// Opens a form. `prefill` sets values by path (`/data/pick/resident`) before the first calculation, like
    /// defaults: later answers replace them.
    #[must_use]
    pub fn open(_form: &Arc<Form>, _lists: &Arc<Lists>, _env: Env, _prefill: &[(String, String)]) -> Session {
        unimplemented!()
    }
    /// Takes up a draft that [`Session::draft`] wrote.
    pub fn resume(
        _form: &Arc<Form>,
        _lists: &Arc<Lists>,
        _env: Env,
        _draft: &str,
    ) -> Result<Session, SessionError> {
        unimplemented!()
    }
    /// Returns everything there is to show.
    #[must_use]
    pub fn view(&self) -> View {
        unimplemented!()
    }
    /// Answers one question; an empty value clears it. `now_ms` is the clock at this moment.
    pub fn answer(&mut self, _node: NodeId, _value: &str, _now_ms: i64) -> Result<ViewDiff, SessionError> {
        unimplemented!()
    }
    /// Adds an instance at the end of a repeat.
    pub fn add_instance(&mut self, _repeat: NodeId, _now_ms: i64) -> Result<ViewDiff, SessionError> {
        unimplemented!()
    }
    /// Removes an instance of a repeat.
    pub fn remove_instance(&mut self, _instance: NodeId, _now_ms: i64) -> Result<ViewDiff, SessionError> {
        unimplemented!()
    }
    /// Switches the language; unknown languages change nothing.
    pub fn set_language(&mut self, _language: &str) -> ViewDiff {
        unimplemented!()
    }
    /// Returns at most `limit` choices of a question whose label contains `query`.
    #[must_use]
    pub fn search_choices(&self, _node: NodeId, _query: &str, _limit: usize) -> Vec<Choice> {
        unimplemented!()
    }
    /// Returns every broken rule in document order.
    #[must_use]
    pub fn violations(&self) -> Vec<Located> {
        unimplemented!()
    }
    /// Returns the session as text that [`Session::resume`] takes; hidden answers are kept.
    #[must_use]
    pub fn draft(&self) -> String {
        unimplemented!()
    }
    /// Ends the visit at `now_ms` and returns the submission, or what still has to be answered.
    pub fn finish(&mut self, _now_ms: i64) -> Result<Finished, Vec<Located>> {
        unimplemented!()
    }
}
