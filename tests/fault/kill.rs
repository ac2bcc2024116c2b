//! `kill -9` at a random moment under load, again and again on the same data.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use doorstep_tests::load::random::Random;

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::stand::Stand;

pub fn run(setting: &Setting) -> Result<String> {
    let mut random = Random(setting.seed);
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    stand.start()?;
    let phones = Phones::new(stand.client()?)?;
    stand.kill()?;
    let longest_ms = if setting.is_long { 2500 } else { 1200 };
    for _ in 0..setting.cycles {
        let to = Target::new(&stand.start()?);
        let is_over = AtomicBool::new(false);
        let moment = Duration::from_millis(50 + random.below(longest_ms));
        std::thread::scope(|scope| -> Result<()> {
            scope.spawn(|| phones.work(&to, usize::MAX, &|| is_over.load(Ordering::Relaxed)));
            std::thread::sleep(moment);
            let killed = stand.kill();
            is_over.store(true, Ordering::Relaxed);
            killed
        })?;
    }
    let url = stand.start()?;
    let n_again = phones.finish(&url)?;
    stand.stop()?;
    let entries = phones.journal.entries();
    let compared = compare(&stand.config(), &entries, &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "{} kills, {} acknowledged of {} requests, 0 lost, 0 doubled, {n_again} sent again",
        setting.cycles,
        compared.n_acknowledged,
        phones.journal.n_sent()
    ))
}
