//! The chapters of pictures: what they look like, whose they are like, and how long they stay.

use doorstep::store::db::{Db, DbError, Tx};
use doorstep::store::photos::{self, Elsewhere, PhotoRow};
use doorstep::store::submissions::{self, AttachmentRow, FlagRow, SubmissionRow};
use doorstep::store::{erasures, likeness};

const NOW: i64 = 1_795_226_400_000;
const SHOWN: u64 = 0x8000_1234_FFFF_0001;

async fn write<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError> + Send + 'static,
) -> T {
    db.write(work).await.expect("written")
}

fn submission(id: &str, subject: &str) -> SubmissionRow {
    SubmissionRow {
        id: id.to_owned(),
        instance_id: format!("uuid:{id}"),
        label: subject.to_owned(),
        account_id: "a9".to_owned(),
        account_name: "徐华莉".to_owned(),
        list: "households".to_owned(),
        subject: subject.to_owned(),
        review_state: "approved".to_owned(),
        receipt_number: format!("20250101-{id}"),
        visited_on: "2025-01-01".to_owned(),
        visited_at: NOW,
        received_at: 0,
        ..SubmissionRow::default()
    }
}

fn file(sha256: &str) -> AttachmentRow {
    AttachmentRow {
        name: "door.jpg".to_owned(),
        sha256: sha256.to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 10,
        width: 4,
        height: 3,
        kind: "photo".to_owned(),
        question: String::new(),
    }
}

fn photo(likeness: u64) -> PhotoRow {
    PhotoRow {
        name: "door.jpg".to_owned(),
        likeness: Some(likeness),
        sharpness: Some(500),
        extras: "exif place".to_owned(),
        n_stray: 3,
        ..PhotoRow::default()
    }
}

pub async fn likenesses(db: &Db) {
    let found = write(db, |tx| {
        // One bit of each part away, two of each part away, and far away.
        let near = [SHOWN ^ 0x0001_0001_0001_0001, SHOWN ^ 0x0003_0003_0003_0003, !SHOWN];
        near.into_iter().chain([SHOWN, SHOWN]).try_for_each(|it| likeness::insert(tx, it))?;
        likeness::near(tx, SHOWN)
    })
    .await;
    assert_eq!(found, [(SHOWN, 0), (SHOWN ^ 0x0001_0001_0001_0001, 4)]);
    let nothing = write(db, |tx| {
        for it in [SHOWN, SHOWN ^ 0x0001_0001_0001_0001, SHOWN ^ 0x0003_0003_0003_0003, !SHOWN] {
            likeness::remove_unused(tx, it)?;
        }
        likeness::near(tx, SHOWN)
    });
    assert_eq!(nothing.await, []);
}

