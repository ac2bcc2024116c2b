//! Packs: the example of the page, published as staff would, and broken once for each rule.

use doorstep::domain::pack;
use doorstep::pack::{Files, Known, Pack, community};
use serde_json::{Value, json};
use wasm_forms::{Diagnostic, Place};

use crate::community::Community;
use crate::example::{Example, Table, mistakes};
use crate::visit::{ABSENT, fill};

const PACKS: &str = "/api/v1/desk/packs";

fn told(files: &Files) -> Vec<Diagnostic> {
    Pack::read(files, &Known::default()).1
}

fn place(it: &Diagnostic) -> String {
    match &it.place {
        Place::Cell { sheet, row, column } => format!("{sheet} {column}{row}"),
        _ => "–".to_owned(),
    }
}

fn lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|it| format!("{} {} {:?}", place(it), it.code, it.params)).collect()
}

fn upload(bytes: Vec<u8>, is_dry_run: bool) -> Vec<(String, Option<String>, Vec<u8>)> {
    let mut parts = vec![("file".to_owned(), Some("菜园.zip".to_owned()), bytes)];
    if is_dry_run {
        parts.push(("dry_run".to_owned(), None, b"true".to_vec()));
    }
    parts
}

#[test]
fn the_example_of_the_page_is_sound() {
    let (pack, diagnostics) = Pack::read(&Example::read().files(), &Known::default());
    assert_eq!(lines(&diagnostics), [""; 0]);
    assert_eq!((pack.tasks.len(), pack.forms.len(), pack.lists.len(), pack.cards.len()), (4, 2, 1, 1));
    assert_eq!(pack.lists[0].rows.len(), 3);
}

#[test]
fn each_mistake_of_the_page_is_told_at_its_cell() {
    let example = Example::read();
    let mistakes = mistakes();
    assert!(mistakes.len() > 40, "the page names {} mistakes", mistakes.len());
    for mistake in mistakes {
        let diagnostics = told(&example.broken(&mistake).files());
        let is_told = diagnostics.iter().any(|it| it.code == mistake.code && place(it) == mistake.told_at);
        assert!(is_told, "{mistake:?} was told as {:#?}", lines(&diagnostics));
    }
}

/// Mistakes that are more than one cell: what is done to the example, and what is told where.
#[test]
fn mistakes_of_other_kinds_are_told() {
    let check = |name: &str, change: &dyn Fn(&mut Example), at: &str, code: &str| {
        let mut example = Example::read();
        change(&mut example);
        let diagnostics = told(&example.files());
        let is_told = diagnostics.iter().any(|it| it.code == code && place(it) == at);
        assert!(is_told, "{name} was told as {:#?}", lines(&diagnostics));
    };
    let drop_column = |table: &mut Table, name: &str| {
        let at = table[0].iter().position(|it| it == name).expect("a column");
        table.iter_mut().for_each(|row| drop(row.remove(at)));
    };
    let tasks = "tasks.xlsx";
    check("no tasks.xlsx", &|it| drop(it.workbooks.remove(tasks)), "–", "pack.no_tasks");
    check(
        "no sheet outcomes",
        &|it| it.workbooks.get_mut(tasks).expect("there").retain(|(name, _)| name != "outcomes"),
        "tasks.xlsx 0",
        "pack.missing_sheet",
    );
    check(
        "a sheet misspelt",
        &|it| {
            it.workbooks.get_mut(tasks).expect("there").iter_mut().for_each(|(name, _)| {
                if name == "calendar" {
                    *name = "Calender".to_owned();
                }
            })
        },
        "Calender 0",
        "pack.unknown_sheet",
    );
    check("no column who", &|it| drop_column(it.sheet("tasks"), "who"), "tasks 1", "pack.missing_column");
    check(
        "a column misspelt",
        &|it| it.sheet("tasks")[0][7] = "cadense".to_owned(),
        "tasks H1",
        "pack.unknown_column",
    );
    check(
        "a column twice",
        &|it| it.sheet("tasks")[0][7] = "filter".to_owned(),
        "tasks H1",
        "pack.column_twice",
    );
    check(
        "a form with a mistake",
        &|it| it.sheet_of("forms/plot_visit.xlsx", "survey")[1][0] = "imag".to_owned(),
        "forms/plot_visit.xlsx › survey A2",
        "workbook.misspelt_type",
    );
    check(
        "an outcome that a form cannot be seen to give",
        &|it| it.sheet_of("forms/plot_visit.xlsx", "survey")[5][6] = "concat(${looks}, '')".to_owned(),
        "tasks D2",
        "pack.open_outcome",
    );
    check(
        "a form without outcome",
        &|it| drop(it.sheet_of("forms/plot_visit.xlsx", "survey").pop()),
        "outcomes B2",
        "pack.no_outcome_question",
    );
    check(
        "a form that does not know the list",
        &|it| it.sheet_of("forms/plot_visit.xlsx", "survey")[1][0] = "text".to_owned(),
        "tasks E2",
        "pack.subject_not_read",
    );
    check(
        "a form twice",
        &|it| {
            let copy = it.workbooks["forms/plot_visit.xlsx"].clone();
            it.workbooks.insert("forms/plots.xlsx".to_owned(), copy);
        },
        "forms/plots.xlsx 0",
        "pack.form_twice",
    );
    check(
        "a form that no task uses",
        &|it| it.sheet("tasks")[1][3] = "plot_care".to_owned(),
        "forms/plot_visit.xlsx 0",
        "pack.unused_form",
    );
    check(
        "a role that no task names",
        &|it| it.sheet("roles").push(["cook", "厨师", "Cook", "link"].map(str::to_owned).to_vec()),
        "roles A5",
        "pack.unused_role",
    );
    check(
        "a text that no card names",
        &|it| drop(it.sheet("cards").pop()),
        "texts/thanks.en.md 0",
        "pack.unused_text",
    );
    check(
        "other blanks in English",
        &|it| drop(it.texts.insert("texts/thanks.en.md".to_owned(), "Dear {who}".to_owned())),
        "cards E2",
        "pack.text_blanks",
    );
    check(
        "a row twice in a list",
        &|it| it.texts.get_mut("lists/plots.csv").expect("there").push_str("P01,again,,,,\n"),
        "lists/plots.csv 5",
        "pack.name_twice",
    );
    check(
        "a state that nothing leads to",
        &|it| it.workbooks.get_mut(tasks).expect("there").push(("states".to_owned(), states())),
        "states A3",
        "pack.unreachable_state",
    );
    check(
        "a step that no task makes",
        &|it| it.workbooks.get_mut(tasks).expect("there").push(("states".to_owned(), states())),
        "states C2",
        "pack.unknown_transition",
    );
}

