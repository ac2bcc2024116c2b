//! Visits whose files were sent before them: the same receipts, the same rules; and what the line damaged on its way.

use std::io::Write;

use axum::body::Body;
use axum::http::header;
use doorstep::blob::hashes::sha256_hex;
use doorstep::domain::intake;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::community::{Answer, Community, Person, multipart};
use crate::uploads::Sender;
use crate::visit::{ABSENT, CERTIFIED, Visit, fill, picture, text};

type Parts = Vec<(String, Option<String>, Vec<u8>)>;

struct Door {
    community: Community,
    sender: Sender,
    tasks: Vec<Value>,
}

async fn door() -> Door {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let tasks = sender.person.tasks().await;
    Door { community, sender, tasks }
}

impl Door {
    async fn visit(&self, n: usize, answers: &[(&str, &str)]) -> Visit {
        let visit = fill(&self.community, &self.sender.person, &self.tasks[n], answers).await;
        visit.phone.enrol(&self.sender.person).await;
        visit
    }

    async fn round(&self) {
        doorstep::jobs::round(&self.community.app).await.expect("a round");
    }
}

/// The parts of a visit that names its files, but for the first `n_along` which come along.
fn named(visit: &Visit, n_along: usize) -> Parts {
    let sent: Vec<Value> = visit.files[n_along..]
        .iter()
        .map(|(name, bytes)| json!({"name": name, "sha256": sha256_hex(bytes)}))
        .collect();
    let mut parts = vec![
        ("xml_submission_file".to_owned(), Some("submission.xml".to_owned()), visit.xml.clone().into_bytes()),
        ("seal".to_owned(), None, visit.seal().to_string().into_bytes()),
        ("task_id".to_owned(), None, visit.task_id.clone().into_bytes()),
        ("uploaded".to_owned(), None, json!(sent).to_string().into_bytes()),
    ];
    let along = visit.files[..n_along].iter();
    parts.extend(along.map(|(name, bytes)| (name.clone(), Some(name.clone()), bytes.clone())));
    parts
}

async fn send(person: &Person, parts: &Parts) -> Answer {
    person.upload("/api/v1/submissions", parts).await
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

async fn send_encoded(person: &Person, content_type: &str, encoding: &str, body: Vec<u8>) -> Answer {
    let request = person.request("POST", "/api/v1/submissions").header(header::CONTENT_TYPE, content_type);
    let request = request.header(header::CONTENT_ENCODING, encoding);
    person.send(request.body(Body::from(body)).expect("a request")).await
}

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.text());
}

