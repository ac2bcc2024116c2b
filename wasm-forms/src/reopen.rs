//! A document back into a session: a visit taken up again, or a submission to be corrected.
//!
//! Source: ODK XForms, `meta/deprecatedID`: a corrected submission has an id of its own and names the one it replaces.

use std::sync::Arc;

use crate::form::Form;
use crate::instance::{self, State};
use crate::parse::Event;
use crate::session::{Session, SessionError};
use crate::{Code, Env, Lists, recompute};

impl Session {
    /// Takes up a document of this form as it stands.
    pub fn restore(
        form: &Arc<Form>,
        lists: &Arc<Lists>,
        env: Env,
        xml: &str,
    ) -> Result<Session, SessionError> {
        let mut session = Session::unsettled(form, lists, env, xml)?;
        session.load();
        Ok(session)
    }

    /// Takes up a submission to correct it: under a new id, the old one in `meta/deprecatedID` where the form has it.
    pub fn edit(form: &Arc<Form>, lists: &Arc<Lists>, env: Env, xml: &str) -> Result<Session, SessionError> {
        let mut session = Session::unsettled(form, lists, env, xml)?;
        let model = &form.model;
        let meta = |name: &str| {
            let found = model.child(0, "meta", false).and_then(|it| model.child(it, name, false));
            found.and_then(|it| session.state.tree.single(it))
        };
        let (own, deprecated) = (meta("instanceID"), meta("deprecatedID"));
        if let Some(own) = own {
            let id = session.instance_id();
            let old = std::mem::replace(&mut session.state.tree.node_mut(own).value, id);
            if let Some(deprecated) = deprecated {
                session.state.tree.node_mut(deprecated).value = old;
            }
        }
        session.load();
        Ok(session)
    }

    fn unsettled(form: &Arc<Form>, lists: &Arc<Lists>, env: Env, xml: &str) -> Result<Session, SessionError> {
        let loaded =
            instance::load(xml, &form.model).map_err(|_| SessionError::Draft(Code::DraftMalformed))?;
        let state = State::new(form, lists, env, &loaded.seed);
        Ok(Session { state, form: form.clone(), ids: crate::present::Ids::default() })
    }

    fn load(&mut self) {
        let form = self.form.clone();
        recompute::settle_all(&form, &mut self.state);
        recompute::run_actions(&form, &mut self.state, Event::Load, 0);
        recompute::settle(&form, &mut self.state);
        self.state.changes = instance::Changes::default();
    }
}