/// Whatever stands in a cell, it is told and nothing fails.
#[test]
fn no_cell_stops_the_check() {
    let mut example = Example::read();
    example.workbooks.retain(|name, _| name == "tasks.xlsx");
    let nasty =
        ["", "𬭎", "((", "'", "P", "P9999M", "field:", "a.b.c", "=", "0000-00-00", "9999-12-31", "*|*, ,|"];
    let sheets: Vec<(String, Table)> = example.workbooks["tasks.xlsx"].clone();
    for (sheet, table) in &sheets {
        for row in 0..table.len() {
            for column in 0..table[row].len() {
                let mut broken = example.clone();
                broken.sheet(sheet)[row][column] = nasty[(row * 5 + column) % nasty.len()].to_owned();
                told(&broken.files());
            }
        }
    }
    for text in nasty {
        let mut broken = example.clone();
        let rows = broken.sheet("tasks").iter_mut().skip(1);
        rows.for_each(|row| row.iter_mut().for_each(|it| *it = text.to_owned()));
        told(&broken.files());
    }
}

fn states() -> Table {
    let rows =
        [["state", "label::zh", "next"], ["open", "待办", "accepted"], ["returned", "退回", "started"]];
    rows.map(|row| row.map(str::to_owned).to_vec()).to_vec()
}

