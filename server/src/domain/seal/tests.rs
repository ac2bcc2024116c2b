use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../wasm-forms/src/evidence/seal/vectors.json")).expect("JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

fn key(vectors: &Value) -> KeyRow {
    KeyRow {
        id: text(vectors, "key_id").to_owned(),
        account_id: String::new(),
        device_id: String::new(),
        label: String::new(),
        public_key: text(vectors, "public_key").to_owned(),
        enrolled_at: 0,
        revoked_at: 0,
        revoked_by: String::new(),
        head_counter: 0,
        head_digest: String::new(),
    }
}

/// Calls `check` with each vector's seal, content and JSON.
fn each(check: impl Fn(&Sealed, &Content<'_>, &Value)) {
    for vector in vectors()["seals"].as_array().expect("seals") {
        let files: Vec<SealedFile> = vector["files"]
            .as_array()
            .expect("files")
            .iter()
            .map(|it| {
                let (name, bytes) = (it[0].as_str().expect("a name"), it[1].as_str().expect("bytes"));
                SealedFile {
                    name: name.to_owned(),
                    size_bytes: bytes.len() as u64,
                    sha256: Digest::of(bytes.as_bytes()),
                }
            })
            .collect();
        let sealed = Sealed::read(Some(&vector["seal"].to_string()));
        let content = Content::of(
            text(&vector["seal"], "instance_id"),
            text(vector, "xml"),
            text(vector, "notes"),
            &files,
        );
        check(&sealed, &content, vector);
    }
}

#[test]
fn the_vectors_hold() {
    let key = key(&vectors());
    each(|sealed, content, vector| {
        let expected = match text(&vector["seal"], "signature") {
            "" => vec![(Flaw::Unsigned, String::new())],
            _ => vec![],
        };
        assert_eq!(examine(sealed, content, Some(&key)), expected, "{}", vector["name"]);
        assert_eq!(receipt_digest(sealed, content), text(&vector["seal"], "digest"));
    });
}

#[test]
fn every_bit_of_a_signature_counts() {
    let key = key(&vectors());
    each(|sealed, content, _| {
        let Sealed::Second(signed) = sealed else { panic!("version 2") };
        for place in 0..signed.signature.len() {
            let mut changed = signed.clone();
            changed.signature[place] ^= 1;
            let faults = examine(&Sealed::Second(changed), content, Some(&key));
            assert_eq!(faults, [(Flaw::SignatureWrong, String::new())]);
        }
    });
}

#[test]
fn the_enrolment_of_the_vectors_holds_for_that_account_and_device() {
    let vectors = vectors();
    let it = &vectors["enrolment"];
    let (account, device) = (text(it, "account_id"), text(it, "device_id"));
    let (public_key, proof) = (text(&vectors, "public_key"), text(it, "proof"));
    assert!(key::is_enrolled_by(account, device, public_key, proof));
    assert!(!key::is_enrolled_by("other", device, public_key, proof));
    assert!(!key::is_enrolled_by(account, "other", public_key, proof));
    assert!(!key::is_enrolled_by(account, device, public_key, ""));
    assert!(!key::is_enrolled_by(account, device, &public_key[2..], proof));
}

#[test]
fn what_is_no_seal_is_malformed_and_what_is_none_is_missing() {
    let whole = vectors()["seals"][1]["seal"].clone();
    let with = |name: &str, value: Value| {
        let mut seal = whole.clone();
        seal[name] = value;
        seal.to_string()
    };
    assert_eq!(Sealed::read(None), Sealed::Missing);
    assert_eq!(Sealed::read(Some("")), Sealed::Missing);
    let malformed = [
        "{}".to_owned(),
        "seal".to_owned(),
        with("version", 7.into()),
        with("xml_sha256", "short".into()),
        with("key_id", "".into()),
        with("signature", "".into()),
        with("signature", "XY".into()),
        with("counter", (-1).into()),
        with("counter", ((1u64 << 53) + 1).into()),
        with("counter", 1.5.into()),
        with("previous", "ABCD".into()),
        with("clock", serde_json::json!({"basis": "guessed", "least_ms": 0, "likely_ms": 0, "most_ms": 0})),
        format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)),
    ];
    for text in malformed {
        assert_eq!(Sealed::read(Some(&text)), Sealed::Malformed, "{}", &text[..text.len().min(80)]);
    }
}
