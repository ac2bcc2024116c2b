//! The store: one story, told to SQLite and to PostgreSQL. Each store function is called once at least; both
//! databases must give the same answers.

mod pictures;
mod queue;
mod seals;
mod settling;
mod story;
mod transactions;
mod uploads;

use doorstep::store::db::Db;
use doorstep::store::file_key::FileKey;
use doorstep::store::migrate::migrate;
use doorstep_tests::postgres::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_tells_the_story() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::sqlite(&folder.path().join("story.sqlite"), &FileKey::of(&[7; 32])).expect("a database");
    tell(db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_tells_the_same() {
    let server = match Postgres::shared() {
        Ok(server) => server,
        Err(error) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error:#}");
            return;
        }
        Err(error) => panic!("{error:#}"),
    };
    let url = server.fresh_database().expect("a database");
    let opened = tokio::task::spawn_blocking(move || Db::postgres(&url)).await.expect("joined");
    tell(opened.expect("a connection")).await;
}

async fn tell(db: Db) {
    migrate(&db).await.expect("migrated");
    migrate(&db).await.expect("a second time changes nothing");
    story::accounts(&db).await;
    story::forms(&db).await;
    story::packs(&db).await;
    story::registers(&db).await;
    story::tasks(&db).await;
    story::submissions(&db).await;
    seals::tell(&db).await;
    story::dashboard(&db).await;
    pictures::likenesses(&db).await;
    pictures::photos(&db).await;
    pictures::retention(&db).await;
    story::jobs(&db).await;
    story::imports(&db).await;
    uploads::tell(&db, "a1", "a-second").await;
    story::audit(&db).await;
    transactions::undone_alone(&db).await;
    transactions::looked_up_together(&db).await;
    queue::tell(&db).await;
    settling::tell(&db).await;
}
