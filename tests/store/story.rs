//! The chapters. Each leaves rows that later chapters count.

use doorstep::store::db::{Db, DbError, Tx};
use doorstep::store::entities::{self, EntityFilter, EntityRow};
use doorstep::store::queue::{self, SubmissionFilter};
use doorstep::store::submissions::{self, AttachmentRow, ChangeRow, EventRow, FlagRow, SubmissionRow};
use doorstep::store::tasks::{self, TaskFilter, TaskRow};
use doorstep::store::{accounts, audit, dashboard, forms, imports, jobs, packs, plans, submission_counts};

const NOW: i64 = 1_795_226_400_000;

async fn write<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError> + Send + 'static,
) -> T {
    db.write(work).await.expect("written")
}

async fn read<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError> + Send + 'static,
) -> T {
    db.read(work).await.expect("read")
}

pub async fn accounts(db: &Db) {
    let row = accounts::AccountRow {
        id: "a1".to_owned(),
        username: "v01".to_owned(),
        name: "徐华莉".to_owned(),
        role: "volunteer".to_owned(),
        grids: "G01 G02".to_owned(),
        locale: "zh-CN".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        active: true,
    };
    let again = row.clone();
    write(db, move |tx| accounts::insert(tx, &row, NOW)).await;
    let taken = db.write(move |tx| accounts::insert(tx, &again, NOW)).await;
    assert!(matches!(taken, Err(DbError::Unique(_))), "{taken:?}");
    read(db, |tx| {
        assert_eq!(
            accounts::by_username(tx, "v01")?.map(|it| (it.name, it.active)),
            Some(("徐华莉".to_owned(), true))
        );
        assert_eq!(accounts::by_id(tx, "a1")?.map(|it| it.username), Some("v01".to_owned()));
        assert_eq!(accounts::by_id(tx, "a2")?.map(|it| it.username), None);
        assert_eq!(accounts::all(tx)?.len(), 1);
        Ok(())
    })
    .await;
    let first = write(db, |tx| accounts::phone_secret(tx, "a1", "first")).await;
    assert_eq!(
        (first.as_str(), write(db, |tx| accounts::phone_secret(tx, "a1", "second")).await.as_str()),
        ("first", "first")
    );
    let session = |token: &str, expires_at| accounts::SessionRow {
        token_hash: token.to_owned(),
        account_id: "a1".to_owned(),
        csrf_token: "c".to_owned(),
        expires_at,
    };
    let sessions = [session("old", NOW - 1), session("new", NOW + 1), session("left", NOW + 1)];
    write(db, move |tx| sessions.iter().try_for_each(|it| accounts::insert_session(tx, it, NOW))).await;
    write(db, |tx| accounts::delete_session(tx, "left")).await;
    assert_eq!(write(db, |tx| accounts::delete_sessions_before(tx, NOW)).await, 1);
    read(db, |tx| {
        assert_eq!(accounts::session(tx, "new")?.map(|it| it.expires_at), Some(NOW + 1));
        assert!(accounts::session(tx, "old")?.is_none() && accounts::session(tx, "left")?.is_none());
        Ok(())
    })
    .await;
}

