//! Visits that were made while somebody else was at work too: none is lost, and a person sees both sides.

use serde_json::{Value, json};

use crate::community::{Community, HOUR_MS, Person};
use crate::form_versions::{current, publish, workbook};
use crate::visit::{ABSENT, CERTIFIED, REFUSED, Visit, fill, text};

/// Two volunteers of one grid with the same task on their phones, and who decides.
struct Pair {
    community: Community,
    first: Person,
    second: Person,
    supervisor: Person,
    task: Value,
}

async fn pair() -> Pair {
    let community = Community::new().await;
    let first = community.person("v01").await;
    let task = first.tasks().await.remove(0);
    let mut second = None;
    for number in 2..=40 {
        let other = community.person(&format!("v{number:02}")).await;
        if other.tasks().await.iter().any(|it| it["id"] == task["id"]) {
            second = Some(other);
            break;
        }
    }
    let supervisor = community.person("supervisor").await;
    Pair { community, first, second: second.expect("volunteers go in pairs"), supervisor, task }
}

impl Pair {
    async fn visit(&self, by: &Person, answers: &[(&str, &str)]) -> Visit {
        fill(&self.community, by, &self.task, answers).await
    }

    /// Sends a visit and returns its page at the desk.
    async fn arrive(&self, by: &Person, visit: &Visit) -> Value {
        let answer = visit.send(by).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let newest = self.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        self.page(&text(&newest["items"][0], "id")).await
    }

    async fn page(&self, id: &str) -> Value {
        self.supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json()
    }

    async fn decide(&self, id: &str, decision: &Value) -> (u16, Value) {
        let path = format!("/api/v1/desk/submissions/{id}/decision");
        let answer = self.supervisor.post(&path, decision).await;
        (answer.status.as_u16(), answer.json())
    }

    async fn register(&self, property: &str) -> String {
        let subject = text(&self.task, "subject");
        let resident = self.supervisor.get(&format!("/api/v1/desk/residents/{subject}")).await.json();
        let fields = resident["fields"].as_array().expect("fields");
        fields.iter().find(|it| it["name"] == property).map_or(String::new(), |it| text(it, "value"))
    }
}

fn with(
    answers: &[(&'static str, &'static str)],
    name: &str,
    value: &'static str,
) -> Vec<(&'static str, &'static str)> {
    answers.iter().map(|(it, old)| if *it == name { (*it, value) } else { (*it, *old) }).collect()
}

fn codes(page: &Value) -> Vec<String> {
    page["flags"].as_array().into_iter().flatten().map(|it| text(it, "code")).collect()
}

#[tokio::test]
async fn two_volunteers_at_one_door_are_shown_beside_each_other_and_the_better_visit_counts() {
    let pair = pair().await;
    let one = pair.visit(&pair.first, REFUSED).await;
    let two = pair.visit(&pair.second, CERTIFIED).await;
    let one = pair.arrive(&pair.first, &one).await;
    assert_eq!(one["conflict"]["visits"], json!([]), "nobody else was there yet");
    pair.community.pass(HOUR_MS);
    let two = pair.arrive(&pair.second, &two).await;
    assert!(codes(&two).contains(&"task.already_done".to_owned()), "{two:#}");
    assert_eq!(two["conflict"]["visits"][0]["id"], one["id"]);
    let (one, two) = (text(&one, "id"), text(&two, "id"));
    assert_eq!(pair.page(&one).await["conflict"]["visits"][0]["id"], two.as_str());
    // The task waits for the first: it can't be put aside while nothing else has come of the task.
    let aside = json!({"decision": "set_aside", "reason": "同一户有两次入户，以第二次为准"});
    let (status, refused) = pair.decide(&one, &aside).await;
    assert_eq!((status, text(&refused, "code").as_str()), (409, "review.only_visit"));
    let (status, approved) = pair.decide(&two, &json!({"decision": "approve"})).await;
    assert_eq!((status, text(&approved["task"], "state").as_str()), (200, "closed"), "{approved:#}");
    assert_eq!(pair.register("cert_status").await, "certified");
    let (status, set_aside) = pair.decide(&one, &aside).await;
    assert_eq!((status, text(&set_aside, "review_state").as_str()), (200, "rejected"));
    assert_eq!(
        set_aside["history"].as_array().and_then(|it| it.last()).map(|it| text(it, "kind")),
        Some("rejected".to_owned())
    );
    // It is kept, its sender reads why, and nothing has to be done again.
    let mine = pair.first.get("/api/v1/submissions/mine").await.json();
    assert_eq!(mine["items"][0]["review_state"], "rejected");
    assert_eq!(mine["items"][0]["reason"], aside["reason"]);
    assert!(pair.first.tasks().await.iter().all(|it| it["id"] != pair.task["id"]));
}

