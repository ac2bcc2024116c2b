//! What an account has on the server already: files that its visits have, files sent before, and files half sent. What
//! other accounts have is never told.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::{Upload, UploadError, state};
use crate::App;
use crate::blob::BlobError;
use crate::domain::account::Account;
use crate::store::db::{DbError, Tx};
use crate::store::uploads;

/// Most hashes in one question.
pub const MAX_ASKED: u64 = 200;

/// What is known of the files asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Those that need not be sent.
    pub whole: Vec<String>,
    /// SHA-256 and upload of those that can go on.
    pub begun: Vec<(String, Upload)>,
}

/// Where one file stands, by the rows.
enum Standing {
    /// Its size.
    Whole(i64),
    /// The upload that is furthest.
    Begun(String),
    Unknown,
}

/// Returns what the account already has of these files. Uploads of them that hang are ended first, as by [`state`]: the
/// offset told is the one to go on from.
pub async fn known(app: &Arc<App>, by: &Account, hashes: Vec<String>) -> Result<Known, UploadError> {
    let mut known = Known::default();
    for (sha256, standing) in standings(app, by, hashes).await? {
        match standing {
            Standing::Whole(_) if app.blobs.has(&sha256).await? => known.whole.push(sha256),
            Standing::Whole(_) | Standing::Unknown => {}
            Standing::Begun(id) => match state(app, by, &id).await {
                Ok(it) if it.offset_bytes == it.length_bytes => known.whole.push(sha256),
                Ok(it) => known.begun.push((sha256, it)),
                Err(UploadError::NotFound | UploadError::Expired | UploadError::Checksum) => {}
                Err(error) => return Err(error),
            },
        }
    }
    Ok(known)
}

/// The files that a visit names, as far as they are here.
#[derive(Debug)]
pub(in crate::domain) enum Read {
    /// All of them, in the order asked for.
    All(Vec<Bytes>),
    /// The hashes of those that are not here.
    Missing(Vec<String>),
    /// Together they are larger than a visit may be.
    TooLarge,
}

/// Reads files that the account sent before; together no more than `most_bytes`.
pub(in crate::domain) async fn read(
    app: &App,
    by: &Account,
    hashes: Vec<String>,
    most_bytes: usize,
) -> Result<Read, UploadError> {
    let standings = standings(app, by, hashes).await?;
    let mut n_bytes = 0;
    let mut missing = Vec::new();
    for (sha256, standing) in &standings {
        match standing {
            Standing::Whole(size_bytes) => n_bytes += *size_bytes,
            Standing::Begun(_) | Standing::Unknown => missing.push(sha256.clone()),
        }
    }
    if !missing.is_empty() {
        return Ok(Read::Missing(missing));
    }
    if n_bytes > most_bytes as i64 {
        return Ok(Read::TooLarge);
    }
    let found = try_join_all(standings.iter().map(|(sha256, _)| async move {
        match app.blobs.get(sha256).await {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(BlobError::NotFound) => Ok(Err(sha256.clone())),
            Err(error) => Err(error),
        }
    }));
    let found: Result<Vec<Bytes>, String> = found.await?.into_iter().collect();
    Ok(found.map_or_else(|sha256| Read::Missing(vec![sha256]), Read::All))
}

async fn standings(app: &App, by: &Account, hashes: Vec<String>) -> Result<Vec<(String, Standing)>, DbError> {
    let (account_id, now) = (by.id.clone(), app.clock.now_ms());
    app.db
        .read(move |tx| {
            let of = |sha256: String| {
                let standing = standing(tx, &account_id, &sha256, now)?;
                Ok((sha256, standing))
            };
            hashes.into_iter().map(of).collect()
        })
        .await
}

fn standing(tx: &mut dyn Tx, account_id: &str, sha256: &str, now: i64) -> Result<Standing, DbError> {
    let sent = uploads::of_file(tx, account_id, sha256)?;
    let mut sent = sent.into_iter().filter(|it| it.expires_at > now).peekable();
    let furthest = sent.peek().map(|it| it.id.clone());
    if let Some(whole) = sent.find(|it| it.is_complete) {
        return Ok(Standing::Whole(whole.length_bytes));
    }
    let size_bytes = uploads::size_in_visits(tx, account_id, sha256)?;
    Ok(match (size_bytes, furthest) {
        (Some(it), _) => Standing::Whole(it),
        (None, Some(id)) => Standing::Begun(id),
        (None, None) => Standing::Unknown,
    })
}
