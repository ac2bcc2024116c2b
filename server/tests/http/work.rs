//! The work that a pack makes: rounds by cadence and filter, and what it asks of visits, reviewers and answers.

use doorstep::domain::pack;
use doorstep::store::db::Tx;
use doorstep::store::entities;
use doorstep::store::tasks::{self, TaskRow};
use serde_json::{Value, json};

use crate::community::{Community, DAY_MS, HOUR_MS, Person};
use crate::example::Example;
use crate::visit::{fill, text};

/// The garden of the page, in force.
pub struct Garden {
    pub community: Community,
    pub volunteer: Person,
    pub keeper: Person,
}

/// Sets cells of `tasks.xlsx`: sheet, row as Excel counts, column (added where there is none), text.
pub fn set(example: &mut Example, cells: &[(&str, usize, &str, &str)]) {
    for (sheet, row, column, text) in cells {
        let table = example.sheet(sheet);
        let at = table[0].iter().position(|it| it == column).unwrap_or_else(|| {
            table.iter_mut().for_each(|row| row.push(String::new()));
            table[0].pop();
            table[0].push((*column).to_owned());
            table[0].len() - 1
        });
        table[row - 1][at] = (*text).to_owned();
    }
}

pub async fn garden(change: impl FnOnce(&mut Example)) -> Garden {
    let community = Community::new().await;
    let mut example = Example::read();
    change(&mut example);
    let checked = pack::check(&community.app, example.files()).await.expect("sound");
    pack::publish(&community.app, checked, (String::new(), "test".to_owned())).await.expect("published");
    round(&community).await;
    let volunteer = community.person(&somebody_of(&community, "volunteer").await).await;
    let keeper = community.person(&somebody_of(&community, "grid_worker").await).await;
    Garden { community, volunteer, keeper }
}

/// Returns the user name of somebody who does a role's work in the first grid.
async fn somebody_of(community: &Community, role: &'static str) -> String {
    let accounts = community.app.db.read(|tx| doorstep::store::accounts::all(tx)).await.expect("accounts");
    let theirs = |it: &&doorstep::store::accounts::AccountRow| {
        it.role == role && it.grids.split_whitespace().any(|it| it == "G01")
    };
    accounts.iter().find(theirs).expect("somebody").username.clone()
}

pub async fn round(community: &Community) {
    doorstep::jobs::round(&community.app).await.expect("a round");
}

pub async fn of_type(person: &Person, task_type: &str) -> Vec<Value> {
    person.tasks().await.into_iter().filter(|it| it["type"] == task_type).collect()
}