pub async fn forms(db: &Db) {
    for (version, published_at) in [("1", NOW), ("2", NOW + 1)] {
        let row = forms::FormRow {
            form_id: "visit".to_owned(),
            version: version.to_owned(),
            title: "入户".to_owned(),
            xform_sha256: "00".to_owned(),
            published_at,
            by_name: "督导员".to_owned(),
            is_current: true,
            workbook_sha256: if version == "1" { String::new() } else { "ab".to_owned() },
            workbook_name: "visit.xlsx".to_owned(),
            note: "第一版".to_owned(),
        };
        let event = forms::FormEventRow {
            id: format!("e{version}"),
            form_id: "visit".to_owned(),
            version: version.to_owned(),
            at: published_at,
            by_name: "督导员".to_owned(),
            kind: "published".to_owned(),
            note: String::new(),
        };
        write(db, move |tx| {
            forms::retire(tx, "visit")?;
            forms::insert_event(tx, &event)?;
            forms::insert(tx, &row, "<h:html/>")
        })
        .await;
    }
    read(db, |tx| {
        let versions: Vec<_> = forms::all(tx)?.into_iter().map(|it| (it.version, it.is_current)).collect();
        assert_eq!(versions, [("2".to_owned(), true), ("1".to_owned(), false)]);
        assert_eq!(forms::current(tx)?.len(), 1);
        assert_eq!(forms::current_version(tx, "visit")?.as_deref(), Some("2"));
        assert!(forms::exists(tx, "visit")? && !forms::exists(tx, "other")?);
        assert_eq!(forms::xform(tx, "visit", "1")?.as_deref(), Some("<h:html/>"));
        assert_eq!(forms::versions(tx, "visit")?.len(), 2);
        let second = forms::get(tx, "visit", "2")?.expect("there");
        assert_eq!((second.workbook_sha256.as_str(), second.note.as_str()), ("ab", "第一版"));
        assert!(forms::get(tx, "visit", "3")?.is_none());
        let newest: Vec<_> = forms::events(tx, "visit", 1)?.into_iter().map(|it| it.version).collect();
        assert_eq!(newest, ["2"]);
        Ok(())
    })
    .await;
    write(db, |tx| {
        assert!(forms::keep_workbook(tx, "visit", "1", "cd", "first.xlsx")?);
        assert!(!forms::keep_workbook(tx, "visit", "2", "cd", "second.xlsx")?, "it has one");
        forms::retire(tx, "visit")?;
        assert!(forms::make_current(tx, "visit", "1")? && !forms::make_current(tx, "visit", "3")?);
        assert_eq!(forms::current_version(tx, "visit")?.as_deref(), Some("1"));
        forms::retire(tx, "visit")?;
        forms::make_current(tx, "visit", "2").map(|_| ())
    })
    .await;
}

pub async fn packs(db: &Db) {
    for (id, published_at) in [("p1", NOW), ("p2", NOW + 1)] {
        let row = packs::PackRow {
            id: id.to_owned(),
            sha256: format!("{id}-sha"),
            published_at,
            by_name: "督导员".to_owned(),
            is_current: true,
        };
        write(db, move |tx| {
            packs::retire(tx, "{}")?;
            packs::insert(tx, &row, "{}")
        })
        .await;
    }
    read(db, |tx| {
        let all: Vec<_> = packs::all(tx)?.into_iter().map(|it| (it.id, it.is_current)).collect();
        assert_eq!(all, [("p2".to_owned(), true), ("p1".to_owned(), false)]);
        assert_eq!(packs::current(tx)?.map(|it| it.sha256), Some("p2-sha".to_owned()));
        assert_eq!(packs::document(tx, "p1")?.as_deref(), Some("{}"));
        assert_eq!(packs::document(tx, "p3")?, None);
        Ok(())
    })
    .await;
}

fn resident(id: &str, grid: &str, due: &str, version: i64) -> EntityRow {
    EntityRow {
        list: "residents".to_owned(),
        id: id.to_owned(),
        label: format!("居民 {id}"),
        version,
        grid: grid.to_owned(),
        building: "E01".to_owned(),
        status: "certified".to_owned(),
        due: due.to_owned(),
        kind: "employee".to_owned(),
        search: format!("jm jumin 50%_{id}"),
        data: format!("{{\"version\":\"{version}\"}}"),
        updated_at: NOW + version,
    }
}