#[tokio::test]
async fn a_pack_is_published_and_the_running_server_works_by_it() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let zip = Example::read().zip();
    let looked_at = supervisor.upload(PACKS, &upload(zip.clone(), true)).await;
    assert_eq!(looked_at.status.as_u16(), 200, "{}", looked_at.text());
    let body = looked_at.json();
    assert_eq!((&body["id"], &body["n_task_types"]), (&Value::Null, &json!(4)));
    assert_eq!(body["calendar_until"], "2026-12-31");
    // The demo's certification tasks are of a type that the garden does not have.
    let told = body["diagnostics"].as_array().expect("diagnostics");
    let is_told = |it: &Value| it["code"] == "pack.left_behind" && it["params"]["task"] == "certify.doorstep";
    assert!(told.iter().any(is_told), "{body}");
    assert_eq!(body["forms"][1]["task_types"], json!(["plot.round"]));
    assert!(community.app.task_types().get("plot.round").is_none(), "a look changes nothing");

    let published = supervisor.upload(PACKS, &upload(zip.clone(), false)).await.json();
    assert!(published["id"].is_string(), "{published}");
    let types = community.app.task_types();
    assert!(types.get("plot.round").is_some() && types.get("certify.doorstep").is_none());
    let packs = supervisor.get(PACKS).await.json();
    assert_eq!((packs[0]["current"].clone(), packs[1]["current"].clone()), (json!(true), json!(false)));
    assert_eq!((&packs[0]["by_name"], packs.as_array().map(Vec::len)), (&json!("社区督导员"), Some(2)));

    let again = supervisor.upload(PACKS, &upload(zip, false)).await.json();
    assert_eq!(again["id"], published["id"], "the same pack again changes nothing");

    let now = supervisor.get("/api/v1/desk/packs/current").await.json();
    assert_eq!((&now["pack"]["id"], &now["n_outcomes"]), (&published["id"], &json!(7)));
    assert_eq!((&now["calendar_until"], &now["diagnostics"]), (&json!("2026-12-31"), &json!([])));
    let volunteer = community.person("v01").await;
    let forms = volunteer.get("/api/v1/forms").await.json();
    let ids: Vec<_> = forms.as_array().into_iter().flatten().map(|it| it["form_id"].clone()).collect();
    assert_eq!(ids, [json!("plot_care"), json!("plot_visit")]);
    let plots = volunteer.get("/api/v1/lists/plots.csv").await.text();
    assert!(plots.starts_with("name,label,__version,grid,status,holder,until\nP01,"), "{plots}");
}

#[tokio::test]
async fn a_pack_with_one_error_changes_nothing() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let mut example = Example::read();
    example.sheet("tasks")[1][3] = "plot_vist".to_owned();
    example.sheet("outcomes")[1][2] = "done".to_owned();
    let refused = supervisor.upload(PACKS, &upload(example.zip(), false)).await;
    assert_eq!(refused.problem(), (422, "pack.refused".to_owned()));
    let diagnostics = refused.json()["diagnostics"].clone();
    let codes: Vec<_> = diagnostics.as_array().into_iter().flatten().map(|it| it["code"].clone()).collect();
    assert!(
        codes.contains(&json!("pack.unknown_form")) && codes.contains(&json!("pack.unknown_state")),
        "{codes:?}"
    );
    assert!(community.app.task_types().get("certify.doorstep").is_some());
    let no_zip = supervisor.upload(PACKS, &upload(b"no zip".to_vec(), false)).await;
    assert_eq!(no_zip.problem(), (422, "pack.refused".to_owned()));
}

#[tokio::test]
async fn what_the_server_has_may_be_named_without_being_in_the_pack() {
    let community = Community::new().await;
    let mut example = Example::read();
    example.workbooks.retain(|name, _| name == "tasks.xlsx");
    example.texts.retain(|name, _| name.starts_with("texts/"));
    let alone = told(&example.files());
    assert!(alone.iter().any(|it| it.code == "pack.unknown_form"));
    let by = (String::new(), "test".to_owned());
    let whole = pack::check(&community.app, Example::read().files()).await.expect("sound");
    pack::publish(&community.app, whole, by.clone()).await.expect("published");
    let only_tasks = pack::check(&community.app, example.files()).await.expect("sound with what is there");
    assert!(only_tasks.pack.forms.is_empty());
    pack::publish(&community.app, only_tasks, by).await.expect("published");
    assert!(community.app.task_types().lists().contains(&"plots".to_owned()));
}

