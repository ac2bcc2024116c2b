//! Tampering, one kind after the other: each is found and named, in the whole store and in an exported folder.

use std::path::{Path, PathBuf};

use doorstep::domain::proof;
use doorstep::domain::verify::folder::{self, Verified};
use doorstep::domain::verify::{self, Finding, Report, VerifyError, Weight};
use doorstep::domain::{audit, intake};
use doorstep::params;
use doorstep::store::db::DbError;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::community::{Community, Person};
use crate::phone::{Phone, Place};
use crate::visit::{ABSENT, CERTIFIED, Visit, fill, text};

/// A community with three visits of one phone: a certification with photos between two where nobody opened.
struct Store {
    community: Community,
    volunteer: Person,
    visits: Vec<Visit>,
    receipts: Vec<String>,
}

impl Store {
    async fn new() -> Store {
        let community = Community::new().await;
        let volunteer = community.person("v01").await;
        let phone = Phone::new();
        assert_eq!(phone.enrol(&volunteer).await.status, 200);
        let tasks = volunteer.tasks().await;
        let mut store = Store { community, volunteer, visits: Vec::new(), receipts: Vec::new() };
        let mut previous: Option<Value> = None;
        for (task, answers) in tasks.iter().zip([ABSENT, CERTIFIED, ABSENT]) {
            let mut visit = fill(&store.community, &store.volunteer, task, answers).await;
            visit.notes = json!({"face.jpg": {"kind": "photo"}}).to_string();
            let place = previous.as_ref().map_or_else(Place::default, Place::after);
            let seal = phone.seal(&visit, place);
            let answer = visit.send_sealed(&store.volunteer, Some(seal.to_string())).await;
            store.receipts.push(text(&answer.json()["receipt"], "number"));
            previous = Some(seal);
            store.visits.push(visit);
        }
        intake::enter_all(&store.community.app).await.expect("entered");
        store
    }

    /// Runs a statement on the database, behind the server's back; `?1` is the instance id of the n-th visit.
    async fn tamper(&self, n: usize, sql: &'static str) {
        let instance_id = self.visits[n].instance_id.clone();
        let done = self.community.app.db.write(move |tx| {
            let params = params![&instance_id];
            tx.execute(sql, if sql.contains("?1") { params } else { &[] })
        });
        let n_rows: Result<u64, DbError> = done.await;
        assert!(n_rows.expect("a statement") > 0, "{sql}");
    }

    async fn verify(&self) -> Report {
        verify::whole(&self.community.app).await.expect("verified")
    }

    /// Exports the n-th visit to a folder.
    async fn export(&self, n: usize) -> Folder {
        let outside = TempDir::new().expect("a folder");
        let path = outside.path().join("visit");
        let app = &self.community.app;
        let proof = proof::read(app, None, self.visits[n].instance_id.clone()).await.expect("a submission");
        proof::write_folder(app, &proof, &path).await.expect("written");
        Folder { path, _outside: outside }
    }
}

/// Errors as code and what they name.
fn errors(findings: &[Finding]) -> Vec<(&str, Vec<&str>)> {
    let errors = findings.iter().filter(|it| it.weight == Weight::Error);
    errors.map(|it| (it.code, it.params.values().map(String::as_str).collect())).collect()
}

#[tokio::test]
async fn an_untouched_store_is_sound() {
    let store = Store::new().await;
    let report = store.verify().await;
    assert_eq!(report.findings, [], "nothing found");
    assert_eq!((report.n_submissions, report.n_signed, report.n_keys), (3, 3, 1));
    assert!(report.n_audit_rows > 3 && report.audit_head.len() == 64 && report.n_files > 3);
}

