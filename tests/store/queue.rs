//! The review queue beside a search through every row: whatever is asked for, both say the same, page by page.

use doorstep::store::db::{Db, DbError};
use doorstep::store::queue::{self, MOST_COUNTED, SubmissionFilter};
use doorstep::store::submission_counts;
use doorstep::store::submissions::{self, SubmissionRow};

/// A day before every other part of the story.
const BEGIN: i64 = 1_700_000_000_000;
const N: usize = 240;
const STATES: [&str; 5] = ["received", "edited", "hasIssues", "approved", "rejected"];
const LABELS: [&str; 6] = ["王小虎", "王芳", "欧阳雪梅", "李雪", "Anna Wang", "东区 7 号楼"];

pub async fn tell(db: &Db) {
    let rows: Vec<SubmissionRow> = (0..N).map(row).collect();
    let written = rows.clone();
    let all = db.write(move |tx| written.iter().try_for_each(|it| submissions::insert(tx, it))).await;
    all.expect("written");
    for (i, filter) in filters().into_iter().enumerate() {
        let mut expected: Vec<&SubmissionRow> = rows.iter().filter(|it| fits(it, &filter)).collect();
        expected.sort_by_key(|it| std::cmp::Reverse((it.received_at, it.id.clone())));
        let expected: Vec<&str> = expected.iter().map(|it| it.id.as_str()).collect();
        let found = pages(db, filter.clone()).await;
        assert_eq!(found, expected, "{i}: {filter:?}");
        let asked = filter.clone();
        let counts = db.read(move |tx| queue::count_by_state(tx, &asked)).await.expect("counted");
        for state in STATES {
            let of_state = SubmissionFilter { state: state.to_owned(), ..filter.clone() };
            let n = rows.iter().filter(|it| fits(it, &of_state)).count() as i64;
            let counted = counts.iter().find(|(it, _)| it == state).map_or(0, |(_, n)| *n);
            assert_eq!(counted, n.min(MOST_COUNTED), "{i}: {state} of {filter:?}");
        }
    }
    a_decision_is_followed(db, &rows[0].id).await;
}

/// Returns the ids of every page, seven at a time.
async fn pages(db: &Db, mut filter: SubmissionFilter) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let asked = filter.clone();
        let page: Vec<SubmissionRow> = db.read(move |tx| queue::page(tx, &asked)).await.expect("a page");
        // Rows of other parts of the story are newer.
        found.extend(page.iter().filter(|it| it.id.starts_with('q')).map(|it| it.id.clone()));
        let Some(last) = page.last() else { return found };
        filter.before = Some((last.received_at, last.id.clone()));
    }
}

fn row(i: usize) -> SubmissionRow {
    // Several at the same millisecond: the id decides.
    let received_at = BEGIN + (i / 3) as i64 * 1000;
    SubmissionRow {
        id: format!("q{:03}", (i * 7) % N),
        instance_id: format!("uuid:q{i}"),
        form_id: ["visit", "patrol"][i % 2].to_owned(),
        label: LABELS[i % LABELS.len()].to_owned(),
        account_id: format!("queue{}", i % 4),
        grid: format!("Q0{}", i % 5),
        outcome: ["certified", "absent", ""][i % 3].to_owned(),
        review_state: STATES[i % 7 % STATES.len()].to_owned(),
        receipt_number: format!("202311{:02}-Q{i:05}", 1 + i % 20),
        visited_on: format!("2023-11-{:02}", 1 + i % 20),
        flag_codes: ["", "photo.reused", "photo.reused seal.missing", ""][i % 4].to_owned(),
        n_photos: (i % 3) as i64,
        received_at,
        ..SubmissionRow::default()
    }
}

fn filters() -> Vec<SubmissionFilter> {
    let any = SubmissionFilter { limit: 7, to: "2023-12-31".to_owned(), ..SubmissionFilter::default() };
    let with = |change: &dyn Fn(&mut SubmissionFilter)| {
        let mut filter = any.clone();
        change(&mut filter);
        filter
    };
    vec![
        any.clone(),
        with(&|it| it.state = "hasIssues".to_owned()),
        with(&|it| it.grid = "Q03".to_owned()),
        with(&|it| it.volunteer = "queue1".to_owned()),
        with(&|it| it.form = "patrol".to_owned()),
        with(&|it| it.outcome = "absent".to_owned()),
        with(&|it| it.flag = "photo.reused".to_owned()),
        with(&|it| (it.flag, it.state) = ("seal.missing".to_owned(), "received".to_owned())),
        with(&|it| it.from = "2023-11-05".to_owned()),
        with(&|it| (it.from, it.to) = ("2023-11-05".to_owned(), "2023-11-07".to_owned())),
        with(&|it| {
            (it.from, it.to, it.state) = ("2023-11-05".into(), "2023-11-07".into(), "received".into())
        }),
        with(&|it| it.to = "2023-11-04".to_owned()),
        with(&|it| it.from = "2024-01-01".to_owned()),
        with(&|it| it.is_without_photos = true),
        with(&|it| (it.from, it.is_without_photos) = ("2023-11-05".to_owned(), true)),
        with(&|it| (it.grid, it.from) = ("Q03".to_owned(), "2023-11-05".to_owned())),
        with(&|it| (it.grid, it.to) = ("Q03".to_owned(), String::new())),
        with(&|it| (it.volunteer, it.to) = ("queue1".to_owned(), String::new())),
        with(&|it| (it.q, it.grid, it.to) = ("王".to_owned(), "Q01".to_owned(), String::new())),
        with(&|it| (it.q, it.to) = ("欧阳雪梅".to_owned(), String::new())),
        with(&|it| it.q = "雪".to_owned()),
        with(&|it| it.q = "欧阳雪".to_owned()),
        with(&|it| it.q = "wang".to_owned()),
        with(&|it| (it.q, it.state) = ("王".to_owned(), "approved".to_owned())),
        with(&|it| it.q = "20231103-q000".to_owned()),
        with(&|it| it.q = "Q00017".to_owned()),
        with(&|it| it.q = "没有这个人".to_owned()),
        with(&|it| (it.q, it.flag, it.grid) = ("王".into(), "photo.reused".into(), "Q01".into())),
        with(&|it| (it.grid, it.form, it.outcome) = ("Q02".into(), "visit".into(), "certified".into())),
    ]
    .into_iter()
    .chain(joined())
    .collect()
}

