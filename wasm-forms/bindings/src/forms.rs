//! Forms and visits.

use std::cell::RefCell;
use std::sync::Arc;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::json::Json;
use wasm_forms::lists::ListError;
use wasm_forms::{Env, Form, Lists, Session, Table, evidence};

#[cfg(feature = "xlsform")]
use crate::convert::diagnostic;
use crate::convert::{Thrown, code, from_json, refused, session_error, to_json, violations};

#[wasm_bindgen]
extern "C" {
    /// Comes from the file `signatures`, where a form needs it.
    #[wasm_bindgen(js_namespace = globalThis, js_name = verifyEd25519)]
    fn verify_ed25519(key: &[u8], signature: &[u8], message: &[u8]) -> bool;
}

/// A form compiled once and shared by its visits.
#[wasm_bindgen]
pub struct CompiledForm(Arc<Form>);

#[wasm_bindgen]
impl CompiledForm {
    /// Compiles an XForm; throws `form.refused` with every diagnostic.
    #[wasm_bindgen(constructor)]
    pub fn new(xform: &str) -> Result<CompiledForm, Thrown> {
        Form::compile(xform).map(|it| CompiledForm(Arc::new(it))).map_err(|it| refused(&it))
    }

    /// Compiles an XForm that looks at signatures. The global function `verifyEd25519` must be there before and stay.
    pub fn verifying(xform: &str) -> Result<CompiledForm, Thrown> {
        let verify =
            |key: &[u8; 32], signature: &[u8; 64], message: &[u8]| verify_ed25519(key, signature, message);
        Form::compile_verifying(xform, verify).map(|it| CompiledForm(Arc::new(it))).map_err(|it| refused(&it))
    }

    /// Returns the form's id.
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Returns the form's version; may be empty.
    pub fn version(&self) -> String {
        self.0.version().to_owned()
    }

    /// Returns the title.
    pub fn title(&self) -> String {
        self.0.title().to_owned()
    }

    /// Returns the RSA public key that visits are to be encrypted with.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> Option<String> {
        self.0.public_key().map(str::to_owned)
    }

    /// Returns whether the form may ask for the device's location without a question for it.
    #[wasm_bindgen(js_name = asksForLocation)]
    pub fn asks_for_location(&self) -> bool {
        self.0.asks_for_location()
    }

    /// Returns the languages: JSON `string[]`.
    pub fn languages(&self) -> String {
        to_json(&self.0.languages())
    }

    /// Returns the instance id of the list that stands for what was saved last with this form, where it reads that.
    #[wasm_bindgen(js_name = lastSaved)]
    pub fn last_saved(&self) -> Option<String> {
        self.0.last_saved().map(str::to_owned)
    }

    /// Returns the external lists the form reads: JSON `[instanceId, fileName][]`.
    pub fn lists(&self) -> String {
        to_json(&self.0.lists())
    }
}

/// The external lists on this device.
#[wasm_bindgen]
#[derive(Default)]
pub struct ListStore(RefCell<Arc<Lists>>);

#[wasm_bindgen]
impl ListStore {
    /// Returns a store without lists.
    #[wasm_bindgen(constructor)]
    pub fn new() -> ListStore {
        ListStore::default()
    }

    /// Puts a list in by instance id; throws `list.malformed`.
    pub fn put(&self, instance_id: String, csv: &str) -> Result<(), Thrown> {
        self.insert(instance_id, Table::from_csv(csv))
    }

    /// Puts a list in whose file's name tells its kind: `.xml`, `.geojson`, else CSV. What was saved last with the form
    /// is `last-saved.xml`.
    #[wasm_bindgen(js_name = putFile)]
    pub fn put_file(&self, instance_id: String, name: &str, text: &str) -> Result<(), Thrown> {
        self.insert(instance_id, Table::from_file(name, text))
    }

    fn insert(&self, instance_id: String, table: Result<Table, ListError>) -> Result<(), Thrown> {
        let table = table.map_err(|error| {
            code("list.malformed", &[("line", &error.line.to_string()), ("problem", &error.problem)])
        })?;
        Arc::make_mut(&mut self.0.borrow_mut()).insert(instance_id, Arc::new(table));
        Ok(())
    }
}

/// A form being filled in.
#[wasm_bindgen]
pub struct Visit(Session);

#[wasm_bindgen]
impl Visit {
    /// Opens a form. `env` is JSON `Env`, `prefill` JSON `[path, value][]`.
    pub fn open(form: &CompiledForm, lists: &ListStore, env: &str, prefill: &str) -> Result<Visit, Thrown> {
        let prefill = from_json(prefill, Json::text_pairs)?;
        let env = from_json(env, Env::from_json)?;
        Ok(Visit(Session::open(&form.0, &lists.0.borrow(), env, &prefill)))
    }

    /// Takes up a draft; throws `draft.foreign` or `draft.malformed`.
    pub fn resume(form: &CompiledForm, lists: &ListStore, env: &str, draft: &str) -> Result<Visit, Thrown> {
        let env = from_json(env, Env::from_json)?;
        Session::resume(&form.0, &lists.0.borrow(), env, draft).map(Visit).map_err(session_error)
    }

    /// Returns everything there is to show: JSON `View`.
    pub fn view(&mut self) -> String {
        to_json(&self.0.view())
    }

    /// Returns the pages there are to show now.
    pub fn pages(&self) -> Vec<u32> {
        self.0.pages()
    }

    /// Returns a node and all below it in document order, as a page shows them: JSON `ViewNode[]`. From now on
    /// changes tell of these nodes.
    pub fn page(&mut self, id: u32) -> String {
        to_json(&self.0.page(id))
    }

