//! The desk: filters, files, comments, dashboard, imports, exports, forms.

use std::io::Cursor;

use serde_json::{Value, json};

use crate::community::{Answer, Community, Person};
use crate::visit::{CERTIFIED, REFUSED, fill, text};

async fn reviewed() -> (Community, Person, Person, String) {
    let community = Community::new().await;
    let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
    let tasks = volunteer.tasks().await;
    for (task, answers) in tasks.iter().zip([REFUSED, CERTIFIED]) {
        community.pass(1000);
        let answer = fill(&community, &volunteer, task, answers).await.send(&volunteer).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let list = supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
    let id = text(&list["items"][0], "id");
    (community, volunteer, supervisor, id)
}

fn n_items(answer: &Answer) -> usize {
    answer.json()["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let (_community, volunteer, supervisor, _) = reviewed().await;
    let first = supervisor.get("/api/v1/desk/submissions?limit=1").await;
    let cursor = text(&first.json(), "next_cursor");
    let second = supervisor.get(&format!("/api/v1/desk/submissions?limit=1&cursor={cursor}")).await;
    assert_eq!((n_items(&first), n_items(&second)), (1, 1));
    assert_ne!(first.json()["items"][0]["id"], second.json()["items"][0]["id"]);
    assert_eq!(first.json()["total_by_state"]["received"], 2);
    let newest = text(&first.json()["items"][0], "id");
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{newest}")).await.json();
    assert_eq!(
        (&detail["previous_id"], &detail["next_id"]),
        (&Value::Null, &second.json()["items"][0]["id"])
    );
    let grid = text(&first.json()["items"][0], "grid");
    let account = text(&volunteer.account, "id");
    for (query, n) in [
        (format!("grid={grid}&volunteer={account}&form=doorstep_certification&state=received"), 1..=2),
        ("state=approved".to_owned(), 0..=0),
        ("volunteer=nobody".to_owned(), 0..=0),
        ("form=inspection".to_owned(), 0..=0),
        (format!("q={}", text(&first.json()["items"][0], "receipt_number")), 1..=1),
        (format!("q={}", &text(&first.json()["items"][0], "receipt_number")[9..]), 1..=1),
        ("outcome=certified".to_owned(), 1..=1),
        ("from=2026-11-21&to=2026-11-21".to_owned(), 2..=2),
        ("to=2026-11-20".to_owned(), 0..=0),
        ("without_photos=true".to_owned(), 1..=1),
        ("late=true".to_owned(), 0..=0),
        ("flag=photo.reused".to_owned(), 0..=0),
    ] {
        let found = n_items(&supervisor.get(&format!("/api/v1/desk/submissions?{query}")).await);
        assert!(n.contains(&found), "{query}: {found}");
    }
    assert_eq!(
        supervisor.get("/api/v1/desk/submissions?cursor=rubbish").await.problem().1,
        "request.malformed"
    );
}

#[tokio::test]
async fn files_come_whole_and_small() {
    let (community, _, supervisor, id) = reviewed().await;
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
    let photo = detail["attachments"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|it| it["kind"] == "photo")
        .expect("a photo")
        .clone();
    let path = format!("/api/v1/desk/submissions/{id}/attachments/{}", text(&photo, "name"));
    let whole = supervisor.get(&path).await;
    assert_eq!(doorstep::blob::hashes::sha256_hex(&whole.bytes), text(&photo, "sha256"));
    assert_eq!(whole.headers["content-type"], "image/jpeg");
    doorstep::jobs::round(&community.app).await.expect("a round");
    let small = supervisor.get(&format!("{path}?size=thumb")).await;
    assert_eq!((small.status.as_u16(), small.bytes == whole.bytes), (200, false));
    assert_eq!(supervisor.get(&format!("{path}x")).await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn comments_stand_in_the_history_and_the_street_only_reads() {
    let (community, _, supervisor, id) = reviewed().await;
    let path = format!("/api/v1/desk/submissions/{id}");
    assert_eq!(
        supervisor.post(&format!("{path}/comments"), &json!({"text": "请再核对电话"})).await.status,
        201
    );
    let street = community.person("street").await;
    let history = street.get(&path).await.json()["history"].clone();
    let kinds: Vec<&str> =
        history.as_array().into_iter().flatten().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds, ["received", "comment"]);
    let decision = street.post(&format!("{path}/decision"), &json!({"decision": "approve"})).await;
    assert_eq!(decision.problem(), (403, "auth.forbidden".to_owned()));
    let unknown = supervisor.post(&format!("{path}/decision"), &json!({"decision": "perhaps"})).await;
    assert_eq!(unknown.problem(), (400, "request.malformed".to_owned()));
    let empty = supervisor.post(&format!("{path}/comments"), &json!({"text": " \n"})).await;
    assert_eq!(empty.problem(), (422, "request.invalid".to_owned()));
}

#[tokio::test]
async fn the_dashboard_adds_up() {
    let (_community, _, supervisor, _) = reviewed().await;
    let page = supervisor.get("/api/v1/desk/dashboard").await.json();
    let sum = |name: &str| -> i64 {
        page["grids"].as_array().into_iter().flatten().filter_map(|it| it[name].as_i64()).sum()
    };
    for name in ["holders", "certified", "due_soon", "overdue", "open_tasks"] {
        assert_eq!(page["totals"][name].as_i64(), Some(sum(name)), "{name}");
    }
    assert_eq!(sum("holders"), sum("certified") + sum("due_soon") + sum("overdue"));
    assert_eq!(
        (page["today"].clone(), page["submissions"]["received"].clone()),
        (json!("2026-11-21"), json!(2))
    );
    let days = page["visits_by_day"].as_array().expect("days");
    assert_eq!((days.len(), days[29].clone()), (30, json!({"day": "2026-11-21", "n": 2})));
}

#[tokio::test]
async fn residents_are_found_by_initials_and_stay_masked() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let all = supervisor.get("/api/v1/desk/residents?limit=200").await.json();
    let someone = &all["items"][0];
    let q: String = text(someone, "full_name").bytes().map(|byte| format!("%{byte:02X}")).collect();
    let found = supervisor.get(&format!("/api/v1/desk/residents?q={q}")).await;
    assert!(n_items(&found) > 0, "{q}");
    let detail = supervisor.get(&format!("/api/v1/desk/residents/{}", text(someone, "id"))).await;
    assert!(detail.json()["fields"].as_array().is_some_and(|it| it.len() > 5));
    assert!(!detail.text().contains("id_number"));
    let fields = detail.json()["fields"].clone();
    let masked = fields.as_array().into_iter().flatten().find(|it| it["name"] == "id_masked").cloned();
    let masked = text(&masked.expect("a number"), "value");
    let last_four = &masked[masked.len() - 4..];
    let found =
        supervisor.get(&format!("/api/v1/desk/residents?q={}", last_four.to_lowercase())).await.json();
    let ids: Vec<_> = found["items"].as_array().into_iter().flatten().map(|it| text(it, "id")).collect();
    assert!(ids.contains(&text(someone, "id")), "{last_four}: {ids:?}");
    assert_eq!(supervisor.get("/api/v1/desk/residents/none").await.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn exports_hold_the_visits() {
    let (_community, _, supervisor, _) = reviewed().await;
    let csv = supervisor.get("/api/v1/desk/exports/ledger.csv?from=2026-11-01&to=2026-11-30").await.text();
    assert_eq!(csv.trim_end().lines().count(), 3, "{csv}");
    let none = supervisor.get("/api/v1/desk/exports/ledger.csv?from=2026-12-01").await.text();
    assert_eq!(none.trim_end().lines().count(), 1);
    let xlsx = supervisor.get("/api/v1/desk/exports/ledger.xlsx").await.bytes;
    assert!(xlsx.starts_with(b"PK"));
    let zip = supervisor.get("/api/v1/desk/exports/photos.zip").await.bytes;
    let archive = zip::ZipArchive::new(Cursor::new(zip)).expect("an archive");
    assert_eq!(archive.len(), 3, "{:?}", archive.file_names().collect::<Vec<_>>());
}

/// Lets the background work and returns the import as it stands then.
pub async fn import_after_work(community: &Community, supervisor: &Person, id: &str) -> Value {
    doorstep::jobs::round(&community.app).await.expect("a round");
    supervisor.get(&format!("/api/v1/desk/imports/{id}")).await.json()
}

#[tokio::test]
async fn a_register_is_previewed_then_applied() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let all = supervisor.get("/api/v1/desk/residents?limit=1").await.json();
    let someone = all["items"][0].clone();
    let csv = format!(
        "name,full_name,phone\n{},{},15400000099\n",
        text(&someone, "id"),
        text(&someone, "full_name")
    );
    let upload = async |csv: &str| {
        let parts = [("file".to_owned(), Some("register.csv".to_owned()), csv.as_bytes().to_vec())];
        text(&supervisor.upload("/api/v1/desk/imports", &parts).await.json(), "id")
    };
    let id = upload(&csv).await;
    let unread = supervisor.get(&format!("/api/v1/desk/imports/{id}")).await.json();
    assert_eq!((unread["state"].clone(), unread["summary"].clone()), (json!("reading"), Value::Null));
    let preview = import_after_work(&community, &supervisor, &id).await;
    assert_eq!(preview["summary"], json!({"new": 0, "changed": 1, "unchanged": 0, "bad": 0}), "{preview:#}");
    assert_eq!(preview["changes"][0]["fields"][0]["after"], "15400000099");
    let apply = format!("/api/v1/desk/imports/{id}/apply");
    assert_eq!(supervisor.post(&apply, &json!({})).await.status, 202);
    assert_eq!(import_after_work(&community, &supervisor, &id).await["state"], "applied");
    assert_eq!(supervisor.post(&apply, &json!({})).await.problem(), (409, "import.not_ready".to_owned()));
    let resident = supervisor.get(&format!("/api/v1/desk/residents/{}", text(&someone, "id"))).await.json();
    assert_eq!(resident["version"], 2);
    let broken = upload("hello\nworld\n").await;
    let failed = import_after_work(&community, &supervisor, &broken).await;
    assert_eq!((failed["state"].clone(), failed["n_problems"].clone()), (json!("failed"), json!(1)));
    assert_eq!(supervisor.delete(&format!("/api/v1/desk/imports/{broken}")).await.status, 204);
    assert_eq!(supervisor.get(&format!("/api/v1/desk/imports/{broken}")).await.status, 404);
}

#[tokio::test]
async fn workbooks_are_published_or_refused_with_reasons() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let forms = supervisor.get("/api/v1/desk/forms").await.json();
    assert_eq!(forms.as_array().map(Vec::len), Some(25));
    let doorstep = forms
        .as_array()
        .into_iter()
        .flatten()
        .find(|it| it["form_id"] == "doorstep_certification")
        .expect("there");
    assert!(doorstep["n_tasks"].as_i64().is_some_and(|it| it > 0));
    let file = |bytes: &[u8]| ("file".to_owned(), Some("inspection.xlsx".to_owned()), bytes.to_vec());
    let workbook = include_bytes!("../../packs/community/forms/inspection.xlsx");
    let again = supervisor.upload("/api/v1/desk/forms", &[file(workbook)]).await;
    assert_eq!(
        (again.status.as_u16(), again.json()["form_id"].clone()),
        (200, json!("inspection")),
        "{}",
        again.text()
    );
    let refused = supervisor.upload("/api/v1/desk/forms", &[file(b"no workbook")]).await;
    assert_eq!(refused.problem(), (422, "form.refused".to_owned()));
    assert!(refused.json()["diagnostics"].as_array().is_some_and(|it| !it.is_empty()));
}

#[tokio::test]
async fn filters_have_their_names() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let grids = supervisor.get("/api/v1/desk/grids").await.json();
    assert_eq!(grids[0], json!({"grid": "G01", "label": "第 1 网格"}));
    let accounts = supervisor.get("/api/v1/desk/accounts").await.json();
    assert!(accounts.as_array().is_some_and(|it| it.iter().any(|it| it["role"] == "grid_worker")));
}
