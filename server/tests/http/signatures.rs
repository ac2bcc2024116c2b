//! Signatures: strokes, thumb prints and pictures; what they cover, and what makes them void.

use std::io::{Cursor, Read};

use serde_json::{Value, json};
use wasm_forms::evidence::strokes::Strokes;

use crate::community::{Community, Person};
use crate::pictures::{jpeg, room};
use crate::visit::{CERTIFIED, Visit, fill, picture, signature, strokes, text};

struct Door {
    community: Community,
    volunteer: Person,
    supervisor: Person,
    visit: Visit,
}

impl Door {
    async fn certified() -> Door {
        let community = Community::new().await;
        let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
        let task = volunteer.tasks().await.remove(0);
        let visit = fill(&community, &volunteer, &task, CERTIFIED).await;
        Door { community, volunteer, supervisor, visit }
    }

    fn file(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.visit.files.iter_mut().find(|(it, _)| it == name).expect("a file of the visit").1
    }

    /// Delivers the visit; returns it as the desk reads it, and its signatures.
    async fn delivered(&self) -> (Value, Value) {
        let answer = self.visit.send(&self.volunteer).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let list = self.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        let path = format!("/api/v1/desk/submissions/{}", text(&list["items"][0], "id"));
        let signatures = self.supervisor.get(&format!("{path}/signatures")).await.json();
        (self.supervisor.get(&path).await.json(), signatures)
    }
}

/// Returns code, question and weight of the flags about signatures.
fn flags(detail: &Value) -> Vec<(String, String, String)> {
    let flags = detail["flags"].as_array().expect("flags").iter();
    let flags = flags.filter(|it| text(it, "code").starts_with("signature."));
    flags.map(|it| (text(it, "code"), text(it, "question"), text(it, "severity"))).collect()
}

fn flag(code: &str, question: &str, severity: &str) -> (String, String, String) {
    (code.to_owned(), question.to_owned(), severity.to_owned())
}

const RESIDENT: &str = "请老人在这里签字";

#[tokio::test]
async fn strokes_are_drawn_and_cover_the_answers() {
    let door = Door::certified().await;
    let (detail, signatures) = door.delivered().await;
    assert_eq!(detail["flags"], json!([]));
    let [resident, volunteer] = &signatures.as_array().expect("signatures")[..] else {
        panic!("{signatures}")
    };
    assert_eq!((&resident["mode"], &resident["standing"]), (&json!("strokes"), &json!("bound")));
    assert_eq!(resident["question"], RESIDENT);
    assert_eq!(resident["signed_at"], door.community.now_ms());
    assert_eq!(resident["ink"]["lines"].as_array().map(Vec::len), Some(2));
    let answers = resident["answers"].as_array().expect("answers");
    let phone = answers.iter().find(|it| it["display"] == "15400000000").expect("the new telephone");
    assert_eq!((&phone["label"], &phone["is_changed"]), (&json!("新的电话"), &json!(false)));
    assert!(volunteer["answers"].as_array().map_or(0, Vec::len) > answers.len());

    let file = format!("/api/v1/desk/submissions/{}/attachments/resident.strokes", text(&detail, "id"));
    let as_svg = door.supervisor.get(&format!("{file}?size=svg")).await;
    assert!(as_svg.text().starts_with("<svg xmlns"), "{}", as_svg.text());
    let original = door.supervisor.get(&file).await;
    let drawn = Strokes::decode(&original.bytes).expect("the strokes as they came");
    assert_eq!(drawn.svg(), as_svg.text());
    doorstep::jobs::round(&door.community.app).await.expect("a round");
    let sha256 = doorstep::blob::hashes::sha256_hex(&original.bytes);
    let kept = door.community.app.blobs.thumbnail(&sha256).await.expect("the drawing is kept");
    assert_eq!(drawn.svg().as_bytes(), kept);
    assert_eq!(door.supervisor.get(&format!("{file}?size=svg")).await.bytes, kept);
    for size in ["png", "thumb"] {
        let answer = door.supervisor.get(&format!("{file}?size={size}")).await;
        let picture = image::load_from_memory(&answer.bytes).expect("a picture").into_luma8();
        assert!(picture.pixels().any(|it| it.0[0] < 0x60), "no ink in {size}");
    }
    let zip = door.supervisor.get("/api/v1/desk/exports/photos.zip").await;
    let mut archive = zip::ZipArchive::new(Cursor::new(zip.bytes)).expect("a zip");
    let name = archive.file_names().find_map(|it| it.ok().filter(|it| it.ends_with("/resident.png")));
    let name = name.expect("the signature").into_owned();
    let mut bytes = Vec::new();
    archive.by_name(&name).expect("a file").read_to_end(&mut bytes).expect("bytes");
    assert!(image::load_from_memory(&bytes).is_ok());
}

#[tokio::test]
async fn a_changed_answer_voids_what_was_signed_and_is_named() {
    let mut door = Door::certified().await;
    door.visit.xml = door.visit.xml.replace("15400000000", "15400000001");
    let (detail, signatures) = door.delivered().await;
    let found = flags(&detail);
    assert_eq!(
        found,
        [
            flag("signature.void", RESIDENT, "error"),
            flag("signature.void", "新的电话", "error"),
            flag("signature.void", "上门人员签字", "error"),
            flag("signature.void", "新的电话", "error"),
        ]
    );
    assert_eq!(signatures[0]["standing"], "void");
    let changed = signatures[0]["answers"].as_array().expect("answers").iter();
    let changed: Vec<&Value> = changed.filter(|it| it["is_changed"] == true).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["display"], "15400000001");
}

