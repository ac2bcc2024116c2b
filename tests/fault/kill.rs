//! `kill -9` at a random moment under load, again and again on the same data. Half of the visits send their photos before
//! them, piece by piece: some are cut in the middle, and go on where the server says after its restart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
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
        let to = Target { has_pieces: true, ..Target::new(&stand.start()?) };
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
    let (n_resumed, n_lost) = (phones.counts.n_resumed(), phones.counts.n_lost());
    ensure!(n_lost == 0, "of {n_lost} photos the server had less than it had said");
    ensure!(n_resumed > 0, "no photo was ever cut in the middle: nothing is shown about those");
    Ok(format!(
        "{} kills, {} acknowledged of {} requests, 0 lost, 0 doubled, {n_again} sent again; \
         {n_resumed} photos cut in the middle went on",
        setting.cycles,
        compared.n_acknowledged,
        phones.journal.n_sent()
    ))
}
