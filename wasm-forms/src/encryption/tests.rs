use super::*;

/// The public half of a key pair whose private half nobody kept.
pub(super) const KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2kczffdlCaRm0yR8EW0ogwq3MH1PWWWlBWHH0UrovdcCLYmy/Hlceicvihxm8TlK1z6RP2oMcLM/1dmBahMb8oqmHdn9JoUP2rUEc7bv+hrHeTJ+7ZohFvInjcsqbqKjclC01RDjhkuvY4aB4IMpaiSdZhSW6Ej49r5Ys2++qtMGItRLzwgwkn8/NXZWFujX2UVzjUVtQ3uu+c6FPLB+igxZtKFCmrY/DQe9Km3C5oCjeLtGjJh+oK1gTfLDE33fy66SIzPn4bUbuN1waZbw7eAMb7z+5xDTtOitoK+x9f9T76Pklx6N49aLGCGRN6Z1LcIJgxJGjd7rIq+jw9a8KwIDAQAB";

const XML: &str = r#"<data id="visit" version="2"><name>王&amp;李</name><meta><instanceID>uuid:1</instanceID></meta></data>"#;
const IDENTITY: Identity<'_> = Identity { form_id: "visit", version: "2", instance_id: "uuid:1" };

fn randomness() -> Randomness {
    Randomness::new(std::array::from_fn(|it| it as u8))
}

fn key() -> PublicKey {
    PublicKey::parse(KEY).expect("an RSA key")
}

fn sample() -> Encrypted {
    let photos = vec![("照片.jpg".to_owned(), vec![7; 40]), ("empty.bin".to_owned(), Vec::new())];
    encrypt(XML, IDENTITY, &key(), photos, randomness())
}

#[test]
fn the_same_randomness_gives_the_same_bytes() {
    let sample = sample();
    let mut all = sample.manifest.into_bytes();
    for file in sample.files {
        all.extend(file.name.as_bytes());
        all.extend(file.bytes);
    }
    // web/src/engine/encryption.test.ts expects the same of the WebAssembly file.
    assert_eq!(
        crate::evidence::sha256_hex(&all),
        "48b4df0945e5d8c47bf5364a4d56ffa5c68188cccb84f48f8b0f6603b4b9bb9d"
    );
}

#[test]
fn every_file_is_padded_and_unlike_the_next() {
    let sample = sample();
    let lengths: Vec<_> = sample.files.iter().map(|it| (it.name.as_str(), it.bytes.len())).collect();
    assert_eq!(lengths, [("照片.jpg.enc", 48), ("empty.bin.enc", 16), ("submission.xml.enc", 112)]);
    let twice = vec![("a".to_owned(), vec![1; 16]), ("b".to_owned(), vec![1; 16])];
    let files = encrypt(XML, IDENTITY, &key(), twice, randomness()).files;
    assert_ne!(files[0].bytes, files[1].bytes);
}

#[test]
fn the_manifest_says_what_the_specification_asks_for() {
    let sample = sample();
    let manifest = Manifest::read(&sample.manifest).expect("a manifest");
    assert_eq!(
        manifest.files().collect::<Vec<_>>(),
        sample.files.iter().map(|it| &it.name).collect::<Vec<_>>()
    );
    assert_eq!((manifest.form_id.as_str(), manifest.version.as_str()), ("visit", "2"));
    assert_eq!(manifest.instance_id, "uuid:1");
    assert_eq!((manifest.encrypted_key.len(), manifest.signature.len()), (344, 344));
    let start = r#"<data xmlns="http://www.opendatakit.org/xforms/encrypted" id="visit" version="2" encrypted="yes">"#;
    assert!(sample.manifest.starts_with(start), "{}", sample.manifest);
    assert_eq!(Manifest::read(XML), None);
    let odd = Identity { form_id: "a\"<&>b", version: "", ..IDENTITY };
    let written = encrypt(XML, odd, &key(), Vec::new(), randomness()).manifest;
    let read = Manifest::read(&written).expect("a manifest");
    assert_eq!((read.form_id.as_str(), read.version.as_str()), ("a\"<&>b", ""));
    assert!(!written.contains("version"));
}

#[test]
fn the_vector_counts_round_the_sixteen_bytes() {
    let mut encryption = Encryption::begin(IDENTITY, &key(), randomness());
    let first = encryption.vector;
    for at in 0..17 {
        let _ = encryption.attachment(&at.to_string(), Vec::new());
    }
    let expected: Vec<u8> =
        first.iter().enumerate().map(|(at, it)| it.wrapping_add(if at == 0 { 2 } else { 1 })).collect();
    assert_eq!(encryption.vector.to_vec(), expected);
}

#[test]
fn an_encrypted_submission_is_taken_unchecked() {
    let form = |submission: &str| {
        let xform = format!(
            r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
            <h:title>t</h:title><model><instance><data id="visit" version="2"><name/><meta><instanceID/></meta></data>
            </instance>{submission}</model></h:head><h:body/></h:html>"#
        );
        crate::Form::compile(&xform).expect("a form")
    };
    let with_key = form(&format!(r#"<submission base64RsaPublicKey="{KEY}"/>"#));
    let check = |form, xml: &str| crate::check(xml, form, &crate::Lists::new(), &crate::Env::default());
    let sample = sample();
    let checked = check(&with_key, &sample.manifest).expect("a submission");
    assert_eq!(
        checked.findings.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(),
        ["submission.encrypted"]
    );
    assert_eq!((checked.meta.instance_id.as_str(), checked.answers.len()), ("uuid:1", 0));
    let files: Vec<_> =
        checked.attachments.iter().map(|it| (it.name.as_str(), it.media_type.as_str())).collect();
    let names = ["照片.jpg.enc", "empty.bin.enc", "submission.xml.enc"];
    assert_eq!(files, names.map(|it| (it, "application/octet-stream")));
    let plain = check(&with_key, XML).expect("a submission");
    assert!(plain.findings.is_empty() && plain.answers.len() == 1);
    let unasked = check(&form(""), &sample.manifest).expect("a submission");
    assert!(unasked.findings.iter().all(|it| it.code == "submission.unknown_node"), "{unasked:?}");
}

#[test]
fn a_key_that_is_none_is_diagnosed() {
    assert_eq!(diagnose(KEY), None);
    let problem = diagnose("Y2wtMA==").expect("a diagnostic");
    assert_eq!(
        (problem.code.as_str(), problem.params["problem"].as_str()),
        ("form.public_key", "not an RSA public key")
    );
}
