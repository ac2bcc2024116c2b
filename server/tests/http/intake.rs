//! Submissions: receipts, the same again, and everything that is refused with a code of its own.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header;
use doorstep::domain::account::{self, NewAccount, Role};
use serde_json::{Value, json};

use crate::community::{Answer, Community, PASSWORD, Person};
use crate::desk::import_after_work;
use crate::visit::{ABSENT, CERTIFIED, Visit, fill, picture, pixel_bomb, text};

struct Door {
    community: Community,
    volunteer: Person,
    task: Value,
}

async fn door() -> Door {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let task = volunteer.tasks().await.remove(0);
    Door { community, volunteer, task }
}

impl Door {
    async fn visit(&self, answers: &[(&str, &str)]) -> Visit {
        fill(&self.community, &self.volunteer, &self.task, answers).await
    }
}

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.text());
}

#[tokio::test]
async fn a_visit_gets_a_receipt_and_the_same_again_the_same() {
    let door = door().await;
    let visit = door.visit(CERTIFIED).await;
    let first = visit.send(&door.volunteer).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let receipt = first.json()["receipt"].clone();
    assert_eq!(receipt["n_attachments"], 3);
    assert_eq!(receipt["digest"], visit.seal()["digest"]);
    let number = text(&receipt, "number");
    assert!(number.starts_with("20261121-") && number.len() == 15, "{number}");
    let second = visit.send(&door.volunteer).await;
    assert_eq!((second.status.as_u16(), second.json()), (200, first.json()));
    let mine = door.volunteer.get("/api/v1/submissions/mine").await.json();
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(door.community.newest_flags().await, json!([]), "the engine agrees with itself");
    assert_eq!(mine["items"][0]["receipt_number"], receipt["number"]);
}

