//! What holds for every transaction, whatever is written or read in it.

use doorstep::params;
use doorstep::store::db::{Db, DbError, Tx};

/// An error undoes its own closure and no other; a snapshot can't be written to; a panic stops nobody else.
pub async fn undone_alone(db: &Db) {
    let add = |name: &'static str, fails: bool| {
        db.write(move |tx| {
            tx.execute("INSERT INTO migration (name) VALUES (?1)", params![name])?;
            if fails { Err(DbError::Stopped) } else { Ok(()) }
        })
    };
    let (kept, undone, also_kept) =
        tokio::join!(add("kept", false), add("undone", true), add("also kept", false));
    assert!(kept.is_ok() && also_kept.is_ok());
    assert_eq!(undone, Err(DbError::Stopped));
    let broken = db.write(|_| -> Result<(), DbError> { panic!("a broken invariant") }).await;
    assert!(matches!(broken, Err(DbError::Other(_))), "{broken:?}");
    let written = db.read(|tx| tx.execute("DELETE FROM migration", params![])).await;
    assert!(written.is_err(), "a reader wrote");
    let names = db.read(|tx| tx.query("SELECT name FROM migration ORDER BY name", params![])).await;
    let names = names.expect("read");
    let names: Vec<String> = names.iter().map(|row| row.get(0).expect("text")).collect();
    let (migrations, added): (Vec<_>, Vec<_>) = names.iter().partition(|it| it.starts_with('0'));
    assert_eq!(migrations[0], "0001_start");
    assert_eq!(added, ["also kept", "kept"]);
}

/// Those that look something up together each get their own, see what was committed before they asked, and write nothing.
pub async fn looked_up_together(db: &Db) {
    for n in 0..20_i64 {
        let add = move |tx: &mut dyn Tx| {
            tx.execute("UPDATE migration SET name = ?1 WHERE name LIKE 'kept%'", params![format!("kept {n}")])
        };
        assert_eq!(db.write(add).await, Ok(1));
        let look = |wanted: i64| {
            db.look_up(move |tx| {
                let row = tx.first("SELECT name FROM migration WHERE name LIKE 'kept%'", params![])?;
                let row = row.ok_or(DbError::Column(0))?;
                Ok::<_, DbError>((row.get::<String>(0)?, wanted))
            })
        };
        let broken = db.look_up(|_| -> Result<(), DbError> { panic!("a broken invariant") });
        let written = db.look_up(|tx| tx.execute("DELETE FROM migration", params![]));
        let (a, broken, written, b) = tokio::join!(look(1), broken, written, look(2));
        assert_eq!((a, b), (Ok((format!("kept {n}"), 1)), Ok((format!("kept {n}"), 2))));
        assert!(matches!(broken, Err(DbError::Other(_))), "{broken:?}");
        assert!(written.is_err(), "a reader wrote");
    }
}
