//! Submissions through a bad network.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::proxy::Proxy;
use crate::stand::Stand;

/// Time that one submission may take on average, tries included.
const EACH: Duration = Duration::from_secs(5);

pub fn run(setting: &Setting) -> Result<String> {
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let url = stand.start()?;
    let phones = Phones::new(stand.client()?)?;
    let proxy = Proxy::start(&url, setting.seed)?;
    let to = Target { n_phones: 12, patience: Duration::from_secs(6), ..Target::new(&proxy.url) };
    let begun = Instant::now();
    let bound = Duration::from_secs(60) + EACH * setting.submissions as u32;
    phones.work(&to, setting.submissions, &|| begun.elapsed() > bound);
    let n_through = phones.journal.n_acknowledged();
    ensure!(n_through == setting.submissions, "only {n_through} came through; {:?}", phones.refusals());
    let n_again = phones.finish(&url)?;
    stand.stop()?;
    let entries = phones.journal.entries();
    let compared = compare(&stand.config(), &entries, &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "{} acknowledged of {} requests, 0 lost, 0 doubled, {n_again} sent again; {}; told {:?}",
        compared.n_acknowledged,
        phones.journal.n_sent(),
        proxy.counts(),
        phones.refusals()
    ))
}