pub async fn registers(db: &Db) {
    let rows = [
        resident("r1", "G01", "2026-11-20", 1),
        resident("r2", "G02", "2026-11-21", 1),
        resident("r3", "G02", "2027-11-21", 1),
        EntityRow { list: "places".to_owned(), kind: "grid".to_owned(), ..resident("G01", "G01", "", 1) },
    ];
    write(db, move |tx| {
        entities::set_columns(tx, "residents", "name label")?;
        rows.iter().try_for_each(|row| entities::put(tx, row, "Doorstep", ""))
    })
    .await;
    write(db, |tx| {
        entities::put(tx, &resident("r1", "G01", "2026-11-20", 2), "徐华莉", "s0")?;
        entities::count_revision(tx, "residents")?;
        entities::count_revision(tx, "unknown")
    })
    .await;
    write(db, |tx| entities::set_columns(tx, "residents", "name label phone")).await;
    read(db, |tx| {
        assert_eq!(entities::revision(tx, "residents")?, Some(("name label phone".to_owned(), 3)));
        assert_eq!(entities::revision(tx, "unknown")?, None);
        assert_eq!(entities::lists(tx)?, [("residents".to_owned(), "name label phone".to_owned())]);
        assert!(entities::has_rows(tx, "residents")? && !entities::has_rows(tx, "unknown")?);
        assert_eq!(entities::get(tx, "residents", "r1")?, Some(resident("r1", "G01", "2026-11-20", 2)));
        assert_eq!(entities::all(tx, "residents")?.len(), 3);
        assert_eq!(entities::of_grids(tx, "residents", &["G02".to_owned()])?.len(), 2);
        assert_eq!(entities::of_grids(tx, "residents", &[])?.len(), 0);
        assert_eq!(
            entities::labels_of_kind(tx, "places", "grid")?,
            [("G01".to_owned(), "居民 G01".to_owned())]
        );
        let page = |tx: &mut dyn Tx, q: &str, grid: &str, after: &str| -> Result<Vec<String>, DbError> {
            let filter = EntityFilter {
                q: q.to_owned(),
                grid: grid.to_owned(),
                after: after.to_owned(),
                status: "certified".to_owned(),
                due_between: None,
                limit: 2,
            };
            Ok(entities::page(tx, "residents", &filter)?.into_iter().map(|row| row.id).collect())
        };
        assert_eq!(page(tx, "", "", "")?, ["r1", "r2"]);
        assert_eq!(page(tx, "", "", "r2")?, ["r3"]);
        assert_eq!(page(tx, "50%_R2", "G02", "")?, ["r2"]);
        assert_eq!(page(tx, "50x_", "", "")?, Vec::<String>::new());
        assert_eq!(page(tx, "123x", "", "")?, Vec::<String>::new());
        let versions: Vec<i64> =
            entities::history(tx, "residents", "r1")?.iter().map(|it| it.version).collect();
        assert_eq!(versions, [2, 1]);
        let first =
            entities::at_version(tx, "residents", "r1", 1)?.map(|it| (it.changed_by, it.submission_id));
        assert_eq!(first, Some(("Doorstep".to_owned(), String::new())));
        Ok(())
    })
    .await;
}

fn task(id: &str, state: &str, due: &str) -> TaskRow {
    TaskRow {
        id: id.to_owned(),
        task_type: "certify.doorstep".to_owned(),
        state: state.to_owned(),
        list: "residents".to_owned(),
        subject: "r1".to_owned(),
        label: "孔月芳".to_owned(),
        grid: "G01".to_owned(),
        due: due.to_owned(),
        opens_on: "2026-11-21".to_owned(),
        visit_no: 1,
        previous_id: if id == "t3" { "t1".to_owned() } else { String::new() },
        submission_id: String::new(),
        updated_at: NOW,
        round: id.to_owned(),
        ..TaskRow::default()
    }
}

