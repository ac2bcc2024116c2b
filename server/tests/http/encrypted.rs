//! Visits of a form with a public key: taken, kept and flagged; nobody here can read them.

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use wasm_forms::encryption::{Identity, PublicKey, Randomness, encrypt};

use crate::community::{Answer, Community, Person};
use crate::visit::{Visit, fill, text};

/// The public half of a key pair whose private half nobody kept.
const KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2kczffdlCaRm0yR8EW0ogwq3MH1PWWWlBWHH0UrovdcCLYmy/Hlceicvihxm8TlK1z6RP2oMcLM/1dmBahMb8oqmHdn9JoUP2rUEc7bv+hrHeTJ+7ZohFvInjcsqbqKjclC01RDjhkuvY4aB4IMpaiSdZhSW6Ej49r5Ys2++qtMGItRLzwgwkn8/NXZWFujX2UVzjUVtQ3uu+c6FPLB+igxZtKFCmrY/DQe9Km3C5oCjeLtGjJh+oK1gTfLDE33fy66SIzPn4bUbuN1waZbw7eAMb7z+5xDTtOitoK+x9f9T76Pklx6N49aLGCGRN6Z1LcIJgxJGjd7rIq+jw9a8KwIDAQAB";
const VERSION: &str = "2999010101";

/// A workbook of the certification form that asks for a remark and a photo.
fn workbook(public_key: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheets: [(&str, &[&[&str]]); 2] = [
        ("survey", &[&["type", "name", "label"], &["text", "remark", "备注"], &["image", "photo", "照片"]]),
        (
            "settings",
            &[
                &["form_title", "form_id", "version", "public_key"],
                &["加密认证", "doorstep_certification", VERSION, public_key],
            ],
        ),
    ];
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write(row as u32, column as u16, *cell).expect("a cell");
            }
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

async fn publish(supervisor: &Person, public_key: &str) -> Answer {
    let file = ("file".to_owned(), Some("certification.xlsx".to_owned()), workbook(public_key));
    supervisor.upload("/api/v1/desk/forms", &[file]).await
}

/// Does what the phone does with a finished visit.
fn encrypted(visit: &Visit) -> Visit {
    let key = PublicKey::parse(KEY).expect("a key");
    let identity =
        Identity { form_id: "doorstep_certification", version: VERSION, instance_id: &visit.instance_id };
    let sent =
        encrypt(&visit.xml, identity, &key, visit.files.clone(), Randomness::new([5; Randomness::LEN]));
    let files = sent.files.into_iter().map(|it| (it.name, it.bytes)).collect();
    Visit { xml: sent.manifest, files, ..visit.clone() }
}

#[tokio::test]
async fn an_encrypted_visit_is_stored_and_says_nothing() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let published = publish(&supervisor, KEY).await;
    assert!(published.status.is_success(), "{}", published.text());
    let volunteer = community.person("v01").await;
    let task = volunteer.tasks().await.remove(0);
    let mut plain =
        fill(&community, &volunteer, &task, &[("remark", "门口有狗"), ("photo", "door.jpg")]).await;
    // What a phone noted of the files, for whoever has the key.
    let noted = r#"{"door.jpg":{"kind":"photo","reason":"灯坏了"}}"#;
    plain.files.push(("notes-0b1c2d3e.json".to_owned(), noted.as_bytes().to_vec()));
    let visit = encrypted(&plain);
    let answer = visit.send(&volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["receipt"]["n_attachments"], 3);
    assert_eq!(visit.send(&volunteer).await.status, 200, "the same again");

    let list = supervisor.get("/api/v1/desk/submissions?flag=submission.encrypted").await.json();
    let item = &list["items"][0];
    assert_eq!(item["flags"], json!(["submission.encrypted"]));
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{}", text(item, "id"))).await.json();
    assert_eq!(detail["answers"], json!([]));
    assert!(!detail.to_string().contains("门口有狗"));
    let files = detail["attachments"].as_array().expect("attachments");
    let files: Vec<_> = files.iter().map(|it| (it["name"].clone(), it["media_type"].clone())).collect();
    let opaque = json!("application/octet-stream");
    let photo = json!(plain.files[0].0.clone() + ".enc");
    let [notes, document] = ["notes-0b1c2d3e.json.enc", "submission.xml.enc"].map(|it| json!(it));
    assert_eq!(files, [(photo, opaque.clone()), (notes, opaque.clone()), (document, opaque)]);
}

#[tokio::test]
async fn an_encrypted_visit_must_be_whole() {
    let community = Community::new().await;
    publish(&community.person("supervisor").await, KEY).await;
    let volunteer = community.person("v01").await;
    let task = volunteer.tasks().await.remove(0);
    let mut visit = encrypted(&fill(&community, &volunteer, &task, &[("photo", "door.jpg")]).await);
    visit.files.remove(0);
    assert_eq!(visit.send(&volunteer).await.problem(), (422, "submission.attachment_missing".to_owned()));
}

#[tokio::test]
async fn a_key_that_cannot_encrypt_is_refused_at_the_desk() {
    let community = Community::new().await;
    let refused = publish(&community.person("supervisor").await, "Y2wtMA==").await;
    assert_eq!(refused.problem(), (422, "form.refused".to_owned()));
    let codes: Vec<Value> =
        refused.json()["diagnostics"].as_array().into_iter().flatten().map(|it| it["code"].clone()).collect();
    assert!(codes.contains(&json!("form.public_key")), "{codes:?}");
}
