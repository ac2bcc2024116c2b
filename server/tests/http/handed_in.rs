//! Visits that come as a file: taken in as if the phone had sent them, by the account that made them; who carried them is
//! told; a file that was changed is no visit.

use data_encoding::HEXLOWER;
use doorstep::domain::handed_in;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey, ecdh};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde_json::{Value, json};

use crate::community::{Answer, Community, Person};
use crate::visit::{CERTIFIED, Visit, fill, text};

/// Encrypts a visit to the server's point as a phone does.
fn file(visit_key: &str, account_id: &str, visit: &Visit) -> Vec<u8> {
    let head = json!({
        "account_id": account_id, "task_id": visit.task_id, "seal": visit.seal().to_string(), "notes": visit.notes,
        "xml_bytes": visit.xml.len(), "files": visit.files.iter().map(|(name, it)| json!([name, it.len()])).collect::<Vec<_>>(),
    });
    let head = head.to_string().into_bytes();
    let files = visit.files.iter().flat_map(|(_, bytes)| bytes.iter().copied());
    let length = u32::try_from(head.len()).expect("small").to_be_bytes();
    let mut content: Vec<u8> = length.into_iter().chain(head).chain(visit.xml.bytes()).chain(files).collect();

    let theirs = HEXLOWER.decode(visit_key.as_bytes()).expect("hex");
    let own = SecretKey::from_slice(&[5; 32]).expect("a key");
    let mut file = b"DSVF1\n".to_vec();
    file.extend_from_slice(&digest(&SHA256, &theirs).as_ref()[..8]);
    file.extend_from_slice(own.public_key().to_sec1_point(false).as_bytes());
    let server = PublicKey::from_sec1_bytes(&theirs).expect("a point");
    let shared = ecdh::diffie_hellman(own.to_nonzero_scalar(), server.as_affine());
    let prk = Salt::new(HKDF_SHA256, &[]).extract(shared.raw_secret_bytes());
    let info = [&b"doorstep visit file 1"[..], &file[6..]];
    let key: UnboundKey = prk.expand(&info, &AES_256_GCM).expect("short").into();
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    LessSafeKey::new(key).seal_in_place_append_tag(nonce, Aad::from(&file), &mut content).expect("sealed");
    file.extend_from_slice(&[9; 12]);
    file.extend_from_slice(&content);
    file
}

async fn hand_in(person: &Person, file: &[u8]) -> Answer {
    let part = ("file".to_owned(), Some("20261121.visit".to_owned()), file.to_vec());
    person.upload("/api/v1/desk/handed-in", &[part]).await
}

struct Desk {
    community: Community,
    volunteer: Person,
    supervisor: Person,
    visit: Visit,
    file: Vec<u8>,
}

impl Desk {
    async fn new() -> Desk {
        let community = Community::new().await;
        let volunteer = community.person("v01").await;
        let supervisor = community.person("supervisor").await;
        let task = volunteer.tasks().await.remove(0);
        let visit = fill(&community, &volunteer, &task, CERTIFIED).await;
        visit.phone.enrol(&volunteer).await;
        let session = volunteer.get("/api/v1/session").await.json();
        let file = file(&text(&session, "visit_key"), &text(&volunteer.account, "id"), &visit);
        Desk { community, volunteer, supervisor, visit, file }
    }

    async fn detail(&self, id: &str) -> Value {
        self.supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json()
    }
}

#[tokio::test]
async fn a_file_is_taken_in_as_its_phone_would_have_sent_it() {
    let desk = Desk::new().await;
    let taken = hand_in(&desk.supervisor, &desk.file).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    let taken = taken.json();
    assert_eq!((&taken["is_new"], &taken["volunteer"]), (&json!(true), &desk.volunteer.account["name"]));
    let detail = desk.detail(&text(&taken, "submission_id")).await;
    assert_eq!((&detail["seal"]["verified"], &detail["flags"]), (&json!(true), &json!([])));
    let history: Vec<(Value, Value)> = detail["history"]
        .as_array()
        .expect("a history")
        .iter()
        .map(|it| (it["kind"].clone(), it["by_name"].clone()))
        .collect();
    let (volunteer, supervisor) = (&desk.volunteer.account["name"], &desk.supervisor.account["name"]);
    assert!(history.contains(&(json!("received"), volunteer.clone())), "{history:?}");
    assert!(history.contains(&(json!("handed_in"), supervisor.clone())), "{history:?}");

    // The phone finds a network after all: the same receipt, nothing twice.
    let sent = desk.visit.send(&desk.volunteer).await;
    assert_eq!((sent.status.as_u16(), &sent.json()["receipt"]), (200, &taken["receipt"]));
    let again = hand_in(&desk.supervisor, &desk.file).await.json();
    assert_eq!((&again["is_new"], &again["receipt"]), (&json!(false), &taken["receipt"]));
    let detail = desk.detail(&text(&taken, "submission_id")).await;
    let noted =
        detail["history"].as_array().expect("a history").iter().filter(|it| it["kind"] == "handed_in");
    assert_eq!(noted.count(), 1);
}

#[tokio::test]
async fn what_is_no_such_file_is_told_and_only_the_desk_hands_in() {
    let desk = Desk::new().await;
    let (mut cut, mut other) = (desk.file.clone(), desk.file.clone());
    cut.truncate(desk.file.len() - 7);
    other[6] ^= 1;
    for (file, code) in [
        (&b"PK\x03\x04"[..], "handed_in.not_one"),
        (&cut, "handed_in.damaged"),
        (&other, "handed_in.other_server"),
    ] {
        assert_eq!(hand_in(&desk.supervisor, file).await.problem(), (422, code.to_owned()));
    }
    let session = desk.volunteer.get("/api/v1/session").await.json();
    let nobodys = file(&text(&session, "visit_key"), "nobody", &desk.visit);
    let refused = hand_in(&desk.supervisor, &nobodys).await.problem();
    assert_eq!(refused, (422, "handed_in.unknown_account".to_owned()));
    assert_eq!(hand_in(&desk.volunteer, &desk.file).await.problem().0, 403);
}

#[tokio::test]
async fn the_operator_takes_one_in_or_looks_inside() {
    let desk = Desk::new().await;
    let folder = desk.community.app.config.data.join("unpacked");
    let opened = handed_in::open(&desk.community.app, &desk.file).expect("a visit");
    handed_in::unpack(&opened, &folder).expect("written");
    assert_eq!(std::fs::read_to_string(folder.join("submission.xml")).expect("a file"), desk.visit.xml);
    let (name, bytes) = &desk.visit.files[0];
    assert_eq!(&std::fs::read(folder.join("files").join(name)).expect("a file"), bytes);
    let taken = handed_in::take(&desk.community.app, None, &desk.file).await.expect("taken");
    let history = desk.detail(&taken.submission_id).await["history"].clone();
    let by = history.as_array().expect("a history").iter().find(|it| it["kind"] == "handed_in");
    assert_eq!(by.expect("noted")["by_name"], "doorstep import-visit");
}

#[tokio::test]
async fn a_phone_that_means_another_account_is_told_to_sign_in() {
    let desk = Desk::new().await;
    let ask = async |account: &str| {
        let request = desk.volunteer.request("GET", "/api/v1/tasks").header("x-doorstep-account", account);
        desk.volunteer.send(request.body(axum::body::Body::empty()).expect("a request")).await
    };
    assert_eq!(ask(&text(&desk.volunteer.account, "id")).await.status, 200);
    assert_eq!(
        ask(&text(&desk.supervisor.account, "id")).await.problem(),
        (401, "auth.signed_out".to_owned())
    );
}
