use serde_json::Value;

use super::*;

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("vectors.json")).expect("JSON");
    file["seals"].as_array().expect("seals").clone()
}

fn digest(value: &Value) -> Option<Digest> {
    match value.as_str() {
        None | Some("") => None,
        Some(text) => Some(Digest::parse(text).expect("64 hex digits")),
    }
}

fn seal(it: &Value) -> Seal {
    let clock = &it["clock"];
    let ms = |name: &str| clock[name].as_i64().expect("milliseconds");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    Seal {
        instance_id: text(&it["instance_id"]),
        xml_sha256: digest(&it["xml_sha256"]).expect("a hash"),
        attachments: it["attachments"]
            .as_array()
            .expect("files")
            .iter()
            .map(|it| SealedFile {
                name: text(&it[0]),
                sha256: digest(&it[1]).expect("a hash"),
                size_bytes: it[2].as_u64().expect("a size"),
            })
            .collect(),
        notes_sha256: digest(&it["notes_sha256"]).expect("a hash"),
        key_id: digest(&it["key_id"]),
        device_time_ms: it["device_time_ms"].as_i64().expect("a time"),
        clock: clock.is_object().then(|| ClockClaim {
            basis: Basis::parse(&text(&clock["basis"])).expect("a basis"),
            least_ms: ms("least_ms"),
            likely_ms: ms("likely_ms"),
            most_ms: ms("most_ms"),
        }),
        counter: it["counter"].as_u64().expect("a counter"),
        previous: digest(&it["previous"]),
        replaces: it["replaces"].as_array().expect("digests").iter().filter_map(digest).collect(),
    }
}

#[test]
fn the_bytes_are_those_of_the_vectors() {
    let vectors = vectors();
    assert!(vectors.len() >= 5);
    for vector in &vectors {
        let sealed = seal(&vector["seal"]);
        assert_eq!(sealed.canonical(), vector["canonical"].as_str().expect("a text"), "{}", vector["name"]);
        assert_eq!(Some(sealed.digest()), digest(&vector["seal"]["digest"]), "{}", vector["name"]);
        if let Some(xml) = vector["xml"].as_str() {
            assert_eq!(sealed.xml_sha256, Digest::of(xml.as_bytes()));
        }
        if let Some(notes) = vector["notes"].as_str() {
            assert_eq!(sealed.notes_sha256, Digest::of(notes.as_bytes()));
        }
    }
}

#[test]
fn every_field_changes_the_digest_and_the_order_of_files_does_not() {
    let whole =
        vectors().iter().map(|it| seal(&it["seal"])).find(|it| it.attachments.len() > 1).expect("two files");
    let other = Digest::of(b"other");
    let changes: [fn(&mut Seal, Digest); 14] = [
        |it, _| it.instance_id.push('x'),
        |it, other| it.xml_sha256 = other,
        |it, _| drop(it.attachments.pop()),
        |it, _| it.attachments[0].name.push('x'),
        |it, _| it.attachments[0].size_bytes += 1,
        |it, other| it.attachments[0].sha256 = other,
        |it, other| it.notes_sha256 = other,
        |it, other| it.key_id = Some(other),
        |it, _| it.device_time_ms += 1,
        |it, _| it.clock = None,
        |it, _| it.clock.as_mut().expect("a clock").most_ms += 1,
        |it, _| it.counter += 1,
        |it, other| it.previous = Some(other),
        |it, other| it.replaces.push(other),
    ];
    let mut digests = vec![whole.digest()];
    for change in changes {
        let mut changed = whole.clone();
        change(&mut changed, other);
        digests.push(changed.digest());
    }
    let n_digests = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), n_digests);
    let mut reordered = whole.clone();
    reordered.attachments.reverse();
    assert_eq!(reordered.digest(), whole.digest());
}

#[test]
fn a_name_cannot_pretend_to_be_another_line() {
    let whole =
        vectors().iter().map(|it| seal(&it["seal"])).find(|it| it.attachments.len() > 1).expect("two files");
    let [first, second] = [whole.attachments[0].clone(), whole.attachments[1].clone()];
    let line =
        format!("\nattachment {} {} {} {}", second.sha256, second.size_bytes, second.name.len(), second.name);
    let disguised = SealedFile { name: first.name.clone() + &line, ..first };
    let forged = Seal { attachments: vec![disguised], ..whole.clone() };
    assert_ne!(forged.canonical(), whole.canonical());
}

#[test]
fn a_digest_has_one_spelling() {
    let text = Digest::of(b"").to_string();
    assert_eq!(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(Digest::parse(&text), Some(Digest::of(b"")));
    for wrong in [&text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('e', "g"), ""] {
        assert_eq!(Digest::parse(wrong), None, "{wrong}");
    }
}