#[tokio::test]
async fn eight_at_once_are_stored_once() {
    let door = door().await;
    let visit = door.visit(ABSENT).await;
    let sends = (0..8).map(|_| visit.send(&door.volunteer));
    let answers = futures_util::future::join_all(sends).await;
    let created = answers.iter().filter(|it| it.status == 201).count();
    let receipts: BTreeSet<String> = answers.iter().map(|it| it.json()["receipt"].to_string()).collect();
    assert_eq!((created, receipts.len()), (1, 1), "{answers:?}");
    let mine = door.volunteer.get("/api/v1/submissions/mine").await.json();
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_same_id_with_other_content_is_a_conflict() {
    let door = door().await;
    let mut visit = door.visit(ABSENT).await;
    assert_eq!(visit.send(&door.volunteer).await.status, 201);
    visit.xml = visit.xml.replace("<neighbour_asked>yes", "<neighbour_asked>no");
    check(&visit.send(&door.volunteer).await, 409, "submission.conflict");
}

#[tokio::test]
async fn what_is_no_submission_is_refused() {
    let door = door().await;
    let visit = door.visit(ABSENT).await;
    let send = async |xml: &str| {
        Visit { xml: xml.to_owned(), ..visit.clone() }.send_sealed(&door.volunteer, None).await
    };
    check(&send(&visit.xml[..visit.xml.len() / 2]).await, 422, "submission.malformed");
    check(&send("").await, 422, "submission.malformed");
    let bomb = format!(
        "<!DOCTYPE data [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>{}",
        "x".repeat(1000),
        visit.xml.replace("王小虎", "&b;")
    );
    check(&send(&bomb).await, 422, "submission.malformed");
    check(
        &send(&visit.xml.replace("id=\"doorstep_certification\"", "id=\"unheard_of\"")).await,
        422,
        "submission.unknown_form",
    );
    check(
        &send(&visit.xml.replace("version=\"2026112101\"", "version=\"1\"")).await,
        422,
        "submission.unknown_version",
    );
    let nameless = visit.xml.replace(&visit.instance_id, "");
    assert_eq!(send(&nameless).await.status, 422);
    let parts = [("task_id".to_owned(), None, b"x".to_vec())];
    check(&door.volunteer.upload("/api/v1/submissions", &parts).await, 400, "request.malformed");
}

#[tokio::test]
async fn a_broken_rule_is_a_flag_and_no_reason_to_refuse() {
    let door = door().await;
    let mut visit = door.visit(ABSENT).await;
    visit.xml = visit.xml.replace("<badge>yes", "<badge>perhaps");
    let answer = visit.send(&door.volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(door.community.newest_flags().await, json!(["answer.choice"]));
}

#[tokio::test]
async fn a_submission_without_seal_is_stored_and_flagged() {
    let door = door().await;
    let visit = door.visit(ABSENT).await;
    assert_eq!(visit.send_sealed(&door.volunteer, None).await.status, 201);
    let supervisor = door.community.person("supervisor").await;
    let list = supervisor.get("/api/v1/desk/submissions?flag=seal.missing").await.json();
    assert_eq!(list["items"][0]["flags"], json!(["seal.missing"]));
}

#[tokio::test]
async fn the_files_must_be_those_that_the_answers_name() {
    let door = door().await;
    let visit = door.visit(CERTIFIED).await;
    let sealed = Some(visit.seal().to_string());
    let mut less = visit.clone();
    less.files.pop();
    let mut more = visit.clone();
    more.files.push(("more.jpg".to_owned(), picture("more.jpg")));
    for (changed, code) in [(less, "submission.attachment_missing"), (more, "submission.attachment_extra")] {
        check(&changed.send(&door.volunteer).await, 422, code);
        check(&changed.send_sealed(&door.volunteer, sealed.clone()).await, 422, code);
    }
    assert_eq!(visit.send(&door.volunteer).await.status, 201, "and nothing of this stands in its way");
}

#[tokio::test]
async fn bad_pictures_have_codes_of_their_own() {
    let door = door().await;
    let visit = door.visit(CERTIFIED).await;
    let send = async |bytes: Vec<u8>| {
        let mut visit = visit.clone();
        visit.files[0].1 = bytes;
        visit.send(&door.volunteer).await
    };
    check(&send(Vec::new()).await, 422, "attachment.empty");
    check(&send(b"#!/bin/sh".to_vec()).await, 422, "attachment.not_image");
    let whole = picture("face.jpg");
    check(&send(whole[..whole.len() / 2].to_vec()).await, 422, "attachment.truncated");
    check(&send(vec![0xFF; 10 * 1024 * 1024 + 1]).await, 422, "attachment.too_large");
    check(&send(pixel_bomb()).await, 422, "attachment.too_many_pixels");
}

#[tokio::test]
async fn two_hundred_megabytes_are_refused_unread() {
    let door = door().await;
    let request = door
        .volunteer
        .request("POST", "/api/v1/submissions")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .header(header::CONTENT_LENGTH, 200 * 1024 * 1024);
    let answer = door.volunteer.send(request.body(Body::empty()).expect("a request")).await;
    check(&answer, 413, "request.too_large");
    // Without a declared length the stream is cut off at the limit.
    let chunk = bytes_of(1024 * 1024);
    let head = "--x\r\nContent-Disposition: form-data; name=\"a.jpg\"\r\n\r\n";
    let chunks = std::iter::once(Ok::<_, std::io::Error>(head.as_bytes().to_vec()))
        .chain((0..200).map(move |_| Ok(chunk.clone())));
    let request = door
        .volunteer
        .request("POST", "/api/v1/submissions")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let answer = door.volunteer.send(request.body(body).expect("a request")).await;
    check(&answer, 413, "request.too_large");
}

fn bytes_of(n: usize) -> Vec<u8> {
    vec![0x20; n]
}

#[tokio::test]
async fn other_peoples_residents_are_out_of_reach() {
    let door = door().await;
    let visit = door.visit(ABSENT).await;
    let other_grid = door
        .volunteer
        .tasks()
        .await
        .iter()
        .map(|it| text(it, "grid"))
        .find(|it| *it != text(&door.task, "grid"));
    let account = NewAccount {
        username: "neighbour".to_owned(),
        password: PASSWORD.to_owned(),
        name: "邻格志愿者".to_owned(),
        role: Role::Volunteer,
        grids: other_grid.into_iter().collect(),
    };
    account::add(&door.community.app, vec![account]).await.expect("an account");
    let neighbour = door.community.person("neighbour").await;
    check(&visit.send(&neighbour).await, 403, "auth.forbidden");
    let tasks = neighbour.tasks().await;
    assert!(tasks.iter().all(|it| it["id"] != door.task["id"]));
    assert!(!tasks.is_empty());
}

#[tokio::test]
async fn a_visit_made_before_the_resident_moved_is_taken_in_and_the_task_follows() {
    let mut door = door().await;
    let account = NewAccount {
        username: "one-grid".to_owned(),
        password: PASSWORD.to_owned(),
        name: "一格志愿者".to_owned(),
        role: Role::Volunteer,
        grids: vec![text(&door.task, "grid")],
    };
    account::add(&door.community.app, vec![account]).await.expect("an account");
    door.volunteer = door.community.person("one-grid").await;
    let visit = door.visit(ABSENT).await;
    let (community, supervisor) = (&door.community, door.community.person("supervisor").await);
    let all = supervisor.get("/api/v1/desk/grids").await.json();
    let mut elsewhere = all.as_array().into_iter().flatten().map(|it| text(it, "grid"));
    let elsewhere = elsewhere.find(|it| *it != text(&door.task, "grid")).expect("another grid");
    let csv = format!(
        "name,full_name,grid\n{},{},{elsewhere}\n",
        text(&door.task, "subject"),
        text(&door.task, "label")
    );
    let parts = [("file".to_owned(), Some("register.csv".to_owned()), csv.into_bytes())];
    let id = text(&supervisor.upload("/api/v1/desk/imports", &parts).await.json(), "id");
    let preview = import_after_work(community, &supervisor, &id).await;
    assert_eq!(preview["summary"]["changed"], 1, "{preview:#}");
    supervisor.post(&format!("/api/v1/desk/imports/{id}/apply"), &json!({})).await;
    assert_eq!(import_after_work(community, &supervisor, &id).await["state"], "applied");
    assert!(door.volunteer.tasks().await.iter().all(|it| it["id"] != door.task["id"]), "the task follows");
    let answer = visit.send(&door.volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(flags_of_newest(&supervisor).await.contains(&"task.moved_grid".to_owned()));
}

#[tokio::test]
async fn a_new_row_is_never_put_over_one_that_is_there() {
    let door = door().await;
    let supervisor = door.community.person("supervisor").await;
    let approve = async || {
        let newest = supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        let decision = format!("/api/v1/desk/submissions/{}/decision", text(&newest["items"][0], "id"));
        assert_eq!(supervisor.post(&decision, &json!({"decision": "approve"})).await.status, 200);
    };
    let list = async || door.volunteer.get("/api/v1/lists/follow_ups.csv").await.text();
    let first = door.visit(ABSENT).await;
    // Nothing of it has to be reviewed: the row is made at once.
    assert_eq!(first.send(&door.volunteer).await.status, 201);
    let id = id_of_follow_up(&first.xml);
    let taken = list().await.lines().find(|it| it.starts_with(id)).expect("the new row").to_owned();
    let mut visit = door.visit(ABSENT).await;
    visit.xml = visit.xml.replace(id_of_follow_up(&visit.xml), id);
    assert_eq!(visit.send(&door.volunteer).await.status, 201);
    assert!(flags_of_newest(&supervisor).await.contains(&"entity.conflict".to_owned()));
    approve().await;
    assert!(list().await.contains(&taken));
}

#[tokio::test]
async fn a_new_row_needs_an_id_that_nobody_can_have() {
    let door = door().await;
    let mut visit = door.visit(ABSENT).await;
    visit.xml = visit.xml.replace(id_of_follow_up(&visit.xml), "F1");
    assert_eq!(visit.send(&door.volunteer).await.status, 201);
    let supervisor = door.community.person("supervisor").await;
    assert!(flags_of_newest(&supervisor).await.contains(&"submission.entity_id".to_owned()));
}

/// Returns the id of the row that a visit asks to make.
fn id_of_follow_up(xml: &str) -> &str {
    let at = xml.find(r#"dataset="follow_ups""#).expect("a follow-up is asked for");
    let (_, id) = xml[at..].split_once(r#" id=""#).expect("an id");
    id.split('"').next().expect("its text").trim_start_matches("uuid:")
}

#[tokio::test]
async fn a_task_is_not_done_with_another_form() {
    let door = door().await;
    let other = json!({"id": door.task["id"], "form_id": "inspection", "id_masked": "", "prefill": []});
    let answers = [
        ("place", "$place"),
        ("kinds", "fire"),
        ("found", "no"),
        ("ok_photo", "ok.jpg"),
        ("sign", "sign.png"),
    ];
    let csv = door.volunteer.get("/api/v1/lists/places.csv").await.text();
    let place = csv.lines().nth(1).and_then(|it| it.split(',').next()).expect("a place").to_owned();
    let answers = answers.map(|(name, value)| (name, if value == "$place" { place.as_str() } else { value }));
    let visit = fill(&door.community, &door.volunteer, &other, &answers).await;
    assert_eq!(visit.send(&door.volunteer).await.status, 201);
    let supervisor = door.community.person("supervisor").await;
    assert!(flags_of_newest(&supervisor).await.contains(&"task.other_form".to_owned()));
    assert!(
        door.volunteer.tasks().await.iter().any(|it| it["id"] == door.task["id"]),
        "the task is still open"
    );
}

#[tokio::test]
async fn what_a_photo_question_asks_for_must_be_a_picture_whatever_its_name() {
    let door = door().await;
    let mut visit = door.visit(CERTIFIED).await;
    for (name, bytes) in
        [("face.dat", b"<html>".to_vec()), ("face.heic", vec![0; 100]), ("face", b"text".to_vec())]
    {
        visit.xml = visit.xml.replace(&visit.files[0].0, name);
        visit.files[0] = (name.to_owned(), bytes);
        check(&visit.send(&door.volunteer).await, 422, "attachment.not_image");
    }
}

#[tokio::test]
async fn a_photo_under_a_question_that_is_hidden_here_is_kept_and_flagged() {
    let door = door().await;
    let mut visit = door.visit(ABSENT).await;
    visit.xml =
        visit.xml.replace("<wrap>", "<deceased_g><death_photo>x.jpg</death_photo></deceased_g><wrap>");
    visit.files.push(("x.jpg".to_owned(), picture("x.jpg")));
    let answer = visit.send(&door.volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let supervisor = door.community.person("supervisor").await;
    assert!(flags_of_newest(&supervisor).await.contains(&"answer.irrelevant".to_owned()));
}

async fn flags_of_newest(supervisor: &Person) -> Vec<String> {
    let rows = supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
    serde_json::from_value(rows["items"][0]["flags"].clone()).expect("codes")
}

#[tokio::test]
async fn phones_see_their_grids_and_no_whole_identity_number() {
    let door = door().await;
    let grids: Vec<String> = serde_json::from_value(door.volunteer.account["grids"].clone()).expect("grids");
    for task in door.volunteer.tasks().await {
        assert!(grids.contains(&text(&task, "grid")), "{task}");
    }
    let csv = door.volunteer.get("/api/v1/lists/residents.csv").await.text();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let column = reader.headers().expect("a header").iter().position(|it| it == "grid").expect("a grid");
    let mut n_rows = 0;
    for row in reader.records() {
        let row = row.expect("a row");
        assert!(grids.contains(&row[column].to_owned()));
        n_rows += 1;
    }
    assert!(n_rows > 10, "{n_rows} rows");
    let visit = door.visit(ABSENT).await;
    let mut texts = vec![csv, visit.send(&door.volunteer).await.text()];
    for path in ["/api/v1/tasks?limit=200", "/api/v1/submissions/mine", "/api/v1/forms", "/api/v1/session"] {
        texts.push(door.volunteer.get(path).await.text());
    }
    for list in ["households", "places", "volunteers", "wishes", "requests", "cases", "hazards", "follow_ups"]
    {
        texts.push(door.volunteer.get(&format!("/api/v1/lists/{list}.csv")).await.text());
    }
    for text in &texts {
        assert_eq!(whole_number(text), None);
    }
}

/// Returns an identity number of the demo that stands in a text unmasked.
fn whole_number(text: &str) -> Option<&str> {
    let starts = text.match_indices("880101").map(|(at, _)| at);
    let is_number =
        |at: &usize| text.as_bytes().get(*at..at + 17).is_some_and(|it| it.iter().all(u8::is_ascii_digit));
    starts.filter(is_number).map(|at| &text[at..at + 17]).next()
}
