//! Encrypting a finished visit.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::encryption::{self, Identity, PublicKey, Randomness};
use wasm_forms::json::Json;

use crate::convert::{Thrown, code, from_json};

struct Given {
    form_id: String,
    version: String,
    instance_id: String,
    public_key: String,
}

impl Given {
    fn from_json(json: &Json) -> Option<Given> {
        let text = |name: &str| json.get(name).and_then(Json::text).map(str::to_owned);
        Some(Given {
            form_id: text("form_id")?,
            version: text("version")?,
            instance_id: text("instance_id")?,
            public_key: text("public_key")?,
        })
    }
}

/// A visit being encrypted file by file: attachments first, the submission last.
#[wasm_bindgen]
pub struct Encryption(encryption::Encryption);

#[wasm_bindgen]
impl Encryption {
    /// Begins. `given` is JSON `{form_id, version, instance_id, public_key}`, `randomness` 96 bytes from a cryptographic
    /// source, used once. Throws `form.public_key`.
    #[wasm_bindgen(constructor)]
    pub fn new(given: &str, randomness: &[u8]) -> Result<Encryption, Thrown> {
        let given = from_json(given, Given::from_json)?;
        let key = PublicKey::parse(&given.public_key)
            .map_err(|error| code("form.public_key", &[("problem", &error.to_string())]))?;
        let randomness = randomness
            .try_into()
            .map_err(|_| code("request.malformed", &[("problem", "the randomness is not 96 bytes")]))?;
        let identity =
            Identity { form_id: &given.form_id, version: &given.version, instance_id: &given.instance_id };
        Ok(Encryption(encryption::Encryption::begin(identity, &key, Randomness::new(randomness))))
    }

    /// Encrypts the next attachment.
    pub fn attachment(&mut self, name: &str, bytes: Vec<u8>) -> EncryptedFile {
        EncryptedFile(self.0.attachment(name, bytes))
    }

    /// Encrypts the submission and ends.
    pub fn finish(self, xml: &str) -> EncryptedVisit {
        let (manifest, file) = self.0.finish(xml);
        EncryptedVisit { manifest, file: Some(EncryptedFile(file)) }
    }
}

/// An encrypted file.
#[wasm_bindgen]
pub struct EncryptedFile(encryption::File);

#[wasm_bindgen]
impl EncryptedFile {
    /// Returns its name, which ends with `.enc`.
    pub fn name(&self) -> String {
        self.0.name.clone()
    }

    /// Returns the bytes and forgets them.
    #[wasm_bindgen(js_name = takeBytes)]
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0.bytes)
    }
}

/// How an encryption ends.
#[wasm_bindgen]
pub struct EncryptedVisit {
    manifest: String,
    file: Option<EncryptedFile>,
}

#[wasm_bindgen]
impl EncryptedVisit {
    /// Returns the manifest, which takes the submission's place.
    pub fn manifest(&self) -> String {
        self.manifest.clone()
    }

    /// Returns the encrypted submission, once.
    #[wasm_bindgen(js_name = takeFile)]
    pub fn take_file(&mut self) -> Option<EncryptedFile> {
        self.file.take()
    }
}
