//! A document back into a session: a visit taken up again, or a submission to be corrected.
//!
//! Source: ODK XForms, `meta/deprecatedID`: a corrected submission has an id of its own and names the one it replaces.

use std::sync::Arc;

use crate::form::Form;
use crate::hash;
use crate::instance::{self, State};
use crate::parse::Event;
use crate::session::{Session, SessionError};
use crate::types::settle_seed;
use crate::{Code, Env, Lists, actions, recompute};

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

    /// Takes up a submission to correct it: under a new id, the old one in `meta/deprecatedID`.
    pub fn edit(form: &Arc<Form>, lists: &Arc<Lists>, env: Env, xml: &str) -> Result<Session, SessionError> {
        let mut session = Session::unsettled(form, lists, env, xml)?;
        let model = &form.model;
        let meta = |name: &str| {
            let found = model.child(0, "meta", false).and_then(|it| model.child(it, name, false));
            found.and_then(|it| session.state.tree.single(model, it))
        };
        let (own, deprecated) = (meta("instanceID"), meta("deprecatedID"));
        if let Some(own) = own {
            let old = session.state.tree.node(own).value().to_owned();
            // Whoever begins with the same seed as the first time gets another id all the same.
            session.state.chance.set(session.state.chance.get() ^ hash::of_text(&old));
            let id = session.instance_id();
            session.state.tree.node_mut(own).set_value(&id);
            if let Some(deprecated) = deprecated {
                let deprecated = session.state.tree.node_mut(deprecated);
                deprecated.set_value(&old);
                (deprecated.own_relevant, deprecated.relevant) = (true, true);
            }
        }
        session.load();
        Ok(session)
    }

    pub(crate) fn unsettled(
        form: &Arc<Form>,
        lists: &Arc<Lists>,
        env: Env,
        xml: &str,
    ) -> Result<Session, SessionError> {
        let mut loaded =
            instance::take_up(xml, &form.model).map_err(|_| SessionError::Draft(Code::DraftMalformed))?;
        settle_seed(&form.data_types, &mut loaded.seed);
        let state = State::new(form, lists, env, &loaded.seed);
        Ok(Session { state, form: form.clone() })
    }

    pub(crate) fn load(&mut self) {
        let form = self.form.clone();
        recompute::settle_all(&form, &mut self.state);
        actions::run(&form, &mut self.state, Event::Load, instance::ROOT_NODE);
        recompute::settle(&form, &mut self.state);
        self.state.views.take_changes();
    }
}
