//! The server's clock jumps two years ahead and back while visits arrive.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::client::Client;
use serde::Deserialize;

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::preload::Control;
use crate::stand::Stand;

const TWO_YEARS: i64 = 2 * 365 * 86_400;

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    instance_id: String,
    receipt_number: String,
    received_at: i64,
}

pub fn run(setting: &Setting) -> Result<String> {
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let control = Control::of(&mut stand, None)?;
    let url = stand.start()?;
    let mut phones = Phones::new(stand.client()?)?;
    // A session that is made two years ahead holds today, and two years ago.
    control.set_clock(TWO_YEARS)?;
    phones.take_session(stand.client()?);
    let n_jumps = if setting.is_long { 60 } else { 6 };
    let is_over = AtomicBool::new(false);
    let to = Target::new(&url);
    std::thread::scope(|scope| -> Result<()> {
        scope.spawn(|| phones.work(&to, usize::MAX, &|| is_over.load(Ordering::Relaxed)));
        let jumped = (0..n_jumps).try_for_each(|n| {
            control.set_clock([TWO_YEARS, -TWO_YEARS, 0][n % 3])?;
            sleep(Duration::from_millis(1200));
            Ok(())
        });
        is_over.store(true, Ordering::Relaxed);
        jumped
    })?;
    control.set_clock(0)?;
    let n_again = phones.finish(&url)?;
    let refusals = phones.refusals();
    ensure!(refusals.is_empty(), "refused because of the clock: {refusals:?}");
    let n_listed = list(&stand.client()?, &phones)?;
    stand.stop()?;
    let entries = phones.journal.entries();
    let compared = compare(&stand.config(), &entries, &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "{n_jumps} jumps of two years, {} acknowledged, 0 lost, 0 doubled, {n_again} sent again, {n_listed} listed once each in the order of their arrival",
        compared.n_acknowledged
    ))
}

/// Reads all pages of what the phone delivered: each visit stands there once, newest first, with the receipt it was told.
fn list(client: &Client, phones: &Phones) -> Result<usize> {
    let entries = phones.journal.entries();
    let (mut seen, mut last, mut cursor) = (BTreeSet::new(), i64::MAX, String::new());
    loop {
        let answer = client.ask(&format!("/api/v1/submissions/mine?cursor={cursor}"))?;
        let page: Page = serde_json::from_str(&answer.text).with_context(|| format!("{answer:?}"))?;
        for item in page.items {
            ensure!(item.received_at <= last, "{} stands behind an older one", item.instance_id);
            last = item.received_at;
            let Some(entry) = entries.get(&item.instance_id) else { continue };
            ensure!(
                entry.receipts.contains(&item.receipt_number),
                "{} has another receipt",
                item.instance_id
            );
            ensure!(seen.insert(item.instance_id.clone()), "{} stands there twice", item.instance_id);
        }
        match page.next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    ensure!(seen.len() == entries.len(), "{} of {} are listed", seen.len(), entries.len());
    Ok(seen.len())
}