#[tokio::test]
async fn each_change_of_the_database_is_found_and_named() {
    let cases: &[(&str, &[&str])] = &[
        (
            "UPDATE submission SET xml = replace(xml, '15400000000', '15400000001') WHERE instance_id = ?1",
            &["verify.answer_changed", "verify.document_changed", "verify.receipt_changed"],
        ),
        (
            "UPDATE submission SET answers = replace(answers, '15400000000', '15400000001') WHERE instance_id = ?1",
            &["verify.answer_changed"],
        ),
        (
            "UPDATE submission SET notes = '' WHERE instance_id = ?1",
            &["verify.notes_changed", "verify.receipt_changed"],
        ),
        (
            "UPDATE submission SET notes = '{}', notes_sha256 = json_extract(seal, '$.notes_sha256') WHERE instance_id = ?1",
            &["verify.notes_changed", "verify.receipt_changed"],
        ),
        (
            "UPDATE submission SET seal = '' WHERE instance_id = ?1",
            &["verify.link_changed", "verify.receipt_changed"],
        ),
        ("UPDATE submission SET digest = content_sha256 WHERE instance_id = ?1", &["verify.receipt_changed"]),
        (
            "UPDATE submission SET seal = replace(seal, '\"counter\":2', '\"counter\":4') WHERE instance_id = ?1",
            &["verify.receipt_changed", "verify.seal_changed", "verify.signature_wrong"],
        ),
        (
            "DELETE FROM attachment WHERE name = 'face.jpg' AND submission_id IN
             (SELECT id FROM submission WHERE instance_id = ?1)",
            &["verify.file_removed", "verify.receipt_changed"],
        ),
        (
            "UPDATE attachment SET sha256 = (SELECT min(sha256) FROM attachment WHERE name LIKE 'resident%')
              WHERE name = 'face.jpg'",
            &["verify.file_changed", "verify.receipt_changed"],
        ),
        (
            "UPDATE device_key SET public_key = '04' || substr(public_key, 5) || '00'",
            &["verify.key_changed", "verify.link_changed", "verify.signature_wrong"],
        ),
        (
            "UPDATE submission SET seal = (SELECT seal FROM submission WHERE instance_id <> ?1 LIMIT 1)
              WHERE instance_id = ?1",
            &["verify.document_changed", "verify.receipt_changed"],
        ),
        ("UPDATE seal SET counter = 9 WHERE counter = 2", &["verify.chain_gap", "verify.link_changed"]),
        ("DELETE FROM seal WHERE counter = 2", &["verify.link_changed"]),
        (
            "UPDATE form SET xform = replace(xform, 'data', 'date') WHERE form_id = 'inspection'",
            &["verify.form_changed"],
        ),
    ];
    let store = Store::new().await;
    let receipt = &store.receipts[1];
    for (sql, expected) in cases {
        // Each on a copy of its own would be fairer; a transaction that is undone is cheaper.
        let found = store.with_undone(1, sql).await;
        let codes: Vec<&str> = errors(&found.findings).iter().map(|it| it.0).collect();
        for code in *expected {
            assert!(codes.contains(code), "{sql}: {code} is not among {codes:?}");
        }
        let concerns_it = |(code, names): &(&str, Vec<&str>)| {
            *code == "verify.form_changed" || names.contains(&receipt.as_str())
        };
        assert!(errors(&found.findings).iter().any(concerns_it), "{sql}: names {receipt}");
    }
    assert_eq!(store.verify().await.findings, [], "everything was undone");
}

impl Store {
    /// Tampers, verifies, and puts the tables back.
    async fn with_undone(&self, n: usize, sql: &'static str) -> Report {
        const TABLES: [&str; 5] = ["submission", "attachment", "device_key", "seal", "form"];
        let run = async |work: fn(&str) -> [String; 2]| {
            self.community
                .app
                .db
                .write(move |tx| {
                    let all: Vec<String> = TABLES.iter().flat_map(|it| work(it)).collect();
                    tx.script(&format!("PRAGMA defer_foreign_keys = ON; {}", all.join("; ")))
                })
                .await
        };
        let kept: Result<(), DbError> = run(|it| {
            [
                format!("DROP TABLE IF EXISTS kept_{it}"),
                format!("CREATE TABLE kept_{it} AS SELECT * FROM {it}"),
            ]
        })
        .await;
        kept.expect("kept");
        self.tamper(n, sql).await;
        let report = self.verify().await;
        let restored: Result<(), DbError> =
            run(|it| [format!("DELETE FROM {it}"), format!("INSERT INTO {it} SELECT * FROM kept_{it}")])
                .await;
        restored.expect("put back");
        report
    }
}

#[tokio::test]
async fn a_removed_visit_is_missed() {
    let store = Store::new().await;
    for sql in [
        "DELETE FROM flag WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1) OR ?1 <> ''",
        "DELETE FROM flagged WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM name_part WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM seal WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM attachment WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM submission_event WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM entity_change WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM photo WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM photo_match WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM kept_evidence WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM erasure WHERE submission_id IN (SELECT id FROM submission WHERE instance_id = ?1)",
        "DELETE FROM submission WHERE instance_id = ?1",
    ] {
        let instance_id = store.visits[1].instance_id.clone();
        let done = store.community.app.db.write(move |tx| tx.execute(sql, params![&instance_id])).await;
        done.unwrap_or_else(|error: DbError| panic!("{sql}: {error}"));
    }
    let report = store.verify().await;
    assert_eq!(
        errors(&report.findings).iter().map(|it| it.0).collect::<Vec<_>>(),
        ["verify.submission_removed"]
    );
    let gap =
        report.findings.iter().find(|it| it.code == "verify.chain_gap").expect("the chain misses it too");
    assert_eq!(gap.params["counter"], "2");
}