pub async fn tasks(db: &Db) {
    let rows = [
        task("t1", "open", "2026-12-02"),
        task("t2", "open", "2026-12-01"),
        task("t3", "planned", "2026-12-03"),
    ];
    write(db, move |tx| rows.iter().try_for_each(|row| tasks::insert(tx, row))).await;
    let filter = |after: Option<(&str, &str, &str)>| TaskFilter {
        grids: Some(vec!["G01".to_owned()]),
        types: vec!["certify.doorstep".to_owned()],
        who: vec!["adviser".to_owned()],
        names: vec!["v01".to_owned()],
        states: vec!["open", "returned"],
        after: after.map(|(due, label, id)| (due.to_owned(), label.to_owned(), id.to_owned())),
        limit: 10,
    };
    let ids = |rows: Vec<TaskRow>| rows.into_iter().map(|it| it.id).collect::<Vec<_>>();
    read(db, move |tx| {
        assert_eq!(ids(tasks::page(tx, &filter(None))?), ["t2", "t1"]);
        assert_eq!(ids(tasks::page(tx, &filter(Some(("2026-12-01", "孔月芳", "t2"))))?), ["t1"]);
        assert_eq!(tasks::revision(tx, &filter(None))?, (2, NOW));
        let everywhere = TaskFilter { grids: None, ..filter(None) };
        assert_eq!(tasks::page(tx, &everywhere)?.len(), 2);
        let nowhere = TaskFilter { grids: Some(Vec::new()), ..filter(None) };
        assert_eq!((tasks::page(tx, &nowhere)?.len(), tasks::revision(tx, &nowhere)?), (0, (0, 0)));
        assert_eq!(ids(tasks::made_by(tx, "t1")?), ["t3"]);
        assert_eq!(tasks::of_subject(tx, "residents", "r1")?.len(), 3);
        assert_eq!(tasks::count_by_type(tx)?, [("certify.doorstep".to_owned(), 3)]);
        Ok(())
    })
    .await;
    assert_eq!(write(db, |tx| tasks::open_planned(tx, "2026-11-20", NOW + 1)).await, 0);
    assert_eq!(write(db, |tx| tasks::open_planned(tx, "2026-11-21", NOW + 1)).await, 1);
    assert!(write(db, |tx| tasks::change_state(tx, "t1", "open", "submitted", NOW + 2)).await);
    assert!(
        !write(db, |tx| tasks::change_state(tx, "t1", "open", "closed", NOW + 2)).await,
        "somebody was first"
    );
    write(db, |tx| tasks::set_submission(tx, "t1", ("s1", "2026-11-22"), NOW + 3)).await;
    let found =
        read(db, |tx| tasks::get(tx, "t1")).await.map(|it| (it.state, it.submission_id, it.updated_at));
    assert_eq!(found, Some(("submitted".to_owned(), "s1".to_owned(), NOW + 3)));
    rounds(db).await;
}

/// Rounds, whose work they are, limits, and how far the schedule is.
async fn rounds(db: &Db) {
    let grid = || "G09".to_owned();
    let rows = [
        TaskRow {
            round: "r".to_owned(),
            made_by: "schedule".to_owned(),
            grid: grid(),
            ..task("t4", "closed", "2026-12-01")
        },
        TaskRow {
            round: "r".to_owned(),
            made_by: "schedule".to_owned(),
            since: "2026-11-21".to_owned(),
            who: "adviser".to_owned(),
            answer_by: NOW + 5,
            grid: grid(),
            ..task("t5", "open", "2026-12-01")
        },
        TaskRow {
            round: "s".to_owned(),
            not_who: "v01".to_owned(),
            grid: grid(),
            ..task("t6", "open", "2026-12-01")
        },
    ];
    write(db, move |tx| rows.iter().try_for_each(|row| tasks::insert(tx, row))).await;
    read(db, |tx| {
        let ids = |rows: Vec<TaskRow>| rows.into_iter().map(|it| it.id).collect::<Vec<_>>();
        let latest = tasks::latest(tx, "residents", ("r1", "r1"))?;
        assert_eq!(ids(latest), ["t5", "t6", "t1", "t2", "t3"], "t4 was followed by t5");
        assert_eq!(
            tasks::begun_on(tx, "2026-11-21")?,
            [("certify.doorstep".to_owned(), "G09".to_owned(), 1)]
        );
        let mine = |name: &str, who: &str| TaskFilter {
            grids: Some(vec!["G09".to_owned()]),
            types: vec!["certify.doorstep".to_owned()],
            who: vec![who.to_owned()],
            names: vec![name.to_owned()],
            states: vec!["open"],
            after: None,
            limit: 10,
        };
        assert_eq!(ids(tasks::page(tx, &mine("v01", "adviser"))?), ["t5"]);
        assert_eq!(ids(tasks::page(tx, &mine("v02", "studio"))?), ["t6"]);
        Ok(())
    })
    .await;
    assert_eq!(write(db, |tx| tasks::escalate(tx, NOW + 5)).await, Vec::<String>::new());
    assert_eq!(write(db, |tx| tasks::escalate(tx, NOW + 6)).await, ["t5"]);
    assert_eq!(write(db, |tx| tasks::escalate(tx, NOW + 7)).await, Vec::<String>::new(), "once");
    write(db, |tx| tasks::set_due(tx, "t5", "2026-12-09", NOW + 8)).await;
    let plan = |after_id: &str, is_done| plans::PlanRow {
        list: "residents".to_owned(),
        pack: "p1".to_owned(),
        day: "2026-11-21".to_owned(),
        after_id: after_id.to_owned(),
        is_done,
    };
    let (first, last) = (plan("r1", false), plan("r9", true));
    let expected = last.clone();
    write(db, move |tx| plans::put(tx, &first)).await;
    write(db, move |tx| plans::put(tx, &last)).await;
    assert_eq!(read(db, |tx| plans::get(tx, "residents")).await, Some(expected));
    read(db, |tx| {
        assert_eq!(entities::after(tx, "residents", "r1", 2)?.len(), 2);
        assert_eq!(entities::kinds(tx, "places")?, ["grid"]);
        Ok(())
    })
    .await;
    write(db, |tx| tx.execute("UPDATE task SET state = 'cancelled' WHERE id IN ('t4', 't5', 't6')", &[]))
        .await;
}

