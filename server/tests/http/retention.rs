//! Files whose time is over: deleted with everything made from them, told at the desk, and nothing else.

use std::collections::BTreeSet;

use doorstep::blob::hashes::sha256_hex;
use doorstep::domain::{proof, verify};
use doorstep::pack::{Known, Pack, Tables, community};
use doorstep::store::{erasures, submissions};
use serde_json::{Value, json};

use crate::community::{Community, DAY_MS, Person};
use crate::visit::{CERTIFIED, Visit, fill, picture, signature, text};

/// The community, its pack changed so that files of doorstep certifications are kept thirty days.
async fn thirty_days() -> (Community, Person, Vec<Value>) {
    let community = with_days("30").await;
    let volunteer = community.person("v01").await;
    let tasks = volunteer.tasks().await.into_iter().filter(|it| it["type"] == "certify.doorstep").collect();
    (community, volunteer, tasks)
}

/// The community, its pack changed so that files of doorstep certifications are kept so many days, and all others for good.
async fn with_days(days: &str) -> Community {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let pack = workbook_with_days("certify.doorstep", days);
    let parts = vec![("file".to_owned(), Some("tasks.xlsx".to_owned()), pack)];
    let published = supervisor.upload("/api/v1/desk/packs", &parts).await;
    assert_eq!(published.status, 200, "{}", published.text());
    community
}

/// Returns `tasks.xlsx` of the community with a time for one of its task types, and for no other.
fn workbook_with_days(task_type: &str, days: &str) -> Vec<u8> {
    let (pack, _) = Pack::read(&community(), &Known::default());
    let mut document: Value = serde_json::from_str(&pack.tables.to_document()).expect("JSON");
    let sheets = document["sheets"].as_array_mut().expect("sheets");
    let tasks = sheets.iter_mut().find(|it| it["name"] == "tasks").expect("tasks");
    let header = tasks["header"].as_array().expect("a header");
    let column = header.iter().position(|it| it == "keep_days").expect("the pack names times");
    for row in tasks["rows"].as_array_mut().expect("rows") {
        let cells = row.as_array_mut().expect("cells");
        cells.resize(cells.len().max(column + 1), json!(""));
        cells[column] = json!(if cells[0] == task_type { days } else { "" });
    }
    let tables = Tables::from_document(&document.to_string()).expect("tables");
    doorstep::pack::xlsx(&tables).expect("a workbook")
}

async fn visit(community: &Community, volunteer: &Person, task: &Value, photo: &[u8]) -> Visit {
    community.pass(1000);
    let mut visit = fill(community, volunteer, task, CERTIFIED).await;
    visit.files[0].1 = photo.to_vec();
    visit.files[1].1 = picture(&format!("{}.png", visit.instance_id));
    let answer = visit.send(volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    visit
}

async fn round(community: &Community) {
    doorstep::jobs::round(&community.app).await.expect("a round");
}

async fn newest(supervisor: &Person) -> String {
    text(&supervisor.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0], "id")
}

async fn keeping(supervisor: &Person, id: &str) -> Value {
    supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json()["keeping"].clone()
}

fn path(id: &str, visit: &Visit) -> String {
    format!("/api/v1/desk/submissions/{id}/attachments/{}", visit.files[0].0)
}

