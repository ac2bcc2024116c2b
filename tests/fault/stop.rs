//! The server is asked to stop in the middle of the work: every request that it took is answered, the database is closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::stand::Stand;

/// Longest time from the signal to the end.
const BOUND: Duration = Duration::from_secs(35);

pub fn run(setting: &Setting) -> Result<String> {
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let n_rounds = if setting.is_long { 20 } else { 2 };
    stand.start()?;
    let phones = Phones::new(stand.client()?)?;
    stand.stop()?;
    let mut slowest = Duration::ZERO;
    for _ in 0..n_rounds {
        let to = Target::new(&stand.start()?);
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| -> Result<()> {
            // Nothing is sent again here, so that what was taken without an answer is not hidden.
            scope.spawn(|| phones.work(&to, usize::MAX, &|| is_over.load(Ordering::Relaxed)));
            std::thread::sleep(Duration::from_millis(1500));
            is_over.store(true, Ordering::Relaxed);
            let begun = Instant::now();
            stand.stop()?;
            slowest = slowest.max(begun.elapsed());
            Ok(())
        })?;
        // Each was sent once and answered, or not taken.
        let compared =
            compare(&stand.config(), &phones.journal.entries(), &before, |it| it.acknowledged_at.is_some())?;
        ensure!(compared.n_besides == 0, "{} were taken and nobody was told so", compared.n_besides);
    }
    ensure!(slowest < BOUND, "the end took {slowest:?}");
    let url = stand.start()?;
    let n_again = phones.finish(&url)?;
    stand.stop()?;
    let compared =
        compare(&stand.config(), &phones.journal.entries(), &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "{n_rounds} stops under load, {} acknowledged, 0 lost, 0 doubled, 0 taken without an answer, {n_again} sent again, the slowest end took {:.1} s",
        compared.n_acknowledged,
        slowest.as_secs_f64()
    ))
}
