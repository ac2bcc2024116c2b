//! What phones sent, and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorstep_tests::load::client::Receipt;
use doorstep_tests::load::visit::Visit;

/// One visit.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Name and SHA-256 of each file.
    pub files: BTreeMap<String, String>,
    /// Every receipt number that was told for it; one at most, or something is wrong.
    pub receipts: BTreeSet<String>,
    /// How far the record of changes was when the first receipt arrived.
    pub acknowledged_at: Option<i64>,
    /// How often it was sent.
    pub n_sent: usize,
}

/// All visits of a scenario by instance id.
#[derive(Debug, Default)]
pub struct Journal(Mutex<BTreeMap<String, Entry>>);

impl Journal {
    /// Notes that a visit is about to be sent.
    pub fn sending(&self, visit: &Visit) {
        let mut entries = self.lock();
        let entry = entries.entry(visit.instance_id.clone()).or_default();
        entry.n_sent += 1;
        if entry.files.is_empty() {
            let files = visit.photos.iter().map(|it| (it.name.to_owned(), it.sha256.clone()));
            entry.files = files.collect();
        }
    }

    /// Notes a receipt.
    pub fn told(&self, receipt: &Receipt, n_records: i64) {
        let mut entries = self.lock();
        let entry = entries.entry(receipt.instance_id.clone()).or_default();
        entry.receipts.insert(receipt.number.clone());
        entry.acknowledged_at.get_or_insert(n_records);
    }

    pub fn n_acknowledged(&self) -> usize {
        self.lock().values().filter(|it| it.acknowledged_at.is_some()).count()
    }

    pub fn n_sent(&self) -> usize {
        self.lock().values().map(|it| it.n_sent).sum()
    }

    pub fn entries(&self) -> BTreeMap<String, Entry> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
