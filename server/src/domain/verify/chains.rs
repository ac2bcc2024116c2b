//! The chains of the phones' seals, each from its first number to its head.

use super::{Finding, Report, VerifyError, Weight};
use crate::App;
use crate::domain::device;
use crate::domain::seal::chain;
use crate::store::devices::KeyRow;
use crate::store::seals;

/// Links of one read.
const PAGE: i64 = 1_000;

pub(super) async fn verify(app: &App, report: &mut Report) -> Result<(), VerifyError> {
    for (key, owner) in device::all(app).await? {
        report.n_keys += 1;
        one(app, &key, &owner, report).await?;
    }
    Ok(())
}

async fn one(app: &App, key: &KeyRow, owner: &str, report: &mut Report) -> Result<(), VerifyError> {
    let mut place = (i64::MIN, String::new());
    let mut head = (0, String::new());
    let mut expected = 1;
    let mut found = |weight, code, counter: i64| {
        let counter = counter.to_string();
        let params =
            [("key", key.id.get(..16).unwrap_or(&key.id)), ("owner", owner), ("counter", counter.as_str())];
        report.findings.push(Finding::new(weight, code, &params));
    };
    loop {
        let (id, from) = (key.id.clone(), place.clone());
        let links = app
            .db
            .read(move |tx| {
                let links = seals::of_key(tx, &id, (from.0, &from.1), PAGE)?;
                let judged = links.into_iter().map(|it| Ok((chain::behind(tx, &it)?, it)));
                judged.collect::<Result<Vec<_>, crate::store::db::DbError>>()
            })
            .await?;
        let Some((_, last)) = links.last() else { break };
        place = (last.counter, last.digest.clone());
        for (wrong, link) in links {
            // Each number that is not there, a few by name.
            for counter in (expected..link.counter).take(20) {
                found(Weight::Warning, "verify.chain_gap", counter);
            }
            if link.counter < expected {
                found(Weight::Warning, "verify.chain_fork", link.counter);
            }
            match wrong {
                Some(chain::BACK) => found(Weight::Warning, "verify.counter_back", link.counter),
                Some(chain::FORK) => found(Weight::Warning, "verify.chain_fork", link.counter),
                _ => {}
            }
            expected = expected.max(link.counter + 1);
            head = (link.counter, link.digest);
        }
    }
    if key.head_counter != head.0 {
        found(Weight::Error, "verify.chain_gap", key.head_counter);
    }
    Ok(())
}
