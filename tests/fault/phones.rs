//! Phones that send visits until each is acknowledged, whatever happens in between.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::client::{Answer, Client};
use doorstep_tests::load::visit::{FORM, Resident, Visit};

use crate::journal::Journal;
use crate::pieces::{Counts, Uploads};
use crate::preload::Control;

/// One acknowledged visit in so many is sent again at the end.
const SAMPLE: usize = 5;
/// Longest wait before a visit is sent again.
const PAUSE: Duration = Duration::from_millis(100);

/// What phones have, over all restarts of the server.
pub struct Phones {
    pub journal: Journal,
    client: Client,
    residents: Vec<Resident>,
    version: String,
    /// Visits that nobody has acknowledged yet.
    waiting: Mutex<Vec<Outgoing>>,
    /// Acknowledged visits, some of them.
    sample: Mutex<Vec<Visit>>,
    n_made: AtomicUsize,
    /// How often each refusal was told; broken connections under `broken`.
    refusals: Mutex<BTreeMap<String, usize>>,
    /// What became of photos sent piece by piece.
    pub counts: Counts,
}

/// A visit on its way.
struct Outgoing {
    visit: Visit,
    /// Its photos, where they are sent before it.
    uploads: Option<Uploads>,
}

impl Phones {
    pub fn new(client: Client) -> Result<Phones> {
        let (residents, version) = (client.residents()?, client.form_version(FORM)?);
        Ok(Phones {
            journal: Journal::default(),
            client,
            residents,
            version,
            waiting: Mutex::default(),
            sample: Mutex::default(),
            n_made: AtomicUsize::new(0),
            refusals: Mutex::default(),
            counts: Counts::default(),
        })
    }

    /// Goes on with another session.
    pub fn take_session(&mut self, client: Client) {
        self.client = client;
    }

    /// Sends visits to `url` on several connections, new ones until `limit` were made in all, until all are acknowledged
    /// or `is_over`. What is not acknowledged then is sent by the next call.
    pub fn work(&self, to: &Target, limit: usize, is_over: &(dyn Fn() -> bool + Sync)) {
        std::thread::scope(|scope| {
            for _ in 0..to.n_phones {
                scope.spawn(|| self.one(to, limit, is_over));
            }
        });
    }

    fn one(&self, to: &Target, limit: usize, is_over: &(dyn Fn() -> bool + Sync)) {
        let mut client = self.client.at(&to.url, to.patience);
        while !is_over() {
            let Some(mut outgoing) = self.next(to, limit) else { return };
            let mut is_acknowledged = false;
            while !is_acknowledged && !is_over() {
                match self.deliver(&client, &mut outgoing) {
                    Ok(answer) => match answer.receipt() {
                        Some(receipt) => {
                            self.journal.told(&receipt, to.control.map_or(0, Control::n_records));
                            is_acknowledged = true;
                        }
                        None => self.refused(&format!("{} {}", answer.status, answer.code())),
                    },
                    Err(_) => {
                        self.refused("broken");
                        // What was left of the connection may hold an answer to another question.
                        client = self.client.at(&to.url, to.patience);
                    }
                }
                if !is_acknowledged {
                    std::thread::sleep(PAUSE);
                }
            }
            if !is_acknowledged {
                self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(outgoing);
            } else if self.n_made.load(Ordering::Relaxed).is_multiple_of(SAMPLE) {
                self.sample.lock().unwrap_or_else(PoisonError::into_inner).push(outgoing.visit);
            }
        }
    }

    /// Sends a visit once, what is missing of its photos before it where they go so; an error is a connection that broke.
    fn deliver(&self, client: &Client, outgoing: &mut Outgoing) -> Result<Answer> {
        let Outgoing { visit, uploads } = outgoing;
        let (content_type, body) = match uploads {
            Some(uploads) => {
                if let Some(refusal) = uploads.send(client, &visit.photos, &self.counts)? {
                    return Ok(refusal);
                }
                visit.body_without_photos()
            }
            None => visit.body(),
        };
        self.journal.sending(visit);
        client.send(&content_type, &body)
    }

    fn next(&self, to: &Target, limit: usize) -> Option<Outgoing> {
        if let Some(outgoing) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Some(outgoing);
        }
        let n = self.n_made.fetch_add(1, Ordering::Relaxed);
        if n >= limit {
            self.n_made.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let visit = Visit::quick(&self.residents[n % self.residents.len()], &self.version).ok()?;
        let uploads = (to.has_pieces && n.is_multiple_of(2)).then(Uploads::default);
        Some(Outgoing { visit, uploads })
    }

    fn refused(&self, what: &str) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals.entry(what.to_owned()).or_default() += 1;
    }

    /// Returns how often each refusal was told.
    pub fn refusals(&self) -> BTreeMap<String, usize> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Delivers what is left, then sends a sample again: each must get the receipt that it has. Returns the size of the
    /// sample.
    pub fn finish(&self, url: &str) -> Result<usize> {
        let to = Target::new(url);
        let begun = std::time::Instant::now();
        self.work(&to, 0, &|| begun.elapsed() > Duration::from_secs(120));
        let n_waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len();
        ensure!(n_waiting == 0, "{n_waiting} visits were never acknowledged; {:?}", self.refusals());
        let sample = std::mem::take(&mut *self.sample.lock().unwrap_or_else(PoisonError::into_inner));
        let client = self.client.at(url, Duration::from_secs(60));
        for visit in &sample {
            let (content_type, body) = visit.body();
            self.journal.sending(visit);
            let answer = client.send(&content_type, &body)?;
            let receipt = answer.receipt().with_context(|| format!("sent again: {answer:?}"))?;
            ensure!(answer.status == 200, "taken in twice: {answer:?}");
            self.journal.told(&receipt, i64::MAX);
        }
        let entries = self.journal.entries();
        let told_apart = entries.values().filter(|it| it.receipts.len() > 1).count();
        ensure!(told_apart == 0, "{told_apart} visits were told more than one receipt");
        Ok(sample.len())
    }
}

/// Where and how phones send.
pub struct Target<'a> {
    pub url: String,
    pub n_phones: usize,
    /// How long a phone waits for an answer.
    pub patience: Duration,
    /// Tells how far the record of changes is.
    pub control: Option<&'a Control>,
    /// Whether every other visit sends its photos before it, piece by piece.
    pub has_pieces: bool,
}

impl<'a> Target<'a> {
    pub fn new(url: &str) -> Target<'a> {
        Target {
            url: url.to_owned(),
            n_phones: 6,
            patience: Duration::from_secs(30),
            control: None,
            has_pieces: false,
        }
    }
}