#[tokio::test]
async fn a_cell_that_both_changed_is_chosen_and_the_rest_is_taken() {
    let pair = pair().await;
    let one = pair.visit(&pair.first, CERTIFIED).await;
    let two = with(CERTIFIED, "phone_new", "15411111111");
    let two = pair.visit(&pair.second, &with(&two, "selfcare", "none")).await;
    let one = pair.arrive(&pair.first, &one).await;
    let seen = pair.register("phone").await;
    assert_eq!(pair.decide(&text(&one, "id"), &json!({"decision": "approve"})).await.0, 200);
    let two = pair.arrive(&pair.second, &two).await;
    assert!(codes(&two).contains(&"entity.conflict".to_owned()), "{two:#}");
    let row = &two["conflict"]["rows"][0];
    assert_eq!((&row["seen_version"], &row["version"]), (&json!(1), &json!(2)));
    let cells = row["cells"].as_array().expect("cells");
    let phone = json!({"property": "phone", "seen": seen, "now": "15400000000", "found": "15411111111"});
    assert!(cells.contains(&phone), "{cells:#?}");
    assert!(cells.iter().any(|it| it["property"] == "selfcare"), "{cells:#?}");
    assert!(cells.iter().all(|it| it["now"] != it["found"]), "what both found is no conflict");
    let kept = json!({"list": "residents", "id": pair.task["subject"], "property": "phone"});
    let decision = json!({"decision": "approve", "keep_register": [kept]});
    let (status, approved) = pair.decide(&text(&two, "id"), &decision).await;
    assert_eq!(status, 200, "{approved:#}");
    assert_eq!(pair.register("phone").await, "15400000000", "the register's stays");
    assert_eq!(pair.register("selfcare").await, "none", "the visit's is taken");
    let kept = approved["history"].as_array().into_iter().flatten().find(|it| it["kind"] == "kept_register");
    assert_eq!(kept.map(|it| text(it, "text")), Some("phone".to_owned()));
    // What was met is still told afterwards; the visit's own change is no part of it.
    assert_eq!(approved["conflict"]["rows"][0]["version"], 2);
}

#[tokio::test]
async fn what_needs_no_review_waits_for_a_person_where_it_meets_another_change() {
    let pair = pair().await;
    let late = pair.visit(&pair.second, ABSENT).await;
    let one = pair.visit(&pair.first, ABSENT).await;
    assert_eq!(pair.arrive(&pair.first, &one).await["review_state"], "approved", "nothing to look at");
    let late = pair.arrive(&pair.second, &late).await;
    assert!(codes(&late).contains(&"entity.conflict".to_owned()), "{late:#}");
    assert_eq!(late["review_state"], "received");
}

#[tokio::test]
async fn a_visit_with_an_older_form_names_both_versions() {
    let pair = pair().await;
    let late = pair.visit(&pair.second, REFUSED).await;
    let one = pair.visit(&pair.first, REFUSED).await;
    let one = pair.arrive(&pair.first, &one).await;
    assert_eq!(one["conflict"]["versions"], Value::Null, "it was filled in with the version in use");
    let first = current(&pair.first).await;
    let published = publish(&pair.supervisor, workbook("2999010101", "remark", "备注"), "").await;
    assert!(published.status.is_success(), "{}", published.text());
    let late = pair.arrive(&pair.second, &late).await;
    assert_eq!(late["conflict"]["versions"], json!({"visit": first, "current": "2999010101"}));
    assert!(codes(&late).iter().all(|it| !it.starts_with("form.")), "judged by its own version: {late:#}");
}