#[tokio::test]
async fn the_workbook_alone_is_downloaded_changed_and_published() {
    let community = Community::new().await;
    let supervisor = community.person("supervisor").await;
    let before = supervisor.get("/api/v1/desk/packs/current").await.json();
    let workbook = supervisor.get("/api/v1/desk/packs/current/tasks.xlsx").await.bytes;
    let same = supervisor.upload(PACKS, &upload(workbook.clone(), true)).await;
    let warnings = same.json()["diagnostics"].clone();
    let warnings = warnings.as_array().into_iter().flatten().map(|it| it["code"].clone());
    assert!(warnings.into_iter().all(|it| it == "pack.role_without_people"), "{}", same.text());
    let mut next = wasm_forms::xlsform::Workbook::read(&workbook).expect("a workbook");
    let calendar = next.sheets.iter_mut().find(|it| it.name == "calendar").expect("there");
    calendar.rows.push(["2027-01-01", "2027-12-31", "covered", "2027 年已录全"].map(str::to_owned).to_vec());
    let sheets = next.sheets.into_iter().map(|it| {
        let rows = std::iter::once(it.header).chain(it.rows).collect();
        (it.name, rows)
    });
    let mut only = Example::default();
    only.workbooks.insert("tasks.xlsx".to_owned(), sheets.collect());
    let published = supervisor.upload(PACKS, &upload(only.workbook("tasks.xlsx"), false)).await;
    assert_eq!(published.json()["calendar_until"], "2027-12-31", "{}", published.text());
    let after = supervisor.get("/api/v1/desk/packs/current").await.json();
    assert_ne!(after["pack"]["id"], before["pack"]["id"]);
    assert_eq!((&after["n_cards"], &after["n_task_types"]), (&before["n_cards"], &before["n_task_types"]));
}

#[tokio::test]
async fn the_first_start_leaves_a_community_its_own_forms() {
    let community = Community::new().await;
    let own = version_of(&community, "inspection").await + "-ours";
    let mut example = Example::read();
    example
        .workbooks
        .insert("forms/inspection.xlsx".to_owned(), example.workbooks["forms/plot_visit.xlsx"].clone());
    let settings = example.sheet_of("forms/inspection.xlsx", "settings");
    settings[1][1] = "inspection".to_owned();
    settings[1][2].clone_from(&own);
    let checked = pack::check(&community.app, example.files()).await.expect("sound");
    pack::publish(&community.app, checked, (String::new(), "test".to_owned())).await.expect("published");
    // As a database stands that was made before there were packs.
    let emptied = community.app.db.write(|tx| tx.execute("DELETE FROM pack", &[])).await;
    assert_eq!(emptied, Ok(2));
    let app = doorstep::app(community.app.config.clone(), community.app.clock.clone()).await.expect("an app");
    assert!(app.task_types().get("certify.doorstep").is_some());
    assert_eq!(version_of(&community, "inspection").await, own);
}

#[tokio::test]
async fn another_process_takes_up_what_was_published() {
    let community = Community::new().await;
    let other =
        doorstep::app(community.app.config.clone(), community.app.clock.clone()).await.expect("an app");
    let example = pack::check(&community.app, Example::read().files()).await.expect("sound");
    pack::publish(&community.app, example, (String::new(), "test".to_owned())).await.expect("published");
    assert!(other.task_types().get("plot.round").is_none());
    doorstep::jobs::round(&other).await.expect("a round");
    assert!(other.task_types().get("plot.round").is_some());
}

#[tokio::test]
async fn the_server_warns_of_what_only_it_can_know() {
    let community = Community::new().await;
    let mut example = Example::read();
    // Twenty working days from the end of November reach beyond the year; nobody in the demo is an administrator.
    example.sheet("tasks")[2][8] = "30wd".to_owned();
    example.sheet("roles")[2][3] = "admin".to_owned();
    let checked = pack::check(&community.app, example.files()).await.expect("only warnings");
    let codes: Vec<&str> = checked.diagnostics.iter().map(|it| it.code.as_str()).collect();
    assert!(
        codes.contains(&"pack.calendar_ends") && codes.contains(&"pack.role_without_people"),
        "{codes:?}"
    );
    let mut taken = Example::read();
    taken
        .workbooks
        .insert("forms/inspection.xlsx".to_owned(), taken.workbooks["forms/plot_visit.xlsx"].clone());
    let settings = taken.sheet_of("forms/inspection.xlsx", "settings");
    settings[1][1] = "inspection".to_owned();
    settings[1][2] = version_of(&community, "inspection").await;
    let refused = pack::check(&community.app, taken.files()).await;
    let Err(pack::PackError::Refused(diagnostics)) = refused else { panic!("taken for sound") };
    let taken = diagnostics.iter().find(|it| it.code == "form.version_taken").expect("told");
    assert_eq!(place(taken), "forms/inspection.xlsx › settings C2");
}

