//! Versions of a form: published, compared with what is stored, gone back to, downloaded; drafts under an old one.

use doorstep::domain::account::{self, NewAccount, Role};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::community::{Answer, Community, PASSWORD, Person};
use crate::visit::{ABSENT, fill, text};

pub const FORM: &str = "doorstep_certification";

/// A workbook of the certification form with one question of a name and one choice.
pub fn workbook(version: &str, question: &str, label: &str) -> Vec<u8> {
    let sheets: [(&str, &[&[&str]]); 2] = [
        ("survey", &[&["type", "name", "label"], &["text", question, label]]),
        ("settings", &[&["form_title", "form_id", "version"], &["简单认证", FORM, version]]),
    ];
    let mut workbook = Workbook::new();
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

pub async fn publish(supervisor: &Person, bytes: Vec<u8>, note: &str) -> Answer {
    let file = ("file".to_owned(), Some("认证.xlsx".to_owned()), bytes);
    let note = ("note".to_owned(), None, note.as_bytes().to_vec());
    supervisor.upload("/api/v1/desk/forms", &[file, note]).await
}

pub async fn current(person: &Person) -> String {
    let forms = person.get("/api/v1/forms").await.json();
    let found = forms.as_array().into_iter().flatten().find(|it| it["form_id"] == FORM).cloned();
    text(&found.expect("the form is offered"), "version")
}

fn history() -> String {
    format!("/api/v1/desk/forms/{FORM}")
}

async fn go_back(supervisor: &Person, version: &str) -> Answer {
    let request = json!({"version": version, "note": "新版有问题"});
    supervisor.post(&format!("{}/current", history()), &request).await
}

#[tokio::test]
async fn a_version_is_published_and_gone_back_from_with_a_trace() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let volunteer = community.person("v01").await;
    let first = current(&volunteer).await;
    let published = publish(&supervisor, workbook("2999010101", "remark", "备注"), "换成一道题").await;
    assert!(published.status.is_success(), "{}", published.text());
    assert_eq!(current(&volunteer).await, "2999010101");
    community.pass(1000);

    let back = go_back(&supervisor, &first).await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(current(&volunteer).await, first);
    let told = supervisor.get(&history()).await.json();
    let events: Vec<_> = told["events"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| (text(it, "kind"), text(it, "version"), text(it, "note")))
        .collect();
    let event =
        |kind: &str, version: &str, note: &str| (kind.to_owned(), version.to_owned(), note.to_owned());
    assert_eq!(
        events,
        [
            event("rolled_back", &first, "新版有问题"),
            event("published", "2999010101", "换成一道题"),
            event("published", &first, ""),
        ]
    );
    assert!(told["n_tasks"].as_i64().is_some_and(|it| it > 0));
    let again = go_back(&supervisor, &first).await.json();
    assert_eq!(again["events"].as_array().map(Vec::len), Some(3), "what is current already leaves no trace");
    assert_eq!(go_back(&supervisor, "1").await.problem(), (422, "submission.unknown_version".to_owned()));
    let unknown = supervisor.post("/api/v1/desk/forms/none/current", &json!({"version": "1"})).await;
    assert_eq!(unknown.problem(), (422, "submission.unknown_form".to_owned()));
    assert_eq!(supervisor.get("/api/v1/desk/forms/none").await.problem().0, 404);
}

#[tokio::test]
async fn a_version_number_stands_for_one_content() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let bytes = workbook("2999010101", "remark", "备注");
    assert!(publish(&supervisor, bytes.clone(), "").await.status.is_success());
    assert!(publish(&supervisor, bytes, "").await.status.is_success(), "the same again changes nothing");
    let taken = publish(&supervisor, workbook("2999010101", "remark", "另一种说法"), "").await;
    assert_eq!(taken.problem(), (409, "form.version_taken".to_owned()));
    let told = &taken.json()["diagnostics"][0];
    assert_eq!(told["place"], json!({"kind": "cell", "sheet": "settings", "row": 2, "column": "C"}));
    assert_eq!(told["params"], json!({"version": "2999010101", "next": "2026112102"}));
    let nameless = publish(&supervisor, workbook("", "remark", "备注"), "").await;
    assert_eq!(nameless.problem(), (422, "form.refused".to_owned()));
    assert_eq!(nameless.json()["diagnostics"][0]["code"], "form.version_missing");
}

