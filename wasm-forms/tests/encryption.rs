//! Encrypted submissions, read again by somebody else's cryptography: Node's, with a key pair made for the test.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wasm_forms::encryption::{Encrypted, Identity, PublicKey, Randomness, encrypt};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/decrypt.mjs");
const XML: &str =
    "<data id=\"表&amp;单\"><name>王小虎</name><meta><instanceID>uuid:9</instanceID></meta></data>";

/// Runs the script; `None` where there is no Node.
fn node(arguments: &[&str], input: &Value) -> Option<Value> {
    let mut command = Command::new("node");
    let piped = command.arg(SCRIPT).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = piped.spawn() else {
        eprintln!("SKIPPED: there is no node to decrypt with");
        return None;
    };
    // A script that needs no input may have ended before it is written.
    let written = child.stdin.take().expect("piped").write_all(input.to_string().as_bytes());
    let output = child.wait_with_output().expect("node ends");
    assert!(output.status.success(), "{arguments:?}: {written:?}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn decrypt(private_key: &Value, encrypted: &Encrypted) -> Option<Value> {
    let files: Vec<_> = encrypted.files.iter().map(|it| json!([it.name, base64(&it.bytes)])).collect();
    node(&["decrypt"], &json!({ "private_key": private_key, "manifest": encrypted.manifest, "files": files }))
}

fn check(bits: &str, version: &str, attachments: &[(&str, Vec<u8>)]) {
    let Some(pair) = node(&["generate", bits], &Value::Null) else { return };
    let key = PublicKey::parse(pair["public_key"].as_str().expect("text")).expect("an RSA key");
    let identity = Identity { form_id: "表&单", version, instance_id: "uuid:9" };
    let randomness = Randomness::new(std::array::from_fn(|it| (it * 37 % 251) as u8));
    let given = attachments.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect();
    let encrypted = encrypt(XML, identity, &key, given, randomness);
    let read = decrypt(&pair["private_key"], &encrypted).expect("node was there a moment ago");
    let mut expected: Vec<_> = attachments.iter().map(|(name, bytes)| json!([name, base64(bytes)])).collect();
    expected.push(json!(["submission.xml", base64(XML.as_bytes())]));
    assert_eq!(read, json!({ "files": expected, "is_signed": true }));
}

#[test]
fn a_submission_without_files_is_read_again() {
    check("2048", "", &[]);
}

#[test]
fn files_of_every_length_are_read_again() {
    let photo = |n: usize| (0..n).map(|it| (it * it) as u8).collect();
    let names: Vec<String> = (0..19).map(|it| format!("照片 & {it}.jpg")).collect();
    let files: Vec<_> = names.iter().enumerate().map(|(at, name)| (name.as_str(), photo(at))).collect();
    check("2048", "2026112101", &files);
    check("3072", "1", &[("long.jpg", photo(200_001)), ("block.bin", photo(4_096))]);
}

#[test]
fn keys_of_odd_lengths_are_used() {
    for bits in ["2049", "2500", "4096"] {
        check(bits, "1", &[]);
    }
}
