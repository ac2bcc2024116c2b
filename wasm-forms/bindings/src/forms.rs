//! Forms and visits.

use std::cell::RefCell;
use std::sync::Arc;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::json::Json;
use wasm_forms::lists::ListError;
use wasm_forms::session::SessionError;
use wasm_forms::view::Changes;
use wasm_forms::{Env, Form, Lists, Session, Table, evidence};

#[cfg(feature = "xlsform")]
use crate::convert::diagnostic;
use crate::convert::{Thrown, code, from_json, refused, session_error, to_json, violations};
use crate::packed;

#[wasm_bindgen]
extern "C" {
    /// Comes from the file `signatures`, where a form needs it.
    #[wasm_bindgen(js_namespace = globalThis, js_name = verifyEd25519)]
    fn verify_ed25519(key: &[u8], signature: &[u8], message: &[u8]) -> bool;
}

#[wasm_bindgen]
extern "C" {
    /// A long text that is still the browser's.
    #[wasm_bindgen(typescript_type = "string")]
    pub type Text;

    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method)]
    fn encode(this: &TextEncoder, text: &Text) -> Vec<u8>;
}

/// Takes a long text over in just the memory it needs. Texts handed over as they are get room for three bytes a letter
/// from the first one on that is not ASCII, and memory once taken is never given back.
fn utf8(text: &Text) -> String {
    String::from_utf8(TextEncoder::new().encode(text)).unwrap_or_default()
}

/// A form compiled once and shared by its visits.
#[wasm_bindgen]
pub struct CompiledForm(Arc<Form>);

#[wasm_bindgen]
impl CompiledForm {
    /// Compiles an XForm; throws `form.refused` with every diagnostic.
    #[wasm_bindgen(constructor)]
    pub fn new(xform: &Text) -> Result<CompiledForm, Thrown> {
        Form::compile(utf8(xform)).map(|it| CompiledForm(Arc::new(it))).map_err(|it| refused(&it))
    }

    /// Compiles an XForm that looks at signatures. The global function `verifyEd25519` must be there before and stay.
    pub fn verifying(xform: &Text) -> Result<CompiledForm, Thrown> {
        let verify =
            |key: &[u8; 32], signature: &[u8; 64], message: &[u8]| verify_ed25519(key, signature, message);
        Form::compile_verifying(utf8(xform), verify)
            .map(|it| CompiledForm(Arc::new(it)))
            .map_err(|it| refused(&it))
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
    pub fn put(&self, instance_id: String, csv: &Text) -> Result<(), Thrown> {
        self.insert(instance_id, Table::from_csv(&utf8(csv)))
    }

    /// Puts a list in whose file's name tells its kind: `.xml`, `.geojson`, else CSV. What was saved last with the form
    /// is `last-saved.xml`.
    #[wasm_bindgen(js_name = putFile)]
    pub fn put_file(&self, instance_id: String, name: &str, text: &Text) -> Result<(), Thrown> {
        self.insert(instance_id, Table::from_file(name, &utf8(text)))
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

    /// Returns the path of a node as it is now, with positions.
    pub fn reference(&self, id: u32) -> Option<String> {
        self.0.reference(id)
    }

    /// Answers one question; returns what changed of the nodes given out, and no more: a packed `ViewPatch`.
    pub fn set(&mut self, node: u32, value: &str, now_ms: f64) -> Result<Vec<u16>, Thrown> {
        let changes = self.0.set(node, value, now_ms as i64);
        self.patch(changes)
    }

    /// Adds an instance at the end of a repeat; returns what `set` does.
    pub fn insert(&mut self, repeat: u32, now_ms: f64) -> Result<Vec<u16>, Thrown> {
        let changes = self.0.insert(repeat, None, now_ms as i64);
        self.patch(changes)
    }

    /// Removes an instance of a repeat; returns what `set` does.
    pub fn remove(&mut self, instance: u32, now_ms: f64) -> Result<Vec<u16>, Thrown> {
        let changes = self.0.remove(instance, now_ms as i64);
        self.patch(changes)
    }

    /// Returns the submission as it stands, finished or not.
    pub fn submission(&self) -> String {
        self.0.submission()
    }

    /// Returns what the form asks of the device since the last call: JSON `DeviceRequest[]`.
    #[wasm_bindgen(js_name = takeRequests)]
    pub fn take_requests(&mut self) -> String {
        to_json(&self.0.take_requests())
    }

    /// Answers a request, with an empty text where the device gave nothing; returns what `set` does.
    pub fn supply(&mut self, request: u32, value: &str, now_ms: f64) -> Result<Vec<u16>, Thrown> {
        let changes = self.0.supply_by_id(request, value, now_ms as i64);
        self.patch(changes)
    }

    /// Returns the language shown; empty for a form with one unnamed language.
    pub fn language(&self) -> String {
        self.0.language().to_owned()
    }

    /// Switches the language; returns what `set` does. What rows are as choices is to be asked anew.
    pub fn speak(&mut self, language: &str) -> Vec<u16> {
        let changes = self.0.speak(language);
        packed::patch(&self.0.patch(changes))
    }

    /// Returns choices whose label contains `query`: packed `Choice[]`, or the numbers of rows.
    pub fn search(&self, node: u32, query: &str, limit: u32) -> Vec<u16> {
        packed::offered(&self.0.search(node, query, limit as usize))
    }

    /// Returns what rows that were offered are as choices, packed.
    #[wasm_bindgen(js_name = rowChoices)]
    pub fn row_choices(&self, source: u32, rows: &[u32]) -> Vec<u16> {
        packed::row_choices(&self.0.row_choices(source, rows))
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

    fn patch(&self, changes: Result<Changes, SessionError>) -> Result<Vec<u16>, Thrown> {
        changes.map(|it| packed::patch(&self.0.patch(it))).map_err(session_error)
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