#[tokio::test]
async fn every_version_can_be_downloaded_as_workbook_and_xform() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let bytes = workbook("2999010101", "remark", "备注");
    publish(&supervisor, bytes.clone(), "").await;
    let file = supervisor.get(&format!("{}/2999010101/workbook", history())).await;
    assert!(file.bytes == bytes, "the very workbook comes back");
    let disposition = file.headers["content-disposition"].to_str().expect("plain letters");
    assert!(disposition.ends_with("filename*=UTF-8''%E8%AE%A4%E8%AF%81-2999010101.xlsx"), "{disposition}");
    let xform = supervisor.get(&format!("{}/2999010101/xform", history())).await;
    assert!(xform.text().contains("备注") && xform.headers.contains_key("content-disposition"));
    assert_eq!(supervisor.get(&format!("{}/1/workbook", history())).await.problem().0, 404);
    let street = community.person("street").await;
    assert_eq!(publish(&street, bytes, "").await.problem(), (403, "auth.forbidden".to_owned()));
    assert_eq!(go_back(&street, "2999010101").await.problem().0, 403);
}

#[tokio::test]
async fn a_draft_of_the_old_version_is_taken_after_the_new_one_is_published() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let volunteer = community.person("v01").await;
    let tasks = volunteer.tasks().await;
    let task = tasks.iter().find(|it| it["form_id"] == FORM).expect("a task");
    let visit = fill(&community, &volunteer, task, ABSENT).await;
    publish(&supervisor, workbook("2999010101", "remark", "备注"), "").await;
    let sent = visit.send(&volunteer).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let stored = supervisor.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0].clone();
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{}", text(&stored, "id"))).await.json();
    assert_eq!(
        path_of(&detail, "absent_why"),
        "/data/absent_g/absent_why",
        "read with the version it was begun under"
    );
    assert_eq!(detail["flags"], json!([]), "{}", detail["flags"]);

    let lost = json!({
        "questions": ["/data/absent_g/absent_why", "/data/nothing"],
        "choices": [{"reference": path_of(&detail, "meet"), "values": ["absent", "met"]}],
    });
    let effects = supervisor.post(&format!("{}/effects", history()), &lost).await.json();
    assert_eq!(effects["n_submissions"], json!(1));
    let chosen: Vec<_> =
        effects["choices"].as_array().into_iter().flatten().map(|it| &it["n_submissions"]).collect();
    assert_eq!(chosen, [&json!(1), &json!(0)]);
    let answered: Vec<_> =
        effects["questions"].as_array().into_iter().flatten().map(|it| &it["n_submissions"]).collect();
    assert_eq!(answered, [&json!(1), &json!(0)]);
}

/// Returns the path under which a question was answered.
fn path_of(detail: &Value, name: &str) -> String {
    let answers = detail["answers"].as_array().into_iter().flatten();
    text(answers.into_iter().find(|it| it["name"] == name).expect("answered"), "reference")
}

#[tokio::test]
async fn a_list_to_try_a_form_with_is_that_of_a_phone_of_the_grid() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let worker = NewAccount {
        username: "test-worker".to_owned(),
        password: PASSWORD.to_owned(),
        name: "测试".to_owned(),
        role: Role::GridWorker,
        grids: vec!["G01".to_owned()],
    };
    account::add(&community.app, vec![worker]).await.expect("an account");
    let of_phone = community.person("test-worker").await.get("/api/v1/lists/residents.csv").await.text();
    let of_desk = supervisor.get("/api/v1/desk/lists/residents.csv?grid=G01").await;
    assert_eq!(of_desk.text(), of_phone);
    assert!(!of_desk.text().lines().next().expect("a head").contains("id_number"));
    let names = supervisor.get("/api/v1/desk/lists").await.json();
    let residents =
        names.as_array().into_iter().flatten().find(|it| it["list"] == "residents").expect("there");
    assert_eq!(residents["subject_names"], json!(["resident", "subject"]));
    assert_eq!(supervisor.get("/api/v1/desk/lists/none.csv?grid=G01").await.problem().0, 404);
}