    /// Returns nodes by their ids: JSON `ViewNode[]`.
    pub fn nodes(&self, ids: &[u32]) -> String {
        to_json(&self.0.nodes(ids))
    }

    /// Returns the id of the question, group, repeat or instance at a path such as `/data/party[2]/p_name`.
    pub fn find(&self, reference: &str) -> Option<u32> {
        self.0.find(reference)
    }

    /// Returns the value at a path, shown or not.
    pub fn value(&self, reference: &str) -> Option<String> {
        self.0.value(reference).map(str::to_owned)
    }

    /// Returns how many choices a question offers now.
    #[wasm_bindgen(js_name = nChoices)]
    pub fn n_choices(&self, node: u32) -> u32 {
        self.0.n_choices(node) as u32
    }

    /// Answers one question; returns what changed of the nodes given out, and no more: JSON `ViewPatch`.
    pub fn set(&mut self, node: u32, value: &str, now_ms: f64) -> Result<String, Thrown> {
        let changes = self.0.set(node, value, now_ms as i64).map_err(session_error)?;
        Ok(to_json(&self.0.patch(changes)))
    }

    /// Adds an instance at the end of a repeat; returns what `set` does.
    pub fn insert(&mut self, repeat: u32, now_ms: f64) -> Result<String, Thrown> {
        let changes = self.0.insert(repeat, None, now_ms as i64).map_err(session_error)?;
        Ok(to_json(&self.0.patch(changes)))
    }

    /// Removes an instance of a repeat; returns what `set` does.
    pub fn remove(&mut self, instance: u32, now_ms: f64) -> Result<String, Thrown> {
        let changes = self.0.remove(instance, now_ms as i64).map_err(session_error)?;
        Ok(to_json(&self.0.patch(changes)))
    }

    /// Returns the submission as it stands, finished or not.
    pub fn submission(&self) -> String {
        self.0.submission()
    }

    /// Answers one question; returns what the screen must change: JSON `ViewDiff`.
    pub fn answer(&mut self, node: u32, value: &str, now_ms: f64) -> Result<String, Thrown> {
        self.0.answer(node, value, now_ms as i64).map(|it| to_json(&it)).map_err(session_error)
    }

    /// Adds an instance of a repeat: JSON `ViewDiff`.
    #[wasm_bindgen(js_name = addInstance)]
    pub fn add_instance(&mut self, repeat: u32, now_ms: f64) -> Result<String, Thrown> {
        self.0.add_instance(repeat, now_ms as i64).map(|it| to_json(&it)).map_err(session_error)
    }

    /// Removes an instance of a repeat: JSON `ViewDiff`.
    #[wasm_bindgen(js_name = removeInstance)]
    pub fn remove_instance(&mut self, instance: u32, now_ms: f64) -> Result<String, Thrown> {
        self.0.remove_instance(instance, now_ms as i64).map(|it| to_json(&it)).map_err(session_error)
    }

    /// Returns what the form asks of the device since the last call: JSON `DeviceRequest[]`.
    #[wasm_bindgen(js_name = takeRequests)]
    pub fn take_requests(&mut self) -> String {
        to_json(&self.0.take_requests())
    }

    /// Answers a request, with an empty text where the device gave nothing: JSON `ViewDiff`.
    pub fn supply(&mut self, request: u32, value: &str, now_ms: f64) -> Result<String, Thrown> {
        self.0.supply(request, value, now_ms as i64).map(|it| to_json(&it)).map_err(session_error)
    }

    /// Switches the language: JSON `ViewDiff`.
    #[wasm_bindgen(js_name = setLanguage)]
    pub fn set_language(&mut self, language: &str) -> String {
        to_json(&self.0.set_language(language))
    }

    /// Returns choices whose label contains `query`: JSON `Choice[]`.
    #[wasm_bindgen(js_name = searchChoices)]
    pub fn search_choices(&self, node: u32, query: &str, limit: u32) -> String {
        to_json(&self.0.search_choices(node, query, limit as usize))
    }

    /// Returns every broken rule: JSON `Located[]`.
    pub fn violations(&mut self) -> String {
        to_json(&self.0.violations())
    }

    /// Returns what a signature covers, for the file of its strokes; nothing where the form does not say.
    pub fn binding(&self, node: u32) -> Option<Vec<u8>> {
        self.0.binding(node).map(|it| it.to_bytes())
    }

    /// Returns the answers that a signature covers: JSON `SignedAnswer[]`.
    #[wasm_bindgen(js_name = signedAnswers)]
    pub fn signed_answers(&self, node: u32) -> String {
        to_json(&self.0.signed_answers(node))
    }

    /// Returns the visit as text that `resume` takes.
    pub fn draft(&self) -> String {
        self.0.draft()
    }

    /// Ends the visit: JSON `Finished`; throws `answer.violations` with what is still to be answered.
    pub fn finish(&mut self, now_ms: f64) -> Result<String, Thrown> {
        self.0.finish(now_ms as i64).map(|it| to_json(&it)).map_err(|it| violations(&it))
    }
}

/// Checks a finished submission as the server does: JSON `Checked`; throws the reason why it is no submission.
#[cfg(feature = "xlsform")]
#[wasm_bindgen(js_name = checkSubmission)]
pub fn check_submission(
    form: &CompiledForm,
    lists: &ListStore,
    env: &str,
    xml: &str,
) -> Result<String, Thrown> {
    let checked = wasm_forms::check(xml, &form.0, &lists.0.borrow(), &from_json(env, Env::from_json)?);
    checked.map(|it| to_json(&it)).map_err(|it| diagnostic(&it))
}

/// Returns the SHA-256 of bytes as hex.
#[wasm_bindgen(js_name = sha256Hex)]
pub fn sha256_hex(bytes: &[u8]) -> String {
    evidence::sha256_hex(bytes)
}
