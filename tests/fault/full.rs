//! The disk fills up under load and has room again, several times: what is refused is told so, people go on reading and
//! signing in, and everything comes in later without anybody's help.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::client::Client;
use doorstep_tests::load::visit::{FORM, Visit};

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::preload::{Control, Fullness};
use crate::stand::Stand;

/// What people read while nothing can be written, on the phone and at the desk.
const PHONE_READS: [&str; 4] =
    ["/api/v1/session", "/api/v1/tasks", "/api/v1/lists/residents.csv", "/api/v1/submissions/mine"];
const DESK_READS: [&str; 3] =
    ["/api/v1/desk/submissions", "/api/v1/desk/residents", "/api/v1/desk/dashboard"];

pub fn run(setting: &Setting) -> Result<String> {
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let control = Control::of(&mut stand, None)?;
    let url = stand.start()?;
    let phones = Phones::new(stand.client()?)?;
    let desk = stand.sign_in("supervisor")?;
    let to = Target { n_phones: 4, ..Target::new(&url) };
    let n_rounds = if setting.is_long { 25 } else { 2 };
    let is_over = AtomicBool::new(false);
    let mut n_looks = 0;
    std::thread::scope(|scope| -> Result<()> {
        scope.spawn(|| phones.work(&to, usize::MAX, &|| is_over.load(Ordering::Relaxed)));
        let looked = (|| {
            for _ in 0..n_rounds {
                for fullness in [Fullness::Full, Fullness::Stuck] {
                    sleep(Duration::from_millis(800));
                    control.set_fullness(fullness)?;
                    sleep(Duration::from_millis(300));
                    look(&stand, &desk, fullness)?;
                    n_looks += 1;
                    control.set_fullness(Fullness::Room)?;
                }
            }
            Ok(())
        })();
        is_over.store(true, Ordering::Relaxed);
        looked
    })?;
    let n_again = phones.finish(&url)?;
    let refusals = phones.refusals();
    let others: Vec<_> = refusals.keys().filter(|it| *it != "507 server.full").collect();
    ensure!(others.is_empty(), "told otherwise than that the disk is full: {refusals:?}");
    ensure!(refusals.contains_key("507 server.full"), "nothing was refused");
    stand.stop()?;
    let entries = phones.journal.entries();
    let compared = compare(&stand.config(), &entries, &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "full {n_looks} times, {} acknowledged, 0 lost, 0 doubled, {n_again} sent again; told {refusals:?}",
        compared.n_acknowledged
    ))
}

/// Looks at a server whose disk is full: it refuses what is new, and answers everything else.
fn look(stand: &Stand, desk: &Client, fullness: Fullness) -> Result<()> {
    // Somebody whose phone has been here before signs in now, and reads with what that gave.
    let client = stand.client().with_context(|| format!("{fullness:?}"))?;
    for path in PHONE_READS {
        let answer = client.ask(path)?;
        ensure!(answer.status == 200, "{fullness:?}: {path} is answered {answer:?}");
    }
    for path in DESK_READS {
        let answer = desk.ask(path)?;
        ensure!(answer.status == 200, "{fullness:?}: {path} is answered {answer:?}");
    }
    let residents = client.residents()?;
    let visit = Visit::quick(&residents[0], &client.form_version(FORM)?)?;
    let (content_type, body) = visit.body();
    let answer = client.send(&content_type, &body)?;
    ensure!(
        answer.status == 507 && answer.code() == "server.full" && answer.retry_after.is_some(),
        "{fullness:?}: a new visit is answered {answer:?}"
    );
    Ok(())
}
