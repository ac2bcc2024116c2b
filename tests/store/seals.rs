//! The chapter of the phones' keys, their chains, and flags that come and go.

use doorstep::store::db::{Db, DbError, Tx};
use doorstep::store::devices::{self, KeyRow};
use doorstep::store::seals::{self, SealRow};
use doorstep::store::submissions::{self, FlagRow, SubmissionRow};

const NOW: i64 = 1_795_226_400_000;

fn key(id: &str, enrolled_at: i64) -> KeyRow {
    KeyRow {
        id: id.to_owned(),
        account_id: "a1".to_owned(),
        device_id: "phone-1".to_owned(),
        label: "Android 10".to_owned(),
        public_key: "04".to_owned(),
        enrolled_at,
        revoked_at: 0,
        revoked_by: String::new(),
        head_counter: 0,
        head_digest: String::new(),
    }
}

fn link(counter: i64) -> SealRow {
    SealRow {
        digest: format!("d{counter}"),
        key_id: "k1".to_owned(),
        counter,
        previous: if counter == 1 { String::new() } else { format!("d{}", counter - 1) },
        submission_id: "s2".to_owned(),
        is_replaced: counter == 2,
    }
}

pub async fn tell(db: &Db) {
    let told: Result<(), DbError> =
        db.write(|tx| keys(tx).and_then(|()| chain(tx)).and_then(|()| flags(tx))).await;
    told.expect("told");
}

fn keys(tx: &mut dyn Tx) -> Result<(), DbError> {
    assert!(devices::insert(tx, &key("k1", NOW))? && devices::insert(tx, &key("k2", NOW + 1))?);
    assert!(!devices::insert(tx, &key("k1", NOW + 2))?, "it is there");
    assert_eq!(devices::get(tx, "k1")?, Some(key("k1", NOW)));
    assert_eq!(devices::get_locked(tx, "k3")?, None);
    let page = devices::page(tx, (i64::MIN, ""), 1)?;
    assert_eq!(page, [(key("k1", NOW), "徐华莉".to_owned())]);
    assert_eq!(devices::page(tx, (NOW, "k1"), 9)?.len(), 1);
    assert!(devices::revoke(tx, "k2", NOW + 3, "督导员")? && !devices::revoke(tx, "k2", NOW + 4, "another")?);
    let revoked = KeyRow { revoked_at: NOW + 3, revoked_by: "督导员".to_owned(), ..key("k2", NOW + 1) };
    assert_eq!(devices::get_locked(tx, "k2")?, Some(revoked));
    Ok(())
}

fn chain(tx: &mut dyn Tx) -> Result<(), DbError> {
    for counter in [2, 1, 3] {
        assert!(seals::insert(tx, &link(counter))?);
        devices::move_head(tx, "k1", counter, &link(counter).digest)?;
    }
    assert!(!seals::insert(tx, &link(2))?, "it is there");
    assert_eq!(seals::by_digest(tx, "d2")?, Some(link(2)));
    assert_eq!(seals::by_digest(tx, "d9")?, None);
    assert_eq!(seals::at(tx, "k1", 3)?, [link(3)]);
    assert_eq!(seals::following(tx, "k1", "d1")?, [link(2)]);
    assert_eq!(seals::of_submission(tx, "s2")?, [link(1), link(2), link(3)]);
    assert_eq!(seals::of_key(tx, "k1", (1, "d1"), 1)?, [link(2)]);
    let head = devices::get(tx, "k1")?.map(|it| (it.head_counter, it.head_digest));
    assert_eq!(head, Some((3, "d3".to_owned())), "the highest, in whatever order they came");
    Ok(())
}

fn flags(tx: &mut dyn Tx) -> Result<(), DbError> {
    let flag = |code: &str| FlagRow {
        code: code.to_owned(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: "warning".to_owned(),
    };
    let counted = |tx: &mut dyn Tx| -> Result<(String, i64), DbError> {
        let row: SubmissionRow = submissions::get(tx, "s2")?.expect("stored");
        Ok((row.flag_codes, row.n_flags))
    };
    assert!(seals::raise_flag(tx, "s2", &flag("seal.chain_gap"))?);
    assert!(seals::raise_flag(tx, "s2", &flag("seal.chain_fork"))?);
    assert!(!seals::raise_flag(tx, "s2", &flag("seal.chain_gap"))?, "it is there");
    assert_eq!(counted(tx)?, ("seal.chain_fork seal.chain_gap".to_owned(), 2));
    assert_eq!(seals::flagged(tx, "a1", "seal.chain_gap")?, ["s2"]);
    assert!(
        seals::lower_flag(tx, "s2", "seal.chain_gap")? && !seals::lower_flag(tx, "s2", "seal.chain_gap")?
    );
    assert!(seals::raise_flag(tx, "s2", &flag("seal.chain_gap"))?, "behind what is left");
    for code in ["seal.chain_gap", "seal.chain_fork"] {
        assert!(seals::lower_flag(tx, "s2", code)?);
    }
    assert_eq!(counted(tx)?, (String::new(), 0));
    assert!(seals::flagged(tx, "a1", "seal.chain_gap")?.is_empty());
    Ok(())
}