fn submission(id: &str, received_at: i64) -> SubmissionRow {
    SubmissionRow {
        id: id.to_owned(),
        instance_id: format!("uuid:{id}"),
        form_id: "visit".to_owned(),
        label: "孔月芳".to_owned(),
        account_id: "a1".to_owned(),
        list: "residents".to_owned(),
        subject: "r1".to_owned(),
        grid: "G01".to_owned(),
        review_state: "received".to_owned(),
        receipt_number: format!("20261121-{id}"),
        visited_on: "2026-11-21".to_owned(),
        ended_at: Some(received_at),
        offset_min: 480,
        received_at,
        ..SubmissionRow::default()
    }
}

pub async fn submissions(db: &Db) {
    write(db, |tx| {
        ["s1", "s2", "s3"]
            .iter()
            .zip(NOW..)
            .try_for_each(|(id, at)| submissions::insert(tx, &submission(id, at)))
    })
    .await;
    let double =
        SubmissionRow { id: "s4".to_owned(), receipt_number: "other".to_owned(), ..submission("s1", NOW) };
    let refused = db.write(move |tx| submissions::insert(tx, &double)).await;
    assert!(matches!(refused, Err(DbError::Unique(_))), "{refused:?}");
    let file = AttachmentRow {
        name: "face.jpg".to_owned(),
        sha256: "ab".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 10,
        width: 4,
        height: 3,
        kind: "photo".to_owned(),
        question: "正面照".to_owned(),
    };
    let flag = FlagRow {
        code: "photo.reused".to_owned(),
        reference: String::new(),
        question: "正面照".to_owned(),
        text: String::new(),
        severity: "error".to_owned(),
    };
    let event = EventRow {
        id: "e1".to_owned(),
        at: NOW,
        by_name: "徐华莉".to_owned(),
        kind: "received".to_owned(),
        text: String::new(),
    };
    let change = ChangeRow {
        list: "residents".to_owned(),
        id: "r1".to_owned(),
        operation: "update".to_owned(),
        base_version: None,
        label: String::new(),
        properties: "{}".to_owned(),
    };
    let rows = (file.clone(), flag.clone(), event.clone(), change.clone());
    write(db, move |tx| {
        let (file, flag, event, change) = rows;
        submissions::insert_attachments(tx, "s1", &[file])?;
        submissions::add_flag(tx, "s1", 0, &flag)?;
        queue::set_flags(tx, "s1", &["photo.reused"].into(), 1)?;
        submissions::add_event(tx, "s1", &event)?;
        submissions::insert_changes(tx, "s1", &[change])
    })
    .await;
    read(db, move |tx| {
        let flagged =
            SubmissionRow { flag_codes: "photo.reused".to_owned(), n_flags: 1, ..submission("s1", NOW) };
        assert_eq!(submissions::get(tx, "s1")?, Some(flagged));
        assert_eq!(submissions::by_instance(tx, "uuid:s2")?.map(|it| it.id), Some("s2".to_owned()));
        assert!(submissions::has_receipt(tx, "20261121-s1")? && !submissions::has_receipt(tx, "x")?);
        assert_eq!(submissions::attachments(tx, "s1")?, [file]);
        assert_eq!(submissions::flags(tx, "s1")?, [flag]);
        assert_eq!(submissions::events(tx, "s1")?, [event]);
        assert_eq!(submissions::changes(tx, "s1")?, [change]);
        assert_eq!(
            submissions::neighbours(tx, NOW + 1, "s2")?,
            (Some("s3".to_owned()), Some("s1".to_owned()))
        );
        assert_eq!(submissions::of_subject(tx, "residents", "r1")?.len(), 3);
        assert_eq!(submissions::of_account(tx, "a1", Some((NOW + 2, "s3".to_owned())), 10)?.len(), 2);
        let everything = SubmissionFilter {
            state: "received".to_owned(),
            grid: "G01".to_owned(),
            volunteer: "a1".to_owned(),
            flag: "photo.reused".to_owned(),
            form: "visit".to_owned(),
            q: "月芳".to_owned(),
            from: "2026-11-21".to_owned(),
            to: "2026-11-21".to_owned(),
            outcome: String::new(),
            is_late: false,
            is_without_photos: false,
            before: Some((NOW + 9, "z".to_owned())),
            limit: 5,
        };
        let found: Vec<_> = queue::page(tx, &everything)?.into_iter().map(|it| it.id).collect();
        assert_eq!(found, ["s1"]);
        assert_eq!(queue::count_by_state(tx, &everything)?, [("received".to_owned(), 1)]);
        Ok(())
    })
    .await;
    let decide =
        |tx: &mut dyn Tx| submissions::decide(tx, "s3", ("received", "approved"), ("督导员", NOW), "");
    assert!(write(db, decide).await);
    assert!(!write(db, decide).await, "somebody was first");
}