#[tokio::test]
async fn a_visit_that_stays_in_the_inbox_is_told_and_hides_nothing_else() {
    let store = Store::new().await;
    let app = &store.community.app;
    let task = store.volunteer.tasks().await.remove(0);
    let visit = fill(&store.community, &store.volunteer, &task, ABSENT).await;
    let paused = app.inbox.pause().await;
    let receipt = text(&visit.send(&store.volunteer).await.json()["receipt"], "number");
    let broken = app.db.write(|tx| tx.execute("UPDATE inbox SET xml = '<'", &[])).await;
    assert_eq!(broken, Ok(1));
    drop(paused);
    store.tamper(1, "UPDATE submission SET notes = '' WHERE instance_id = ?1").await;
    // Somebody else takes its turn at the same time, and finds it first.
    let (others, report) = tokio::join!(intake::enter_all(app), store.verify());
    assert!(others.is_err());
    let waiting: Vec<_> = report.findings.iter().filter(|it| it.code == "verify.waiting").collect();
    assert!(matches!(&waiting[..], [it] if it.weight == Weight::Warning && it.params["receipt"] == receipt));
    let found: Vec<&str> = errors(&report.findings).into_iter().map(|(code, _)| code).collect();
    assert_eq!(found, ["verify.notes_changed", "verify.receipt_changed"]);
}

#[tokio::test]
async fn an_edited_audit_row_is_named_and_so_is_one_that_is_gone() {
    for (sql, code) in [
        (
            "UPDATE audit SET detail = 'x' WHERE action = 'receive submission' AND seq = (SELECT max(seq) FROM audit WHERE action = 'receive submission')",
            "verify.audit_changed",
        ),
        ("UPDATE audit SET at = at + 1 WHERE action = 'enrol device'", "verify.audit_changed"),
        ("DELETE FROM audit WHERE action = 'enrol device'", "verify.audit_missing"),
        ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "verify.audit_cut"),
    ] {
        let store = Store::new().await;
        let place = |sql: &'static str| {
            store.community.app.db.read(move |tx| tx.query(sql, &[])?.first().map_or(Ok(0), |row| row.get(0)))
        };
        assert!(store.verify().await.is_sound());
        let enrolled = place("SELECT seq FROM audit WHERE action = 'enrol device'").await.expect("a place");
        store.tamper(1, sql).await;
        let report = store.verify().await;
        let found =
            report.findings.iter().find(|it| it.code == code).unwrap_or_else(|| panic!("{sql}: {report:?}"));
        if sql.contains("enrol") {
            assert_eq!(found.params["place"], enrolled.to_string());
        }
    }
}

#[tokio::test]
async fn a_visit_put_in_behind_the_servers_back_is_told() {
    let store = Store::new().await;
    let app = &store.community.app;
    let instance_id = store.visits[0].instance_id.clone();
    let copy = app.db.write(move |tx| {
        let mut row = doorstep::store::submissions::by_instance(tx, &instance_id)?.expect("stored");
        (row.id, row.instance_id, row.receipt_number) =
            ("invented".to_owned(), "uuid:invented".to_owned(), "X".to_owned());
        doorstep::store::submissions::insert(tx, &row)
    });
    let copied: Result<(), DbError> = copy.await;
    copied.expect("copied");
    let report = store.verify().await;
    assert!(
        errors(&report.findings)
            .iter()
            .any(|(code, names)| *code == "verify.submission_added" && names.contains(&"X"))
    );
}

#[tokio::test]
async fn a_byte_of_a_photo_counts_and_so_does_the_photo() {
    let store = Store::new().await;
    let (_, sha256) = &store.visits[1].hashes()[0];
    let path = store.community.app.config.data.join("blobs").join(&sha256[..2]).join(sha256);
    let mut bytes = std::fs::read(&path).expect("a photo");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).expect("written");
    let name = store.visits[1].files[0].0.as_str();
    let named = [("verify.file_damaged", vec![name, store.receipts[1].as_str()])];
    assert_eq!(errors(&store.verify().await.findings), named);
    std::fs::remove_file(&path).expect("removed");
    let named = [("verify.file_missing", vec![name, store.receipts[1].as_str()])];
    assert_eq!(errors(&store.verify().await.findings), named);
    let nobodys = "5".repeat(64);
    let folder = store.community.app.config.data.join("blobs").join("55");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(&nobodys), "put in").expect("written");
    let unnamed = ("verify.unnamed_damaged", vec![nobodys.as_str()]);
    assert!(errors(&store.verify().await.findings).contains(&unnamed));
}