fn told(tasks: &[Value]) -> Vec<(String, String)> {
    tasks.iter().map(|it| (text(it, "subject"), text(it, "due"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, day)| ((*id).to_owned(), (*day).to_owned())).collect()
}

/// Fills in a task's form and sends it, and has its photo compared; the newest submission as the desk sees it.
async fn visit(garden: &Garden, person: &Person, task: &Value, answers: &[(&str, &str)]) -> Value {
    let sent = fill(&garden.community, person, task, answers).await.send(person).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    round(&garden.community).await;
    newest(&garden.community).await
}

pub async fn newest(community: &Community) -> Value {
    let supervisor = community.person("supervisor").await;
    let list = supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
    supervisor.get(&format!("/api/v1/desk/submissions/{}", text(&list["items"][0], "id"))).await.json()
}

/// Codes of the flags, but for those of its photos: they are tiny here.
fn codes(detail: &Value) -> Vec<String> {
    let codes = detail["flags"].as_array().into_iter().flatten().map(|it| text(it, "code"));
    codes.filter(|it| !it.starts_with("photo.")).collect()
}

async fn stored(community: &Community, task_type: &'static str) -> Vec<TaskRow> {
    let all = move |tx: &mut dyn Tx| {
        let rows =
            tx.query("SELECT id FROM task WHERE type = ?1 ORDER BY id", doorstep::params![task_type])?;
        let ids = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
        ids.iter().filter_map(|id| tasks::get(tx, id).transpose()).collect::<Result<Vec<_>, _>>()
    };
    community.app.db.read(all).await.expect("tasks")
}

const FINE: &[(&str, &str)] = &[("photo", "plot.jpg"), ("looks", "fine")];
const DRY: &[(&str, &str)] = &[("photo", "plot.jpg"), ("looks", "dry"), ("next_visit", "2026-11-28")];
const EMPTY: &[(&str, &str)] = &[("photo", "plot.jpg"), ("looks", "empty")];

#[tokio::test]
async fn rounds_come_by_cadence_for_the_rows_that_fit() {
    let garden = garden(|_| {}).await;
    let Garden { community, volunteer, keeper } = &garden;
    let rounds = of_type(volunteer, "plot.round").await;
    assert_eq!(told(&rounds), pairs(&[("P01", "2026-11-24"), ("P02", "2026-11-24")]), "P03 is free");
    let leases = of_type(keeper, "plot.renew").await;
    assert_eq!(told(&leases), pairs(&[("P02", "2026-11-30")]), "ten days before the lease ends");
    round(community).await;
    community.pass(6 * DAY_MS);
    round(community).await;
    assert_eq!(of_type(volunteer, "plot.round").await.len(), 2, "no second one while the first is open");

    let detail = visit(&garden, volunteer, &rounds[0], FINE).await;
    assert_eq!(detail["review_state"], "approved", "nobody has to look at a plot that is fine: {detail:#}");
    assert_eq!(detail["history"][1]["kind"], "settled");
    round(community).await;
    assert_eq!(told(&of_type(volunteer, "plot.round").await), pairs(&[("P02", "2026-11-24")]));
    community.pass(DAY_MS);
    round(community).await;
    let next = of_type(volunteer, "plot.round").await;
    assert_eq!(told(&next), pairs(&[("P02", "2026-11-24"), ("P01", "2026-12-01")]), "a week after it began");
}

#[tokio::test]
async fn a_row_that_no_longer_fits_loses_what_nobody_has_touched() {
    let garden = garden(|_| {}).await;
    let given_up = |tx: &mut dyn Tx| {
        let row = entities::get(tx, "plots", "P01")?.expect("a plot");
        let data = row.data.replace("\"used\"", "\"free\"");
        entities::put(tx, &entities::EntityRow { data, version: row.version + 1, ..row }, "test", "")
    };
    garden.community.app.db.write(given_up).await.expect("written");
    garden.community.pass(DAY_MS);
    round(&garden.community).await;
    assert_eq!(told(&of_type(&garden.volunteer, "plot.round").await), pairs(&[("P02", "2026-11-24")]));
    let states: Vec<String> =
        stored(&garden.community, "plot.round").await.into_iter().map(|it| it.state).collect();
    assert_eq!(states, ["cancelled", "open"]);
}

#[tokio::test]
async fn a_whole_register_comes_in_portions_and_no_row_twice() {
    let community = Community::new().await;
    let count = async || {
        let tasks = stored(&community, "census.person").await;
        let mut by_grid = std::collections::BTreeMap::<String, usize>::new();
        tasks.iter().for_each(|it| *by_grid.entry(it.grid.clone()).or_default() += 1);
        let mut rounds: Vec<_> = tasks.iter().map(|it| (&it.subject, &it.round)).collect();
        rounds.sort();
        rounds.dedup();
        assert_eq!(rounds.len(), tasks.len(), "one task for each person and round");
        by_grid.into_values().max().unwrap_or(0)
    };
    assert_eq!(count().await, 20);
    for _ in 0..3 {
        community.pass(DAY_MS);
        round(&community).await;
    }
    assert_eq!(count().await, 80);
    let inspections = stored(&community, "inspect.round").await;
    let of_point = inspections.iter().filter(|it| it.round == "points");
    assert!(of_point.clone().count() > 0 && of_point.clone().all(|it| it.subject.starts_with('P')));
    let clean_up: Vec<_> = inspections.iter().filter(|it| it.round == "clean-up").collect();
    assert!(clean_up.is_empty(), "Friday has not come: {clean_up:?}");
    // Whoever died or moved away is visited no more, and one certification is one task.
    let certifications = stored(&community, "certify.doorstep").await;
    let mut people: Vec<&str> = certifications.iter().map(|it| it.subject.as_str()).collect();
    people.dedup();
    assert_eq!(people.len(), certifications.len());
}

#[tokio::test]
async fn an_outcome_says_whose_the_next_task_is() {
    let garden = garden(|it| set(it, &[("outcomes", 3, "who", "keeper")])).await;
    let Garden { volunteer, keeper, .. } = &garden;
    let task = of_type(volunteer, "plot.round").await.remove(0);
    visit(&garden, volunteer, &task, DRY).await;
    assert!(of_type(volunteer, "plot.water").await.is_empty(), "volunteers water, but not this one");
    let water = of_type(keeper, "plot.water").await;
    assert_eq!(told(&water), pairs(&[("P01", "2026-11-28")]));
    let sent = fill(&garden.community, volunteer, &water[0], &[("photo", "w.jpg"), ("ready", "yes")]).await;
    assert_eq!(sent.send(volunteer).await.status, 201, "it is done already, so it is kept");
    let detail = newest(&garden.community).await;
    assert_eq!(
        (codes(&detail), &detail["review_state"]),
        (vec!["task.not_theirs".to_owned()], &json!("received"))
    );
}

#[tokio::test]
async fn nobody_checks_what_is_their_own_and_the_right_person_reviews() {
    let garden = garden(|it| {
        set(it, &[("tasks", 4, "review", "keeper"), ("tasks", 2, "review", "supervisor 100%")]);
    })
    .await;
    let Garden { community, volunteer, keeper } = &garden;
    let owner = text(&keeper.account, "name");
    let held = move |tx: &mut dyn Tx| {
        let row = entities::get(tx, "plots", "P01")?.expect("a plot");
        let data = row.data.replace("孔月芳", &owner);
        entities::put(tx, &entities::EntityRow { data, version: row.version + 1, ..row }, "test", "")
    };
    community.app.db.write(held).await.expect("written");
    let supervisor = community.person("supervisor").await;
    for (at, task) in of_type(volunteer, "plot.round").await.iter().enumerate() {
        let detail = visit(&garden, volunteer, task, if at == 0 { EMPTY } else { FINE }).await;
        assert_eq!(detail["review_state"], "received", "every one of a hundred is looked at");
        let path = format!("/api/v1/desk/submissions/{}/decision", text(&detail, "id"));
        assert_eq!(supervisor.post(&path, &json!({"decision": "approve"})).await.status, 200);
    }
    assert_eq!(stored(community, "plot.offer").await.len(), 1);
    assert!(of_type(keeper, "plot.offer").await.is_empty(), "the holder does not offer the own plot");

    // Somebody else's offer is reviewed by those whom the pack names, and not by the supervisor.
    let mut offer = stored(community, "plot.offer").await.remove(0);
    (offer.id, offer.subject, offer.not_who) = ("offer-2".to_owned(), "P02".to_owned(), String::new());
    community.app.db.write(move |tx| tasks::insert(tx, &offer)).await.expect("written");
    let task = of_type(keeper, "plot.offer").await.remove(0);
    let detail = visit(&garden, keeper, &task, &[("photo", "o.jpg"), ("ready", "yes")]).await;
    let path = format!("/api/v1/desk/submissions/{}/decision", text(&detail, "id"));
    let refused = supervisor.post(&path, &json!({"decision": "approve"})).await;
    assert_eq!(refused.problem(), (403, "review.other_reviewer".to_owned()));
}

#[tokio::test]
async fn pairs_and_evidence_are_looked_after() {
    let garden = garden(|it| {
        set(it, &[("tasks", 2, "pairs", "2")]);
        let survey = it.sheet_of("forms/plot_visit.xlsx", "survey");
        survey[2][4].clear();
        let row = ["text", "companions", "和谁一起去的？", "Who came along?", "", "", "", ""];
        survey.insert(2, row.map(str::to_owned).to_vec());
    })
    .await;
    let Garden { volunteer, .. } = &garden;
    let tasks = of_type(volunteer, "plot.round").await;
    assert_eq!(tasks[0]["n_people"], 2);
    let name = text(&volunteer.account, "name");
    let alone = visit(&garden, volunteer, &tasks[0], &[("companions", &name), ("looks", "fine")]).await;
    assert_eq!(codes(&alone), ["task.evidence_missing", "task.too_few_people"]);
    assert_eq!((&alone["review_state"], &alone["task"]["state"]), (&json!("received"), &json!("submitted")));
    let two = [("companions", "王小虎"), ("photo", "plot.jpg"), ("looks", "fine")];
    assert_eq!(codes(&visit(&garden, volunteer, &tasks[1], &two).await), [""; 0]);
}

#[tokio::test]
async fn what_is_not_answered_in_time_is_told_once() {
    let garden = garden(|it| {
        set(it, &[("outcomes", 4, "sla", "PT2H"), ("outcomes", 3, "sla", "dry=PT4H other=3wd")]);
    })
    .await;
    let Garden { community, volunteer, .. } = &garden;
    let tasks = of_type(volunteer, "plot.round").await;
    visit(&garden, volunteer, &tasks[0], DRY).await;
    let waiting = visit(&garden, volunteer, &tasks[1], EMPTY).await;
    assert_eq!(waiting["decide_by"], json!(community.now_ms() + 2 * HOUR_MS));
    let water = of_type(volunteer, "plot.water").await.remove(0);
    assert_eq!(
        (&water["answer_by"], &water["overdue"]),
        (&json!(community.now_ms() + 4 * HOUR_MS), &json!(false))
    );
    let supervisor = community.person("supervisor").await;
    let late = async || {
        round(community).await;
        let page = supervisor.get("/api/v1/desk/dashboard").await.json();
        (page["late_tasks"].clone(), page["late_reviews"].clone())
    };
    assert_eq!(late().await, (json!(0), json!(0)));
    community.pass(2 * HOUR_MS + 1);
    assert_eq!(late().await, (json!(0), json!(1)));
    community.pass(2 * HOUR_MS);
    assert_eq!(late().await, (json!(1), json!(1)));
    assert_eq!(of_type(volunteer, "plot.water").await[0]["overdue"], true);
    let list = supervisor.get("/api/v1/desk/submissions?late=true").await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let id = text(&list["items"][0], "id");
    let detail = supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
    let kinds: Vec<String> =
        detail["history"].as_array().into_iter().flatten().map(|it| text(it, "kind")).collect();
    assert_eq!(kinds.iter().filter(|it| *it == "late").count(), 1, "{kinds:?}");
    let path = format!("/api/v1/desk/submissions/{id}/decision");
    assert_eq!(supervisor.post(&path, &json!({"decision": "approve"})).await.status, 200);
    assert_eq!(late().await, (json!(1), json!(0)));
}

#[tokio::test]
async fn rounds_after_something_follow_until_the_last() {
    let garden = garden(|it| set(it, &[("tasks", 3, "cadence", "P7D, P30D after drought")])).await;
    let Garden { community, volunteer, .. } = &garden;
    let task = of_type(volunteer, "plot.round").await.remove(0);
    visit(&garden, volunteer, &task, DRY).await;
    let done = [("photo", "w.jpg"), ("ready", "yes")];
    let water = of_type(volunteer, "plot.water").await.remove(0);
    visit(&garden, volunteer, &water, &done).await;
    let rows = stored(community, "plot.water").await;
    let rounds: Vec<_> =
        rows.iter().map(|it| (it.round.as_str(), it.state.as_str(), it.due.as_str())).collect();
    assert_eq!(rounds, [("1", "closed", "2026-11-28"), ("2", "planned", "2026-12-21")]);
    community.pass(7 * DAY_MS);
    round(community).await;
    let second = of_type(volunteer, "plot.water").await.remove(0);
    visit(&garden, volunteer, &second, &done).await;
    assert_eq!(stored(community, "plot.water").await.len(), 2, "there is no third");
}

#[tokio::test]
async fn a_visit_without_a_task_begins_one_and_what_follows_is_about_its_row() {
    let garden = garden(|it| set(it, &[("tasks", 2, "made_by", "schedule, volunteer")])).await;
    let Garden { community, volunteer, .. } = &garden;
    let nobodys = json!({"id": "", "form_id": "plot_visit", "id_masked": "", "prefill": []});
    let answers: Vec<_> = [("plot", "P01")].into_iter().chain(DRY.iter().copied()).collect();
    let detail = visit(&garden, volunteer, &nobodys, &answers).await;
    assert_eq!((codes(&detail), &detail["task"]["state"]), (vec![], &json!("closed")), "{detail:#}");
    assert_eq!(of_type(volunteer, "plot.round").await.len(), 1, "it was the open round of this plot");
    assert_eq!(told(&of_type(volunteer, "plot.water").await), pairs(&[("P01", "2026-11-28")]));
    let again = visit(&garden, volunteer, &nobodys, &answers).await;
    assert_eq!(again["task"]["state"], "closed", "one more look at it begins a task of its own");
    let made_by: Vec<String> =
        stored(community, "plot.round").await.into_iter().map(|it| it.made_by).collect();
    assert_eq!(made_by, ["schedule", "schedule", "person"]);
}
