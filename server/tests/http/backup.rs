//! Backups while the server goes on, and what is restored from them.

use std::path::{Path, PathBuf};

use doorstep::App;
use doorstep::backup::make::{self, Made};
use doorstep::backup::{BackupError, restore};
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::domain::{orphans::Sweeper, verify};
use doorstep::vault::rekey;
use tempfile::TempDir;

use crate::community::{Community, Person};
use crate::visit::{CERTIFIED, Visit, fill};

/// Sends one visit with its photo and signatures, and has its small pictures made.
async fn send(community: &Community, volunteer: &Person, n: usize) -> Visit {
    community.pass(1000);
    let visit = fill(community, volunteer, &volunteer.tasks().await[n], CERTIFIED).await;
    assert_eq!(visit.send(volunteer).await.status, 201);
    doorstep::jobs::round(&community.app).await.expect("a round");
    visit
}

async fn back_up(app: &App, to: &Path) -> Result<Made, BackupError> {
    make::make(&app.config, &app.blobs, to, app.clock.now_ms()).await
}

/// Settings of a folder that the community's key opens.
fn elsewhere(community: &Community, folder: &TempDir) -> Config {
    let key_file = community.app.config.key_file.clone();
    Config { key_file, ..Config::in_folder(folder.path().join("restored")) }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

#[tokio::test]
async fn what_is_restored_is_sound_and_as_it_was_at_the_backup() {
    let (community, folder) = (Community::new().await, TempDir::new().unwrap());
    let (volunteer, to) = (community.person("v01").await, folder.path().join("backup"));
    let first = send(&community, &volunteer, 0).await;
    let made = back_up(&community.app, &to).await.unwrap();
    assert!(made.has_database && made.missing.is_empty() && made.n_copied == made.n_files);
    let second = send(&community, &volunteer, 0).await;
    let config = elsewhere(&community, &folder);
    let restored = restore::restore(&config, &to).unwrap();
    assert_eq!((restored.made_at, restored.n_files), (community.now_ms() - 1000, made.n_files));
    let app = doorstep::app(config, Clock::System).await.unwrap();
    let report = verify::whole(&app).await.unwrap();
    assert!(report.is_sound() && report.n_submissions == 1, "{report:?}");
    for (_, sha256) in first.hashes() {
        assert!(app.blobs.has(&sha256).await.unwrap());
    }
    let later =
        second.hashes().into_iter().find(|it| !first.hashes().contains(it)).expect("a file of its own");
    assert!(!app.blobs.has(&later.1).await.unwrap());
    let again = back_up(&community.app, &to).await.unwrap();
    assert_eq!((again.n_copied, again.n_deleted), (again.n_files - made.n_files, 0), "only what is new");
    let without_key = files_below(&to).iter().all(|it| it.extension().is_none_or(|it| it != "sqlite-wal"));
    let master = std::fs::read_to_string(community.app.config.data.join("doorstep.key")).unwrap();
    let key = master.lines().find(|it| !it.starts_with('#')).unwrap();
    let holds_key = |path: &PathBuf| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(key);
    assert!(without_key && !files_below(&to).iter().any(holds_key), "the master key is not in it");
}

#[tokio::test]
async fn a_deleted_file_leaves_the_backup_and_a_new_key_reaches_it() {
    let (community, folder) = (Community::new().await, TempDir::new().unwrap());
    let (volunteer, to) = (community.person("v01").await, folder.path().join("backup"));
    send(&community, &volunteer, 0).await;
    let orphan = community.app.blobs.put(b"an orphan"[..].into()).await.unwrap();
    back_up(&community.app, &to).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let mut sweeper = Sweeper::with(std::time::Duration::ZERO, std::time::Duration::ZERO);
    sweeper.sweep(&community.app).await.unwrap();
    sweeper.sweep(&community.app).await.unwrap();
    let (blobs, data) = (&community.app.blobs, &community.app.config.data);
    let old_keys = std::fs::read(data.join("doorstep.key")).unwrap();
    blobs.vault().source().add_key().unwrap();
    rekey::renew(blobs, data).await.unwrap();
    rekey::forget_old(blobs, data).await.unwrap();
    let made = back_up(&community.app, &to).await.unwrap();
    assert_eq!((made.n_deleted, made.n_copied), (1, made.n_files), "all are under the new key");
    assert!(!files_below(&to).iter().any(|it| it.ends_with(&orphan)));
    let restored = elsewhere(&community, &folder);
    restore::restore(&restored, &to).unwrap();
    let app = doorstep::app(restored, Clock::System).await.unwrap();
    assert!(verify::whole(&app).await.unwrap().is_sound());
    let old = folder.path().join("old.key");
    std::fs::write(&old, old_keys).unwrap();
    let with_old = Config { key_file: Some(old), ..Config::in_folder(folder.path().join("other")) };
    assert!(matches!(restore::restore(&with_old, &to), Err(BackupError::Vault(_))));
    assert!(!folder.path().join("other").exists());
}

#[tokio::test]
async fn what_is_damaged_or_not_finished_is_not_restored() {
    let (community, folder) = (Community::new().await, TempDir::new().unwrap());
    let (volunteer, to) = (community.person("v01").await, folder.path().join("backup"));
    send(&community, &volunteer, 0).await;
    back_up(&community.app, &to).await.unwrap();
    let config = elsewhere(&community, &folder);
    let refused = || restore::restore(&config, &to);
    let of_database =
        |it: &PathBuf| it.parent() == Some(to.as_path()) && !it.ends_with("doorstep-backup.json");
    let (beside, mut chosen): (Vec<_>, Vec<_>) = files_below(&to).into_iter().partition(of_database);
    chosen.retain(|it| !it.ends_with("doorstep-backup.json"));
    chosen.truncate(2);
    for path in chosen.into_iter().chain(beside) {
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(refused().is_err() && !config.data.exists(), "{}", path.display());
        std::fs::write(&path, whole).unwrap();
    }
    let manifest = to.join("doorstep-backup.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut unfinished: serde_json::Value = serde_json::from_str(&text).unwrap();
    unfinished["made_at"] = serde_json::Value::Null;
    std::fs::write(&manifest, unfinished.to_string()).unwrap();
    assert!(matches!(refused(), Err(BackupError::Unfinished(_))));
    back_up(&community.app, &to).await.unwrap();
    refused().unwrap();
    assert!(matches!(refused(), Err(BackupError::NotEmpty(_))), "the second time");
}

#[tokio::test]
async fn nothing_but_its_own_backup_is_written_to() {
    let (community, folder) = (Community::new().await, TempDir::new().unwrap());
    let to = folder.path().join("backup");
    std::fs::create_dir(&to).unwrap();
    std::fs::write(to.join("letter.txt"), "dear").unwrap();
    assert!(matches!(back_up(&community.app, &to).await, Err(BackupError::NoBackup(_))));
    std::fs::remove_file(to.join("letter.txt")).unwrap();
    back_up(&community.app, &to).await.unwrap();
    let manifest = to.join("doorstep-backup.json");
    let mut other: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&manifest).unwrap()).unwrap();
    other["data_id"] = "another".into();
    std::fs::write(&manifest, other.to_string()).unwrap();
    assert!(matches!(back_up(&community.app, &to).await, Err(BackupError::OtherData(_))));
    let inside = community.app.config.data.join("backup");
    assert!(matches!(back_up(&community.app, &inside).await, Err(BackupError::Inside(_))));
}