/// Returns every two things that can be asked for together, and all of them with a third.
fn joined() -> Vec<SubmissionFilter> {
    let parts: [fn(&mut SubmissionFilter); 10] = [
        |it| it.state = "received".to_owned(),
        |it| it.grid = "Q00".to_owned(),
        |it| it.volunteer = "queue0".to_owned(),
        |it| it.form = "visit".to_owned(),
        |it| it.outcome = "certified".to_owned(),
        |it| it.flag = "photo.reused".to_owned(),
        |it| it.is_without_photos = true,
        |it| it.from = "2023-11-03".to_owned(),
        |it| it.to = "2023-11-15".to_owned(),
        |it| it.q = "王".to_owned(),
    ];
    let any = || SubmissionFilter { limit: 7, to: "2023-12-31".to_owned(), ..SubmissionFilter::default() };
    let mut joined = Vec::new();
    for first in 0..parts.len() {
        for second in 0..first {
            let mut two = any();
            parts[first](&mut two);
            parts[second](&mut two);
            let mut three = two.clone();
            parts[(first + second) % parts.len()](&mut three);
            joined.extend([two, three]);
        }
    }
    joined
}

fn fits(row: &SubmissionRow, filter: &SubmissionFilter) -> bool {
    let equals = [
        (&filter.state, &row.review_state),
        (&filter.grid, &row.grid),
        (&filter.volunteer, &row.account_id),
        (&filter.form, &row.form_id),
        (&filter.outcome, &row.outcome),
    ];
    let q = filter.q.to_lowercase();
    let number = row.receipt_number.to_lowercase();
    equals.iter().all(|(wanted, is)| wanted.is_empty() || wanted == is)
        && (filter.flag.is_empty() || row.flag_codes.split(' ').any(|it| it == filter.flag))
        && (filter.from.is_empty() || row.visited_on >= filter.from)
        && (filter.to.is_empty() || row.visited_on <= filter.to)
        && (!filter.is_without_photos || row.n_photos == 0)
        && (row.label.to_lowercase().contains(&q) || number.starts_with(&q) || number[9..].starts_with(&q))
}

/// A flagged submission leaves the queue of its state with a decision.
async fn a_decision_is_followed(db: &Db, id: &str) {
    let id = id.to_owned();
    db.write(move |tx| {
        let row = submissions::get(tx, &id)?.expect("there");
        queue::set_flags(tx, &id, &["seal.late"].into(), 1)?;
        let flagged = |state: &str| SubmissionFilter {
            flag: "seal.late".to_owned(),
            state: state.to_owned(),
            limit: 5,
            ..SubmissionFilter::default()
        };
        let named = |state: &str| SubmissionFilter {
            q: row.label.clone(),
            state: state.to_owned(),
            limit: 500,
            ..SubmissionFilter::default()
        };
        let has = |rows: &[SubmissionRow]| rows.iter().any(|it| it.id == row.id);
        assert!(has(&queue::page(tx, &named(&row.review_state))?));
        assert_eq!(queue::page(tx, &flagged(&row.review_state))?.len(), 1);
        assert!(submissions::decide(tx, &id, (&row.review_state, "approved"), ("督导员", 1), "")?);
        assert_eq!(queue::page(tx, &flagged(&row.review_state))?.len(), 0);
        assert_eq!(queue::page(tx, &flagged("approved"))?.len(), 1);
        assert!(!has(&queue::page(tx, &named(&row.review_state))?));
        assert!(has(&queue::page(tx, &named("approved"))?));
        queue::set_flags(tx, &id, &[].into(), 0)?;
        assert_eq!(queue::page(tx, &flagged(""))?.len(), 0);
        assert_eq!(queue::enter_some(tx, 10)?, 0, "everything that is stored now is entered");
        let mut scan = |column: &str| -> Result<Vec<(String, i64)>, DbError> {
            let sql =
                format!("SELECT {column}, count(*) FROM submission GROUP BY {column} ORDER BY {column}");
            tx.query(&sql, &[])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
        };
        let (by_state, by_day) = (scan("review_state")?, scan("visited_on")?);
        assert_eq!(submission_counts::by_state(tx)?, by_state, "counts follow a decision");
        assert_eq!(submission_counts::by_day(tx, "")?, by_day);
        Ok::<_, DbError>(())
    })
    .await
    .expect("told");
}