#[tokio::test]
async fn files_go_when_their_time_is_over_and_the_record_stays() {
    let (community, volunteer, tasks) = thirty_days().await;
    let supervisor = community.person("supervisor").await;
    let sent = visit(&community, &volunteer, &tasks[0], &picture("a.jpg")).await;
    round(&community).await;
    let id = newest(&supervisor).await;
    assert_eq!(
        keeping(&supervisor, &id).await,
        json!({"kind": "until", "until": "2026-12-21", "erased_at": null})
    );
    let before = supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
    assert!(before["seal"]["verified"] == true && before["attachments"][0]["picture"]["looked_at"].is_i64());
    community.pass(29 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 200, "not yet");
    community.pass(2 * DAY_MS);
    round(&community).await;
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    let gone = (410, "attachment.erased".to_owned());
    for which in ["", "?size=thumb", "/original"] {
        assert_eq!(supervisor.get(&format!("{}{which}", path(&id, &sent))).await.problem(), gone);
    }
    let copies = supervisor.get(&format!("/api/v1/desk/submissions/{id}/copies.zip")).await;
    assert_eq!(copies.problem(), gone);
    for (_, sha256) in sent.hashes() {
        assert!(
            community.app.blobs.get(&sha256).await.is_err()
                && community.app.blobs.thumbnail(&sha256).await.is_err()
        );
        let erased = community.app.db.read(move |tx| erasures::erased_on(tx, &sha256)).await;
        assert_eq!(erased, Ok(Some(community.now_ms())));
    }
    let after = supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
    assert_eq!(after["keeping"], json!({"kind": "erased", "until": null, "erased_at": community.now_ms()}));
    assert_eq!(after["seal"], before["seal"], "the sealed hashes still hold");
    assert_eq!((&after["answers"], &after["n_photos"]), (&before["answers"], &before["n_photos"]));
    assert_eq!(after["attachments"][0]["sha256"], before["attachments"][0]["sha256"]);
    assert_eq!(after["attachments"][0]["picture"]["likeness"], Value::Null);
    let drawn = supervisor.get(&format!("/api/v1/desk/submissions/{id}/signatures")).await.json();
    assert_eq!((&drawn[1]["mode"], &drawn[1]["standing"]), (&json!("erased"), &json!("bound")));
    let kinds: Vec<&str> =
        after["history"].as_array().into_iter().flatten().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds, ["received", "erased"], "told once");
    assert_eq!(community.acts(&id, "erase evidence").await, 1, "and in the audit log");
    assert_eq!(
        supervisor.get("/api/v1/desk/exports/photos.zip").await.status,
        200,
        "an export goes on without them"
    );
    let report = verify::whole(&community.app).await.expect("readable");
    // The template of these tests has no files of its own: workbooks of forms are missing, files of the visit are not.
    let of_visit =
        |it: &&verify::Finding| sent.files.iter().any(|(name, _)| it.params.get("name") == Some(name));
    let told: Vec<&str> = report.findings.iter().filter(of_visit).map(|it| it.code).collect();
    assert_eq!(told, ["verify.file_erased"; 3]);
}