pub async fn dashboard(db: &Db) {
    read(db, |tx| {
        let holders = dashboard::holders(tx, "2026-11-21", "2027-01-20")?;
        let numbers: Vec<_> = holders
            .iter()
            .map(|it| (it.grid.as_str(), it.holders, it.certified, it.due_soon, it.overdue))
            .collect();
        assert_eq!(numbers, [("G01", 1, 0, 0, 1), ("G02", 2, 1, 1, 0)]);
        assert_eq!(dashboard::late(tx)?, (0, 0));
        assert_eq!(dashboard::open_tasks(tx)?, [("G01".to_owned(), 2)]);
        assert_eq!(
            submission_counts::by_state(tx)?,
            [("approved".to_owned(), 1), ("received".to_owned(), 2)]
        );
        assert_eq!(submission_counts::by_day(tx, "2026-11-01")?, [("2026-11-21".to_owned(), 3)]);
        assert_eq!(dashboard::top_flags(tx, 5)?, [("photo.reused".to_owned(), 1)]);
        Ok(())
    })
    .await;
}

pub async fn jobs(db: &Db) {
    write(db, |tx| {
        jobs::add(tx, "j1", "thumbnail", "ab", NOW)?;
        jobs::add(tx, "j2", "thumbnail", "ab", NOW)
    })
    .await;
    let claim = |now: i64| move |tx: &mut dyn Tx| jobs::claim(tx, now, now + 1000);
    assert_eq!(write(db, claim(NOW - 1)).await, None, "not due");
    let job = write(db, claim(NOW)).await.expect("a job");
    assert_eq!((job.id.as_str(), job.attempts), ("j1", 1));
    assert_eq!(write(db, claim(NOW + 1)).await, None, "somebody holds it");
    assert_eq!(write(db, claim(NOW + 1001)).await.map(|it| it.attempts), Some(2), "the lease ran out");
    write(db, |tx| jobs::put_back(tx, "j1", NOW + 5000, "disk full")).await;
    assert_eq!(write(db, claim(NOW + 5000)).await.map(|it| it.attempts), Some(3));
    write(db, |tx| jobs::remove(tx, "j1")).await;
    assert_eq!(write(db, claim(NOW + 99_999)).await, None);
}