#[tokio::test]
async fn a_file_whose_time_was_over_is_told_as_erased_and_its_hash_stays_proved() {
    let store = Store::new().await;
    let (name, sha256) = store.visits[1].hashes()[0].clone();
    let (instance_id, hash, now) =
        (store.visits[1].instance_id.clone(), sha256.clone(), store.community.now_ms());
    let erased = store.community.app.db.write(move |tx| {
        let row = doorstep::store::submissions::by_instance(tx, &instance_id)?.expect("stored");
        doorstep::store::erasures::let_go(tx, &row.id)?;
        doorstep::store::erasures::insert(tx, &row.id, &hash, now, "certification")?;
        Ok(row.id)
    });
    let id = erased.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    let path = store.community.app.config.data.join("blobs").join(&sha256[..2]).join(&sha256);
    std::fs::remove_file(path).expect("removed");
    let missing = ("verify.file_missing", vec![name.as_str(), store.receipts[1].as_str()]);
    assert_eq!(
        errors(&store.verify().await.findings),
        [missing],
        "rows that say so are no erasure: the log is"
    );
    let noted =
        store.community.app.db.write(move |tx| audit::record_as(tx, now, "", "erase evidence", &id, ""));
    assert_eq!(noted.await, Ok(()));
    let report = store.verify().await;
    let told: Vec<_> =
        report.findings.iter().map(|it| (it.weight, it.code, it.params["name"].as_str())).collect();
    assert_eq!(told, [(Weight::Note, "verify.file_erased", name.as_str())]);
    assert_eq!(report.findings[0].params["day"], "2026-11-21");
    let folder = store.export(1).await;
    let verified = folder.verify().expect("a folder");
    assert!(verified.report.is_sound() && !verified.is_whole, "{:?}", verified.report);
    folder.change("files.json", |text| text.replace(&sha256, &"0".repeat(64)));
    assert_eq!(folder.errors(), ["verify.file_changed", "verify.receipt_changed"]);
}

#[tokio::test]
async fn what_arrived_wrong_is_a_warning_and_what_changed_since_is_an_error() {
    let store = Store::new().await;
    let tasks = store.volunteer.tasks().await;
    let is_certification = |it: &&Value| it["form_id"] == "doorstep_certification";
    let task = tasks.iter().filter(is_certification).nth(3).expect("a fourth resident");
    let mut visit = fill(&store.community, &store.volunteer, task, ABSENT).await;
    visit.phone.enrol(&store.volunteer).await;
    let seal = visit.seal();
    visit.xml = visit.xml.replace("<neighbour_asked>yes", "<neighbour_asked>no");
    for status in [503, 201] {
        assert_eq!(visit.send_sealed(&store.volunteer, Some(seal.to_string())).await.status, status);
    }
    let report = store.verify().await;
    let codes: Vec<_> = report.findings.iter().map(|it| (it.weight, it.code)).collect();
    assert_eq!(codes, [(Weight::Warning, "verify.document_changed")]);
    let instance_id = visit.instance_id.clone();
    let sql = "UPDATE submission SET xml = replace(xml, '<badge>yes', '<badge>no') WHERE instance_id = ?1";
    let done = store.community.app.db.write(move |tx| tx.execute(sql, params![&instance_id])).await;
    assert_eq!(done.unwrap_or_else(|error: DbError| panic!("{error}")), 1);
    assert!(errors(&store.verify().await.findings).iter().any(|it| it.0 == "verify.receipt_changed"));
}

/// An exported visit, gone when dropped.
struct Folder {
    path: PathBuf,
    _outside: TempDir,
}

impl Folder {
    fn verify(&self) -> Result<Verified, VerifyError> {
        folder::verify(&self.path)
    }