#[tokio::test]
async fn a_visit_that_names_its_files_is_the_one_that_brings_them() {
    let door = door().await;
    let visit = door.visit(0, CERTIFIED).await;
    let parts = named(&visit, 1);
    let missing = send(&door.sender.person, &parts).await;
    check(&missing, 409, "submission.files_missing");
    let hashes: Vec<String> = visit.files[1..].iter().map(|(_, bytes)| sha256_hex(bytes)).collect();
    assert_eq!(missing.json()["params"]["sha256"], hashes.join(" "));
    door.sender.send(&visit.files[1].1).await;
    assert_eq!(send(&door.sender.person, &parts).await.json()["params"]["sha256"], hashes[1]);
    door.sender.send(&visit.files[2].1).await;
    let first = send(&door.sender.person, &parts).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json()["receipt"]["digest"], visit.seal()["digest"]);
    // The answer was lost: by whichever way it comes again, it is the same visit.
    for again in [send(&door.sender.person, &parts).await, visit.send(&door.sender.person).await] {
        assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    }
    assert_eq!(door.community.newest_flags().await, json!([]));
    let held = door.community.app.db.read(doorstep::store::uploads::held_hashes).await;
    assert_eq!(held.expect("read"), Vec::<String>::new(), "the visit has them now");
    door.round().await;
    let all: Vec<String> = visit.files.iter().map(|(_, bytes)| sha256_hex(bytes)).collect();
    assert_eq!(door.sender.known(&all).await, json!({"known": all, "begun": []}));
    for (_, bytes) in &visit.files {
        assert_eq!(door.community.app.blobs.get(&sha256_hex(bytes)).await.expect("kept"), bytes);
    }
    let supervisor = door.community.person("supervisor").await;
    let row = supervisor.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0].clone();
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{}", text(&row, "id"))).await.json();
    assert_eq!(detail["seal"]["verified"], true);
    assert_eq!(detail["attachments"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_photo_that_an_own_visit_has_need_not_come_again_and_anothers_does() {
    let door = door().await;
    let first = door.visit(0, CERTIFIED).await;
    assert_eq!(first.send(&door.sender.person).await.status, 201);
    let mut second = door.visit(1, CERTIFIED).await;
    second.files[0].1 = first.files[0].1.clone();
    for (_, bytes) in &second.files[1..] {
        door.sender.send(bytes).await;
    }
    let answer = send(&door.sender.person, &named(&second, 0)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let other = Sender::new(&door.community, "v02").await;
    let all: Vec<String> = first.files.iter().map(|(_, bytes)| sha256_hex(bytes)).collect();
    assert_eq!(other.known(&all).await, json!({"known": [], "begun": []}), "no word of other people's files");
    let task = other.person.tasks().await.remove(0);
    let mut theirs = fill(&door.community, &other.person, &task, CERTIFIED).await;
    theirs.files[0].1 = first.files[0].1.clone();
    let answer = send(&other.person, &named(&theirs, 0)).await;
    check(&answer, 409, "submission.files_missing");
    assert_eq!(answer.json()["params"]["n"], "3");
}

#[tokio::test]
async fn the_same_rules_hold_for_named_files() {
    let door = door().await;
    let mut visit = door.visit(0, CERTIFIED).await;
    visit.files[0].1 = b"no picture at all".to_vec();
    for (_, bytes) in &visit.files {
        door.sender.send(bytes).await;
    }
    check(&send(&door.sender.person, &named(&visit, 0)).await, 422, "attachment.not_image");
    let mut extra = visit.clone();
    extra.files[0].1 = picture("face.jpg");
    extra.files.push(("more.jpg".to_owned(), picture("more.jpg")));
    for (_, bytes) in [&extra.files[0], &extra.files[3]] {
        door.sender.send(bytes).await;
    }
    check(&send(&door.sender.person, &named(&extra, 0)).await, 422, "submission.attachment_extra");
    // The same name twice, a hash that is none.
    let mut twice = named(&visit, 0);
    twice.push((visit.files[0].0.clone(), None, b"x".to_vec()));
    check(&send(&door.sender.person, &twice).await, 400, "request.malformed");
    for wrong in [json!([{"name": "a.jpg", "sha256": "0"}]), json!([{"name": "a.jpg"}]), json!({})] {
        let mut parts = named(&visit, 3);
        parts[3].2 = wrong.to_string().into_bytes();
        check(&send(&door.sender.person, &parts).await, 400, "request.malformed");
    }
}

#[tokio::test]
async fn a_repeated_visit_gets_its_receipt_when_its_files_are_long_gone() {
    let door = door().await;
    let visit = door.visit(0, CERTIFIED).await;
    for (_, bytes) in &visit.files {
        door.sender.send(bytes).await;
    }
    let parts = named(&visit, 0);
    let first = send(&door.sender.person, &parts).await;
    assert_eq!(first.status, 201, "{}", first.text());
    // As retention lets them go.
    intake::settled(&door.community.app).await;
    let let_go = door.community.app.db.write(|tx| tx.execute("DELETE FROM kept_evidence", &[])).await;
    assert_eq!(let_go.expect("written"), 1);
    for (_, bytes) in &visit.files {
        let erased = doorstep::domain::retention::erase(&door.community.app, &sha256_hex(bytes)).await;
        erased.expect("erased");
    }
    let all: Vec<String> = visit.files.iter().map(|(_, bytes)| sha256_hex(bytes)).collect();
    assert_eq!(door.sender.known(&all).await, json!({"known": [], "begun": []}));
    let again = send(&door.sender.person, &parts).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    let mut other = parts.clone();
    other[0].2 = text_of(&parts).replace("<badge>yes", "<badge>no").into_bytes();
    assert_eq!(send(&door.sender.person, &other).await.problem(), (409, "submission.conflict".to_owned()));
}

fn text_of(parts: &Parts) -> String {
    String::from_utf8(parts[0].2.clone()).expect("text")
}

#[tokio::test]
async fn a_file_that_waits_for_its_visit_is_not_erased_with_an_older_one() {
    let door = door().await;
    let visit = door.visit(0, CERTIFIED).await;
    for (_, bytes) in &visit.files {
        door.sender.send(bytes).await;
        let erased = doorstep::domain::retention::erase(&door.community.app, &sha256_hex(bytes)).await;
        erased.expect("looked at");
    }
    assert_eq!(send(&door.sender.person, &named(&visit, 0)).await.status, 201);
}

#[tokio::test]
async fn a_visit_may_come_packed_and_a_bomb_is_put_out() {
    let door = door().await;
    let visit = door.visit(0, ABSENT).await;
    let (content_type, body) = multipart(&named(&visit, 0));
    let small = packed(&body);
    assert!(small.len() * 2 < body.len(), "{} of {}", small.len(), body.len());
    let person = &door.sender.person;
    check(&send_encoded(person, &content_type, "br", small.clone()).await, 415, "request.malformed");
    let torn = send_encoded(person, &content_type, "gzip", small[..small.len() - 9].to_vec()).await;
    check(&torn, 503, "submission.damaged");
    assert_eq!(torn.headers[header::RETRY_AFTER], "5");
    let mut wrong = small.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    let answer = send_encoded(person, &content_type, "gzip", wrong).await;
    assert!([503, 422, 400].contains(&answer.status.as_u16()), "{}", answer.text());
    let bomb = packed(&vec![b' '; 17 * 1024 * 1024]);
    assert!(bomb.len() < 20_000);
    check(&send_encoded(person, &content_type, "gzip", bomb).await, 413, "request.too_large");
    let endless = vec![0x55; 4 * 1024 * 1024 + 1];
    check(&send_encoded(person, &content_type, "gzip", endless).await, 413, "request.too_large");
    let answer = send_encoded(person, &content_type, "gzip", small).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(send(person, &named(&visit, 0)).await.status, 200);
}

#[tokio::test]
async fn what_the_line_damaged_is_asked_for_again_and_stored_as_it_was_sealed() {
    let door = door().await;
    let visit = door.visit(0, CERTIFIED).await;
    let seal = visit.seal().to_string();
    let arrives = async |change: &dyn Fn(&mut Visit)| {
        let mut damaged = visit.clone();
        change(&mut damaged);
        damaged.send_sealed(&door.sender.person, Some(seal.clone())).await
    };
    // Each time other damage: a file, the document so that it can be read, and so that it cannot.
    for shade in ["a.jpg", "b.jpg", "c.jpg"] {
        check(&arrives(&|it| it.files[0].1 = picture(shade)).await, 503, "submission.damaged");
    }
    check(
        &arrives(&|it| it.xml = it.xml.replace("<badge>yes", "<badge>yas")).await,
        503,
        "submission.damaged",
    );
    check(&arrives(&|it| it.xml = it.xml.replace("</badge>", "</bodge>")).await, 503, "submission.damaged");
    check(
        &arrives(&|it| it.xml = it.xml.replace("2026112101", "2026112107")).await,
        503,
        "submission.damaged",
    );
    // The same again is no damage: it is what was sent.
    check(&arrives(&|it| it.xml = it.xml.replace("</badge>", "</bodge>")).await, 422, "submission.malformed");
    let whole = arrives(&|_| ()).await;
    assert_eq!(whole.status, 201, "{}", whole.text());
    assert_eq!(door.community.newest_flags().await, json!([]));
    for (_, bytes) in &visit.files {
        assert_eq!(door.community.app.blobs.get(&sha256_hex(bytes)).await.expect("kept"), bytes);
    }
}