pub async fn imports(db: &Db) {
    let row = imports::ImportRow {
        id: "i1".to_owned(),
        list: "residents".to_owned(),
        file_name: "名册.xlsx".to_owned(),
        sha256: "cd".to_owned(),
        state: "reading".to_owned(),
        account_id: "a1".to_owned(),
        progress: (0, 0),
        report: "{}".to_owned(),
    };
    write(db, move |tx| imports::insert(tx, &row, NOW)).await;
    write(db, |tx| imports::set_report(tx, "i1", "{\"new\":1}", 5, 9)).await;
    assert!(write(db, |tx| imports::change_state(tx, "i1", "reading", "applying")).await);
    assert!(!write(db, |tx| imports::change_state(tx, "i1", "reading", "applying")).await);
    assert!(!write(db, |tx| imports::delete(tx, "i1")).await, "not while it is applied");
    let found = read(db, |tx| imports::get(tx, "i1")).await.map(|it| (it.state, it.progress, it.file_name));
    assert_eq!(found, Some(("applying".to_owned(), (5, 9), "名册.xlsx".to_owned())));
    assert!(write(db, |tx| imports::change_state(tx, "i1", "applying", "applied")).await);
    assert!(write(db, |tx| imports::delete(tx, "i1")).await);
}

pub async fn audit(db: &Db) {
    let row = |id: &str| audit::AuditRow {
        id: id.to_owned(),
        at: NOW,
        account_id: "a1".to_owned(),
        action: "resident.read".to_owned(),
        target: "r1".to_owned(),
        detail: String::new(),
    };
    let rows = [row("x2"), row("x1")];
    write(db, move |tx| rows.iter().try_for_each(|it| audit::insert(tx, it))).await;
    assert_eq!(read(db, audit::head).await, (0, String::new()));
    let waiting: Vec<String> =
        read(db, |tx| audit::unsealed(tx, 10)).await.into_iter().map(|it| it.id).collect();
    assert_eq!(waiting, ["x1", "x2"]);
    write(db, |tx| audit::seal(tx, "x1", 1, "h1")).await;
    assert!(write(db, |tx| audit::move_head(tx, 0, 1, "h1")).await);
    assert!(!write(db, |tx| audit::move_head(tx, 0, 1, "h1")).await, "another sealer was first");
    let sealed = read(db, |tx| audit::sealed_after(tx, 0, 10)).await;
    assert_eq!(
        sealed.into_iter().map(|(row, seq, hash)| (row.id, seq, hash)).collect::<Vec<_>>(),
        [("x1".to_owned(), 1, "h1".to_owned())]
    );
    assert_eq!(read(db, audit::head).await, (1, "h1".to_owned()));
    let told = audit::AuditRow { action: "visit.erase".to_owned(), detail: "7 days".to_owned(), ..row("x3") };
    write(db, move |tx| audit::insert(tx, &told)).await;
    let since =
        async |seq, action, target| read(db, move |tx| audit::detail_since(tx, seq, action, target)).await;
    assert_eq!(since(1, "visit.erase", "r1").await.as_deref(), Some("7 days"), "without a place yet");
    write(db, |tx| audit::seal(tx, "x3", 2, "h2")).await;
    assert_eq!(since(1, "visit.erase", "r1").await.as_deref(), Some("7 days"), "in the chain");
    assert_eq!(since(2, "visit.erase", "r1").await, None, "told before");
    assert_eq!(since(1, "visit.erase", "r2").await, None, "of another");
    assert_eq!(since(2, "resident.read", "r1").await.as_deref(), Some(""), "x2 has no place");
}