    fn errors(&self) -> Vec<&'static str> {
        let report = self.verify().expect("a folder").report;
        let errors = report.findings.iter().filter(|it| it.weight == Weight::Error);
        let mut codes: Vec<_> = errors.map(|it| it.code).collect();
        codes.dedup();
        codes
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.path.join(name)).expect("a text");
        serde_json::from_str(&text).expect("JSON")
    }

    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.path.join(name);
        let text = std::fs::read_to_string(&path).expect("a text");
        let changed = change(text.clone());
        assert_ne!(text, changed, "{name} is to be changed");
        std::fs::write(path, changed).expect("written");
    }
}

#[tokio::test]
async fn an_exported_visit_proves_itself_without_a_database() {
    let store = Store::new().await;
    let folder = store.export(1).await;
    let verified = folder.verify().expect("a folder");
    assert!(verified.is_proved, "{:?}", verified.report);
    assert_eq!((verified.receipt.as_str(), verified.report.n_files), (store.receipts[1].as_str(), 3));
    assert_eq!(verified.key_id.len(), 64);
    let read = |name: &str| std::fs::read(folder.path.join(name)).expect("a file");
    assert_eq!(read("submission.xml"), store.visits[1].xml.as_bytes());
    assert_eq!(read("files/face.jpg"), store.visits[1].files[0].1);
}