pub async fn photos(db: &Db) {
    write(db, |tx| {
        for (id, subject, sha256, shown) in [("p1", "h1", "9f", SHOWN), ("p2", "h2", "9f", SHOWN ^ 1)] {
            submissions::insert(tx, &submission(id, subject))?;
            submissions::insert_attachments(tx, id, &[file(sha256)])?;
            photos::insert(tx, id, &photo(shown))?;
            photos::insert(tx, id, &photo(0))?;
        }
        Ok(())
    })
    .await;
    write(db, |tx| {
        let (first, other) =
            (submission("p1", "h1"), Elsewhere { submission_id: "p2".into(), name: "door.jpg".into() });
        assert_eq!(photos::of_submission(tx, "p1")?, [photo(SHOWN)], "the first word counts");
        assert!(photos::finish(tx, "p1", NOW)? && !photos::finish(tx, "p1", NOW + 1)?);
        assert_eq!(photos::with_same_file(tx, &first, "9f", 5)?, std::slice::from_ref(&other));
        assert_eq!(photos::with_likeness(tx, &first, SHOWN ^ 1, 5)?, std::slice::from_ref(&other));
        assert_eq!(photos::with_likeness(tx, &first, SHOWN, 5)?, [], "not itself");
        let same_visit = SubmissionRow { subject: "h2".to_owned(), ..first.clone() };
        assert_eq!(
            photos::with_same_file(tx, &same_visit, "9f", 5)?,
            [],
            "one day, one household, one volunteer"
        );
        let found = std::slice::from_ref(&other);
        let next_day = SubmissionRow { visited_on: "2025-01-02".to_owned(), ..same_visit.clone() };
        assert_eq!(photos::with_same_file(tx, &next_day, "9f", 5)?, found, "on another day");
        assert_eq!(photos::with_likeness(tx, &next_day, SHOWN ^ 1, 5)?, found);
        let somebody = SubmissionRow { account_id: "a8".to_owned(), ..same_visit };
        assert_eq!(photos::with_same_file(tx, &somebody, "9f", 5)?, found, "by another volunteer");
        let corrects = "uuid:p2".to_owned();
        let correction = SubmissionRow { deprecated_id: corrects.clone(), ..next_day };
        assert_eq!(photos::with_same_file(tx, &correction, "9f", 5)?, [], "what was sent back is sent again");
        let claims = SubmissionRow { deprecated_id: corrects, ..first };
        assert_eq!(
            photos::with_same_file(tx, &claims, "9f", 5)?,
            found,
            "another household is no correction"
        );
        photos::insert_match(tx, ("p1", "door.jpg"), &other, 1, false)?;
        photos::insert_match(tx, ("p1", "door.jpg"), &other, 1, false)?;
        let matches = photos::matches(tx, "p1")?;
        assert_eq!((matches.len(), matches[0].label.as_str(), matches[0].erased_at), (1, "h2", None));
        let flag = FlagRow {
            code: "photo.likeness_reused".to_owned(),
            reference: String::new(),
            question: String::new(),
            text: String::new(),
            severity: "error".to_owned(),
        };
        photos::add_flags(tx, "p1", &[flag])?;
        let row = submissions::get(tx, "p1")?.expect("there");
        assert_eq!((row.n_flags, row.flag_codes.as_str()), (1, "photo.likeness_reused"));
        Ok(())
    })
    .await;
}

pub async fn retention(db: &Db) {
    write(db, |tx| {
        erasures::keep(tx, "p1", ("visit", None), 0)?;
        erasures::keep(tx, "p2", ("visit", None), 10)?;
        assert_eq!(erasures::due(tx, "visit", 9, 5)?, ["p1"]);
        assert_eq!(erasures::due(tx, "other", 9, 5)?, [""; 0]);
        assert!(erasures::set_held(tx, "p1", true)? && !erasures::set_held(tx, "p1", true)?);
        assert!(!erasures::let_go(tx, "p1")?, "held");
        assert_eq!(erasures::due(tx, "visit", 10, 5)?, ["p2"]);
        assert!(erasures::set_held(tx, "p1", false)?);
        assert!(erasures::let_go(tx, "p1")? && !erasures::let_go(tx, "p1")?);
        erasures::insert(tx, "p1", "9f", NOW, "visit P30D")?;
        erasures::insert(tx, "p1", "9f", NOW + 1, "visit P30D")?;
        photos::forget(tx, "p1")?;
        assert_eq!(likeness::near(tx, SHOWN)?, [(SHOWN ^ 1, 1)]);
        assert_eq!(erasures::of_submission(tx, "p1")?, Some((NOW, "visit P30D".to_owned())));
        assert!(erasures::kept(tx, "p1")?.is_none() && erasures::kept(tx, "p2")?.is_some());
        assert!(erasures::is_needed(tx, "9f")?, "by the other visit");
        assert_eq!(erasures::erased_on(tx, "9f")?, None);
        assert_eq!(erasures::next_rule(tx, "")?.as_deref(), Some("visit"));
        assert_eq!(erasures::next_rule(tx, "visit")?, None);
        assert_eq!(erasures::due_by_own_days(tx, "visit", NOW, 5)?, [], "for good");
        assert!(erasures::let_go(tx, "p2")?);
        erasures::keep(tx, "p2", ("gone", Some(2)), 10)?;
        assert_eq!(erasures::kept(tx, "p2")?.and_then(|it| it.keep_days), Some(2));
        assert_eq!(erasures::due_by_own_days(tx, "gone", 2 * 86_400_000 + 9, 5)?, []);
        assert_eq!(erasures::due_by_own_days(tx, "gone", 2 * 86_400_000 + 10, 5)?, [("p2".to_owned(), 2)]);
        assert!(erasures::let_go(tx, "p2")?);
        assert_eq!((erasures::erased_on(tx, "9f")?, erasures::erased_on(tx, "ef")?), (Some(NOW), None));
        Ok(())
    })
    .await;
}