#[tokio::test]
async fn what_cannot_be_read_or_is_too_little_is_a_flag_and_no_refusal() {
    let mut door = Door::certified().await;
    let whole = door.file("resident.strokes").clone();
    *door.file("resident.strokes") = whole[..whole.len() / 2].to_vec();
    let binding = Strokes::decode(door.file("volunteer.strokes")).expect("strokes").binding().cloned();
    let now = door.community.now_ms();
    let line: Vec<f64> = (0..60).flat_map(|it| [f64::from(it) * 4.0, 90.0, 0.5, f64::from(it)]).collect();
    *door.file("volunteer.strokes") = strokes(&[60], &line, now, binding);
    let (detail, signatures) = door.delivered().await;
    let expected = [
        flag("signature.malformed", RESIDENT, "error"),
        flag("signature.too_little_ink", "上门人员签字", "warning"),
    ];
    assert_eq!(flags(&detail), expected);
    assert_eq!((&signatures[0]["mode"], &signatures[0]["ink"]), (&json!("unreadable"), &Value::Null));
}

#[tokio::test]
async fn other_clients_pictures_are_welcome_and_cover_nothing() {
    let mut door = Door::certified().await;
    *door.file("resident.strokes") = picture("resident.png");
    let now = door.community.now_ms();
    *door.file("volunteer.strokes") = signature("volunteer", now, None);
    let (detail, signatures) = door.delivered().await;
    let expected = [RESIDENT, "上门人员签字"].map(|question| flag("signature.unbound", question, "warning"));
    assert_eq!(flags(&detail), expected);
    assert_eq!((&signatures[0]["mode"], &signatures[0]["standing"]), (&json!("picture"), &json!("unbound")));
}

#[tokio::test]
async fn a_thumb_print_has_a_witness() {
    let mut door = Door::certified().await;
    let now = door.community.now_ms();
    let binding = Strokes::decode(door.file("resident.strokes")).expect("strokes").binding().cloned();
    let binding = binding.expect("the form says what it covers");
    *door.file("resident.strokes") = picture("thumb.jpg");
    *door.file("volunteer.strokes") = picture("other-thumb.jpg");
    let witness = data_encoding::BASE64.encode(&signature("witness", now, Some(binding.clone())));
    let note = |binding: &str, witness: &str| {
        let witness = json!({ "name": "王小虎", "strokes": witness });
        json!({ "kind": "signature", "mode": "thumb_print", "binding": binding, "witness": witness })
    };
    let notes = json!({
        "resident.strokes": note(&binding.to_hex(), &witness),
        "volunteer.strokes": note(&"0".repeat(64), "rubbish"),
    });
    door.visit.notes = notes.to_string();
    let (detail, signatures) = door.delivered().await;
    let expected = [
        flag("signature.thumb_print", RESIDENT, "warning"),
        flag("signature.thumb_print", "上门人员签字", "warning"),
        flag("signature.no_witness", "上门人员签字", "error"),
        flag("signature.void", "上门人员签字", "error"),
    ];
    assert_eq!(flags(&detail), expected);
    let resident = &signatures[0];
    assert_eq!((&resident["mode"], &resident["standing"]), (&json!("thumb_print"), &json!("bound")));
    assert_eq!((&resident["witness"]["name"], &resident["signed_at"]), (&json!("王小虎"), &json!(now)));
    assert!(resident["witness"]["ink"]["frame"].is_array());
}

#[tokio::test]
async fn a_thumb_print_counts_for_one_resident_only() {
    let community = Community::new().await;
    let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
    let tasks = volunteer.tasks().await;
    let (thumb, other) = (jpeg(&room(11), 85), jpeg(&room(12), 85));
    let nearly = jpeg(&room(11), 80);
    for (task, print, expected) in [
        (0, &thumb, None),
        (1, &thumb, Some("photo.reused")),
        (2, &nearly, Some("photo.likeness_reused")),
        (3, &other, None),
    ] {
        community.pass(1000);
        let mut visit = fill(&community, &volunteer, &tasks[task], CERTIFIED).await;
        let place = visit.files.iter().position(|(name, _)| name == "resident.strokes").expect("a signature");
        visit.files[place].1.clone_from(print);
        visit.notes = json!({"resident.strokes": {"kind": "signature", "mode": "thumb_print"}}).to_string();
        assert_eq!(visit.send(&volunteer).await.status, 201);
        doorstep::jobs::round(&community.app).await.expect("a round");
        let list = supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        let detail = supervisor
            .get(&format!("/api/v1/desk/submissions/{}", text(&list["items"][0], "id")))
            .await
            .json();
        let of_signature =
            detail["flags"].as_array().into_iter().flatten().filter(|it| it["question"] == RESIDENT);
        let reuse: Vec<String> =
            of_signature.map(|it| text(it, "code")).filter(|it| it.contains("reused")).collect();
        assert_eq!(reuse, expected.into_iter().collect::<Vec<_>>(), "task {task}");
    }
}

#[tokio::test]
async fn only_the_desk_reads_signatures() {
    let door = Door::certified().await;
    let (detail, _) = door.delivered().await;
    let path = format!("/api/v1/desk/submissions/{}/signatures", text(&detail, "id"));
    assert_eq!(door.volunteer.get(&path).await.status, 403);
    assert_eq!(
        door.supervisor.get("/api/v1/desk/submissions/none/signatures").await.problem().1,
        "not_found"
    );
}
