//! Photos that are sent piece by piece before the visit that names them, and taken up again where they were cut.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use doorstep_tests::load::client::{Answer, Client};
use doorstep_tests::load::visit::Photo;

/// Bytes of a piece: several make a photo.
const PIECE_BYTES: usize = 16 << 10;

/// The photos of one visit on their way, as far as the phone knows.
#[derive(Debug, Default)]
pub struct Uploads(Vec<Upload>);

/// One photo on its way.
#[derive(Debug, Default)]
struct Upload {
    /// Where it goes, once it was announced.
    location: Option<String>,
    /// Bytes that the server said are there.
    n_told: usize,
    /// Whether nobody knows what became of the last piece.
    is_open: bool,
    /// Whether the connection broke while it was under way.
    is_cut: bool,
}

/// What became of uploads that were cut.
#[derive(Debug, Default)]
pub struct Counts {
    /// Photos that were cut with some of their bytes on the server and some not, and went on from there.
    n_resumed: AtomicUsize,
    /// Photos of which the server had less than it had said.
    n_lost: AtomicUsize,
}

impl Counts {
    pub fn n_resumed(&self) -> usize {
        self.n_resumed.load(Ordering::Relaxed)
    }

    pub fn n_lost(&self) -> usize {
        self.n_lost.load(Ordering::Relaxed)
    }
}

impl Uploads {
    /// Sends what is missing of the photos; returns a refusal where there was one. An error is a connection that broke:
    /// the next call goes on.
    pub fn send(&mut self, client: &Client, photos: &[Photo], counts: &Counts) -> Result<Option<Answer>> {
        self.0.resize_with(photos.len(), Upload::default);
        for (upload, photo) in self.0.iter_mut().zip(photos) {
            if let Some(refusal) = upload.send(client, photo, counts)? {
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }
}

impl Upload {
    fn send(&mut self, client: &Client, photo: &Photo, counts: &Counts) -> Result<Option<Answer>> {
        if self.is_open
            && let Some(refusal) = self.ask(client, photo, counts)?
        {
            return Ok(Some(refusal));
        }
        let location = match &self.location {
            Some(known) => known.clone(),
            None => {
                let answer = client.announce(photo)?;
                if answer.status != 201 {
                    return Ok(Some(answer));
                }
                self.location.insert(answer.location.context("no location")?).clone()
            }
        };
        while self.n_told < photo.bytes.len() {
            let end = photo.bytes.len().min(self.n_told + PIECE_BYTES);
            self.is_open = true;
            let sent = client.append(&location, self.n_told, &photo.bytes[self.n_told..end]);
            self.is_cut |= sent.is_err();
            let answer = sent?;
            if answer.status != 204 {
                return Ok(Some(answer));
            }
            self.n_told = answer.offset.context("no offset")?;
            self.is_open = false;
        }
        Ok(None)
    }

    /// Asks how far it came, and goes on from there: never before what the server had said.
    fn ask(&mut self, client: &Client, photo: &Photo, counts: &Counts) -> Result<Option<Answer>> {
        let Some(location) = &self.location else { return Ok(None) };
        let answer = client.upload_state(location)?;
        let n_there = match (answer.status, answer.offset) {
            (200, Some(offset)) => offset,
            // It is gone, and with it what was told.
            (404 | 410, _) => 0,
            _ => return Ok(Some(answer)),
        };
        counts.n_lost.fetch_add(usize::from(n_there < self.n_told), Ordering::Relaxed);
        let is_in_the_middle = (1..photo.bytes.len()).contains(&n_there);
        counts.n_resumed.fetch_add(usize::from(self.is_cut && is_in_the_middle), Ordering::Relaxed);
        if answer.status != 200 {
            self.location = None;
        }
        (self.n_told, self.is_open, self.is_cut) = (n_there, false, false);
        Ok(None)
    }
}