async fn version_of(community: &Community, form_id: &str) -> String {
    let forms = community.person("supervisor").await.get("/api/v1/desk/forms").await.json();
    let is_it = |it: &&Value| it["form_id"] == form_id && it["current"] == true;
    let form = forms.as_array().into_iter().flatten().find(is_it).cloned();
    form.expect("there")["version"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_community_pack_is_read_from_its_zip_as_from_its_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/community");
    let from_disk = Files::folder(&folder).expect("readable");
    assert_eq!(from_disk, community());
}

#[tokio::test]
async fn going_back_brings_tasks_and_forms_as_they_were() {
    let community = Community::new().await;
    let (supervisor, volunteer) = (community.person("supervisor").await, community.person("v01").await);
    let before = supervisor.get("/api/v1/desk/packs/current").await.json();
    let first = before["pack"]["id"].as_str().expect("an id").to_owned();
    let certifications = async || {
        let tasks = volunteer.tasks().await;
        tasks.iter().filter(|it| it["type"] == "certify.doorstep").count()
    };
    let n_certifications = certifications().await;
    assert!(n_certifications > 0);
    let task = volunteer.tasks().await.into_iter().find(|it| it["type"] == "certify.doorstep").expect("one");
    let visit = fill(&community, &volunteer, &task, ABSENT).await;

    // The garden comes with an inspection of its own; the community's certifications sleep.
    let mut garden = Example::read();
    garden
        .workbooks
        .insert("forms/inspection.xlsx".to_owned(), garden.workbooks["forms/plot_visit.xlsx"].clone());
    let own = version_of(&community, "inspection").await + "-ours";
    let settings = garden.sheet_of("forms/inspection.xlsx", "settings");
    settings[1][1] = "inspection".to_owned();
    settings[1][2].clone_from(&own);
    let looked_at = supervisor.upload(PACKS, &upload(garden.zip(), true)).await.json();
    let rows = looked_at["changes"]["rows"].as_array().expect("rows");
    let is_there = |sheet: &str, key: &str, kind: &str| {
        rows.iter().any(|it| it["sheet"] == sheet && it["key"] == key && it["kind"] == kind)
    };
    assert!(is_there("tasks", "plot.round", "added") && is_there("tasks", "certify.doorstep", "removed"));
    assert!(is_there("outcomes", "plot.round · dry", "added"), "{rows:#?}");
    let forms = looked_at["changes"]["forms"].as_array().expect("forms");
    assert!(forms.iter().any(|it| it["form_id"] == "inspection" && it["after"] == own.as_str()));
    let asleep = looked_at["changes"]["asleep"].as_array().expect("types");
    assert!(asleep.iter().any(|it| it["task_type"] == "certify.doorstep"));
    assert_eq!(supervisor.upload(PACKS, &upload(garden.zip(), false)).await.status, 200);
    assert_eq!((certifications().await, version_of(&community, "inspection").await), (0, own.clone()));
    // A visit that was under way is kept; a person decides what becomes of it.
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let waiting = supervisor.get("/api/v1/desk/submissions?flag=task.type_gone").await.json();
    assert_eq!(waiting["items"][0]["review_state"], "received");

    let path = format!("{PACKS}/{first}/current");
    let look = supervisor.post(&path, &json!({"dry_run": true})).await.json();
    let awake = look["changes"]["awake"].as_array().expect("types");
    assert!(awake.iter().any(|it| it["task_type"] == "certify.doorstep"));
    assert_eq!(version_of(&community, "inspection").await, own, "a look changes nothing");
    let street = community.person("street").await;
    assert_eq!(street.post(&path, &json!({})).await.problem(), (403, "auth.forbidden".to_owned()));
    let unknown = supervisor.post(&format!("{PACKS}/none/current"), &json!({})).await;
    assert_eq!(unknown.problem(), (404, "pack.unknown".to_owned()));

    let back = supervisor.post(&path, &json!({"note": "菜园先不办了"})).await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(certifications().await, n_certifications - 1, "all but the one visited are awake again");
    assert_ne!(version_of(&community, "inspection").await, own);
    let now = supervisor.get("/api/v1/desk/packs/current").await.json();
    assert_eq!(now["pack"]["id"], first.as_str());
    let event = &now["events"][0];
    assert_eq!((&event["kind"], &event["note"]), (&json!("rolled_back"), &json!("菜园先不办了")));
    assert_eq!((&event["by_name"], &event["pack_id"]), (&json!("社区督导员"), &json!(first)));
    let again = supervisor.post(&path, &json!({})).await;
    assert_eq!(again.status, 200);
    let events = supervisor.get("/api/v1/desk/packs/current").await.json()["events"].clone();
    assert_eq!(events.as_array().map(Vec::len), Some(3), "the pack in force stays so without a trace");
    assert_eq!(
        doorstep::domain::pack_version::before(&community.app).await.expect("events").as_deref(),
        events[1]["pack_id"].as_str()
    );
}