#[tokio::test]
async fn each_change_of_a_folder_is_found_and_named() {
    let store = Store::new().await;
    let other = store.export(0).await;
    type Change<'a> = &'a dyn Fn(&Folder);
    let remove = |folder: &Folder, name: &str| std::fs::remove_file(folder.path.join(name)).expect("removed");
    let flip = |path: &Path| {
        let mut bytes = std::fs::read(path).expect("a file");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(path, bytes).expect("written");
    };
    let cases: &[(Change<'_>, &[&str])] = &[
        (
            &|it| it.change("submission.xml", |xml| xml.replace("15400000000", "15400000001")),
            &["verify.document_changed", "verify.receipt_changed"],
        ),
        (&|it| flip(&it.path.join("files/face.jpg")), &["verify.file_changed", "verify.receipt_changed"]),
        (&|it| remove(it, "files/face.jpg"), &["verify.file_removed", "verify.receipt_changed"]),
        (
            &|it| {
                it.change("files.json", |text| {
                    text.replace("\"name\": \"face.jpg\"", "\"name\": \"chin.jpg\"")
                })
            },
            &["verify.file_added", "verify.file_removed", "verify.receipt_changed"],
        ),
        (&|it| std::fs::write(it.path.join("files/more.jpg"), "x").expect("written"), &["verify.file_added"]),
        (&|it| remove(it, "notes.json"), &["verify.notes_changed", "verify.receipt_changed"]),
        (
            &|it| it.change("seal.json", |text| text.replace("\"counter\":2", "\"counter\":3")),
            &["verify.receipt_changed", "verify.seal_changed", "verify.signature_wrong"],
        ),
        (
            &|it| assert!(std::fs::copy(other.path.join("seal.json"), it.path.join("seal.json")).is_ok()),
            &["verify.document_changed", "verify.file_added", "verify.receipt_changed"],
        ),
        (
            &|it| it.change("seal.json", |_| "{}".to_owned()),
            &["verify.receipt_changed", "verify.seal_unreadable"],
        ),
        (&|it| remove(it, "device.json"), &["verify.key_missing"]),
        (
            &|it| {
                let stranger = Phone::new();
                it.change("device.json", |text| {
                    let mut device: Value = serde_json::from_str(&text).expect("JSON");
                    device["public_key"] = json!(stranger.public_key());
                    device.to_string()
                });
            },
            &["verify.key_changed", "verify.signature_wrong"],
        ),
        (
            &|it| {
                let stranger = Phone::new();
                it.change("device.json", |text| {
                    let mut device: Value = serde_json::from_str(&text).expect("JSON");
                    device["public_key"] = json!(stranger.public_key());
                    device["key_id"] = json!(stranger.key_id());
                    device.to_string()
                });
            },
            &["verify.signature_wrong"],
        ),
        (
            &|it| it.change("receipt.json", |text| text.replace("\"digest\": \"", "\"digest\": \"0")),
            &["verify.receipt_changed"],
        ),
    ];
    for (n, (change, expected)) in cases.iter().enumerate() {
        let folder = store.export(1).await;
        change(&folder);
        assert_eq!(folder.errors(), *expected, "case {n}");
        assert!(!folder.verify().expect("a folder").is_proved);
    }
}

/// Anybody can write into a folder that something was erased; what is missing is not proved by that.
#[tokio::test]
async fn a_folder_that_says_that_something_was_erased_proves_less() {
    let store = Store::new().await;
    let lacking = |folder: &Folder| {
        let it = folder.verify().expect("a folder");
        (it.report.is_sound(), it.is_whole, it.is_proved)
    };
    let folder = store.export(1).await;
    let seal: Value = folder.json("seal.json");
    let as_sealed = seal["notes_sha256"].as_str().expect("a hash").to_owned();
    folder.change("notes.json", |text| text.replace("photo", "other"));
    folder.change("receipt.json", |text| {
        text.replacen('{', &format!("{{\"notes_sha256\": \"{as_sealed}\","), 1)
    });
    assert_eq!(lacking(&folder), (true, false, false));
    let folder = store.export(1).await;
    std::fs::remove_file(folder.path.join("files/face.jpg")).expect("removed");
    folder.change("files.json", |text| {
        text.replacen("\"erased_on\": \"\"", "\"erased_on\": \"2026-01-01\"", 1)
    });
    assert_eq!(lacking(&folder), (true, false, false));
}

#[tokio::test]
async fn a_folder_without_a_signature_proves_nothing_and_one_that_leads_elsewhere_is_not_read() {
    let store = Store::new().await;
    let folder = store.export(1).await;
    std::fs::remove_file(folder.path.join("seal.json")).expect("removed");
    std::fs::remove_file(folder.path.join("receipt.json")).expect("removed");
    let verified = folder.verify().expect("a folder");
    assert_eq!((verified.report.is_sound(), verified.is_proved), (true, false));
    let folder = store.export(1).await;
    folder.change("files.json", |text| text.replace("\"path\": \"face.jpg\"", "\"path\": \"../seal.json\""));
    assert!(matches!(folder.verify(), Err(VerifyError::Folder(_))));
    std::fs::remove_file(folder.path.join("submission.xml")).expect("removed");
    assert!(matches!(folder.verify(), Err(VerifyError::Folder(_))));
}

#[tokio::test]
async fn the_program_tells_the_same_by_its_exit_code() {
    let verify = |arguments: &[&std::ffi::OsStr]| {
        let program = env!("CARGO_BIN_EXE_doorstep");
        let done = std::process::Command::new(program).arg("verify").args(arguments).output();
        done.expect("the program").status.code().expect("an exit code")
    };
    let store = Store::new().await;
    let config = store.community.app.config.clone();
    let key_file = config.key_file.expect("a key file");
    let everything =
        ["--data".as_ref(), config.data.as_os_str(), "--key-file".as_ref(), key_file.as_os_str()];
    assert_eq!(verify(&everything), 0, "nothing was changed");
    let folder = store.export(1).await;
    assert_eq!(verify(&[folder.path.as_os_str()]), 0);
    folder.change("submission.xml", |text| text.replace("15400000000", "15400000001"));
    assert_eq!(verify(&[folder.path.as_os_str()]), 1, "it was changed");
    assert_eq!(verify(&[folder.path.join("none").as_os_str()]), 2, "it is not there");
    let unsigned = store.export(1).await;
    std::fs::remove_file(unsigned.path.join("seal.json")).expect("removed");
    std::fs::remove_file(unsigned.path.join("receipt.json")).expect("removed");
    assert_eq!(verify(&[unsigned.path.as_os_str()]), 3, "nobody signed it");
    store
        .tamper(
            1,
            "UPDATE submission SET xml = replace(xml, '15400000000', '15400000001') WHERE instance_id = ?1",
        )
        .await;
    assert_eq!(verify(&everything), 1, "the database was changed");
}

#[tokio::test]
async fn the_desks_zip_is_the_folder() {
    let store = Store::new().await;
    let supervisor = store.community.person("supervisor").await;
    let list = supervisor.get("/api/v1/desk/submissions?limit=200").await.json();
    let rows = list["items"].as_array().expect("items");
    let row =
        rows.iter().find(|it| it["instance_id"] == store.visits[1].instance_id.as_str()).expect("stored");
    let path = format!("/api/v1/desk/submissions/{}/evidence.zip", text(row, "id"));
    let answer = supervisor.get(&path).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers["content-disposition"].to_str().is_ok_and(|it| it.contains(&store.receipts[1])));
    let outside = TempDir::new().expect("a folder");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.bytes)).expect("a zip");
    archive.extract(outside.path()).expect("unpacked");
    assert!(folder::verify(outside.path()).expect("a folder").is_proved);
    assert_eq!(
        supervisor.get("/api/v1/desk/submissions/none/evidence.zip").await.problem(),
        (404, "not_found".to_owned())
    );
}
