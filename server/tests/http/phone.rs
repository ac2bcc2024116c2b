//! A phone that seals visits: its key, and seals as the page on the seal tells.

use std::sync::{Arc, OnceLock};

use data_encoding::HEXLOWER;
use doorstep::blob::hashes::sha256_hex;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use wasm_forms::evidence::seal::{Basis, ClockClaim, Digest, Seal, SealedFile};

use crate::community::{Answer, Person};
use crate::visit::Visit;

/// A phone with a key.
#[derive(Clone, Debug)]
pub struct Phone {
    key: Arc<EcdsaKeyPair>,
}

/// Where a seal stands and when it was made.
#[derive(Clone, Debug)]
pub struct Place {
    pub counter: u64,
    /// The seal before.
    pub previous: Option<Value>,
    /// Seals that were refused before.
    pub replaced: Vec<Value>,
    pub device_time_ms: i64,
    /// Basis and the three distances.
    pub clock: Option<(&'static str, i64, i64, i64)>,
}

impl Default for Place {
    fn default() -> Self {
        Place { counter: 1, previous: None, replaced: Vec::new(), device_time_ms: 0, clock: None }
    }
}

impl Place {
    /// Returns the place behind a seal.
    pub fn after(previous: &Value) -> Place {
        let counter = previous["counter"].as_u64().expect("a counter") + 1;
        Place { counter, previous: Some(previous.clone()), ..Place::default() }
    }
}

fn randomness() -> &'static SystemRandom {
    static RANDOM: OnceLock<SystemRandom> = OnceLock::new();
    RANDOM.get_or_init(SystemRandom::new)
}

fn digest(seal: &Value) -> Digest {
    Digest::parse(seal["digest"].as_str().expect("a digest")).expect("64 digits")
}

impl Phone {
    pub fn new() -> Phone {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, randomness()).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), randomness());
        Phone { key: Arc::new(key.expect("a key")) }
    }

    pub fn public_key(&self) -> String {
        HEXLOWER.encode(self.key.public_key().as_ref())
    }

    pub fn key_id(&self) -> String {
        sha256_hex(self.key.public_key().as_ref())
    }

    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(randomness(), text.as_bytes()).expect("a signature");
        HEXLOWER.encode(signature.as_ref())
    }

    /// Returns the body of an enrolment for an account.
    pub fn enrolment(&self, account_id: &str) -> Value {
        let text = format!(
            "doorstep-device 1\naccount {} {account_id}\ndevice 7 phone-1\nkey {}\n",
            account_id.len(),
            self.key_id()
        );
        json!({"device_id": "phone-1", "public_key": self.public_key(), "proof": self.sign(&text), "label": "Android"})
    }

    pub async fn enrol(&self, person: &Person) -> Answer {
        let account_id = person.account["id"].as_str().expect("an id");
        person.post("/api/v1/devices", &self.enrolment(account_id)).await
    }

    /// Returns the seal of a visit as it travels.
    pub fn seal(&self, visit: &Visit, place: Place) -> Value {
        let clock = place.clock.map(|(basis, least_ms, likely_ms, most_ms)| ClockClaim {
            basis: Basis::parse(basis).expect("a basis"),
            least_ms,
            likely_ms,
            most_ms,
        });
        let file = |(name, bytes): &(String, Vec<u8>)| SealedFile {
            name: name.clone(),
            size_bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
        };
        let seal = Seal {
            instance_id: visit.instance_id.clone(),
            xml_sha256: Digest::of(visit.xml.as_bytes()),
            attachments: visit.files.iter().map(file).collect(),
            notes_sha256: Digest::of(visit.notes.as_bytes()),
            key_id: Digest::parse(&self.key_id()),
            device_time_ms: place.device_time_ms,
            clock,
            counter: place.counter,
            previous: place.previous.as_ref().map(digest),
            replaces: place.replaced.iter().map(digest).collect(),
        };
        let attachments =
            seal.attachments.iter().map(|it| json!([it.name, it.sha256.to_string(), it.size_bytes]));
        json!({
            "version": 2,
            "instance_id": seal.instance_id,
            "xml_sha256": seal.xml_sha256.to_string(),
            "attachments": attachments.collect::<Vec<_>>(),
            "notes_sha256": seal.notes_sha256.to_string(),
            "key_id": self.key_id(),
            "device_time_ms": seal.device_time_ms,
            "clock": place.clock.map(|(basis, least_ms, likely_ms, most_ms)| {
                json!({"basis": basis, "least_ms": least_ms, "likely_ms": likely_ms, "most_ms": most_ms})
            }),
            "counter": seal.counter,
            "previous": seal.previous.map_or_else(String::new, |it| it.to_string()),
            "replaces": seal.replaces.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "replaced": place.replaced,
            "digest": seal.digest().to_string(),
            "signature": self.sign(&seal.canonical()),
            "device_id": "phone-1",
        })
    }
}
