//! What lies on the server's disk: nobody who takes it away reads a name, a number or a picture in it.

use std::collections::BTreeMap;
use std::path::Path;

use doorstep::blob::{BlobError, Blobs};
use doorstep::config::Config;
use doorstep::vault::rekey::{self, RekeyError};
use doorstep::vault::{VaultError, keys::KeySource};
use doorstep::{StartError, open_blobs};

use crate::community::{Community, Person};
use crate::uploads::{Sender, file};
use crate::visit::{CERTIFIED, fill, text};

/// Everything in a folder by path, but the key.
fn disk(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.append(&mut disk(&path));
        } else if path.file_name().is_none_or(|it| it != "doorstep.key") {
            found.insert(path.to_string_lossy().into_owned(), std::fs::read(&path).expect("a file"));
        }
    }
    found
}

fn holds(disk: &BTreeMap<String, Vec<u8>>, needle: &[u8]) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(needle.len()).any(|it| it == needle);
    disk.iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path.clone()).collect()
}

/// Has one resident certified, with a photo and two signatures; returns the resident's name and number.
async fn certify(community: &Community) -> (String, String) {
    let volunteer: Person = community.person("v01").await;
    let task = volunteer.tasks().await.remove(0);
    let visit = fill(community, &volunteer, &task, CERTIFIED).await;
    assert!(visit.files.iter().any(|(_, bytes)| bytes.starts_with(b"\xFF\xD8\xFF")));
    assert_eq!(visit.send(&volunteer).await.status, 201);
    doorstep::jobs::round(&community.app).await.expect("thumbnails");
    let subject = text(&task, "subject");
    let row =
        community.app.db.read(move |tx| doorstep::store::entities::get(tx, "residents", &subject)).await;
    let data: serde_json::Value =
        serde_json::from_str(&row.expect("read").expect("a row").data).expect("json");
    (text(&data, "full_name"), text(&data, "id_number"))
}

fn config(community: &Community) -> Config {
    community.app.config.clone()
}

#[tokio::test]
async fn no_name_no_number_and_no_picture_can_be_read() {
    let community = Community::new().await;
    let (name, number) = certify(&community).await;
    // Half a photo, and a whole one, that no visit names yet.
    let sender = Sender::new(&community, "v02").await;
    let photo = [b"\xFF\xD8\xFF\xE0\x00\x10JFIF", &file(9_000, 40)[..]].concat();
    let url = sender.begin(&photo).await;
    assert_eq!(sender.patch(&url, 0, &photo[..5_000]).await.status, 204);
    sender.send(&[&photo[..], b"whole"].concat()).await;
    assert!(name.chars().count() >= 2 && number.len() == 18, "{name} {number}");
    let disk = disk(&community.app.config.data);
    assert!(disk.len() > 5, "database, log, photo, signatures, thumbnails");
    // Long enough that chance does not write them.
    let of_half_a_photo = file(9_000, 40)[100..132].to_vec();
    let headers =
        [&b"\xFF\xD8\xFF\xE0\x00\x10JFIF"[..], b"\x89PNG\r\n\x1A\n", b"SQLite format 3", &of_half_a_photo];
    for needle in [name.as_bytes(), number.as_bytes(), "门口.jpg".as_bytes()].into_iter().chain(headers) {
        assert_eq!(holds(&disk, needle), Vec::<String>::new(), "{}", String::from_utf8_lossy(needle));
    }
}

#[tokio::test]
async fn a_new_key_reads_everything_and_the_old_one_can_be_forgotten() {
    let community = Community::new().await;
    certify(&community).await;
    let (config, volunteer) = (config(&community), community.person("v01").await);
    let blobs = open_blobs(&config).await.expect("open");
    blobs.vault().source().add_key().expect("a key");
    let early = rekey::forget_old(&blobs, &config.data).await;
    assert!(matches!(early, Err(RekeyError::StillInUse(n)) if n > 3), "{early:?}");
    assert_eq!(rekey::renew(&blobs, &config.data).await.expect("again").n_renewed, 0);
    assert_eq!(rekey::forget_old(&blobs, &config.data).await.expect("forgotten"), 1);
    // The running server takes the new key up by itself, and a new one opens.
    let next = volunteer.tasks().await.remove(1);
    let visit = fill(&community, &volunteer, &next, CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let again = doorstep::app(config, community.app.clock.clone()).await.expect("opens");
    for (_, bytes) in &visit.files {
        let read = again.blobs.get(&doorstep::blob::hashes::sha256_hex(bytes)).await.expect("readable");
        assert_eq!(&read, bytes);
    }
}

#[tokio::test]
async fn the_program_changes_the_key_while_the_server_runs() {
    let community = Community::new().await;
    certify(&community).await;
    let (config, volunteer) = (config(&community), community.person("v01").await);
    let key_file = config.key_file.clone().expect("a key file");
    let rekey = |more: &[&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_doorstep"));
        program.arg("rekey").arg("--data").arg(&config.data).arg("--key-file").arg(&key_file).args(more);
        let done = program.output().expect("the program");
        (done.status.code(), String::from_utf8(done.stdout).expect("text"))
    };
    let n_keys = || std::fs::read_to_string(&key_file).expect("read").lines().count();
    let before = n_keys();
    let (code, told) = rekey(&[]);
    assert_eq!((code, n_keys()), (Some(0), before + 1), "{told}");
    assert!(told.contains("Under the new key") && !told.contains(" 0 of "), "{told}");
    let next = volunteer.tasks().await.remove(1);
    let visit = fill(&community, &volunteer, &next, CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let (code, told) = rekey(&["--forget-old"]);
    assert_eq!((code, n_keys()), (Some(0), before), "{told}");
    let again = doorstep::app(config.clone(), community.app.clock.clone()).await.expect("opens");
    for (_, bytes) in &visit.files {
        let read = again.blobs.get(&doorstep::blob::hashes::sha256_hex(bytes)).await.expect("readable");
        assert_eq!(&read, bytes);
    }
}

#[tokio::test]
async fn without_the_key_nothing_opens_and_nothing_is_made_anew() {
    let community = Community::new().await;
    certify(&community).await;
    let (mut config, elsewhere) = (config(&community), tempfile::tempdir().expect("a folder"));
    let missing = elsewhere.path().join("lost.key");
    config.key_file = Some(missing.clone());
    let refused = open_blobs(&config).await;
    assert!(matches!(refused, Err(StartError::Vault(VaultError::UnknownKey(_)))), "{refused:?}");
    assert!(!missing.exists(), "a fresh key would hide that the right one is missing");
    KeySource::File(missing).add_key().expect("a key");
    let refused = open_blobs(&config).await;
    assert!(matches!(refused, Err(StartError::Blob(BlobError::Vault(_)))), "{refused:?}");
}

#[tokio::test]
async fn files_from_before_encryption_stay_readable_and_are_encrypted_by_the_next_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::in_folder(folder.path().to_owned());
    let hash = doorstep::blob::hashes::sha256_hex(b"\xFF\xD8\xFF from before");
    let path = folder.path().join("blobs").join(&hash[..2]).join(&hash);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(&path, b"\xFF\xD8\xFF from before").expect("written");
    let blobs: Blobs = open_blobs(&config).await.expect("open");
    assert_eq!(blobs.get(&hash).await.expect("readable"), b"\xFF\xD8\xFF from before".as_slice());
    rekey::renew(&blobs, &config.data).await.expect("renewed");
    assert_eq!(holds(&disk(folder.path()), b"from before"), Vec::<String>::new());
    assert_eq!(blobs.get(&hash).await.expect("readable"), b"\xFF\xD8\xFF from before".as_slice());
}
