//! Journeys: from the task on a phone to the register and the next task.

use doorstep::domain::verify;
use serde_json::{Value, json};

use crate::community::{Community, DAY_MS, Person};
use crate::visit::{ABSENT, CERTIFIED, fill, text};

async fn first_id(supervisor: &Person) -> String {
    let list = supervisor.get("/api/v1/desk/submissions").await.json();
    text(&list["items"][0], "id")
}

async fn resident(supervisor: &Person, id: &str) -> Value {
    supervisor.get(&format!("/api/v1/desk/residents/{id}")).await.json()
}

fn field(resident: &Value, name: &str) -> String {
    let fields = resident["fields"].as_array().expect("fields");
    fields.iter().find(|it| it["name"] == name).map_or(String::new(), |it| text(it, "value"))
}

fn certifies(task: &Value, subject: &str) -> bool {
    task["subject"] == subject && task["type"] == "certify.doorstep"
}

#[tokio::test]
async fn approval_updates_the_register_and_plans_next_year() {
    let community = Community::new().await;
    let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
    let task = volunteer.tasks().await.remove(0);
    let subject = text(&task, "subject");
    let visit = fill(&community, &volunteer, &task, CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    assert!(volunteer.tasks().await.iter().all(|it| it["id"] != task["id"]), "it left the phone");
    let id = first_id(&supervisor).await;
    let path = format!("/api/v1/desk/submissions/{id}");
    let detail = supervisor.get(&path).await.json();
    assert_eq!(detail["seal"]["verified"], true);
    assert_eq!(detail["attachments"].as_array().map(Vec::len), Some(3));
    assert_eq!(detail["attachments"][0]["kind"], "photo");
    let phone =
        detail["answers"].as_array().into_iter().flatten().find(|it| it["name"] == "phone_new").cloned();
    assert_eq!(phone.map(|it| it["differs"].clone()), Some(json!(true)));
    let decided = supervisor.post(&format!("{path}/decision"), &json!({"decision": "approve"})).await;
    assert_eq!(decided.json()["review_state"], "approved", "{}", decided.text());
    let resident = resident(&supervisor, &subject).await;
    assert_eq!(resident["version"], 2);
    assert_eq!(field(&resident, "cert_status"), "certified");
    assert_eq!(field(&resident, "cert_due"), "2027-11-21");
    assert_eq!(field(&resident, "phone"), "15400000000");
    // Partly dependent people get a visit again, on the phone sixty days before the day in the register.
    let days_until_it_opens = 365 - 60;
    community.pass((days_until_it_opens - 1) * DAY_MS);
    doorstep::jobs::round(&community.app).await.expect("a round");
    let again = community.person("v01").await;
    let of_subject =
        |tasks: Vec<Value>| tasks.into_iter().filter(|it| certifies(it, &subject)).collect::<Vec<_>>();
    assert!(of_subject(again.tasks().await).is_empty());
    community.pass(DAY_MS);
    doorstep::jobs::round(&community.app).await.expect("a round");
    let next = of_subject(again.tasks().await);
    assert_eq!(next.len(), 1);
    assert_eq!(
        (text(&next[0], "due"), text(&next[0], "type")),
        ("2027-11-11".to_owned(), "certify.doorstep".to_owned())
    );
}

#[tokio::test]
async fn a_returned_visit_comes_back_with_its_answers() {
    let community = Community::new().await;
    let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
    let task = volunteer.tasks().await.remove(0);
    let visit = fill(&community, &volunteer, &task, CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let path = format!("/api/v1/desk/submissions/{}/decision", first_id(&supervisor).await);
    let without_reason = supervisor.post(&path, &json!({"decision": "return", "reason": " "})).await;
    assert_eq!(without_reason.problem(), (422, "review.reason_required".to_owned()));
    let body = json!({"decision": "return", "reason": "照片看不清脸，请再拍一张"});
    assert_eq!(supervisor.post(&path, &body).await.json()["review_state"], "hasIssues");
    assert_eq!(supervisor.post(&path, &body).await.problem(), (409, "review.already_decided".to_owned()));
    let back = volunteer.tasks().await.into_iter().find(|it| it["id"] == task["id"]).expect("it is back");
    assert_eq!(back["state"], "returned");
    assert_eq!(back["returned"]["reason"], "照片看不清脸，请再拍一张");
    let answers: Vec<(String, String)> =
        serde_json::from_value(back["returned"]["answers"].clone()).expect("pairs");
    assert!(answers.contains(&("/data/items/phone_new".to_owned(), "15400000000".to_owned())), "{answers:?}");
    assert!(answers.iter().all(|(path, _)| !path.ends_with("photo_face")));
    let mine = volunteer.get("/api/v1/submissions/mine").await.json();
    assert_eq!(mine["items"][0]["reason"], "照片看不清脸，请再拍一张");
    let second = fill(&community, &volunteer, &back, CERTIFIED).await;
    assert_eq!(second.send(&volunteer).await.status, 201);
    let list = supervisor.get("/api/v1/desk/submissions").await.json();
    assert_eq!(list["total_by_state"]["hasIssues"], 1);
    assert_eq!(list["total_by_state"]["received"], 1);
    let detail =
        supervisor.get(&format!("/api/v1/desk/submissions/{}", first_id(&supervisor).await)).await.json();
    assert_eq!(detail["history"][0]["kind"], "resubmitted");
    assert_eq!(detail["task"]["state"], "submitted");
}

#[tokio::test]
async fn nobody_at_home_means_another_visit() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let mut task = volunteer.tasks().await.remove(0);
    let subject = text(&task, "subject");
    for visit_no in 1..=3 {
        assert_eq!(task["visit_no"], visit_no);
        let visit = fill(&community, &volunteer, &task, ABSENT).await;
        assert_eq!(visit.send(&volunteer).await.status, 201);
        let next = volunteer.tasks().await.into_iter().find(|it| certifies(it, &subject));
        match next {
            Some(next) => {
                assert_eq!(text(&next, "due"), "2026-11-28");
                task = next;
            }
            None => assert_eq!(visit_no, 3, "three visits, then a person decides"),
        }
    }
    let supervisor = community.person("supervisor").await;
    let flagged = supervisor.get("/api/v1/desk/submissions?flag=task.attempts_used_up").await.json();
    assert_eq!(flagged["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_visit_of_monday_is_judged_as_of_monday() {
    let community = Community::new().await;
    let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
    let task = volunteer.tasks().await.remove(0);
    let monday = fill(&community, &volunteer, &task, CERTIFIED).await;
    // Meanwhile somebody else's visit changes the same row of the register.
    let other = fill(&community, &volunteer, &task, CERTIFIED).await;
    assert_eq!(other.send(&volunteer).await.status, 201);
    let path = format!("/api/v1/desk/submissions/{}/decision", first_id(&supervisor).await);
    assert_eq!(supervisor.post(&path, &json!({"decision": "approve"})).await.status, 200);
    community.pass(5 * DAY_MS);
    let answer = monday.send(&volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(text(&answer.json()["receipt"], "number").starts_with("20261121-"));
    let detail =
        supervisor.get(&format!("/api/v1/desk/submissions/{}", first_id(&supervisor).await)).await.json();
    let codes: Vec<&str> =
        detail["flags"].as_array().into_iter().flatten().filter_map(|it| it["code"].as_str()).collect();
    // Five days later, with another telephone in the register, no answer is called wrong.
    assert_eq!(codes, ["entity.conflict", "task.already_done"], "{detail:#}");
}

#[tokio::test]
async fn the_audit_log_tells_who_read_what_and_shows_tampering() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    assert_eq!(supervisor.get("/api/v1/desk/residents?q=li&limit=3").await.status, 200);
    let report = verify::whole(&community.app).await.expect("readable");
    assert!(report.is_sound() && report.n_audit_rows > 10, "{report:?}");
    let forge = |tx: &mut dyn doorstep::store::db::Tx| {
        tx.script("UPDATE audit SET target = 'G99' WHERE action = 'list residents'")
    };
    community.app.db.write(forge).await.expect("forged");
    let report = verify::whole(&community.app).await.expect("readable");
    let found = report.findings.iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(found, ["verify.audit_changed"]);
}
