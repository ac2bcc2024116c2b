//! The chapter of uploads: how they grow, what an account has, and what is swept.

use doorstep::store::accounts::{self, AccountRow};
use doorstep::store::db::{Db, DbError, Tx};
use doorstep::store::erasures;
use doorstep::store::submissions::{self, AttachmentRow, SubmissionRow};
use doorstep::store::uploads::{self, PieceRow, UploadRow};

const NOW: i64 = 1_795_226_400_000;

async fn write<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError> + Send + 'static,
) -> T {
    db.write(work).await.expect("written")
}

fn upload(id: &str, account_id: &str, sha256: &str) -> UploadRow {
    UploadRow {
        id: id.to_owned(),
        account_id: account_id.to_owned(),
        sha256: sha256.to_owned(),
        length_bytes: 100,
        offset_bytes: 0,
        metadata: "filename 6Zeo".to_owned(),
        is_complete: false,
        expires_at: NOW,
    }
}

fn piece(offset_bytes: i64, size_bytes: i64) -> PieceRow {
    PieceRow { offset_bytes, size_bytes, name: format!("{offset_bytes}-x") }
}

fn account(id: &str) -> AccountRow {
    AccountRow {
        id: id.to_owned(),
        username: id.to_owned(),
        name: "另一位".to_owned(),
        role: "volunteer".to_owned(),
        grids: "G01".to_owned(),
        locale: "zh-CN".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        active: true,
    }
}

/// `mine` is an account that is there; `other` is made.
pub async fn tell(db: &Db, mine: &'static str, other: &'static str) {
    write(db, move |tx| {
        accounts::insert(tx, &account(other), NOW)?;
        uploads::insert(tx, &upload("u1", mine, "f1"))?;
        uploads::insert(tx, &upload("u2", mine, "f1"))?;
        uploads::insert(tx, &upload("u3", mine, "f3"))?;
        uploads::insert(tx, &upload("u4", other, "f1"))
    })
    .await;
    let taken = db.write(move |tx| uploads::insert(tx, &upload("u1", other, "f9"))).await;
    assert!(matches!(taken, Err(DbError::Unique(_))));

    let (is_first, is_late, is_next, is_beyond) = write(db, |tx| {
        Ok((
            uploads::append(tx, "u2", &piece(0, 60), NOW + 5)?,
            uploads::append(tx, "u2", &piece(0, 30), NOW + 5)?,
            uploads::append(tx, "u2", &piece(60, 30), NOW + 7)?,
            uploads::append(tx, "u2", &piece(90, 30), NOW + 9)?,
        ))
    })
    .await;
    assert_eq!((is_first, is_late, is_next, is_beyond), (true, false, true, false));
    let (row, strangers, pieces, of_file) = write(db, move |tx| {
        Ok((
            uploads::get(tx, mine, "u2")?,
            uploads::get(tx, other, "u2")?,
            uploads::pieces(tx, "u2")?,
            uploads::of_file(tx, mine, "f1")?,
        ))
    })
    .await;
    let grown = UploadRow { offset_bytes: 90, expires_at: NOW + 7, ..upload("u2", mine, "f1") };
    assert_eq!((row, strangers), (Some(grown.clone()), None));
    assert_eq!(pieces, [piece(0, 60), piece(60, 30)]);
    assert_eq!(of_file, [grown, upload("u1", mine, "f1")]);
    assert_eq!(write(db, move |tx| uploads::usage(tx, mine)).await, (3, 300));
    assert_eq!(write(db, |tx| uploads::usage(tx, "nobody")).await, (0, 0));

    // Whole by its bytes, then under its hash, then named by a visit.
    write(db, |tx| uploads::append(tx, "u2", &piece(90, 10), NOW + 8)).await;
    assert_eq!(write(db, uploads::held_hashes).await, ["f1"]);
    assert!(!write(db, |tx| erasures::is_needed(tx, "f1")).await);
    let completed = write(db, |tx| {
        Ok((
            uploads::complete(tx, "u2", NOW + 9)?,
            uploads::complete(tx, "u2", NOW + 9)?,
            uploads::pieces(tx, "u2")?,
        ))
    });
    assert_eq!(completed.await, (true, false, Vec::new()));
    assert!(write(db, |tx| erasures::is_needed(tx, "f1")).await);
    assert_eq!(write(db, move |tx| uploads::usage(tx, mine)).await, (2, 300));
    write(db, move |tx| uploads::release(tx, other, "f1")).await;
    assert!(write(db, |tx| uploads::exists(tx, "u4")).await, "nothing of it was complete");
    write(db, move |tx| uploads::release(tx, mine, "f1")).await;
    assert!(!write(db, |tx| uploads::exists(tx, "u2")).await);
    assert!(write(db, |tx| uploads::exists(tx, "u1")).await, "another phone may still be at it");

    let due = write(db, |tx| uploads::due(tx, NOW, 2)).await;
    assert_eq!(due.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["u1", "u3"]);
    assert!(write(db, |tx| uploads::due(tx, NOW - 1, 9)).await.is_empty());
    let removed = write(db, |tx| Ok((uploads::remove(tx, "u1")?, uploads::remove(tx, "u1")?)));
    assert_eq!(removed.await, (true, false));
    write(db, |tx| uploads::remove(tx, "u3").and(uploads::remove(tx, "u4"))).await;
    visits(db, mine, other).await;

    let asked = write(db, move |tx| {
        let asked = [(mine, "d1"), (mine, "d1"), (other, "d1")];
        asked
            .into_iter()
            .map(|(who, digest)| uploads::ask_again(tx, who, digest, NOW))
            .collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(asked.await, [true, false, true]);
    let again = write(db, move |tx| {
        uploads::forget_asked_before(tx, NOW)?;
        let is_kept = !uploads::ask_again(tx, mine, "d1", NOW)?;
        uploads::forget_asked_before(tx, NOW + 1)?;
        Ok((is_kept, uploads::ask_again(tx, mine, "d1", NOW)?))
    });
    assert_eq!(again.await, (true, true));
}

/// A file is known by a visit for as long as that keeps its files.
async fn visits(db: &Db, mine: &'static str, other: &'static str) {
    let submission = SubmissionRow {
        id: "s-upload".to_owned(),
        instance_id: "uuid:upload".to_owned(),
        account_id: mine.to_owned(),
        review_state: "approved".to_owned(),
        receipt_number: "20250101-UPLOAD".to_owned(),
        visited_on: "2025-01-01".to_owned(),
        ..SubmissionRow::default()
    };
    let file = AttachmentRow {
        name: "a.jpg".to_owned(),
        sha256: "f7".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 10,
        width: 4,
        height: 3,
        kind: "photo".to_owned(),
        question: String::new(),
    };
    let sizes = write(db, move |tx| {
        submissions::insert(tx, &submission)?;
        submissions::insert_attachments(tx, "s-upload", &[file])?;
        erasures::keep(tx, "s-upload", ("form f", None), NOW)?;
        let kept = (uploads::size_in_visits(tx, mine, "f7")?, uploads::size_in_visits(tx, other, "f7")?);
        erasures::let_go(tx, "s-upload")?;
        Ok((kept, uploads::size_in_visits(tx, mine, "f7")?))
    });
    assert_eq!(sizes.await, ((Some(10), None), None));
}