#[tokio::test]
async fn signatures_without_their_strokes_stand_as_they_arrived() {
    let (community, volunteer, tasks) = thirty_days().await;
    let mut changed = fill(&community, &volunteer, &tasks[0], CERTIFIED).await;
    changed.xml = changed.xml.replace("15400000000", "15400000001");
    let mut unreadable = fill(&community, &volunteer, &tasks[1], CERTIFIED).await;
    let strokes = unreadable.files.iter_mut().find(|(name, _)| name == "resident.strokes").expect("strokes");
    strokes.1.truncate(strokes.1.len() / 2);
    let mut before = Vec::new();
    for visit in [&changed, &unreadable] {
        community.pass(1000);
        assert_eq!(visit.send(&volunteer).await.status, 201);
        let supervisor = community.person("supervisor").await;
        let id = newest(&supervisor).await;
        before.push((standings(&supervisor, &id).await, id));
    }
    round(&community).await;
    assert_eq!(before[0].0[0], ("void".to_owned(), vec!["15400000001".to_owned()]));
    assert_eq!(before[1].0[0], ("unbound".to_owned(), vec![]));
    community.pass(31 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    for (standing, id) in before {
        assert_eq!(keeping(&supervisor, &id).await["kind"], "erased");
        assert_eq!(standings(&supervisor, &id).await, standing);
    }
}

/// How each signature of a submission stands, and the answers that were changed under it.
async fn standings(supervisor: &Person, id: &str) -> Vec<(String, Vec<String>)> {
    let found = supervisor.get(&format!("/api/v1/desk/submissions/{id}/signatures")).await.json();
    let standing = |it: &Value| {
        let answers = it["answers"].as_array().into_iter().flatten();
        let changed = answers.filter(|it| it["is_changed"] == true).map(|it| text(it, "display"));
        (text(it, "standing"), changed.collect())
    };
    found.as_array().into_iter().flatten().map(standing).collect()
}

#[tokio::test]
async fn the_ink_of_a_witness_goes_as_well_and_the_seal_still_holds() {
    let (community, volunteer, tasks) = thirty_days().await;
    let mut sent = fill(&community, &volunteer, &tasks[0], CERTIFIED).await;
    let print = sent.files.iter_mut().find(|(name, _)| name == "resident.strokes").expect("a signature");
    print.1 = picture("thumb.jpg");
    let ink = data_encoding::BASE64.encode(&signature("witness", community.now_ms(), None));
    let witness = json!({"name": "王小虎", "strokes": ink});
    sent.notes = json!({
        "resident.strokes": {"kind": "signature", "mode": "thumb_print", "witness": witness},
        "face.jpg": {"kind": "photo", "likeness": "00000000000000ff", "reason": "灯坏了"},
    })
    .to_string();
    assert_eq!(sent.send(&volunteer).await.status, 201);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    let id = newest(&supervisor).await;
    let detail = format!("/api/v1/desk/submissions/{id}");
    let before = supervisor.get(&detail).await.json();
    let witness_of = |signatures: Value| signatures[0]["witness"].clone();
    let shown = witness_of(supervisor.get(&format!("{detail}/signatures")).await.json());
    assert!(shown["ink"]["frame"].is_array() && before["seal"]["verified"] == true);

    community.pass(31 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    let of = id.clone();
    let row = community.app.db.read(move |tx| submissions::get(tx, &of)).await.expect("read").expect("there");
    assert!(!row.notes.contains(&ink) && !row.notes.contains("likeness") && row.notes.contains("灯坏了"));
    assert_eq!(row.notes_sha256, sha256_hex(sent.notes.as_bytes()));
    let shown = witness_of(supervisor.get(&format!("{detail}/signatures")).await.json());
    assert!(!shown["ink"]["frame"].is_array(), "{shown}");
    assert_eq!(supervisor.get(&detail).await.json()["seal"], before["seal"]);
    let report = verify::whole(&community.app).await.expect("readable");
    let of_notes: Vec<&str> =
        report.findings.iter().map(|it| it.code).filter(|it| it.starts_with("verify.notes")).collect();
    assert_eq!(of_notes, ["verify.notes_erased"]);

    let folder = tempfile::TempDir::new().expect("a folder");
    let proof = proof::read(&community.app, None, id).await.expect("a submission");
    let path = folder.path().join("visit");
    proof::write_folder(&community.app, &proof, &path).await.expect("written");
    let verified = verify::folder::verify(&path).expect("a folder");
    let told: BTreeSet<&str> = verified.report.findings.iter().map(|it| it.code).collect();
    assert_eq!(told, BTreeSet::from(["verify.file_erased", "verify.notes_erased"]));
    assert_eq!((verified.report.is_sound(), verified.is_whole, verified.is_proved), (true, false, false));
}

/// A task type that a later pack does not know any more leaves no photos behind for ever.
#[tokio::test]
async fn what_came_under_a_rule_that_is_gone_stays_as_long_as_it_was_to_stay() {
    let (community, volunteer, tasks) = thirty_days().await;
    let sent = visit(&community, &volunteer, &tasks[0], &picture("a.jpg")).await;
    let supervisor = community.person("supervisor").await;
    let id = newest(&supervisor).await;
    let change = async |sql: &'static str| community.app.db.write(move |tx| tx.execute(sql, &[])).await;
    // As it was stored before days were noted.
    assert_eq!(change("UPDATE kept_evidence SET keep_days = NULL").await, Ok(1));
    round(&community).await;
    assert_eq!(change("UPDATE kept_evidence SET rule = 'certify.renamed'").await, Ok(1));
    let until = json!({"kind": "until", "until": "2026-12-21", "erased_at": null});
    assert_eq!(keeping(&supervisor, &id).await, until);
    community.pass(29 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 200, "not yet");
    community.pass(2 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 410);
}

#[tokio::test]
async fn a_file_of_two_visits_goes_with_the_last_of_them() {
    let (community, volunteer, tasks) = thirty_days().await;
    let shared = picture("shared.jpg");
    let first = visit(&community, &volunteer, &tasks[0], &shared).await;
    community.pass(10 * DAY_MS);
    let volunteer = community.person("v01").await;
    visit(&community, &volunteer, &tasks[1], &shared).await;
    round(&community).await;
    community.pass(21 * DAY_MS);
    round(&community).await;
    let hashes = first.hashes();
    let is_there = async |at: usize| community.app.blobs.get(&hashes[at].1).await.is_ok();
    assert!(is_there(0).await && !is_there(1).await, "the signature is gone, the shared photo is not");
    let (sha256, app) = (hashes[0].1.clone(), &community.app);
    assert_eq!(app.db.read(move |tx| erasures::erased_on(tx, &sha256)).await, Ok(None));
    community.pass(10 * DAY_MS);
    round(&community).await;
    assert!(!is_there(0).await);
}

#[tokio::test]
async fn a_file_that_comes_again_after_its_deletion_is_kept_anew() {
    let (community, volunteer, tasks) = thirty_days().await;
    let photo = picture("again.jpg");
    let first = visit(&community, &volunteer, &tasks[0], &photo).await;
    round(&community).await;
    community.pass(31 * DAY_MS);
    round(&community).await;
    let sha256 = first.hashes()[0].1.clone();
    assert!(community.app.blobs.get(&sha256).await.is_err());
    let volunteer = community.person("v01").await;
    visit(&community, &volunteer, &tasks[1], &photo).await;
    round(&community).await;
    assert_eq!(community.app.blobs.get(&sha256).await.ok().as_deref(), Some(photo.as_slice()));
    let supervisor = community.person("supervisor").await;
    let flags =
        supervisor.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0]["flags"].to_string();
    assert!(flags.contains("photo.reused"), "the hash of what was deleted still tells: {flags}");
}

#[tokio::test]
async fn what_was_moved_aside_comes_back_where_a_visit_needs_it() {
    let (community, volunteer, tasks) = thirty_days().await;
    let sent = visit(&community, &volunteer, &tasks[0], &picture("aside.jpg")).await;
    let (app, sha256) = (&community.app, sent.hashes()[0].1.clone());
    // As a process leaves it that dies between moving and deleting, while the same file arrives.
    app.blobs.move_aside(&sha256).await.expect("moved");
    assert!(app.blobs.get(&sha256).await.is_err());
    doorstep::domain::retention::erase(app, &sha256).await.expect("put back");
    assert!(app.blobs.get(&sha256).await.is_ok());
}

#[tokio::test]
async fn a_visit_that_is_held_keeps_its_files_until_it_is_released() {
    let (community, volunteer, tasks) = thirty_days().await;
    let supervisor = community.person("supervisor").await;
    let sent = visit(&community, &volunteer, &tasks[0], &picture("held.jpg")).await;
    let id = newest(&supervisor).await;
    let act = |what: &str| format!("/api/v1/desk/submissions/{id}/{what}");
    let empty = supervisor.post(&act("hold"), &json!({"reason": " "})).await;
    assert_eq!(empty.problem(), (422, "review.reason_required".to_owned()));
    assert_eq!(supervisor.post(&act("hold"), &json!({"reason": "有人投诉"})).await.status, 204);
    assert_eq!(keeping(&supervisor, &id).await["kind"], "held");
    community.pass(90 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 200);
    assert_eq!(supervisor.post(&act("release"), &json!({"reason": "已结案"})).await.status, 204);
    round(&community).await;
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 410);
    assert_eq!(supervisor.post(&act("hold"), &json!({"reason": "太晚"})).await.problem().0, 410);
    assert_eq!(
        supervisor.post("/api/v1/desk/submissions/x/hold", &json!({"reason": "谁"})).await.problem().0,
        404
    );
}

