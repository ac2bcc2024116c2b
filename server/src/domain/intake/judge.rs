//! Checks the answers by the form and each file by its bytes.

use bytes::Bytes;
use wasm_forms::{Checked, Env, encryption};

use super::IntakeError;
use super::arrived::Arrived;
use super::context::Context;
use crate::domain::evidence::{self, Media};

/// A submission that will be stored.
pub(super) struct Visit {
    pub(super) arrived: Arrived,
    pub(super) context: Context,
    pub(super) checked: Checked,
    pub(super) media: Vec<Media>,
}

/// Checks answers and files; takes as long as it takes, so never on an async thread.
pub(super) fn judge(arrived: Arrived, context: Context, env: &Env) -> Result<Visit, IntakeError> {
    let checked = wasm_forms::check(&arrived.xml, &context.published.form, &context.lists, env)
        .map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
    if let Some(missing) =
        checked.attachments.iter().find(|it| !arrived.hashes.iter().any(|(known, _)| *known == it.name))
    {
        return Err(IntakeError::Missing(missing.name.clone()));
    }
    let asked_for = |name: &str| checked.attachments.iter().find(|it| it.name == name);
    if let Some((name, _)) = arrived.hashes.iter().find(|(name, _)| asked_for(name).is_none()) {
        return Err(IntakeError::Extra(name.clone()));
    }
    let inspect = |(name, bytes): &(String, Bytes)| {
        let media_type = asked_for(name).map_or("", |it| it.media_type.as_str());
        let is_picture = media_type.starts_with("image/") || evidence::is_picture_name(name);
        let looked_at = match media_type {
            encryption::OPAQUE => evidence::opaque(bytes),
            _ => evidence::inspect(bytes, is_picture),
        };
        looked_at.map_err(|error| IntakeError::Media { name: name.clone(), error })
    };
    let media = arrived.upload.files.iter().map(inspect).collect::<Result<_, _>>()?;
    Ok(Visit { arrived, context, checked, media })
}