#[tokio::test]
async fn without_a_time_nothing_goes() {
    let community = with_days("").await;
    let volunteer = community.person("v01").await;
    let is_certification = |it: &Value| it["type"] == "certify.doorstep";
    let task = volunteer.tasks().await.into_iter().find(is_certification).expect("a task");
    let sent = visit(&community, &volunteer, &task, &picture("kept.jpg")).await;
    community.pass(4000 * DAY_MS);
    round(&community).await;
    let supervisor = community.person("supervisor").await;
    let id = newest(&supervisor).await;
    assert_eq!(keeping(&supervisor, &id).await["kind"], "always");
    assert_eq!(supervisor.get(&path(&id, &sent)).await.status, 200);
}

#[tokio::test]
async fn the_communitys_own_times_hold_without_anybody_setting_them() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let is_certification = |it: &Value| it["type"] == "certify.doorstep";
    let task = volunteer.tasks().await.into_iter().find(is_certification).expect("a task");
    let sent = visit(&community, &volunteer, &task, &picture("own.jpg")).await;
    let id = newest(&community.person("supervisor").await).await;
    for (days, status) in [(399, 200), (2, 410)] {
        community.pass(days * DAY_MS);
        round(&community).await;
        round(&community).await;
        let supervisor = community.person("supervisor").await;
        assert_eq!(supervisor.get(&path(&id, &sent)).await.status, status, "{days}");
    }
}
